"""Stock of blanks: where they may lie, how long they last, and serial numbers as people write them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from appliance.casework.blank_life import IN_WORK, READY, WASTE, BlankState
from appliance.casework.codes import AWAY

OFFICE = "kantor"
"""The store room: every blank arrives here and every return comes back here."""

HOLDER = "pemilik"
"""With its holder: a card that is replaced, until he hands it in. Nobody can count it."""

PLACE_KINDS: dict[str, str] = {"van": "Mobil", "printer": "Printer kartu", "hopper": "Wadah kartu (hopper)"}
"""Where blanks are given out to, each with a number: `van-1`, `printer-2`, `hopper-1`."""

_PLACE = re.compile(rf"({'|'.join(PLACE_KINDS)})-([1-9][0-9]?)")

_LIES_AT: dict[BlankState, frozenset[str]] = {
    BlankState.RECEIVED: frozenset({OFFICE}),
    BlankState.ALLOTTED: frozenset({"van", "printer"}),
}


def kind_of_place(place: str) -> str | None:
    """`kantor`, `pemilik`, `van`, `printer` or `hopper`; None if there is no such place."""
    if place in {OFFICE, HOLDER}:
        return place
    found = _PLACE.fullmatch(place)
    return found[1] if found else None


def place_name(place: str) -> str:
    """A place in words: `Gudang kantor`, `Mobil 1`."""
    if place == HOLDER:
        return "Pemiliknya, belum diserahkan kembali"
    found = _PLACE.fullmatch(place)
    return f"{PLACE_KINDS[found[1]]} {found[2]}" if found else "Gudang kantor" if place == OFFICE else place


def may_lie(state: BlankState, place: str) -> bool:
    """Whether a blank of this state can be at this place: allotted means in a van or at a printer."""
    kind = kind_of_place(place)
    if kind == HOLDER:
        return state is BlankState.SPOILED
    return kind is not None and kind in _LIES_AT.get(state, {kind})


FORECAST_DAYS = 14
ENOUGH_DAYS = 3
"""Days with use below which a forecast would be a guess."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """How long the stock lasts: calendar days, or None for "not enough data"; `per_day` is the mean use of a day."""

    days: int | None
    per_day: float


def forecast(stock: int, use: Sequence[int]) -> Forecast:
    """Days left of `stock` blanks at the use of the last days, oldest first, one number for each calendar day.

    Only the newest 14 count. With fewer than three days on which any blank was used there is no forecast.
    """
    seen = use[-FORECAST_DAYS:]
    if sum(1 for number in seen if number) < ENOUGH_DAYS:
        return Forecast(None, 0.0)
    total = sum(seen)
    return Forecast(stock * len(seen) // total, total / len(seen))


LARGEST_RANGE = 2000


@dataclass(frozen=True, slots=True)
class SerialRange:
    """Consecutive serials: the same letters, then `first` to `last` in `width` digits."""

    letters: str
    first: int
    last: int
    width: int

    @property
    def count(self) -> int:
        """How many serials."""
        return self.last - self.first + 1

    def serial(self, number: int) -> str:
        """One serial as it is printed on the blank."""
        return f"{self.letters}{number:0{self.width}d}"

    def serials(self) -> list[str]:
        """All serials, rising."""
        return [self.serial(number) for number in range(self.first, self.last + 1)]

    def __str__(self) -> str:
        first = self.serial(self.first)
        return first if self.count == 1 else f"{first}-{self.serial(self.last)}"


_SERIAL = re.compile(r"([A-Z0-9-]*?)([0-9]{1,8})")


def split_serial(serial: str) -> tuple[str, str] | None:
    """Letters and counting digits (at most 8, at the end) of a serial, or None if it is none."""
    found = _SERIAL.fullmatch(serial)
    return (found[1], found[2]) if found and len(serial) <= 40 else None


def read_range(first: str, last: str) -> tuple[SerialRange | None, list[tuple[str, str]]]:
    """The range from `first` to `last`, or every mistake as (`first` or `last`, sentence)."""
    mistakes = []
    ends = []
    for name, what, serial in (("first", "pertama", first), ("last", "terakhir", last)):
        parts = split_serial(serial)
        if not serial:
            mistakes.append((name, f"Isi nomor {what}."))
        elif parts is None:
            mistakes.append((name, f"Nomor {what} harus huruf besar lalu angka, misalnya A00001."))
        ends.append(parts)
    start, end = ends
    if start is None or end is None:
        return None, mistakes
    if start[0] != end[0]:
        mistakes.append(("last", f"Huruf depan harus sama: {start[0] or 'tanpa huruf'}."))
    if len(start[1]) != len(end[1]):
        mistakes.append(("last", f"Panjang nomor harus sama: {len(start[1])} angka, bukan {len(end[1])}."))
    if mistakes:
        return None, mistakes
    found = SerialRange(start[0], int(start[1]), int(end[1]), len(start[1]))
    if found.count < 1:
        return None, [("last", "Nomor terakhir lebih kecil daripada nomor pertama.")]
    if found.count > LARGEST_RANGE:
        return None, [("last", f"Paling banyak {LARGEST_RANGE} nomor sekali catat.")]
    return found, []


_LINE = re.compile(r"(\S+)\s+(?:(?:-|–|s/d|s\.d\.)\s+)?(\S+)")


def read_lines(text: str) -> tuple[list[SerialRange], list[str]]:
    """Further ranges, one a line: `A00101 A00200` or `A00101 - A00200`; with a sentence for each wrong line."""
    ranges, mistakes = [], []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        parts = _LINE.fullmatch(line)
        if parts is None:
            mistakes.append(f"Tulis nomor pertama, spasi, nomor terakhir: {line[:40]}.")
            continue
        found, wrong = read_range(parts[1], parts[2])
        mistakes += [f"{line[:40]}: {sentence}" for _, sentence in wrong]
        ranges += [found] if found else []
    return ranges, mistakes


def compare_ranges(ranges: Iterable[SerialRange]) -> list[str]:
    """What is wrong with ranges of one delivery beside each other: lengths, overlaps, gaps; one sentence each."""
    mistakes = []
    ordered = sorted(ranges, key=lambda one: (one.letters, one.first))
    for before, after in pairwise(ordered):
        if before.letters != after.letters:
            continue
        if before.width != after.width:
            mistakes.append(f"Panjang nomor {before} dan {after} tidak sama.")
        elif after.first <= before.last:
            overlap = SerialRange(after.letters, after.first, min(before.last, after.last), after.width)
            mistakes.append(f"Nomor {overlap} tertulis dua kali.")
        elif after.first > before.last + 1:
            gap = SerialRange(after.letters, before.last + 1, after.first - 1, after.width)
            mistakes.append(f"Ada nomor yang terlewat: {gap}.")
    return mistakes


def shelf_of(state: BlankState, place: str, cause: str | None) -> str | None:
    """Where a person finds this blank when he counts, or None if it is no longer with the office.

    Blanks that may still be used lie at their place; cards in work (`kantor/kartu`) and waste (`kantor/rusak`) lie in
    the office, or in the van in which they were made. A card that is lost, by its holder or from the desk, is nowhere
    to be counted.
    """
    if state in READY:
        return place
    if place == HOLDER:
        return None
    home = place if kind_of_place(place) == "van" else OFFICE
    if state in IN_WORK:
        return f"{home}/kartu"
    return f"{home}/rusak" if state in WASTE and cause not in AWAY else None


SHELVES_ALWAYS = (OFFICE, f"{OFFICE}/kartu", f"{OFFICE}/rusak")
"""Counted every day, also when the ledger says that nothing is there."""


BOOK_LINES: dict[str, str] = {
    "hari/berkas": "Berkas terbuka",
    "hari/audit": "Angka buku yang berbeda dari jejak audit",
    "hari/kk": "Lembar KK keluar dari printer",
    "hari/kartu": "Kartu keluar dari printer",
    "hari/mesin": "Pekerjaan mesin yang belum jelas hasilnya",
    "hari/tanda-terima": "Tanda terima penyerahan",
}
"""What is no shelf and is settled at the end of a day as well, each book against another."""


def shelf_name(shelf: str) -> str:
    """A shelf, or a line of the day's books, in words: `Gudang kantor: kartu rusak dan tersegel`."""
    if shelf in BOOK_LINES:
        return BOOK_LINES[shelf]
    place, _, kind = shelf.partition("/")
    what = {"kartu": "kartu dibuat, belum diserahkan", "rusak": "kartu rusak dan tersegel"}.get(kind, "blanko")
    return f"{place_name(place)}: {what}"


@dataclass(frozen=True, slots=True)
class CountLine:
    """One shelf of the day's count: what a person counted, and what the ledger said in that moment."""

    shelf: str
    counted: int
    expected: int

    @property
    def difference(self) -> int:
        """More (positive) or fewer blanks than the ledger says."""
        return self.counted - self.expected
