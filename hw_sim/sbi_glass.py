"""What the simulated slap scanner shows of its glass before anything is captured."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageChops, ImageDraw

from hw_sim.fingers import Condition, FingerCache
from hw_sim.people import Person
from hw_sim.sbi_capture import LEFT_TO_RIGHT, LOWER, ScannerLevers, subtype_of
from hw_sim.slaps import CLEAN, slap
from hw_sim.world import World


class Preview:
    """The whole surface as small pictures for the eye; fingers that nobody has grown yet are grey.

    Two pictures are never quite the same: nobody holds a hand still.
    """

    SIZE = (320, 253)

    def __init__(self, world: World, cache: FingerCache, levers: ScannerLevers) -> None:
        self._world = world
        self._cache = cache
        self._levers = levers
        self._drawn: dict[object, Image.Image] = {}
        self._count = 0

    def picture(self, surface: int) -> bytes:
        """The glass now, as JPEG; `surface` is which fingers a hand would lay there."""
        self._count += 1
        seen = self._glass(surface)
        if seen.getextrema() != (CLEAN, CLEAN):
            seen = ImageChops.offset(seen, self._count % 2, 0)
        out = io.BytesIO()
        seen.save(out, "JPEG", quality=70)
        return out.getvalue()

    def _glass(self, surface: int) -> Image.Image:
        if self._levers.covered:
            return Image.new("L", self.SIZE, 20)
        person = self._world.people.get("at_scanner")
        if not isinstance(person, Person) or self._levers.condition == "blank":
            return Image.new("L", self.SIZE, CLEAN)
        names = [one for one in LEFT_TO_RIGHT if subtype_of(one) == surface and one not in person.missing_fingers]
        condition = self._levers.condition or person.finger_condition
        seeds = [person.finger_seed(self._levers.swapped.get(name, name)) for name in names]
        known = tuple((seed, self._cache.holds(seed, 0, condition)) for seed in seeds)
        if (known, condition) not in self._drawn:
            prints = [np.asarray(Image.open(io.BytesIO(self._seen(one, condition)))) for one in known]
            steps = [LOWER.get(name.rpartition("_")[2], 0) for name in names]
            drawn = Image.fromarray(slap(prints, steps=steps)) if prints else Image.new("L", self.SIZE, CLEAN)
            self._drawn[known, condition] = drawn.resize(self.SIZE, Image.Resampling.LANCZOS)
        return self._drawn[known, condition]

    def _seen(self, finger: tuple[int, bool], condition: Condition) -> bytes:
        seed, grown = finger
        if grown:
            return self._cache.impression(seed, 0, condition)
        grey = Image.new("L", (400, 480), CLEAN)
        ImageDraw.Draw(grey).ellipse((90, 60, 310, 420), fill=150)
        out = io.BytesIO()
        grey.save(out, "PNG")
        return out.getvalue()
