"""What an officer may see and do now: everything of a case in one consistent reading."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from appliance.casework.clocks import Reading, read_clocks
from appliance.casework.people import card_day, card_due
from appliance.casework.roles import Actor, Role
from appliance.casework.sop import CASE_ENDS, STATE_STEP, allowed_events, finished
from appliance.office import by_hand, nik_look, old_card, one_at_a_time, reprint, uncollected
from appliance.office.alike import AlikePair, alike_pairs
from appliance.office.at_recording import SETTLED, begins_with_photo, current, open_fingers, work_of
from appliance.office.cannot_sign import may_confirm, signature_now, ways_to_sign
from appliance.office.central_trouble import (
    days_at_centre,
    is_doubted,
    may_be_sent_again,
    needs_decision,
    newest_enrolment,
)
from appliance.office.checks import to_be_searched
from appliance.office.context import Office
from appliance.office.exceptions import asked_of
from appliance.office.face_handover import no_finger_helps, to_be_compared
from appliance.office.found_nik import found_niks
from appliance.office.household_changes import SHOWN_BEFORE, Differences, differences
from appliance.office.officials import names_another
from appliance.office.one_at_a_time import InHand
from appliance.office.papers import Line, checklist, lacking, may_see, old_letters, seen_by
from appliance.office.questions import QUESTIONS
from appliance.office.recording import early_is_possible
from appliance.office.scans import SCAN_ACTS, may_scan
from appliance.office.second_look import in_doubt, last_look, looked_again
from appliance.queue import jobs
from appliance.queue.jobs import Job
from appliance.queue.trouble import Trouble, trouble_of
from appliance.records import away, cases, family_cards, leases, tombstones
from appliance.records.away import Away
from appliance.records.cases import CaseRecord, Evidence, ResidentRecord
from appliance.records.moves import open_questions, stays
from appliance.records.store import Transaction
from appliance.records.tombstones import Tombstone

_RECORDING = ("capture_finger", "except_finger", "capture_photo")

PUT_AWAY = frozenset(
    {
        "reject",
        "cancel",
        "end_ktp",
        "record_early",
        "reprint",
        "undo_reprint",
        "shelve_kk",
        "shelve_card",
        "remind",
        "look_up_nik",
        "schedule_visit",
        "miss_visit",
        *SCAN_ACTS,
    }
)
"""Acts that are there all the time and make nothing this officer's turn."""


@dataclass(frozen=True, slots=True)
class ResidentState:
    """One resident with the acts that this officer may do for him now."""

    person: ResidentRecord
    acts: tuple[str, ...]
    fingers: tuple[Evidence, ...]
    photo: Evidence | None
    signature: Evidence | None
    card: Evidence | None
    matches: tuple[Evidence, ...]
    enrolment: Evidence | None
    days_at_centre: int = 0
    second_look: Evidence | None = None
    photo_first: bool = False
    due_on: date | None = None
    """From when on his card may be made; None if it may be now."""
    unsigned: Evidence | None = None
    """What came after the signature that stands and does not stand itself: asked, refused, no mark."""


@dataclass(frozen=True, slots=True)
class CaseState:
    """One case as this officer sees it now."""

    record: CaseRecord
    acts: tuple[str, ...]
    residents: tuple[ResidentState, ...]
    letters: tuple[dict[str, Any], ...]
    checklist: tuple[Line, ...]
    old_letters: tuple[str, ...]
    clocks: tuple[Reading, ...]
    jobs: tuple[Job, ...]
    troubles: tuple[Trouble, ...]
    questions: tuple[dict[str, Any], ...]
    evidence: tuple[Evidence, ...]
    step: int
    now: int
    alike: tuple[AlikePair, ...] = ()
    """Only for who may decide on them now."""
    found: Mapping[int, frozenset[str]] = field(default_factory=dict)
    """The NIKs that a resident was found to have, by his place; only for who may decide on that now."""
    differences: Differences | None = None
    """Only for who lets the family pass now."""
    stones: tuple[Tombstone, ...] = ()
    """What was wiped of it, the newest first."""
    in_hand: InHand | None = None
    """Who works on it just now."""
    away: Mapping[str, Away] = field(default_factory=dict)
    """The offices that it waits for and that are said to be away."""


def _last(items: list[Evidence]) -> Evidence | None:
    return items[-1] if items else None


def resident_acts(
    office: Office, tx: Transaction, actor: Actor, record: CaseRecord, person: ResidentRecord
) -> tuple[str, ...]:
    """The acts on one resident that this officer may do now."""
    acts = []
    events = allowed_events("ktp", person.ktp_state, actor.role, record.sop_version)
    if actor.role is Role.PEREKAM:
        if record.state == "CEK_BIOMETRIK" and person.position in to_be_searched(tx, record.id):
            acts.append("search_biometrics")
        if "start_recording" in events and record.state == "PENERBITAN" and person.nik:
            acts.append("start_recording")
        if person.ktp_state == "MEREKAM":
            acts += [*_RECORDING, *ways_to_sign(office, tx, record.id, person.position)]
            if not begins_with_photo(tx, record.id, person.position) and not _pictured(
                tx, record.id, person.position
            ):
                acts.append("photo_first")
            if not open_fingers(tx, record.id, person.position):
                acts += _after_the_fingers(tx, record.id, person.position)
            if leases.held(tx, record.id, work_of(person.position), actor):
                acts.append("stop_recording")
    if person.ktp_state == "MEREKAM" and asked_of(tx, actor, record.id, person.position):
        acts.insert(0, "confirm_exceptions")
    if person.ktp_state == "MEREKAM" and may_confirm(tx, actor, record.id, person.position):
        acts.insert(0, "confirm_cannot_sign")
    if actor.role is Role.OPERATOR and record.state == "PENERBITAN":
        card = _last(cases.evidence_of(tx, record.id, "card", person.position))
        if "issue_card" in events and card_due(person.biodata, office.today()):
            acts.append("issue_card")
        if person.ktp_state == "PEMBUATAN_KARTU" and card is not None:
            acts += ["print_card"] if card.state == "encoded" else []
            acts.append("look_card")
        elif person.ktp_state == "KARTU_JADI":
            acts.append("look_card")
    if "record_early" in events and early_is_possible(office, record, person):
        acts.append("record_early")
    if record.state == "PENERBITAN" and person.nik:
        acts += [act for act in ("schedule_visit", "miss_visit") if act in events]
    if actor.role is Role.PEREKAM and may_be_sent_again(tx, person):
        acts.insert(0, "send_again")
    if "record_again" in events and needs_decision(tx, person):
        acts.append("record_again")
    if "end_ktp" in events and record.state == "PENERBITAN":
        acts.append("end_ktp")
    if "reprint" in events and record.state == "PENERBITAN" and reprint.had_a_number(person):
        acts.append("reprint")
    if "undo_reprint" in events and reprint.standing(tx, person) is not None:
        acts.append("undo_reprint")
    acts += _handover_acts(tx, actor, person, events)
    acts += uncollected.on_resident(actor, person)
    acts += nik_look.on_resident(office, actor, record, person)
    return tuple(acts)


def _pictured(tx: Transaction, case_id: str, position: int) -> bool:
    return any(item.state in SETTLED for item in current(tx, case_id, position, "photo"))


def _after_the_fingers(tx: Transaction, case_id: str, position: int) -> list[str]:
    """The second look at the index fingers, then the end."""
    if looked_again(tx, case_id, position):
        return ["finish_recording"]
    return ["recapture_index", "answer_recheck"] if in_doubt(tx, case_id, position) else ["recapture_index"]


def _handover_acts(tx: Transaction, actor: Actor, person: ResidentRecord, events: frozenset[str]) -> list[str]:
    """The finger first; when none helps, the face, and then another officer's look at it."""
    seen = to_be_compared(tx, person.case_id, person.position)
    if seen is not None:
        return ["confirm_face"] if "confirm_face:same" in events and actor.id != seen.facts["officer"][0] else []
    if actor.role is not Role.PETUGAS or "hand_over_card" not in events:
        return []
    if old_card.expected(tx, person) is not None:
        return ["surrender_card"]
    return ["compare_face"] if no_finger_helps(tx, person) else ["hand_over_card"]


def case_acts(tx: Transaction, actor: Actor, record: CaseRecord, lacking: bool) -> tuple[str, ...]:
    """The acts on the case as a whole that this officer may do now."""
    names = {
        event.partition(":")[0] for event in allowed_events("case", record.state, actor.role, record.sop_version)
    }
    names -= {"resubmit", "search_clear"}
    if lacking or not cases.residents(tx, record.id):
        names -= {"pass_check", "verify"}
    if "submit_draft" in names:
        names.add("enter_siak")
        if not family_cards.standing(tx, record.id, "kk_draft"):
            names.discard("submit_draft")
    if "validate" in names and not family_cards.standing(tx, record.id, "kk_draft"):
        names.discard("validate")
    if "return_file" in names and family_cards.withdrawn(tx, record.id):
        names.discard("return_file")
    searched = cases.evidence_of(tx, record.id, "search")
    if "decide_search" in names and (to_be_searched(tx, record.id) or not searched):
        names.discard("decide_search")
    if "archive" in names:
        people = cases.residents(tx, record.id)
        if not finished(record.kk_state, (person.ktp_state for person in people)):
            names.discard("archive")
    if record.state == "TTE_KADIS" and actor.role in {Role.KADIS, Role.OPERATOR} and names_another(tx, record.id):
        names = (names - {"sign"}) | {"redraft"}
    if may_scan(actor, record):
        names |= {*SCAN_ACTS}
    if record.state == "PENERBITAN":
        kk = allowed_events("kk", record.kk_state, actor.role, record.sop_version)
        if not is_doubted(cases.residents(tx, record.id)):
            names |= {"print_kk"} if "kk_printed" in kk else set()
            names |= {"hand_over_kk"} if "hand_over_kk" in kk else set()
        names |= {*uncollected.on_case(tx, actor, record)}
    return tuple(sorted(names))


def case_state(office: Office, actor: Actor, case_id: str) -> CaseState:
    """Everything of a case; raises `Missing`."""
    with office.store.read() as tx:
        record = cases.get(tx, case_id)
        people = cases.residents(tx, case_id)
        letters = cases.letters(tx, case_id)
        lines = checklist(office, tx, record, letters)
        wrong = lacking(lines) if people else ()
        asked = [item for item in open_questions(tx, case_id) if actor.role in QUESTIONS[item["kind"]][0]]
        ended = record.state in CASE_ENDS
        acts = () if ended else by_hand.on_case(office, tx, actor, record, case_acts(tx, actor, record, bool(wrong)))
        work = tuple(job for job in jobs.of_case(tx, case_id) if job.state in jobs.OPEN)
        return CaseState(
            record=record,
            acts=acts,
            residents=tuple(
                ResidentState(
                    person=person,
                    acts=()
                    if ended
                    else by_hand.on_resident(
                        office, tx, actor, person, resident_acts(office, tx, actor, record, person)
                    ),
                    fingers=tuple(current(tx, case_id, person.position, "finger")),
                    photo=_last(current(tx, case_id, person.position, "photo")),
                    signature=(signed := signature_now(tx, case_id, person.position))[0],
                    unsigned=signed[1],
                    card=_last(cases.evidence_of(tx, case_id, "card", person.position)),
                    matches=tuple(cases.evidence_of(tx, case_id, "match", person.position)),
                    enrolment=(sent := newest_enrolment(tx, case_id, person.position)),
                    days_at_centre=days_at_centre(sent, tx.now) if sent else 0,
                    second_look=last_look(tx, case_id, person.position),
                    photo_first=begins_with_photo(tx, case_id, person.position),
                    due_on=None if card_due(person.biodata, office.today()) else card_day(person.biodata),
                )
                for person in people
            ),
            letters=seen_by(actor, letters),
            checklist=lines,
            old_letters=old_letters(office, record, letters),
            clocks=read_clocks(stays(tx, case_id), tx.now),
            jobs=work,
            troubles=tuple(
                one for one in (trouble_of(job, tx.now, jobs.busy_lanes(tx)) for job in work) if one is not None
            ),
            questions=tuple(asked),
            evidence=tuple(one for one in cases.evidence_of(tx, case_id) if may_see(actor, one)),
            step=current_step(record, people),
            now=tx.now,
            alike=alike_pairs(tx, record) if "decide_search" in acts else (),
            found=found_niks(tx, record) if "decide_search" in acts else {},
            differences=differences(tx, record) if SHOWN_BEFORE.intersection(acts) else None,
            stones=tuple(tombstones.stones(tx, case_id)),
            in_hand=one_at_a_time.in_hand(tx, actor, case_id),
            away=away.of_case(tx, case_id),
        )


def current_step(record: CaseRecord, people: list[ResidentRecord]) -> int:
    """The SOP step the case is in: of its own state, or the earliest that one of its documents waits in."""
    if record.state != "PENERBITAN":
        return STATE_STEP.get(record.state, 9)
    steps = [STATE_STEP[person.ktp_state] for person in people if person.ktp_state in STATE_STEP]
    if record.kk_state in STATE_STEP:
        steps.append(STATE_STEP[record.kk_state])
    return min(steps, default=9)


def something_to_do(state: CaseState) -> bool:
    """Whether it is this officer's turn."""
    offered = set(state.acts).union(*(person.acts for person in state.residents))
    return bool(offered - PUT_AWAY or state.questions)


def document(office: Office, actor: Actor, case_id: str, evidence_id: str) -> tuple[Evidence, bytes]:
    """One piece of evidence with its content; raises `Missing`, also where this person may not see it."""
    with office.store.read() as tx:
        record = cases.get(tx, case_id)
        for item in cases.evidence_of(tx, case_id):
            if item.id == evidence_id and item.blob is not None and may_see(actor, item):
                return item, office.vault.get(case_id, record.wrapped_key, item.blob)
    raise cases.Missing("Dokumen tidak ditemukan.")
