"""The questions about cases that `siaga` answers in a terminal; no name and no number of a person."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from appliance.app.rooms import open_store
from appliance.app.said import GOOD, MISSING, WRONG, Said, month_asked
from appliance.casework.clocks import read_clocks
from appliance.config import Settings
from appliance.documents.render import Renderer
from appliance.kiosk_ui import month_page
from appliance.office import sop_month
from appliance.queue import effects
from appliance.records import cases
from appliance.records.moves import stays


def case_show(settings: Settings, arguments: argparse.Namespace) -> Said:
    """Where a case stands, with its clocks; no name and no number of a person."""
    store, _ = open_store(settings)
    with store.read() as tx:
        try:
            record = cases.by_code(tx, arguments.code)
        except cases.Missing:
            return Said(MISSING, {"missing": arguments.code}, [f"there is no case {arguments.code}"])
        people = cases.residents(tx, record.id)
        clocks = read_clocks(stays(tx, record.id), tx.now)
        left_open = [one.token for one in effects.of_case(tx, record.id) if one.state in {"intent", "unknown"}]
    facts: dict[str, object] = {
        "code": record.code,
        "state": record.state,
        "kk_state": record.kk_state,
        "residents": [{"position": one.position, "ktp_state": one.ktp_state} for one in people],
        "open_effects": left_open,
        "clocks": [
            {"step": one.step.number, "limit_s": one.step.limit_s, "touch_s": one.touch_s, "elapsed_s": one.elapsed_s,
             "waiting_s": one.waiting_s, "over": one.over}
            for one in clocks
        ],
    }  # fmt: skip
    lines = [f"{record.code}  {record.state}  KK {record.kk_state}"]
    lines += [f"  resident {one.position}: {one.ktp_state}" for one in people]
    lines += [
        f"  step {one.step.number} {one.step.name:26} touch {one.touch_s:7.1f} s of {one.step.limit_s or '-'}"
        f"  elapsed {one.elapsed_s:7.1f} s"
        for one in clocks
    ]
    lines += [f"  not settled: {token}" for token in left_open]
    return Said(GOOD, facts, lines)


def case_report(settings: Settings, arguments: argparse.Namespace) -> Said:
    """A month of the SOP against the audit log; `--csv` and `--pdf` write it to files."""
    asked = month_asked(arguments.month)
    if isinstance(asked, Said):
        return asked
    store, _ = open_store(settings)
    with store.read() as tx:
        report = sop_month.month_report(tx, *asked)
        now = tx.now
    if arguments.csv:
        Path(arguments.csv).write_text(sop_month.table_of(report), encoding="utf-8", newline="")
    if arguments.pdf:
        Path(arguments.pdf).write_bytes(Renderer().render_sop_month(month_page.paper(report, settings, now)))
    lines = [
        f"{one.what:13} {one.books:6}" + ("" if one.agrees else f"  DIFFERS: audit {one.audited}")
        for one in report.counts
    ]
    lines.append(f"{'open':13} {report.open_at_end:6}")
    lines += [
        f"step {one.step.number} {one.step.name:26} {one.ended:6} ended {one.over:5} over"
        f"  touch {one.touch_median_s:8.1f} s  elapsed {one.elapsed_median_s:10.1f} s"
        for one in report.steps
    ]
    lines += [f"waited {one.pause:13} {one.number:5} times {one.waited_s:12.1f} s" for one in report.waits]
    facts = {**asdict(report), "agrees": report.agrees}
    return Said(GOOD if report.agrees else WRONG, facts, lines)
