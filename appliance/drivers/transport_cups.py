"""Questions by IPP over HTTP to CUPS or straight to a printer, with a deadline on every call.

What changes something at CUPS goes through pycups (`transport_cups_changes`). Questions do not: pycups crashes on a
list of jobs, and addresses every request to CUPS's own paths, which the printer behind a queue does not know; so a
job at the printer is canceled from here too.
"""

from __future__ import annotations

import http.client
import itertools
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from appliance.clock import Deadline
from appliance.drivers import ipp
from appliance.drivers.wire_log import NOTHING, Tap, no_tap
from appliance.faults import DeviceFault, FaultCode

_IPP_PORT = 631
_LARGEST_ANSWER = 8 * 1024 * 1024
_ids = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Address:
    """Where an IPP service answers: TCP host and port, or `socket_path`; `path` is the resource behind it.

    `tap` is told what goes there and comes from there: questions and answers, in which no person is named."""

    host: str
    port: int
    path: str
    socket_path: str | None = None
    tls: bool = False
    tap: Tap = field(default=no_tap, repr=False, compare=False)

    @property
    def uri(self) -> str:
        """The `printer-uri` operation attribute; CUPS takes `localhost` on a domain socket."""
        if self.socket_path is not None:
            return f"ipp://localhost{self.path}"
        return f"ipp{'s' if self.tls else ''}://{self.host}:{self.port}{self.path}"


def address(uri: str) -> Address:
    """`ipp://host[:port]/path`, `ipps://…`, or `ipp://%2Fpath%2Fcups.sock/path`; raises ValueError for others."""
    parts = urlsplit(uri)
    place = unquote(parts.netloc)
    if parts.scheme not in {"ipp", "ipps"} or not place:
        raise ValueError("not an ipp: address of a host or a socket")
    if place.startswith("/"):
        return Address("localhost", _IPP_PORT, parts.path or "/", socket_path=place)
    if not parts.hostname:
        raise ValueError("no host in the address")
    return Address(parts.hostname, parts.port or _IPP_PORT, parts.path or "/", tls=parts.scheme == "ipps")


def _connect(to: Address, by: Deadline) -> socket.socket:
    if to.socket_path is not None:
        wire = socket.socket(socket.AF_UNIX)
        try:
            wire.settimeout(max(0.01, by.remaining()))
            wire.connect(to.socket_path)
        except OSError:
            wire.close()
            raise
        return wire
    wire = socket.create_connection((to.host, to.port), max(0.01, by.remaining()))
    wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if not to.tls:
        return wire
    # Printers sign their own certificates; CUPS itself trusts them at first sight.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(wire, server_hostname=to.host)


_kept: ContextVar[dict[tuple[object, ...], http.client.HTTPConnection] | None] = ContextVar("kept", default=None)


@contextmanager
def one_connection_each() -> Iterator[None]:
    """Within, all questions of this thread to one service go over one connection (RFC 9112 §9.3)."""
    if _kept.get() is not None:
        yield
        return
    links: dict[tuple[object, ...], http.client.HTTPConnection] = {}
    before = _kept.set(links)
    try:
        yield
    finally:
        _kept.reset(before)
        for link in links.values():
            link.close()


def _exchange(to: Address, body: bytes, by: Deadline) -> tuple[int, bytes]:
    links, place = _kept.get(), (to.host, to.port, to.socket_path, to.tls)
    link = None if links is None else links.pop(place, None)
    if link is not None:
        try:
            return _spoken(link, to, body, by, links)
        except ConnectionError:
            # It was closed meanwhile. Nothing that is asked here matters if it is asked twice.
            pass
    link = http.client.HTTPConnection(to.host, to.port)
    link.sock = _connect(to, by)
    return _spoken(link, to, body, by, links)


def _spoken(
    link: http.client.HTTPConnection,
    to: Address,
    body: bytes,
    by: Deadline,
    links: dict[tuple[object, ...], http.client.HTTPConnection] | None,
) -> tuple[int, bytes]:
    """One request and its answer; the connection is put among `links` if it can be used again, else closed."""
    wire = link.sock
    try:
        headers = {"Content-Type": "application/ipp", "Connection": "close" if links is None else "keep-alive"}
        if to.socket_path is not None:
            headers["Host"] = "localhost"
        wire.settimeout(max(0.01, by.remaining()))
        link.request("POST", to.path, body, headers)
        wire.settimeout(max(0.01, by.remaining()))
        response = link.getresponse()
        out = bytearray()
        while chunk := response.read1(65536):
            out += chunk
            if by.passed or len(out) > _LARGEST_ANSWER:
                raise TimeoutError("the answer does not end")
            # At the end of the body the response closes the wire itself (Python 3.13 with the last byte).
            if not response.isclosed():
                wire.settimeout(max(0.01, by.remaining()))
        # Python 3.11 holds an answer of known length for unread to its end, and the connection for busy with it.
        response.close()
        if links is not None and link.sock is not None and not response.will_close:
            links[to.host, to.port, to.socket_path, to.tls] = link
            return response.status, bytes(out)
    except BaseException:
        link.close()
        raise
    link.close()
    return response.status, bytes(out)


def ask(
    to: Address,
    operation: int,
    fields: Sequence[ipp.Field],
    by: Deadline,
    job_fields: Sequence[ipp.Field] = (),
) -> ipp.Answer:
    """Ask the service at `to`; its refusals come back as the answer's status.

    Raises `printer.unreachable` when there is no answer that can be read before `by`.
    """
    body = ipp.request(operation, next(_ids), [(ipp.URI, "printer-uri", to.uri), *fields], job_fields)
    to.tap("out", body, NOTHING)
    try:
        status, data = _exchange(to, body, by)
        to.tap("in", data, NOTHING)
        if status != http.client.OK:
            raise DeviceFault(FaultCode.PRINTER_UNREACHABLE, f"HTTP {status}")
        return ipp.answer(data)
    except TimeoutError as error:
        raise DeviceFault(FaultCode.PRINTER_UNREACHABLE, "no answer in time") from error
    except (OSError, http.client.HTTPException, ipp.IppError) as error:
        raise DeviceFault(FaultCode.PRINTER_UNREACHABLE, type(error).__name__) from error
