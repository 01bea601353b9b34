"""From the office's state of a case to the values of its page."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

from appliance.casework import codes
from appliance.casework.clocks import Reading
from appliance.casework.people import mask
from appliance.casework.regions import SUBDISTRICTS
from appliance.casework.retention import LABELS, Keep
from appliance.kiosk_ui.alike_page import alike_view
from appliance.kiosk_ui.case_notes import notes_of
from appliance.kiosk_ui.case_papers import papers_of
from appliance.kiosk_ui.difference_page import difference_view
from appliance.kiosk_ui.officer.reading import case_json
from appliance.kiosk_ui.resident_page import resident_view
from appliance.kiosk_ui.shown import (
    CaseView,
    DocumentLine,
    JobLine,
    Question,
    Task,
    TaskState,
    WipedLine,
)
from appliance.kiosk_ui.trouble_page import trouble_line
from appliance.kiosk_ui.words import finger
from appliance.office.one_at_a_time import InHand
from appliance.office.questions import QUESTIONS
from appliance.office.views import CaseState
from appliance.records.away import PAUSE
from appliance.records.cases import CaseRecord, Evidence
from appliance.records.family_cards import WITHDRAWN

DOCUMENTS: dict[str, str] = {
    "kk_draft": "Draf KK",
    "kk_signed": "KK bertanda tangan elektronik",
    "slip": "Bukti",
    "receipt": "Tanda terima",
    "photo": "Foto",
    "hand_photo": "Foto tangan",
    "signature": "Tanda tangan",
    "face_on_card": "Foto di chip kartu",
    "face_today": "Foto saat penyerahan",
    "minutes": "Berita acara",
    "scan": "Foto surat",
}
"""Kinds of evidence that may be opened on the page; fingers and templates are not among them."""

NOT_SHOWN = frozenset({"superseded", "undone", "reopened"})
"""States of evidence whose place another has taken, or that was taken back."""

ANSWER_PICTURES = {
    "printed": "printed_card",
    "blank": "blank_card",
    "ruined": "spoiled_card",
    "nothing": "empty_tray",
}
WAITING_STATES = frozenset({"DIKEMBALIKAN", "CEK_BIOMETRIK"})


def media_type(data: bytes) -> tuple[str, str]:
    """Media type and file ending of a document by its first bytes."""
    for start, found in ((b"%PDF", "application/pdf"), (b"\x89PNG", "image/png"), (b"\xff\xd8\xff", "image/jpeg")):
        if data.startswith(start):
            return found, found.rpartition("/")[2]
    return "application/octet-stream", "bin"


def title(record: CaseRecord, first: str | None) -> str:
    """The case in a few words: the head of the family, or what the report said of the person."""
    return first or str(record.report.get("person", "")) or record.code


def place(record: CaseRecord) -> str:
    """The kelurahan by name."""
    code = record.household.kelurahan if record.household else str(record.report.get("kelurahan", ""))
    region = SUBDISTRICTS.get(code)
    return region.name.title() if region else "-"


def waits_for(record: CaseRecord, reading: Reading) -> str:
    """The class in which the step waits, where the page says that instead of its time."""
    return reading.waits if record.state in WAITING_STATES or reading.waits == PAUSE else ""


def _task_state(state: CaseState, reading: Reading) -> TaskState:
    number, record = reading.step.number, state.record
    if number == 1 or record.state == "DIARSIPKAN":
        return "done"
    if reading.open:
        sent = number == 8 and any(p.person.ktp_state == "DIKIRIM" for p in state.residents)
        printing = any(p.person.ktp_state in {"PRR", "PEMBUATAN_KARTU"} for p in state.residents)
        waits = waits_for(record, reading) or (sent and not printing and record.kk_state != "KK_TERBIT")
        return "waiting" if waits else "now"
    if reading.elapsed_s or reading.touch_s or reading.waiting_s:
        return "done"
    if number in {4, 5, 6} and record.kk_state == "TIDAK_PERLU" and state.residents:
        return "not_needed"
    return "later"


def _facts(record: CaseRecord) -> tuple[tuple[str, str], ...]:
    who = record.report.get("reporter", {})
    said = ", ".join(codes.LETTERS.get(kind, kind) for kind in record.report.get("papers", ())) or "belum ada"
    conditions = ", ".join(codes.CONDITIONS.get(one, one) for one in record.category.condition) or "-"
    facts = [
        ("Pelapor", f"{who.get('name', '-')} ({codes.REPORTER_ROLES.get(who.get('role', ''), '-')})"),
        ("Lembaga", who.get("institution") or "-"),
        ("Telepon pelapor", who.get("phone") or "-"),
        ("Yang dilaporkan", str(record.report.get("person", "-"))),
        ("Surat menurut pelapor", said),
        ("Kategori", codes.LEGAL_CATEGORIES.get(record.category.legal, "-")),
        ("Kondisi", conditions),
        ("Kelurahan", place(record)),
    ]
    if record.household is not None:
        home = record.household
        facts.append(("Alamat", f"{home.address}, RT {home.rt} RW {home.rw}, {home.postal_code}"))
        facts.append(("Nomor KK", mask(record.kk_number) or "belum ada"))
    return tuple(facts)


def _wiped(state: CaseState) -> tuple[WipedLine, ...]:
    """One line a class of which something was wiped, in the order of the classes."""
    of = {keep: [one for one in state.stones if one.keep is keep] for keep in Keep}
    return tuple(
        WipedLine(str(keep), LABELS[keep], len(mine), max(one.struck_at for one in mine))
        for keep, mine in of.items()
        if mine
    )


def question(question_id: str, kind: str) -> Question:
    """The question of this kind with a picture for each answer."""
    _, sentence, answers = QUESTIONS[kind]
    pictured = tuple((value, word, ANSWER_PICTURES.get(value, "unknown")) for value, word in answers)
    return Question(question_id, sentence, pictured)


def _title_of(item: Evidence) -> str:
    """Its kind in words; a signature that is a thumb says whose, a withdrawn family card that it is none."""
    if item.state == WITHDRAWN:
        return f"{DOCUMENTS[item.kind]} (ditarik, tidak berlaku)"
    return f"Cap {finger(item.name).lower()}" if item.kind == "signature" and item.name else DOCUMENTS[item.kind]


def case_view(
    state: CaseState, extra: tuple[str, ...], next_blank: str, ready: frozenset[str] = frozenset()
) -> CaseView:
    """The whole page; `extra` are acts that the faces add, `next_blank` the serial to offer.

    `ready` are the lanes whose device says that it is well.
    """
    record = state.record
    troubles = {
        one.job.id: trouble_line(one, record.code, ready=ready, signs="sign" in state.acts) for one in state.troubles
    }
    first = state.residents[0].person.biodata.full_name if state.residents else None
    view = CaseView(
        case_id=record.id,
        code=record.code,
        title=title(record, first),
        state=record.state,
        kk_state=record.kk_state,
        version="",
        acts=(*state.acts, *extra),
        facts=_facts(record),
        tasks=tuple(Task(reading, _task_state(state, reading)) for reading in state.clocks),
        papers=papers_of(state),
        residents=tuple(resident_view(person) for person in state.residents),
        jobs=tuple(
            JobLine(job.kind, job.state, job.position, 100 * job.done_steps // job.done_of if job.done_of else None,
                    job.fault, job.key, troubles.get(job.id))
            for job in state.jobs
        ),
        questions=tuple(question(str(asked["id"]), asked["kind"]) for asked in state.questions),
        documents=tuple(
            DocumentLine(item.id, item.kind, _title_of(item), item.name, item.position)
            for item in state.evidence
            if item.blob is not None and item.kind in DOCUMENTS and item.state not in NOT_SHOWN
        ),
        notes=tuple(notes_of(state)),
        next_blank=next_blank,
        alike=tuple(alike_view(pair) for pair in state.alike),
        wiped=_wiped(state),
        differences=difference_view(state.differences),
        in_hand=state.in_hand,
    )  # fmt: skip
    known = {
        **case_json(view),
        "clocks": None,
        "in_hand": _other_hands(state.in_hand),
        "facts": [*view.facts],
        "notes": [*view.notes],
        "papers": [[one.kind, one.lack, [*one.said]] for one in view.papers],
    }
    digest = hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()
    return replace(view, version=digest[:16])


def _other_hands(one: InHand | None) -> list[object] | None:
    """Of who else works on it, not until when: a page does not change while he types, nor for its own reader."""
    return None if one is None or one.mine else [one.name, one.since]
