"""A day and a night of the kiosk, its clock turned on by hand: visits left behind, then twelve hours of one page."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path

import pytest
from faces import Site, Watched
from playwright.sync_api import CDPSession, Page, TimeoutError, expect
from screens import forward

MINUTE_MS = 60_000
HOURS = 12
NIGHT_STEPS = 12 * 20
HELD = ("JSHeapUsedSize", "Nodes", "JSEventListeners")


def left_behind(page: Page, site: Site, number: int) -> None:
    """Somebody begins to report and goes away; the kiosk warns, ends the visit and stands at its first page."""
    page.goto(f"{site.address}/lapor")
    forward(page)
    page.locator("input[value=self]").check(force=True)
    forward(page)
    page.locator("input[name=reporter]").fill(f"PELAPOR {number}")
    page.clock.fast_forward(91_000)
    expect(page.get_by_role("dialog")).to_be_visible()
    page.clock.fast_forward(21_000)
    page.wait_for_url(f"{site.address}/")
    assert "PELAPOR" not in page.content()


def at_rest(page: Page, site: Site) -> None:
    """Nobody comes for an hour; a page whose clock was turned on before it had read it all needs its time again."""
    for _ in range(5):
        page.clock.fast_forward(50 * MINUTE_MS)
        with contextlib.suppress(TimeoutError):
            page.wait_for_url(f"{site.address}/sambutan", timeout=5000)
            return
    raise AssertionError(f"still at {page.url}")


def held_by_the_page(page: Page, wire: CDPSession) -> dict[str, float]:
    """The least that a page holds once what it was reading has been read: bytes of scripts, nodes, listeners."""
    least: dict[str, float] = {}
    for _ in range(20):
        page.evaluate("() => fetch('/hidup')")
        wire.send("HeapProfiler.collectGarbage")
        told = {one["name"]: one["value"] for one in wire.send("Performance.getMetrics")["metrics"]}
        least = {name: min(told[name], least.get(name, told[name])) for name in HELD}
    return least


def held_by_the_server() -> tuple[int, int]:
    """Threads and open files of this process, in which the server runs."""
    return threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.timeout(240)
def test_a_day_of_visits_and_a_night_leave_page_and_server_as_they_were(site: Site, watched: Watched) -> None:
    page = watched.page
    page.clock.install()
    wire = page.context.new_cdp_session(page)
    wire.send("Performance.enable")
    for number in range(2):
        left_behind(page, site, number)
    morning = held_by_the_server()
    for hour in range(HOURS):
        left_behind(page, site, hour)
        at_rest(page, site)
    expect(page.locator("body")).not_to_have_class("lost")
    evening, threads = held_by_the_page(page, wire), held_by_the_server()
    asked = len(watched.asked)
    for _ in range(NIGHT_STEPS):
        page.clock.fast_forward(3 * MINUTE_MS)
    assert len(watched.asked) > asked + NIGHT_STEPS, "the page reads itself anew and says that it lives"
    expect(page.locator("body")).not_to_have_class("lost")
    at_dawn = held_by_the_page(page, wire)
    assert at_dawn["JSHeapUsedSize"] < evening["JSHeapUsedSize"] + (1 << 20), (evening, at_dawn)
    assert at_dawn["Nodes"] <= evening["Nodes"] + 50
    assert at_dawn["JSEventListeners"] <= evening["JSEventListeners"] + 5
    for held in (threads, held_by_the_server()):
        assert all(now <= before + 6 for now, before in zip(held, morning, strict=True)), (morning, held)
    left_behind(page, site, 99)
