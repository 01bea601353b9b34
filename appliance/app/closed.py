"""While the books cannot be opened every face says so, in words, and what to do; it needs nothing from the disk."""

from __future__ import annotations

import html
import socket
from collections.abc import Callable, Iterable
from typing import Any

from waitress.server import create_server

from appliance.app.process import start
from appliance.config import Settings
from appliance.faults import FaultCode
from appliance.kiosk_ui.notices import notice

_PAGE = """<!doctype html><html lang="id"><head><meta charset="utf-8"><meta http-equiv="refresh" content="5">
<title>Ada gangguan · SIAGA</title>
<style>body{{font:1.4rem/1.5 sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}}h1{{font-size:2rem}}
small{{color:#505a5f}}</style></head><body><h1>Ada gangguan</h1>{said}</body></html>
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"


class Closed:
    """The pages of all faces while the books are closed; nothing is served before there is a reason to say."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._why = ""
        self._code: FaultCode | None = None
        self.shown = False

    def tell(self, why: Exception) -> None:
        """Say this reason from now on."""
        self._why, self._code = str(why), getattr(why, "code", None)
        if not self.shown:
            self.shown = True
            for face, address in self._settings.listen.items():
                host, _, port = address.rpartition(":")
                listener = socket.create_server((host, int(port)))
                server = create_server(self._app(face), sockets=[listener], threads=2, ident=None)
                start(server.run, f"closed {face}")

    def _app(self, face: str) -> Callable[[dict[str, Any], Callable[..., object]], Iterable[bytes]]:
        def answer(environ: dict[str, Any], begin: Callable[..., object]) -> Iterable[bytes]:
            page = _PAGE.format(said="".join(f"<p>{html.escape(one)}</p>" for one in self.sentences(face)))
            headers = [
                ("Content-Type", "text/html; charset=utf-8"),
                ("Content-Security-Policy", _POLICY),
                ("Cache-Control", "no-store"),
                ("Retry-After", "5"),
            ]
            begin("503 Service Unavailable", headers)
            return [page.encode()]

        return answer

    def sentences(self, face: str) -> list[str]:
        """What this face says, in both languages: to the staff with the remedy and the reason."""
        found = {language: notice(str(self._code), language) for language in ("id", "en")}
        said = []
        for language, general in (
            ("id", "Mesin ini sedang tidak dapat dipakai. Panggil petugas."),
            ("en", "This machine cannot be used now. Call an officer."),
        ):
            one = found[language]
            if face == "resident" or one is None:
                said.append(general)
            elif face == "officer":
                said.append(f"{one.officer} {one.remedy}")
            else:
                said.append(f"{one.technician} {one.remedy}")
        return said if face == "resident" else [*said, self._why]
