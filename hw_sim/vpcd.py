"""The card side of a vpcd reader slot: cards come, go, are torn out and fall silent, as the world has it."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import Protocol

from hw_sim.card_files import CardTorn
from hw_sim.world import World

POWER_OFF, POWER_ON, RESET, GET_ATR = 0, 1, 2, 4
"""One-byte control messages of vpcd; only the last has an answer."""

_NOT_SUPPORTED = b"\x6a\x81"
_DIAL_SECONDS = 10.0
_POLL_SECONDS = 0.45
_FORGET_SECONDS = 2.0


class Chip(Protocol):
    """What can lie in a slot. `uid` is empty for a contact card; `pages_written` only grows."""

    @property
    def atr(self) -> bytes: ...

    @property
    def uid(self) -> bytes: ...

    @property
    def pages_written(self) -> int: ...

    def reset(self) -> None: ...

    def process(self, apdu: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Link:
    """What an exchange costs in device time: nine bit times a byte, then the constants, all in seconds."""

    bits_per_second: int
    turnaround: float = 200e-6
    reader: float = 2.5e-3
    page: float = 3e-3
    cryptography: float = 4e-3

    def seconds(self, apdu: bytes, answer: bytes, pages: int) -> float:
        """Device time of one exchange that has written so many flash pages; a class other than 00 computes AES."""
        wire = (len(apdu) + len(answer)) * 9 / self.bits_per_second
        aes = self.cryptography if apdu[:1] not in (b"", b"\0") else 0.0
        return wire + self.turnaround + self.reader + pages * self.page + aes


CONTACTLESS = Link(424_000)
"""ISO/IEC 14443 at 424 kbit/s."""
CONTACT = Link(250_000)
"""T=1 with TA1 = 96."""


@dataclass(slots=True)
class _Presence:
    """A card in the slot, from insertion to removal."""

    card: Chip
    apdus: int = 0
    gone: threading.Event = field(default_factory=threading.Event)
    muted: threading.Event = field(default_factory=threading.Event)
    forgotten: threading.Event = field(default_factory=threading.Event)
    breaks_off: int | None = None
    connection: socket.socket | None = None


class Slot:
    """One slot of the reader, numbered from 0; vpcd listens for its card on a loopback port.

    Each command to the card makes two events with the facts `slot`, `ins` (two hex digits), `n` (commands since
    the card was put in, from 1) and `uid` (hex): `apdu` before the card sees it, `apdu-done` when the card has
    done it and the answer is not yet out. Rules may remove, swap, tear, mute or break off at either point. The
    reader's own command FF CA is no event. `card-inserted` and `card-removed` carry `slot` and `uid`.
    """

    def __init__(self, world: World, number: int, port: int, link: Link) -> None:
        self._world = world
        self._number = number
        self._port = port
        self._link = link
        self._lock = threading.Lock()
        self._presence: _Presence | None = None
        self._before: _Presence | None = None

    @property
    def card(self) -> Chip | None:
        """The card that lies in the slot."""
        presence = self._presence
        return presence.card if presence else None

    def insert(self, card: Chip) -> None:
        """Put a card in; one that lies there is taken out first.

        Like a person, this leaves the slot empty long enough for the reader to notice: the card is there
        within about a second after a removal, else within half a second.
        """
        self.remove()
        presence = _Presence(card)
        with self._lock:
            self._presence, before, self._before = presence, self._before, presence
        card.reset()
        name = f"slot {self._number} {card.uid.hex()}"
        threading.Thread(target=self._serve, args=(presence, before), name=name, daemon=True).start()
        self._world.happened("card-inserted", slot=self._number, uid=card.uid.hex())

    def remove(self) -> Chip | None:
        """Take the card out at once, in the middle of whatever it does; returns it, or None if there was none."""
        with self._lock:
            presence, self._presence = self._presence, None
            if presence is None:
                return None
            presence.gone.set()
            connection = presence.connection
        if connection is not None:
            with contextlib.suppress(OSError):
                # vpcd sees the end of the stream; its own end of it then tells when it has noticed
                connection.shutdown(socket.SHUT_WR)
        self._world.happened("card-removed", slot=self._number, uid=presence.card.uid.hex())
        return presence.card

    def reconnect(self, port: int) -> None:
        """The reader's service came up anew and listens on `port`: what lies in the slot is powered again."""
        with self._lock:
            self._port, old = port, self._presence
            if old is None:
                return
            old.gone.set()
            presence = self._presence = self._before = _Presence(old.card)
        presence.card.reset()
        name = f"slot {self._number} {presence.card.uid.hex()}"
        threading.Thread(target=self._serve, args=(presence, None), name=name, daemon=True).start()

    def wait_until_noticed(self, seconds: float = _FORGET_SECONDS) -> bool:
        """Wait until the reader knows of the last removal; whether it does."""
        before = self._before
        return before is None or before.forgotten.wait(seconds)

    def mute(self) -> None:
        """Let the reader fall silent: nothing is answered any more until the card is taken out."""
        if presence := self._presence:
            presence.muted.set()

    def break_off(self, count: int) -> None:
        """Take the card out while its next answer is on the way: only so many bytes of it still arrive."""
        if presence := self._presence:
            presence.breaks_off = count

    def _serve(self, presence: _Presence, before: _Presence | None) -> None:
        try:
            if before is not None:
                before.forgotten.wait(_FORGET_SECONDS)
            connection = self._dial(presence)
            if connection is None:
                return
            with connection, contextlib.suppress(ConnectionError):
                self._converse(presence, connection)
                self._wait_until_noticed(connection)
        finally:
            presence.forgotten.set()

    def _converse(self, presence: _Presence, connection: socket.socket) -> None:
        """Answer until the card goes."""
        while (frame := _receive(connection)) is not None and not presence.gone.is_set():
            answer = self._answer(presence, frame)
            if presence.muted.is_set():
                presence.gone.wait()
            if presence.gone.is_set():
                return
            if answer is not None:
                framed = len(answer).to_bytes(2, "big") + answer
                connection.sendall(framed[: presence.breaks_off])
                if presence.breaks_off is not None:
                    self.remove()
                    return

    def _wait_until_noticed(self, connection: socket.socket) -> None:
        """Wait until pcscd, not only vpcd, has seen the slot empty.

        pcscd looks for a card every 0.4 s. vpcd hangs up when anything at all finds the stream at its end: that look,
        a failing command, or a program that lets the card go; only the first tells pcscd of absence. A card that came
        in before the next look would pass for the old one, or, pcscd having lost the old one, never be seen.
        """
        connection.settimeout(_FORGET_SECONDS)
        with contextlib.suppress(TimeoutError):
            while _receive(connection) is not None:
                pass
        time.sleep(_POLL_SECONDS)

    def _dial(self, presence: _Presence) -> socket.socket | None:
        """Connect to vpcd, which may still be starting; None if the card went first."""
        until = time.monotonic() + _DIAL_SECONDS
        while not presence.gone.wait(0.01):
            try:
                connection = socket.create_connection(("127.0.0.1", self._port))
            except ConnectionRefusedError:
                if time.monotonic() > until:
                    raise
                continue
            with self._lock:
                presence.connection = connection
                if presence.gone.is_set():
                    # the reader may have seen it already: like any card that is pulled, it is to be noticed gone
                    connection.shutdown(socket.SHUT_WR)
            return connection
        return None

    def _answer(self, presence: _Presence, frame: bytes) -> bytes | None:
        """What goes back for one frame; None for nothing, either because none is due or because the card is gone."""
        card = presence.card
        if len(frame) == 1:
            if frame[0] == GET_ATR:
                return card.atr
            card.reset()
            return None
        if frame[0] == 0xFF:
            self._world.takes(self._link.reader)
            return self._reader_command(card, frame)
        presence.apdus += 1
        facts = {"slot": self._number, "ins": f"{frame[1]:02X}", "n": presence.apdus, "uid": card.uid.hex()}
        self._world.happened("apdu", **facts)
        if presence.gone.is_set() or presence.muted.is_set():
            return None
        pages = card.pages_written
        try:
            answer = card.process(frame)
        except CardTorn:
            if self._presence is presence:
                self.remove()
            return None
        self._world.takes(self._link.seconds(frame, answer, card.pages_written - pages))
        self._world.happened("apdu-done", **facts)
        return answer

    def _reader_command(self, card: Chip, frame: bytes) -> bytes:
        """The reader's own GET DATA for the UID (PC/SC part 3 §3.2.2.1.3)."""
        if frame[:4] == bytes.fromhex("FFCA0000") and card.uid:
            return card.uid + b"\x90\x00"
        return _NOT_SUPPORTED


def _receive(connection: socket.socket) -> bytes | None:
    """One frame: two bytes of length, then the body; None when the reader hangs up.

    vpcd sends length and body apart. Without an immediate acknowledgement of the first, Nagle's algorithm
    holds the second back for 40 ms; Linux forgets the option after use, so it is set for each frame.
    """
    head = _receive_exactly(connection, 2)
    if head is None:
        return None
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
    return _receive_exactly(connection, int.from_bytes(head, "big"))


def _receive_exactly(connection: socket.socket, count: int) -> bytes | None:
    data = b""
    while len(data) < count:
        part = connection.recv(count - len(data))
        if not part:
            return None
        data += part
    return data
