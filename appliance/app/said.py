"""What a command in a terminal answers."""

from __future__ import annotations

from dataclasses import dataclass, field

GOOD, WRONG, USAGE, MISSING = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class Said:
    """An answer: exit code, facts for `--json`, lines for people."""

    code: int
    facts: dict[str, object] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
