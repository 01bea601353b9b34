"""A USB relay board of four relays (LCUS-4) with a tower light and a buzzer on it.

Written from the maker's product sheet: `A0`, relay, 1 or 0, sum; `FF` is answered with one line a relay.
"""

from __future__ import annotations

from dataclasses import dataclass

from hw_sim.pty_port import PtyPort
from hw_sim.world import World

RELAYS = 4
_CLICK_SECONDS = 0.01


@dataclass(slots=True)
class RelayLevers:
    """`silent` gives no states (as the board of one relay); `stuck` is a relay that does not move, from 1; `noise`
    comes before each answer."""

    silent: bool = False
    stuck: int = 0
    noise: bytes = b""


class RelayBoard:
    """The board. World event: `relay`, with its number and whether it is closed."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.levers = RelayLevers()
        self.closed = [False] * RELAYS
        self.port = PtyPort(self._hears)
        self._heard = bytearray()

    @property
    def uri(self) -> str:
        """What stands in the appliance's configuration."""
        return f"serial:{self.port.path}?baud=9600"

    @property
    def lamps(self) -> str:
        """What is lit, for a person: red, yellow, green, buzzer."""
        names = ("red", "yellow", "green", "buzzer")
        return " ".join(name for name, on in zip(names, self.closed, strict=True) if on)

    def start(self) -> None:
        """Plug it in."""
        self.port.plug()

    def stop(self) -> None:
        """Take it away."""
        self.port.remove()

    def unplug(self) -> None:
        """Pull the cable: the relays lose their current and open."""
        self.port.unplug()
        self.closed = [False] * RELAYS
        self._heard.clear()

    def _hears(self, data: bytes) -> None:
        self._heard += data
        while self._heard:
            if self._heard[0] == 0xFF:
                del self._heard[0]
                self._tell()
            elif self._heard[0] != 0xA0:
                del self._heard[0]
            elif len(self._heard) < 4:
                return
            else:
                start, relay, state, check = self._heard[:4]
                right = check == (start + relay + state) % 256 and 1 <= relay <= RELAYS and state < 2
                del self._heard[: 4 if right else 1]
                if right:
                    self._move(relay, bool(state))

    def _move(self, relay: int, closed: bool) -> None:
        if relay == self.levers.stuck or self.closed[relay - 1] == closed:
            return
        self.world.takes(_CLICK_SECONDS)
        self.closed[relay - 1] = closed
        self.world.happened("relay", number=relay, closed=closed)

    def _tell(self) -> None:
        if not self.levers.silent:
            lines = (f"CH{number}:{'ON' if on else 'OFF'} \r\n" for number, on in enumerate(self.closed, 1))
            self.port.send(self.levers.noise + "".join(lines).encode())
