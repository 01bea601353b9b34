"""Acting officials in a terminal: enter an appointment by its decree, list them, end one early."""

from __future__ import annotations

import argparse
import getpass
import sys
from datetime import date

from appliance.app.rooms import open_store
from appliance.app.said import GOOD, USAGE, WRONG, Said
from appliance.casework.people import check_nik
from appliance.casework.roles import Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.config import Settings
from appliance.records import officials
from appliance.records.officials import Appointment


def _by() -> Actor:
    return Actor("console", getpass.getuser(), Role.TEKNISI, "terminal")


def _facts(one: Appointment) -> dict[str, object]:
    days = {"since": one.since.isoformat(), "until": one.until.isoformat()}
    return {"id": one.id, "name": one.name, "role": str(one.role), "title": one.title, "decree": one.decree, **days}


def _line(one: Appointment) -> str:
    return f"{one.id}  {one.title} {one.role:6} {one.since} to {one.until}  {one.decree}  {one.name}"


def acting_set(settings: Settings, arguments: argparse.Namespace) -> Said:
    """Enter an appointment; the NIK of the Kadis's stand-in is read from standard input, never an argument."""
    role, nik = Role(arguments.role), ""
    if role is Role.KADIS:
        nik = getpass.getpass("NIK: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
        if any(one.level == "error" for one in check_nik(nik, specimen=settings.specimen)):
            return Said(USAGE, {"error": "not a NIK"}, ["what was typed is not a NIK"])
    try:
        since, until = date.fromisoformat(arguments.since), date.fromisoformat(arguments.until)
    except ValueError:
        return Said(USAGE, {"error": "days must be like 2026-11-30"}, ["days must be like 2026-11-30"])
    store, _ = open_store(settings)
    title = f"{arguments.title.capitalize().rstrip('.')}."
    try:
        with store.write() as tx:
            found = officials.appoint(
                tx, arguments.login, role, title, arguments.decree, since, until, _by(), arguments.nip, nik
            )
    except NotAllowed as refused:
        return Said(WRONG, {"error": str(refused)}, [str(refused)])
    return Said(GOOD, _facts(found), [_line(found)])


def acting_list(settings: Settings, arguments: argparse.Namespace) -> Said:
    """Every appointment, the oldest first."""
    store, _ = open_store(settings)
    with store.read() as tx:
        found = officials.all_of_them(tx)
    return Said(GOOD, {"appointments": [_facts(one) for one in found]}, [_line(one) for one in found] or ["none"])


def acting_end(settings: Settings, arguments: argparse.Namespace) -> Said:
    """End an appointment early: yesterday was its last day."""
    store, _ = open_store(settings)
    try:
        with store.write() as tx:
            officials.end(tx, arguments.id, _by(), arguments.reason)
    except NotAllowed as refused:
        return Said(WRONG, {"error": str(refused)}, [str(refused)])
    return Said(GOOD, {"ended": arguments.id}, [f"{arguments.id} ended"])
