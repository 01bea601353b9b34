"""What a paper under the camera must fulfil to be read: what was measured of it, the limits, what to do. Pure."""

from __future__ import annotations

from dataclasses import dataclass

DARK, BLURRED = 70.0, 60.0
"""Doubtful below: mean grey (0-255) of the paper, variance of the Laplacian at 1,000 pixels of height."""
FAR = 0.3
"""Least part of the picture that the paper should fill; it is still found from half of that."""
BLOWN = 0.02
"""Part of the paper's pixels that may be as white as the sensor can tell: print under a reflection is gone."""
NIGHT = 30.0
"""Mean grey of a picture in which no edge can be expected."""

GOOD = "Sudah baik. Tahan, lalu foto surat."
"""What is said while nothing is amiss."""
HINTS = {
    "paper.dark": "Terlalu gelap. Nyalakan lampu.",
    "paper.no_edges": "Tepi surat tidak terlihat. Letakkan surat di alas gelap, seluruhnya di dalam gambar.",
    "paper.cut_off": "Surat belum seluruhnya masuk gambar. Geser surat.",
    "paper.far": "Terlalu jauh. Dekatkan kamera.",
    "paper.glare": "Ada pantulan cahaya. Miringkan surat atau geser lampu.",
    "paper.blurred": "Kabur. Letakkan surat rata dan diam.",
}
"""Indonesian sentences by hint key."""


@dataclass(frozen=True, slots=True)
class PaperSeen:
    """What a picture shows: whether four edges were found and all of them inside it, the part of it that the paper
    fills, its mean grey (0-255), its sharpness as for `BLURRED`, the part of it that is blown out."""

    edges: bool
    inside: bool
    share: float
    brightness: float
    sharpness: float
    blown: float


def doubt_of(brightness: float, sharpness: float) -> str:
    """Why a scan may not be readable: `dark`, `blurred`, or "" for none."""
    return "dark" if brightness < DARK else "blurred" if sharpness < BLURRED else ""


def hint_of(seen: PaperSeen) -> str:
    """The key of the first rule that does not hold, in the order in which they are worth telling; "" if all hold."""
    doubt = doubt_of(seen.brightness, seen.sharpness)
    broken = (
        ("paper.dark", doubt == "dark" and (seen.edges or seen.brightness < NIGHT)),
        ("paper.no_edges", not seen.edges),
        ("paper.cut_off", not seen.inside),
        ("paper.far", seen.share < FAR),
        ("paper.glare", seen.blown > BLOWN),
        ("paper.blurred", doubt == "blurred"),
    )
    return next((key for key, holds_not in broken if holds_not), "")
