"""A session at the dock in a real browser: hands at the simulated devices on one page, what the running appliance
tells its technician and its residents on the others.

The pictures of it in the README are written with `RENEW_LOOKS=1`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from looks import RENEW
from playwright.sync_api import Browser, Page, expect

from appliance.faults import FaultCode
from appliance.kiosk_ui.notices import notice
from hw_sim.demo.appliance import Appliance
from hw_sim.dock import Dock
from hw_sim.hands import Hands
from hw_sim.people import Person
from hw_sim.station import Station
from hw_sim.world import World

pytestmark = [pytest.mark.daemons, pytest.mark.timeout(180)]

ROOT = Path(__file__).parents[2]
PIN = "314159"
SEEN_MS = 12_000
"""What is polled is polled every three seconds; the rest is room for a busy machine."""


@dataclass(frozen=True)
class Session:
    """The dock and the appliance's addresses."""

    dock: str
    resident: str
    technician: str


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    folder = tmp_path_factory.mktemp("session")
    with Station(World(speed=0.0), folder / "station", ROOT / "build" / "fingers") as station:
        appliance = Appliance(folder / "appliance", station.config(), {})
        appliance.run("account", "set", "teknisi", "teknisi", "Teknisi", stdin=PIN + "\n")
        dock = Dock(Hands(station), {"SUGENG REJO": Person("SUGENG REJO", 7)})
        dock.start()
        appliance.start()
        try:
            faces = {face: f"http://{address}" for face, address in appliance.addresses.items()}
            yield Session(dock.address, faces["resident"], faces["technician"])
        finally:
            appliance.stop()
            dock.stop()


@pytest.fixture
def pages(chromium: Browser, session: Session) -> Iterator[tuple[Page, Page, Page]]:
    """The dock, the technician's first page signed in, the kiosk."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    context.set_default_timeout(SEEN_MS)
    dock, technician, kiosk = context.new_page(), context.new_page(), context.new_page()
    dock.goto(session.dock)
    technician.goto(f"{session.technician}/teknisi/")
    technician.get_by_label("Nama pengguna").fill("teknisi")
    technician.get_by_label("PIN").fill(PIN)
    technician.get_by_role("button", name="Masuk").click()
    kiosk.goto(f"{session.resident}/")
    yield dock, technician, kiosk
    context.close()


def press(dock: Page, verb: str) -> None:
    dock.locator(f'form[action="/{verb}"] button').click()
    expect(dock.get_by_role("heading", level=1)).to_be_visible()


def picture(page: Page, name: str) -> None:
    if RENEW:
        page.screenshot(path=ROOT / "docs" / "screens" / f"{name}.png", full_page=name == "dock")


def test_what_a_hand_does_at_the_dock_stands_on_the_pages_and_is_gone_again(pages: tuple[Page, Page, Page]) -> None:
    dock, technician, kiosk = pages
    verdict = technician.locator("[data-verdict]:visible strong")
    expect(verdict).to_have_text("Siap berangkat", timeout=SEEN_MS)
    for verb, back, device, code in (
        ("unplug-pad", "plug-pad", "signature_pad", FaultCode.PAD_UNREACHABLE),
        ("unplug-camera", "plug-camera", "camera", FaultCode.CAMERA_UNREACHABLE),
        ("jam-card", "clear-printers", "card_printer", FaultCode.PRINTER_MEDIA_JAM),
        ("paper-empty", "clear-printers", "document_printer", FaultCode.PRINTER_MEDIA_EMPTY),
        ("unplug-card-printer", "plug-card-printer", "card_printer", FaultCode.PRINTER_UNREACHABLE),
        ("unplug-scanner", "plug-scanner", "fingerprint_scanner", FaultCode.SCANNER_UNREACHABLE),
    ):
        press(dock, verb)
        expect(technician.locator(f"[data-reason={device}]")).to_contain_text(
            notice(code).technician.rstrip("."), timeout=SEEN_MS
        )
        expect(verdict).to_have_text("Belum siap")
        if device == "fingerprint_scanner":
            kiosk.reload()
            for page, name in ((dock, "dock"), (technician, "dock-technician"), (kiosk, "dock-kiosk")):
                picture(page, name)
        press(dock, back)
        expect(technician.locator("[data-reason]")).to_have_count(0, timeout=SEEN_MS)
        expect(verdict).to_have_text("Siap berangkat")


def test_a_cable_is_pulled_once_and_told_of_until_it_is_back(pages: tuple[Page, Page, Page]) -> None:
    dock, *_ = pages
    for _ in range(2):
        press(dock, "unplug-reader")
    expect(dock.get_by_text("reader", exact=True)).to_be_visible()
    for _ in range(2):
        press(dock, "plug-reader")
    expect(dock.get_by_text("reader", exact=True)).to_have_count(0)


def test_somebody_steps_before_the_devices(pages: tuple[Page, Page, Page]) -> None:
    dock, *_ = pages
    dock.get_by_role("button", name="SUGENG REJO").click()
    expect(dock.get_by_role("definition").filter(has_text="SUGENG REJO")).to_be_visible()
