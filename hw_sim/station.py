"""A whole kiosk's hardware and the central offices, simulated at the wire and started together."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from hw_sim.barcode_reader import BarcodeReader
from hw_sim.camera import MjpegCamera
from hw_sim.card_station import SAM_PIN, CardStation
from hw_sim.central.offices import HEAD_NIK, CentralOffices
from hw_sim.cupsd import Cupsd
from hw_sim.fingers import FingerCache
from hw_sim.paper_key import make_paper_key
from hw_sim.power import Board
from hw_sim.printer import Printer
from hw_sim.relay_board import RelayBoard
from hw_sim.roll_printer import RollPrinter
from hw_sim.sbi_identity import DeviceIdentity
from hw_sim.sbi_service import SbiService
from hw_sim.signature_pad import SignaturePad
from hw_sim.world import World


class Station:
    """Everything that stands round an appliance. A context manager: all of it runs from entry to exit.

    `directory` holds what the daemons need, `fingers` the cache of finger pictures; the print system remembers the
    last `most_jobs`, or all.
    """

    def __init__(self, world: World, directory: Path, fingers: Path, most_jobs: int = 0) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.world = world
        self.directory = directory
        self._most_jobs = most_jobs
        self.offices = CentralOffices(world, directory)
        self.cards = CardStation(world, directory / "pcscd")
        self.card_printer = Printer(world, "card")
        self.document_printer = Printer(world, "sheet")
        vendor = self.offices.authorities.scanner_chain()
        identity = DeviceIdentity(vendor.key, (vendor.certificate, *vendor.chain))  # type: ignore[arg-type]
        self.scanner = SbiService(world, FingerCache(fingers), identity)
        self.camera = MjpegCamera(world)
        self.pad = SignaturePad(world)
        self.receipts = RollPrinter(world)
        self.reader = BarcodeReader(world)
        self.light = RelayBoard(world)
        self.board = Board(directory / "sys", world)
        self.cups: Cupsd | None = None
        self._running = ExitStack()

    def __enter__(self) -> Station:
        self.offices.open()
        self._running.callback(self.offices.close)
        self.cards.start()
        self._running.callback(self.cards.stop)
        needed = (self.card_printer, self.document_printer, self.scanner, self.camera, self.pad)
        for device in (*needed, self.receipts, self.reader, self.light):
            device.start()
            self._running.callback(device.stop)
        queues = {"KTP": self.card_printer.uri, "KK": self.document_printer.uri, "STRUK": self.receipts.uri}
        raster = self.card_printer.speak_apple_raster
        self.cups = Cupsd(self.directory / "cups", queues, lambda _: raster(), self._most_jobs)
        self.cups.start()
        self._running.callback(self.cups.stop)
        return self

    def __exit__(self, *reason: object) -> None:
        self._running.close()

    def devices(self) -> dict[str, str]:
        """The URIs for `[devices]` of the appliance's configuration."""
        assert self.cups is not None
        return {
            "chip_encoder": self.cards.chip_encoder_uri,
            "secure_access_module": self.cards.secure_access_module_uri,
            "card_printer": self.cups.card_printer_uri,
            "document_printer": self.cups.document_printer_uri,
            "fingerprint_scanner": self.scanner.uri,
            "camera": self.camera.uri,
            "signature_pad": self.pad.uri,
            "receipt_printer": self.cups.receipt_printer_uri,
            "barcode_reader": self.reader.uri,
            "signal_light": self.light.uri,
            "power_supply": self.board.uri,
        }

    def config(self) -> str:
        """The fragment of the appliance's configuration that points at this station."""
        pin = self.directory / "sam-pin"
        pin.touch(mode=0o600)
        pin.write_text(SAM_PIN)
        outside = self.offices.config()
        office = {
            "name": "Dinas Kependudukan dan Pencatatan Sipil Kota Metro",
            "city": "KOTA METRO",
            "province": "LAMPUNG",
            "region": "18.72",
            "head_name": "SRI WAHYUNI KUSUMA",
            "head_nip": "197007012005012001",
            "head_nik": HEAD_NIK,
        }
        paper_key, papers = make_paper_key(self.directory, "Disdukcapil Kota Metro")
        outside["trust"]["papers"] = str(papers)
        text = f"specimen = true\nsam_pin_file = {json.dumps(str(pin))}\n"
        text += f"paper_key_file = {json.dumps(str(paper_key))}\n"
        for name, values in {"office": office, "devices": self.devices(), **outside}.items():
            text += _section(name, values)
        return text


def _section(name: str, values: Mapping[str, str]) -> str:
    return f"\n[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())
