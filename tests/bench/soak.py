"""Ten thousand captures, exchanges and prints with each driver: does it keep memory?

`make soak` (about half an hour; `CYCLES=300` for a look). Each driver works in a process of its own, so that what the
simulated device keeps is not counted; its children are. The first tenth warms up.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
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
from hw_sim.people import Person
from hw_sim.station import Station
from hw_sim.world import Event, When, World

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
    """One driver: cycles done, seconds, resident memory after warming up and at the end, in MB."""

    what: str
    cycles: int
    seconds: float
    warm_mb: float
    end_mb: float
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


VERBS: dict[str, Callable[[Any], None]] = {
    "chip_encoder": _transmit,
    "camera": _still,
    "fingerprint_scanner": _finger,
    "signature_pad": _sign,
    "document_printer": _print,
}
SHARES = {"document_printer": 0.02}
"""A sheet through a real CUPS takes a tenth of a second of everybody's processor, and each new one is looked for in
the queue's whole history: so much of the cycles."""


def resident_mb(process: int | str = "self") -> float:
    """Resident memory of a process and its children, in MB (proc(5): VmRSS)."""
    status = Path(f"/proc/{process}/status").read_text()
    own = int(status.partition("VmRSS:")[2].split()[0]) / 1024
    children = Path(f"/proc/{process}/task").glob("*/children")
    with contextlib.suppress(OSError):
        own += sum(resident_mb(child) for path in children for child in path.read_text().split())
    return own


def one(kind: str, uri: str, cycles: int, roots: Path) -> Soaked:
    """Work one driver in this process."""
    pad = IsdV4Pad(uri.removeprefix("serial:").partition("?")[0], rest_s=0.01)
    device: Any = pad if kind == "signature_pad" else open_device(kind, uri, scanner_roots=roots.read_bytes())
    device.open()
    if kind == "chip_encoder":
        device.await_card(Deadline.after(5))
    verb, began = VERBS[kind], time.monotonic()
    for _ in range(max(1, cycles // 10)):
        verb(device)
    warm = resident_mb()
    for _ in range(cycles - cycles // 10):
        verb(device)
    end = resident_mb()
    device.close()
    return Soaked(kind, cycles, round(time.monotonic() - began, 1), round(warm, 1), round(end, 1))


def soak(cycles: int, kinds: Sequence[str]) -> Iterator[Soaked]:
    """Each of these drivers in turn, over a simulated station; inside `hw_sim.sandbox`."""
    hw_sim.camera.FRAMES_PER_SECOND = 1000
    with TemporaryDirectory(prefix="soak-") as place:
        folder = Path(place)
        folder.chmod(0o755)
        with Station(World(speed=0.0), folder / "station", FINGERS) as station:
            person = Person("Uji Coba", 9001)
            station.world.people.update(at_scanner=person, at_camera=person, at_pad=person)
            station.cards.encoder.insert(station.cards.blank())
            printer = station.document_printer

            def refill(_: Event) -> None:
                printer.tray = 250
                printer.outputs.clear()

            station.world.on(When("printed"), refill, once=False)
            uris = station.devices()
            for kind in kinds:
                roots = station.offices.authorities.scanner_roots
                wanted = max(10, int(cycles * SHARES.get(kind, 1.0)))
                line = [sys.executable, __file__, "--one", kind, uris[kind], str(wanted), str(roots)]
                done = subprocess.run(line, stdout=subprocess.PIPE, check=True)
                yield Soaked(**json.loads(done.stdout))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("cycles", nargs="?", type=int, default=10_000)
    parser.add_argument("--one", nargs=4)
    parser.add_argument("--only", action="append", choices=list(VERBS), default=[])
    told = parser.parse_args()
    if told.one:
        kind, uri, cycles, roots = told.one
        print(json.dumps(asdict(one(kind, uri, int(cycles), Path(roots)))))
        return 0
    rows = []
    for row in soak(told.cycles, told.only or list(VERBS)):
        grown = row.end_mb - row.warm_mb
        print(
            f"{row.what:20} {row.cycles:6} cycles {row.seconds:8.1f} s  {row.warm_mb:6.1f} MB  {grown:+5.1f} MB",
            flush=True,
        )
        rows.append({**asdict(row), "grown_mb": round(grown, 1), "ok": row.ok})
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps(rows, indent=1))
    return 0 if all(row["ok"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
