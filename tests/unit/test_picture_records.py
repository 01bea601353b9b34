"""Finger and face image records: what is written is read again, and every mistake is named."""

from __future__ import annotations

import io
import struct
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from appliance.biometrics import fac, fir
from appliance.biometrics.fir import BadRecord, Coding, FingerImages, FingerView
from appliance.biometrics.portrait_rules import CROP_HEIGHT, CROP_WIDTH, EYES
from appliance.devices import FingerPosition
from hw_sim.central import image_records

QUICK = settings(max_examples=60, deadline=None)


def drawn(width: int, height: int, name: str, mode: str = "L", **how: object) -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert(mode).save(out, name, **how)
    return out.getvalue()


@st.composite
def finger_images(draw: st.DrawFn) -> FingerImages:
    positions = draw(st.lists(st.sampled_from(FingerPosition), min_size=1, max_size=10, unique=True))
    coding = draw(st.sampled_from(Coding))
    views = []
    for position in positions:
        width, height = draw(st.integers(1, 40)), draw(st.integers(1, 40))
        data = (
            draw(st.binary(min_size=width * height, max_size=width * height))
            if coding in {Coding.RAW, Coding.RAW_PACKED}
            else drawn(width, height, "PNG")
            if coding is Coding.PNG
            else {Coding.WSQ: b"\xff\xa0", Coding.JPEG: b"\xff\xd8\xff", Coding.JPEG2000: b"\xff\x4f\xff\x51"}[coding]
            + draw(st.binary(max_size=30))
        )
        views.append(FingerView(position, draw(st.integers(0, 100)), width, height, data))
    return FingerImages(coding, tuple(views))


@QUICK
@given(finger_images())
def test_finger_images_come_back_byte_by_byte(images: FingerImages) -> None:
    record = fir.write(images)
    assert len(record) == 32 + sum(14 + len(one.data) for one in images.fingers)
    assert fir.read(record) == images


def test_a_finger_image_record_has_the_bytes_of_the_standard() -> None:
    """Tables 2 and 4, field by field."""
    one = FingerView(FingerPosition.LEFT_INDEX, 66, 3, 2, b"abcdef")
    assert fir.write(FingerImages(Coding.RAW, (one,))).hex() == (
        "46495200" + "30313000" + "000000000034" + "0000" + "001e" + "01" + "01"
        "01f4" + "01f4" + "01f4" + "01f4" + "08" + "00" + "0000"
        "00000014" + "07" + "01" + "01" + "42" + "00" + "0003" + "0002" + "00" + "616263646566"
    )


def test_another_program_reads_the_pictures_we_write() -> None:
    """The simulated centre's reader shares no code with the writer, and decodes what it finds."""
    png = drawn(120, 150, "PNG", dpi=(500, 500))
    views = tuple(fir.view_of(one, 50, png) for one in FingerPosition)
    found = image_records.finger_images(fir.write(FingerImages(Coding.PNG, views)))
    assert found == {one.value: png for one in FingerPosition}
    jpeg = drawn(CROP_WIDTH, CROP_HEIGHT, "JPEG", "RGB")
    eyes = tuple(fac.FeaturePoint(12, minor, *place) for minor, place in enumerate(EYES, 1))
    face = fac.FaceImage(fac.FaceKind.BASIC, CROP_WIDTH, CROP_HEIGHT, fac.Picture.JPEG, jpeg, eyes)
    assert image_records.face_image(fac.write(face)) == jpeg


FINGERS = fir.write(
    FingerImages(
        Coding.RAW,
        (
            FingerView(FingerPosition.RIGHT_INDEX, 50, 2, 2, b"abcd"),
            FingerView(FingerPosition.LEFT_THUMB, 60, 2, 1, b"ef"),
        ),
    )
)


@pytest.mark.parametrize(
    ("at", "put", "why"),
    [
        (0, b"FMR\0", "not a finger image record of 2005"),
        (4, b"020\0", "not a finger image record of 2005"),
        (8, b"\0\1", "length does not agree"),
        (13, b"\x01", "length does not agree"),
        (17, b"\x0a", "acquisition level is not one of 500 ppi"),
        (18, b"\x03", "fewer fingers than it says"),
        (18, b"\x01", "something behind its last finger"),
        (18, b"\x00", "something behind its last finger"),
        (19, b"\x02", "not 500 ppi"),
        (19, b"\x03", "not 500 ppi"),
        (20, b"\x03\xe8", "not 500 ppi"),
        (26, b"\x03\xe8", "not 500 ppi"),
        (28, b"\x10", "not 8 bits a pixel"),
        (29, b"\x06", "unknown compression"),
        (29, b"\x05", "finger 2: picture is not PNG"),
        (31, b"\x01", "reserved bytes set"),
        (32, b"\0\0\0\x0e", "finger 2: length does not agree"),
        (32, b"\0\0\xff\x12", "finger 2: length does not agree"),
        (32, b"\0\0\0\x11", "position 16: not a single finger"),
        (36, b"\x0d", "position 13: not a single finger"),
        (36, b"\x00", "position 0: not a single finger"),
        (36, b"\x06", "a finger stands twice"),
        (37, b"\x02", "finger 2: not exactly one view"),
        (38, b"\x02", "finger 2: not exactly one view"),
        (39, b"\x65", "finger 2: quality above 100"),
        (40, b"\x02", "finger 2: not a live scan"),
        (41, b"\0\0", "finger 2: 0 x 2 pixels"),
        (41, b"\xff\xff", "finger 2: 65535 x 2 pixels"),
        (43, b"\0\3", "finger 2: raw picture of another size"),
        (45, b"\x01", "finger 2: reserved byte set"),
    ],
)
def test_each_mistake_of_a_finger_image_record_is_named(at: int, put: bytes, why: str) -> None:
    bad = FINGERS[:at] + put + FINGERS[at + len(put) :]
    with pytest.raises(BadRecord, match=why):
        fir.read(bad)


def test_a_finger_image_record_that_ends_early_is_refused_at_every_byte() -> None:
    for end in range(len(FINGERS)):
        with pytest.raises(BadRecord):
            fir.read(FINGERS[:end])


def test_what_the_reader_would_not_take_is_not_written() -> None:
    png = drawn(30, 20, "PNG")
    view = fir.view_of(FingerPosition.RIGHT_INDEX, 50, png)
    assert (view.width, view.height) == (30, 20)
    for coding, views, why in (
        (Coding.PNG, (), "one to ten fingers"),
        (Coding.PNG, (view, view), "stands twice"),
        (Coding.PNG, (replace(view, quality=101),), "quality"),
        (Coding.PNG, (replace(view, width=31),), "PNG of another size"),
        (Coding.RAW, (view,), "raw picture of another size"),
        (Coding.WSQ, (view,), "picture is not WSQ"),
    ):
        with pytest.raises(BadRecord, match=why):
            fir.write(FingerImages(coding, views))
    with pytest.raises(BadRecord, match="finger 2: not an 8-bit grey picture"):
        fir.view_of(FingerPosition.RIGHT_INDEX, 50, drawn(30, 20, "PNG", "RGB"))


@st.composite
def faces(draw: st.DrawFn) -> fac.FaceImage:
    width, height = draw(st.integers(1, 60)), draw(st.integers(1, 60))
    picture = draw(st.sampled_from(fac.Picture))
    how = {} if picture is fac.Picture.JPEG else {"no_jp2": draw(st.booleans())}
    points = st.builds(
        fac.FeaturePoint,
        st.integers(1, 15),
        st.integers(1, 15),
        st.integers(0, width - 1),
        st.integers(0, height - 1),
    )
    return fac.FaceImage(
        draw(st.sampled_from(fac.FaceKind)),
        width,
        height,
        picture,
        drawn(width, height, picture.name, "RGB", **how),
        tuple(draw(st.lists(points, max_size=9))),
    )


@QUICK
@given(faces())
def test_a_face_comes_back_byte_by_byte(face: fac.FaceImage) -> None:
    record = fac.write(face)
    assert len(record) == 14 + 20 + 8 * len(face.points) + 12 + len(face.data)
    assert fac.read(record) == face


JPEG_HEAD = bytes.fromhex("ffd8ffc0001108") + (4).to_bytes(2) + (3).to_bytes(2) + b"\x03"
FACE = fac.write(
    fac.FaceImage(fac.FaceKind.BASIC, 3, 4, fac.Picture.JPEG, JPEG_HEAD, (fac.FeaturePoint(12, 1, 2, 3),))
)


def test_a_face_record_has_the_bytes_of_the_standard() -> None:
    """§5.4 to §5.7, field by field."""
    assert FACE.hex() == (
        "46414300" + "30313000" + "00000042" + "0001"
        "00000034" + "0001" + "00" + "00" + "00" + "000000" + "0000" + "000000" + "000000"
        "01" + "c1" + "0002" + "0003" + "0000"
        "00" + "00" + "0003" + "0004" + "01" + "02" + "0000" + "0000" + "ffd8ffc00011080004000303"
    )


@pytest.mark.parametrize(
    ("at", "put", "why"),
    [
        (0, b"FIR\0", "not a face image record of 2005"),
        (4, b"030\0", "not a face image record of 2005"),
        (11, b"\x41", "length does not agree"),
        (13, b"\x02", "not exactly one face"),
        (17, b"\x35", "face: length does not agree"),
        (18, b"\x00\x03", "more feature points than it has room for"),
        (18, b"\xff\xff", "more feature points than it has room for"),
        (20, b"\x03", "unknown gender 3"),
        (21, b"\x08", "unknown eye colour 8"),
        (22, b"\x0a", "unknown hair colour 10"),
        (23, b"\x01", "reserved feature bits set"),
        (26, b"\x00\x08", "unknown expression"),
        (28, b"\xb5", "impossible pose"),
        (31, b"\xb6", "impossible pose"),
        (34, b"\x02", "not one of MPEG-4"),
        (35, b"\x01", "no name of MPEG-4"),
        (35, b"\x10", "no name of MPEG-4"),
        (37, b"\x03", "outside the picture"),
        (39, b"\x04", "outside the picture"),
        (41, b"\x01", "not one of MPEG-4"),
        (42, b"\x03", "unknown face image type 3"),
        (43, b"\x02", "unknown image data type 2"),
        (43, b"\x01", "picture: not JPEG2000"),
        (44, b"\0\0", "0 x 4 pixels"),
        (44, b"\0\7", "another size than the record says"),
        (46, b"\x10\x01", "3 x 4097 pixels"),
        (48, b"\x05", "unknown colour space 5"),
        (49, b"\x08", "unknown source 8"),
        (54, b"\0", "picture: not JPEG"),
    ],
)
def test_each_mistake_of_a_face_record_is_named(at: int, put: bytes, why: str) -> None:
    bad = FACE[:at] + put + FACE[at + len(put) :]
    with pytest.raises(BadRecord, match=why):
        fac.read(bad)


def test_a_face_record_that_ends_early_is_refused_at_every_byte() -> None:
    for end in range(len(FACE)):
        with pytest.raises(BadRecord):
            fac.read(FACE[:end])


@pytest.mark.parametrize("picture", [b"", b"\xff\xd8", b"\xff\xd8\xff\xe0\0\1", b"\xff\x4f\xff\x51" + bytes(9)])
def test_a_face_without_a_picture_is_not_written(picture: bytes) -> None:
    for coding in fac.Picture:
        with pytest.raises(BadRecord, match="picture: not"):
            fac.write(fac.FaceImage(fac.FaceKind.BASIC, 3, 4, coding, picture))


def test_a_face_of_a_stranger_may_say_more_than_ours() -> None:
    """Gender, colours, features, expression, pose and source are read over, as far as the standard knows them."""
    strange = struct.pack(">BBB3sH3s3s", 2, 0xFF, 9, b"\0\7\xff", 0x8001, bytes((180, 0, 90)), bytes((181, 0, 1)))
    record = FACE[:20] + strange + FACE[34:48] + bytes((0x80, 0xFF, 1, 2, 3, 4)) + FACE[54:]
    assert fac.read(record) == fac.read(FACE)
