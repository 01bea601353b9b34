"""What a command in a terminal answers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

GOOD, WRONG, USAGE, MISSING = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class Said:
    """An answer: exit code, facts for `--json`, lines for people."""

    code: int
    facts: dict[str, object] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)


def month_asked(text: str) -> tuple[int, int] | Said:
    """Year and month of `2026-11`, or what to answer to anything else."""
    asked = re.fullmatch(r"([2-9][0-9]{3})-(0[1-9]|1[0-2])", text)
    if asked is None:
        sentence = "the month must be like 2026-11"
        return Said(USAGE, {"error": sentence}, [sentence])
    return int(asked[1]), int(asked[2])
