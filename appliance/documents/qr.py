"""QR codes as vector drawings (ISO/IEC 18004), sized so that a phone reads them from office paper."""

from __future__ import annotations

import io

import segno

from appliance.documents.values import DocumentRefused

QUIET_ZONE = 4
"""Modules of white on each side that ISO/IEC 18004 asks for."""

SMALLEST_MODULE_MM = 0.40
"""A narrower module is lost in the ink spread of a laser printer on 80 g paper."""


def qr_svg(text: str, side_mm: float, field: str) -> str:
    """The QR code of `text` at level M as an SVG square, quiet zone included, to be printed `side_mm` wide.

    Raises `DocumentRefused` naming `field` if the text is empty or its modules would print below 0.40 mm.
    """
    if not text:
        raise DocumentRefused(field, "a QR code needs a text")
    code = segno.make(text, error="m", micro=False, boost_error=False)
    width, _ = code.symbol_size(border=QUIET_ZONE)
    if side_mm / width < SMALLEST_MODULE_MM:
        raise DocumentRefused(field, f"too long for a QR code of {side_mm:g} mm")
    drawing = io.BytesIO()
    code.save(drawing, kind="svg", border=QUIET_ZONE, light="#fff", xmldecl=False, omitsize=True)
    return drawing.getvalue().decode("ascii")
