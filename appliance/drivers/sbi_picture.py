"""From a verified answer of a Secure Biometric Interface service to the finger's picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from appliance.devices import FingerImage
from appliance.drivers import fir
from appliance.drivers.finger_picture import as_png
from appliance.drivers.sbi_messages import NAMES
from appliance.drivers.sbi_trust import Untrusted


def finger_image(payload: Mapping[str, Any], picture: fir.FingerPicture, serial: str) -> FingerImage:
    """The picture, if record and signed payload name the same finger; raises Untrusted or fir.BadRecord."""
    named = payload.get("bioSubType")
    name = named[0] if isinstance(named, list) and named else named
    if NAMES[picture.position] != name:
        raise Untrusted("record and signature name different fingers")
    return FingerImage(
        position=picture.position,
        image=as_png(picture),
        width=picture.width,
        height=picture.height,
        device_quality=_score(payload.get("qualityScore"), picture.quality),
        device_serial=serial,
    )


def _score(sent: object, recorded: int | None) -> int:
    try:
        return max(0, min(100, round(float(str(sent)))))
    except (ValueError, OverflowError):
        return recorded or 0
