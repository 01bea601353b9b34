"""Power supplies: an uninterruptible supply behind NUT's own daemon, and the kernel's /sys of a board.

`Ups` writes the file that NUT's `dummy-ups` plays (dummy-ups(8)) and runs it with a private `upsd`; the variables and
status words are those of RFC 9271. `Board` writes a tree of the files that Linux keeps for batteries, chargers
(Documentation/ABI/testing/sysfs-class-power) and the Raspberry Pi's throttling bits.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from hw_sim.world import World

NAME = "siaga"
PATIENCE_SECONDS = 10.0


class PowerError(RuntimeError):
    """The supply's daemons did not come up."""


class Ups:
    """An uninterruptible supply of 1 kVA. A context manager; `uri` is what the appliance's configuration names.

    What a person does (`mains_off`, `drain`, …) returns when NUT tells it to its clients.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.home = Path(tempfile.mkdtemp(prefix="siaga-nut-", dir="/tmp"))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port: int = probe.getsockname()[1]
        self._driver: subprocess.Popen[bytes] | None = None
        self._daemon: subprocess.Popen[bytes] | None = None
        self._said = {
            "device.mfr": "SIAGA simulated",
            "device.model": "UPS 1000",
            "device.serial": "UPS-0001",
            "ups.status": "OL CHRG",
            "battery.charge": "97",
            "battery.runtime": "1800",
        }

    @property
    def uri(self) -> str:
        """The supply as the appliance names it."""
        return f"nut://127.0.0.1:{self._port}/{NAME}"

    def __enter__(self) -> Ups:
        driver = (
            f"[{NAME}]\n driver = dummy-ups\n port = {self.home}/{NAME}.dev\n mode = dummy-loop\n pollinterval = 1\n"
        )
        for name, text in (
            ("ups.conf", driver),
            ("upsd.conf", f"LISTEN 127.0.0.1 {self._port}\nMAXAGE 2\n"),
            ("upsd.users", ""),
        ):
            (self.home / name).write_text(text)
            (self.home / name).chmod(0o640)
        self._write()
        self.plug()
        self.start_daemon()
        return self

    def __exit__(self, *reason: object) -> None:
        self.stop_daemon()
        self.unplug()
        shutil.rmtree(self.home, ignore_errors=True)

    def mains_off(self, percent: int = 97, seconds: int = 1800) -> None:
        """The mains fails: on battery."""
        self._tell("ups.status", "OB DISCHRG", percent, seconds)

    def nearly_empty(self, percent: int = 8, seconds: int = 45) -> None:
        """On battery, and the supply says that little is left."""
        self._tell("ups.status", "OB DISCHRG LB", percent, seconds)

    def mains_on(self, percent: int = 97, seconds: int = 1800) -> None:
        """The mains is back."""
        self._tell("ups.status", "OL CHRG", percent, seconds)

    def plug(self) -> None:
        """The supply's data cable goes in: its driver runs."""
        if self._driver is None:
            self._driver = self._run("/lib/nut/dummy-ups", "-F", "-a", NAME)
            self._until((self.home / f"dummy-ups-{NAME}").exists, "the driver listens")

    def unplug(self) -> None:
        """The data cable is pulled: its driver is gone."""
        driver, self._driver = self._driver, None
        if driver is not None:
            driver.kill()
            driver.wait()

    def freeze(self) -> None:
        """The driver stops answering its daemon, which then calls its data stale."""
        assert self._driver is not None
        self._driver.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """The driver answers again."""
        assert self._driver is not None
        self._driver.send_signal(signal.SIGCONT)

    def start_daemon(self) -> None:
        """Start upsd and wait until it hands out what the driver said."""
        self._daemon = self._run("/lib/nut/upsd", "-F")
        self._until(lambda: self.heard("ups.status") == self._said["ups.status"], "upsd tells the status")

    def stop_daemon(self) -> None:
        """End upsd."""
        daemon, self._daemon = self._daemon, None
        if daemon is not None:
            daemon.kill()
            daemon.wait()

    def heard(self, variable: str) -> str:
        """What NUT's own client hears of a variable; empty where it gets an error."""
        line = ["upsc", f"{NAME}@127.0.0.1:{self._port}", variable]
        done = subprocess.run(line, capture_output=True, text=True, timeout=10, check=False, env=self._environment())
        return done.stdout.strip() if done.returncode == 0 else ""

    def wait_until(self, variable: str, value: str) -> None:
        """Until NUT's own client hears this; the empty text is an error."""
        self._until(lambda: self.heard(variable) == value, f"{variable} is {value!r}")

    def _tell(self, variable: str, value: str, percent: int, seconds: int) -> None:
        self._said |= {variable: value, "battery.charge": str(percent), "battery.runtime": str(seconds)}
        self._write()
        self.world.happened("power", status=value)
        for name in (variable, "battery.charge", "battery.runtime"):
            self.wait_until(name, self._said[name])

    def _write(self) -> None:
        fresh = self.home / "fresh"
        fresh.write_text("".join(f"{name}: {value}\n" for name, value in self._said.items()))
        fresh.replace(self.home / f"{NAME}.dev")

    def _environment(self) -> dict[str, str]:
        home = str(self.home)
        return {**os.environ, "NUT_CONFPATH": home, "NUT_STATEPATH": home, "NUT_ALTPIDPATH": home}

    def _run(self, *command: str) -> subprocess.Popen[bytes]:
        user = ("-u", "root") if os.geteuid() == 0 else ()
        with (self.home / "log").open("ab") as log:
            return subprocess.Popen(
                [*command, *user], env=self._environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def _until(self, holds: Callable[[], object], what: str) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            if time.monotonic() > end:
                raise PowerError(f"{what}: not in {PATIENCE_SECONDS:g} s; {(self.home / 'log').read_text()[-400:]}")
            time.sleep(0.02)


class Board:
    """The files of /sys of a Raspberry Pi with a battery and a charger, under a folder of its own."""

    def __init__(self, root: Path, world: World) -> None:
        self.world = world
        self.root = root
        self._away = root.with_name(root.name + ".away")
        self._battery = {
            "type": "Battery",
            "present": "1",
            "status": "Full",
            "capacity": "97",
            "manufacturer": "SIAGA simulated",
            "model_name": "Van 12 V",
            "serial_number": "BAT-1",
            "energy_now": "97000000",
            "power_now": "0",
        }
        self._bits = 0
        self._online = True
        self._heat = 48_312
        self._write()

    @property
    def uri(self) -> str:
        """The board as the appliance names it."""
        return f"sysfs:{self.root}"

    def mains_off(self, percent: int = 97, watts: int = 20) -> None:
        """The charger gets no current; the battery carries `watts`."""
        self._online = False
        power = {"status": "Discharging", "capacity": str(percent)}
        self._battery |= power | {"energy_now": str(percent * 1_000_000), "power_now": str(watts * 1_000_000)}
        self._write()

    def nearly_empty(self) -> None:
        """On battery with 4 percent left."""
        self.mains_off(percent=4, watts=160)

    def mains_on(self) -> None:
        """The charger works."""
        self._online = True
        self._battery |= {"status": "Charging", "power_now": "0"}
        self._write()

    def starve(self, now: bool = True) -> None:
        """The supply sags below 4.63 V; afterwards the bit that remembers it stays until the next start."""
        self._bits = 0x50005 if now else 0x50000
        self._write()

    def overheat(self) -> None:
        """The processor is throttled for heat alone."""
        self._bits = 0x80008 | 0x4
        self._heat = 84_100
        self._write()

    def cool_down(self) -> None:
        """The heat is over; the bits that remember it stay until the next start."""
        self._bits &= 0xF0000
        self._heat = 52_000
        self._write()

    def unplug(self) -> None:
        """Nothing is told any more."""
        self.root.rename(self._away)

    def plug(self) -> None:
        """It is told again."""
        self._away.rename(self.root)

    def _write(self) -> None:
        for name, content in (
            ("class/power_supply/BAT0", self._battery),
            ("class/power_supply/AC", {"type": "Mains", "online": str(int(self._online))}),
            ("class/thermal/thermal_zone0", {"type": "cpu-thermal", "temp": str(self._heat)}),
            ("class/mmc_host/mmc0/mmc0:0001", {"life_time": "0x02 0x03"}),
            ("devices/platform/soc/soc:firmware", {"get_throttled": f"{self._bits:x}"}),
        ):
            folder = self.root / name
            folder.mkdir(parents=True, exist_ok=True)
            for attribute, text in content.items():
                fresh = self.root / "fresh"
                fresh.write_text(f"{text}\n")
                fresh.replace(folder / attribute)
        self.world.happened("power", mains=self._online, bits=self._bits)
