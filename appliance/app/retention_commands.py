"""Retention in a terminal: what is due when, what was wiped; no name and no number of a person."""

from __future__ import annotations

import argparse
import getpass
from dataclasses import asdict

from appliance.app.rooms import database_key, open_store
from appliance.app.said import GOOD, WRONG, Said
from appliance.casework.roles import Actor, Role
from appliance.clock import to_datetime, utc_millis
from appliance.config import Settings
from appliance.diagnostics.timekeeping import Timekeeper
from appliance.office import retention
from appliance.office.retention import Line, NotNow
from appliance.records import copy_wiping


def _line(one: Line) -> str:
    why = f"  kept: {one.block}" if one.block else ""
    return f"{to_datetime(one.due_at):%Y-%m-%d}  {one.code}  {one.keep:10}  {one.items} items{why}"


def _facts(one: Line) -> dict[str, object]:
    return {**asdict(one), "keep": str(one.keep)}


def retention_report(settings: Settings, arguments: argparse.Namespace) -> Said:
    """What is due next and what was wiped; wrong where something could not be finished, or a copy still holds it."""
    store, _ = open_store(settings)
    with store.read() as tx:
        found = retention.report(tx, settings.retention.days, settings.data_dir)
    copies = copy_wiping.unreached(store, settings.copies, database_key(settings))
    store.close()
    lines = [_line(one) for one in found.lines]
    lines += [f"held  {code}  {one.reason}" for code, one in found.holds]
    lines += [f"wiped {number} of {keep}" for keep, number in found.counts.items()]
    limit = found.limits["torn"]
    lines += [f"{to_datetime(one.due_at(limit)):%Y-%m-%d}  torn database {one.name}" for one in found.torn]
    lines.append(
        f"{found.unfinished} not finished, {copies} copies not reached, {len(found.torn)} torn databases kept aside"
    )
    facts: dict[str, object] = {
        "limits_days": dict(found.limits),
        "due": [_facts(one) for one in found.lines],
        "held": [{"code": code, "reason": one.reason, "set_at": one.set_at} for code, one in found.holds],
        "wiped": found.counts,
        "newest": [{"code": code, **asdict(one), "keep": str(one.keep)} for code, one in found.wiped],
        "unfinished": found.unfinished,
        "copies_unreached": copies,
        "torn": [{"name": one.name, "due_at": one.due_at(limit), "bytes": one.bytes} for one in found.torn],
        "last_run": found.last_run,
    }
    return Said(WRONG if found.unfinished or copies else GOOD, facts, lines)


def retention_run(settings: Settings, arguments: argparse.Namespace) -> Said:
    """Wipe what is due now, also in the copies; with `--dry-run` only say what that would be."""
    store, vault = open_store(settings)
    try:
        with store.read() as tx:
            due = retention.due_lines(tx, settings.retention.days)
        facts: dict[str, object] = {"due": [_facts(one) for one in due], "dry_run": arguments.dry_run}
        lines = [_line(one) for one in due] or ["nothing is due"]
        if arguments.dry_run:
            return Said(GOOD, facts, lines)
        by = Actor("console", getpass.getuser(), Role.TEKNISI, "terminal")
        trouble = Timekeeper(store, utc_millis).trouble
        wiped = retention.run(store, vault, settings.retention.days, by, trouble)
        left = copy_wiping.reach(store, settings.copies, database_key(settings), utc_millis)
    except NotNow as why:
        return Said(WRONG, {"error": str(why)}, [f"nothing was wiped: {why}"])
    finally:
        store.close()
    lines.append(f"{wiped} items wiped")
    lines += [f"copy {name} could not be reached" for name in left]
    return Said(WRONG if left else GOOD, {**facts, "wiped": wiped, "copies_unreached": list(left)}, lines)
