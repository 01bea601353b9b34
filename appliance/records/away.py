"""That an outside office cannot be used, as the people say who work with it by hand: since when, who, what waits.

Where there is a line its breaker finds that out; without one only they can know. It outlives a restart and holds
until somebody says that the office is back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from sqlalchemy import null, select

from appliance.faults import FaultCode
from appliance.records import notes
from appliance.records.cases import evidence_of
from appliance.records.schema import case, job, resident
from appliance.records.store import Transaction

PAUSE = "gangguan"
"""The class of waiting in which clocks stand meanwhile."""
WAIT_AT: Mapping[str, tuple[str, frozenset[str]]] = {
    "siak": ("case", frozenset({"INPUT_SIAK"})),
    "esign": ("case", frozenset({"TTE_KADIS"})),
    "centre": ("ktp", frozenset({"DIREKAM", "PEMBUATAN_KARTU"})),
}
"""By outside office, the machine and its states in which people need it. What waits for the centre's answer or on the
way to a resident waits already."""
PACKET_MAY_COME = frozenset(
    str(one) for one in (FaultCode.CENTRE_BY_HAND, FaultCode.CENTRE_UNTRUSTED, FaultCode.CENTRE_DIFFERS)
)
"""Faults after which the packet of a card may be brought: none came yet, or the one that came was refused."""

Clock = tuple[str, str, int | None]
"""A case's id, the machine, the resident's place."""


@dataclass(frozen=True, slots=True)
class Away:
    """Who said it, by name, and when (UTC ms)."""

    name: str
    since: int


def _key(office: str) -> str:
    return f"away:{office}"


def said(tx: Transaction, office: str) -> Away | None:
    """What was said of this office, None while nothing is."""
    text = notes.get(tx, _key(office))
    return Away(**json.loads(text)) if text else None


def all_said(tx: Transaction) -> dict[str, Away]:
    """Every office of which it is said."""
    return {office: one for office in WAIT_AT if (one := said(tx, office)) is not None}


def say(tx: Transaction, office: str, name: str) -> None:
    """It cannot be used from now on."""
    notes.put(tx, _key(office), json.dumps(asdict(Away(name, tx.now))))


def take_back(tx: Transaction, office: str) -> None:
    """It is there again."""
    notes.put(tx, _key(office), "")


def holds(tx: Transaction, case_id: str, machine: str, position: int | None) -> bool:
    """Whether this clock waits for an office of which that is said."""
    return any((case_id, machine, position) in clocks(tx, office, case_id) for office in all_said(tx))


def of_case(tx: Transaction, case_id: str) -> dict[str, Away]:
    """The offices of which that is said and for which any clock of this case waits."""
    return {office: one for office, one in all_said(tx).items() if clocks(tx, office, case_id)}


def clocks(tx: Transaction, office: str, case_id: str | None = None) -> list[Clock]:
    """Every clock, or those of one case, that waits for this office by hand, whatever is said of it."""
    machine, states = WAIT_AT[office]
    if machine == "case":
        of, query = case.c.id, select(case.c.id, null(), case.c.state).where(case.c.state.in_(states))
    else:
        of = resident.c.case_id
        query = select(of, resident.c.position, resident.c.ktp_state).where(resident.c.ktp_state.in_(states))
    query = query.order_by(of) if case_id is None else query.where(of == case_id)
    rows = tx.sql.execute(query).all()
    return [(one, machine, position) for one, position, state in rows if _needs(tx, one, state, position)]


def _needs(tx: Transaction, case_id: str, state: str, position: int | None) -> bool:
    """Whether what this state needs of its office is still to be brought."""
    if state == "INPUT_SIAK":
        return not _entered(tx, case_id)
    return state != "PEMBUATAN_KARTU" or _ordered(tx, case_id, position)


def _entered(tx: Transaction, case_id: str) -> bool:
    """Whether the numbers of SIAK were typed, and that since the file or its draft was last given to be entered."""
    entered = False
    for item in evidence_of(tx, case_id):
        if item.kind == "siak_typed":
            entered = item.state == "settled"
        elif item.kind == "file" or (item.kind == "decision" and item.name == "send_back"):
            entered = False
    return entered


def _ordered(tx: Transaction, case_id: str, position: int | None) -> bool:
    """Whether the order of this resident's card is to be carried to the centre, and its packet from there."""
    query = select(job.c.id).where(
        job.c.case_id == case_id, job.c.position == position, job.c.kind == "personalise",
        job.c.state == "hold", job.c.fault.in_(PACKET_MAY_COME),
    )  # fmt: skip
    return tx.sql.execute(query.limit(1)).first() is not None
