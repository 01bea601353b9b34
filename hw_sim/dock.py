"""The dock: a page, and the same verbs as a small HTTP interface, to be the hands at the simulated kiosk."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket
from threading import Thread
from urllib.parse import parse_qs, urlsplit

from hw_sim.people import Person
from hw_sim.station import Station

Verb = Callable[[], object]


class Hands:
    """What a person can do at the station, by name. Blanks and people come from the world."""

    def __init__(self, station: Station) -> None:
        self.station = station
        cards, encoder = station.cards, station.cards.encoder
        self.verbs: dict[str, tuple[str, Verb]] = {
            "insert-blank": ("Letakkan blanko baru di penulis chip", lambda: encoder.insert(cards.blank())),
            "remove-card": ("Angkat kartu dari penulis chip", self.remove_card),
            "card-to-printer": ("Pindahkan kartu ke pencetak kartu", self.card_to_printer),
            "card-back": ("Ambil kartu tercetak, letakkan di pembaca", self.card_back),
            "tear-card": ("Robek tulisan chip berikutnya", self.tear_card),
            "mute-card": ("Kartu membisu", encoder.mute),
            "jam-card": ("Macetkan pencetak kartu", station.card_printer.jam),
            "jam-sheet": ("Macetkan pencetak kertas", station.document_printer.jam),
            "ribbon-empty": ("Pita kartu habis", station.card_printer.ribbon_empty),
            "paper-empty": ("Kertas habis", station.document_printer.media_empty),
            "open-cover": ("Buka tutup pencetak kartu", station.card_printer.open_cover),
            "clear-printers": ("Beres: pencetak siap lagi", self.clear_printers),
            "unplug-scanner": ("Cabut pemindai jari", lambda: setattr(station.scanner.levers, "unplugged", True)),
            "plug-scanner": ("Pasang pemindai jari", lambda: setattr(station.scanner.levers, "unplugged", False)),
            "freeze-camera": ("Kamera macet", lambda: setattr(station.camera.levers, "freeze", True)),
            "free-camera": ("Kamera jalan lagi", lambda: setattr(station.camera.levers, "freeze", False)),
            "receipt-paper-empty": ("Kertas struk habis", lambda: setattr(station.receipts.levers, "paper", 0)),
            "open-receipt-cover": ("Buka tutup printer struk", self.open_receipt_cover),
            "show-code": ("Dekatkan kode QR ke pembaca", lambda: station.reader.show("SG-4K7M-27")),
            "unplug-light": ("Cabut lampu isyarat", station.light.unplug),
            "plug-light": ("Pasang lampu isyarat", station.light.start),
            "cut-network": ("Putus jaringan ke pusat", station.offices.close),
            "mend-network": ("Sambung jaringan ke pusat", station.offices.open),
        }

    def remove_card(self) -> object:
        """Take the card off the encoder; it is in the hand afterwards."""
        card = self.station.cards.encoder.remove()
        if card is not None:
            self.station.world.facts["card_in_hand"] = card
        return card

    def card_to_printer(self) -> None:
        """Move the card from encoder or hand into the printer's slot."""
        card = self.station.cards.encoder.remove() or self.station.world.facts.pop("card_in_hand", None)
        if card is not None:
            self.station.card_printer.load(card)

    def card_back(self) -> None:
        """Lay the card printed last (or the one in the hand) on the encoder."""
        card = self.station.world.facts.pop("card_in_hand", None)
        if card is None and self.station.card_printer.outputs:
            card = self.station.card_printer.outputs[-1].card
        if card is not None:
            self.station.cards.encoder.insert(card)  # type: ignore[arg-type]

    def tear_card(self) -> None:
        """The next write stops half way, as if the card were pulled."""
        card = self.station.cards.encoder.card
        if card is not None:
            card.tear_after(700)  # type: ignore[attr-defined]

    def open_receipt_cover(self) -> None:
        """Somebody opens the roll printer."""
        self.station.receipts.levers.cover_open = True

    def clear_printers(self) -> None:
        """Everything put right at all printers."""
        self.station.card_printer.clear()
        self.station.document_printer.clear()
        self.station.receipts.mend()

    def stand(self, person: Person | None) -> None:
        """Somebody steps before camera, scanner and pad, or nobody."""
        for place in ("at_scanner", "at_camera", "at_pad"):
            if person is None:
                self.station.world.people.pop(place, None)
            else:
                self.station.world.people[place] = person

    def state(self) -> dict[str, object]:
        """What lies where now."""
        world, station = self.station.world, self.station
        people = {place: getattr(one, "name", "") for place, one in world.people.items()}
        return {
            "card_on_encoder": station.cards.encoder.card is not None,
            "people": people,
            "card_printer": sorted(station.card_printer.reasons),
            "document_printer": sorted(station.document_printer.reasons),
            "cards_printed": len(station.card_printer.outputs),
            "sheets_printed": len(station.document_printer.outputs),
            "slips_printed": len(station.receipts.slips),
            "light": station.light.lamps,
            "device_seconds": round(world.device_seconds, 1),
        }


_PAGE = """<!doctype html><html lang="id"><meta charset="utf-8"><title>Dok SIAGA (SIMULASI)</title>
<style>body{{font:16px/1.5 system-ui;margin:24px;max-width:60rem}}
form{{display:inline}}button{{font:inherit;padding:.6em 1em;margin:.25em}}
pre{{background:#eee;padding:1em}}</style>
<h1>Dok: tangan di dunia simulasi</h1>
<p>Semua alat di sini simulasi; orangnya rekaan.</p>{buttons}<h2>Orang di depan alat</h2>{people}
<h2>Keadaan</h2><pre>{state}</pre></html>"""


class Dock:
    """The dock on a socket of its own; `cast` are the people who can be called before the devices."""

    def __init__(self, hands: Hands, cast: Mapping[str, Person], listener: socket | None = None) -> None:
        dock = self
        self.hands = hands
        self.cast = dict(cast)

        class Wire(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if urlsplit(self.path).path == "/state":
                    self._send(json.dumps(dock.hands.state()), "application/json")
                else:
                    self._send(dock.page(), "text/html")

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                known = dock.act(urlsplit(self.path).path.strip("/"), parse_qs(body))
                self.send_response(303 if known else 404)
                self.send_header("Location", "/")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def _send(self, text: str, kind: str) -> None:
                data = text.encode()
                self.send_response(200)
                self.send_header("Content-Type", f"{kind}; charset=utf-8")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

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
        self.hands.verbs[verb][1]()
        return True

    def page(self) -> str:
        """The page."""
        buttons = "".join(
            f'<form method="post" action="/{name}"><button>{html.escape(words)}</button></form>'
            for name, (words, _) in self.hands.verbs.items()
        )
        people = "".join(
            f'<form method="post" action="/stand"><button name="who" value="{html.escape(name)}">'
            f"{html.escape(name)}</button></form>"
            for name in ("(tidak ada)", *self.cast)
        )
        state = html.escape(json.dumps(self.hands.state(), indent=2, ensure_ascii=False))
        return _PAGE.format(buttons=buttons, people=people, state=state)
