"""The made parts of the procedure guide: steps, roles, states, moves and their drawings."""

from __future__ import annotations

from collections.abc import Iterator

from manual_tables import names, sources, table

from appliance.casework import sop
from appliance.casework.clocks import PAUSES, STEPS
from appliance.casework.roles import CHAIN_LINKS, ROLE_LABELS, Role
from appliance.casework.sop import SOP_VERSION, STATE_STEP, TABLE
from appliance.kiosk_ui import words
from appliance.office.questions import QUESTIONS
from appliance.records import away
from appliance.records.moves import AGE_WAIT, BLANK_WAIT

MACHINES = (
    ("case", "The case", sop.CASE_STATES, sop.CASE_ENDS),
    ("kk", "The family card (KK)", sop.KK_STATES, sop.KK_ENDS),
    ("ktp", "Each resident's identity card (KTP-el)", sop.KTP_STATES, sop.KTP_ENDS),
)
BEGINS = {"case": "DILAPORKAN", "kk": "MENUNGGU", "ktp": "BELUM_REKAM"}


def procedure_parts() -> dict[str, str]:
    """The made parts of the procedure guide, by the name of their mark."""
    limits = ("none" if step.limit_s is None else f"{step.limit_s // 60} min" for step in STEPS)
    steps = [(step.number, step.name, step.performer, limit) for step, limit in zip(STEPS, limits, strict=True)]
    parts = {
        "steps": table(("Step", "Name", "Who", "Limit"), steps),
        "pauses": table(("Class", "On the page", "Begins with"), _pause_rows()),
        "version": f"The table below is version `{SOP_VERSION}`.\n",
        "roles": table(("Role", "On the page", "May cause"), _role_rows()),
        "chain": ", ".join(f"`{one}`" for one in sorted(CHAIN_LINKS)) + "\n",
        "questions": table(
            ("Question", "Who answers", "Answers"),
            ((f"`{k}`", names(roles), ", ".join(f"`{v}`" for v, _ in answers))
             for k, (roles, _, answers) in QUESTIONS.items()),
        ),
    }  # fmt: skip
    for machine, title, states, ends in MACHINES:
        parts[machine] = _machine(machine, title, states, ends)
    return parts


MET = {
    AGE_WAIT: "a recording accepted before its card is due; the card's beginning ends it",
    away.PAUSE: "work that finds SIAK, the centre or the signing service out of reach, or an officer who says so",
    BLANK_WAIT: "the last blank leaving the office's shelves; a new one within reach ends it",
}


def _pause_rows() -> Iterator[tuple[object, ...]]:
    for pause in PAUSES:
        begun = dict.fromkeys(f"`{one.machine}: {one.event}`" for one in TABLE if one.pause == pause)
        met = MET.get(pause, "")
        yield f"`{pause}`", words.pause(pause), ", ".join(begun) or met or "no move begins it yet"


def _role_rows() -> Iterator[tuple[object, ...]]:
    for role in Role:
        caused = [f"`{one.machine}: {one.event}`" for one in TABLE if role in one.roles]
        yield f"`{role}`", ROLE_LABELS[role], ", ".join(caused) or "no move of a case"


def _machine(machine: str, title: str, states: tuple[str, ...], ends: frozenset[str]) -> str:
    own = [one for one in TABLE if one.machine == machine]
    rows = ((f"`{s}`", words.state(s), STATE_STEP.get(s, "-"), "yes" if s in ends else "") for s in states)
    text = f"### {title}\n\n" + table(("State", "On the page", "Step", "End"), rows) + "\n"
    moves = (
        (f"`{one.event}`", sources(one.sources), f"`{one.target}`", names(one.roles), one.closes or "-",
         f"{one.opens or '-'}{f' ({one.pause})' if one.pause else ''}")
        for one in own
    )  # fmt: skip
    text += table(("Event", "From", "To", "By", "Stops clock", "Starts clock (waiting)"), moves) + "\n"
    return text + "```mermaid\n" + diagram(machine, ends) + "```\n"


def diagram(machine: str, ends: frozenset[str]) -> str:
    """A state diagram in Mermaid; moves possible in every open state are left out."""
    own = [one for one in TABLE if one.machine == machine]
    shown = [one for one in own if len(one.sources) <= 3]
    lines = ["stateDiagram-v2", f"    [*] --> {BEGINS[machine]}"]
    lines += [
        f"    {source} --> {one.target}: {one.event.replace(':', ' ')}" for one in shown for source in one.sources
    ]
    reached = {state for one in shown for state in (*one.sources, one.target)}
    lines += [f"    {state} --> [*]" for state in sorted(ends & reached)]
    return "\n".join(lines) + "\n"


def procedure(old: str) -> str:
    """The procedure guide with its made parts renewed."""
    text = old
    for name, part in procedure_parts().items():
        begin, end = f"<!-- made: {name} -->", f"<!-- end: {name} -->"
        if begin not in text or end not in text:
            raise ValueError(f"docs/guides/procedure.md: the marks of {name} are missing")
        head, _, rest = text.partition(begin)
        text = f"{head}{begin}\n{part}{end}{rest.partition(end)[2]}"
    return text
