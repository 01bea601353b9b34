"""The dock: a page, and the same verbs as a small HTTP interface, to be the hands at the simulated kiosk."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket
from threading import Thread
from urllib.parse import parse_qs, urlsplit

from hw_sim.hands import Hands
from hw_sim.people import Person
from hw_sim.trouble_verbs import Verb

_PAGE = """<!doctype html><html lang="id"><meta charset="utf-8"><title>Dok SIAGA (SIMULASI)</title>
<style>
body{{font:15px/1.4 system-ui;margin:20px;max-width:76rem}} h1{{font-size:1.4rem;margin:0}} p{{margin:.3em 0 1em}}
main{{display:grid;grid-template-columns:repeat(auto-fill,minmax(17rem,1fr));gap:12px}}
fieldset{{border:1px solid #888;border-radius:6px;margin:0;padding:.4em .7em}} legend{{font-weight:600}}
form{{display:inline}} button{{font:inherit;padding:.4em .7em;margin:.15em .1em}}
dl{{display:grid;grid-template-columns:auto 1fr;gap:.1em .8em;margin:0}} dt{{color:#444}} dd{{margin:0}}
img{{max-width:100%;max-height:11rem;border:1px solid #888}}
</style>
<h1>Dok: tangan di dunia simulasi</h1>
<p>Semua alat di sini simulasi; orangnya rekaan.</p>
<main>{devices}<fieldset><legend>Orang di depan alat</legend>{people}</fieldset>
<fieldset><legend>Keadaan</legend><dl>{state}</dl></fieldset>{printed}</main></html>"""
_STATE = {
    "card_on_encoder": "Kartu di penulis chip", "people": "Orang", "unplugged": "Tercabut",
    "card_printer": "Pencetak kartu", "document_printer": "Pencetak kertas", "cards_printed": "Kartu tercetak",
    "sheets_printed": "Lembar tercetak", "slips_printed": "Struk tercetak", "light": "Lampu",
    "device_seconds": "Detik kerja alat",
}  # fmt: skip
_PRINTED = {"card": "Kartu terakhir", "sheet": "Lembar terakhir"}


class Dock:
    """The dock on a socket of its own; `cast` are the people who can be called before the devices."""

    def __init__(self, hands: Hands, cast: Mapping[str, Person], listener: socket | None = None) -> None:
        dock = self
        self.hands = hands
        self.cast = dict(cast)

        class Wire(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = urlsplit(self.path).path
                if path == "/state":
                    self._send(json.dumps(dock.hands.state()).encode(), "application/json")
                elif path.startswith("/printed/"):
                    self._send(dock.hands.printed(path.removeprefix("/printed/")), "image/png")
                else:
                    self._send(dock.page().encode(), "text/html; charset=utf-8")

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                known = dock.act(urlsplit(self.path).path.strip("/"), parse_qs(body))
                self.send_response(303 if known else 404)
                self.send_header("Location", "/")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def _send(self, data: bytes | None, kind: str) -> None:
                self.send_response(404 if data is None else 200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data or b"")))
                self.end_headers()
                self.wfile.write(data or b"")

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Wire, bind_and_activate=listener is None)
        if listener is not None:
            self._server.socket.close()
            self._server.socket = listener
            self._server.server_address = listener.getsockname()

    @property
    def address(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/"

    def start(self) -> None:
        """Serve in the background."""
        Thread(target=self._server.serve_forever, name="dock", daemon=True).start()

    def stop(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

    def act(self, verb: str, form: Mapping[str, list[str]]) -> bool:
        """Do a verb, or let somebody step forward (`stand`, who); False for an unknown one."""
        if verb == "stand":
            self.hands.stand(self.cast.get(form.get("who", [""])[0]))
            return True
        if verb not in self.hands.verbs:
            return False
        self.hands.verbs[verb].do()
        return True

    def page(self) -> str:
        """The page: the devices with what hands can do at each, the people, what lies where, what came out last."""
        by_device: dict[str, list[str]] = {}
        for name, verb in self.hands.verbs.items():
            by_device.setdefault(verb.device, []).append(_button(name, verb))
        people = "".join(
            f'<form method="post" action="/stand"><button name="who" value="{html.escape(name)}">'
            f"{html.escape(name)}</button></form>"
            for name in ("(tidak ada)", *self.cast)
        )
        state = self.hands.state()
        came_out = [which for which in _PRINTED if state[f"{which}s_printed"]]
        return _PAGE.format(
            devices="".join(_fieldset(device, "".join(buttons)) for device, buttons in by_device.items()),
            people=people,
            state="".join(f"<dt>{_STATE[name]}<dd>{html.escape(_said(value))}" for name, value in state.items()),
            printed="".join(_fieldset(_PRINTED[which], f'<img src="/printed/{which}" alt="">') for which in came_out),
        )


def _button(name: str, verb: Verb) -> str:
    return f'<form method="post" action="/{name}"><button>{html.escape(verb.words)}</button></form>'


def _fieldset(legend: str, inside: str) -> str:
    return f"<fieldset><legend>{html.escape(legend)}</legend>{inside}</fieldset>"


def _said(value: object) -> str:
    """A fact of the state for a person to read."""
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    if isinstance(value, dict):
        value = sorted({str(one) for one in value.values()})
    return (", ".join(map(str, value)) or "-") if isinstance(value, (list, tuple)) else str(value) or "-"
