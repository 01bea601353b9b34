"""The `siaga` command: serve the appliance, and ask it from a terminal.

Exit codes: 0 good; 1 asked and found wrong (a device down, a card not valid, a broken chain, a ledger difference);
2 the command or the configuration is wrong; 3 what was asked for is not there.
"""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from collections.abc import Callable
from pathlib import Path

from appliance import app
from appliance.casework.clocks import read_clocks
from appliance.casework.roles import Actor, Role
from appliance.clock import Deadline, utc_millis
from appliance.config import ConfigError, Settings, load
from appliance.faults import DeviceFault
from appliance.records.store import StoreError

GOOD, WRONG, USAGE, MISSING = 0, 1, 2, 3
CARD_SECONDS = 15.0


def _tell(arguments: argparse.Namespace, facts: dict[str, object], lines: list[str]) -> None:
    if arguments.json:
        print(json.dumps(facts, ensure_ascii=False, indent=2, default=str))
    else:
        print("\n".join(lines))


def _check(settings: Settings, arguments: argparse.Namespace) -> int:
    from appliance.diagnostics import board

    readings = []
    for name, device in app.devices_of(settings).items():
        readings.append(board.reading(name, device.status(), utc_millis(), None))
        device.close()
    ready = board.ready(tuple(readings))
    lines = [f"{one.name:22} {one.level:8} {', '.join(one.reasons)}" for one in readings]
    lines.append("READY" if ready else "NOT READY")
    facts: dict[str, object] = {
        "ready": ready,
        "devices": {one.name: {"level": one.level, "reasons": one.reasons, "model": one.model} for one in readings},
    }
    _tell(arguments, facts, lines)
    return GOOD if ready else WRONG


def _card_read(settings: Settings, arguments: argparse.Namespace) -> int:
    from appliance.chip.fields import decode_fields
    from appliance.chip.tlv import TlvError
    from appliance.chip.verifier import read_card

    encoder = app.devices_of(settings)["chip_encoder"]
    try:
        encoder.open()
        content = read_card(encoder, Deadline.after(CARD_SECONDS))  # type: ignore[arg-type]
    finally:
        encoder.close()
    try:
        fields = dict(decode_fields(content.files).text)
    except TlvError:
        fields = {}
    facts: dict[str, object] = {
        "uid": content.uid.hex(),
        "atr": content.atr.hex(),
        "life_cycle": f"{content.life_cycle:02X}",
        "files": content.as_hex(),
        "closed": {name: f"{sw:04X}" for name, sw in content.closed.items()},
        "fields": fields,
    }
    lines = [f"UID {content.uid.hex()}  life cycle {content.life_cycle:02X}"]
    lines += [f"{name:5} {len(data):5} bytes" for name, data in content.files.items()]
    _tell(arguments, facts, lines)
    return GOOD


def _card_verify(settings: Settings, arguments: argparse.Namespace) -> int:
    from appliance.chip.verifier import verify_card

    roots = settings.trust.chip.read_bytes() if settings.trust.chip else b""
    encoder = app.devices_of(settings)["chip_encoder"]
    try:
        encoder.open()
        report = verify_card(encoder, roots, utc_millis(), Deadline.after(CARD_SECONDS))  # type: ignore[arg-type]
    finally:
        encoder.close()
    facts: dict[str, object] = {
        "valid": report.valid,
        "reasons": report.reasons,
        "life_cycle": f"{report.life_cycle:02X}",
        "hashes": dict(report.hashes),
        "signer": report.signer,
    }
    _tell(arguments, facts, ["VALID" if report.valid else "NOT VALID: " + ", ".join(report.reasons)])
    return GOOD if report.valid else WRONG


def _audit_verify(settings: Settings, arguments: argparse.Namespace) -> int:
    from appliance.records import audit

    store, _ = app.open_store(settings)
    with store.read() as tx:
        count, broken = audit.verify(tx)
        entries = list(audit.entries(tx)) if arguments.export else []
    if arguments.export:
        Path(arguments.export).write_text("".join(json.dumps(entry, sort_keys=True) + "\n" for entry in entries))
    facts: dict[str, object] = {"entries": count, "intact": broken is None, "break": broken and vars_of(broken)}
    line = f"{count} entries, chain intact" if broken is None else f"entry {broken.sequence} {broken.why}"
    _tell(arguments, facts, [line])
    return GOOD if broken is None else WRONG


def vars_of(value: object) -> dict[str, object]:
    """The fields of a frozen value with slots."""
    return {name: getattr(value, name) for name in type(value).__slots__}  # type: ignore[attr-defined]


def _blanks_balance(settings: Settings, arguments: argparse.Namespace) -> int:
    from appliance.records import blanks

    store, _ = app.open_store(settings)
    with store.read() as tx:
        counts, broken = blanks.balance(tx)
        rows = blanks.rows(tx)
    facts: dict[str, object] = {
        "states": counts,
        "balanced": broken is None,
        "difference": broken and vars_of(broken),
        "blanks": [{key: row[key] for key in ("serial", "batch", "state", "place", "uid", "cause")} for row in rows],
    }
    lines = [f"{state:12} {count:6}" for state, count in counts.items()]
    lines.append("ledger balances" if broken is None else f"DIFFERENCE at entry {broken.sequence}: {broken.why}")
    _tell(arguments, facts, lines)
    return GOOD if broken is None else WRONG


def _case_show(settings: Settings, arguments: argparse.Namespace) -> int:
    from appliance.records import cases
    from appliance.records.moves import stays

    store, _ = app.open_store(settings)
    with store.read() as tx:
        try:
            record = cases.by_code(tx, arguments.code)
        except cases.Missing:
            print(f"there is no case {arguments.code}", file=sys.stderr)
            return MISSING
        people = cases.residents(tx, record.id)
        clocks = read_clocks(stays(tx, record.id), tx.now)
    facts: dict[str, object] = {
        "code": record.code,
        "state": record.state,
        "kk_state": record.kk_state,
        "residents": [{"position": one.position, "ktp_state": one.ktp_state} for one in people],
        "clocks": [
            {"step": one.step.number, "limit_s": one.step.limit_s, "touch_s": one.touch_s, "elapsed_s": one.elapsed_s,
             "waiting_s": one.waiting_s}
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
    _tell(arguments, facts, lines)
    return GOOD


def _account_set(settings: Settings, arguments: argparse.Namespace) -> int:
    from appliance.records import accounts

    pin = sys.stdin.readline().strip() if not sys.stdin.isatty() else getpass.getpass("PIN (6 digits): ")
    store, _ = app.open_store(settings)
    by = Actor("console", getpass.getuser(), Role.TEKNISI, "terminal")
    try:
        accounts.add(store, arguments.login, arguments.name, Role(arguments.role), pin, by)
    except ValueError as error:
        print(error, file=sys.stderr)
        return USAGE
    _tell(arguments, {"login": arguments.login, "role": arguments.role}, [f"account {arguments.login} set"])
    return GOOD


def _serve(settings: Settings, arguments: argparse.Namespace) -> int:
    app.serve(settings, Path(arguments.config))
    return GOOD


def _process(name: str) -> Callable[[Settings, argparse.Namespace], int]:
    def run(settings: Settings, _: argparse.Namespace) -> int:
        app.PROCESSES[name](settings)
        return GOOD

    return run


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--config", default="/etc/siaga/siaga.toml", help="the appliance's TOML file")
    common.add_argument("--json", action="store_true", help="answer as JSON")
    parser = argparse.ArgumentParser("siaga", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")

    def verb(name: str, words: str, run: Callable[[Settings, argparse.Namespace], int]) -> argparse.ArgumentParser:
        made = verbs.add_parser(name, help=words, description=words, parents=[common])
        made.set_defaults(run=run)
        return made

    def group(name: str, words: str) -> Callable[..., argparse.ArgumentParser]:
        inner = verbs.add_parser(name, help=words).add_subparsers(required=True, metavar="COMMAND")

        def add(sub: str, text: str, run: Callable[[Settings, argparse.Namespace], int]) -> argparse.ArgumentParser:
            made = inner.add_parser(sub, help=text, description=text, parents=[common])
            made.set_defaults(run=run)
            return made

        return add

    verb("serve", "run the whole appliance", _serve)
    for name in app.PROCESSES:
        verb(name, f"run the {name} process alone", _process(name))
    verb("check", "ask every device, one verdict", _check)
    card = group("card", "the card on the encoder")
    card("read", "every file a stranger can read", _card_read)
    card("verify", "is the card genuine and complete?", _card_verify)
    audit = group("audit", "the audit log")
    audit("verify", "does the chain hold?", _audit_verify).add_argument(
        "--export", help="write the entries, JSON lines"
    )
    group("blanks", "the blank ledger")("balance", "does the ledger balance?", _blanks_balance)
    group("case", "a case")("show", "where a case stands", _case_show).add_argument("code")
    account = group("account", "officers' accounts")(
        "set", "add an account or renew its PIN (read from stdin)", _account_set
    )
    account.add_argument("login")
    account.add_argument("role", choices=[role.value for role in Role if role not in {Role.RESIDENT, Role.SYSTEM}])
    account.add_argument("name")
    return parser


def main() -> int:
    """Run one command; returns its exit code."""
    arguments = _parser().parse_args()
    try:
        settings = load(Path(arguments.config))
        code: int = arguments.run(settings, arguments)
    except ConfigError as error:
        print(
            "configuration cannot be used:\n" + "\n".join(f"  {mistake}" for mistake in error.mistakes),
            file=sys.stderr,
        )
        return USAGE
    except StoreError as error:
        print(error, file=sys.stderr)
        return USAGE
    except DeviceFault as fault:
        _tell(arguments, {"fault": str(fault.code), "detail": fault.detail}, [str(fault)])
        return WRONG
    return code


if __name__ == "__main__":
    raise SystemExit(main())
