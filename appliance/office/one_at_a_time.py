"""One officer at a time works on a case: who fills in a form of it has it in hand until he is done, leaves or stops.

Reading needs nothing. Machines are no officers: their jobs go on whoever has the case in hand.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from appliance.casework.codes import TAKE_OVER_REASONS
from appliance.casework.roles import NO_CASES, NOT_OFFICERS, SYSTEM, Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.office.context import FormRefused, Office, Values, opened_at
from appliance.records import accounts, audit, cases, leases
from appliance.records.store import Transaction


@contextmanager
def alone(office: Office, actor: Actor, case_id: str, values: Values) -> Iterator[None]:
    """Within, what this actor writes is refused (`NotAllowed`, `ChangedMeanwhile`) while another has the case.

    What is written there lets the case go in the same commit: the next officer of the relay never waits.
    """
    mine = functools.partial(leases.alone, case_id=case_id, actor=actor, opened_at=opened_at(values))
    with office.store.alongside(mine):
        yield


def _must_work_on_cases(actor: Actor) -> None:
    if actor.role in NO_CASES | NOT_OFFICERS:
        raise NotAllowed("Langkah ini hanya untuk petugas yang mengerjakan berkas.")


def open_form(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """This officer begins to fill in a form of the case, or goes on; `NotAllowed` while another has it in hand.

    Of a form that was shown before his own last act here it says nothing: that act is done, and this came late.
    """
    _must_work_on_cases(actor)
    shown = opened_at(values)
    with office.store.write() as tx:
        cases.get(tx, case_id)
        if shown is not None and any(_by(line, actor) for line in audit.of_case_since(tx, case_id, shown + 1)):
            return
        leases.hold(tx, case_id, leases.CASE, actor)


def leave_form(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """This officer left the form without sending it."""
    with office.store.write() as tx:
        cases.get(tx, case_id)
        leases.leave(tx, case_id, actor)


def take_over(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Go on with what another officer has in hand (`reason`: a key of `TAKE_OVER_REASONS`); his evidence stays."""
    _must_work_on_cases(actor)
    reason = str(values.get("reason") or "")
    if reason not in TAKE_OVER_REASONS:
        raise FormRefused(("reason", "Pilih alasan."))
    with office.store.write() as tx:
        cases.get(tx, case_id)
        leases.take_over(tx, case_id, actor, reason)


ABOUT_THE_HAND: Mapping[str, Callable[[Office, Actor, str, Values], None]] = {
    "open_form": open_form,
    "leave_form": leave_form,
    "take_over": take_over,
}
"""The acts that say who has the case in hand, and nothing of the case."""


@dataclass(frozen=True, slots=True)
class InHand:
    """Who works on a case, since when and until when at most (UTC milliseconds), and whether that is who asks.

    `whole` says that nobody else may do anything on it, else that only one piece of its work is his.
    """

    name: str
    since: int | None
    until: int
    mine: bool
    whole: bool


_SHARE_WORK = frozenset({Role.PEREKAM, Role.OPERATOR})
"""Who does the pieces of work of a case that are held for themselves: recording, search, SIAK by hand."""


def in_hand(tx: Transaction, actor: Actor, case_id: str) -> InHand | None:
    """Who has the case, or a piece of work that this actor might do too; another before himself, or None."""
    held = [one for one in leases.of_case(tx, case_id) if one.work == leases.CASE or actor.role in _SHARE_WORK]
    found = sorted(held, key=lambda one: one.account_id == actor.id)
    if not found:
        return None
    one = found[0]
    name, mine = accounts.name_of(tx, one.account_id), one.account_id == actor.id
    return InHand(name, one.since, one.until, mine, one.work == leases.CASE)


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """What another officer did on a case: when (UTC milliseconds), who, which event of the audit log."""

    at: int
    name: str
    event: str


def meanwhile(office: Office, actor: Actor, case_id: str, since: int) -> tuple[Meanwhile, ...]:
    """What others did on the case since a form was shown (UTC milliseconds), oldest first; machines not counted."""
    with office.store.read() as tx:
        lines = audit.of_case_since(tx, case_id, since)
        others = [line for line in lines if not _by(line, actor) and not _by(line, SYSTEM)]
        done = [line for line in others if str(line["event"]).endswith("-complete")]
        return tuple(
            Meanwhile(int(str(line["at"])), accounts.name_of(tx, _account(line)), str(line["event"])) for line in done
        )


def _account(line: Mapping[str, object]) -> str:
    return str(line["actor"]).partition(":")[2].partition("@")[0]


def _by(line: Mapping[str, object], actor: Actor) -> bool:
    return _account(line) == actor.id
