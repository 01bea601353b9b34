"""The states that the biometric centre gives a recording, by their national names: what each means, who must act."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

PATIENCE_DAYS = 14
"""After so many days a recording that still waits at the centre is looked into: one whose NIK already has a recording
there stays SENT_FOR_ENROLLMENT for ever. Our own figure: reports run from minutes to months."""


class Outcome(StrEnum):
    """What follows for the card: wait, go on, record again, send again, or a person's decision."""

    WAIT = "wait"
    EXPERT = "expert"
    READY = "ready"
    RECORD = "record"
    RESEND = "resend"
    DOUBLE = "double"


@dataclass(frozen=True, slots=True)
class CentralState:
    """A state in the officer's words; `remedy` says what to do and who does it, empty while one only waits."""

    outcome: Outcome
    words: str
    remedy: str = ""


CENTRAL_STATES: dict[str, CentralState] = {
    "UNREGISTERED": CentralState(Outcome.WAIT, "Belum tercatat di pusat"),
    "BIO_CAPTURED": CentralState(Outcome.WAIT, "Rekaman ada, belum diproses pusat"),
    "PROCESSING": CentralState(Outcome.WAIT, "Rekaman sedang diproses pusat"),
    "SENT_FOR_ENROLLMENT": CentralState(Outcome.WAIT, "Rekaman terkirim, menunggu pusat (SFE)"),
    "RECEIVED_AT_CENTRAL": CentralState(Outcome.WAIT, "Rekaman diterima pusat"),
    "REQUEST_VALIDATION": CentralState(Outcome.WAIT, "Pusat sedang memeriksa keabsahan data"),
    "PRINT_READY_RECORD": CentralState(Outcome.READY, "Siap cetak (PRR)"),
    "ADJUDICATE_RECORD": CentralState(
        Outcome.EXPERT,
        "Rekaman mirip orang lain, ahli pusat memeriksa",
        "Tunggu keputusan pusat. Bila diminta pusat, Kasi menyuruh rekam ulang.",
    ),
    "ENROLL_FAILURE_AT_REGIONAL": CentralState(
        Outcome.RECORD,
        "Rekaman kurang atau tidak terbaca di kabupaten/kota",
        "Hapus rekaman di pusat lewat SIAK, lalu petugas perekaman merekam ulang.",
    ),
    "ENROLL_FAILURE_AT_CENTRAL": CentralState(
        Outcome.RECORD,
        "Rekaman tidak terbaca di pusat (EFAC)",
        "Hapus rekaman di pusat lewat SIAK, lalu petugas perekaman merekam ulang. Lepas lensa kontak.",
    ),
    "SEARCH_FAILURE_AT_CENTRAL": CentralState(
        Outcome.RESEND, "Pencarian di pusat gagal", "Petugas perekaman mengirim ulang; orangnya tidak perlu datang."
    ),
    "DUPLICATE_RECORD": CentralState(
        Outcome.DOUBLE,
        "Orang ini sudah punya rekaman lain di pusat",
        "Kasi memeriksa kedua berkas: rekam ulang, atau akhiri KTP-el ini dan hapus NIK ganda lewat SIAK.",
    ),
}
"""By national name; the source of the words is this office's, of the names the registry offices' own pages."""

_CARD_EXISTS = CentralState(
    Outcome.DOUBLE,
    "Pusat mencatat kartu orang ini sudah dibuat",
    "Kasi memeriksa di SIAK: kartu dari kantor lain, atau salah catat.",
)
CENTRAL_STATES |= dict.fromkeys(
    ("SENT_FOR_CARD_PRINTING", "CARD_PRINTED", "CARD_SHIPPED", "CARD_ISSUED"), _CARD_EXISTS
)


def central_state(name: str) -> CentralState:
    """The state of this name; one that nobody knows is waited for, by its own name."""
    return CENTRAL_STATES.get(name) or CentralState(Outcome.WAIT, f"Status pusat: {name.replace('_', ' ').lower()}")


_WAY = (
    "UNREGISTERED",
    "BIO_CAPTURED",
    "PROCESSING",
    "SENT_FOR_ENROLLMENT",
    "RECEIVED_AT_CENTRAL",
    "REQUEST_VALIDATION",
    "ADJUDICATE_RECORD",
)
"""How far a recording that is waited for has come; a centre that has it further does not have it less far again."""


def cannot_follow(before: str, name: str) -> str | None:
    """Why the centre cannot say `name` of a recording of which it said `before` last (empty: nothing yet).

    None if it can. The sentence is for the person who enters the state by hand.
    """
    if name not in CENTRAL_STATES:
        return "Status ini tidak ada di daftar pusat."
    old, new = CENTRAL_STATES.get(before), CENTRAL_STATES[name]
    if old is None or before == name:
        return None
    if old.outcome not in {Outcome.WAIT, Outcome.EXPERT}:
        return f"Pusat sudah memutuskan rekaman ini: {old.words}."
    if name in _WAY and before in _WAY and _WAY.index(name) < _WAY.index(before):
        return f"Rekaman ini sudah lebih jauh di pusat ({old.words}), tidak bisa kembali ke: {new.words}."
    return None
