"""A real browser before a real server: Debian's Chromium, a threaded server on a free port, an office."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from front_office import FrontOffice, open_office
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from appliance.kiosk_ui import assets

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-effective-connection-type=4G",
]


@dataclass
class Site:
    """The three faces at one address, and the office behind them."""

    address: str
    place: FrontOffice


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with served(open_office(tmp_path)) as found:
        yield found


@contextmanager
def served(place: FrontOffice) -> Iterator[Site]:
    """All faces of this office before a server."""
    if not (assets.VENDOR / "officer.css").is_file():
        assert assets.main() == 0
    server = make_server("127.0.0.1", 0, place.app("resident", "officer", "technician"), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Site(f"http://127.0.0.1:{server.server_port}", place)
    server.shutdown()
    thread.join(5)
    server.server_close()
    place.office.store.close()


@dataclass
class Watched:
    """A page, with every word on its console and every address it asked for."""

    page: Page
    console: list[str]
    asked: list[str]


@pytest.fixture
def watched(chromium: Browser, site: Site, request: pytest.FixtureRequest) -> Iterator[Watched]:
    width, height = getattr(request, "param", (1280, 800))
    context = chromium.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(10_000)
    found = Watched(page, [], [])
    page.on("console", lambda message: found.console.append(message.text))
    page.on("pageerror", lambda error: found.console.append(str(error)))
    page.on("request", lambda asked: found.asked.append(asked.url))
    yield found
    context.close()
    outside = [url for url in found.asked if not url.startswith((site.address, "data:", "blob:"))]
    assert outside == []
    expected = ("422", "Clear-Site-Data header", "net::ERR_")
    assert [line for line in found.console if not any(word in line for word in expected)] == []
