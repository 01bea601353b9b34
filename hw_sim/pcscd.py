"""A private PC/SC daemon in the foreground with one vpcd reader of two slots, on a socket of its own.

Debian's pcscd has its socket path compiled in; handed a listening socket as systemd does, it takes any.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote

READER = "ACS ACR39U ICC Reader"
_DAEMON = Path("/usr/sbin/pcscd")
_DRIVERS = Path("/usr/lib/pcsc/drivers/serial")
_READY_SECONDS = 10.0
_LISTENING = "0A"
_START = """
exec 3<&"$1" 4<&0
open=$("$2" --help | grep -o -- --disable-polkit)
( export LISTEN_FDS=1 LISTEN_PID=$BASHPID; exec "$2" -f -i $open -c "$3" 4<&- </dev/null ) & daemon=$!
exec 3<&-
cat <&4 >/dev/null & wait -n
kill "$daemon" 2>/dev/null
for _ in {1..30}; do kill -0 "$daemon" 2>/dev/null || exit; sleep 0.1; done
kill -9 "$daemon"
"""
"""Hands the listening socket over as descriptor 3 and ends the daemon when our end of its standard input closes,
be it because this process was killed. A command that hangs in a mute reader keeps pcscd from ending by itself.
Newer builds ask polkit who a client is; in a private namespace nobody answers that, so they are told not to ask."""


READER_CAME, READER_LEFT = "RFAddReader() Using the pcscd polling thread", "RFUnloadReader() Unloading reader driver"
"""What the daemon says when it has taken up, and when it has let go, a reader on the bus."""


class DaemonFailed(RuntimeError):
    """The daemon did not come up; the text holds the end of its log."""


class Pcscd:
    """One pcscd process. Slot 0 is served on `ports[0]` of the loopback, slot 1 on `ports[1]`.

    vpcd listens on every interface and pcscd keeps its state in /run/pcscd: use it inside `hw_sim.sandbox`.
    With the environment of a `hw_sim.usb_bus.UsbBus` it has no vpcd reader but those that are plugged in there,
    driven by libccid.
    """

    def __init__(self, directory: Path, bus: Mapping[str, str] | None = None) -> None:
        self._directory = directory
        self._bus = dict(bus or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._listener: socket.socket | None = None
        self.ports = (0, 0)

    @property
    def socket_path(self) -> Path:
        """Where clients connect: PCSCLITE_CSOCK_NAME."""
        return self._directory / "pcscd.comm"

    def reader_name(self, slot: int) -> str:
        """The name under which PC/SC lists a slot."""
        return f"{READER} 00 {slot:02X}"

    def uri(self, slot: int) -> str:
        """The device URI of a slot: reader name and client socket, percent-encoded."""
        return f"pcsc:{quote(self.reader_name(slot))}?socket={quote(str(self.socket_path))}"

    def start(self) -> None:
        """Start the daemon and wait until both slots can take a card; raises DaemonFailed."""
        if not _DAEMON.is_file():
            raise DaemonFailed(f"{_DAEMON} is missing: install pcscd and vsmartcard-vpcd")
        self._directory.mkdir(parents=True, exist_ok=True)
        try:
            Path("/run/pcscd").mkdir(exist_ok=True)
        except OSError as refusal:
            raise DaemonFailed(f"pcscd needs /run/pcscd: {refusal.strerror}; use python -m hw_sim.sandbox") from None
        if self._bus:
            configuration = self._directory / "reader.conf.d"
            configuration.mkdir(exist_ok=True)
        else:
            port = _two_free_ports()
            self.ports = (port, port + 1)
            configuration = self._write_configuration(port)
        self._listener = socket.socket(socket.AF_UNIX)
        self.socket_path.unlink(missing_ok=True)
        self._listener.bind(str(self.socket_path))
        self._listener.listen(64)
        self.socket_path.chmod(0o666)
        number = self._listener.fileno()
        with (self._directory / "pcscd.log").open("wb") as log:
            self._process = subprocess.Popen(
                ["bash", "-c", _START, "pcscd-line", str(number), str(_DAEMON), str(configuration)],
                pass_fds=[number],
                start_new_session=True,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self._bus},
            )
        if not self._bus:
            self._await_ready()

    def stop(self) -> None:
        """End the daemon; clients should have disconnected before."""
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._process.wait(10)
            self._process = None
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        self.socket_path.unlink(missing_ok=True)

    def kill(self) -> None:
        """Let the daemon crash in the middle of whatever it does; its socket goes with it."""
        assert self._process is not None
        line = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        for child in line.read_text().split():
            if Path(f"/proc/{child}/comm").read_text().strip() == _DAEMON.name:
                os.kill(int(child), signal.SIGKILL)
        self.stop()

    def noticing(self, words: str, seconds: float = _READY_SECONDS) -> Callable[[], bool]:
        """Call what this gives to wait until the daemon has said these words again since now; whether it did."""
        before = self.log().count(words)

        def wait() -> bool:
            until = time.monotonic() + seconds
            while self.log().count(words) <= before:
                if time.monotonic() > until:
                    return False
                time.sleep(0.01)
            return True

        return wait

    def log(self) -> str:
        """What the daemon has said."""
        with contextlib.suppress(FileNotFoundError):
            return (self._directory / "pcscd.log").read_text(errors="replace")
        return ""

    def _write_configuration(self, port: int) -> Path:
        # a library shared by two entries would share its state
        library = self._directory / "libifdvpcd.so"
        shutil.copyfile(_find_driver(), library)
        folder = self._directory / "reader.conf.d"
        folder.mkdir(exist_ok=True)
        entry = f'FRIENDLYNAME "{READER}"\nDEVICENAME /dev/null:{port}\nLIBPATH {library}\nCHANNELID {port}\n'
        (folder / "vpcd").write_text(entry)
        return folder

    def _await_ready(self) -> None:
        until = time.monotonic() + _READY_SECONDS
        while not set(self.ports) <= _listening_ports():
            assert self._process is not None
            if self._process.poll() is not None or time.monotonic() > until:
                self.stop()
                raise DaemonFailed(f"pcscd did not come up:\n{self.log()[-2000:]}")
            time.sleep(0.005)


def _find_driver() -> Path:
    for path in sorted(_DRIVERS.glob("libifdvpcd.so*")):
        return path
    raise DaemonFailed(f"no libifdvpcd.so in {_DRIVERS}: install vsmartcard-vpcd")


def _two_free_ports() -> int:
    """The first of two adjoining free TCP ports, since vpcd serves its second slot on the next one."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("", 0))
            port = int(first.getsockname()[1])
            try:
                second.bind(("", port + 1))
            except (OSError, OverflowError):
                continue
            return port


def _listening_ports() -> set[int]:
    """Ports with a listener in this network namespace; a trial connection would look like a card."""
    ports = set()
    for table in ("/proc/self/net/tcp", "/proc/self/net/tcp6"):
        with contextlib.suppress(FileNotFoundError):
            for line in Path(table).read_text().splitlines()[1:]:
                _, address, _, state, *_ = line.split()
                if state == _LISTENING:
                    ports.add(int(address.rpartition(":")[2], 16))
    return ports
