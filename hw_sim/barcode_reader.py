"""A desk reader for QR codes with a USB serial port: it looks all the time and sends each code as a line."""

from __future__ import annotations

from dataclasses import dataclass

from hw_sim.pty_port import PtyPort
from hw_sim.world import World

_LOOK_SECONDS = 0.15


@dataclass(slots=True)
class ReaderLevers:
    """`end` follows each code (makers ship CR, LF, both, none); `noise` comes before it; `torn` sends half of it."""

    end: bytes = b"\r\n"
    noise: bytes = b""
    torn: bool = False


class BarcodeReader:
    """The reader. World event: `code-read`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.levers = ReaderLevers()
        self.port = PtyPort(lambda _: None)

    @property
    def uri(self) -> str:
        """What stands in the appliance's configuration."""
        return f"serial:{self.port.path}?baud=9600"

    def start(self) -> None:
        """Plug it in."""
        self.port.plug()

    def stop(self) -> None:
        """Take it away."""
        self.port.remove()

    def show(self, code: str) -> None:
        """Somebody holds a code before the reader."""
        self.world.takes(_LOOK_SECONDS)
        data = code.encode()
        if self.levers.torn:
            self.port.send(self.levers.noise + data[: len(data) // 2])
        else:
            self.port.send(self.levers.noise + data + self.levers.end)
        self.world.happened("code-read", length=len(data))
