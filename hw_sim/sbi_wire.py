"""The HTTP of a Secure Biometric Interface service: its own verbs on a loopback port."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

from hw_sim.sbi_capture import ScannerLevers


class Service(Protocol):
    """What answers the verbs."""

    levers: ScannerLevers

    def discover(self, request: Mapping[str, Any]) -> object:
        """MOSIPDISC."""

    def info(self) -> object:
        """MOSIPDINFO."""

    def capture(self, request: Mapping[str, Any]) -> object:
        """RCAPTURE."""

    def preview(self, surface: int, seconds: float) -> Iterable[bytes]:
        """STREAM."""


def listen(ports: Iterable[int], service: Service) -> ThreadingHTTPServer:
    """A server on the first free port; raises OSError if there is none."""
    for port in ports:
        try:
            return _Server(("127.0.0.1", port), _wire_of(service))
        except OSError:
            continue
    raise OSError("no free port for the device service")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is part of the simulated life; anything else is a bug and is shown."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def _wire_of(service: Service) -> type[BaseHTTPRequestHandler]:
    class Wire(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle(self) -> None:
            if not service.levers.service_down:
                super().handle()

        def _request(self) -> dict[str, Any]:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            return body if isinstance(body, dict) else {}

        def _answer(self, reply: Callable[[dict[str, Any]], object]) -> None:
            body = json.dumps(reply(self._request())).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_MOSIPDISC(self) -> None:
            self._answer(service.discover)

        do_SBIDISC = do_MOSIPDISC

        def do_MOSIPDINFO(self) -> None:
            self._answer(lambda _: service.info())

        def do_RCAPTURE(self) -> None:
            self._answer(service.capture)

        def do_STREAM(self) -> None:
            asked = self._request()
            seconds = float(asked.get("timeout", 10_000)) / 1000
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
            self.send_header("Connection", "close")
            self.end_headers()
            for picture in service.preview(int(asked.get("deviceSubId", 1)), seconds):
                head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
                self.wfile.write(head.encode() + picture + b"\r\n")
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the world keeps the history."""

    return Wire
