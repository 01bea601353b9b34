"""The questions that `siaga` answers in a terminal."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from appliance.app.acting_commands import acting_end, acting_list, acting_set
from appliance.app.blank_commands import blanks_balance, blanks_report, blanks_show
from appliance.app.card_commands import card_read, card_verify
from appliance.app.case_commands import case_import, case_list, case_report, case_show
from appliance.app.check_commands import check
from appliance.app.copy_commands import backup_list, backup_make, backup_restore, backup_verify
from appliance.app.document_commands import verify
from appliance.app.export_commands import export_case
from appliance.app.finger_commands import (
    finger_extract,
    finger_match,
    finger_quality,
    finger_search,
    portrait_check,
)
from appliance.app.officer_finger_commands import account_finger, account_forget_fingers
from appliance.app.queue_commands import queue_list, queue_retry, queue_show
from appliance.app.retention_commands import retention_report, retention_run
from appliance.app.rooms import open_store
from appliance.app.said import GOOD, USAGE, WRONG, Said
from appliance.app.screen_commands import screen_policy
from appliance.app.slap_commands import finger_cut
from appliance.app.support import bundle
from appliance.app.update_commands import (
    update_check,
    update_install,
    update_list,
    update_obey,
    update_rollback,
)
from appliance.app.voice_commands import voice_list
from appliance.casework.roles import Actor, Role
from appliance.config import Settings
from appliance.faults import DeviceFault
from appliance.records import accounts, audit
from appliance.records.store import StoreError


def audit_verify(settings: Settings, arguments: argparse.Namespace) -> Said:
    """Whether the audit chain holds; with `--export` its entries go to a file, and the log says who took them."""
    store, _ = open_store(settings)
    if arguments.export:
        by = Actor("console", getpass.getuser(), Role.TEKNISI, "terminal")
        with store.write() as tx:
            audit.record(tx, "audit-export-init", by, None, to=audit.head(tx))
    with store.read() as tx:
        count, broken = audit.verify(tx)
        entries = list(audit.entries(tx)) if arguments.export else []
    if arguments.export:
        Path(arguments.export).write_text("".join(json.dumps(entry, sort_keys=True) + "\n" for entry in entries))
    facts: dict[str, object] = {
        "entries": count,
        "intact": broken is None,
        "break": None if broken is None else asdict(broken),
    }
    line = f"{count} entries, chain intact" if broken is None else f"entry {broken.sequence} {broken.why}"
    return Said(GOOD if broken is None else WRONG, facts, [line])


def support_bundle(settings: Settings, arguments: argparse.Namespace) -> Said:
    """Write the support bundle; it holds nothing of any person."""
    store, _ = open_store(settings)
    data = bundle(settings, store)
    Path(arguments.out).write_bytes(data)
    return Said(GOOD, {"file": arguments.out, "bytes": len(data)}, [f"{arguments.out}: {len(data)} bytes"])


def account_set(settings: Settings, arguments: argparse.Namespace) -> Said:
    """Add an officer's account, or give it a new PIN; the PIN is never an argument."""
    pin = getpass.getpass("PIN (6 digits): ") if sys.stdin.isatty() else sys.stdin.readline().strip()
    store, _ = open_store(settings)
    by = Actor("console", getpass.getuser(), Role.TEKNISI, "terminal")
    try:
        accounts.add(store, arguments.login, arguments.name, Role(arguments.role), pin, by)
    except ValueError as error:
        return Said(USAGE, {"error": str(error)}, [str(error)])
    return Said(GOOD, {"login": arguments.login, "role": arguments.role}, [f"account {arguments.login} set"])


_COMMANDS: dict[str, Callable[[Settings, argparse.Namespace], Said]] = {
    one.__name__: one
    for one in (
        check,
        card_read,
        card_verify,
        audit_verify,
        blanks_balance,
        blanks_show,
        blanks_report,
        case_import,
        case_list,
        case_show,
        case_report,
        export_case,
        queue_list,
        queue_show,
        queue_retry,
        account_set,
        account_finger,
        account_forget_fingers,
        acting_set,
        acting_list,
        acting_end,
        backup_list,
        backup_make,
        backup_verify,
        backup_restore,
        retention_report,
        retention_run,
        screen_policy,
        update_list,
        update_check,
        update_install,
        update_rollback,
        update_obey,
        voice_list,
        verify,
        support_bundle,
        finger_extract,
        finger_quality,
        finger_match,
        finger_search,
        finger_cut,
        portrait_check,
    )
}


def answer(name: str, settings: Settings, arguments: argparse.Namespace) -> int:
    """Run a command and print its answer; returns its exit code."""
    try:
        said = _COMMANDS[name](settings, arguments)
    except StoreError as error:
        said = Said(USAGE, {"error": str(error)}, [str(error)])
    except DeviceFault as fault:
        said = Said(WRONG, {"fault": str(fault.code), "detail": fault.detail}, [str(fault)])
    where = sys.stdout if said.code in {GOOD, WRONG} or arguments.json else sys.stderr
    text = json.dumps(said.facts, ensure_ascii=False, indent=2) if arguments.json else "\n".join(said.lines)
    print(text, file=where)
    return said.code
