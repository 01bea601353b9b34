"""Ten thousand captures, exchanges and prints with each driver: does it keep memory?

`make soak` (an hour and more; `CYCLES=300` for a look, `--only NAME` for one). Each driver works in a process of its
own, so that what the simulated device keeps is not counted; its children are. The first tenth warms up.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import hw_sim.camera
from appliance.clock import Deadline
from appliance.devices import FingerPosition, PrintDocument
from appliance.drivers.catalogue import open_device
from appliance.drivers.isdv4_pad import IsdV4Pad
from appliance.faults import DeviceFault
from hw_sim.fingers import FingerCache
from hw_sim.people import Person
from hw_sim.printer import Printer
from hw_sim.station import Station
from hw_sim.usb_bus import UsbBus
from hw_sim.usb_finger_scanner import UsbFingerScanner
from hw_sim.world import Event, When, World
from hw_sim.zfm_module import TAKES, ZfmModule

LIMIT_MB = 5.0
FINGERS = Path(__file__).parents[2] / "build" / "fingers"
RESULT = Path(__file__).parents[2] / "build" / "bench" / "soak.json"
SELECT = bytes.fromhex("00A4040008F04B545053494D0100")
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
SHEET = PrintDocument(PDF, "application/pdf", "iso_a4_210x297mm", "soak")
NUMBERS = count()


@dataclass(frozen=True)
class Soaked:
    """One driver: cycles done, seconds, resident memory after warming up and at the end, in MB.

    `faults` are what it raised on the way, on a busy machine of its own deadlines; such a cycle is done again.
    """

    what: str
    cycles: int
    seconds: float
    warm_mb: float
    end_mb: float
    faults: int = 0
    limit_mb: float = LIMIT_MB

    @property
    def ok(self) -> bool:
        return self.end_mb - self.warm_mb <= self.limit_mb


def _transmit(encoder: Any) -> None:
    assert encoder.transmit(SELECT, Deadline.after(5)).sw == 0x9000


def _still(camera: Any) -> None:
    camera.capture_still(Deadline.after(5))


def _finger(scanner: Any) -> None:
    scanner.capture((FingerPosition.RIGHT_INDEX,), 40, Deadline.after(10))


def _sign(pad: Any) -> None:
    pad.sign(Deadline.after(5))


def _print(printer: Any) -> None:
    key = f"soak-{next(NUMBERS)}"
    printer.submit(SHEET, key)
    printer.settle(key, Deadline.after(30))


PATIENCE = 10
"""Faults one after the other; then the device is taken for broken."""

VERBS: dict[str, tuple[str, Callable[[Any], None]]] = {
    "chip_encoder": ("chip_encoder", _transmit),
    "camera": ("camera", _still),
    "fingerprint_scanner": ("fingerprint_scanner", _finger),
    "usb_scanner": ("fingerprint_scanner", _finger),
    "serial_scanner": ("fingerprint_scanner", _finger),
    "signature_pad": ("signature_pad", _sign),
    "document_printer": ("document_printer", _print),
}
"""What is worked: the kind of device, and how."""

KEPT = 100
"""Sheets that queue and printer remember. cupsd writes its whole list down after each job, so without an end to it
the ten-thousandth sheet would take many times as long as the first."""


def resident_mb(process: int | str = "self") -> float:
    """Resident memory of a process and its children, in MB (proc(5): VmRSS)."""
    status = Path(f"/proc/{process}/status").read_text()
    own = int(status.partition("VmRSS:")[2].split()[0]) / 1024
    children = Path(f"/proc/{process}/task").glob("*/children")
    with contextlib.suppress(OSError):
        own += sum(resident_mb(child) for path in children for child in path.read_text().split())
    return own


def one(what: str, uri: str, cycles: int, roots: Path) -> Soaked:
    """Work one driver in this process."""
    kind, verb = VERBS[what]
    pad = IsdV4Pad(uri.removeprefix("serial:").partition("?")[0], rest_s=0.01)
    device: Any = pad if kind == "signature_pad" else open_device(kind, uri, scanner_roots=roots.read_bytes())
    device.open()
    if kind == "chip_encoder":
        device.await_card(Deadline.after(5))
    began = time.monotonic()
    faults = _work(verb, device, max(1, cycles // 10))
    warm = resident_mb()
    faults += _work(verb, device, cycles - cycles // 10)
    end = resident_mb()
    device.close()
    return Soaked(what, cycles, round(time.monotonic() - began, 1), round(warm, 1), round(end, 1), faults)


def _work(verb: Callable[[Any], None], device: Any, cycles: int) -> int:
    """So many cycles that end well; how often one did not. Raises where nothing goes well any more."""
    faults = in_a_row = 0
    while cycles:
        try:
            verb(device)
            cycles, in_a_row = cycles - 1, 0
        except DeviceFault:
            faults, in_a_row = faults + 1, in_a_row + 1
            if in_a_row > PATIENCE:
                raise
            with contextlib.suppress(DeviceFault):
                device.open()
    return faults


def soak(cycles: int, names: Sequence[str]) -> Iterator[Soaked]:
    """Each of these drivers in turn, over a simulated station; inside `hw_sim.sandbox`."""
    hw_sim.camera.FRAMES_PER_SECOND = 1000
    person = Person("Uji Coba", 9001)
    with TemporaryDirectory(prefix="soak-") as place, ExitStack() as devices:
        folder = Path(place)
        folder.chmod(0o755)
        station = devices.enter_context(Station(World(speed=0.0), folder / "station", FINGERS, KEPT))
        station.world.people.update(at_scanner=person, at_camera=person, at_pad=person)
        station.cards.encoder.insert(station.cards.blank())
        printer = station.document_printer
        station.world.on(When("printed"), lambda event: _refill(printer, event), once=False)
        uris, roots = station.devices(), station.offices.authorities.scanner_roots
        for take in range(TAKES):
            # Grown before anybody waits for it.
            FingerCache(FINGERS).impression(person.finger_seed(FingerPosition.RIGHT_INDEX), take)
        for name in names:
            environment: dict[str, str] = {}
            if name == "usb_scanner":
                uris[name], environment = "usb:298d:1010", _usb_scanner(devices, person)
            elif name == "serial_scanner":
                uris[name] = _serial_scanner(devices, folder / "serial", person)
            what = [name, uris[name], str(max(10, cycles)), str(roots), json.dumps(environment)]
            done = subprocess.run([sys.executable, __file__, "--one", *what], stdout=subprocess.PIPE, check=True)
            yield Soaked(**json.loads(done.stdout))


def _refill(printer: Printer, event: Event) -> None:
    """Paper into the tray, the sheets out of it; and the printer keeps no more jobs than the queue."""
    printer.tray = 250
    printer.outputs.clear()
    printer.forget(int(str(event.facts["job"])) - KEPT)


def _usb_scanner(devices: ExitStack, person: Person) -> dict[str, str]:
    """A scanner on a bus of its own; what the driver's process needs in its environment to meet it."""
    bus = devices.enter_context(UsbBus(World(speed=0.0)))
    bus.world.people["at_scanner"] = person
    scanner = UsbFingerScanner(bus.world, FingerCache(FINGERS), TAKES)
    scanner.levers.finger = FingerPosition.RIGHT_INDEX
    bus.plug("1-1", scanner)
    return bus.environment()


def _serial_scanner(devices: ExitStack, path: Path, person: Person) -> str:
    module = ZfmModule(World(speed=0.0), FingerCache(FINGERS), path)
    module.world.people["at_scanner"] = person
    module.on_glass = FingerPosition.RIGHT_INDEX
    module.start()
    devices.callback(module.stop)
    return module.uri


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("cycles", nargs="?", type=int, default=10_000)
    parser.add_argument("--one", nargs=5)
    parser.add_argument("--only", action="append", choices=list(VERBS), default=[])
    told = parser.parse_args()
    if told.one:
        name, uri, cycles, roots, environment = told.one
        # The driver's child meets the simulated bus by it; this process has started without.
        os.environ.update(json.loads(environment))
        print(json.dumps(asdict(one(name, uri, int(cycles), Path(roots)))))
        return 0
    rows = []
    for row in soak(told.cycles, told.only or list(VERBS)):
        grown = row.end_mb - row.warm_mb
        print(
            f"{row.what:20} {row.cycles:6} cycles {row.seconds:8.1f} s  {row.warm_mb:6.1f} MB  {grown:+5.1f} MB"
            f"  {row.faults} faults",
            flush=True,
        )
        rows.append({**asdict(row), "grown_mb": round(grown, 1), "ok": row.ok})
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps(rows, indent=1))
    return 0 if all(row["ok"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
