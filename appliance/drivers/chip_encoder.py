"""The chip encoder: a PC/SC reader that gives a card's UID by the pseudo-APDU of PC/SC part 3 §3.2.2.1.3."""

from __future__ import annotations

from appliance.clock import Deadline
from appliance.devices import Answer, CardPresence, DeviceStatus
from appliance.drivers.transport_pcsc import SETTLE_SECONDS, PcscTransport, parse_uri
from appliance.drivers.wire_log import Tap, no_tap
from appliance.faults import DeviceFault, FaultCode

GET_UID = bytes.fromhex("FFCA000000")


class PcscChipEncoder:
    """`appliance.devices.ChipEncoder` over one PC/SC reader slot."""

    def __init__(self, transport: PcscTransport) -> None:
        self._transport = transport
        self._present: CardPresence | None = None

    def open(self) -> None:
        """Find the reader; raises `chip_encoder.no_service` or `chip_encoder.unreachable`."""
        self._transport.present()

    def close(self) -> None:
        """End the reader's process; never raises."""
        self._present = None
        self._transport.close()

    def status(self) -> DeviceStatus:
        """Whether service and reader are there, and whether a card lies on it."""
        try:
            card = self._transport.present()
        except DeviceFault as fault:
            return DeviceStatus("down", (fault.code.value,), detail={"raw": fault.detail})
        return DeviceStatus("ok", model=self._transport.address.reader, detail={"card": "yes" if card else "no"})

    def self_test(self) -> DeviceStatus:
        """As `status`, and if a card lies there its UID is asked; nothing is written."""
        status = self.status()
        if status.level != "ok" or status.detail["card"] == "no" or self._present is not None:
            return status
        try:
            self.await_card(Deadline.after(0))
        except DeviceFault as fault:
            return DeviceStatus("limited", (fault.code.value,), status.model, detail={"raw": fault.detail})
        finally:
            self.release()
        return status

    def await_card(self, by: Deadline) -> CardPresence:
        """Connect exclusively to the card, cold-resetting it; `chip_encoder.card_absent` if none comes by then."""
        self._present = None
        presence = self._identify(self._transport.connect(by))
        self._present = presence
        return presence

    @property
    def largest_data(self) -> int:
        """Most bytes of data in one command to this card: 255, or more if its ATR and the reader allow."""
        return self._transport.largest_data

    def transmit(self, apdu: bytes, by: Deadline) -> Answer:
        """Exchange one APDU; `card_gone`, `card_mute`, `timeout` and `cut_off` leave the card's state unknown.

        `command_too_long` is raised before anything is sent.
        """
        answer = self._transport.transmit(apdu, by)
        return Answer(answer[:-2], int.from_bytes(answer[-2:]))

    def reset(self) -> CardPresence:
        """Cold-reset the card; `chip_encoder.wrong_card` if another UID answers afterwards."""
        before = self._present
        presence = self._identify(self._transport.reset())
        if before is not None and presence.uid != before.uid:
            self.release()
            raise DeviceFault(FaultCode.CARD_WRONG, "the UID changed during a reset")
        return presence

    def release(self) -> None:
        """Disconnect, powering the card off; never raises."""
        self._present = None
        self._transport.disconnect()

    def _identify(self, atr: bytes) -> CardPresence:
        answer = self.transmit(GET_UID, Deadline.after(SETTLE_SECONDS))
        if answer.sw != 0x9000 or len(answer.data) not in (4, 7, 10):
            self.release()
            raise DeviceFault(FaultCode.CARD_FOREIGN, f"no UID: {answer.sw:04X}, {len(answer.data)} bytes")
        return CardPresence(atr, answer.data)


def open_chip_encoder(uri: str, tap: Tap = no_tap) -> PcscChipEncoder:
    """The encoder behind a `pcsc:` URI, not yet opened; raises ValueError for a URI of another shape."""
    return PcscChipEncoder(PcscTransport(parse_uri(uri), tap))
