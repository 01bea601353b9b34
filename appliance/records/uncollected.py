"""What is ready and not collected: asked of the books by the state of open cases."""

from __future__ import annotations

from sqlalchemy import and_, exists, or_, select

from appliance.casework.uncollected import Uncollected
from appliance.records import cases, worklist
from appliance.records.cases import CaseRecord, Evidence
from appliance.records.family_cards import standing
from appliance.records.moves import open_since
from appliance.records.schema import case, resident
from appliance.records.store import Transaction

SHELF, REMINDER = "shelf", "reminder"
READY_KK, READY_CARD = "KK_DICETAK", "KARTU_JADI"


def uncollected(tx: Transaction) -> list[Uncollected]:
    """Every document of an open case that waits for its holder, the longest waiting first."""
    card = exists().where(resident.c.case_id == case.c.id, resident.c.ktp_state == READY_CARD)
    ready = and_(case.c.state == worklist.ISSUING, or_(case.c.kk_state == READY_KK, card))
    found = [one for row in tx.sql.execute(select(case).where(ready)) for one in of_case(tx, cases.case_of_row(row))]
    return sorted(found, key=lambda one: (one.since, one.code, -1 if one.position is None else one.position))


def of_case(tx: Transaction, record: CaseRecord) -> list[Uncollected]:
    """The documents of this case that wait."""
    people = cases.residents(tx, record.id)
    shelves = standing(tx, record.id, SHELF)
    reminders = cases.evidence_of(tx, record.id, REMINDER)

    def waiting(name: str, machine: str, position: int | None) -> Uncollected:
        since = open_since(tx, record.id, machine, position) or record.changed_at
        mine = [one for one in reminders if one.created_at >= since]
        return Uncollected(
            case_id=record.id,
            code=record.code,
            name=name,
            position=position,
            since=since,
            shelf=_shelf(shelves, position),
            reminded=tuple(one.created_at for one in mine),
            result=str(mine[-1].facts["result"]) if mine else "",
        )

    found = []
    if record.kk_state == READY_KK and people:
        found.append(waiting(people[0].biodata.full_name, "kk", None))
    found += [waiting(one.biodata.full_name, "ktp", one.position) for one in people if one.ktp_state == READY_CARD]
    return found


def _shelf(placed: list[Evidence], position: int | None) -> str:
    mine = [one for one in placed if one.position == position]
    return str(mine[-1].facts["shelf"]) if mine else ""
