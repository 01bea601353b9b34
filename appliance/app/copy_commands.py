"""The copies of the database, asked for and put back in a terminal."""

from __future__ import annotations

import argparse
import getpass
from pathlib import Path

from appliance.app.books import restore_copy
from appliance.app.rooms import database_key, open_store
from appliance.app.said import GOOD, MISSING, WRONG, Said
from appliance.clock import to_datetime, utc_millis
from appliance.config import Settings
from appliance.faults import DeviceFault
from appliance.records import copies, restore
from appliance.records.copies import Copy
from appliance.records.store import StoreError


def _must_be_a_file(settings: Settings) -> None:
    if settings.database:
        raise StoreError(copies.OF_THE_SERVER)


def _facts(one: Copy) -> dict[str, object]:
    return {
        "name": one.path.name,
        "made": f"{to_datetime(one.at):%Y-%m-%dT%H:%M:%SZ}",
        "audit_entry": one.sequence,
        "bytes": one.path.stat().st_size,
    }


def _line(one: Copy) -> str:
    facts = _facts(one)
    return f"{facts['made']}  audit entry {one.sequence:8}  {facts['bytes']:10} bytes  {one.path.name}"


def backup_list(settings: Settings, arguments: argparse.Namespace) -> Said:
    """The copies that there are, the one that reaches farthest first; they are not read."""
    _must_be_a_file(settings)
    found = copies.copies(settings.copies)
    facts: dict[str, object] = {"folder": str(settings.copies), "copies": [_facts(one) for one in found]}
    if not found:
        return Said(MISSING, facts, [f"there is no copy in {settings.copies}"])
    return Said(GOOD, facts, [_line(one) for one in found])


def backup_make(settings: Settings, arguments: argparse.Namespace) -> Said:
    """Make a copy now, also while the appliance works; it counts only once it was proven."""
    _must_be_a_file(settings)
    store, _ = open_store(settings)
    try:
        made = copies.make(store, settings.copies, database_key(settings), utc_millis)
    except DeviceFault as fault:
        return Said(WRONG, {"fault": str(fault.code), "detail": fault.detail}, [f"no copy was made: {fault}"])
    finally:
        store.close()
    return Said(GOOD, _facts(made), [_line(made)])


def backup_verify(settings: Settings, arguments: argparse.Namespace) -> Said:
    """Whether a copy (or all of them) holds under this appliance's key: every page, every row, the audit chain."""
    _must_be_a_file(settings)
    found = [one for one in copies.copies(settings.copies) if arguments.name in {None, one.path.name}]
    if not found:
        return Said(MISSING, {"missing": arguments.name}, ["there is no such copy"])
    rows: list[dict[str, object]] = []
    for one in found:
        try:
            copies.prove(one.path, database_key(settings), utc_millis)
            why = None
        except (StoreError, DeviceFault) as error:
            why = str(error)
        rows.append({**_facts(one), "good": why is None, "why": why})
    bad = any(not row["good"] for row in rows)
    lines = [f"{row['name']}  {'good' if row['good'] else row['why']}" for row in rows]
    return Said(WRONG if bad else GOOD, {"copies": rows}, lines)


def backup_restore(settings: Settings, arguments: argparse.Namespace) -> Said:
    """Put a copy in the place of the database while the appliance stands still; the database is kept aside."""
    _must_be_a_file(settings)
    name = Path(arguments.name).name if arguments.name else None
    if name is not None and name not in {one.path.name for one in copies.copies(settings.copies)}:
        return Said(MISSING, {"missing": name}, [f"there is no copy {name}"])
    try:
        found = restore_copy(settings, name, getpass.getuser())
    except DeviceFault as fault:
        return Said(WRONG, {"fault": str(fault.code), "detail": fault.detail}, [f"nothing was restored: {fault}"])
    return Said(GOOD, restore.as_json(found), [restore.describe(found), f"the old file lies in {found.torn or '-'}"])
