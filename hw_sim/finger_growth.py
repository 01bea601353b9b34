"""Synthetic finger masters: an orientation and a ridge-frequency field from a seed, ridges grown on them.

A master is the whole ridge pattern of one invented finger, values -1 (furrow) to +1 (ridge), 480 × 400 at 500 ppi.
Zero-pole orientation model (Sherlock and Monro 1993, corrected after Vizcaya and Gerhardt 1996); growth by repeated
oriented filtering (as in Cappelli's SFinGe), so minutiae appear by themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.fft import irfft2, next_fast_len, rfft2
from scipy.ndimage import gaussian_filter

RECIPE = "ridges-2"
"""Version of the recipe; part of every cache key.

What varies from finger to finger (places of cores and deltas, bend and wobble of the flow) varies widely, and ridges
end as seldom as in real prints: dense fingers of like flow are what a matcher takes for one another.
"""

HEIGHT, WIDTH = 480, 400
ORIENTATIONS, PERIODS = 36, np.linspace(7.0, 11.8, 8)
ROUNDS = 12
ALONG, ACROSS = 1.1, 0.45
"""Width of the filter along and across the ridge, in periods: the longer, the fewer ridges end."""
BEND, WOBBLE = 0.40, 0.50
"""Radians: what each core and delta bends the flow about it, and the flow's own slow wandering."""
CLASSES = ("left_loop", "right_loop", "whorl", "twin", "arch", "tented")
FREQUENCIES = np.array([0.338, 0.317, 0.229, 0.05, 0.037, 0.029])

Field = NDArray[Any]


def smooth(random: Generator, sigma: float) -> Field:
    """Gaussian-filtered white noise over the canvas, scaled to a largest magnitude of 1."""
    step = max(1, int(sigma // 6))
    rows, columns = -(-HEIGHT // step), -(-WIDTH // step)
    noise = gaussian_filter(random.standard_normal((rows, columns)), sigma / step, mode="reflect")
    if step > 1:
        noise = _enlarge(noise)
    return np.asarray(noise / np.abs(noise).max())


def _enlarge(grid: Field) -> Field:
    rows = np.linspace(0, grid.shape[0] - 1, HEIGHT)
    columns = np.linspace(0, grid.shape[1] - 1, WIDTH)
    across = np.stack([np.interp(columns, np.arange(grid.shape[1]), line) for line in grid])
    return np.stack([np.interp(rows, np.arange(grid.shape[0]), line) for line in across.T]).T


@dataclass(frozen=True, slots=True)
class _Singularities:
    cores: list[tuple[float, float]]
    deltas: list[tuple[float, float]]


def _singularities(pattern: str, random: Generator) -> _Singularities:
    x = WIDTH / 2 + random.uniform(-45, 45)
    y = 0.43 * HEIGHT + random.uniform(-55, 55)

    def below(dx: float) -> tuple[float, float]:
        return x + dx, y + random.uniform(75, 150)

    if pattern in {"whorl", "twin"}:
        if pattern == "whorl":
            dy, dx = random.uniform(8, 40), random.uniform(-15, 15)
        else:
            dy, dx = random.uniform(18, 42), random.uniform(18, 42) * random.choice((-1, 1))
        cores = [(x - dx, y - dy), (x + dx, y + dy)]
        return _Singularities(cores, [below(-random.uniform(70, 150)), below(random.uniform(70, 150))])
    if pattern == "tented":
        return _Singularities([(x, y)], [below(random.uniform(-6, 6))])
    side = 1 if pattern == "left_loop" else -1
    return _Singularities([(x, y)], [below(side * random.uniform(45, 130))])


def _bent(angle: Field, random: Generator) -> Field:
    knots = random.normal(0, BEND, 8)
    return np.asarray(angle + np.interp(angle, np.linspace(-np.pi, np.pi, 9), np.append(knots, knots[0])))


def _fields(random: Generator) -> tuple[Field, Field]:
    """Ridge orientation (radians, mathematical sense, y up) and ridge period (pixels) at every pixel."""
    pattern = str(random.choice(CLASSES, p=FREQUENCIES))
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
    tilt = np.deg2rad(random.uniform(-12, 12)) + WOBBLE * smooth(random, 50)
    lower = 0.7 * HEIGHT
    if pattern == "arch":
        x, y = WIDTH / 2 + random.uniform(-45, 45), 0.43 * HEIGHT + random.uniform(-55, 55)
        across = np.clip((columns - x) / (0.55 * WIDTH), -1, 1)
        fall = np.clip(1 - np.abs(rows - y) / (0.75 * HEIGHT), 0, 1)
        orientation = np.arctan(-random.uniform(0.7, 1.25) * fall * np.sin(np.pi * across)) + tilt
    else:
        points = _singularities(pattern, random)
        orientation = tilt
        for x, y in points.cores:
            orientation = orientation + 0.5 * _bent(np.arctan2(y - rows, columns - x), random)
        for x, y in points.deltas:
            orientation = orientation - 0.5 * _bent(np.arctan2(y - rows, columns - x), random)
        lower = max(y for _, y in points.deltas)
    base = random.uniform(1 / 10.4, 1 / 8.2) * (1 + 0.16 * smooth(random, 45))
    base *= 1 - 0.12 * np.clip((rows - lower) / (HEIGHT - lower), 0, 1)
    return orientation, 1 / base


def _kernel(orientation: float, period: float) -> Field:
    radius = int(np.ceil(3 * ALONG * period))
    down, right = np.mgrid[-radius : radius + 1, -radius : radius + 1].astype(float)
    along = right * np.cos(orientation) - down * np.sin(orientation)
    across = right * np.sin(orientation) + down * np.cos(orientation)
    envelope = np.exp(-0.5 * ((across / (ACROSS * period)) ** 2 + (along / (ALONG * period)) ** 2))
    kernel = envelope * np.cos(2 * np.pi * across / period)
    kernel -= envelope * kernel.sum() / envelope.sum()
    return np.asarray(kernel / np.sqrt((kernel**2).sum()))


@dataclass(frozen=True, slots=True)
class _Patch:
    """Where one (orientation, period) label is at work, and its kernel ready for multiplication."""

    window: tuple[slice, slice]
    inside: tuple[Field, Field]
    target: tuple[Field, Field]
    size: tuple[int, int]
    spectrum: Field


def _patches(orientation: Field, period: Field) -> list[_Patch]:
    turns = np.round(orientation / np.pi * ORIENTATIONS).astype(int) % ORIENTATIONS
    lengths = np.clip(np.round((period - PERIODS[0]) / (PERIODS[1] - PERIODS[0])), 0, len(PERIODS) - 1).astype(int)
    labels = turns * len(PERIODS) + lengths
    patches = []
    for label in np.unique(labels):
        rows, columns = np.nonzero(labels == label)
        kernel = _kernel(label // len(PERIODS) * np.pi / ORIENTATIONS, PERIODS[label % len(PERIODS)])
        radius = kernel.shape[0] // 2
        top, left = max(rows.min() - radius, 0), max(columns.min() - radius, 0)
        window = (slice(top, rows.max() + radius + 1), slice(left, columns.max() + radius + 1))
        height = min(rows.max() + radius + 1, HEIGHT) - top
        width = min(columns.max() + radius + 1, WIDTH) - left
        size = (next_fast_len(height + 2 * radius, real=True), next_fast_len(width + 2 * radius, real=True))
        inside = (rows - top + radius, columns - left + radius)
        spectrum = rfft2(kernel.astype(np.float32), size)
        patches.append(_Patch(window, inside, (rows, columns), size, spectrum))
    return patches


def grow(seed: int) -> Field:
    """The master of the finger with this seed: float32, 480 × 400, -1 to +1. About 0.9 s of one core."""
    random = np.random.default_rng([seed, 19794])
    patches = _patches(*_fields(random))
    ridges = random.normal(0, 0.3, (HEIGHT, WIDTH)).astype(np.float32)
    for _ in range(ROUNDS):
        grown = np.empty_like(ridges)
        for patch in patches:
            filtered = irfft2(rfft2(ridges[patch.window], patch.size) * patch.spectrum, patch.size)
            grown[patch.target] = filtered[patch.inside]
        ridges = np.tanh(1.2 * grown)
    return ridges
