"""Minutiae templates: the one form in which fingers are compared inside this appliance. No image, no I/O."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

PIXELS_PER_MM = 500 / 25.4
"""Scale of every template here: 500 ppi."""

CARD_MINUTIAE = 60
"""Minutiae kept on the card; fewer than 48 loses genuine holders at the handover."""


class BadTemplate(ValueError):
    """Bytes that are not a template in the layout they claim; the text names the first thing wrong."""


class Kind(IntEnum):
    """ISO/IEC 19794-2:2005 §6.4.1."""

    OTHER = 0
    ENDING = 1
    BIFURCATION = 2


@dataclass(frozen=True, slots=True, order=True)
class Minutia:
    """A point where a ridge ends or splits.

    Pixels at 500 ppi from the upper left; `angle` in degrees 0-359, counter-clockwise from the right
    (ISO/IEC 19794-2:2005 §6.4.3); `quality` 0-100, 0 when unknown.
    """

    x: int
    y: int
    angle: int
    kind: Kind
    quality: int = 0


@dataclass(frozen=True, slots=True)
class Template:
    """The minutiae of one finger at 500 ppi, with the size of the picture they came from in pixels."""

    width: int
    height: int
    minutiae: tuple[Minutia, ...]

    def best(self, count: int) -> Template:
        """At most `count` minutiae of the highest quality, in the fixed order (y, x)."""
        chosen = sorted(self.minutiae, key=lambda one: (-one.quality, one.y, one.x))[:count]
        return Template(self.width, self.height, tuple(sorted(chosen, key=lambda one: (one.y, one.x))))

    def for_matching(self) -> tuple[Minutia, ...]:
        """The minutiae sorted by (x, y).

        Bozorth3 assumes this order; in any other it finds few pairs and answers a low score without an error.
        """
        return tuple(sorted(self.minutiae, key=lambda one: (one.x, one.y)))


def sized(minutiae: Iterable[Minutia]) -> Template:
    """A template around minutiae whose picture is not known: its size is that of their bounding box."""
    kept = tuple(minutiae)
    width = max((one.x for one in kept), default=0) + 1
    height = max((one.y for one in kept), default=0) + 1
    return Template(width, height, kept)
