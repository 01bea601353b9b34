"""Parsers of templates, strokes and pictures: one row each."""

from __future__ import annotations

import contextlib
import os
from dataclasses import replace

from contract.enrolments import face, finger_images
from property.hostile import Row
from property.samples import grey_png, jpeg

from appliance.biometrics import (
    cbeff,
    compact,
    fac,
    finger_files,
    finger_port,
    fir,
    fmr,
    framing,
    portrait,
    ridges,
    slap,
    still,
    strokes,
    thumb_mark,
)
from appliance.biometrics.minutiae import BadTemplate, Kind, Minutia, Template
from appliance.clock import Deadline
from appliance.devices import FingerPosition
from appliance.faults import DeviceFault
from hw_sim.central import finger_templates

TEMPLATE = Template(
    320, 400, tuple(Minutia(20 + 9 * one, 30 + 11 * one, 7 * one % 360, Kind(1 + one % 2), one) for one in range(28))
)


def _look_and_say(data: bytes) -> object:
    said = ridges.cause(data)
    ridges.look(data)
    return said


def _child(data: bytes) -> None:
    out, into = os.pipe()
    try:
        os.write(into, data[:60_000])
        os.close(into)
        framing.read_message(out, Deadline.after(2))
    finally:
        os.close(out)


def _record() -> bytes:
    return fmr.write(FingerPosition.RIGHT_INDEX, 60, TEMPLATE)


def _raw_finger(width: int, height: int) -> bytes:
    view = fir.FingerView(
        FingerPosition.LEFT_RING, 40, width, height, bytes(range(256)) * (width * height // 256 + 1)
    )
    return fir.write(fir.FingerImages(fir.Coding.RAW, (replace(view, data=view.data[: width * height]),)))


def _chip_finger() -> bytes:
    return finger_templates.biometric_data_object(
        "right_index", finger_templates.compact(finger_templates.read_record(_record()))
    )


def _cbeff(data: bytes) -> None:
    with contextlib.suppress(BadTemplate):
        cbeff.position_of(data[:1])
    cbeff.read(data)


ROWS = (
    Row(
        "finger minutiae record",
        fmr.read,
        (fmr.read,),
        lambda: (_record(),),
        (BadTemplate,),
        mend=lambda data: data[:8] + len(data).to_bytes(4) + data[12:],
    ),
    Row(
        "finger image record of 2005",
        fir.read,
        (fir.read, fir.view_of),
        lambda: (finger_images(["right_index", "left_thumb"]),),
        (fir.BadRecord,),
        lambda: (finger_images(["left_index"] * 255),),
        mend=lambda data: data[:8] + len(data).to_bytes(6) + data[14:],
    ),
    Row(
        "the one picture of a finger image record",
        finger_files.the_one_picture,
        (finger_files.the_one_picture, fir.read),
        lambda: (finger_images(["right_index"]), _raw_finger(120, 130)),
        (fir.BadRecord, finger_port.NoFinger),
        mend=lambda data: data[:8] + len(data).to_bytes(6) + data[14:],
    ),
    Row(
        "face image record of 2005",
        fac.read,
        (fac.read, fac.jpeg_size),
        lambda: (face(),),
        (fir.BadRecord,),
        lambda: (b"FAC\x00010\0" + bytes(7) + bytes(4) + b"\xff\xff" + bytes(90_000),),
        mend=lambda data: (
            data[:8] + len(data).to_bytes(4) + data[12:14] + max(0, len(data) - 14).to_bytes(4) + data[18:]
        ),
    ),
    Row(
        "finger on a chip",
        _cbeff,
        (cbeff.read, cbeff.position_of, compact.read),
        lambda: (_chip_finger(),),
        (BadTemplate,),
    ),
    Row(
        "picture worker's messages",
        _child,
        (framing.read_message,),
        lambda: (framing.pack({"scores": [1, 2]}, [b"abc"]), framing.pack({"nfiq2": 60})),
        (framing.PipeClosed, framing.PipeSilent, ValueError),
        lambda: ((50_000).to_bytes(4) + b"[" * 50_000, (14).to_bytes(4) + b'{"blobs": [1]}', (2).to_bytes(4) + b"[]"),
        beside=2 << 20,
    ),
    Row(
        "head of a finger picture",
        finger_port.png_size,
        (finger_port.png_size, finger_port.png_header),
        lambda: (grey_png(120, 130),),
        (finger_port.NoFinger,),
    ),
    Row(
        "file of a finger",
        finger_files.kind_of,
        (finger_files.kind_of,),
        lambda: (grey_png(120, 130), b"\xff\xa0\xff\xa2", fmr.MAGIC),
        (finger_port.NoFinger,),
    ),
    Row(
        "PNG of a finger",
        finger_files.check_png,
        (finger_files.check_png, finger_port.png_size, finger_port.bounded),
        lambda: (grey_png(120, 130),),
        (finger_port.NoFinger,),
    ),
    Row(
        "first look at a finger picture",
        _look_and_say,
        (ridges.look, ridges.cause, ridges.grey_of),
        lambda: (grey_png(120, 130), grey_png(700, 700)),
        (finger_port.NoFinger,),
        beside=8 << 20,
    ),
    Row(
        "thumb in place of a signature",
        thumb_mark.mark,
        (thumb_mark.mark,),
        lambda: (grey_png(120, 130), grey_png(480, 400)),
        (finger_port.NoFinger,),
        beside=48 << 20,
        seconds=2.0,
        examples=12,
    ),
    Row(
        "head of a WSQ file",
        finger_files.check_wsq,
        (finger_files.check_wsq, finger_port.bounded),
        lambda: (bytes.fromhex("ffa0ffa80004abcdffa20011000001e00190") + bytes(9),),
        (finger_port.NoFinger,),
    ),
    Row(
        "slap",
        lambda data: slap.cut_png(data, (FingerPosition.LEFT_THUMB, FingerPosition.RIGHT_THUMB)),
        (slap.cut_png,),
        lambda: (grey_png(240, 260),),
        (finger_port.NoFinger,),
        beside=96 << 20,
        seconds=2.0,
        examples=12,
    ),
    Row(
        "portrait",
        lambda data: portrait.examine(data, "red"),
        (portrait.examine,),
        lambda: (jpeg(64, 64),),
        (portrait.BadPicture,),
        beside=96 << 20,
        seconds=2.0,
        examples=12,
    ),
    Row(
        "portrait of a chip",
        portrait.redraw,
        (portrait.redraw,),
        lambda: (jpeg(64, 64),),
        (portrait.BadPicture,),
        beside=96 << 20,
        seconds=2.0,
        examples=12,
    ),
    Row(
        "still of a camera on trial",
        still.measured,
        (still.measured,),
        lambda: (jpeg(64, 64),),
        (DeviceFault,),
        beside=96 << 20,
        seconds=2.0,
        examples=12,
    ),
    Row(
        "strokes of a page",
        lambda data: strokes.read_strokes(data.decode("utf-8", "replace")),
        (strokes.read_strokes,),
        lambda: (b"[[[1, 2.5, 0.5, 0], [2, 3, 1, 20]], [[1, 1, 0.1, 300]]]",),
        (ValueError,),
        lambda: (b"[" * 90_000, b"[[[1,1,1,1]," + b"[1,1,1,1]," * 8000 + b"[1,1,1,1]]]"),
        holds=120,
    ),
)
