"""The values that work which does not go on is shown by."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Button:
    """The one thing that helps: an act with its words, or a place to go to (`act` is empty)."""

    act: str
    words: str
    picture: str
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class TroubleLine:
    """One job that does not go on, as its page shows it; `since` and `called_at` are UTC milliseconds."""

    job_id: str
    key: str
    kind: str
    lane: str
    case_id: str | None
    code: str
    resident: int | None
    why: str
    fault: str
    sentence: str
    remedy: str
    picture: str
    since: int
    item: str
    who: str
    called_at: int | None
    button: Button | None
    may_give_up: bool
    note: str = ""
    differs: str = ""
