"""Which point of a case is cut in which run: each exactly once, and every sort of moment early on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from hw_sim.demo.points import OFFICES, Point

BLANKS, WRONG_FINGERS = 12, 3
"""Turns before the one that counts: blanks written and spoiled, and fingers at handover that are not the holder's."""
ACTS = frozenset({"households", "search", "enrol", "personalise", "void", "card", "sign"})
"""Calls that change something at an office; the others only ask."""

Points = dict[str, list[Point]]
"""Points by the part of the case they lie in."""


def sort_of(kind: str) -> str:
    """What sort of moment it is: an office's answer or request, a command before or after, a page, a commit."""
    words = kind.split()
    if words[0] in OFFICES:
        return f"{words[0]} {words[-1]}"
    return " ".join(words[:2]) if words[0].startswith("apdu") else words[0]


def _first_acts(kind: str) -> bool:
    words = kind.split()
    return words[0] in OFFICES and words[1] not in ACTS


def in_order(points: Sequence[Point]) -> list[Point]:
    """The points of a part: first one of each kind, acts before questions, commits last; then all others evenly."""
    by_kind: dict[str, list[Point]] = {}
    for point in points:
        by_kind.setdefault(point.kind, []).append(point)
    kinds = sorted(by_kind, key=lambda kind: (kind == "commit", _first_acts(kind)))
    first = [by_kind[kind][len(by_kind[kind]) // 2] for kind in kinds]
    rest = [point for point in points if point not in first]
    # Places in the order of their bits turned round: 0, 1/2, 1/4, 3/4, …
    bits = max(1, len(rest).bit_length())
    turned = sorted(range(len(rest)), key=lambda place: f"{place:0{bits}b}"[::-1])
    return first + [rest[place] for place in turned]


def turns_of(blanks: int = BLANKS) -> dict[str, int]:
    """How often each part that can come again comes in one run."""
    return {"chip": blanks + 1, "spoil": blanks, "match": WRONG_FINGERS + 1}


def runs(points: Mapping[str, Sequence[Point]], turns: Mapping[str, int]) -> Iterator[Points]:
    """The points of one run after the other, until each was in one; sorts not yet seen come before the others.

    `turns` are how many points of a part fit into one run, one where nothing is said. What lies in the turn that
    counts only, as the end of a handover, is reached for certain where that turn is the only one.
    """
    left = {part: in_order(of_part) for part, of_part in points.items()}
    seen: set[str] = set()
    while any(left.values()):
        chosen: Points = {}
        for part, of_part in left.items():
            chosen[part] = []
            for _ in range(min(turns.get(part, 1), len(of_part))):
                point = next((one for one in of_part if sort_of(one.kind) not in seen), of_part[0])
                of_part.remove(point)
                seen.add(sort_of(point.kind))
                chosen[part].append(point)
        yield {part: of_part for part, of_part in chosen.items() if of_part}
