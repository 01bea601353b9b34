"""The sets of fingers that the bench works on: grown ones, pictures in a folder, and many to search among."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np
from det import Scores

from appliance.biometrics import compact, fmr
from appliance.biometrics.finger_port import Engine, NoFinger
from appliance.biometrics.minutiae import Template
from appliance.devices import FingerPosition
from hw_sim.finger_growth import RECIPE
from hw_sim.fingers import IMPRESSION_RECIPE, Condition, FingerCache

BUILD = Path(__file__).parents[2] / "build"
CACHE = FingerCache(BUILD / "fingers")
TAKES = 3
ANY = FingerPosition.RIGHT_INDEX

Prints = Mapping[str, Sequence[Template | None]]
"""By finger, its impressions in order; None where the engine found no finger."""


def grown(engine: Engine, seeds: Iterable[int], condition: Condition = "normal", takes: int = TAKES) -> Prints:
    """Invented fingers; their templates are kept in `build` by recipe, so that a second run is quick."""
    return {str(seed): [_kept(engine, seed, take, condition) for take in range(takes)] for seed in seeds}


def _kept(engine: Engine, seed: int, take: int, condition: Condition) -> Template | None:
    file = BUILD / "bench" / "templates" / f"{RECIPE}-{IMPRESSION_RECIPE}-{engine.name}-{seed}-{take}-{condition}.fmr"
    if not file.exists():
        template = extracted(engine, CACHE.impression(seed, take, condition))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(fmr.write(ANY, 0, template) if template else b"")
    record = file.read_bytes()
    return fmr.read(record).template if record else None


def extracted(engine: Engine, picture: bytes) -> Template | None:
    """The template of a picture, or None if it shows no finger."""
    try:
        return engine.extract(picture)[0]
    except NoFinger:
        return None


def of_folder(engine: Engine, folder: Path) -> Prints:
    """PNG files named FINGER_TAKE.png (or FINGER-TAKE.png), as many takes a finger as there are."""
    found: dict[str, list[Template | None]] = defaultdict(list)
    for path in sorted(folder.glob("*.png")):
        named = re.fullmatch(r"(.+)[-_][^-_]+", path.stem)
        found[named[1] if named else path.stem].append(extracted(engine, path.read_bytes()))
    return found


@cache
def _card(template: Template) -> Template:
    return compact.read(compact.write(template))


def scores(engine: Engine, prints: Prints, *, on_card: bool = False) -> Scores:
    """Every impression against every other; a missing template scores 0. `on_card`: the stored one in 180 bytes."""
    flat = [(finger, template) for finger, takes in prints.items() for template in takes]
    genuine, impostor = list[int](), list[int]()
    for at, (finger, stored) in enumerate(flat):
        others = flat[at + 1 :]
        probes = [template for _, template in others if template is not None]
        if stored is None:
            found = iter([0] * len(probes))
        else:
            found = iter(engine.match(_card(stored) if on_card else stored, probes))
        for other, template in others:
            (genuine if other == finger else impostor).append(0 if template is None else next(found))
    return Scores(genuine, impostor)


def genuine_only(engine: Engine, prints: Prints, *, on_card: bool) -> list[int]:
    """The scores of pairs of the same finger alone."""
    return [
        0 if first is None or second is None else engine.match(_card(first) if on_card else first, [second])[0]
        for takes in prints.values()
        for first, second in combinations(takes, 2)
    ]


def composed(prints: Prints, count: int) -> list[bytes]:
    """Card forms to search among, each of two halves of different fingers, turned over by chance: nobody's finger.

    Growing thousands would take hours; halves keep the spacing and directions of grown ones.
    """
    random = np.random.default_rng(19794)
    forms = [
        np.frombuffer(compact.write(template), np.uint8).reshape(-1, 3).astype(int)
        for takes in prints.values() for template in takes if template is not None
    ]  # fmt: skip
    return [_composed(forms, random) for _ in range(count)]


def _composed(forms: Sequence[np.ndarray], random: np.random.Generator) -> bytes:
    first, second = random.choice(len(forms), 2, replace=False)
    turn, across = random.uniform(0, 2 * np.pi), random.uniform(-30, 30)
    halves = []
    for form, sign in ((forms[first], 1), (forms[second], -1)):
        x, y, last = form.T
        direction, kind = last & 63, last & 192
        if random.integers(2):
            x, direction = x.max() - x, (32 - direction) % 64
        side = (x - x.mean()) * np.cos(turn) + (y - y.mean()) * np.sin(turn) - across
        kept = side * sign > 0
        moved = np.stack([x, y, direction | kind], axis=1)[kept]
        moved[:, :2] += random.integers(-4, 5, moved[:, :2].shape)
        halves.append(moved)
    both = np.concatenate(halves)[:60]
    both[:, :2] = np.clip(both[:, :2], 0, 255)
    return both.astype(np.uint8).tobytes()
