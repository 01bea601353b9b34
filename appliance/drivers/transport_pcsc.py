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
from appliance.drivers.atr import extended_lengths, is_extended
from appliance.drivers.card_secrets import hidden_in_reply, hidden_in_request
from appliance.drivers.framed_child import ChildGone, ChildSilent, FramedChild
from appliance.drivers.pcsc_codes import SUCCESS, exchange_fault, idle_fault
from appliance.drivers.wire_log import Tap, no_tap
from appliance.faults import DeviceFault, FaultCode

CHILD = "appliance.drivers.transport_pcsc_child"
SETTLE_SECONDS = 5.0
"""How long a call that moves no card data (listing, connecting, resetting) may take."""

BOUNCE_SECONDS = 2.0
"""How long a card just laid down may answer badly: pcscd looks only every 0.4 s and may still hold the one before."""
BOUNCE_PAUSE = 0.03

_BOUNCING = frozenset({FaultCode.CARD_ABSENT, FaultCode.CARD_GONE, FaultCode.CARD_MUTE})
SHORT_DATA, LARGEST_DATA = 255, 65535
"""Most bytes of a command's data field with short and with extended lengths (ISO/IEC 7816-4 §5.1)."""


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

    def __init__(self, address: PcscAddress, tap: Tap = no_tap, child: FramedChild | None = None) -> None:
        self.address = address
        self._tap = tap
        environment = {"PCSCLITE_CSOCK_NAME": address.socket} if address.socket else {}
        self._child = child or FramedChild(CHILD, environment=environment)
        self._connected = False
        self._largest_data = SHORT_DATA

    @property
    def largest_data(self) -> int:
        """Most bytes of data that one command may carry to the connected card: 255, or more if both ends say so."""
        return self._largest_data

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
                atr = self._ask(b"C", name, Deadline.after(SETTLE_SECONDS), FaultCode.ENCODER_TIMEOUT)
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
            self._largest_data = self._measure(atr)
            return atr

    def present(self) -> bool:
        """Whether a card lies in the slot now."""
        name = choose_reader(self.readers(), self.address).encode()
        by = Deadline.after(SETTLE_SECONDS)
        return self._ask(b"P", name, by, FaultCode.ENCODER_TIMEOUT) == b"\x01"

    def transmit(self, apdu: bytes, by: Deadline) -> bytes:
        """Exchange one APDU; the answer has at least its status word.

        `command_too_long` if card or reader do not take it: then nothing was sent and the card stays connected.
        """
        if not self._connected:
            raise DeviceFault(FaultCode.CARD_GONE, "not connected")
        data = int.from_bytes(apdu[5:7]) if is_extended(apdu) and len(apdu) > 7 else len(apdu[5:])
        if is_extended(apdu) and (self._largest_data == SHORT_DATA or data > self._largest_data):
            raise DeviceFault(FaultCode.ENCODER_COMMAND_TOO_LONG, f"{data} bytes, {self._largest_data} are taken")
        return self._exchange(b"T", apdu, by)

    def reset(self) -> bytes:
        """Cut the card's power and give it back (SCARD_UNPOWER_CARD); returns the ATR."""
        if not self._connected:
            raise DeviceFault(FaultCode.CARD_GONE, "not connected")
        return self._exchange(b"R", b"", Deadline.after(SETTLE_SECONDS))

    def _exchange(self, letter: bytes, argument: bytes, by: Deadline) -> bytes:
        """A call that moves the card; any trouble in it ends the connection, and is named by the reader's state."""
        self._connected = False
        code, answer = self._call(letter, argument, by, FaultCode.ENCODER_TIMEOUT, FaultCode.ENCODER_CUT_OFF)
        # A card pulled in mid-command ends as a successful call without a status word (pcsc-lite 1.9.9, vpcd).
        if code == SUCCESS and len(answer) >= 2:
            self._connected = True
            return answer
        fault = exchange_fault(code) or self._what_became()
        detail = f"PC/SC {code:08X}, {len(answer)} bytes came back" if code == SUCCESS else f"PC/SC {code:08X}"
        if fault is FaultCode.ENCODER_CUT_OFF:
            self._kill()
        raise DeviceFault(fault, detail)

    def _what_became(self) -> FaultCode:
        """Why an exchange failed, by the reader's state; waits at most as long as pcscd takes to notice a removal."""
        names = {b"C": FaultCode.CARD_GONE, b"M": FaultCode.CARD_MUTE}
        try:
            code, state = self._call(
                b"Q", b"", Deadline.after(SETTLE_SECONDS), FaultCode.ENCODER_TIMEOUT, FaultCode.ENCODER_CUT_OFF
            )
        except DeviceFault as fault:
            return fault.code
        return names.get(state, FaultCode.ENCODER_CUT_OFF) if code == SUCCESS else FaultCode.ENCODER_CUT_OFF

    def _measure(self, atr: bytes) -> int:
        """The largest data field; the reader is only asked if the card takes more than short ones."""
        if not extended_lengths(atr):
            return SHORT_DATA
        reader = int.from_bytes(self._ask(b"F", b"", Deadline.after(SETTLE_SECONDS), FaultCode.ENCODER_TIMEOUT))
        # PC/SC part 10 §2.6.14: up to 256 means short APDUs only.
        return min(reader, LARGEST_DATA) if reader > 256 else SHORT_DATA

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
        """A call that exchanges nothing with a card."""
        code, data = self._call(letter, argument, by, late, FaultCode.ENCODER_NO_SERVICE)
        if code == SUCCESS:
            return data
        fault = idle_fault(code)
        if fault is FaultCode.ENCODER_NO_SERVICE:
            self._kill()
        raise DeviceFault(fault, f"PC/SC {code:08X}")

    def _call(
        self, letter: bytes, argument: bytes, by: Deadline, late: FaultCode, gone: FaultCode
    ) -> tuple[int, bytes]:
        request = letter + argument
        self._tap("out", request, hidden_in_request(request))
        try:
            reply = self._child.ask(request, by)
        except ChildSilent:
            self._connected = False
            raise DeviceFault(late, "no answer before the deadline; reader process ended") from None
        except ChildGone:
            self._connected = False
            raise DeviceFault(gone, "reader process ended by itself") from None
        if len(reply) < 4:
            self._kill()
            raise DeviceFault(gone, f"reader process answered {len(reply)} bytes")
        self._tap("in", reply, hidden_in_reply(request))
        return struct.unpack(">I", reply[:4])[0], reply[4:]

    def _kill(self) -> None:
        self._connected = False
        self._child.kill()
