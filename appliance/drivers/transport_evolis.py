"""An Evolis printer through its maker's SDK, in a child that can be killed: its calls wait 30 seconds and more."""

from __future__ import annotations

import json
import struct
from typing import Any

from appliance.clock import Deadline
from appliance.drivers.framed_child import ChildGone, ChildSilent, FramedChild
from appliance.faults import DeviceFault, FaultCode

CHILD = "appliance.drivers.transport_evolis_child"


class EvolisLink:
    """All calls raise `printer.unreachable` if SDK or printer is not there or does not answer in time."""

    def __init__(self, name: str, child: FramedChild | None = None) -> None:
        self._child = child or FramedChild(CHILD, name)

    @property
    def process_id(self) -> int | None:
        """The child's; None if none runs."""
        return self._child.process_id

    def look(self, by: Deadline) -> dict[str, Any]:
        """`state`, `model`, `serial`, `firmware`, `ribbon` (name, left, full; or nothing), `counter` (or None)."""
        return _facts(self._ask({"do": "look"}, by))

    def begin(self, picture: bytes, seconds: float, by: Deadline) -> str:
        """Begin to print; empty, or why the SDK refuses."""
        return str(self._ask({"do": "print", "seconds": seconds}, by, picture).get("refused", ""))

    def progress(self, by: Deadline) -> str | None:
        """The SDK's return code of what was begun, empty while it prints, None if this child began nothing."""
        if self._child.process_id is None:
            return None
        result = self._ask({"do": "progress"}, by).get("result")
        return None if result is None else str(result)

    def move(self, to: str, by: Deadline) -> str:
        """Bring the card to this `CardPos` of the SDK; empty, or why the SDK refuses."""
        return str(self._ask({"do": "move", "to": to}, by).get("refused", ""))

    def close(self) -> None:
        """End the child; what it is sending breaks off."""
        self._child.kill()

    def _ask(self, wanted: dict[str, object], by: Deadline, picture: bytes = b"") -> dict[str, Any]:
        text = json.dumps(wanted).encode()
        try:
            reply = json.loads(self._child.ask(struct.pack(">I", len(text)) + text + picture, by))
        except (ValueError, RecursionError):
            raise self._nonsense() from None
        except ChildSilent:
            raise DeviceFault(FaultCode.PRINTER_UNREACHABLE, "no answer before the deadline; SDK ended") from None
        except ChildGone:
            raise DeviceFault(FaultCode.PRINTER_UNREACHABLE, "the SDK ended by itself") from None
        if not isinstance(reply, dict):
            raise self._nonsense()
        for trouble in ("missing", "absent"):
            if trouble in reply:
                self.close()
                raise DeviceFault(FaultCode.PRINTER_UNREACHABLE, str(reply[trouble]))
        return reply

    def _nonsense(self) -> DeviceFault:
        self.close()
        return DeviceFault(FaultCode.PRINTER_UNREACHABLE, "the SDK's process answered what is none")


def _facts(said: dict[str, Any]) -> dict[str, Any]:
    """What a look found, each value of its kind; a text that is none is empty, a number that is none is not told."""
    ribbon, counter = said.get("ribbon"), said.get("counter")
    texts = {name: str(said.get(name) or "") for name in ("state", "model", "serial", "firmware")}
    whole = isinstance(ribbon, list) and len(ribbon) == 3 and all(type(one) is int for one in ribbon[1:])
    return {**texts, "ribbon": ribbon if whole else None, "counter": counter if type(counter) is int else None}
