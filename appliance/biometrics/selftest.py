"""Proof, at each start of the engine, that it finds and scores what it should: a changed wheel changes every match.

The probe is an invented finger (no person's): one picture and two templates from two placements of it.
"""

from __future__ import annotations

from importlib.resources import files

from appliance.biometrics import fmr
from appliance.biometrics.nbis_bridge import EngineAbsent, NbisEngine, png_size

PROBE_MINUTIAE = 49
PROBE_QUALITY = 64
PAIR_SCORE = 203


def proven_engine() -> NbisEngine:
    """The engine, after it found the known minutiae and scored the known pair as ever; raises EngineAbsent."""
    models = files("appliance.biometrics") / "models"
    probe = (models / "probe.png").read_bytes()
    engine = NbisEngine(probe, png_size(probe))
    template, quality = engine.extract(probe)
    if (len(template.minutiae), quality) != (PROBE_MINUTIAE, PROBE_QUALITY):
        raise EngineAbsent(f"self-test: {len(template.minutiae)} minutiae, quality {quality}")
    first, second = (fmr.read((models / name).read_bytes()).template for name in ("first.fmr", "second.fmr"))
    scores = engine.match(first, [second])
    if scores != [PAIR_SCORE]:
        raise EngineAbsent(f"self-test: score {scores[0]} instead of {PAIR_SCORE}")
    return engine
