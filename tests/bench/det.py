"""Error rates of a set of fingers by threshold, and their curve as a picture (DET, ISO/IEC 19795-1)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, EDGE = 640, 480, 60
LEAST, MOST = 1e-4, 1.0
"""Rates on both axes: 0.01 % to 100 %; a rate of 0 is drawn at the edge."""
COLOURS = ("#0b3d6e", "#8f1414", "#0a4a22", "#7a4b00", "#4c2c92", "#005a5b")


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of a set: of pairs of the same finger, and of pairs of different ones."""

    genuine: Sequence[int]
    impostor: Sequence[int]

    def fnmr(self, threshold: int) -> float:
        """The share of genuine pairs below the threshold."""
        return sum(one < threshold for one in self.genuine) / len(self.genuine)

    def fmr(self, threshold: int) -> float:
        """The share of impostor pairs at or above the threshold."""
        return sum(one >= threshold for one in self.impostor) / len(self.impostor)

    def curve(self) -> list[tuple[float, float]]:
        """(FMR, FNMR) for every threshold that changes one of them."""
        points = [(self.fmr(one), self.fnmr(one)) for one in sorted({0, *self.genuine, *self.impostor})]
        return list(dict.fromkeys([*points, (0.0, self.fnmr(max(self.impostor) + 1))]))

    def eer(self) -> float:
        """Where both rates are alike: the mean of them at the threshold at which they differ least."""
        return sum(min(self.curve(), key=lambda point: (abs(point[0] - point[1]), sum(point)))) / 2


def joined(parts: Sequence[Scores]) -> Scores:
    """Several sets as one; nothing of one is compared with another."""
    genuine = [score for part in parts for score in part.genuine]
    return Scores(genuine, [score for part in parts for score in part.impostor])


def picture(sets: Mapping[str, Scores]) -> str:
    """The curves as SVG: false matches to the right, false non-matches upwards, both logarithmic."""
    ticks = [10.0**power for power in range(-4, 1)]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif"'
        ' font-size="13">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
    ]
    for tick in ticks:
        x, y = _at(tick, tick)
        label = f"{tick:.2%}" if tick < 0.001 else f"{tick:.1%}" if tick < 0.01 else f"{tick:.0%}"
        parts.append(f'<path d="M{x:.1f} {EDGE}V{HEIGHT - EDGE}M{EDGE} {y:.1f}H{WIDTH - EDGE}" stroke="#d5dbe1"/>')
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - EDGE + 18}" text-anchor="middle">{label}</text>')
        parts.append(f'<text x="{EDGE - 6}" y="{y + 4:.1f}" text-anchor="end">{label}</text>')
    for number, (name, scores) in enumerate(sets.items()):
        colour = COLOURS[number % len(COLOURS)]
        steps = " ".join(f"{x:.1f},{y:.1f}" for x, y in (_at(*point) for point in scores.curve()))
        parts.append(f'<polyline points="{steps}" fill="none" stroke="{colour}" stroke-width="2"/>')
        x, y = _at(scores.fmr(40), scores.fnmr(40))
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}"/>')
        down = EDGE + 20 + 18 * number
        parts.append(f'<text x="{WIDTH - EDGE - 8}" y="{down}" text-anchor="end" fill="{colour}">{name}</text>')
    parts.append(f'<text x="{WIDTH / 2}" y="{HEIGHT - 14}" text-anchor="middle">FMR (other fingers accepted)</text>')
    turned = f'transform="rotate(-90 16 {HEIGHT / 2})"'
    parts.append(f'<text x="16" y="{HEIGHT / 2}" text-anchor="middle" {turned}>FNMR (own finger refused)</text>')
    parts.append(
        f'<text x="{WIDTH / 2}" y="34" text-anchor="middle">DET, invented fingers; dots: threshold 40</text></svg>'
    )
    return "\n".join(parts) + "\n"


def _at(fmr: float, fnmr: float) -> tuple[float, float]:
    def share(rate: float) -> float:
        return math.log(max(rate, LEAST) / LEAST) / math.log(MOST / LEAST)

    return EDGE + share(fmr) * (WIDTH - 2 * EDGE), HEIGHT - EDGE - share(fnmr) * (HEIGHT - 2 * EDGE)
