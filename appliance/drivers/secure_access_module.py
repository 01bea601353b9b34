"""The key card: a PC/SC slot with the card that holds the master keys and gives one session's keys at a time."""

from __future__ import annotations

from contextlib import suppress
from typing import NoReturn

from appliance.clock import Deadline
from appliance.devices import DeviceStatus, SessionKeys
from appliance.drivers.refused_pins import RefusedPins
from appliance.drivers.transport_pcsc import PcscTransport, parse_uri
from appliance.drivers.wire_log import Tap, no_tap
from appliance.faults import DeviceFault, FaultCode

APPLICATION = bytes.fromhex("F04B545053414D01")
FACTORY_KEY_VERSION = 0x30
CONNECT_SECONDS = 3.0
EXCHANGE_SECONDS = 3.0
_BLOCKED = 0x6983
_TRIES_LEFT = 0x63C0
"""And how many in the last digit (ISO/IEC 7816-4 §5.6)."""


class PcscSecureAccessModule:
    """`appliance.devices.SecureAccessModule` over one PC/SC slot.

    A PIN that a key card with this ATR has refused is not tried again, here nor by whoever shares `refused`: each
    wrong try brings the card nearer to its lock. The card is held exclusively until `close`.
    """

    def __init__(
        self, transport: PcscTransport, pin: str, refused: RefusedPins, application: bytes = APPLICATION
    ) -> None:
        self._transport = transport
        self._pin = pin
        self._refused = refused
        self._application = application
        self._ready = False
        self._refusal: DeviceFault | None = None

    def open(self) -> None:
        """Connect, select, verify the PIN; raises `sam.absent`, `sam.pin-refused`, `sam.locked` or `sam.error`."""
        if self._refusal is not None:
            raise DeviceFault(self._refusal.code, self._refusal.detail)
        try:
            kind = self._transport.connect(Deadline.after(CONNECT_SECONDS)).hex()
        except DeviceFault as fault:
            raise DeviceFault(FaultCode.SAM_ABSENT, str(fault)) from fault
        if self._exchange(b"\x00\xa4\x04\x0c\x08" + self._application)[1] != 0x9000:
            raise DeviceFault(FaultCode.SAM_ABSENT, "the card in the slot is no key card")
        pin = self._pin.encode("ascii")
        if not pin.isdigit() or len(pin) > 8:
            raise DeviceFault(FaultCode.SAM_PIN_REFUSED, "the PIN must be 1 to 8 digits; it was not tried")
        if self._refused.has(kind, self._pin):
            self._refuse(FaultCode.SAM_PIN_REFUSED, "refused before; it was not tried again")
        sw = self._exchange(b"\x00\x20\x00\x01\x08" + pin.ljust(8, b"\xff"))[1]
        if sw == _BLOCKED or sw & 0xFFF0 == _TRIES_LEFT:
            # Where the disk does not take it, it is refused as long as this process lives.
            with suppress(OSError):
                self._refused.keep(kind, self._pin)
            spent = sw in (_BLOCKED, _TRIES_LEFT)
            self._refuse(FaultCode.SAM_LOCKED if spent else FaultCode.SAM_PIN_REFUSED, f"PIN refused: {sw:04X}")
        if sw != 0x9000:
            raise DeviceFault(FaultCode.SAM_ERROR, f"VERIFY {sw:04X}")
        self._ready = True

    def _refuse(self, code: FaultCode, detail: str) -> NoReturn:
        self._refusal = DeviceFault(code, detail)
        self.close()
        raise self._refusal

    def close(self) -> None:
        """Let the key card go, powered off, so that the PIN must be given again; never raises."""
        self._ready = False
        self._transport.close()

    def status(self) -> DeviceStatus:
        """Whether a key card lies in the slot and has accepted the PIN."""
        if self._refusal is not None:
            return DeviceStatus("down", (self._refusal.code.value,), detail={"raw": self._refusal.detail})
        try:
            present = self._transport.present()
        except DeviceFault as fault:
            return DeviceStatus("down", (FaultCode.SAM_ABSENT.value,), detail={"raw": str(fault)})
        if not present:
            reader = self._transport.address.reader
            return DeviceStatus("down", (FaultCode.SAM_ABSENT.value,), reader, detail={"card": "no"})
        return DeviceStatus(
            "ok", model=self._transport.address.reader, detail={"pin": "yes" if self._ready else "no"}
        )

    def self_test(self) -> DeviceStatus:
        """Open the key card anew and report."""
        self._ready = False
        try:
            self.open()
        except DeviceFault as fault:
            return DeviceStatus("down", (fault.code.value,), detail={"raw": fault.detail})
        return self.status()

    def open_session(
        self,
        key_version: int,
        card_uid: bytes,
        host_challenge: bytes,
        card_challenge: bytes,
        card_cryptogram: bytes,
    ) -> SessionKeys:
        """Check the card's cryptogram and derive the session's keys; `sam.error` if the card is not genuine."""
        question = card_uid + host_challenge + card_challenge + card_cryptogram
        data = self._work(0x10, key_version, 0x00, question)
        if len(data) != 56:
            raise DeviceFault(FaultCode.SAM_ERROR, f"{len(data)} bytes for a session")
        return SessionKeys(data[:16], data[16:32], data[32:48], data[48:])

    def wrap_keys(self, new_key_version: int, card_uid: bytes) -> bytes:
        """The data field of PUT KEY that rolls this card from its factory keys to those of `new_key_version`."""
        return self._work(0x12, new_key_version, FACTORY_KEY_VERSION, card_uid)

    def _work(self, instruction: int, p1: int, p2: int, data: bytes) -> bytes:
        apdu = bytes([0x80, instruction, p1, p2, len(data)]) + data + b"\x00"
        if not self._ready:
            self.open()
        try:
            answer, sw = self._exchange(apdu)
        except DeviceFault:
            # The slot may have been powered off since the last session; these commands change nothing on the card.
            self.open()
            answer, sw = self._exchange(apdu)
        if sw != 0x9000:
            raise DeviceFault(FaultCode.SAM_ERROR, f"INS {instruction:02X} {sw:04X}")
        return answer

    def _exchange(self, apdu: bytes) -> tuple[bytes, int]:
        try:
            answer = self._transport.transmit(apdu, Deadline.after(EXCHANGE_SECONDS))
        except DeviceFault as fault:
            self._ready = False
            raise DeviceFault(FaultCode.SAM_ABSENT, str(fault)) from fault
        return answer[:-2], int.from_bytes(answer[-2:])


def open_secure_access_module(
    uri: str, pin: str, tap: Tap = no_tap, refused: RefusedPins | None = None
) -> PcscSecureAccessModule:
    """The key card behind a `pcsc:` URI, not yet opened; raises ValueError for a URI of another shape."""
    return PcscSecureAccessModule(PcscTransport(parse_uri(uri), tap), pin, refused or RefusedPins())
