"""How long what a case holds of a person is kept, and what keeps it longer. Pure: facts in, what is due out.

Neither the SOP nor UU 27/2022 (art. 42-44) names a number of days: the limits are the office's own, in `[retention]`,
short by default for biometrics. Only a case that has ended is ever due.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from appliance.casework.sop import CASE_ENDS

DAY_MS = 24 * 60 * 60 * 1000
Limits = Mapping[str, int]
"""Whole days by class, after the end of a case (for biometrics also after the centre's last word); `torn` is of a
torn database, after it was set aside."""


class Keep(StrEnum):
    """A retention class: what is kept equally long, for the same reason."""

    RAW = "raw"
    BIOMETRICS = "biometrics"
    SCANS = "scans"
    DOCUMENTS = "documents"
    PERSONAL = "personal"
    MINUTES = "minutes"


LABELS: Mapping[Keep, str] = {
    Keep.RAW: "Rekaman biometrik mentah",
    Keep.BIOMETRICS: "Biometrik yang diterima",
    Keep.SCANS: "Foto surat",
    Keep.DOCUMENTS: "Dokumen yang dibuat",
    Keep.PERSONAL: "Data pribadi berkas",
    Keep.MINUTES: "Berita acara dan daftar arsip",
}

KINDS: Mapping[str, Keep] = {
    "finger": Keep.RAW,
    "hand_photo": Keep.RAW,
    "face_today": Keep.RAW,
    "face_on_card": Keep.RAW,
    "search_finger": Keep.RAW,
    "template": Keep.BIOMETRICS,
    "photo": Keep.BIOMETRICS,
    "signature": Keep.BIOMETRICS,
    "packet": Keep.BIOMETRICS,
    "scan": Keep.SCANS,
    "kk_draft": Keep.DOCUMENTS,
    "kk_brought": Keep.DOCUMENTS,
    "kk_signed": Keep.DOCUMENTS,
    "slip": Keep.DOCUMENTS,
    "receipt": Keep.DOCUMENTS,
    "minutes": Keep.MINUTES,
    "manifest": Keep.MINUTES,
    "case": Keep.PERSONAL,
    "file": Keep.PERSONAL,
    "return": Keep.PERSONAL,
    "decision": Keep.PERSONAL,
    "siak_typed": Keep.PERSONAL,
    "search": Keep.PERSONAL,
    "local_search": Keep.PERSONAL,
    "enrolment": Keep.PERSONAL,
    "central_state": Keep.PERSONAL,
    "attempt": Keep.PERSONAL,
    "order": Keep.PERSONAL,
    "recheck": Keep.PERSONAL,
    "match": Keep.PERSONAL,
    "handover": Keep.PERSONAL,
    "shelf": Keep.PERSONAL,
    "nik_look": Keep.PERSONAL,
    "reminder": Keep.PERSONAL,
    "card": Keep.PERSONAL,
    "old_card": Keep.PERSONAL,
    "visit": Keep.PERSONAL,
}
"""Every kind of evidence, and two that are none: `case`, the rows of the case itself, and `manifest`, the sealed list
of its archive. The packet holds portrait and fingers as the chip has them, so it is biometric."""

AWAY = frozenset({"DIREKAM", "DIKIRIM"})
"""Identity-card states of a recording that the centre has not finally answered."""

HOLD_REASONS: Mapping[str, str] = {
    "dispute": "Ada sengketa atau keberatan",
    "inspection": "Ada pemeriksaan",
    "court": "Diminta pengadilan atau penyidik",
    "subject": "Diminta orang yang datanya disimpan",
}
LIFT_REASONS: Mapping[str, str] = {"settled": "Sudah selesai", "mistaken": "Salah berkas"}


@dataclass(frozen=True, slots=True)
class Standing:
    """What keeps or ends a case: times UTC milliseconds, `ended_at` None while it is open.

    `answered_at` is when the centre's last word came (0 if nothing was sent), `ktp_states` the residents' states,
    `unfinished` whether work, an act outside or a question of it is still open, `archived` whether its papers have a
    place on a shelf, `held` whether a legal hold stands.
    """

    state: str
    ended_at: int | None
    answered_at: int
    ktp_states: tuple[str, ...]
    unfinished: bool
    archived: bool
    held: bool


BLOCKS: Mapping[str, str] = {
    "open": "Berkas belum berakhir",
    "held": "Ditahan petugas",
    "unfinished": "Masih ada pekerjaan atau pertanyaan terbuka",
    "unarchived": "Surat-surat belum diarsipkan",
    "unanswered": "Menunggu jawaban pusat",
}


def block(case: Standing) -> str | None:
    """Why nothing of this case may be wiped now, as a key of `BLOCKS`; None if nothing stands against it."""
    if case.state not in CASE_ENDS or case.ended_at is None:
        return "open"
    if case.held:
        return "held"
    if case.unfinished:
        return "unfinished"
    if case.state == "DIARSIPKAN" and not case.archived:
        return "unarchived"
    if AWAY.intersection(case.ktp_states):
        return "unanswered"
    return None


def due_at(case: Standing, keep: Keep, limits: Limits) -> int | None:
    """When this class of an ended case is due, UTC milliseconds; None while the case is open."""
    if case.state not in CASE_ENDS or case.ended_at is None:
        return None
    biometric = keep in {Keep.RAW, Keep.BIOMETRICS}
    since = max(case.ended_at, case.answered_at) if biometric else case.ended_at
    return since + limits[keep] * DAY_MS


def due(case: Standing, keeps: Iterable[Keep], limits: Limits, now: int) -> frozenset[Keep]:
    """The classes of these that are to be wiped now; none at all while something stands against it."""
    if block(case) is not None:
        return frozenset()
    return frozenset(one for one in keeps if (at := due_at(case, one, limits)) is not None and at <= now)
