"""The last 24 hours of a device as a bar: drawn here as plain SVG, each state by height, colour and word. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from appliance.clock import to_local
from appliance.devices import Level
from appliance.diagnostics.history import KEPT_MS, Span
from appliance.kiosk_ui.status import LEVEL_NAMES
from appliance.kiosk_ui.words import duration

WIDTH, HEIGHT = 960, 60
HEIGHTS = {"ok": 14, "limited": 28, "down": 44, "unknown": 6}
"""The worse, the taller: told apart without colour."""
HOUR_MS = 3_600_000
LEAST = 1.5
"""Pixels: what lasted seconds is still seen among 24 hours."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """One state on the bar, `since` to `until` (UTC milliseconds)."""

    since: int
    until: int
    level: Level
    reasons: tuple[str, ...] = ()


def stretches(spans: Iterable[Span], now: int) -> tuple[Stretch, ...]:
    """The last 24 hours without a gap, the oldest first: what nobody asked is unknown."""
    begin, found = now - KEPT_MS, list[Stretch]()
    reached = begin
    for span in sorted(spans, key=lambda one: one.since):
        since, until = max(span.since, reached), min(span.until, now)
        if until < since:
            continue
        if since > reached:
            found.append(Stretch(reached, since, "unknown"))
        found.append(Stretch(since, until, span.level, span.reasons))
        reached = until
    if reached < now:
        found.append(Stretch(reached, now, "unknown"))
    return tuple(one for one in found if one.until > one.since)


def shares(parts: Iterable[Stretch]) -> dict[str, int]:
    """Milliseconds in each state, the worst state first; states that did not occur are left out."""
    sums: dict[str, int] = dict.fromkeys(("down", "limited", "unknown", "ok"), 0)
    for one in parts:
        sums[one.level] += one.until - one.since
    return {level: spent for level, spent in sums.items() if spent}


def said(parts: Iterable[Stretch]) -> str:
    """The bar in words: `tidak bisa 5 menit, siap 23 jam 55 menit`."""
    return ", ".join(f"{LEVEL_NAMES[level]} {duration(spent / 1000)}" for level, spent in shares(parts).items())


def bar(spans: Iterable[Span], now: int) -> Markup:
    """The picture, with its words for those who do not see it."""
    parts = stretches(spans, now)
    begin = now - KEPT_MS

    def place(at: int) -> float:
        return (at - begin) / KEPT_MS * WIDTH

    drawn = []
    for one in parts:
        left, wide, tall = place(one.since), place(one.until) - place(one.since), HEIGHTS[one.level]
        box = f'x="{left:.1f}" y="{44 - tall}" width="{max(wide, LEAST):.1f}" height="{tall}"'
        drawn.append(f'<rect class="{one.level}" {box}/>')
    first = begin + (-begin % (3 * HOUR_MS))
    for hour in range(first, now, 3 * HOUR_MS):
        words = f"{to_local(hour):%H.%M}"
        drawn.append(f'<path d="M{place(hour):.1f} 44v4"/><text x="{place(hour):.1f}" y="59">{words}</text>')
    title = Markup.escape(f"24 jam terakhir: {said(parts)}")
    head = f'<svg class="state-bar" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}">'
    return Markup(head + "".join(drawn) + "</svg>")
