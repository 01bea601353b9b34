"""The child that speaks to CUPS through pycups; it knows frames and status codes, no deadlines and no faults.

A request is one letter, the length of a JSON object (4 bytes big-endian), the object, and for `S` the document:
`H`: is the library there?, `S`: submit, `C`: cancel job `number`, `E`: enable `queue`. A reply is an IPP status code
(4 bytes; `NO_LIBRARY`, `NO_SERVER` beside them) and a number (4 bytes): that of the job.
"""

from __future__ import annotations

import json
import os
import pwd
import struct
import sys
from collections.abc import Mapping
from typing import Any

from appliance.drivers.framed_service import serve

NO_LIBRARY, NO_SERVER = 0x10001, 0x10002
_OK, _INTERNAL_ERROR = 0x0000, 0x0500
_PIECE = 65536


def _connect(cups: Any, wanted: Mapping[str, Any]) -> Any:
    # pycups remembers the name of the request before.
    cups.setUser(wanted["user"] or pwd.getpwuid(os.geteuid()).pw_name)
    # Without this libcups asks at the terminal for a password and waits.
    cups.setPasswordCB2(lambda *_: None)
    cups.setEncryption(cups.HTTP_ENCRYPT_ALWAYS if wanted["tls"] else cups.HTTP_ENCRYPT_IF_REQUESTED)
    return cups.Connection(host=wanted["host"], port=wanted["port"])


def _submit(link: Any, wanted: Mapping[str, Any], document: memoryview) -> int:
    queue = wanted["queue"]
    number = int(link.createJob(queue, wanted["name"], wanted["options"]))
    link.startDocument(queue, number, wanted["title"], wanted["format"], 1)
    for at in range(0, len(document), _PIECE):
        piece = bytes(document[at : at + _PIECE])
        link.writeRequestData(piece, len(piece))
    link.finishDocument(queue)
    return number


def _do(cups: Any, letter: bytes, wanted: Mapping[str, Any], document: memoryview) -> tuple[int, int]:
    try:
        link = _connect(cups, wanted)
    except RuntimeError:
        return NO_SERVER, 0
    try:
        match letter:
            case b"S":
                return _OK, _submit(link, wanted, document)
            case b"C":
                link.cancelJob(wanted["number"])
            case b"E":
                link.enablePrinter(wanted["queue"])
    except cups.IPPError as error:
        # Never the text beside the status: it may repeat what the job was called.
        return int(error.args[0]) or _INTERNAL_ERROR, 0
    except cups.HTTPError:
        return _INTERNAL_ERROR, 0
    return _OK, 0


def _answer(frame: bytearray) -> bytes:
    try:
        import cups
    except ImportError:
        return struct.pack(">II", NO_LIBRARY, 0)
    letter = bytes(frame[:1])
    if letter == b"H":
        return struct.pack(">II", _OK, 0)
    begin = 5 + struct.unpack(">I", frame[1:5])[0]
    with memoryview(frame) as whole:
        return struct.pack(">II", *_do(cups, letter, json.loads(frame[5:begin]), whole[begin:]))


def main() -> None:
    """Answer frames on standard input until it ends or is idle for as many seconds as the argument says."""
    serve(_answer, float(sys.argv[1]))


if __name__ == "__main__":
    main()
