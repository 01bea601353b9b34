"""Which papers a case needs, and what is still wrong with those in hand.

One row for each kind of resident, as data: which paper, by whose demand, when. The SOP D-11/002 names three letters;
the national profile adds the forms of Permendagri 109/2019 and the SKPTI of Permendagri 96/2019.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from appliance.casework.codes import LETTERS
from appliance.casework.intake import Category
from appliance.casework.people import CARD_AGE, Biodata, age_on


@dataclass(frozen=True, slots=True)
class Requirement:
    """A paper that must be there: any one of `kinds` fulfils it; `how` says in plain words where it is to be had.

    `must` is false for a paper that is asked for only if the petugas finds it needed.
    """

    key: str
    kinds: tuple[str, ...]
    how: str
    must: bool = True

    @property
    def label(self) -> str:
        """The paper's name, or names joined by "atau"."""
        return " atau ".join(LETTERS[kind] for kind in self.kinds)


_WHERE = {
    "SK_DOMISILI": "Minta di kantor kelurahan tempat tinggal sekarang.",
    "SK_DINSOS": "Minta di Dinas Sosial Kota Metro.",
    "SK_PANTI": "Minta di rumah sakit jiwa atau panti tempat ia dirawat.",
    "SK_POLISI_TANPA_IDENTITAS": "Minta di Polsek terdekat.",
    "SK_POLISI_KEHILANGAN": "Minta di Polsek terdekat.",
    "F_1_01": "Isi formulir F-1.01 di kantor ini.",
    "F_1_02": "Isi formulir F-1.02 di kantor ini.",
    "F_1_03": "Isi formulir F-1.03 di kantor ini.",
    "F_1_04": "Isi formulir F-1.04 di kantor ini; pendamping boleh menandatangani.",
    "F_1_05": "Isi formulir F-1.05 di kantor ini.",
    "SKPTI": "Dibuat Tim Pendataan dinas ini setelah kunjungan.",
}
ORDER = (
    "SK_DOMISILI", "SK_DINSOS", "SK_POLISI_KEHILANGAN", "SK_POLISI_TANPA_IDENTITAS", "F_1_02", "F_1_03", "F_1_01",
    "F_1_04", "SKPTI", "F_1_05",
)  # fmt: skip


class Row(StrEnum):
    """The kinds of resident that ask for different papers."""

    NEGLECTED = "neglected"
    ODGJ = "odgj"
    AT_HOME = "at_home"
    CHILD = "child"
    DISASTER = "disaster"
    NEVER_RECORDED = "never_recorded"
    INACTIVE = "inactive"
    CARD_GONE = "card_gone"
    OTHER_REGION = "other_region"


_S, _N, _IF = "sop", "national", "if_needed"
"""The SOP demands it; national practice does; asked for where the petugas finds it needed."""
_Cell = tuple[str, str]
"""Whose demand, and which of the case's conditions it depends on (empty: none)."""

MATRIX: Mapping[Row, Mapping[str, _Cell]] = {
    Row.NEGLECTED: {
        "SK_DOMISILI": (_S, ""), "SK_DINSOS": (_S, ""), "F_1_01": (_N, ""), "F_1_02": (_N, ""), "F_1_04": (_N, ""),
        "SKPTI": (_N, ""),
    },
    Row.ODGJ: {
        "SK_DOMISILI": (_S, ""), "SK_DINSOS": (_S, ""), "F_1_01": (_N, ""), "F_1_02": (_N, ""), "F_1_04": (_N, ""),
        "SKPTI": (_N, ""),
    },
    Row.AT_HOME: {
        "SK_DOMISILI": (_S, ""), "F_1_01": (_N, ""), "F_1_02": (_N, ""), "F_1_04": (_N, "no_identity"),
        "SKPTI": (_IF, ""),
    },
    Row.CHILD: {
        "SK_DOMISILI": (_S, ""), "SK_DINSOS": (_S, "cared_for"), "F_1_01": (_N, ""), "F_1_02": (_N, ""),
        "F_1_04": (_IF, ""), "SKPTI": (_IF, ""),
    },
    Row.DISASTER: {"SK_DOMISILI": (_S, ""), "F_1_02": (_N, ""), "SKPTI": (_N, "")},
    Row.NEVER_RECORDED: {"SK_DOMISILI": (_IF, ""), "SK_DINSOS": (_IF, "cared_for"), "F_1_02": (_N, "")},
    Row.INACTIVE: {"SK_DOMISILI": (_IF, ""), "SK_DINSOS": (_IF, "cared_for"), "F_1_02": (_N, "")},
    Row.CARD_GONE: {"F_1_02": (_N, "")},
    Row.OTHER_REGION: {"SK_DOMISILI": (_IF, ""), "SK_DINSOS": (_IF, "cared_for"), "F_1_03": (_N, "")},
}  # fmt: skip
"""Where a SKPTI is asked for at all, it must be there for whoever is of a legal category (`required`). Beside these
the police letters, which go by the conditions alone (`_police`), and the F-1.05 of the married whose marriage is not
registered. Who is a foreigner or has two NIKs has no row: he is referred, or the case stops."""


DISASTERS = frozenset({"bencana_alam", "bencana_sosial"})


def row_of(category: Category, person: Biodata, today: date) -> Row:
    """The row of this resident. `today` is the office's calendar day."""
    conditions = category.condition
    if person.nik is None:
        if age_on(person.birth_date, today) < CARD_AGE and person.marital_status == 1:
            return Row.CHILD
        if "odgj" in conditions:
            return Row.ODGJ
        return Row.NEGLECTED if category.legal == "orang_terlantar" else Row.AT_HOME
    if "other_region" in conditions:
        return Row.OTHER_REGION
    if "nik_inactive" in conditions:
        return Row.INACTIVE
    if category.legal in DISASTERS:
        return Row.DISASTER
    gone = {"documents_lost", "family_card_lost", "card_damaged"} & set(conditions)
    return Row.CARD_GONE if gone else Row.NEVER_RECORDED


def family_card_lost(category: Category) -> bool:
    """Whether the family card is made anew under its number (Perpres 96/2018): it is told to be lost itself, or a
    disaster took all papers of a house together."""
    told = category.condition
    return "family_card_lost" in told or (category.legal in DISASTERS and "documents_lost" in told)


def _police(conditions: tuple[str, ...]) -> tuple[str, ...]:
    """Loss and never having had an identity are two letters; who has lost everything may bring either."""
    if {"documents_lost", "family_card_lost"} & set(conditions):
        both = ("SK_POLISI_KEHILANGAN", "SK_POLISI_TANPA_IDENTITAS")
        return both if "no_identity" in conditions else both[:1]
    return ("SK_POLISI_TANPA_IDENTITAS",) if "no_identity" in conditions else ()


def _holds(condition: str, category: Category) -> bool:
    if condition == "cared_for":
        return "odgj" in category.condition or category.legal == "orang_terlantar"
    return not condition or condition in category.condition


def required(
    category: Category, residents: tuple[Biodata, ...], profile: str, today: date
) -> tuple[Requirement, ...]:
    """The papers of this case under a profile (`sop`, `national`), those that must be there before the others.

    A family needs what any of its members needs.
    """
    must: dict[str, tuple[str, ...]] = {}
    may: dict[str, tuple[str, ...]] = {}
    for person in residents:
        row = MATRIX[row_of(category, person, today)]
        for key, (demand, condition) in row.items():
            if not _holds(condition, category) or (profile == "sop" and demand == _N):
                continue
            kinds = ("SK_DINSOS", "SK_PANTI") if key == "SK_DINSOS" and profile == "national" else (key,)
            (may if demand == _IF else must)[key] = kinds
        if profile == "national" and person.marital_status in {3, 5}:
            must["F_1_05"] = ("F_1_05",)
        if profile == "national" and category.legal != "none" and "SKPTI" in row:
            must["SKPTI"] = ("SKPTI",)
    police = _police(category.condition)
    if police and residents:
        must[police[0]] = police
    asked = [(key, must[key], True) for key in ORDER if key in must]
    asked += [(key, may[key], False) for key in ORDER if key in may and key not in must]
    return tuple(Requirement(key, kinds, " ".join(_WHERE[kind] for kind in kinds), one) for key, kinds, one in asked)


def missing(papers: Iterable[Requirement], kinds_in_hand: Iterable[str]) -> tuple[Requirement, ...]:
    """The papers that must be there and that none of the kinds in hand fulfils."""
    have = set(kinds_in_hand)
    return tuple(paper for paper in papers if paper.must and not have & set(paper.kinds))


@dataclass(frozen=True, slots=True)
class PaperRules:
    """What counts as a paper in hand, as a case keeps it from its report on.

    `profile` as in `required`; `scans` wants a readable picture of each, `details` the data that its kind carries;
    letters older than `oldest_months` are warned of (0: never).
    """

    profile: str
    scans: bool
    details: bool
    oldest_months: int


class Lack(StrEnum):
    """What is wrong with a paper that must be there."""

    ABSENT = "absent"
    GIVEN_BACK = "given_back"
    NO_DETAILS = "no_details"
    NO_SCAN = "no_scan"
    UNREADABLE = "unreadable"


LACKS: Mapping[Lack, str] = {
    Lack.ABSENT: "belum ada",
    Lack.GIVEN_BACK: "dikembalikan, tunggu yang baru",
    Lack.NO_DETAILS: "isinya belum dicatat",
    Lack.NO_SCAN: "belum difoto",
    Lack.UNREADABLE: "fotonya belum terbaca",
}


@dataclass(frozen=True, slots=True)
class InHand:
    """A paper that came: whether its data is whole, in which state its picture is (None: there is none; `doubtful`
    is not readable yet), and whether its kind was given back to the reporter since."""

    id: str
    kind: str
    whole: bool
    scan: str | None
    given_back: bool


def lacks_of(paper: Requirement, rules: PaperRules, in_hand: Iterable[InHand]) -> dict[str, Lack | None]:
    """What keeps each paper in hand from standing for this one, by its id; None if nothing does."""
    return {one.id: _lack_of(one, rules) for one in in_hand if one.kind in paper.kinds}


def lack_of(lacks: Sequence[Lack | None]) -> Lack | None:
    """What keeps a paper that must be there from counting, or None: one that counts is enough."""
    return None if None in lacks else next(iter(lacks), Lack.ABSENT)


def _lack_of(one: InHand, rules: PaperRules) -> Lack | None:
    if one.given_back:
        return Lack.GIVEN_BACK
    if rules.details and not one.whole:
        return Lack.NO_DETAILS
    if not rules.scans:
        return None
    if one.scan is None:
        return Lack.NO_SCAN
    return Lack.UNREADABLE if one.scan == "doubtful" else None


def too_old(day: date, today: date, months: int) -> bool:
    """Whether a letter of this day is older than so many calendar months (0: no letter is)."""
    return months > 0 and (today.year - day.year) * 12 + today.month - day.month - (today.day < day.day) >= months
