"""A receipt printer on the network: raw ESC/POS on a TCP port, one connection at a time, a roll of paper, a cutter.

States in real time (`DLE EOT n`) and commands as in Epson's command reference. With its cover open, without paper or
switched offline it takes no more data than its buffer holds, and still answers `DLE EOT`.
"""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from dataclasses import dataclass, field

from PIL import Image

from hw_sim.escpos import NotUnderstood, Reader, Slip, realtime
from hw_sim.world import World

_BUFFER = 4096
_SLIP_SECONDS = 1.5
_IDLE_SECONDS = 90.0
_FIXED = 0b00010010
DOTS = {58: 384, 80: 576}


@dataclass(slots=True)
class RollLevers:
    """What may be wrong. `paper` is in dots still on the roll; `mute` answers no `DLE EOT`."""

    cover_open: bool = False
    offline: bool = False
    near_end: bool = False
    cutter_stuck: bool = False
    hot: bool = False
    broken: bool = False
    mute: bool = False
    stalled: bool = False
    paper: int = 400_000

    @property
    def stops(self) -> bool:
        """Whether nothing moves now."""
        wrong = self.cover_open or self.offline or self.cutter_stuck or self.hot or self.broken or self.stalled
        return wrong or self.paper <= 0


@dataclass(slots=True)
class _Talk:
    """One connection: what it has sent and is not printed yet, and whether the printer stopped with that."""

    wire: socket.socket
    waiting: bytearray = field(default_factory=bytearray)
    held: bool = False

    @property
    def hung_up(self) -> bool:
        """Whether the other end has closed, read or not."""
        return self.hangs_up(0)

    def hangs_up(self, seconds: float) -> bool:
        """Wait until the other end closes; whether it did. A connection that is over counts as closed."""
        poll = select.poll()
        try:
            poll.register(self.wire, select.POLLRDHUP)
        except (OSError, ValueError):
            return True
        return bool(poll.poll(seconds * 1000))


class RollPrinter:
    """The printer. `slips` are the pictures of what was cut off; world event: `slip`."""

    def __init__(self, world: World, paper: int = 80, port: int = 0) -> None:
        self.world = world
        self.levers = RollLevers()
        self.slips: list[Image.Image] = []
        self.rubbish = 0
        self.port = port
        self._paper = paper
        self._reader = Reader(DOTS[paper], self._cut)
        self._listener: socket.socket | None = None
        self._now: _Talk | None = None
        self._wake: tuple[socket.socket, ...] = ()
        self._thread: threading.Thread | None = None

    @property
    def uri(self) -> str:
        """The address a print queue is given. Without `snmp=false` CUPS asks for ink levels for four seconds."""
        return f"socket://127.0.0.1:{self.port}/?snmp=false"

    def start(self) -> None:
        """Switch it on."""
        if self._thread is not None:
            return
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=4)
        self.port = self._listener.getsockname()[1]
        self._wake = socket.socketpair()
        self._reader = Reader(DOTS[self._paper], self._cut)
        self._thread = threading.Thread(target=self._serve, args=(self._listener,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Pull its cable; what its buffer held is lost."""
        if self._thread is None or self._listener is None:
            return
        self._wake[1].send(b"x")
        self._thread.join(5)
        self._listener.close()
        for one in self._wake:
            one.close()
        self._wake = ()
        self._thread = self._listener = None

    def mend(self) -> None:
        """A new roll, cover closed, everything in order."""
        self.levers = RollLevers()
        self._nudge()

    def sender_gone(self, seconds: float) -> bool:
        """Wait until whoever sends has hung up; whether nobody sends any more."""
        talk = self._now
        return talk is None or talk.hangs_up(seconds)

    def _nudge(self) -> None:
        if self._wake:
            self._wake[1].send(b"n")

    def _serve(self, listener: socket.socket) -> None:
        while True:
            ready, _, _ = select.select([listener, self._wake[0]], [], [])
            if self._wake[0] in ready and self._wake[0].recv(1) == b"x":
                return
            if listener in ready:
                wire, _ = listener.accept()
                with wire:
                    self._now = _Talk(wire)
                    goes_on = self._talk(self._now)
                    self._now = None
                if not goes_on:
                    return

    def _talk(self, talk: _Talk) -> bool:
        """One connection to its end; False if the cable was pulled.

        What a sender who has given up left here while the printer stood still is thrown away.
        """
        ended = False
        while not (ended and not talk.waiting):
            hungry = [talk.wire] if not ended and len(talk.waiting) < _BUFFER else []
            ready, _, _ = select.select([*hungry, self._wake[0]], [], [], _IDLE_SECONDS)
            if self._wake[0] in ready and self._wake[0].recv(1) == b"x":
                return False
            if talk.wire in ready:
                try:
                    data = talk.wire.recv(_BUFFER)
                except OSError:
                    data = b""
                ended = not data
                self._tell(talk, data)
                talk.waiting += data
            elif not ready:
                return True
            talk.held = talk.held or (self.levers.stops and bool(talk.waiting))
            if talk.held and talk.hung_up:
                self._reader = Reader(DOTS[self._paper], self._cut)
                return True
            self._print(talk)
        return True

    def _tell(self, talk: _Talk, data: bytes) -> None:
        if self.levers.mute:
            return
        for number in realtime(data):
            with contextlib.suppress(OSError):
                talk.wire.sendall(bytes((self._state(number),)))

    def _state(self, number: int) -> int:
        levers = self.levers
        empty = levers.paper <= 0
        match number:
            case 1:
                return _FIXED | 0x08 * (levers.stops and not levers.stalled)
            case 2:
                wrong = levers.cutter_stuck or levers.hot or levers.broken
                return _FIXED | 0x04 * levers.cover_open | 0x20 * empty | 0x40 * wrong
            case 3:
                return _FIXED | 0x08 * levers.cutter_stuck | 0x20 * levers.broken | 0x40 * levers.hot
            case _:
                return _FIXED | 0x0C * (levers.near_end or empty) | 0x60 * empty

    def _print(self, talk: _Talk) -> None:
        if self.levers.stops or not talk.waiting:
            return
        data = bytes(talk.waiting)
        talk.waiting.clear()
        try:
            self._reader.feed(data)
        except NotUnderstood:
            self.rubbish += 1
            self._reader = Reader(DOTS[self._paper], self._cut)

    def _cut(self, slip: Slip) -> None:
        picture = slip.picture()
        self.world.takes(_SLIP_SECONDS)
        self.levers.paper -= picture.height
        self.slips.append(picture)
        self.world.happened("slip", height=picture.height)
