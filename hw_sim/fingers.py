"""Synthetic fingers: what a scanner sees of an invented finger at one placement, and a disk cache of it.

Nothing here comes from a living person. Positions are named as in ISO/IEC 19794-2:2005 table 2.
"""

from __future__ import annotations

import hashlib
import io
import multiprocessing
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter, map_coordinates

from hw_sim.finger_growth import HEIGHT, RECIPE, WIDTH, grow, smooth

IMPRESSION_RECIPE = "placement-4"
"""Version of what a placement adds; part of every cache key, with the recipe of the masters."""

POSITIONS = (
    "right_thumb",
    "right_index",
    "right_middle",
    "right_ring",
    "right_little",
    "left_thumb",
    "left_index",
    "left_middle",
    "left_ring",
    "left_little",
)

Condition = Literal["normal", "dry", "wet", "worn", "bad", "partial", "recommended", "hard", "blank"]


@dataclass(frozen=True, slots=True)
class Skin:
    """How a condition of the skin or the placement changes the picture.

    `noise` is the speckle's strength range, `pressure` the mean shift of ridge width, `creases` the largest number
    of white lines, `area` the range of the contact ellipse, `fade` the share of ridge height lost in patches.
    `turn` (degrees) and `shift` (pixels) are how far the finger may lie from upright and middle, `plastic` how many
    pixels the skin is drawn out of shape. `recommended` and `hard` are the sets by which matchers are judged:
    as noisy as real prints score (about 150 between two of a finger), and placed badly.
    """

    noise: tuple[float, float] = (3.0, 4.0)
    pressure: float = 0.0
    creases: int = 8
    area: tuple[float, float] = (0.70, 0.92)
    fade: float = 0.0
    turn: float = 20.0
    shift: float = 35.0
    plastic: tuple[float, float] = (5, 10)


SKINS: dict[Condition, Skin] = {
    "normal": Skin(),
    "dry": Skin(noise=(6.0, 11.0), pressure=-0.7, creases=10),
    "wet": Skin(noise=(3.0, 4.0), pressure=0.6, creases=4),
    "worn": Skin(noise=(6.5, 10.0), creases=12, fade=0.7),
    "bad": Skin(noise=(14.0, 16.0)),
    "partial": Skin(area=(0.38, 0.42)),
    "recommended": Skin(noise=(7.0, 9.0)),
    "hard": Skin(area=(0.50, 0.70), creases=11, turn=35, shift=70, plastic=(16, 16)),
    "blank": Skin(),
}

Grey = NDArray[np.uint8]


def png(picture: Grey) -> bytes:
    """An 8-bit grey picture as PNG with 500 ppi in its pHYs chunk."""
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "PNG", dpi=(500, 500), compress_level=3)
    return out.getvalue()


def placed(master: NDArray[Any], seed: int, take: int, condition: Condition = "normal") -> Grey:
    """What the scanner sees of a master at its placement number `take`: 480 × 400, 8-bit grey, 500 ppi."""
    if condition == "blank":
        return np.full((HEIGHT, WIDTH), 245, np.uint8)
    skin = SKINS[condition]
    random = np.random.default_rng([seed, take, 500])
    angle = np.deg2rad(random.uniform(-skin.turn, skin.turn))
    shift_y, shift_x = random.uniform(-skin.shift, skin.shift, 2)
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
    down, right = rows - HEIGHT / 2 - shift_y, columns - WIDTH / 2 - shift_x
    plastic = random.uniform(*skin.plastic)
    y = np.cos(angle) * down + np.sin(angle) * right
    x = -np.sin(angle) * down + np.cos(angle) * right
    source_y = y + HEIGHT / 2 + plastic * smooth(random, 60)
    source_x = x + WIDTH / 2 + plastic * smooth(random, 60)
    ridges = map_coordinates(master, [source_y, source_x], order=3, mode="reflect")
    pressure = skin.pressure + random.uniform(-0.4, 0.4)
    ink = np.tanh(3 * (ridges + pressure + 0.15 * smooth(random, 60)))
    ink = (ink + 1) / 2
    if skin.fade:
        ink *= 1 - skin.fade * np.clip(0.5 + smooth(random, 18), 0, 1)
    area = random.uniform(*skin.area)
    reach = (np.abs(x) / (0.46 * WIDTH * area)) ** 2.4 + (np.abs(y) / (0.47 * HEIGHT * area)) ** 2.4
    contact = reach < 1 + 0.12 * smooth(random, 20)
    noise = random.uniform(*skin.noise)
    ink += 0.25 * noise * _speckle(random, 0.9) * (0.4 + 0.6 * ink)
    ink += 0.22 * noise * smooth(random, 6) * ink
    for _ in range(random.integers(0, skin.creases + 1)):
        turn, offset = random.uniform(0, np.pi), random.uniform(-150, 150)
        line = np.abs(x * np.cos(turn) + y * np.sin(turn) - offset + 6 * smooth(random, 40))
        ink *= np.clip(line / random.uniform(1.0, 2.2), 0.1, 1)
    ink = gaussian_filter(np.clip(ink, 0, 1.2) * contact, 0.7)
    grey = 245 - 185 * ink + random.normal(0, 3, ink.shape)
    return np.asarray(np.clip(grey, 0, 255).astype(np.uint8))


def _speckle(random: np.random.Generator, sigma: float) -> NDArray[Any]:
    noise = gaussian_filter(random.standard_normal((HEIGHT, WIDTH)), sigma)
    return np.asarray(noise / (4.5 * noise.std()))


class Finger:
    """One invented finger; the same seed is the same finger for ever (of one recipe)."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._master: NDArray[Any] | None = None

    @property
    def master(self) -> NDArray[Any]:
        """The whole ridge pattern, grown at first use (about 0.5 s)."""
        if self._master is None:
            self._master = grow(self.seed)
        return self._master

    def impression(self, take: int, condition: Condition = "normal") -> Grey:
        """Placement number `take` of this finger, 480 × 400, 8-bit grey; the same take is the same picture."""
        if condition == "blank":
            return placed(np.zeros((1, 1)), self.seed, take, condition)
        return placed(self.master, self.seed, take, condition)


class FingerCache:
    """Impressions as PNG files in a directory, named by recipe, seed, take and condition; safe for many processes."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)

    def _file(self, kind: str, *key: object) -> Path:
        name = hashlib.sha256(repr((RECIPE, IMPRESSION_RECIPE, kind, key)).encode()).hexdigest()[:32]
        return self.directory / f"{name}.{kind}"

    def impression(self, seed: int, take: int, condition: Condition = "normal") -> bytes:
        """The PNG of that impression, made now if nobody made it before."""
        file = self._file("png", seed, take, condition)
        if file.exists():
            return file.read_bytes()
        picture = png(placed(self._master(seed), seed, take, condition))
        _put(file, picture)
        return picture

    def holds(self, seed: int, take: int, condition: Condition) -> bool:
        """Whether somebody made that impression before."""
        return self._file("png", seed, take, condition).exists()

    def _master(self, seed: int) -> NDArray[Any]:
        file = self._file("npy", seed)
        if file.exists():
            return np.asarray(np.load(file), np.float32) / 127
        master = np.round(grow(seed) * 127).astype(np.int8)
        out = io.BytesIO()
        np.save(out, master)
        _put(file, out.getvalue())
        return np.asarray(master, np.float32) / 127


def _put(file: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=file.parent)
    with os.fdopen(handle, "wb") as out:
        out.write(content)
    Path(name).replace(file)


def pregenerate(directory: Path, wanted: Iterable[tuple[int, Condition]], takes: int = 3) -> None:
    """Fill the cache with the first `takes` impressions of each (finger seed, condition), on all cores.

    About 0.5 s of one core per new finger and 0.2 s per new picture. Raises OSError if a process did not end well.
    """
    cache = FingerCache(directory)
    new = [
        (seed, condition)
        for seed, condition in dict.fromkeys(wanted)
        if not all(cache.holds(seed, take, condition) for take in range(takes))
    ]
    context, count = multiprocessing.get_context("spawn"), min(len(new), os.cpu_count() or 1)
    growing = [context.Process(target=_fill, args=(directory, new[part::count], takes)) for part in range(count)]
    for process in growing:
        process.start()
    for process in growing:
        process.join()
    if any(process.exitcode for process in growing):
        raise OSError(f"invented fingers could not be grown into {directory}")


def _fill(directory: Path, wanted: list[tuple[int, Condition]], takes: int) -> None:
    cache = FingerCache(directory)
    for seed, condition in wanted:
        for take in range(takes):
            cache.impression(seed, take, condition)
