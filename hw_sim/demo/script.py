"""The case file of a demo: checked whole before anything starts; what the simulated people and offices need of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from hw_sim.demo import case_shape
from hw_sim.people import Person, person


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
    if mistakes := case_shape.mistakes(case):
        raise ScriptRefused(mistakes)
    expect = case["expect"]
    cast = tuple(
        person(
            resident["full_name"],
            _seed(case["case"], index),
            date.fromisoformat(resident["birth_date"]).year,
            case["bodies"].get(str(index), {}),
        )
        for index, resident in enumerate(case["residents"])
    )
    withheld = tuple(kind for event in case["events"] if event["at"] == 2 for kind in event["missing"])
    return Script(
        case["case"],
        case,
        cast,
        withheld,
        expect["end"],
        frozenset(expect["documents"]),
        expect["returns"],
    )


def _seed(case: str, index: int) -> int:
    return sum(ord(letter) * (place + 1) for place, letter in enumerate(case)) * 100 + index + 1
