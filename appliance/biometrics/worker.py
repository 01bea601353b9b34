"""The child process for native picture work: `python -m appliance.biometrics.worker [idle seconds]`.

Serves messages of `framing` on stdin and stdout, one at a time, and ends when idle or when its parent is gone, so
that the engine's memory is held only while somebody is recorded. It may be killed at any moment.
"""

from __future__ import annotations

import importlib
import io
import sys
from collections.abc import Callable
from functools import cache
from itertools import accumulate
from typing import cast

from appliance.biometrics import finger_port, fmr, rules
from appliance.biometrics.finger_port import Engine, EngineAbsent, NoFinger
from appliance.biometrics.framing import pack, serve
from appliance.biometrics.minutiae import BadTemplate
from appliance.devices import FingerPosition

Reply = tuple[dict[str, object], list[bytes]]


_proven = cache(finger_port.proven)


def _engine(header: dict[str, object]) -> Engine:
    return _proven(str(header.get("engine")))


def _extract(header: dict[str, object], blobs: list[bytes]) -> Reply:
    engine = _engine(header)
    finger_port.png_size(blobs[0])
    from appliance.biometrics import ridges

    ridges.look(blobs[0])
    template, quality = engine.extract(blobs[0])
    return {"nfiq2": quality}, [fmr.write(FingerPosition.RIGHT_INDEX, quality, template)]


def _cause(_: dict[str, object], blobs: list[bytes]) -> Reply:
    from appliance.biometrics import ridges

    return {"cause": ridges.cause(blobs[0]).value}, []


def _mark(_: dict[str, object], blobs: list[bytes]) -> Reply:
    from appliance.biometrics import thumb_mark

    return {}, [thumb_mark.mark(blobs[0])]


def _cut(header: dict[str, object], blobs: list[bytes]) -> Reply:
    from appliance.biometrics import slap

    wanted = [FingerPosition(name) for name in cast("list[str]", header["wanted"])]
    try:
        fingers = slap.cut_png(blobs[0], wanted)
    except slap.WrongCount as counted:
        return {"trouble": "wrong_count", "detail": str(counted)}, []
    return {}, [fingers[one] for one in wanted]


def _match(header: dict[str, object], blobs: list[bytes]) -> Reply:
    engine = _engine(header)
    probe, *gallery = (fmr.read(blob).template for blob in blobs)
    return {"scores": engine.match(probe, gallery)}, []


def _shortlist(_: dict[str, object], blobs: list[bytes]) -> Reply:
    from appliance.biometrics.shortlist import shortlist

    probe, sizes, joined = blobs
    ends = list(accumulate(int.from_bytes(sizes[at : at + 2]) for at in range(0, len(sizes), 2)))
    forms = [joined[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    return {"likely": shortlist(fmr.read(probe).template, forms, rules.SHORTLIST)}, []


def _wsq(_: dict[str, object], blobs: list[bytes]) -> Reply:
    from PIL import Image

    importlib.import_module("wsq")  # adds the format to Pillow
    try:
        with Image.open(io.BytesIO(blobs[0]), formats=("WSQ",)) as picture:
            out = io.BytesIO()
            told = {"dpi": picture.info["dpi"]} if "dpi" in picture.info else {}
            picture.convert("L").save(out, "PNG", **told)
    except Exception as error:  # the codec raises nothing more exact
        raise NoFinger("the WSQ file cannot be decoded") from error
    return {}, [out.getvalue()]


def _portrait(header: dict[str, object], blobs: list[bytes]) -> Reply:
    from appliance.biometrics import portrait

    try:
        report = portrait.examine(blobs[0], cast("str | None", header.get("cloth")))
    except portrait.BadPicture as error:
        return {"trouble": "bad_picture", "detail": str(error)}, []
    measures = [[one.rule, one.value, one.holds] for one in report.measures]
    return {"measures": measures, "cropped": report.crop is not None}, [report.crop or b""]


def _redraw(_: dict[str, object], blobs: list[bytes]) -> Reply:
    from appliance.biometrics import portrait

    try:
        return {}, [portrait.redraw(blobs[0])]
    except portrait.BadPicture as error:
        return {"trouble": "bad_picture", "detail": str(error)}, []


def _start(header: dict[str, object], _: list[bytes]) -> Reply:
    _engine(header)
    return {}, []


VERBS: dict[str, Callable[[dict[str, object], list[bytes]], Reply]] = {
    "start": _start,
    "extract": _extract,
    "cause": _cause,
    "mark": _mark,
    "cut": _cut,
    "match": _match,
    "shortlist": _shortlist,
    "wsq": _wsq,
    "portrait": _portrait,
    "redraw": _redraw,
}


def answer(header: dict[str, object], blobs: list[bytes]) -> bytes:
    """The answer to one message; trouble with the data or the engine is an answer too."""
    try:
        reply, out = VERBS[str(header.get("verb"))](header, blobs)
    except NoFinger as error:
        return pack({"trouble": "no_finger", "detail": str(error)})
    except BadTemplate as error:
        return pack({"trouble": "bad_template", "detail": str(error)})
    except EngineAbsent as error:
        return pack({"trouble": "absent", "detail": str(error)})
    return pack(reply, out)


if __name__ == "__main__":
    serve(answer, float(sys.argv[1]) if len(sys.argv) > 1 else 20.0)
