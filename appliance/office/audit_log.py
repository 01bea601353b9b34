"""The audit log as the auditor reads it: entries by day, case, actor and kind, and how far the chain was checked."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from appliance.casework.roles import Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.clock import midnight, to_datetime
from appliance.office.context import FormRefused, Office
from appliance.records import audit, audit_reading, cases, chain_watch
from appliance.records.audit_reading import Page, Wish
from appliance.records.chain_watch import Checked
from appliance.records.store import Transaction

MAY_READ = frozenset({Role.AUDITOR})
"""Who acts is not who looks at what was done; the officers have their cases."""
COLUMNS = ("sequence", "at", "event", "actor", "case_id", "facts", "previous", "hash")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the auditor wants to see; an empty part asks for all. `day` is like 2026-11-27, in the office's zone."""

    day: str = ""
    code: str = ""
    actor: str = ""
    event: str = ""


@dataclass(frozen=True, slots=True)
class Log:
    """A page of the log: `codes` are the cases' codes by id, `events` and `actors` what can be chosen, `checked` how
    far the chain was checked, `first_at` when its first entry was written, `head` the newest number."""

    page: Page
    codes: dict[str, str]
    events: tuple[str, ...]
    actors: tuple[str, ...]
    checked: Checked
    first_at: int | None
    head: int


def read(office: Office, actor: Actor, asked: Asked, before: int | None) -> Log:
    """One page; raises `NotAllowed`, or `FormRefused` with each part of `asked` that is wrong."""
    _may(actor)
    with office.store.read() as tx:
        page = audit_reading.page(tx, _wish(tx, asked), before)
        return Log(page, *_around(tx, page))


def chain(office: Office, actor: Actor) -> Log:
    """The same without any entry, where what was asked is wrong."""
    _may(actor)
    with office.store.read() as tx:
        page = Page((), None)
        return Log(page, *_around(tx, page))


def table(office: Office, actor: Actor, asked: Asked) -> Iterator[str]:
    """All that is asked for as CSV (RFC 4180), the newest first: the entry as it is hashed, and its time in words.

    Who takes the log away, and which part of it, is entered before the first line goes out.
    """
    _may(actor)
    with office.store.write() as tx:
        wish = _wish(tx, asked)
        head = audit.head(tx)
        told = {"day": asked.day, "of_event": asked.event, "of_actor": asked.actor, "to": head}
        said = {key: value for key, value in told.items() if value}
        audit.record(tx, "audit-export-init", actor, wish.case_id, **said)
    return _rows(office, wish, head + 1)


def _rows(office: Office, wish: Wish, before: int) -> Iterator[str]:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("time", *COLUMNS))
    for number, entry in enumerate(audit_reading.everything(office.store, wish, before), 1):
        writer.writerow((f"{to_datetime(entry['at']):%Y-%m-%dT%H:%M:%SZ}", *(entry[name] for name in COLUMNS)))
        if number % 500 == 0:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


def _may(actor: Actor) -> None:
    if actor.role not in MAY_READ:
        raise NotAllowed("Log audit dibaca oleh pengawas data pribadi.")


def _wish(tx: Transaction, asked: Asked) -> Wish:
    mistakes, case_id, since, until = [], None, None, None
    if asked.code:
        try:
            case_id = cases.by_code(tx, asked.code).id
        except cases.Missing:
            mistakes.append(("kode", "Kode berkas ini tidak ada."))
    if asked.day:
        try:
            day = datetime.date.fromisoformat(asked.day)
            since, until = midnight(day), midnight(day + datetime.timedelta(days=1))
        except (ValueError, OverflowError):
            mistakes.append(("hari", "Tanggal harus tanggal yang ada, misalnya 05-10-2026."))
    if mistakes:
        raise FormRefused(*mistakes)
    return Wish(case_id, asked.event or None, asked.actor or None, since, until)


def _around(
    tx: Transaction, page: Page
) -> tuple[dict[str, str], tuple[str, ...], tuple[str, ...], Checked, int | None, int]:
    ids: dict[str, Any] = {str(one["case_id"]): None for one in page.lines if one["case_id"]}
    return (
        cases.codes(tx, ids),
        tuple(audit_reading.events(tx)),
        tuple(audit_reading.actors(tx)),
        chain_watch.checked(tx),
        audit.first_at(tx),
        audit.head(tx),
    )
