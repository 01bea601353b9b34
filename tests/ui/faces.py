"""A real server with all three faces, and the page of a browser before it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from front_office import FrontOffice
from playwright.sync_api import Page
from werkzeug.serving import WSGIRequestHandler, make_server

from appliance.kiosk_ui import assets

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ANSWER = "siaga.answer"


@dataclass
class Site:
    """The three faces at one address, and the office behind them."""

    address: str
    place: FrontOffice


def kept(app: WSGIApplication) -> WSGIApplication:
    """The app, whose answer can be closed by who serves it."""

    def answer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        environ[ANSWER] = app(environ, start)
        return environ[ANSWER]  # type: ignore[no-any-return]

    return answer


class Closing(WSGIRequestHandler):
    """Closes what it answered with, also when the browser has left.

    Werkzeug's own reads from the dead line first; a file that nobody closes is a warning of some later test.
    """

    def run_wsgi(self) -> None:
        try:
            super().run_wsgi()
        finally:
            if hasattr(answer := self.environ.get(ANSWER), "close"):
                answer.close()


@contextmanager
def served(place: FrontOffice, *faces: str) -> Iterator[Site]:
    """These faces of this office before a server, or all three."""
    if not (assets.VENDOR / "officer.css").is_file():
        assert assets.main() == 0
    app = kept(place.app(*(faces or ("resident", "officer", "technician"))))
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Closing)
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
