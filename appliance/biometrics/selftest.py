"""Proof, at each start of NBIS, that it finds and scores what it should: a changed wheel changes every match.

The probe is an invented finger (no person's): one picture and two templates from two placements of it.
"""

from __future__ import annotations

from importlib.resources import files

from appliance.biometrics import fmr
from appliance.biometrics.finger_port import Engine, EngineAbsent

PROBE_MINUTIAE = 49
PROBE_QUALITY = 64
PAIR_SCORE = 203
_MODELS = files("appliance.biometrics") / "models"


def picture() -> bytes:
    """The probe's picture."""
    return (_MODELS / "probe.png").read_bytes()


def prove(engine: Engine) -> None:
    """Raises EngineAbsent unless NBIS finds the known minutiae and scores the known pair as ever."""
    template, quality = engine.extract(picture())
    if (len(template.minutiae), quality) != (PROBE_MINUTIAE, PROBE_QUALITY):
        raise EngineAbsent(f"self-test: {len(template.minutiae)} minutiae, quality {quality}")
    first, second = (fmr.read((_MODELS / name).read_bytes()).template for name in ("first.fmr", "second.fmr"))
    scores = engine.match(first, [second])
    if scores != [PAIR_SCORE]:
        raise EngineAbsent(f"self-test: score {scores[0]} instead of {PAIR_SCORE}")
