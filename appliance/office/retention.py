"""Retention in the office: what is due when, what was wiped, what is held; the run that wipes; hold and lift."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from appliance.casework.retention import (
    DAY_MS,
    HOLD_REASONS,
    LIFT_REASONS,
    Keep,
    Limits,
    block,
    due_at,
)
from appliance.casework.roles import Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.faults import DeviceFault
from appliance.office.context import Office, Values
from appliance.records import audit, cases, holds, notes, restoration, retention, tombstones, torn
from appliance.records.holds import Hold
from appliance.records.store import Store, Transaction
from appliance.records.tombstones import Tombstone
from appliance.records.torn import Aside
from appliance.records.vault import Vault

MAY_READ = frozenset({Role.AUDITOR, Role.KASI, Role.KABID, Role.KADIS})
MAY_HOLD = frozenset({Role.KASI, Role.KABID, Role.KADIS})
MAY_LIFT = frozenset({Role.KABID, Role.KADIS})
"""A hold costs nobody his data and is lifted by somebody else than who set it; the auditor changes nothing."""
SHOWN = 50
_LAST_RUN = "retention-run"


@dataclass(frozen=True, slots=True)
class Line:
    """What one ended case still holds of one class: when it is due, and a key of `BLOCKS` if something keeps it."""

    case_id: str
    code: str
    keep: Keep
    items: int
    due_at: int
    block: str | None


@dataclass(frozen=True, slots=True)
class Report:
    """The state of retention: `lines` the next due, `overdue` those of them whose day has come; `wiped` the newest
    tombstones with their case's code, `counts` all of them by class; `last_run` UTC milliseconds, None if never;
    `torn` the torn databases set aside."""

    limits: Limits
    lines: tuple[Line, ...]
    wiped: tuple[tuple[str, Tombstone], ...]
    counts: dict[str, int]
    unfinished: int
    holds: tuple[tuple[str, Hold], ...]
    last_run: int | None
    now: int
    torn: tuple[Aside, ...] = ()

    @property
    def overdue(self) -> tuple[Line, ...]:
        """The lines whose day has come."""
        return tuple(one for one in self.lines if one.due_at <= self.now)


def report(tx: Transaction, limits: Limits, data: Path, shown: int = SHOWN) -> Report:
    """What is due next, at most `shown` cases a class, and what was wiped; `data` is the data folder."""
    lines = []
    for keep in Keep:
        for case_id in retention.holding(tx, keep, tx.now, shown):
            lines += [one for one in _lines(tx, case_id, limits) if one.keep is keep]
    stones = tombstones.stones(tx, limit=shown)
    ran = notes.get(tx, _LAST_RUN)
    return Report(
        limits=limits,
        lines=tuple(sorted(lines, key=lambda one: (one.due_at, one.code, one.keep))),
        wiped=tuple((_code(tx, one.case_id), one) for one in stones),
        counts=tombstones.counts(tx),
        unfinished=len(tombstones.open_stones(tx)),
        holds=tuple((_code(tx, one.case_id), one) for one in holds.all_standing(tx)),
        last_run=None if ran is None else int(ran),
        now=tx.now,
        torn=torn.aside(data),
    )


def _code(tx: Transaction, case_id: str) -> str:
    return cases.get(tx, case_id).code


def _lines(tx: Transaction, case_id: str, limits: Limits) -> list[Line]:
    found, code = retention.standing(tx, case_id), _code(tx, case_id)
    why = block(found)
    numbers = Counter(one.keep for one in retention.items(tx, case_id))
    return [
        Line(case_id, code, keep, number, at, why)
        for keep, number in numbers.items()
        if (at := due_at(found, keep, limits)) is not None
    ]


def due_lines(tx: Transaction, limits: Limits) -> list[Line]:
    """What a run would wipe now."""
    return [
        one
        for case_id in _due_cases(tx, limits)
        for one in _lines(tx, case_id, limits)
        if one.block is None and one.due_at <= tx.now
    ]


def _due_cases(tx: Transaction, limits: Limits) -> list[str]:
    found: dict[str, None] = {}
    for keep in Keep:
        found.update(dict.fromkeys(retention.holding(tx, keep, tx.now - limits[keep] * DAY_MS)))
    return list(found)


class NotNow(Exception):
    """Nothing may be wiped for now; the message says why in one sentence."""


def run(
    store: Store, vault: Vault, limits: Limits, actor: Actor, time_trouble: Callable[[], DeviceFault | None]
) -> int:
    """Finish what an earlier run left, wipe what is due, torn databases too, empty the log; how many items it were.

    Raises `NotNow` while the clock is in doubt (a clock that jumps ahead would wipe everything) or restored books
    await their officer, `DeviceFault` if the disk does not take it.
    """
    trouble = time_trouble()
    if trouble is not None:
        raise NotNow(f"the clock cannot be believed: {trouble.code}")
    with store.read() as tx:
        if restoration.awaited(tx) is not None:
            raise NotNow("restored books wait for their officer")
        left, due_now = tombstones.open_stones(tx), _due_cases(tx, limits)
    retention.finish(store, vault, left, actor)
    wiped = sum(retention.wipe_case(store, vault, case_id, limits, actor) for case_id in due_now)
    aside = torn.wipe(store, limits["torn"], actor)
    with store.write() as tx:
        notes.put(tx, _LAST_RUN, str(tx.now))
        if wiped or left or aside:
            facts = {"items": wiped, "finished": len(left), "torn": aside}
            audit.record(tx, "retention-run-complete", actor, None, **facts)
    store.flush_log()
    return wiped


def last_run(tx: Transaction) -> int | None:
    """When a run came to its end last, UTC milliseconds."""
    found = notes.get(tx, _LAST_RUN)
    return None if found is None else int(found)


def read(office: Office, actor: Actor) -> Report:
    """The report as an officer or the auditor reads it; raises `NotAllowed`."""
    if actor.role not in MAY_READ:
        raise NotAllowed("Laporan retensi dibaca oleh pengawas data pribadi, Kasi, Kabid dan Kadis.")
    with office.store.read() as tx:
        return report(tx, office.settings.retention.days, office.settings.data_dir)


def hold(office: Office, actor: Actor, values: Values) -> None:
    """Hold a case (`code`, `reason`, `note`), open or ended: nothing of it is wiped until somebody else lifts it."""
    if actor.role not in MAY_HOLD or str(values["reason"]) not in HOLD_REASONS:
        raise NotAllowed("Penahanan ditetapkan oleh Kasi, Kabid atau Kadis.")
    with office.store.write() as tx:
        record = cases.by_code(tx, str(values["code"]))
        holds.hold(tx, record.id, str(values["reason"]), str(values.get("note") or ""), actor)


def lift(office: Office, actor: Actor, values: Values) -> None:
    """Lift the hold of a case (`code`, `reason`)."""
    if actor.role not in MAY_LIFT or str(values["reason"]) not in LIFT_REASONS:
        raise NotAllowed("Penahanan dilepas oleh Kabid atau Kadis.")
    with office.store.write() as tx:
        record = cases.by_code(tx, str(values["code"]))
        holds.lift(tx, record.id, str(values["reason"]), actor)
