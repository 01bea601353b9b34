"""The code printed on our family cards: what leads to the books, and what tells it genuine without them. Pure.

`SIAGA-KK:number:second` leads to the books: the KK number, and the second in which the card was typeset. An office
with a paper key adds `:seal`, base45 of a body of 37 bytes and an ECDSA signature over all that stands before it
(decision 60). All of it is upper case, for the alphanumeric mode of a QR code (ISO/IEC 18004 §7.4.4).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from appliance.casework import base45

VERSION, FAMILY_CARD = 1, 1
"""The first byte of a body, and its type of paper; no other is read."""
KEY_ID_BYTES, RECORD_BYTES, SIGNATURE_BYTES = 8, 16, 64
BODY_BYTES = 1 + KEY_ID_BYTES + 1 + 8 + 3 + RECORD_BYTES
_SEAL_LETTERS = (BODY_BYTES + SIGNATURE_BYTES) // 2 * 3 + 2
_EPOCH = date(1970, 1, 1).toordinal()

_PLAIN = re.compile(r"SIAGA-KK:([0-9]{16}):([0-9a-fA-F]{1,12})")
_SEALED = re.compile(rf"(SIAGA-KK:([0-9]{{16}}):([1-9A-F][0-9A-F]{{0,11}}):)([0-9A-Z $%*+\-./:]{{{_SEAL_LETTERS}}})")

Sign = Callable[[bytes], bytes]
"""An office's signature over these bytes: r and s of ECDSA P-256 with SHA-256, 32 bytes each."""


@dataclass(frozen=True, slots=True)
class SealBody:
    """What an office vouches for: 37 bytes.

    `key_id` names its key (8 bytes), `issued_on` is the day that the card bears, `record` the digest of all that is
    printed on it (16 bytes, `documents.family_card_record`).
    """

    key_id: bytes
    kk_number: str = field(repr=False)
    issued_on: date
    record: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Seal:
    """A body with its signature (r and s, 64 bytes) over `signed`: the code up to the seal, then the body."""

    body: SealBody
    signed: bytes = field(repr=False)
    signature: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class FamilyCardCode:
    """What a code says: KK number, UTC second of typesetting, and the seal, None where the office had no key.

    Whether the signature holds is not known here.
    """

    kk_number: str = field(repr=False)
    second: int
    seal: Seal | None = None


def family_card_link(kk_number: str, issued_at: int) -> str:
    """What the QR code of a family card holds that is not sealed; `issued_at` in UTC milliseconds."""
    return f"SIAGA-KK:{kk_number}:{issued_at // 1000:X}"


def sealed_link(body: SealBody, issued_at: int, sign: Sign) -> str:
    """The same with the seal: 187 letters in our days. Raises ValueError for a body that cannot be packed."""
    head = f"{family_card_link(body.kk_number, issued_at)}:"
    packed = pack(body)
    return head + base45.encode(packed + sign(head.encode("ascii") + packed))


def family_card_code(text: str) -> FamilyCardCode | None:
    """What is said by the code that was held up, or None for any text that no program of ours prints.

    Codes of older programs have lower-case digits and no seal. Nothing of a text may be kept.
    """
    text = text.strip()
    if plain := _PLAIN.fullmatch(text):
        return FamilyCardCode(plain[1], int(plain[2], 16))
    sealed = _SEALED.fullmatch(text)
    if sealed is None:
        return None
    try:
        data = base45.decode(sealed[4])
        body = unpack(data[:BODY_BYTES])
    except ValueError:
        return None
    signed = sealed[1].encode("ascii") + data[:BODY_BYTES]
    return FamilyCardCode(sealed[2], int(sealed[3], 16), Seal(body, signed, data[BODY_BYTES:]))


def pack(body: SealBody) -> bytes:
    """Version, key id, type, KK number in BCD, days since 1970 (big-endian), record; raises ValueError."""
    if not re.fullmatch("[0-9]{16}", body.kk_number):
        raise ValueError("a KK number has 16 digits")
    if len(body.key_id) != KEY_ID_BYTES or len(body.record) != RECORD_BYTES or body.issued_on.toordinal() < _EPOCH:
        raise ValueError("key id, record or day is none that a body holds")
    days = (body.issued_on.toordinal() - _EPOCH).to_bytes(3, "big")
    number = bytes.fromhex(body.kk_number)
    return bytes([VERSION]) + body.key_id + bytes([FAMILY_CARD]) + number + days + body.record


def unpack(data: bytes) -> SealBody:
    """The body in these 37 bytes; raises ValueError for another length, version or type, and what is no number."""
    if len(data) != BODY_BYTES:
        raise ValueError(f"a body has {BODY_BYTES} bytes, not {len(data)}")
    version, key_id, kind, number = data[0], data[1:9], data[9], data[10:18].hex()
    if (version, kind) != (VERSION, FAMILY_CARD):
        raise ValueError(f"version {version}, type {kind}: not known here")
    if not number.isdecimal():
        raise ValueError("no number in BCD")
    day = int.from_bytes(data[18:21], "big") + _EPOCH
    if day > date.max.toordinal():
        raise ValueError("no day of any calendar")
    return SealBody(key_id, number, date.fromordinal(day), data[21:])
