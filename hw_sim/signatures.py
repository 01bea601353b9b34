"""Synthetic signatures: smooth pen strokes from a seed, as a tablet samples them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SAMPLE_MILLIS = 8
"""Milliseconds between two samples of the pen (125 per second)."""


@dataclass(frozen=True, slots=True)
class PenSample:
    """Millimetres from the pad's upper left, pressure 0-1, milliseconds since the first pen-down."""

    x: float
    y: float
    pressure: float
    at_ms: int


def strokes_of(seed: int) -> tuple[tuple[PenSample, ...], ...]:
    """Two to four strokes within 90 × 40 mm: a run of loops as oscillations of changing height, then a flourish."""
    random = np.random.default_rng([seed, 77])
    strokes = []
    left, start = random.uniform(8, 16), 0
    for number in range(int(random.integers(2, 5))):
        width = random.uniform(18, 30)
        samples = int(random.integers(50, 90))
        phase = np.linspace(0, 1, samples)
        turns = random.uniform(2, 5)
        height = random.uniform(4, 11) * (0.4 + np.interp(phase, [0, 0.3, 0.6, 1], random.uniform(0.2, 1, 4)))
        swing = 2 * np.pi * turns * phase + random.uniform(0, 2 * np.pi)
        x = left + width * phase + 0.35 * height * np.cos(swing)
        y = 21 + random.uniform(-3, 3) + height * np.sin(swing)
        if number and random.random() < 0.4:
            y = 32 + random.uniform(-2, 2) + 1.5 * np.sin(swing)
        pressure = np.clip(0.25 + 0.5 * np.sin(np.pi * phase) + 0.1 * np.sin(swing), 0.05, 1)
        strokes.append(
            tuple(
                PenSample(float(a), float(b), float(p), start + index * SAMPLE_MILLIS)
                for index, (a, b, p) in enumerate(zip(np.clip(x, 1, 99), np.clip(y, 1, 49), pressure, strict=True))
            )
        )
        left = min(left + width * random.uniform(0.5, 0.9), 65)
        start += samples * SAMPLE_MILLIS + int(random.integers(120, 300))
    return tuple(strokes)
