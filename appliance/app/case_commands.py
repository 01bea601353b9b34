"""What `siaga` says and does of cases in a terminal: nothing of a person, but of a refused file its own words."""

from __future__ import annotations

import argparse
import getpass
import sys
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from appliance.app.places import run_folder
from appliance.app.rooms import office_of, open_store
from appliance.app.said import GOOD, MISSING, USAGE, WRONG, Said, month_asked
from appliance.casework.clocks import read_clocks
from appliance.casework.intake import FileRefused
from appliance.casework.sop import NotAllowed
from appliance.config import Settings
from appliance.documents.render import Renderer
from appliance.kiosk_ui import month_page
from appliance.office import sop_month, work_list
from appliance.office.bringing import bring_case
from appliance.queue import effects, wake
from appliance.records import accounts, cases
from appliance.records.accounts import SignInFailed
from appliance.records.moves import stays


def case_list(settings: Settings, arguments: argparse.Namespace) -> Said:
    """The open cases, the oldest first: code, step, states, time in the step; `--step` keeps one step's."""
    store, _ = open_store(settings)
    with store.read() as tx:
        found = work_list.open_cases(tx, arguments.step)
    rows: list[dict[str, object]] = [
        {
            "code": one.record.code, "step": one.step, "state": one.record.state, "kk_state": one.record.kk_state,
            "since": one.record.changed_at, "over": one.reading is not None and one.reading.over,
            "late": one.reading is not None and one.reading.late, "stands_still": one.stands or None,
        }
        for one in found
    ]  # fmt: skip
    lines = [
        f"{row['code']}  step {row['step']}  {row['state']:20} KK {row['kk_state']:14}"
        + ("  OVER ITS LIMIT" if row["over"] else "")
        + ("  LATE" if row["late"] else "")
        + (f"  stands still: {row['stands_still']}" if row["stands_still"] else "")
        for row in rows
    ]
    return Said(GOOD, {"cases": rows}, lines or ["no open case"])


def case_import(settings: Settings, arguments: argparse.Namespace) -> Said:
    """Bring a whole case file in, as the officer whose PIN is on standard input; if any of it is wrong, nothing.

    What one may bring at the counter, one may bring here: the role of the account decides.
    """
    try:
        data = Path(arguments.file).read_bytes()
    except OSError as error:
        return Said(
            MISSING, {"error": f"{arguments.file}: {error.strerror}"}, [f"{arguments.file}: {error.strerror}"]
        )
    pin = getpass.getpass("PIN: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
    store, vault = open_store(settings)
    try:
        actor, token = accounts.sign_in(store, arguments.login, pin, "terminal")
    except SignInFailed as failed:
        wait = f"; locked for {failed.wait_s} s" if failed.wait_s else ""
        return Said(WRONG, {"error": "sign-in failed"}, [f"user and PIN do not fit{wait}"])
    try:
        with closing(wake.Caller(run_folder(settings))) as everybody:
            code = bring_case(office_of(settings, store, vault, everybody), actor, data)
    except FileRefused as refused:
        return Said(WRONG, {"mistakes": list(refused.mistakes)}, [f"  {one}" for one in refused.mistakes])
    except NotAllowed as refused:
        return Said(USAGE, {"error": str(refused)}, [str(refused)])
    finally:
        accounts.sign_out(store, token)
    return Said(GOOD, {"code": code}, [code])


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
    lines += [
        f"stopped {one.kind} {one.what}: ran and touched {one.books} ms  DIFFERS: audit {one.audited}"
        for one in report.differing
    ]
    lines += [f"waited {one.pause:13} {one.number:5} times {one.waited_s:12.1f} s" for one in report.waits]
    facts = {**asdict(report), "agrees": report.agrees}
    return Said(GOOD if report.agrees else WRONG, facts, lines)
