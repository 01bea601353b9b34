"""A portrait before it is taken: the judges of a viewfinder, one for each background."""

from __future__ import annotations

import functools

from appliance.biometrics.engine import PortraitEngine
from appliance.biometrics.portrait_rules import Cloth
from appliance.issuance.viewfinder import Judge


def judges(portraits: PortraitEngine) -> dict[str, Judge]:
    """By the name of the background: the first rule that a picture breaks, as the key of its hint."""
    return {cloth.value: functools.partial(_hint, portraits, cloth) for cloth in Cloth}


def _hint(portraits: PortraitEngine, cloth: Cloth, jpeg: bytes) -> str:
    return next(iter(portraits.examine(jpeg, cloth).hints), "")
