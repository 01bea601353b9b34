"""A handful of measured values as columns: plain SVG, with its words for those who do not see it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from appliance.kiosk_ui.technician.state_bar import HEIGHT, WIDTH

FLOOR = 44
"""Where the columns stand, in the picture's units from above; beneath is their scale."""
WIDE = 0.7
"""Of the room that each has."""


def columns(values: Sequence[float], name: str, unit: str) -> Markup:
    """The values in their order, as high as the largest allows; none is below 0, and there is at least one."""
    most, room = max(*values, 0.001), WIDTH / len(values)
    drawn = []
    for place, value in enumerate(values):
        tall = max(1.0, value / most * (FLOOR - 4))
        left = place * room + room * (1 - WIDE) / 2
        drawn.append(
            f'<rect class="ok" x="{left:.1f}" y="{FLOOR - tall:.1f}" width="{room * WIDE:.1f}" height="{tall:.1f}"/>'
        )
        if place in (0, len(values) - 1) or value == most:
            drawn.append(f'<text x="{left + room * WIDE / 2:.1f}" y="{HEIGHT - 1}">{_comma(value)}</text>')
    said = Markup.escape(f"{name}, {unit}: " + "; ".join(map(_comma, values)))
    head = f'<svg class="state-bar" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{said}">'
    return Markup(head + "".join(drawn) + "</svg>")


def _comma(value: float) -> str:
    return f"{value:.1f}".replace(".", ",")
