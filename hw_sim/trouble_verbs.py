"""What may go wrong at the simulated station, as verbs of the dock: one table over the simulators' own levers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from hw_sim.central.wire import Trouble
from hw_sim.fingers import POSITIONS
from hw_sim.people import Person

if TYPE_CHECKING:
    from hw_sim.station import Station

LATE_SECONDS = 8.0
"""An office's right answer comes so late, in real seconds: later than a page is waited for, sooner than a job is."""

NEVER_SECONDS = 3600.0

OFFICES = {"siak": "SIAK", "centre": "Pusat biometrik", "esign": "Penanda tangan"}

OFFICE_TROUBLES: Mapping[str, tuple[str, Trouble]] = {
    "late": ("Lambat", Trouble("received", late_seconds=LATE_SECONDS)),
    "wrong": ("Jawab ngawur", Trouble("received", answer="garbage")),
    "silent": ("Bungkam", Trouble("received", late_seconds=NEVER_SECONDS, answer="none")),
}

PRINTER_TROUBLES = {
    "abort": ("Gagalkan pekerjaan", "abort_job"),
    "stall": ("Diam di tengah jalan", "stall"),
    "busy": ("Selalu sibuk", "busy"),
    "mute": ("Bungkam", "mute"),
    "hang-up": ("Tutup tiap sambungan", "hang_up"),
    "confuse": ("Jawab ngawur", "talk_nonsense"),
    "offline": ("Nonaktifkan di panelnya", "go_offline"),
    "open-door": ("Buka pintu", "open_door"),
}

LEVERS: Mapping[str, tuple[str, str, str, object]] = {
    "finger-wet": ("scanner", "Jari basah", "condition", "wet"),
    "finger-dry": ("scanner", "Jari kering", "condition", "dry"),
    "finger-absent": ("scanner", "Jari tidak ditempel", "condition", "blank"),
    "finger-wrong": (
        "scanner",
        "Jari lain",
        "swapped",
        dict(zip(POSITIONS, POSITIONS[5:] + POSITIONS[:5], strict=True)),
    ),
    "cover-scanner": ("scanner", "Tutupi kaca", "covered", True),
    "busy-scanner": ("scanner", "Sibuk", "busy", True),
    "silence-scanner": ("scanner", "Bungkam", "silent", True),
    "freeze-camera": ("camera", "Macetkan", "freeze", True),
    "cover-camera": ("camera", "Tutupi lensa", "black", True),
    "halve-camera": ("camera", "Potong gambar", "half", True),
    "silence-camera": ("camera", "Bungkam", "silent", True),
    "delay-camera": ("camera", "Lambat", "late", 5.0),
    "silence-pad": ("pad", "Bungkam", "silent", True),
    "refuse-pad": ("pad", "Tidak mau menulis", "refuses", True),
    "receipt-paper-empty": ("receipts", "Kertas habis", "paper", 0),
    "open-receipt-cover": ("receipts", "Buka tutup", "cover_open", True),
}
"""By verb: the simulator, words for a button, its lever, and the lever's position."""

WELL = {
    "scanner": ("free-scanner", "Beres: jari biasa, siap"),
    "camera": ("free-camera", "Jalankan lagi"),
    "pad": ("free-pad", "Beres"),
}
"""By simulator: the verb that puts its levers of this table back."""

TITLES = {
    "scanner": "Pemindai jari",
    "camera": "Kamera",
    "pad": "Papan tanda tangan",
    "receipts": "Printer struk",
}


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing a hand does: at which device, in words for a button, and how."""

    device: str
    words: str
    do: Callable[[], object]


def troubles(station: Station) -> dict[str, Verb]:
    """The verbs by name. Levers are looked up when a verb is done, for a simulator may have been given new ones."""
    verbs: dict[str, Verb] = {}
    for name, (of, words, lever, value) in LEVERS.items():
        verbs[name] = Verb(TITLES[of], words, partial(_pull, station, of, {lever: value}))
    verbs["finger-missing"] = Verb(TITLES["scanner"], "Telunjuk kanan tidak ada", partial(_lose_finger, station))
    for of, (name, words) in WELL.items():
        verbs[name] = Verb(TITLES[of], words, partial(_let_go, station, of))
    for which, title in (("card", "Pencetak kartu"), ("sheet", "Pencetak kertas")):
        printer = station.card_printer if which == "card" else station.document_printer
        for trouble, (words, verb) in PRINTER_TROUBLES.items():
            verbs[f"{trouble}-{which}-printer"] = Verb(title, words, getattr(printer, verb))
    verbs["film-empty"] = Verb("Pencetak kartu", "Film habis", station.card_printer.film_empty)
    for office, title in OFFICES.items():
        for how, (words, trouble_) in OFFICE_TROUBLES.items():
            verbs[f"{office}-{how}"] = Verb(title, words, partial(station.offices.disturb, office, trouble_))
    verbs["offices-well"] = Verb("Jaringan ke pusat", "Beres: semua menjawab", station.offices.troubles.clear)
    board = station.board
    for name, words, act in (
        ("mains-off", "Listrik padam: pakai baterai", board.mains_off),
        ("battery-low", "Baterai hampir habis", board.nearly_empty),
        ("mains-on", "Listrik menyala", board.mains_on),
        ("starve-board", "Tegangan turun", board.starve),
        ("feed-board", "Tegangan pulih", partial(board.starve, False)),
    ):
        verbs[name] = Verb("Listrik", words, act)
    return verbs


def _pull(station: Station, of: str, positions: Mapping[str, object]) -> None:
    for lever, value in positions.items():
        setattr(getattr(station, of).levers, lever, value)


def _let_go(station: Station, of: str) -> None:
    """The levers of the table as they are in a new simulator; a finger that was lost is there again."""
    fresh = type(getattr(station, of).levers)()
    _pull(station, of, {lever: getattr(fresh, lever) for where, _, lever, _ in LEVERS.values() if where == of})
    people = station.world.people
    if of == "scanner" and "at_scanner" in people and isinstance(whole := people.get("at_pad"), Person):
        people["at_scanner"] = whole


def _lose_finger(station: Station) -> None:
    """Who stands at the scanner has no right index finger."""
    person = station.world.people.get("at_scanner")
    if isinstance(person, Person):
        missing = person.missing_fingers | {"right_index"}
        station.world.people["at_scanner"] = replace(person, missing_fingers=missing)
