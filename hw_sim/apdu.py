"""Short command APDUs and simple TLV as the card side takes them apart (ISO/IEC 7816-4 §5.1, §5.2.2)."""

from __future__ import annotations

from dataclasses import dataclass


class StatusError(Exception):
    """The card refuses; `sw` is the status word of its answer."""

    def __init__(self, sw: int) -> None:
        super().__init__(f"{sw:04X}")
        self.sw = sw


WRONG_LENGTH = 0x6700
SECURITY_NOT_SATISFIED = 0x6982
KEY_BLOCKED = 0x6983
CONDITIONS_NOT_SATISFIED = 0x6985
SECURE_MESSAGING_WRONG = 0x6988
WRONG_DATA = 0x6A80
NOT_FOUND = 0x6A82
NO_ROOM = 0x6A84
WRONG_P1_P2 = 0x6A86
REFERENCE_NOT_FOUND = 0x6A88
FILE_EXISTS = 0x6A89
OUT_OF_FILE = 0x6B00
UNKNOWN_INS = 0x6D00
UNKNOWN_CLA = 0x6E00
OK = 0x9000


@dataclass(frozen=True, slots=True)
class Command:
    """A short command APDU; `le` is None without Le field, 256 for Le = 00."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = b""
    le: int | None = None

    @property
    def offset(self) -> int:
        """P1-P2 as the 15-bit offset of READ and UPDATE BINARY; 6A86 when P1 names a short file identifier."""
        if self.p1 & 0x80:
            raise StatusError(WRONG_P1_P2)
        return self.p1 << 8 | self.p2

    def expects(self, p1: int, p2: int, length: int | None = None) -> None:
        """Raise 6A86 unless P1-P2 are these, 6700 unless the data field has this length."""
        if (self.p1, self.p2) != (p1, p2):
            raise StatusError(WRONG_P1_P2)
        if length is not None and len(self.data) != length:
            raise StatusError(WRONG_LENGTH)


def parse(apdu: bytes) -> Command:
    """Take a short APDU of case 1 to 4 apart; 6700 for any other shape, extended length included."""
    if len(apdu) < 4:
        raise StatusError(WRONG_LENGTH)
    cla, ins, p1, p2 = apdu[:4]
    body = apdu[4:]
    if not body:
        return Command(cla, ins, p1, p2)
    if len(body) == 1:
        return Command(cla, ins, p1, p2, le=body[0] or 256)
    length = body[0]
    rest = len(body) - 1 - length
    if length == 0 or rest not in (0, 1):
        raise StatusError(WRONG_LENGTH)
    le = (body[-1] or 256) if rest else None
    return Command(cla, ins, p1, p2, body[1 : 1 + length], le)


def tlv(tag: int, value: bytes) -> bytes:
    """One BER-TLV with a one-byte tag and a value of at most 255 bytes."""
    length = bytes([len(value)]) if len(value) < 0x80 else bytes([0x81, len(value)])
    return bytes([tag]) + length + value


def read_tlvs(data: bytes) -> dict[int, bytes]:
    """The BER-TLVs of one level, one-byte tags and lengths below 128; 6A80 if malformed or a tag comes twice."""
    found: dict[int, bytes] = {}
    while data:
        if len(data) < 2 or data[1] >= 0x80 or len(data) < 2 + data[1] or data[0] in found:
            raise StatusError(WRONG_DATA)
        found[data[0]] = data[2 : 2 + data[1]]
        data = data[2 + data[1] :]
    return found
