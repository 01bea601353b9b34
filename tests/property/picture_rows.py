"""Parsers of pictures and of streams of them: one row each."""

from __future__ import annotations

import contextlib
import io
import struct
from itertools import islice

from PIL import Image
from property.answering import answered, http, web
from property.hostile import Row
from property.samples import MOTION, grey_png, jpeg, parts, with_sums

from appliance.clock import Deadline
from appliance.devices import PrintDocument
from appliance.drivers import (
    camera_pictures,
    escpos,
    finger_picture,
    fir,
    mjpeg,
    picture_pdf,
)
from appliance.drivers.camera_child import result_of
from appliance.drivers.mjpeg_camera import MjpegCamera
from appliance.drivers.transport_http import open_stream, server_of
from appliance.faults import DeviceFault
from hw_sim.sbi_capture import finger_record

RECEIPT = "custom_receipt_58x200mm"
PICTURES = (DeviceFault, mjpeg.BrokenFrame)


def _stills(data: bytes) -> None:
    reader = mjpeg.PartReader(mjpeg.boundary_of("multipart/x-mixed-replace; boundary=edge"))

    def frames() -> object:
        for at in range(0, len(data), 4096):
            assert (reader.missing or 0) <= mjpeg.MAX_FRAME
            yield from (camera_pictures.whole(one) for one in reader.feed(data[at : at + 4096]))

    camera_pictures.still_of(frames())  # type: ignore[arg-type]


def _camera(_: object) -> None:
    camera = MjpegCamera("127.0.0.1", web().port, "/")
    assert camera.status().level in ("ok", "down")
    with contextlib.suppress(ConnectionError):
        server_of("127.0.0.1", web().port, "/", Deadline.after(2))
    for _frame in islice(camera.preview(), 8):
        pass


def _slip(data: bytes) -> bytes:
    return escpos.slip(PrintDocument(data, "image/png", RECEIPT, "slip"), 58)


def _finger_record(data: bytes) -> None:
    finger_picture.as_png(fir.read(data))


def _raw_record() -> bytes:
    return finger_record("left_ring", grey_png(100, 120), 55, "raw")


def _recorded(coding: fir.Coding, name: str) -> bytes:
    """A record whose picture is coded by Pillow."""
    out = io.BytesIO()
    Image.effect_noise((100, 120), 90).save(out, name)
    head = bytearray(_raw_record()[:62])
    head[52] = coding
    head[58:62] = struct.pack(">I", out.tell())
    return _measured(bytes(head) + out.getvalue())


def _measured(record: bytes) -> bytes:
    """A finger image record whose own lengths are right again."""
    if len(record) < 20:
        return record
    return (
        record[:8]
        + struct.pack(">I", len(record))
        + record[12:16]
        + struct.pack(">I", len(record) - 16)
        + record[20:]
    )


ROWS = (
    Row(
        "picture of a slip",
        _slip,
        (escpos.slip,),
        lambda: (grey_png(), grey_png(mode="1"), grey_png(mode="RGBA")),
        mend=with_sums,
    ),
    Row(
        "picture for a printer",
        picture_pdf.pdf_of,
        (picture_pdf.pdf_of,),
        lambda: (grey_png(), grey_png(mode="RGB")),
        (ValueError,),
        mend=with_sums,
    ),
    Row(
        "finger image record",
        _finger_record,
        (fir.read, finger_picture.as_png, finger_picture.written),
        lambda: (
            (
                _recorded(fir.Coding.PNG, "PNG"),
                _recorded(fir.Coding.JPEG2000, "JPEG2000"),
                _raw_record(),
                _recorded(fir.Coding.JPEG, "JPEG"),
            )
        ),
        (fir.BadRecord,),
        mend=lambda data: _measured(data),
    ),
    Row(
        "pictures of a camera",
        _stills,
        (
            mjpeg.PartReader.feed,
            mjpeg.boundary_of,
            mjpeg.size_of,
            camera_pictures.whole,
            camera_pictures.still_of,
            camera_pictures.moving,
            camera_pictures.proven,
        ),
        lambda: (parts(jpeg(), jpeg()), parts(jpeg(), jpeg(), jpeg(), measured=False) + b"--edge--\r\n"),
        PICTURES,
        lambda: (parts(*[b"\xff\xd8\xff\xd9"] * 2000), b"--edge\r\ncontent-length:\r\n" * 4000),
        beside=4 << 20,
        seconds=1.0,
    ),
    Row(
        "camera over HTTP",
        answered(web(), _camera),
        (open_stream, server_of, MjpegCamera.preview, MjpegCamera.status),
        lambda: (http(parts(jpeg(16, 16), jpeg(16, 16)), MOTION),),
        seconds=1.0,
    ),
    Row(
        "camera's child",
        result_of,
        (result_of,),
        lambda: (b"+" + jpeg(16, 16), b"-unplugged"),
    ),
)
