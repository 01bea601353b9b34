"""One HTTP server for the three outside offices: /siak, /centre and /esign on 127.0.0.1."""

from __future__ import annotations

import base64
import contextlib
import email
import email.policy
import hmac
import json
import socket
import sys
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

from hw_sim.central.wire import Json, Refusal, Reply, Route, Sheet, Trouble, Troubles
from hw_sim.world import World

GARBAGE = b"<html><body>502 Bad Gateway: upstream {sent"
MAXIMUM_REQUEST = 64 * 1024 * 1024


class OfficeServer:
    """Serves each office's routes under its name, with one application account for all.

    Those of `by_body` ask for it themselves.

    Each call is two events named after the office: `phase` received, then done (the effect stands, no answer
    was sent yet), each with `call`; rules may cause trouble from inside them.
    """

    def __init__(
        self,
        world: World,
        offices: Mapping[str, Sequence[Route]],
        account: tuple[str, str],
        troubles: Troubles,
        by_body: frozenset[str] = frozenset(),
    ) -> None:
        self.world = world
        self.troubles = troubles
        self._offices = offices
        self._by_body = by_body
        self._authorization = "Basic " + base64.b64encode(":".join(account).encode()).decode()
        self._closing = threading.Event()
        self._down: set[str] = set()
        self._crashes: Counter[str] = Counter()
        self._listener: _Listener | None = None
        self.port = 0

    def open(self) -> None:
        """Begin (or begin again, on the same port) to accept connections."""
        if self._listener is None:
            self._closing.clear()
            self._listener = _Listener(("127.0.0.1", self.port), _connection_of(self))
            self.port = self._listener.server_address[1]
            threading.Thread(target=self._listener.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        """Refuse connections, as a cut network does; `open` restores it. What the offices know stays."""
        if self._listener is not None:
            self._closing.set()
            self._listener.shutdown()
            self._listener.server_close()
            self._listener = None

    def crash(self, office: str) -> None:
        """One office's program is killed: whoever waits for its answer gets none; what it has done stands."""
        self._crashes[office] += 1
        self._down.add(office)

    def come_back(self, office: str) -> None:
        """It is started again."""
        self._down.discard(office)

    def url(self, office: str) -> str:
        """The address of an office."""
        return f"http://127.0.0.1:{self.port}/{office}"

    def allows(self, path: str, authorization: str) -> bool:
        """Whether the request comes from the application account; some offices look for it in the body themselves."""
        if path.strip("/").partition("/")[0] in self._by_body:
            return True
        return hmac.compare_digest(authorization.encode(), self._authorization.encode())

    def answer(self, method: str, path: str, body: Mapping[str, object]) -> Reply | Trouble:
        """Do what is asked; a `Trouble` instead of a reply says how the answer fails."""
        office, _, rest = path.strip("/").partition("/")
        for candidate in self._offices.get(office, ()):
            match = candidate.pattern.fullmatch("/" + rest)
            if match and candidate.method == method:
                found = {key: unquote(value) for key, value in match.groupdict().items()}
                return self._carry_out(office, candidate, found, body)
        return 404, {"error": "no_such_call", "message": "there is no such call"}

    def _carry_out(
        self, office: str, call: Route, found: Mapping[str, str], body: Mapping[str, object]
    ) -> Reply | Trouble:
        crashes = self._crashes[office]
        if office in self._down:
            return Trouble(answer="none")
        self.world.happened(office, call=call.call, phase="received")
        trouble = self._wait_out(office, call.call, "received")
        if trouble is not None:
            return trouble
        try:
            reply = call.effect(found, body)
        except Refusal as refusal:
            reply = refusal.status, refusal.body
        self.world.happened(office, call=call.call, phase="done", status=reply[0])
        trouble = self._wait_out(office, call.call, "done")
        if self._crashes[office] > crashes:
            return Trouble(answer="none")
        if trouble is not None and trouble.answer == "cut" and isinstance(reply[1], Sheet):
            return reply[0], replace(reply[1], cut=True)
        return trouble or reply

    def _wait_out(self, office: str, call: str, at: str) -> Trouble | None:
        trouble = self.troubles.take(office, call, at)
        if trouble is None:
            return None
        if trouble.late_seconds:
            self._closing.wait(trouble.late_seconds)
        return None if trouble.answer == "right" else trouble


class _Listener(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that dies in the middle of a request is no error of ours; anything else is."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


def _connection_of(server: OfficeServer) -> type[BaseHTTPRequestHandler]:
    class Connection(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def log_message(self, format: str, *args: object) -> None:
            """Write nothing: paths of some calls name a resident."""

        def do_GET(self) -> None:
            self._serve({})

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if not length.isdigit() or int(length) > MAXIMUM_REQUEST:
                self.close_connection = True
                self._send(411, json.dumps({"error": "length", "message": "Content-Length is needed"}).encode())
                return
            content = self.rfile.read(int(length))
            kind = self.headers.get("Content-Type", "")
            try:
                body = _form(kind, content) if kind.startswith("multipart/form-data") else json.loads(content)
            except (json.JSONDecodeError, UnicodeDecodeError):
                body = None
            if isinstance(body, dict):
                self._serve(body)
            else:
                self._send(400, json.dumps({"error": "not_json", "message": "a JSON object is needed"}).encode())

        def _serve(self, body: Mapping[str, object]) -> None:
            if not server.allows(self.path, self.headers.get("Authorization", "")):
                self._send(401, json.dumps({"error": "account", "message": "unknown application account"}).encode())
                return
            result = server.answer(self.command, self.path, body)
            if not isinstance(result, Trouble) and isinstance(result[1], Sheet):
                self._send_sheet(result[0], result[1])
            elif not isinstance(result, Trouble):
                self._send(result[0], json.dumps(result[1]).encode())
            elif result.answer == "none":
                self.close_connection = True
                with contextlib.suppress(OSError):
                    self.connection.shutdown(socket.SHUT_RDWR)
            elif result.answer == "garbage":
                self._send(200, GARBAGE)
            else:
                self._send(result.status, json.dumps({"error": "status", "message": "trouble"}).encode())

        def _send_sheet(self, status: int, sheet: Sheet) -> None:
            lines = {"Content-Type": "application/pdf", "Content-Length": len(sheet.content), **sheet.headers}
            head = f"HTTP/1.1 {status} OK\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
            content = sheet.content[: len(sheet.content) // 2] if sheet.cut else sheet.content
            self.close_connection = self.close_connection or sheet.cut
            try:
                self.connection.sendall(head.encode() + b"\r\n" + content)
            except OSError:
                self.close_connection = True

        def _send(self, status: int, content: bytes) -> None:
            head = (
                f"HTTP/1.1 {status} {self.responses.get(status, ('',))[0]}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n"
                f"{'WWW-Authenticate: Basic realm=siaga' + chr(13) + chr(10) if status == 401 else ''}\r\n"
            )
            # One send: two small segments would wait for the peer's delayed acknowledgement (40 ms).
            try:
                self.connection.sendall(head.encode() + content)
            except OSError:
                self.close_connection = True

    return Connection


def _form(kind: str, content: bytes) -> Json:
    """The fields of a form (RFC 7578): texts, and files as bytes."""
    message = email.message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + content, policy=email.policy.HTTP)
    fields: Json = {}
    for part in message.iter_parts() if message.is_multipart() else ():
        name, data = part.get_param("name", header="Content-Disposition"), part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(data, bytes):
            fields[name] = data.decode() if part.get_filename() is None else data
    return fields
