"""What an answer to reset tells of a card (ISO/IEC 7816-3 §8.2; 7816-4 §8.1), pure; anything odd means: not told."""

from __future__ import annotations

_CAPABILITIES = 0x7
_EXTENDED_LENGTHS = 0x40
_COMPACT_TLV, _COMPACT_TLV_WITH_STATUS = 0x80, 0x00


def historical_bytes(atr: bytes) -> bytes:
    """The historical bytes, at most 15; empty if there are none or the ATR is not well-formed."""
    if len(atr) < 2 or atr[0] not in (0x3B, 0x3F):
        return b""
    follow, count, at = atr[1] >> 4, atr[1] & 0x0F, 2
    while follow:
        at += (follow & 7).bit_count()
        if not follow & 8:
            break
        if at >= len(atr):
            return b""
        follow = atr[at] >> 4
        at += 1
    historical = atr[at : at + count]
    return historical if len(historical) == count else b""


def extended_lengths(atr: bytes) -> bool:
    """Whether the card says that it takes extended Lc and Le fields (7816-4 §8.1.1.2.7, third table, bit 7).

    A card that tells no capabilities takes none.
    """
    historical = historical_bytes(atr)
    if not historical or historical[0] not in (_COMPACT_TLV, _COMPACT_TLV_WITH_STATUS):
        return False
    body = historical[1:-3] if historical[0] == _COMPACT_TLV_WITH_STATUS else historical[1:]
    while body:
        tag, length = body[0] >> 4, body[0] & 0x0F
        value, body = body[1 : 1 + length], body[1 + length :]
        if tag == _CAPABILITIES:
            return len(value) == 3 == length and bool(value[2] & _EXTENDED_LENGTHS)
    return False


def is_extended(apdu: bytes) -> bool:
    """Whether a command APDU has extended length fields (7816-4 §5.1): a zero where a short Lc stands, and more."""
    return len(apdu) >= 7 and apdu[4] == 0
