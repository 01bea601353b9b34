"""A USB card reader on the bus, as the class specification has it (USB CCID 1.1), driven by the real libccid.

It shows itself as ACS ACR39U (072f:b100), one slot, no interrupt endpoint, so that the host must ask for the card. At
what level it takes commands is its `features` word (§5.1): short APDUs, or short and extended ones. A card that was
taken out and put back has no power: no command reaches it before the host powers it on, which is what keeps a command
meant for one card from the next.
"""

from __future__ import annotations

import struct
import threading
from collections import deque
from dataclasses import dataclass

from hw_sim.card_files import CardTorn
from hw_sim.usb_device import Descriptors, Stalled
from hw_sim.vpcd import CONTACTLESS, Chip, Link
from hw_sim.world import World

SHORT, EXTENDED = 0x000204BA, 0x000404BA
"""`dwFeatures`: everything done by the reader itself; exchange of short, or of short and extended APDUs."""
LARGEST_MESSAGE = {SHORT: 271, EXTENDED: 65544 + 10}
OUT, IN = 0x02, 0x82
HEADER = 10

POWER_ON, POWER_OFF, SLOT_STATUS, TRANSFER = 0x62, 0x63, 0x65, 0x6F
GET_PARAMETERS, RESET_PARAMETERS, SET_PARAMETERS, ESCAPE, ABORT = 0x6C, 0x6D, 0x61, 0x6B, 0x72
DATA_BLOCK, STATUS, PARAMETERS, ESCAPED = 0x80, 0x81, 0x82, 0x83
ACTIVE, INACTIVE, NO_CARD = 0, 1, 2
FAILED = 0x40
MUTE, HARDWARE, UNKNOWN, BAD_LENGTH = 0xFE, 0xFB, 0x00, 0x01
"""Slot errors (§6.2.6): card silent or absent, hardware, command not supported, wrong `dwLength`."""

T1_PARAMETERS = bytes.fromhex("1110004D00FE00")
"""Default rates, LRC, waiting integers 4 and 13, no clock stop, IFSC 254, NAD 0 (§6.1.7)."""
_TOLD_TWICE = 2
_NOT_SUPPORTED = b"\x6a\x81"


@dataclass(slots=True)
class ReaderLevers:
    """What may go wrong: `silent` takes commands and answers none; `card_mute` lets the card answer nothing, which
    the reader then reports."""

    silent: bool = False
    card_mute: bool = False


class CcidReader:
    """The reader and the card in it; `number` is its `slot` in the events `apdu`, `apdu-done` (see `hw_sim.vpcd`)."""

    def __init__(
        self, world: World, features: int = SHORT, number: int = 0, serial: str = "SN42", link: Link = CONTACTLESS
    ) -> None:
        self.levers = ReaderLevers()
        self.descriptors = Descriptors(
            0x072F,
            0xB100,
            ("ACS", "ACR39U ICC Reader", serial),
            (OUT, IN),
            (0x0B, 0, 0),
            _class_descriptor(features),
            64,
        )
        self.features = features
        self._largest = LARGEST_MESSAGE[features]
        self._world = world
        self._number = number
        self._link = link
        self._lock = threading.RLock()
        self._noticed = threading.Event()
        self._absences = 0
        self._card: Chip | None = None
        self._powered = False
        self._apdus = 0
        self._ready: deque[bytes] = deque()
        self._partial = b""

    @property
    def card(self) -> Chip | None:
        """The card that lies in the reader."""
        return self._card

    def insert(self, card: Chip, swiftly: bool = False) -> None:
        """Put a card in; one that lies there is taken out first.

        Like a person, this leaves the reader empty until the host has noticed, which takes up to 0.8 s; `swiftly`
        does not. (A swap that pcscd's poll misses but another call notices leaves pcscd 1.9.9 believing in an empty
        reader.)
        """
        if self.remove() is not None and not swiftly:
            self.wait_until_noticed()
        with self._lock:
            self._card, self._powered, self._apdus = card, False, 0
            card.reset()
        self._world.happened("card-inserted", slot=self._number, uid=card.uid.hex())

    def remove(self) -> Chip | None:
        """Take the card out at once, in the middle of whatever it does; None if there was none."""
        with self._lock:
            card, self._card, self._powered = self._card, None, False
            self._noticed.clear()
            self._absences = 0
        if card is not None:
            self._world.happened("card-removed", slot=self._number, uid=card.uid.hex())
        return card

    def wait_until_noticed(self, seconds: float = 2.0) -> bool:
        """Wait until the host has seen the slot empty; whether it has."""
        return self._card is not None or self._noticed.wait(seconds)

    def mute(self) -> None:
        """Let the reader fall silent until it is unplugged."""
        self.levers.silent = True

    def plugged(self) -> None:
        """It has power again, the card not yet."""
        with self._lock:
            self._ready.clear()
            self._partial = b""
            self._powered = False
            self.levers.silent = False
            if self._card is not None:
                self._card.reset()

    def written(self, endpoint: int, data: bytes) -> None:
        """A part of a message, or a whole one."""
        message = self._partial + data
        if len(message) < HEADER or len(message) < HEADER + int.from_bytes(message[1:5], "little"):
            self._partial = message if len(message) <= self._largest else b""
            return
        self._partial = b""
        answer = self._answer(message)
        if not self.levers.silent:
            self._ready.append(answer)

    def read(self, endpoint: int, length: int) -> bytes | None:
        """The answer that is ready, in as many transfers as the host asks for."""
        if self.levers.silent or not self._ready:
            return None
        message = self._ready.popleft()
        if len(message) > length:
            self._ready.appendleft(message[length:])
        return message[:length]

    def requested(self, setup: bytes, data: bytes) -> bytes:
        """No table of clocks or rates is offered; an abort is acknowledged (§5.3.1)."""
        if setup[1] == 0x01:
            return b""
        raise Stalled

    def _state(self) -> int:
        if self._card is None:
            # The first may be told to somebody else than pcscd's poll.
            self._absences += 1
            if self._absences >= _TOLD_TWICE:
                self._noticed.set()
            return NO_CARD
        return ACTIVE if self._powered else INACTIVE

    def _reply(self, kind: int, message: bytes, data: bytes = b"", failed: int | None = None, last: int = 0) -> bytes:
        state = self._state() | (FAILED if failed is not None else 0)
        return struct.pack("<BIBBBBB", kind, len(data), message[5], message[6], state, failed or 0, last) + data

    def _answer(self, message: bytes) -> bytes:
        kind, data = message[0], message[HEADER:]
        if self.levers.silent:
            return b""
        match kind:
            case 0x65 | 0x72:
                return self._reply(STATUS, message)
            case 0x63:
                with self._lock:
                    if self._card is not None and self._powered:
                        self._card.reset()
                    self._powered = False
                return self._reply(STATUS, message)
            case 0x62:
                return self._power_on(message)
            case 0x6C | 0x6D | 0x61:
                card = self._card
                if card is None:
                    return self._reply(PARAMETERS, message, failed=MUTE)
                return self._reply(PARAMETERS, message, T1_PARAMETERS, last=1)
            case 0x6F:
                return self._transfer(message, data)
            case 0x6B:
                return self._reply(ESCAPED, message, failed=UNKNOWN)
            case _:
                return self._reply(STATUS, message, failed=UNKNOWN)

    def _power_on(self, message: bytes) -> bytes:
        with self._lock:
            card = self._card
            if card is None or self.levers.card_mute:
                return self._reply(DATA_BLOCK, message, failed=MUTE)
            card.reset()
            self._powered = True
            return self._reply(DATA_BLOCK, message, card.atr)

    def _transfer(self, message: bytes, apdu: bytes) -> bytes:
        if len(message) > self._largest:
            return self._reply(DATA_BLOCK, message, failed=BAD_LENGTH)
        with self._lock:
            card = self._card
            if card is None:
                return self._reply(DATA_BLOCK, message, failed=MUTE)
            if not self._powered:
                return self._reply(DATA_BLOCK, message, failed=HARDWARE)
            self._apdus += apdu[0] != 0xFF
            count = self._apdus
        if apdu[0] == 0xFF:
            self._world.takes(self._link.reader)
            known = apdu[:4] == bytes.fromhex("FFCA0000") and card.uid
            return self._reply(DATA_BLOCK, message, card.uid + b"\x90\x00" if known else _NOT_SUPPORTED)
        facts = {"slot": self._number, "ins": f"{apdu[1]:02X}", "n": count, "uid": card.uid.hex()}
        self._world.happened("apdu", **facts)
        if self.levers.silent:
            return b""
        if self.levers.card_mute or self._card is not card or not self._powered:
            return self._reply(DATA_BLOCK, message, failed=MUTE)
        pages = card.pages_written
        try:
            answer = card.process(apdu)
        except CardTorn:
            self.remove()
            return self._reply(DATA_BLOCK, message, failed=MUTE)
        self._world.takes(self._link.seconds(apdu, answer, card.pages_written - pages))
        self._world.happened("apdu-done", **facts)
        if self._card is not card or not self._powered:
            return self._reply(DATA_BLOCK, message, failed=MUTE)
        return self._reply(DATA_BLOCK, message, answer)


def _class_descriptor(features: int) -> bytes:
    """The reader's class descriptor (§5.1): all voltages, T=0 and T=1, 4 MHz, 10,752 bit/s at the start."""
    return struct.pack(
        "<BBHBBIIIBIIBIIIIIBBHBB",
        54, 0x21, 0x0110, 0, 7, 3, 4000, 4000, 0, 10752, 344086, 0, 254, 0, 0, features, LARGEST_MESSAGE[features],
        0xFF, 0xFF, 0, 0, 1,
    )  # fmt: skip
