"""The packets of the ZFM-20 / R30x / AS608 / R503 fingerprint modules. Pure; from the modules' user manuals.

A packet is EF 01, an address (4 bytes), what it is (1), a length (2, content and sum), the content, and the sum of
everything after the address modulo 65536 (2). All big-endian.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

COMMAND, DATA, ANSWER, LAST_DATA = 1, 2, 7, 8
OK, DAMAGED_COMMAND, NO_FINGER, BAD_PICTURE, WRONG_PASSWORD = 0x00, 0x01, 0x02, 0x03, 0x13
TAKE_PICTURE, SEND_PICTURE = b"\x01", b"\x0a"
READ_PARAMETERS, READ_PRODUCT = b"\x0f", b"\x3c\x00"
MAX_CONTENT = 256
MAX_PICTURE = 1 << 17
SIZES = {256 * 288 // 2: (256, 288), 192 * 192 // 2: (192, 192)}
"""Width and height of sensors that do not tell, by the bytes of their picture."""

_START = b"\xef\x01"
_LEAD = _START + b"\xff\xff\xff\xff"
"""With the address that modules leave the factory with: six bytes that a picture will hardly hold."""
_HEAD = 9
_VERIFY = b"\x13"
_LONGEST_ANSWER = 64
"""Content and sum of an answer; the longest known is READ_PRODUCT's with 49."""


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet with a sum that holds."""

    kind: int
    content: bytes


def packet(kind: int, content: bytes, address: int = 0xFFFFFFFF) -> bytes:
    """The packet on the wire."""
    body = struct.pack(">BH", kind, len(content) + 2) + content
    return _START + struct.pack(">I", address) + body + struct.pack(">H", sum(body) & 0xFFFF)


def verify_password(password: int) -> bytes:
    """The command that opens a module; modules leave the factory with 0."""
    return _VERIFY + struct.pack(">I", password)


class PacketReader:
    """Finds packets in a stream, whatever stands between them; keeps at most one unfinished packet.

    `damaged` counts what began as a packet and was none (impossible length or wrong sum).
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.damaged = 0

    def feed(self, data: bytes) -> list[Packet]:
        """The packets that became complete with these bytes, in order."""
        self._buffer += data
        packets = []
        at = 0
        while True:
            start = self._buffer.find(_START, at)
            if start < 0:
                # The last byte may be the first half of a start.
                at = max(at, len(self._buffer) - (1 if self._buffer.endswith(_START[:1]) else 0))
                break
            at = start
            if len(self._buffer) < start + _HEAD:
                break
            kind, length = struct.unpack_from(">BH", self._buffer, start + 6)
            end = start + _HEAD + length
            if kind not in {COMMAND, DATA, ANSWER, LAST_DATA} or not 2 < length <= MAX_CONTENT + 2:
                self.damaged += 1
                at = start + len(_START)
                continue
            if len(self._buffer) < end:
                break
            if sum(self._buffer[start + 6 : end - 2]) & 0xFFFF != int.from_bytes(self._buffer[end - 2 : end], "big"):
                self.damaged += 1
                at = start + len(_START)
                continue
            packets.append(Packet(kind, bytes(self._buffer[start + _HEAD : end - 2])))
            at = end
        del self._buffer[:at]
        return packets


def hidden_in_command(piece: bytes) -> slice:
    """What a wire log may not keep of a command: the module's password."""
    return slice(_HEAD + 1, None) if piece[_HEAD : _HEAD + 1] == _VERIFY else slice(0, 0)


def hidden_in_piece(piece: bytes) -> slice:
    """What it may not keep of bytes that came in: all but a whole answer at their beginning, or a data packet's head.

    Where a packet does not begin with the piece, all of it may be a picture.
    """
    if not piece.startswith(_LEAD) or len(piece) < _HEAD:
        return slice(None)
    kind, length = struct.unpack_from(">BH", piece, len(_LEAD))
    return slice(_HEAD + length if kind == ANSWER and length <= _LONGEST_ANSWER else _HEAD, None)


@dataclass(frozen=True, slots=True)
class Parameters:
    """What every module says of itself: its system id, the bytes of a data packet, its line speed."""

    system: int
    packet_bytes: int
    baud: int


@dataclass(frozen=True, slots=True)
class Product:
    """What an R503 says of itself besides; width and height in pixels."""

    model: str
    serial: str
    width: int
    height: int


def parameters(answer: bytes) -> Parameters | None:
    """The answer to READ_PARAMETERS, None if it is not one."""
    if len(answer) != 17 or answer[0] != OK:
        return None
    _, system, _, _, _, size, speed = struct.unpack(">HHHHIHH", answer[1:])
    return Parameters(system, 32 << min(size, 3), 9600 * speed)


def product(answer: bytes) -> Product | None:
    """The answer to READ_PRODUCT, None if it is not one."""
    if len(answer) != 47 or answer[0] != OK:
        return None
    model, _, serial, _, _, width, height, _, _ = struct.unpack(">16s4s8sH8sHHHH", answer[1:])
    if not (0 < width <= 512 and 0 < height <= 512):
        return None
    return Product(_text(model), serial.hex(), width, height)


def _text(field: bytes) -> str:
    return "".join(chr(one) for one in field if 32 < one < 127)


def grey(packed: bytes) -> bytes:
    """Two pixels a byte, the left one in the high half, as 8-bit grey."""
    out = bytearray(2 * len(packed))
    out[0::2] = bytes((one >> 4) * 17 for one in packed)
    out[1::2] = bytes((one & 15) * 17 for one in packed)
    return bytes(out)
