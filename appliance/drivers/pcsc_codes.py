"""What a PC/SC return code means here (pcsc-lite `SCARD_*`), pure.

A card that is taken away shows itself in many ways, by reader, driver and moment; all that are sure are one fault. A
code that does not tell card, reader and service apart is `UNSURE`: then the reader's state is asked.
"""

from __future__ import annotations

from appliance.faults import FaultCode

SUCCESS = 0

GONE = frozenset(
    {
        0x8010000C,  # SCARD_E_NO_SMARTCARD
        0x80100069,  # SCARD_W_REMOVED_CARD
        0x80100068,  # SCARD_W_RESET_CARD: another hand had the card
        0x80100067,  # SCARD_W_UNPOWERED_CARD: another card lies there, or the same one laid again
    }
)
"""In an exchange: the card is no longer the one that was connected."""

SERVICE = frozenset(
    {
        0x8010001D,  # SCARD_E_NO_SERVICE
        0x8010001E,  # SCARD_E_SERVICE_STOPPED
        0x80100012,  # SCARD_E_SYSTEM_CANCELLED
    }
)
"""At any moment: the PC/SC service is not there."""

LOST_CONTEXT = frozenset({0x80100003, 0x80100013})
"""Outside an exchange: SCARD_E_INVALID_HANDLE and SCARD_F_COMM_ERROR are what a restarted service leaves behind."""

_IDLE = {
    0x8010000C: FaultCode.CARD_ABSENT,  # SCARD_E_NO_SMARTCARD
    0x80100069: FaultCode.CARD_GONE,  # SCARD_W_REMOVED_CARD
    0x80100068: FaultCode.CARD_GONE,  # SCARD_W_RESET_CARD
    0x80100016: FaultCode.CARD_GONE,  # SCARD_E_NOT_TRANSACTED
    0x80100066: FaultCode.CARD_MUTE,  # SCARD_W_UNRESPONSIVE_CARD
    0x80100067: FaultCode.CARD_MUTE,  # SCARD_W_UNPOWERED_CARD
    0x8010000F: FaultCode.CARD_MUTE,  # SCARD_E_PROTO_MISMATCH
    0x80100015: FaultCode.CARD_MUTE,  # SCARD_E_INVALID_ATR
}


def idle_fault(code: int) -> FaultCode:
    """The fault of a call that exchanges nothing with a card: listing, waiting, connecting."""
    if code in SERVICE or code in LOST_CONTEXT:
        return FaultCode.ENCODER_NO_SERVICE
    return _IDLE.get(code, FaultCode.ENCODER_UNREACHABLE)


def exchange_fault(code: int) -> FaultCode | None:
    """The fault of a failed exchange with a card; None if the code alone does not tell (ask the reader's state)."""
    if code in GONE:
        return FaultCode.CARD_GONE
    if code in SERVICE:
        return FaultCode.ENCODER_CUT_OFF
    if code == 0x80100066:  # SCARD_W_UNRESPONSIVE_CARD
        return FaultCode.CARD_MUTE
    return None
