"""What a portrait for the KTP-el must fulfil: each rule by name, its limits, and what the person should do. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

CROP_WIDTH, CROP_HEIGHT = 480, 640
EYE_LINE = 0.45
"""Where the eyes stand in the crop, as part of its height from the top."""
EYE_DISTANCE = 0.22
"""Distance of the eyes as part of the crop's width."""
EYES: tuple[tuple[int, int], tuple[int, int]] = (
    (round(CROP_WIDTH * (1 + EYE_DISTANCE) / 2), round(CROP_HEIGHT * EYE_LINE)),
    (round(CROP_WIDTH * (1 - EYE_DISTANCE) / 2), round(CROP_HEIGHT * EYE_LINE)),
)
"""Where the crop puts the resident's left and right eye, in pixels from its upper left."""


class Cloth(StrEnum):
    """The background behind the resident."""

    RED = "red"
    BLUE = "blue"
    ORANGE = "orange"


def cloth_for(birth_year: int, foreigner: bool = False) -> Cloth:
    """Red for odd years of birth, blue for even ones, orange for foreigners (rule of the KTP-el; year, not day)."""
    if foreigner:
        return Cloth.ORANGE
    return Cloth.RED if birth_year % 2 else Cloth.BLUE


class Rule(StrEnum):
    """The rules, in the order in which they are worth telling: who, where, how, light, cloth."""

    ONE_FACE = "one_face"
    EYES_FAR_ENOUGH = "eyes_far_enough"
    INSIDE_FRAME = "inside_frame"
    HEAD_UPRIGHT = "head_upright"
    LOOKS_AHEAD = "looks_ahead"
    SHARP = "sharp"
    BRIGHT = "bright"
    NOT_BURNT = "not_burnt"
    NOT_BLACK = "not_black"
    LIT_EVENLY = "lit_evenly"
    CLOTH_COLOUR = "cloth_colour"


LIMITS: dict[Rule, tuple[float, float]] = {
    Rule.ONE_FACE: (1, 1),
    Rule.EYES_FAR_ENOUGH: (90, 10_000),
    Rule.INSIDE_FRAME: (1, 1),
    Rule.HEAD_UPRIGHT: (-8, 8),
    Rule.LOOKS_AHEAD: (-0.12, 0.12),
    Rule.SHARP: (30, 1e9),
    Rule.BRIGHT: (90, 190),
    Rule.NOT_BURNT: (0, 0.01),
    Rule.NOT_BLACK: (0, 0.05),
    Rule.LIT_EVENLY: (0, 0.20),
    Rule.CLOTH_COLOUR: (0.90, 1),
}
"""Lowest and highest value that passes: faces; pixels between the eyes; 0 or 1; degrees; parts of the eye distance;
variance of the Laplacian; mean grey 0-255; parts of the face's pixels; relative difference of halves; part of the
background. Start values, to be calibrated on the office's camera."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One rule measured on one picture."""

    rule: str
    value: float
    holds: bool

    @property
    def hint(self) -> str:
        """The key of the plain sentence for the resident, with the direction where it matters."""
        low, _ = LIMITS[Rule(self.rule)]
        if self.rule == Rule.ONE_FACE:
            return "portrait.no_face" if self.value < 1 else "portrait.several_faces"
        if self.rule == Rule.BRIGHT:
            return "portrait.too_dark" if self.value < low else "portrait.too_bright"
        return f"portrait.{self.rule}"


HINTS = {
    "portrait.no_face": "Wajah tidak terlihat. Duduk tegak dan lihat ke kamera.",
    "portrait.several_faces": "Hanya satu orang di depan kamera.",
    "portrait.eyes_far_enough": "Mendekat sedikit ke kamera.",
    "portrait.inside_frame": "Geser ke tengah.",
    "portrait.head_upright": "Tegakkan kepala.",
    "portrait.looks_ahead": "Lihat lurus ke kamera.",
    "portrait.sharp": "Diam sebentar, foto kabur.",
    "portrait.too_dark": "Terlalu gelap. Petugas: tambah lampu.",
    "portrait.too_bright": "Terlalu terang. Petugas: kurangi lampu.",
    "portrait.not_burnt": "Cahaya terlalu kuat di wajah. Petugas: geser lampu.",
    "portrait.not_black": "Wajah tertutup bayangan. Petugas: atur lampu.",
    "portrait.lit_evenly": "Cahaya dari satu sisi. Petugas: geser lampu.",
    "portrait.cloth_colour": "Latar belakang belum benar. Petugas: pasang kain yang sesuai.",
}
"""Indonesian sentences by hint key; other languages come from the catalogues."""


GOOD = "Sudah baik. Tahan, lalu ambil foto."
"""What is said while nothing is amiss."""
READING_SECONDS = 1.5
"""How long a hint stands at least: a sentence takes that long to read and to follow."""


@dataclass(frozen=True, slots=True)
class Told:
    """The hint that is shown, by its key (empty where nothing is amiss), and since when in seconds."""

    hint: str
    since: float


def told_next(told: Told, newest: str, now: float) -> Told:
    """What is shown after a verdict: another hint only once the one before it could be read."""
    if newest == told.hint or now - told.since < READING_SECONDS:
        return told
    return Told(newest, now)


def measured(rule: Rule, value: float) -> Measure:
    """The rule with its value, judged."""
    low, high = LIMITS[rule]
    value = round(float(value), 4)
    return Measure(rule.value, value, low <= value <= high)


@dataclass(frozen=True, slots=True)
class PortraitReport:
    """All rules that could be measured, and the crop (JPEG 480 × 640) if there was one face to crop round."""

    measures: tuple[Measure, ...]
    crop: bytes | None

    @property
    def accepted(self) -> bool:
        """Whether every rule holds and there is a crop."""
        return self.crop is not None and all(one.holds for one in self.measures)

    @property
    def hints(self) -> tuple[str, ...]:
        """The hint keys of the rules that do not hold, most important first."""
        return tuple(one.hint for one in self.measures if not one.holds)
