"""The works of the fault suite: simulated devices and offices at the wire, our drivers and steps on the other side.

All daemons run once a session. Each test gets books of its own, brought to where one step is about to be done.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import card_files as made
import typst
from PIL import Image, ImageDraw

from appliance.biometrics.engine import Found
from appliance.biometrics.minutiae import Kind, Minutia, Template
from appliance.devices import Device
from appliance.drivers import mjpeg_camera, sbi
from appliance.drivers.chip_encoder import open_chip_encoder
from appliance.drivers.printer import card_printer, document_printer
from appliance.drivers.secure_access_module import open_secure_access_module
from hw_sim.camera import MjpegCamera
from hw_sim.card_station import SAM_PIN, CardStation
from hw_sim.central.offices import HEAD_NIK, OFFICIALS, CentralOffices
from hw_sim.cupsd import Cupsd
from hw_sim.fingers import FingerCache
from hw_sim.people import Person
from hw_sim.printer import Printer
from hw_sim.sbi_identity import make_identity
from hw_sim.sbi_service import SERIAL, SbiService
from hw_sim.world import World

FINGERS = Path(__file__).parents[2] / "build" / "fingers"
PERSON = Person("Uji Coba", 9001)
PASSPHRASE = OFFICIALS[0].passphrase
PDF = typst.compile(
    b'#set document(date: datetime(year: 2026, month: 11, day: 24), title: "KK")\n= SPECIMEN',
    format="pdf", pdf_standards=["a-2a"],
) + b"\n"  # fmt: skip


class Clerk:
    """Every paper is the same small PDF, every card face the same picture."""

    def __getattr__(self, name: str) -> Callable[[object], bytes]:
        if not name.startswith("render_"):
            raise AttributeError(name)
        return (lambda values: face()) if name == "render_card_face" else (lambda values: PDF)


@functools.cache
def face() -> bytes:
    picture = Image.new("RGB", (1012, 638), "white")
    ImageDraw.Draw(picture).text((60, 60), "SPECIMEN", fill=(0, 0, 0), font_size=40)
    out = io.BytesIO()
    picture.save(out, "PNG", dpi=(300, 300))
    return out.getvalue()


class AnyFinger:
    """Finds thirty minutiae in any picture; what the real engine finds is tried elsewhere."""

    def start(self) -> None: ...

    def close(self) -> None: ...

    def cause(self, png: bytes) -> str:
        return "finger.unclear"

    def extract(self, png: bytes) -> tuple[Template, int]:
        points = tuple(Minutia(3 + png[-20] + row, 10 + 8 * row, 20, Kind.ENDING, 60) for row in range(30))
        return Template(400, 480, points), 70

    def match_many(self, probe: Template, gallery: list[Template]) -> tuple[int, ...]:
        return tuple(3 for _ in gallery)

    def search(self, probe: Template, gallery: list[bytes]) -> tuple[Found, ...]:
        return tuple(Found(at, 3) for at in range(len(gallery)))


class SameFinger(AnyFinger):
    """Takes whatever it compares for one finger, and draws its mark."""

    def match_many(self, probe: Template, gallery: list[Template]) -> tuple[int, ...]:
        return tuple(90 for _ in gallery)

    def mark(self, png: bytes) -> bytes:
        return b"\x89PNG the mark of a thumb"


class Works:
    """Everything that stands on the other side of the wires; a context manager."""

    def __init__(self, folder: Path) -> None:
        self.world = World(speed=0.0)
        self.folder = folder
        self.offices = CentralOffices(self.world, folder)
        self.cards = CardStation(self.world, folder / "pcscd")
        self.card_printer, self.sheet_printer = Printer(self.world, "card"), Printer(self.world, "sheet")
        identity, self.scanner_root = make_identity(SERIAL)
        self.scanner = SbiService(self.world, FingerCache(FINGERS), identity, ports=(0,))
        self.camera = MjpegCamera(self.world)
        self.who = made.issuer()
        self._running = ExitStack()

    def __enter__(self) -> Works:
        for one in (self.card_printer, self.sheet_printer, self.scanner, self.camera, self.cards):
            one.start()
            self._running.callback(one.stop)
        self.offices.open()
        self._running.callback(self.offices.close)
        queues = {"KTP": self.card_printer.uri, "KK": self.sheet_printer.uri}
        self.cups = Cupsd(self.folder / "cups", queues, lambda _: self.card_printer.speak_apple_raster())
        self.cups.start()
        self._running.callback(self.cups.stop)
        self.devices: dict[str, Device] = {
            "chip_encoder": open_chip_encoder(self.cards.chip_encoder_uri),
            "secure_access_module": open_secure_access_module(self.cards.secure_access_module_uri, SAM_PIN),
            "card_printer": card_printer(self.cups.card_printer_uri),
            "document_printer": document_printer(self.cups.document_printer_uri),
            "fingerprint_scanner": sbi.from_uri(self.scanner.uri, self.scanner_root),
            "camera": mjpeg_camera.from_uri(self.camera.uri),
        }
        for device in self.devices.values():
            self._running.callback(device.close)
        return self

    def __exit__(self, *reason: object) -> None:
        self._running.close()

    def mend(self) -> None:
        """Everything in order again, as it was before the fault."""
        for printer in (self.card_printer, self.sheet_printer):
            printer.start()
            printer.clear()
        if self.cards.slots[1].card is None:
            self.cards.slots[1].insert(self.cards.sam)
        self.cups.run("cupsenable", "KK", "KTP")
        for levers in (self.scanner.levers, self.camera.levers):
            fresh = type(levers)()
            for name in fresh.__dataclass_fields__:
                setattr(levers, name, getattr(fresh, name))
        self.scanner.foreign = None
        self.world.people.update(at_scanner=PERSON, at_pad=PERSON)  # nobody at the camera: a face takes long to draw
        self.offices.troubles.clear()
        self.offices.esign.set_status(HEAD_NIK, "ISSUE")
        self.offices.open()

    def clear_away(self) -> None:
        """Nothing of a test is left in a slot, a tray or a queue, nor in the memory of a printer.

        The same books are copied for many tests, and with them the keys of print jobs: a printer that remembered one
        would rightly print nothing.
        """
        self.mend()
        self.cards.encoder.remove()
        for printer, queue in ((self.card_printer, "KTP"), (self.sheet_printer, "KK")):
            printer.eject()
            printer.cancel_all()
            self.cups.run("cancel", "-a", "-x", queue)
            printer.jobs.clear()
