"""The case file of a demo: checked whole before anything starts; what the simulated people and offices need of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from hw_sim.people import Person, person

ENDS = ("DIARSIPKAN", "DITOLAK", "DIBATALKAN")
SEARCHES = ("no_hit", "hit_other_region", "hit_inactive")
ENROLMENTS = ("prr", "duplicate_record", "enroll_failure_at_central", "sfe_stuck")


class ScriptRefused(ValueError):
    """The case file cannot be played; `mistakes` name each by its key."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("; ".join(mistakes))
        self.mistakes = tuple(mistakes)


@dataclass(frozen=True, slots=True)
class Script:
    """A case to be played. `file` is what the office gets, `withheld` the papers that come only after the return."""

    name: str
    case: Mapping[str, Any]
    cast: tuple[Person, ...]
    withheld: tuple[str, ...]
    expected_end: str
    expected_documents: frozenset[str]
    expected_returns: int

    def file(self, *, with_all_papers: bool) -> bytes:
        """The file for the office, without what only the rehearsal knows."""
        known = {key: self.case[key] for key in ("reporter", "category", "household", "residents", "letters")}
        if not with_all_papers:
            known["letters"] = [one for one in known["letters"] if one["kind"] not in self.withheld]
        return json.dumps(known, ensure_ascii=False).encode()


def read(path: Path) -> Script:
    """The script in a case file; raises `ScriptRefused` with every mistake."""
    try:
        case = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ScriptRefused([f"{path.name}: cannot be read as JSON ({error})"]) from error
    if not isinstance(case, dict):
        raise ScriptRefused(["the file must be an object"])
    needed = (
        "case",
        "reporter",
        "category",
        "household",
        "residents",
        "letters",
        "bodies",
        "central",
        "events",
        "expect",
    )
    mistakes = [f"{key}: missing" for key in needed if key not in case]
    mistakes += [f"{key}: not a key of a case file" for key in sorted(set(case) - set(needed))]
    if mistakes:
        raise ScriptRefused(mistakes)
    central, expect = case["central"], case["expect"]
    mistakes += [
        f"central.biometric_search: unknown {one}"
        for one in central.get("biometric_search", [])
        if one not in SEARCHES
    ]
    mistakes += [f"central.enrolment: unknown {one}" for one in central.get("enrolment", []) if one not in ENROLMENTS]
    if expect.get("end") not in ENDS:
        mistakes.append(f"expect.end: must be one of {', '.join(ENDS)}")
    cast = []
    for index, resident in enumerate(case["residents"]):
        try:
            born = date.fromisoformat(resident["birth_date"])
            cast.append(
                person(
                    resident["full_name"], _seed(case["case"], index), born.year, case["bodies"].get(str(index), {})
                )
            )
        except (KeyError, TypeError, ValueError) as error:
            mistakes.append(f"residents[{index}] or bodies.{index}: {error}")
    withheld = tuple(kind for event in case["events"] if event.get("at") == 2 for kind in event.get("missing", ()))
    if mistakes:
        raise ScriptRefused(mistakes)
    return Script(
        case["case"],
        case,
        tuple(cast),
        withheld,
        expect["end"],
        frozenset(expect.get("documents", ())),
        int(expect.get("returns", 0)),
    )


def _seed(case: str, index: int) -> int:
    return sum(ord(letter) * (place + 1) for place, letter in enumerate(case)) * 100 + index + 1
