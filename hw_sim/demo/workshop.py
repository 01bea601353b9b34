"""The technician at the end of a day, as far as pictures of him are wanted: he tries the camera and looks round."""

from __future__ import annotations

import re
import time

from hw_sim.demo.browser import Browser
from hw_sim.demo.timeline import Timeline

TRY = "/teknisi/coba/camera"
PATIENCE_SECONDS = 30.0


def look_round(browser: Browser, timeline: Timeline) -> None:
    """Open the first page; where somebody takes pictures, try the camera as well."""
    browser.get("/teknisi/")
    if timeline.onlooker is None:
        return
    browser.get(TRY)
    browser.submit("begin_trial")
    until = time.monotonic() + PATIENCE_SECONDS
    while re.search(rb'data-state="(waiting|running)"', browser.content(TRY)):
        if time.monotonic() > until:
            raise TimeoutError("the camera was not tried")
        time.sleep(0.1)
    browser.get("/teknisi/")
    timeline.look("teknisi readiness", browser)
