"""A real server with all three faces, and the page of a browser before it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from front_office import FrontOffice
from playwright.sync_api import Page
from werkzeug.serving import make_server

from appliance.kiosk_ui import assets


@dataclass
class Site:
    """The three faces at one address, and the office behind them."""

    address: str
    place: FrontOffice


@contextmanager
def served(place: FrontOffice, *faces: str) -> Iterator[Site]:
    """These faces of this office before a server, or all three."""
    if not (assets.VENDOR / "officer.css").is_file():
        assert assets.main() == 0
    server = make_server("127.0.0.1", 0, place.app(*(faces or ("resident", "officer", "technician"))), threaded=True)
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
