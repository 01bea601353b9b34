"""A conversation with the card on the encoder: counted exchanges, status words as faults, one secure session."""

from __future__ import annotations

import os

from appliance.chip import selecting
from appliance.chip.profile import CardFile, CardProfile
from appliance.chip.secure_channel import SecureChannel
from appliance.clock import Deadline
from appliance.devices import Answer, ChipEncoder, SecureAccessModule
from appliance.faults import DeviceFault, FaultCode

EXCHANGE_SECONDS = 5.0
"""How long one command may take; a card that needs longer is mute."""

INITIALISATION = 0x03
DEACTIVATED = 0x04
ACTIVATED = 0x05
TERMINATED = 0x0C

OK = 0x9000
END_OF_FILE = 0x6282
NO_SUCH_FILE = 0x6A82
NO_SUCH_KEY = 0x6A88
PAST_THE_END = 0x6B00

_FAULTS = {
    0x6285: FaultCode.CARD_TERMINATED,
    0x6982: FaultCode.CARD_AUTH_FAILED,
    0x6983: FaultCode.CARD_AUTH_FAILED,
    0x6988: FaultCode.CARD_AUTH_FAILED,
    0x6A84: FaultCode.CARD_FULL,
}


def refusal(instruction: int, sw: int) -> DeviceFault:
    """The fault for a status word that was not expected; a wrong key is never tried again (ISO 7816-4 table 6)."""
    code = FaultCode.CARD_AUTH_FAILED if sw >> 8 == 0x63 else _FAULTS.get(sw, FaultCode.CARD_REFUSED)
    return DeviceFault(code, f"INS {instruction:02X} SW {sw:04X}")


class CardSession:
    """One card, from the moment it was connected. `apdus` and `octets` count what went over the wire."""

    def __init__(self, encoder: ChipEncoder, profile: CardProfile, by: Deadline) -> None:
        self._encoder = encoder
        self._profile = profile
        self._by = by
        self._channel: SecureChannel | None = None
        self.apdus = 0
        self.octets = 0

    def ask(self, apdu: bytes) -> Answer:
        """Exchange a command, secured if a session is open; any status word."""
        secured = self._channel is not None
        wire = self._channel.wrap(apdu) if self._channel is not None else apdu
        answer = self._exchange(wire)
        return self._channel.unwrap(answer) if secured and self._channel is not None else answer

    def order(self, apdu: bytes) -> bytes:
        """Exchange a command that must succeed; its data. Raises the fault of any other status word."""
        answer = self.ask(apdu)
        if answer.sw != OK:
            raise refusal(apdu[1], answer.sw)
        return answer.data

    def select_application(self) -> int:
        """Select the card's application, which ends a session; the life cycle byte, or `foreign_card`."""
        self._channel = None
        answer = self._exchange(selecting.select_application(self._profile))
        if answer.sw not in (OK, 0x6283, 0x6285):
            raise DeviceFault(FaultCode.CARD_FOREIGN, f"INS A4 SW {answer.sw:04X}")
        state = selecting.life_cycle(answer.data)
        if state is None:
            raise DeviceFault(FaultCode.CARD_FOREIGN, "no life cycle in the application's FCP")
        return state

    def open_secure(self, sam: SecureAccessModule, uid: bytes, *key_versions: int) -> int:
        """Mutual authentication with the first key set the card knows; returns its version.

        Raises `auth_failed` at the first refusal: a card counts wrong tries and dies of them.
        """
        for version in key_versions:
            challenge = os.urandom(8)
            answer = self._exchange(bytes([0x80, 0x50, version, 0x00, 8]) + challenge + b"\x00")
            if answer.sw == NO_SUCH_KEY:
                continue
            if answer.sw != OK:
                raise refusal(0x50, answer.sw)
            if len(answer.data) != 29 or answer.data[11:13] != b"\x03\x60" or answer.data[:7] != uid:
                raise DeviceFault(FaultCode.CARD_FOREIGN, "answer to INITIALIZE UPDATE is of another kind")
            keys = sam.open_session(version, uid, challenge, answer.data[13:21], answer.data[21:29])
            channel = SecureChannel(keys)
            sw = self._exchange(channel.external_authenticate()).sw
            if sw != OK:
                raise DeviceFault(FaultCode.CARD_AUTH_FAILED, f"INS 82 SW {sw:04X}, key set {version:02X}")
            self._channel = channel
            return version
        raise DeviceFault(FaultCode.CARD_AUTH_FAILED, "the card has none of the expected key sets")

    def size_of(self, fid: int) -> int | None:
        """Select a file; its size by its control parameters, None if it does not exist."""
        answer = self.ask(selecting.select_file(self._profile, fid, told=True))
        if answer.sw == NO_SUCH_FILE:
            return None
        if answer.sw != OK:
            raise refusal(0xA4, answer.sw)
        size = selecting.told(answer.data, *self._profile.size_tags)
        if not size:
            raise DeviceFault(FaultCode.CARD_FOREIGN, f"file {fid:04X} does not tell its size")
        return int.from_bytes(size)

    def select_file(self, fid: int) -> None:
        """Make a file the current one; it must exist."""
        self.order(selecting.select_file(self._profile, fid, told=False))

    def has_file(self, fid: int) -> bool:
        """Select a file; whether it exists."""
        sw = self.ask(selecting.select_file(self._profile, fid, told=False)).sw
        if sw not in (OK, NO_SUCH_FILE):
            raise refusal(0xA4, sw)
        return sw == OK

    def read(self, offset: int, length: int) -> bytes:
        """Up to `length` bytes of the current file; fewer at its end."""
        answer = self.ask(b"\x00\xb0" + offset.to_bytes(2) + bytes([length]))
        if answer.sw not in (OK, END_OF_FILE, PAST_THE_END):
            raise refusal(0xB0, answer.sw)
        return answer.data

    def update(self, offset: int, data: bytes) -> None:
        """Overwrite bytes of the current file."""
        self.order(b"\x00\xd6" + offset.to_bytes(2) + bytes([len(data)]) + data + b"\x00")

    def takes(self, offset: int, data: bytes) -> bool:
        """Whether the card lets these bytes of the current file be overwritten, where it should not."""
        return self.ask(b"\x00\xd6" + offset.to_bytes(2) + bytes([len(data)]) + data).sw == OK

    def knows_keys(self, version: int) -> bool:
        """Whether the card would begin a session with this key set; none is begun."""
        return self._exchange(bytes([0x80, 0x50, version, 0x00, 8]) + os.urandom(8) + b"\x00").sw == OK

    def create(self, item: CardFile, size: int) -> None:
        """Create a file of the profile; its size under each tag that some card takes it from."""
        profile, security = self._profile, self._profile.security[item.access]
        fcp = b"".join(bytes([tag, 2]) + size.to_bytes(2) for tag in profile.size_tags)
        fcp += bytes([0x82, len(profile.descriptor)]) + profile.descriptor + b"\x83\x02" + item.fid.to_bytes(2)
        fcp += b"\x88\x01" + bytes([item.sfi]) if profile.short_ids else b""
        fcp += bytes([profile.security_tag, len(security)]) + security
        template = b"\x62" + bytes([len(fcp)]) + fcp
        self.order(b"\x00\xe0\x00\x00" + bytes([len(template)]) + template + b"\x00")

    def delete(self, fid: int) -> None:
        """Delete a file."""
        self.order(b"\x00\xe4\x00\x00\x02" + fid.to_bytes(2) + b"\x00")

    def activate(self) -> None:
        """ACTIVATE the application: the card becomes valid, its files fixed."""
        self.order(b"\x00\x44\x00\x00\x00")

    def deactivate(self) -> None:
        """DEACTIVATE the application, so that its files can be written again."""
        self.order(b"\x00\x04\x00\x00\x00")

    def terminate(self) -> None:
        """TERMINATE DF: spoil the card for ever."""
        self.order(b"\x00\xe6\x00\x00\x00")

    def put_keys(self, old_version: int, wrapped: bytes) -> None:
        """PUT KEY (GlobalPlatform Card Specification §11.8): the old key set dies."""
        data = self.order(bytes([0x80, 0xD8, old_version, 0x81, len(wrapped)]) + wrapped + b"\x00")
        if data[:1] != wrapped[:1]:
            raise DeviceFault(FaultCode.CARD_REFUSED, "PUT KEY answered another key version")

    def _exchange(self, wire: bytes) -> Answer:
        if self._by.passed:
            raise DeviceFault(FaultCode.ENCODER_TIMEOUT, f"time is up after {self.apdus} commands")
        self.apdus += 1
        self.octets += len(wire)
        answer = self._encoder.transmit(wire, Deadline.after(min(EXCHANGE_SECONDS, self._by.remaining())))
        self.octets += len(answer.data) + 2
        return answer
