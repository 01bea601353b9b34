"""The manual of audited events, collected from the calls that record them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from manual_tables import HEAD, names, sources, table

from appliance.casework.sop import TABLE

ROOT = Path(__file__).parent.parent
ANSWERED_BY = {
    "kk-print-init": "kk-kk_printed-complete",
    "kk-sign-init": "signature-receive-complete",
    "kk-import-init": "signature-receive-complete",
    "packet-import-init": "packet-receive-complete",
    "siak-numbers-init": "siak-entry-complete",
    "search-capture-init": "search-capture-complete",
    "ktp-wait-init": "ktp-issue_card-complete",
    "job-retry-init": "what the job itself audits",
    "job-revoke-init": "what the job itself audits, done by the next process",
    "technician-call-init": "`job-retry-init` or `job-revoke-init`, when he is done",
    "audit-export-init": "nothing: the log may be read away in parts",
    "recovery-init": "what each settled job audits",
}
"""What ends an event whose name ends in `-init`, where the names differ or nothing of its own does."""


SAID = {
    "audit-export-init": "Somebody takes the log, or a part of it, away as a file; `to` is its newest number",
    "officer-finger-refused": "A finger captured for a resident was an officer's own; `account` is his",
    "*-typeset-complete": "A paper (slip, receipt, …) was typeset and stored",
    "finger-capture-complete": "A finger was captured and judged",
    "job-fault": "Work of a machine met a fault",
    "job-overtaken": "Work was no longer wanted: a person had moved the case meanwhile",
    "sign-in-complete": "Somebody signed in",
    "sign-in-refused": "A PIN was wrong; `failed` counts the tries",
}
"""When an event is recorded, where the docstring of the function that records it does not say it."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as some function records it: its name, its facts, who acts, and where."""

    event: str
    facts: tuple[str, ...]
    by: str
    where: str
    meaning: str
    moved: bool


def recorded() -> Iterator[Recorded]:
    """Every call of `audit.record` and of `move_case`, `move_kk`, `move_ktp` in the appliance."""
    for source in sorted((ROOT / "appliance").rglob("*.py")):
        for function in _functions(ast.parse(source.read_text())):
            for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
                name = ast.unparse(call.func)
                if name == "audit.record" and source.name != "moves.py":
                    event, by = _event(call.args[1]), ast.unparse(call.args[2])
                elif name == "audit.record" and isinstance(call.args[1], ast.Constant):
                    event, by = str(call.args[1].value), ast.unparse(call.args[2])
                elif name in {"move_case", "move_kk", "move_ktp"}:
                    event = f"{name.removeprefix('move_')}-{_event(call.args[2])}-complete"
                    by = ast.unparse(call.args[3])
                else:
                    continue
                moved = name != "audit.record"
                facts = tuple(_facts(call, function, moved=moved))
                where, who = source.relative_to(ROOT).as_posix(), "the machine" if by == "SYSTEM" else "a person"
                yield Recorded(event, facts, who, where, SAID.get(event) or _meaning(function), moved)


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    yield from (node for node in tree.body if isinstance(node, ast.FunctionDef))


def _event(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(one.value) if isinstance(one, ast.Constant) else "*" for one in node.values)
    return "*"


def _facts(call: ast.Call, function: ast.FunctionDef, *, moved: bool) -> Iterator[str]:
    if moved:
        yield "state"
    if ast.unparse(call.func) == "move_ktp":
        yield "resident"
    for keyword in call.keywords:
        if keyword.arg is None:
            yield from _spread(ast.unparse(keyword.value), function)
        elif keyword.arg not in {"opened_at", "note"}:
            yield keyword.arg


def _spread(name: str, function: ast.FunctionDef) -> Iterator[str]:
    """The keys of the dictionary that a `**name` spreads, as far as the function itself tells."""
    for node in ast.walk(function):
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if target is None:
            continue
        value = getattr(node, "value", None)
        if ast.unparse(target) == name and isinstance(value, ast.Dict):
            yield from (str(key.value) for key in value.keys if isinstance(key, ast.Constant))
        elif isinstance(target, ast.Subscript) and ast.unparse(target.value) == name:
            yield ast.unparse(target.slice).strip("'\"")


def _meaning(function: ast.FunctionDef) -> str:
    said = " ".join((ast.get_docstring(function) or "").split("\n\n")[0].split())
    return re.split(r"(?<=[a-z)`]); |(?<=[a-z)`])\. ", said)[0].rstrip(".")


def events() -> dict[str, list[Recorded]]:
    """Everything recorded, by event; a `*` in a name stands for what only the run knows."""
    found: dict[str, list[Recorded]] = {}
    for one in recorded():
        found.setdefault(one.event, []).append(one)
    return dict(sorted(found.items()))


def audit_manual() -> str:
    """Every audited event: when, by whom, with which facts."""
    text = HEAD.format(source="the calls of `audit.record` and `move_*` in `appliance/`") + "# Audited events\n\n"
    text += (
        "Each entry holds `sequence`, `at` (UTC milliseconds), `event`, `actor` (`role:account@device`), `case_id`, "
        "`facts`, and the hashes that chain it to the entry before. Facts are ids, digests, codes and counts: never "
        "names, images, templates or full numbers. `siaga audit verify` checks the chain and exports it.\n\n"
        "Names are `thing-verb-init` before an act that takes time or touches the world, and `thing-verb-complete` "
        "after it. A `*` stands for what only the run knows.\n\n## Moves of the procedure\n\n"
    )
    found = events()
    rows: list[tuple[object, ...]] = []
    for one in TABLE:
        name = f"{one.machine}-{one.event}-complete"
        calls = found.get(name, [])
        calls = calls or _nearest(name, found)
        facts = dict.fromkeys(fact for call in calls for fact in call.facts)
        told = _listed(facts) if calls else "no act causes it yet"
        rows.append((f"`{name}`", sources(one.sources), f"`{one.target}`", names(one.roles), told))
    text += table(("Event", "From", "To", "By", "Facts"), rows)
    text += "\n## All other events\n\n"
    rows = []
    for name, calls in found.items():
        if calls[0].moved:
            continue
        if not calls[0].meaning:
            raise ValueError(f"{name}: say in SAID when it is recorded")
        facts = dict.fromkeys(fact for call in calls for fact in call.facts)
        by = " or ".join(dict.fromkeys(call.by for call in calls))
        rows.append((f"`{name}`", calls[0].meaning, by, _listed(facts), f"`{calls[0].where}`"))
    text += table(("Event", "Recorded when", "By", "Facts", "In"), rows)
    text += "\n## Beginnings and their ends\n\n"
    text += table(("Begins", "Ends"), ((f"`{name}`", _end(name, found)) for name in found if name.endswith("-init")))
    return text


def _nearest(name: str, found: dict[str, list[Recorded]]) -> list[Recorded]:
    """The calls whose event is known in part only and fits this name best; none if it does not fit at all."""
    patterns = [key for key in found if "*" in key and re.fullmatch(re.escape(key).replace(r"\*", ".+"), name)]
    return found[max(patterns, key=len)] if patterns else []


def _end(name: str, found: dict[str, list[Recorded]]) -> str:
    if name in ANSWERED_BY:
        ends = ANSWERED_BY[name]
        return f"`{ends}`" if " " not in ends else ends
    same = name.removesuffix("-init") + "-complete"
    if same not in found:
        raise ValueError(f"{name}: nothing named {same}; say in ANSWERED_BY what ends it")
    return f"`{same}`"


def _listed(facts: Iterable[str]) -> str:
    return ", ".join(f"`{one}`" for one in facts) or "-"
