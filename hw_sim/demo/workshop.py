"""The technician at the end of a day, as far as a picture of him is wanted: he looks round."""

from __future__ import annotations

from hw_sim.demo.browser import Browser
from hw_sim.demo.timeline import Timeline


def look_round(browser: Browser, timeline: Timeline) -> None:
    """Open the first page."""
    browser.get("/teknisi/")
    timeline.look("teknisi readiness", browser)
