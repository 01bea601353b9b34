"""Moving a case: state, clocks, chain of approval and audit in the one transaction of the caller."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert, select, update

from appliance.casework.blank_life import READY
from appliance.casework.clocks import Stay
from appliance.casework.people import card_due
from appliance.casework.roles import CHAIN_LINKS, SYSTEM, Actor, Role
from appliance.casework.sop import CASE_ENDS, KK_ENDS, KTP_ENDS, TABLES, NotAllowed, Transition, finished, fire
from appliance.casework.stock import OFFICE
from appliance.records import audit, away
from appliance.records.cases import CaseRecord, ResidentRecord, change, change_resident, get, residents
from appliance.records.officials import Appointment, holders, must_be_in_office, today
from appliance.records.schema import blank, chain_link, question, resident, stay
from appliance.records.store import Transaction, new_id

TOUCH_LIMIT_MS = 30 * 60_000
"""A form left open for longer than this counts as touch time only up to here."""


def open_stay(
    tx: Transaction, case_id: str, machine: str, position: int | None, step: int, pause: str | None = None
) -> None:
    """Start a clock."""
    row = {"id": new_id(), "case_id": case_id, "machine": machine, "position": position, "step": step}
    tx.sql.execute(insert(stay).values(**row, since=tx.now, pause=pause))


Stopped = list[list[int | str | None]]
"""Clocks that stopped, each as step, how long it ran and its touch time (ms), class of waiting or None: the fact
`clock` of the audit line about what stopped them, so that the log tells the times too."""


def close_stays(
    tx: Transaction, case_id: str, machine: str | None, position: int | None, opened_at: int | None
) -> Stopped:
    """Stop the running clocks of one machine, or all of the case; the actor's touch time runs from `opened_at` (form
    shown) to now."""
    where = [stay.c.case_id == case_id, stay.c.until.is_(None)]
    if machine is not None:
        where += [stay.c.machine == machine]
        where.append(stay.c.position.is_(None) if position is None else stay.c.position == position)
    stopped: Stopped = []
    for row in tx.sql.execute(select(stay).where(*where).order_by(stay.c.since, stay.c.id)).all():
        touch = row.touch_ms
        if opened_at is not None and row.pause is None:
            touch += max(0, min(tx.now - max(opened_at, row.since), TOUCH_LIMIT_MS))
        tx.sql.execute(update(stay).where(stay.c.id == row.id).values(until=tx.now, touch_ms=touch, told=1))
        stopped.append([row.step, tx.now - row.since, touch, row.pause])
    return stopped


def pause(tx: Transaction, case_id: str, machine: str, position: int | None, kind: str) -> Stopped:
    """Let a running clock wait in its step, as this class of waiting; nothing if none runs or it waits already."""
    return _turn(tx, case_id, machine, position, None, kind)


def resume(tx: Transaction, case_id: str, machine: str, position: int | None, kind: str) -> Stopped:
    """Let a clock that waits as this class run again in its step; nothing if none does."""
    return _turn(tx, case_id, machine, position, kind, None)


def _turn(
    tx: Transaction, case_id: str, machine: str, position: int | None, before: str | None, after: str | None
) -> Stopped:
    where = [stay.c.case_id == case_id, stay.c.machine == machine, stay.c.until.is_(None)]
    where.append(stay.c.position.is_(None) if position is None else stay.c.position == position)
    where.append(stay.c.pause.is_(None) if before is None else stay.c.pause == before)
    stopped: Stopped = []
    for row in tx.sql.execute(select(stay).where(*where)).all():
        tx.sql.execute(update(stay).where(stay.c.id == row.id).values(until=tx.now, told=1))
        open_stay(tx, case_id, machine, position, row.step, after)
        stopped.append([row.step, tx.now - row.since, row.touch_ms, before])
    return stopped


def touch(tx: Transaction, case_id: str, step: int, opened_at: int | None, position: int | None = None) -> None:
    """Add the touch time of an act that does not end its step."""
    if opened_at is None:
        return
    where = [stay.c.case_id == case_id, stay.c.step == step, stay.c.until.is_(None), stay.c.pause.is_(None)]
    where.append(stay.c.position.is_(None) if position is None else stay.c.position == position)
    row = tx.sql.execute(select(stay).where(*where).limit(1)).first()
    if row is not None:
        spent = max(0, min(tx.now - max(opened_at, row.since), TOUCH_LIMIT_MS))
        tx.sql.execute(update(stay).where(stay.c.id == row.id).values(touch_ms=row.touch_ms + spent))


def open_since(tx: Transaction, case_id: str, machine: str, position: int | None) -> int | None:
    """Since when this machine's clock of the case runs, UTC milliseconds; None where none does."""
    where = [stay.c.case_id == case_id, stay.c.machine == machine, stay.c.until.is_(None)]
    where.append(stay.c.position.is_(None) if position is None else stay.c.position == position)
    found = tx.sql.execute(select(stay.c.since).where(*where).order_by(stay.c.since).limit(1)).scalar()
    return None if found is None else int(found)


def stays(tx: Transaction, case_id: str) -> list[Stay]:
    """All stays of a case for `casework.clocks.read_clocks`."""
    rows = tx.sql.execute(select(stay).where(stay.c.case_id == case_id).order_by(stay.c.since))
    return [Stay(row.step, row.since, row.until, row.touch_ms, row.pause) for row in rows]


def _clocks(
    tx: Transaction, case_id: str, transition: Transition, position: int | None, opened_at: int | None
) -> dict[str, object]:
    """Stop the machine's clock and start the next, if the move has one; the fact for its audit line."""
    stopped = close_stays(tx, case_id, transition.machine, position, opened_at)
    if transition.opens is not None:
        waits = transition.pause
        if waits is None and away.holds(tx, case_id, transition.machine, position):
            waits = away.PAUSE
        open_stay(tx, case_id, transition.machine, position, transition.opens, waits)
    if transition.machine == "case" and transition.target in CASE_ENDS:
        stopped += close_stays(tx, case_id, None, None, None)
    return {"clock": stopped} if stopped else {}


def hold_link(tx: Transaction, case_id: str, event: str, actor: Actor) -> None:
    """Give the actor this link of the case's chain of approval; raises `NotAllowed` if he holds another.

    So does an acting official outside of his days.
    """
    link = event.partition(":")[0]
    if link not in CHAIN_LINKS or actor.id == "system":
        return
    must_be_in_office(tx, actor)
    give_link(tx, case_id, link, actor.id)


def give_link(tx: Transaction, case_id: str, link: str, account_id: str) -> None:
    """Give a person this link of the case's chain, whoever had it before; raises `NotAllowed` if he holds another."""
    tx.sql.execute(chain_link.delete().where(chain_link.c.case_id == case_id, chain_link.c.link == link))
    held = select(chain_link.c.link).where(chain_link.c.case_id == case_id, chain_link.c.account_id == account_id)
    if tx.sql.execute(held).first() is not None:
        raise NotAllowed("Anda sudah memegang langkah lain pada berkas ini; harus petugas lain.")
    tx.sql.execute(insert(chain_link).values(case_id=case_id, link=link, account_id=account_id))


def give_signature(tx: Transaction, case_id: str, stand_in: Appointment | None) -> str:
    """Give the link of the signature to him whose certificate signs elsewhere; his account, empty if he has none.

    `stand_in` acts as Kadis, None: the Kadis himself, each of whose accounts must hold no other link. Raises
    `NotAllowed` if he holds another link of this case.
    """
    signers = (stand_in.account_id,) if stand_in else holders(tx, Role.KADIS)
    try:
        for account_id in signers:
            give_link(tx, case_id, "sign", account_id)
    except NotAllowed as error:
        raise NotAllowed(
            "Pejabat yang menandatangani KK ini sudah memegang langkah lain pada berkas ini; harus pejabat lain."
        ) from error
    return signers[-1] if signers else ""


def move_case(
    tx: Transaction, record: CaseRecord, event: str, actor: Actor, *, opened_at: int | None = None, **facts: object
) -> CaseRecord:
    """Fire `event` on the case; raises `NotAllowed` or `ChangedMeanwhile`, and then nothing is stored."""
    transition = fire("case", record.state, event, actor.role, record.sop_version)
    hold_link(tx, record.id, event, actor)
    changed = change(tx, record, state=transition.target)
    facts |= _clocks(tx, record.id, transition, None, opened_at)
    audit.record(tx, f"case-{event}-complete", actor, record.id, state=transition.target, **facts)
    if transition.target != record.state and transition.target == ISSUING:
        _await_recordings(tx, changed)
    return changed


def move_kk(
    tx: Transaction, record: CaseRecord, event: str, actor: Actor, *, opened_at: int | None = None, **facts: object
) -> CaseRecord:
    """Fire `event` on the family-card leg."""
    transition = fire("kk", record.kk_state, event, actor.role, record.sop_version)
    changed = change(tx, record, kk_state=transition.target)
    facts |= _clocks(tx, record.id, transition, None, opened_at)
    audit.record(tx, f"kk-{event}-complete", actor, record.id, state=transition.target, **facts)
    return _await_archive(tx, changed) if transition.target in KK_ENDS else changed


def move_ktp(
    tx: Transaction,
    person: ResidentRecord,
    event: str,
    actor: Actor,
    *,
    opened_at: int | None = None,
    note: str = "",
    **facts: object,
) -> None:
    """Fire `event` on one resident's identity-card leg."""
    record = get(tx, person.case_id)
    transition = fire("ktp", person.ktp_state, event, actor.role, record.sop_version)
    change_resident(tx, person, ktp_state=transition.target, note=note)
    facts |= _clocks(tx, person.case_id, transition, person.position, opened_at)
    name = f"ktp-{event}-complete"
    audit.record(tx, name, actor, person.case_id, resident=person.position, state=transition.target, **facts)
    if transition.target == "PRR":
        _await_age(tx, person)
        follow_stock(tx)
    if transition.target in KTP_ENDS:
        _await_archive(tx, record)


ISSUING = "PENERBITAN"


def knows(record: CaseRecord, event: str) -> bool:
    """Whether the version of the SOP by which this case goes has such a move."""
    return any(row.event == event for row in TABLES[record.sop_version])


def _await_recordings(tx: Transaction, record: CaseRecord) -> None:
    """From now on the residents without recording may be visited: their clocks wait for that."""
    if knows(record, "await_recording"):
        for person in residents(tx, record.id):
            if person.ktp_state == "BELUM_REKAM":
                move_ktp(tx, person, "await_recording", SYSTEM)


def _await_archive(tx: Transaction, record: CaseRecord) -> CaseRecord:
    """Every document has ended: step 9 goes on until the papers lie in the archive."""
    if record.state != ISSUING or not knows(record, "await_archive"):
        return record
    if not finished(record.kk_state, (person.ktp_state for person in residents(tx, record.id))):
        return record
    return move_case(tx, record, "await_archive", SYSTEM)


AGE_WAIT = "belum_17"


def _await_age(tx: Transaction, person: ResidentRecord) -> None:
    """Who was recorded before his card is due waits for his birthday, until the card is begun."""
    if not card_due(person.biodata, today(tx)):
        stopped = pause(tx, person.case_id, "ktp", person.position, AGE_WAIT)
        audit.record(tx, "ktp-wait-init", SYSTEM, person.case_id, resident=person.position, clock=stopped)


BLANK_WAIT = "blanko_habis"
_WITHIN_REACH = (OFFICE, *(f"{kind}-{number}" for kind in ("printer", "hopper") for number in range(1, 100)))
"""Where the office takes blanks from; those in a van are another resident's."""


def follow_stock(tx: Transaction) -> None:
    """Residents who are ready for a card wait while the ledger has no blank for them, and go on once it has one."""
    ready = [str(state) for state in READY]
    free = select(blank.c.serial).where(blank.c.place.in_(_WITHIN_REACH), blank.c.state.in_(ready)).limit(1)
    running = select(stay.c.case_id, stay.c.position).where(stay.c.until.is_(None), stay.c.machine == "ktp")
    if tx.sql.execute(free).first() is not None:
        for row in tx.sql.execute(running.where(stay.c.pause == BLANK_WAIT).order_by(stay.c.since)).all():
            _blank_came(tx, row.case_id, row.position)
        return
    printable = (resident.c.case_id == stay.c.case_id) & (resident.c.position == stay.c.position)
    running = running.join(resident, printable).where(stay.c.pause.is_(None), resident.c.ktp_state == "PRR")
    for row in tx.sql.execute(running.order_by(stay.c.since)).all():
        _no_blank(tx, row.case_id, row.position)


def _blank_came(tx: Transaction, case_id: str, position: int) -> None:
    """There is a blank within reach again for a resident who waited for one."""
    stopped = resume(tx, case_id, "ktp", position, BLANK_WAIT)
    audit.record(tx, "blank-wait-complete", SYSTEM, case_id, resident=position, clock=stopped)


def _no_blank(tx: Transaction, case_id: str, position: int) -> None:
    """A resident who is ready for a card waits, because there is no blank within reach."""
    stopped = pause(tx, case_id, "ktp", position, BLANK_WAIT)
    audit.record(tx, "blank-wait-init", SYSTEM, case_id, resident=position, clock=stopped)


def ask(
    tx: Transaction,
    case_id: str | None,
    position: int | None,
    kind: str,
    effect_token: str | None,
    facts: Mapping[str, object],
) -> None:
    """Put a question to the officers, once per effect while it is open."""
    same = select(question.c.id).where(
        question.c.kind == kind, question.c.effect_token == effect_token, question.c.answer.is_(None)
    )
    if effect_token is not None and tx.sql.execute(same).first():
        return
    row = {"id": new_id(), "case_id": case_id, "position": position, "kind": kind, "effect_token": effect_token}
    tx.sql.execute(insert(question).values(**row, facts=json.dumps(dict(facts)), asked_at=tx.now))


def open_questions(tx: Transaction, case_id: str | None = None) -> list[dict[str, Any]]:
    """Questions without an answer, the oldest first."""
    query = select(question).where(question.c.answer.is_(None)).order_by(question.c.asked_at)
    if case_id is not None:
        query = query.where(question.c.case_id == case_id)
    return [{**dict(row._mapping), "facts": json.loads(row.facts)} for row in tx.sql.execute(query)]


def answer(tx: Transaction, question_id: str, reply: str, actor: Actor) -> dict[str, Any]:
    """Record the answer to an open question and return the question; raises `NotAllowed` if it has one."""
    row = tx.sql.execute(select(question).where(question.c.id == question_id)).first()
    if row is None or row.answer is not None:
        raise NotAllowed("Pertanyaan ini sudah dijawab.")
    values = {"answer": reply, "answered_by": actor.id, "answered_at": tx.now}
    tx.sql.execute(update(question).where(question.c.id == question_id).values(**values))
    audit.record(tx, "question-answer-complete", actor, row.case_id, kind=row.kind, answer=reply)
    return {**dict(row._mapping), "facts": json.loads(row.facts)}
