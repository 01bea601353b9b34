"""What the made manuals have in common: a head line, tables, and words for states and roles."""

from __future__ import annotations

from collections.abc import Iterable

from appliance.casework.roles import Role

HEAD = "<!-- Made by `make docs` from {source}; do not edit here. -->\n\n"


def table(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    """A Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join("| " + " | ".join(str(cell) for cell in line) + " |\n" for line in lines)


def sources(states: tuple[str, ...]) -> str:
    """The states that a move starts from."""
    return "every open state" if len(states) > 3 else ", ".join(f"`{one}`" for one in states)


def names(roles: frozenset[Role]) -> str:
    """Roles in their usual order."""
    return ", ".join(str(role) for role in Role if role in roles)
