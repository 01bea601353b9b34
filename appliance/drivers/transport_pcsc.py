"""PC/SC exchanges in a child process that can be killed: a card that stays silent blocks SCardTransmit for ever.

This is the side that keeps the deadlines; the child is `transport_pcsc_child`. A request is one letter and its
argument, a reply is the PC/SC return code (4 bytes, pcsc-lite `SCARD_*`) and its data.
"""

from __future__ import annotations

import struct
import time
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from appliance.clock import Deadline
from appliance.drivers.framed_child import ChildGone, ChildSilent, FramedChild
from appliance.faults import DeviceFault, FaultCode

CHILD = "appliance.drivers.transport_pcsc_child"
SETTLE_SECONDS = 5.0
"""How long a call that moves no card data (listing, connecting, resetting) may take."""

BOUNCE_SECONDS = 2.0
"""How long a card just laid down may answer badly: pcscd looks only every 0.4 s and may still hold the one before."""
BOUNCE_PAUSE = 0.03

_SUCCESS = 0
_LOST_SERVICE = frozenset({0x80100003, 0x80100013})  # SCARD_E_INVALID_HANDLE, SCARD_F_COMM_ERROR without a card
_BOUNCING = frozenset({FaultCode.CARD_ABSENT, FaultCode.CARD_GONE, FaultCode.CARD_MUTE})
_FAULTS = {
    0x8010000C: FaultCode.CARD_ABSENT,  # SCARD_E_NO_SMARTCARD
    0x80100069: FaultCode.CARD_GONE,  # SCARD_W_REMOVED_CARD
    0x80100068: FaultCode.CARD_GONE,  # SCARD_W_RESET_CARD: another hand had the card
    0x80100016: FaultCode.CARD_GONE,  # SCARD_E_NOT_TRANSACTED: how a removal shows first
    0x80100003: FaultCode.CARD_GONE,  # SCARD_E_INVALID_HANDLE: the handle of a card that has left
    0x80100066: FaultCode.CARD_MUTE,  # SCARD_W_UNRESPONSIVE_CARD
    0x80100067: FaultCode.CARD_MUTE,  # SCARD_W_UNPOWERED_CARD
    0x8010000F: FaultCode.CARD_MUTE,  # SCARD_E_PROTO_MISMATCH
    0x80100015: FaultCode.CARD_MUTE,  # SCARD_E_INVALID_ATR
    0x80100009: FaultCode.ENCODER_UNREACHABLE,  # SCARD_E_UNKNOWN_READER
    0x80100017: FaultCode.ENCODER_UNREACHABLE,  # SCARD_E_READER_UNAVAILABLE
    0x8010002E: FaultCode.ENCODER_UNREACHABLE,  # SCARD_E_NO_READERS_AVAILABLE
    0x8010000B: FaultCode.ENCODER_UNREACHABLE,  # SCARD_E_SHARING_VIOLATION
    0x8010001D: FaultCode.ENCODER_NO_SERVICE,  # SCARD_E_NO_SERVICE
    0x8010001E: FaultCode.ENCODER_NO_SERVICE,  # SCARD_E_SERVICE_STOPPED
}


@dataclass(frozen=True, slots=True)
class PcscAddress:
    """Which reader of which PC/SC service: the beginning of its name, its slot, the service's socket."""

    reader: str
    slot: int | None = None
    socket: str | None = None


def parse_uri(uri: str) -> PcscAddress:
    """`pcsc:<reader name>?slot=<number>&socket=<path>`; slot and socket may be absent. Raises ValueError."""
    parts = urlsplit(uri)
    query = parse_qs(parts.query, strict_parsing=bool(parts.query))
    reader = unquote(parts.path).strip()
    if parts.scheme != "pcsc" or not reader or query.keys() - {"slot", "socket"}:
        raise ValueError("a card reader is named as pcsc:<reader name>, then optionally ?slot=<number>&socket=<path>")
    slot = query.get("slot")
    return PcscAddress(reader, int(slot[0]) if slot else None, query.get("socket", [None])[0])


def choose_reader(names: list[str], address: PcscAddress) -> str:
    """The one name that is or begins with the address's; `chip_encoder.unreachable` for none or several.

    pcsc-lite ends each name with the reader's number and its slot, two hexadecimal digits each.
    """
    ending = "" if address.slot is None else f" {address.slot:02X}"
    if address.reader in names:
        return address.reader
    found = [name for name in names if name.startswith(address.reader) and name.endswith(ending)]
    if len(found) != 1:
        raise DeviceFault(FaultCode.ENCODER_UNREACHABLE, f"{len(found)} of {len(names)} readers have this name")
    return found[0]


class PcscTransport:
    """One reader slot. Calls block until their deadline; a call that does not end then costs the child its life.

    After any fault the connection to the card is gone and its state unknown: connect again, read again.
    """

    def __init__(self, address: PcscAddress) -> None:
        self.address = address
        environment = {"PCSCLITE_CSOCK_NAME": address.socket} if address.socket else {}
        self._child = FramedChild(CHILD, environment=environment)
        self._connected = False

    @property
    def process_id(self) -> int | None:
        """The child's; None if none runs."""
        return self._child.process_id

    def readers(self) -> list[str]:
        """All reader names of the service; raises `chip_encoder.no_service`."""
        fresh = self.process_id is None
        try:
            listed = self._ask(b"L", b"", Deadline.after(SETTLE_SECONDS), FaultCode.ENCODER_TIMEOUT)
        except DeviceFault as fault:
            # An old child's context does not outlive a restart of the service; a new one's does not know the old.
            if fault.code is not FaultCode.ENCODER_NO_SERVICE or fresh:
                raise
            listed = self._ask(b"L", b"", Deadline.after(SETTLE_SECONDS), FaultCode.ENCODER_TIMEOUT)
        return [name for name in listed.decode("utf-8", "replace").split("\0") if name]

    def connect(self, by: Deadline) -> bytes:
        """Take the card exclusively, cold; returns its ATR. Waits for a card until `by`."""
        self.disconnect()
        name = choose_reader(self.readers(), self.address).encode()
        bouncing: Deadline | None = None
        while True:
            wait = by.remaining()
            patience = Deadline.after(wait + SETTLE_SECONDS)
            self._ask(b"W", struct.pack(">I", int(wait * 1000)) + name, patience, FaultCode.ENCODER_TIMEOUT)
            try:
                atr = self._ask(b"C", name, Deadline.after(SETTLE_SECONDS), FaultCode.CARD_MUTE)
            except DeviceFault as fault:
                if fault.code not in _BOUNCING or self.process_id is None:
                    raise
                if fault.code is FaultCode.CARD_ABSENT:
                    bouncing = None
                elif bouncing is None:
                    bouncing = Deadline.after(min(BOUNCE_SECONDS, by.remaining()))
                if (bouncing or by).passed:
                    raise
                time.sleep(BOUNCE_PAUSE)
                continue
            self._connected = True
            return atr

    def present(self) -> bool:
        """Whether a card lies in the slot now."""
        name = choose_reader(self.readers(), self.address).encode()
        by = Deadline.after(SETTLE_SECONDS)
        return self._ask(b"P", name, by, FaultCode.ENCODER_TIMEOUT) == b"\x01"

    def transmit(self, apdu: bytes, by: Deadline) -> bytes:
        """Exchange one APDU; the answer has at least its status word."""
        if not self._connected:
            raise DeviceFault(FaultCode.CARD_GONE, "not connected")
        try:
            answer = self._ask(b"T", apdu, by, FaultCode.CARD_MUTE)
            # A card pulled in mid-command ends as a successful call without a status word (pcsc-lite 1.9.9, vpcd).
            if len(answer) < 2:
                raise DeviceFault(FaultCode.CARD_GONE, f"{len(answer)} bytes came back")
        except DeviceFault as fault:
            self._connected = False
            if fault.code is FaultCode.CARD_ABSENT:
                raise DeviceFault(FaultCode.CARD_GONE, fault.detail) from fault
            raise
        return answer

    def reset(self) -> bytes:
        """Cut the card's power and give it back (SCARD_UNPOWER_CARD); returns the ATR."""
        if not self._connected:
            raise DeviceFault(FaultCode.CARD_GONE, "not connected")
        self._connected = False
        atr = self._ask(b"R", b"", Deadline.after(SETTLE_SECONDS), FaultCode.CARD_MUTE)
        self._connected = True
        return atr

    def disconnect(self) -> None:
        """Let the card go, powering it off; never raises."""
        if self.process_id is None or not self._connected:
            return
        self._connected = False
        try:
            self._ask(b"D", b"", Deadline.after(SETTLE_SECONDS), FaultCode.ENCODER_TIMEOUT)
        except DeviceFault:
            self._kill()

    def close(self) -> None:
        """End the child; never raises."""
        self.disconnect()
        self._kill()

    def _ask(self, letter: bytes, argument: bytes, by: Deadline, late: FaultCode) -> bytes:
        try:
            reply = self._child.ask(letter + argument, by)
        except ChildSilent:
            self._connected = False
            raise DeviceFault(late, "no answer before the deadline; reader process ended") from None
        except ChildGone:
            self._connected = False
            raise DeviceFault(FaultCode.ENCODER_NO_SERVICE, "reader process ended by itself") from None
        code = struct.unpack(">I", reply[:4])[0]
        if code == _SUCCESS:
            return reply[4:]
        on_card = letter in (b"T", b"R")
        fault = _FAULTS.get(code, FaultCode.CARD_GONE if on_card else FaultCode.ENCODER_UNREACHABLE)
        if code in _LOST_SERVICE and not on_card:
            fault = FaultCode.ENCODER_NO_SERVICE
        if fault is FaultCode.ENCODER_NO_SERVICE:
            self._kill()
        raise DeviceFault(fault, f"PC/SC {code:08X}")

    def _kill(self) -> None:
        self._connected = False
        self._child.kill()
