"""Pictograms of our own, drawn in a square of 48: a font without them would show boxes, so they are drawings."""

from __future__ import annotations

import json
from pathlib import Path

from markupsafe import Markup

DRAWINGS: dict[str, str] = json.loads((Path(__file__).parent / "catalogue" / "pictures.json").read_text("utf-8"))
"""SVG elements by name; stroke and fill come from the style sheet."""


def icon(name: str) -> Markup:
    """The pictogram of that name as inline SVG, hidden from screen readers: words stand beside every picture."""
    drawing = DRAWINGS.get(name, DRAWINGS["unknown"])
    return Markup(f'<svg class="icon" viewBox="0 0 48 48" aria-hidden="true" focusable="false">{drawing}</svg>')
