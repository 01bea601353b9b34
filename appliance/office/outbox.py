"""What waits to be sent to the offices outside, what was sent last, and trying one of them now."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.casework.roles import Actor
from appliance.casework.sop import NotAllowed
from appliance.office.away import may_say
from appliance.office.context import Office
from appliance.office.troubles import retry
from appliance.queue import jobs, outbox
from appliance.queue.outbox import OFFICES, OfficeState, Sending
from appliance.records import audit, away, cases, restoration
from appliance.records.store import Transaction

SENT: dict[str, tuple[str, ...]] = {
    "siak": ("siak-entry-complete",),
    "data_access": ("nik-look-complete",),
    "centre": (
        "search-complete", "ktp-enrolment_sent-complete", "packet-receive-complete", "card-void-complete",
        "card-report-complete",
    ),
    "esign": ("signature-receive-complete",),
}  # fmt: skip
"""By office, the entries of the audit log that say it took something and answered."""
NOTHING_OUT = "Kantor ini tidak sedang di luar jangkauan. Tidak ada yang perlu dicoba lagi."


@dataclass(frozen=True, slots=True)
class Sent:
    """What an office took last: the audit log's event, its case, when (UTC ms)."""

    event: str
    case_id: str | None
    at: int


@dataclass(frozen=True, slots=True)
class Outbox:
    """All that waits, each office with what it took last, the codes of the cases by their ids, and the offices of
    which this officer may say that they are away or back."""

    sendings: tuple[Sending, ...]
    offices: tuple[tuple[OfficeState, Sent | None], ...]
    codes: dict[str, str]
    may_say: frozenset[str] = frozenset()


def _sendings(tx: Transaction) -> tuple[Sending, ...]:
    return outbox.sendings(jobs.unfinished(tx), tx.now, compared=restoration.awaited(tx) is None)


def look(office: Office, actor: Actor | None = None) -> Outbox:
    """Everything as it stands now, for this officer; the data service only where this office has a line to it, or
    work for it."""
    with office.store.read() as tx:
        found = _sendings(tx)
        lines = {"data_access"} if office.settings.central.data_access else set()
        lines |= {"siak", "centre", "esign"} | {one.office for one in found}
        said = away.all_said(tx)
        states = [
            outbox.office_state(name, found, by_hand=name in office.by_hand, said=said.get(name))
            for name in OFFICES
            if name in lines
        ]
        offices = tuple((state, _last(tx, SENT[state.name])) for state in states)
        named = {one.job.case_id for one in found} | {last.case_id for _, last in offices if last is not None}
        codes = cases.codes(tx, sorted(one for one in named if one is not None))
        return Outbox(found, offices, codes, frozenset() if actor is None else may_say(office, tx, actor))


def _last(tx: Transaction, events: tuple[str, ...]) -> Sent | None:
    found = [entry for event in events for entry in audit.newest(tx, event, 1)]
    if not found:
        return None
    last = max(found, key=lambda entry: int(str(entry["sequence"])))
    return Sent(str(last["event"]), None if last["case_id"] is None else str(last["case_id"]), int(str(last["at"])))


def to_send(office: Office) -> int:
    """How much is still to be sent."""
    with office.store.read() as tx:
        return outbox.to_send(jobs.unfinished(tx))


def knock(office: Office, actor: Actor, name: str) -> None:
    """Try this office now instead of at the next time: one try for all, and if it is answered, all go on.

    Each signature waits with a passphrase of its own, so each of those is tried (decision 49). Raises `NotAllowed` if
    the office is not out of reach.
    """
    with office.store.write() as tx:
        away = [one for one in _sendings(tx) if one.office == name and outbox.may_knock(one)]
        if not away:
            raise NotAllowed(NOTHING_OUT)
        for one in away if name == "esign" else away[:1]:
            retry(tx, one.job, actor)
    office.wake()
