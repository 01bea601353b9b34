"""A real browser before a real server: Debian's Chromium, a threaded server on a free port, an office."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from faces import Site, Watched, served
from front_office import open_office
from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize, sync_playwright

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


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One a file, not one a session: while it is there this thread counts as inside an event loop, in which pyHanko
    cannot work for the tests that come after."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with served(open_office(tmp_path)) as found:
        yield found


@pytest.fixture
def watched(chromium: Browser, site: Site, request: pytest.FixtureRequest) -> Iterator[Watched]:
    """The parameter of the test, if any: width, height, and whether the screen can be touched."""
    width, height, touch = (*getattr(request, "param", (1280, 800)), False)[:3]
    viewport = ViewportSize(width=width, height=height)
    context = chromium.new_context(viewport=viewport, has_touch=touch, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(10_000)
    found = Watched(page, [], [])
    documents: set[str] = set()

    def says(message: ConsoleMessage) -> None:
        """A page that is itself the answer to a mistake is no mistake of a page."""
        if not (message.text.startswith("Failed to load resource") and message.location["url"] in documents):
            found.console.append(message.text)

    page.on("console", says)
    page.on("request", lambda asked: documents.add(asked.url) if asked.resource_type == "document" else None)
    page.on("pageerror", lambda error: found.console.append(str(error)))
    page.on("request", lambda asked: found.asked.append(asked.url))
    yield found
    context.close()
    outside = [url for url in found.asked if not url.startswith((site.address, "data:", "blob:"))]
    assert outside == []
    expected = ("422", "Clear-Site-Data header", "net::ERR_")
    assert [line for line in found.console if not any(word in line for word in expected)] == []


@pytest.fixture
def chromium_page(chromium: Browser) -> Iterator[Page]:
    """A page that is not watched, for a site that is not `site`."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(10_000)
    yield page
    context.close()
