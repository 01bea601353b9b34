"""What changes something at CUPS: through pycups, in a child process that can be killed.

pycups' calls have no time limit and its C code has crashed, so neither may happen in the process that keeps cases.
The child is `transport_cups_child`. What is only asked goes its own way, by `transport_cups`.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from time import monotonic

from appliance.clock import Deadline
from appliance.drivers.framed_child import ChildGone, ChildSilent, FramedChild
from appliance.drivers.transport_cups import Address
from appliance.drivers.wire_log import NOTHING
from appliance.faults import DeviceFault, FaultCode

CHILD = "appliance.drivers.transport_cups_child"
IDLE_SECONDS = 30.0
"""A child that has had nothing to do for so long ends by itself."""

_TRUSTED_PART = 0.8
_LEAN = {"MALLOC_MMAP_THRESHOLD_": "131072"}
"""mallopt(3): gives a document's memory back as soon as it is sent."""

_PLACE = "/printers/"
_NO_LIBRARY, _NO_SERVER = 0x10001, 0x10002
_NOT_LET = frozenset({0x0401, 0x0402, 0x0403, 0x1000})
"""Forbidden, not authenticated, not authorized (RFC 8011 §B.1.4); libcups' own: it had nothing to show for itself."""

_DETAILS = {_NO_LIBRARY: "pycups is not installed", _NO_SERVER: "CUPS does not take the connection"}


class Doubtful(DeviceFault):
    """The change may have been made: ask CUPS before anything else."""


class CupsChanges:
    """Changes to one queue in the name of `user`; ValueError if the address is none of a queue.

    All calls raise `printer.timed-out` when `by` passes and `printer.unreachable` when the child ends or CUPS or
    pycups is not there. A refusal by CUPS is returned, or raised as `printer.other`.
    """

    def __init__(
        self, at: Address, user: str, idle_seconds: float = IDLE_SECONDS, child: FramedChild | None = None
    ) -> None:
        if not at.path.startswith(_PLACE) or not at.path.removeprefix(_PLACE):
            raise ValueError("not the address of a print queue: its path is /printers/NAME")
        self._queue = at.path.removeprefix(_PLACE)
        self._user = user
        self._tap = at.tap
        self._server = {"host": at.socket_path or at.host, "port": at.port, "tls": at.tls}
        self._child = child or FramedChild(CHILD, str(idle_seconds), environment=_LEAN)
        self._trusted_seconds = idle_seconds * _TRUSTED_PART
        self._used = 0.0

    @property
    def process_id(self) -> int | None:
        """The child's; None if none runs."""
        return self._child.process_id

    def start(self) -> None:
        """Let the child start while others work; returns at once."""
        if monotonic() - self._used > self._trusted_seconds:
            # It may be just ending.
            self._child.kill()
        self._used = monotonic()
        self._child.start()

    def close(self) -> None:
        """End the child; never raises."""
        self._child.kill()

    def ready(self, by: Deadline) -> None:
        """See that pycups is there."""
        self._ask(b"H", {}, by)

    def submit(
        self,
        name: str,
        title: str,
        options: Mapping[str, str],
        document: bytes,
        by: Deadline,
        kind: str = "application/pdf",
    ) -> int:
        """Create a job of this name with a document of this MIME type in it; returns its number.

        Raises Doubtful if it may be there.
        """
        wanted = {"user": self._user, "name": name, "title": title, "options": dict(options), "format": kind}
        status, number = self._ask(b"S", wanted, by, document)
        if status:
            raise Doubtful(FaultCode.PRINTER_OTHER, f"submit {status:#06x}")
        return number

    def cancel(self, number: int, by: Deadline) -> bool:
        """Cancel a job; False if CUPS refuses, as it does when the job has ended."""
        return self._ask(b"C", {"user": self._user, "number": number}, by)[0] == 0

    def enable(self, by: Deadline) -> None:
        """Start the stopped queue, with the rights of the user whose process this is.

        `printer.start-refused` if CUPS does not let that user, `printer.other` for another refusal.
        """
        status, _ = self._ask(b"E", {"user": ""}, by)
        if status in _NOT_LET:
            raise DeviceFault(FaultCode.PRINTER_START_REFUSED, f"enable {status:#06x}: not by this account")
        if status:
            raise DeviceFault(FaultCode.PRINTER_OTHER, f"enable {status:#06x}")

    def _ask(
        self, letter: bytes, wanted: Mapping[str, object], by: Deadline, document: bytes = b""
    ) -> tuple[int, int]:
        self.start()
        text = json.dumps({**self._server, "queue": self._queue, **wanted}).encode()
        head = letter + struct.pack(">I", len(text)) + text
        self._tap("out", head, NOTHING)
        if document:
            self._tap("out", document)
        try:
            reply = self._child.ask(head + document, by)
        except ChildSilent:
            raise Doubtful(FaultCode.PRINTER_TIMEOUT, "no answer before the deadline; pycups process ended") from None
        except ChildGone:
            raise Doubtful(FaultCode.PRINTER_UNREACHABLE, "pycups process ended by itself") from None
        self._used = monotonic()
        self._tap("in", reply, NOTHING)
        if len(reply) != 8:
            self._child.kill()
            raise Doubtful(FaultCode.PRINTER_UNREACHABLE, f"pycups process answered {len(reply)} bytes")
        status, number = struct.unpack(">II", reply)
        if status in _DETAILS:
            raise DeviceFault(FaultCode.PRINTER_UNREACHABLE, _DETAILS[status])
        return status, number
