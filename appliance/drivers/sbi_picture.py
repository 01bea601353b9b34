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
    """The picture, if record and signed payload name the same finger, or fingers of the same slap.

    Raises Untrusted or fir.BadRecord. Not every finger of a slap must be named: some are missing.
    """
    named = payload.get("bioSubType")
    names = named if isinstance(named, list) else [named]
    shown = tuple(one for one in picture.fingers if NAMES[one] in names)
    if not shown or len(names) != len(shown):
        raise Untrusted("record and signature name different fingers")
    return FingerImage(
        position=shown[0],
        image=as_png(picture),
        width=picture.width,
        height=picture.height,
        device_quality=_score(payload.get("qualityScore"), picture.quality),
        device_serial=serial,
        slap=shown if len(picture.fingers) > 1 else (),
    )


def _score(sent: object, recorded: int | None) -> int:
    try:
        return max(0, min(100, round(float(str(sent)))))
    except (ValueError, OverflowError):
        return recorded or 0
