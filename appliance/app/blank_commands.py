"""The questions about the blank ledger that `siaga` answers in a terminal."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from appliance.app.rooms import open_store
from appliance.app.said import GOOD, MISSING, WRONG, Said, month_asked
from appliance.casework.blank_life import READY
from appliance.casework.stock import forecast
from appliance.clock import to_datetime, to_local
from appliance.config import Settings
from appliance.documents.render import Renderer
from appliance.kiosk_ui import sheet_page
from appliance.office import blank_views
from appliance.records import blanks, stock


def blanks_balance(settings: Settings, arguments: argparse.Namespace) -> Said:
    """How many blanks are in each state and on each shelf, days left, and whether states and entries agree."""
    store, _ = open_store(settings)
    with store.read() as tx:
        counts, broken = blanks.balance(tx)
        rows = blanks.rows(tx)
        shelves = stock.shelves(tx)
        ready = sum(counts.get(str(state), 0) for state in READY)
        left = forecast(ready, blank_views.use_of_last_days(tx, to_local(tx.now).date()))
    facts: dict[str, object] = {
        "states": counts,
        "balanced": broken is None,
        "difference": None if broken is None else asdict(broken),
        "shelves": shelves,
        "days_left": left.days,
        "blanks": [{key: row[key] for key in ("serial", "batch", "state", "place", "uid", "cause")} for row in rows],
    }
    lines = [f"{state:12} {count:6}" for state, count in counts.items()]
    lines += [f"at {shelf:16} {count:6}" for shelf, count in shelves.items()]
    if counts:
        lines.append("not enough data for a forecast" if left.days is None else f"{left.days} days left")
    lines.append("ledger balances" if broken is None else f"DIFFERENCE at entry {broken.sequence}: {broken.why}")
    return Said(GOOD if broken is None else WRONG, facts, lines)


def blanks_show(settings: Settings, arguments: argparse.Namespace) -> Said:
    """What became of a blank, by its serial or its chip UID; no name and no number of a person."""
    store, _ = open_store(settings)
    with store.read() as tx:
        told = blank_views.story(tx, arguments.serial)
    if told is None:
        return Said(MISSING, {"missing": arguments.serial}, [f"there is no blank {arguments.serial}"])
    lines = [f"{told['serial']}  {told['state']}  at {told['place']}  batch {told['batch']}"]
    named = ("uid", "nik_digest", "case", "position", "cause", "seal", "minute")
    lines += [f"  {name:12} {told[name]}" for name in named if told[name] is not None]
    if told["print_job"] is not None:
        lines.append(f"  {'print job':12} {told['print_job']['token']}  {told['print_job']['state']}")
    lines += [f"  {'other card':12} {one['serial']}  {one['state']}" for one in told["other_cards"]]
    lines += [
        f"  {to_datetime(entry['at']):%Y-%m-%dT%H:%M:%SZ}  {entry['to_state']:12} {entry['actor']}"
        for entry in told["entries"]
    ]
    return Said(GOOD, told, lines)


def blanks_report(settings: Settings, arguments: argparse.Namespace) -> Said:
    """A month of the ledger: delivered, used, handed over, and spoiled and destroyed by cause; `--pdf` its paper."""
    asked = month_asked(arguments.month)
    if isinstance(asked, Said):
        return asked
    store, _ = open_store(settings)
    with store.read() as tx:
        report = blank_views.month_report(tx, *asked)
        now = tx.now
    if arguments.pdf:
        Path(arguments.pdf).write_bytes(Renderer().render_form(sheet_page.blank_month_form(report, settings, now)))
    lines = [f"{name:12} {getattr(report, name):6}" for name in ("received", "begun", "handed_over", "sealed")]
    lines += [f"spoiled      {number:6}  {cause}" for cause, number in report.spoiled.items()]
    lines += [f"circular     {number:6}  {cause}" for cause, number in report.circular.items()]
    lines += [f"destroyed    {number:6}  {cause}" for cause, number in report.destroyed.items()]
    return Said(GOOD, asdict(report), lines + [f"minutes {number}" for number in report.minutes])
