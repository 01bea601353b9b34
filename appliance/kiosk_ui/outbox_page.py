"""What waits to be sent, in the words of its page; of a case its code, of people nothing."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.kiosk_ui import words
from appliance.kiosk_ui.notices import notice
from appliance.kiosk_ui.status import DEVICE_NAMES
from appliance.kiosk_ui.trouble_page import SENTENCES, trouble_line
from appliance.kiosk_ui.trouble_shown import TroubleLine
from appliance.office.outbox import Outbox, Sent
from appliance.queue.outbox import OfficeState, Reach, Sending, Wait
from appliance.queue.trouble import Why
from appliance.records.away import Away

MOST = 200
"""Rows of the page; the number of the others is said."""
SENT = {
    "siak-entry-complete": "Input ke SIAK",
    "nik-look-complete": "Pencarian NIK",
    "search-complete": "Pencarian di pusat biometrik",
    "ktp-enrolment_sent-complete": "Perekaman ke pusat",
    "packet-receive-complete": "Permintaan paket kartu",
    "card-void-complete": "Pembatalan kartu",
    "card-report-complete": "Laporan kartu",
    "signature-receive-complete": "Tanda tangan elektronik",
}
LEVELS = {
    Reach.BY_HAND: "unknown",
    Reach.SAID_AWAY: "down",
    Reach.OUT: "down",
    Reach.UNSERVED: "down",
    Reach.PERSON: "limited",
    Reach.WELL: "ok",
}
MARKS = {
    Reach.BY_HAND: "pen",
    Reach.SAID_AWAY: "over",
    Reach.OUT: "over",
    Reach.UNSERVED: "over",
    Reach.PERSON: "soon",
    Reach.WELL: "good",
}
_WAITS = {
    Wait.SENDING: "Sedang dikirim.",
    Wait.TURN: "Menunggu giliran.",
    Wait.COMPARE: "Menunggu data mesin yang dipulihkan dibandingkan petugas.",
}
_STANDS = frozenset({Wait.PERSON, Wait.SILENT, Wait.UNSERVED})
"""What does not go on by itself."""
BY_ITSELF = "Terkirim dengan sendirinya."
COMPARE_FIRST = "Bandingkan dulu di daftar kerja."
CLOCKS_STAND = "Waktu SOP berkas yang menunggunya berhenti sampai kantor ini dicatat kembali."


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One thing that waits: `tried` and `next_try` in words, `trouble` where a button of its case helps, `helps` what
    does where none of its buttons can."""

    case_id: str | None
    code: str
    kind: str
    resident: int | None
    office: str
    since: int
    tried: str
    why: str
    wait: str
    next_try: str
    trouble: TroubleLine | None
    helps: str


@dataclass(frozen=True, slots=True)
class OfficeLine:
    """One office: its level as of a device, what is said of it, what it took last; `knock` offers to try it now,
    `say` to write down that it is `away` or `back`."""

    key: str
    name: str
    level: str
    mark: str
    sentence: str
    asked: str
    last: str
    knock: bool
    say: str = ""


@dataclass(frozen=True, slots=True)
class OutboxView:
    """The page: `more` is how many rows it leaves out."""

    offices: tuple[OfficeLine, ...]
    rows: tuple[OutboxRow, ...]
    more: int


def outbox_view(found: Outbox, *, signs: bool) -> OutboxView:
    """`signs`: who looks may type the passphrase."""
    waiting = [one for one in found.sendings if not one.asks]
    rows = tuple(_row(one, found.codes.get(one.job.case_id or "", ""), signs) for one in waiting[:MOST])
    offices = tuple(_office(state, last, found) for state, last in found.offices)
    return OutboxView(offices, rows, max(0, len(waiting) - MOST))


def mark(found: Outbox) -> str:
    """Changes whenever the page would; for open pages."""
    sent = [
        f"{one.job.id[-6:]}.{one.wait}.{one.job.fault or ''}.{one.job.attempts}.{one.job.run_after}"
        for one in found.sendings
    ]
    return " ".join(sent + [f"{one.name}.{one.since}" for one, _ in found.offices if one.said_by])


def said_away(name: str, one: Away) -> str:
    """That an office is away, since when and who says so."""
    return f"{DEVICE_NAMES[name]} terputus sejak {words.moment(one.since)}, dicatat oleh {one.name}."


def _row(sending: Sending, code: str, signs: bool) -> OutboxRow:
    job, trouble = sending.job, sending.trouble
    line = None
    if trouble is not None and sending.wait in _STANDS:
        line = trouble_line(trouble, code, signs=signs)
    return OutboxRow(
        case_id=job.case_id,
        code=code,
        kind=job.kind,
        resident=job.position,
        office=DEVICE_NAMES[sending.office],
        since=job.created_at,
        tried=_tried(sending),
        why=_why(sending, line),
        wait=str(sending.wait),
        next_try="" if sending.next_try is None else f"dicoba lagi {words.hour(sending.next_try)}",
        trouble=line,
        helps=_helps(sending, line),
    )


def _helps(sending: Sending, line: TroubleLine | None) -> str:
    if sending.wait is Wait.COMPARE:
        return COMPARE_FIRST
    return BY_ITSELF if line is None else line.note


def _tried(sending: Sending) -> str:
    if sending.job.attempts:
        return f"dicoba {sending.job.attempts} kali"
    # Another one knocks for all that wait for the same office (decision 49).
    return "belum dicoba sendiri" if sending.wait is Wait.OUT_OF_REACH else "belum dicoba"


def _why(sending: Sending, line: TroubleLine | None) -> str:
    if sending.wait in _WAITS:
        return _WAITS[sending.wait]
    if sending.wait is Wait.UNSERVED:
        return " ".join(SENTENCES[Why.UNSERVED])
    if line is not None:
        return f"{line.sentence} {line.remedy}"
    said = notice(sending.job.fault or "")
    return said.officer if said is not None else ""


def _office(state: OfficeState, last: Sent | None, found: Outbox) -> OfficeLine:
    awaited = f"{state.asked} perekaman sudah terkirim dan menunggu jawaban pusat." if state.asked else ""
    name = DEVICE_NAMES[state.name]
    return OfficeLine(
        state.name, name, LEVELS[state.reach], MARKS[state.reach], _stands(state), awaited,
        "" if state.reach in {Reach.BY_HAND, Reach.SAID_AWAY} else _said(last, found.codes), state.reach is Reach.OUT,
        ("back" if state.said_by else "away") if state.name in found.may_say else "",
    )  # fmt: skip


def _stands(state: OfficeState) -> str:
    if state.reach is Reach.OUT and state.since is not None and state.next_try is not None:
        number = f"{state.waiting} kiriman menunggu. " if state.waiting else ""
        return (
            f"Di luar jangkauan sejak {words.moment(state.since)}. {number}"
            f"Mesin mencoba lagi sendiri {words.hour(state.next_try)}."
        )
    if state.reach is Reach.SAID_AWAY and state.since is not None:
        return f"Terputus sejak {words.moment(state.since)}, dicatat oleh {state.said_by}. {CLOCKS_STAND}"
    return {
        Reach.BY_HAND: "Tanpa sambungan: dikerjakan dengan tangan.",
        Reach.UNSERVED: "Layanan pengirim di mesin ini tidak menjawab.",
        Reach.PERSON: f"{state.held} kiriman menunggu orang.",
        Reach.WELL: f"{state.waiting} kiriman menunggu giliran." if state.waiting else "Tidak ada gangguan.",
    }[state.reach]


def _said(last: Sent | None, codes: dict[str, str]) -> str:
    if last is None:
        return "Belum ada yang terkirim."
    code = codes.get(last.case_id or "", "")
    about = f"{SENT[last.event]}, {code}" if code else SENT[last.event]
    return f"Terkirim terakhir: {about}, {words.moment(last.at)}."
