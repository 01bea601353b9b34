"""The `siaga` command: serve the appliance, and ask it from a terminal.

Exit codes: 0 good; 1 asked and found wrong (a device down, a card not valid, a broken chain, a ledger difference,
a copy that does not hold or could not be written, work that stands still or may not be tried again, a finger or
a portrait that is poor or another's, a case file that is refused);
2 the command, the configuration or the database cannot be used; 3 what was asked for is not there.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import sys
from collections.abc import Callable
from pathlib import Path

from appliance.app.supervisor import PROCESSES, serve
from appliance.casework.roles import Role
from appliance.config import ConfigError, Settings, load

USAGE = 2
Run = Callable[[Settings, argparse.Namespace], int]


def _serve(settings: Settings, arguments: argparse.Namespace) -> int:
    serve(settings, Path(arguments.config))
    return 0


def _process(name: str) -> Run:
    def run(settings: Settings, _: argparse.Namespace) -> int:
        # What a process loads at its start stays: the collector need not look through it, now or later.
        gc.disable()
        process = importlib.import_module(f"appliance.app.{name}")
        gc.freeze()
        gc.enable()
        process.run(settings)
        return 0

    return run


def _command(name: str) -> Run:
    """A command by its function's name; its libraries are loaded only when it is asked for."""

    def run(settings: Settings, arguments: argparse.Namespace) -> int:
        from appliance.app import commands

        return commands.answer(name, settings, arguments)

    return run


def parser() -> argparse.ArgumentParser:
    """What may be said to `siaga`."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--config", default="/etc/siaga/siaga.toml", help="the appliance's TOML file")
    common.add_argument("--json", action="store_true", help="answer as JSON")
    made = argparse.ArgumentParser("siaga", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    verbs = made.add_subparsers(required=True, metavar="COMMAND")

    def verb(words: str, help_text: str, run: Run) -> argparse.ArgumentParser:
        *above, name = words.split()
        where = groups[above[0]] if above else verbs
        one = where.add_parser(name, help=help_text, description=help_text, parents=[common])
        one.set_defaults(run=run)
        return one

    groups = {
        name: verbs.add_parser(name, help=words).add_subparsers(required=True, metavar="COMMAND")
        for name, words in (
            ("card", "the card on the encoder"),
            ("audit", "the audit log"),
            ("blanks", "the blank ledger"),
            ("case", "a case"),
            ("queue", "the machines' work"),
            ("account", "officers' accounts"),
            ("acting", "who stands in for an official"),
            ("backup", "copies of the database"),
            ("retention", "what is kept how long"),
            ("update", "the program itself"),
            ("voice", "what the kiosk says"),
            ("screen", "the kiosk's browser"),
            ("finger", "pictures of fingers in files (8-bit grey PNG of 500 ppi, WSQ where its codec is, .fmr)"),
            ("portrait", "pictures of faces in files"),
        )
    }
    verb("serve", "run the whole appliance", _serve)
    for name in PROCESSES:
        verb(name, f"run the {name} process alone", _process(name))
    verb("check", "ask every device, one verdict", _command("check"))
    verb("card read", "every file of the card that a stranger can read", _command("card_read"))
    verb("card verify", "is the card genuine and complete?", _command("card_verify"))
    export = verb("audit verify", "does the chain hold?", _command("audit_verify"))
    export.add_argument("--export", metavar="FILE", help="write the entries as JSON lines")
    verb("blanks balance", "does the ledger balance?", _command("blanks_balance"))
    show = verb("blanks show", "what became of this blank?", _command("blanks_show"))
    show.add_argument("serial", help="serial number, or the chip's UID in hexadecimal")
    report = verb("blanks report", "a month: delivered, used, spoiled, destroyed", _command("blanks_report"))
    report.add_argument("month", help="like 2026-11")
    report.add_argument("--pdf", metavar="FILE", help="write the paper there")
    opened = verb("case list", "the open cases, the oldest first", _command("case_list"))
    opened.add_argument("--step", type=int, choices=range(2, 10), help="only those in this step of the SOP")
    brought = verb(
        "case import", "bring a whole case file in (JSON; the PIN on standard input)", _command("case_import")
    )
    brought.add_argument("file", metavar="FILE.json")
    brought.add_argument("--login", required=True, help="who brings it: an officer's account")
    verb("case show", "where a case stands", _command("case_show")).add_argument("code")
    month = verb("case report", "a month of the SOP, held against the audit log", _command("case_report"))
    month.add_argument("month", help="like 2026-11")
    month.add_argument("--csv", metavar="FILE", help="write the numbers there")
    month.add_argument("--pdf", metavar="FILE", help="write the paper there")
    export_one = verb("case export", "everything of a case but biometrics, in one ZIP file", _command("export_case"))
    export_one.add_argument("code")
    why = ("subject", "inspection", "court", "archive")
    export_one.add_argument("--reason", required=True, choices=why, help="goes into the audit log")
    export_one.add_argument("--out", metavar="FILE.zip", help="default: CODE.zip here; is never overwritten")
    listed = verb("queue list", "what waits, what stands still, and why?", _command("queue_list"))
    listed.add_argument("--stuck", action="store_true", help="only what stands still")
    for name, words in (("show", "why does this job stand still?"), ("retry", "let this job go on, where it may")):
        verb(f"queue {name}", words, _command(f"queue_{name}")).add_argument("job", help="the job's id or key")
    verb("backup list", "which copies of the database are there?", _command("backup_list"))
    verb("backup make", "make and prove a copy now", _command("backup_make"))
    verify = verb("backup verify", "does a copy hold? (without NAME: does each of them?)", _command("backup_verify"))
    restore = verb(
        "backup restore",
        "put a copy (without NAME: the newest that holds) in the database's place",
        _command("backup_restore"),
    )
    for one in (verify, restore):
        one.add_argument("name", nargs="?", metavar="NAME")
    verb("retention report", "what is due when, what was wiped, what is held?", _command("retention_report"))
    wipe = verb("retention run", "wipe what is due now, also in the copies", _command("retention_run"))
    wipe.add_argument("--dry-run", action="store_true", help="only say what is due")
    document = verb("verify", "is this signed document genuine, and is it the newest?", _command("verify"))
    document.add_argument("file", metavar="FILE.pdf")
    help_file = verb("bundle", "what to send away to be helped: no personal data", _command("support_bundle"))
    help_file.add_argument("--out", default="siaga-bantuan.zip", metavar="FILE")
    lock = verb("screen policy", "write what locks the browser to the resident's pages", _command("screen_policy"))
    lock.add_argument("--out", default="/etc/chromium/policies/managed/siaga.json", metavar="FILE")
    verb("update list", "what runs, and what is installed beside it?", _command("update_list"))
    brought = verb("update check", "is this an update for this machine?", _command("update_check"))
    brought.add_argument("file", metavar="FILE.siaga")
    fresh = verb("update install", "install an update and change over to it (root)", _command("update_install"))
    fresh.add_argument("file", metavar="FILE.siaga")
    verb("update rollback", "let the program before run again (root)", _command("update_rollback"))
    verb("update obey", "do what a technician ordered (the root helper)", _command("update_obey"))
    voice = verb("voice list", "which sentences are recorded, and by what name?", _command("voice_list"))
    voice.add_argument("language", help="like id")
    account = verb(
        "account set", "add an account or renew its PIN (six digits on standard input)", _command("account_set")
    )
    account.add_argument("login")
    account.add_argument("role", choices=[role.value for role in Role if role not in {Role.RESIDENT, Role.SYSTEM}])
    account.add_argument("name")
    own = verb(
        "account finger",
        "keep an officer's index finger, from the scanner's trial just made, so that it is never a resident's",
        _command("account_finger"),
    )
    own.add_argument("login")
    own.add_argument("finger", choices=["right_index", "left_index"])
    own.add_argument("--agreed", action="store_true", help="the officer was asked and agrees")
    forget = verb("account forget-fingers", "delete an officer's kept fingers", _command("account_forget_fingers"))
    forget.add_argument("login")
    acting = verb(
        "acting set",
        "enter an appointment by its decree (the NIK for kadis on standard input)",
        _command("acting_set"),
    )
    acting.add_argument("login")
    acting.add_argument("title", choices=["plh", "plt"])
    acting.add_argument("role", choices=["kasi", "kabid", "kadis"])
    for name, words in (("decree", "number"), ("since", "like 2026-11-24"), ("until", "its last day")):
        acting.add_argument(f"--{name}", required=True, help=words)
    acting.add_argument("--nip", default="", help="for kadis: stands on the family card")
    verb("acting list", "every appointment", _command("acting_list"))
    ended = verb("acting end", "end an appointment early, from today", _command("acting_end"))
    ended.add_argument("id")
    ended.add_argument("--reason", choices=["back", "away", "replaced", "mistaken"], default="back")
    _pictures(verb)
    return made


def _pictures(verb: Callable[[str, str, Run], argparse.ArgumentParser]) -> None:
    extract = verb("finger extract", "minutiae and quality of a finger", _command("finger_extract"))
    extract.add_argument("file", metavar="FILE")
    extract.add_argument("--out", metavar="FILE.fmr", help="write its record (ISO/IEC 19794-2:2005) there")
    quality = verb("finger quality", "would an enrolment take these?", _command("finger_quality"))
    quality.add_argument("files", nargs="+", metavar="FILE")
    match = verb("finger match", "are these two the same finger?", _command("finger_match"))
    match.add_argument("probe", metavar="FILE")
    match.add_argument("other", metavar="FILE")
    search = verb("finger search", "which of these could be this finger?", _command("finger_search"))
    search.add_argument("probe", metavar="FILE")
    search.add_argument("folder", metavar="FOLDER")
    cut = verb("finger cut", "a slap's fingers, a picture each", _command("finger_cut"))
    cut.add_argument("file", metavar="FILE")
    cut.add_argument("hand", choices=("right", "left", "thumbs"))
    cut.add_argument("--out", required=True, metavar="FOLDER")
    cut.add_argument(
        "--without", action="append", default=[], metavar="FINGER", help="a missing one, like right_ring"
    )
    portrait = verb("portrait check", "which rule does this portrait break?", _command("portrait_check"))
    portrait.add_argument("file", metavar="FILE")
    background = portrait.add_mutually_exclusive_group()
    background.add_argument("--born", type=int, metavar="YEAR", help="judge the background by the year of birth")
    background.add_argument("--cloth", choices=("red", "blue", "orange"), help="judge the background by this colour")


def main() -> int:
    """Run one command; returns its exit code."""
    arguments = parser().parse_args()
    try:
        settings = load(Path(arguments.config))
    except ConfigError as error:
        return _unusable(error)
    run: Run = arguments.run
    try:
        return run(settings, arguments)
    except ConfigError as error:
        return _unusable(error)


def _unusable(error: ConfigError) -> int:
    print("configuration cannot be used:", *error.mistakes, sep="\n  ", file=sys.stderr)
    return USAGE


if __name__ == "__main__":
    raise SystemExit(main())
