"""`siaga finger cut`: the fingers of a slap as one picture each, so that an office can try its own scanner."""

from __future__ import annotations

import argparse
from pathlib import Path

from appliance.app.said import GOOD, USAGE, WRONG, Said
from appliance.biometrics import slap
from appliance.biometrics.finger_port import NoFinger
from appliance.config import Settings
from appliance.devices import FingerPosition

_RIGHT = tuple(one for one in FingerPosition if one.startswith("right") and not one.endswith("thumb"))
_LEFT = tuple(one for one in FingerPosition if one.startswith("left") and not one.endswith("thumb"))
HANDS = {"right": _RIGHT, "left": _LEFT, "thumbs": (FingerPosition.LEFT_THUMB, FingerPosition.RIGHT_THUMB)}
"""The three placements of ten fingers (4-4-2)."""


def finger_cut(settings: Settings, arguments: argparse.Namespace) -> Said:
    """Cut a slap (8-bit grey PNG, 500 ppi) into `--out`, a picture for each finger by its ISO name.

    Exit codes: 0 good; 1 another number of fingers lies there; 2 a file or folder that cannot be used.
    """
    path, out = Path(arguments.file), Path(arguments.out)
    wanted = [one for one in HANDS[arguments.hand] if one.value not in arguments.without]
    try:
        if path.stat().st_size > slap.LARGEST_BYTES:
            return _unusable(f"{path}: more than {slap.LARGEST_BYTES // 1_000_000} MB")
        fingers = slap.cut_png(path.read_bytes(), wanted)
        out.mkdir(parents=True, exist_ok=True)
        for finger, picture in fingers.items():
            (out / f"{finger.value}.png").write_bytes(picture)
    except OSError as error:
        return _unusable(f"{error.filename}: {error.strerror}")
    except slap.WrongCount as counted:
        facts: dict[str, object] = {"found": counted.found, "wanted": counted.wanted}
        return Said(WRONG, facts, [f"{path}: {counted}"])
    except NoFinger as mistake:
        return _unusable(f"{path}: {mistake}")
    names = [finger.value for finger in fingers]
    return Said(GOOD, {"folder": str(out), "fingers": names}, [f"{out}/{name}.png" for name in names])


def _unusable(text: str) -> Said:
    return Said(USAGE, {"error": text}, [text])
