"""The child that speaks to an Evolis printer through the maker's SDK; it knows frames and words, no faults.

A request is a length (4 bytes big-endian), a JSON object and, for `print`, a picture. `do` is `look` (how is it?),
`print` (begin), `progress` (of what was begun) or `move` (the card inside, `to` a position). A reply is a JSON
object; `missing` is the SDK, `absent` the printer.
"""

from __future__ import annotations

import io
import json
import os
import struct
import sys
import threading
from typing import Any

from appliance.drivers.framed_service import serve


class Printer:
    """One printer by name, opened when it is first asked."""

    def __init__(self, sdk: Any, name: str) -> None:
        self._sdk = sdk
        self._name = name
        self._link: Any = None
        self._printing: threading.Thread | None = None
        self._result = ""

    def look(self) -> dict[str, Any]:
        """State, model, ribbon and card counter, as far as the printer tells them."""
        link = self._open()
        if link is None:
            return {"absent": "no printer of this name, or it is off"}
        state = link.get_state()
        if state.minor.name in ("PRINTER_UNKNOWN", "PRINTER_OFFLINE"):
            self._close()
            return {"absent": state.minor.name}
        info, ribbon, cleaning = link.get_info(), link.get_ribbon_info(), link.get_cleaning_info()
        return {
            "state": state.minor.name,
            "model": info.modelName if info else "",
            "serial": info.serialNumber if info else "",
            "firmware": info.fwVersion if info else "",
            "ribbon": [ribbon.description, ribbon.remaining, ribbon.capacity] if ribbon else [],
            "counter": cleaning.totalCardCount if cleaning else None,
        }

    def begin(self, picture: bytes, seconds: float) -> dict[str, Any]:
        """Begin to print; `refused` names the SDK's return code if it cannot begin."""
        link = self._open()
        if link is None:
            return {"absent": "no printer of this name, or it is off"}
        session = self._sdk.PrintSession(link)
        if not session.init() or not session.set_image_buffer(self._sdk.CardFace.FRONT, bytearray(picture)):
            return {"refused": session.get_last_error().name}
        self._result = ""
        self._printing = threading.Thread(target=self._print, args=(session, seconds), daemon=True)
        self._printing.start()
        return {"begun": True}

    def move(self, to: str) -> dict[str, Any]:
        """Bring the card inside to a position (`CardPos`), drawing one in first where there is none."""
        link = self._open()
        if link is None:
            return {"absent": "no printer of this name, or it is off"}
        if not link.set_card_pos(self._sdk.CardPos[to]):
            return {"refused": link.get_last_error().name}
        return {"moved": True}

    def progress(self) -> dict[str, Any]:
        """The return code once printing has ended, an empty word before; None if nothing was begun here."""
        if self._printing is None:
            return {"result": None}
        self._printing.join(0.2)
        return {"result": self._result}

    def _print(self, session: Any, seconds: float) -> None:
        self._result = session.print(int(seconds * 1000)).name

    def _open(self) -> Any:
        if self._link is None:
            link = self._sdk.Connection()
            self._link = link if link.open(self._name) else None
        return self._link

    def _close(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.close()


def main() -> None:
    """Answer frames on standard input; the argument is the printer's name."""
    # Whatever the SDK prints goes to the log, not between our frames.
    frames = os.dup(1)
    os.dup2(2, 1)
    sys.stdout = io.TextIOWrapper(os.fdopen(frames, "wb"))
    try:
        import evolis
    except (ImportError, OSError) as error:
        # OSError: the package is there, its library for this processor is not.
        why = "evolis-sdk is not installed" if isinstance(error, ImportError) else "evolis-sdk does not run here"
        serve(lambda _: json.dumps({"missing": why}).encode())
        return
    printer = Printer(evolis, sys.argv[1])

    def answer(frame: bytearray) -> bytes:
        begin = 4 + struct.unpack(">I", frame[:4])[0]
        wanted = json.loads(frame[4:begin])
        match wanted["do"]:
            case "look":
                reply = printer.look()
            case "print":
                reply = printer.begin(bytes(frame[begin:]), wanted["seconds"])
            case "move":
                reply = printer.move(wanted["to"])
            case _:
                reply = printer.progress()
        return json.dumps(reply).encode()

    serve(answer)


if __name__ == "__main__":
    main()
