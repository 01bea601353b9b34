"""The verbs of the maker's SDK that the child calls, by its documentation (evolis-sdk 9.4.1), over a folder of facts.

This stands in for the library, not for a printer at its wire: the wire is not published. It proves the driver's
translation, the child and the journal, and nothing about the SDK or a printer.
"""

from __future__ import annotations

import json
import os
import time
from enum import Enum
from pathlib import Path
from types import SimpleNamespace
from typing import Any

_FOLDER = Path(os.environ["EVOLIS_STAND_IN"])


def _facts() -> dict[str, Any]:
    return json.loads((_FOLDER / "facts").read_text())  # type: ignore[no-any-return]


def _change(**changes: Any) -> None:
    path = _FOLDER / "facts"
    path.with_suffix(".new").write_text(json.dumps({**_facts(), **changes}))
    path.with_suffix(".new").replace(path)


class CardFace(Enum):
    FRONT = 0


class CardPos(Enum):
    REJECT = 4
    CONTACT = 5
    CONTACTLESS = 6


class ReturnCode(Enum):
    OK = 0
    PRINTER_EOTHER = -40
    PRINT_EDATA = -20
    PRINT_NEEDACTION = -21
    PRINT_EMECHANICAL = -22
    ECANCELLED = -3


class Connection:
    def open(self, name: str) -> bool:
        print("libraries talk")
        while _facts()["hangs"]:
            time.sleep(0.05)
        return name == "Evolis Primacy 2" and bool(_facts()["plugged"])

    def close(self) -> None:
        """Nothing is held."""

    def get_state(self) -> Any:
        word = _facts()["state"] if _facts()["plugged"] else "PRINTER_OFFLINE"
        return SimpleNamespace(minor=SimpleNamespace(name=word))

    def set_card_pos(self, position: CardPos) -> bool:
        facts = _facts()
        if facts["next"] == "stuck":
            _change(next="", state="ERR_FEEDER_ERROR")
            return False
        if facts["next"] == "refuse":
            _change(next="")
            return False
        _change(at=position.name)
        return True

    def get_last_error(self) -> ReturnCode:
        return ReturnCode.PRINTER_EOTHER

    def get_info(self) -> Any:
        return SimpleNamespace(modelName="Primacy 2", serialNumber="10001234", fwVersion="2010")

    def get_ribbon_info(self) -> Any:
        return SimpleNamespace(description="YMCKO", remaining=150, capacity=300)

    def get_cleaning_info(self) -> Any:
        return SimpleNamespace(totalCardCount=_facts()["counter"])


class PrintSession:
    def __init__(self, connection: Connection) -> None:
        self._picture = b""

    def init(self) -> bool:
        return True

    def set_image_buffer(self, face: CardFace, buffer: bytearray) -> bool:
        self._picture = bytes(buffer)
        return face is CardFace.FRONT and self._picture.startswith(b"\x89PNG")

    def get_last_error(self) -> ReturnCode:
        return ReturnCode.PRINT_EDATA

    def print(self, timeout: int) -> ReturnCode:
        facts = _facts()
        while facts["stalled"]:
            time.sleep(0.02)
            facts = _facts()
        if facts["next"] == "jam":
            _change(state="ERR_MECHANICAL", next="")
            return ReturnCode.PRINT_EMECHANICAL
        if facts["next"] == "abort":
            _change(next="")
            return ReturnCode.ECANCELLED
        if facts["next"] == "cover":
            _change(state="DEF_COVER_OPEN", next="")
            return ReturnCode.PRINT_NEEDACTION
        _change(counter=facts["counter"] + 1, cards=facts["cards"] + 1)
        return ReturnCode.OK
