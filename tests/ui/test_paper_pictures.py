"""A letter photographed at its line of the checklist, in a real browser."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from counter import Counter, open_counter
from faces import Site, Watched, served
from front_office import open_office
from playwright.sync_api import expect
from screens import accessible, sign_in
from test_browser import SCREENS

from appliance.casework.roles import Role
from appliance.clock import utc_millis
from appliance.devices import StillImage
from hw_sim.papers import Letter, drawn

LINES = tuple(f"Baris {number} surat keterangan domisili SPECIMEN" for number in range(1, 18))


@dataclass
class Desk:
    """The office before its server, and the machines behind it."""

    site: Site
    counter: Counter

    def lies_there(self, letter: Letter, light: float = 1.0) -> None:
        """What the camera sees from now on."""
        out = io.BytesIO()
        drawn(letter, (960, 1280)).point(lambda grey: int(grey * light)).save(out, "JPEG")
        self.counter.devices["camera"].capture_still = lambda by: StillImage(out.getvalue(), 960, 1280)


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    found = open_counter(tmp_path, utc_millis())
    found.attached()
    yield found
    found.store.close()


@pytest.fixture
def site(tmp_path: Path, counter: Counter) -> Iterator[Site]:
    """The same books before a server."""
    with served(open_office(tmp_path, (Role.PETUGAS,))) as found:
        yield found


@pytest.fixture
def desk(site: Site, counter: Counter) -> Desk:
    counter.tell = site.place.services.pulse.beat
    return Desk(site, counter)


def test_an_officer_photographs_a_letter_sees_it_small_retakes_and_takes_back(desk: Desk, watched: Watched) -> None:
    page = watched.page
    sign_in(page, desk.site, "petugas")
    page.locator("a.case").click()
    accessible(page)
    line = page.locator("[data-paper=SK_DOMISILI]")
    picture = page.locator("[data-scan=SK_DOMISILI] img")

    def photograph(button: str) -> None:
        line.get_by_role("button", name=button).click()
        expect(page.locator("[data-job=capture-scan]")).to_be_visible()
        desk.counter.clock.go(1)
        desk.counter.run("camera")
        expect(page.locator("[data-job=capture-scan]")).to_have_count(0)

    desk.lies_there(Letter(LINES, 5.0, 0.05), light=0.2)
    photograph("Foto surat")
    expect(page.get_by_text("Fotonya gelap")).to_be_visible()
    accessible(page)
    desk.lies_there(Letter(LINES, 5.0, 0.05))
    photograph("Foto ulang")
    expect(page.get_by_text("Fotonya gelap")).to_have_count(0)
    expect(picture).to_be_visible()
    box = picture.bounding_box()
    assert box is not None and box["width"] <= 125 and box["height"] > 50, "a small picture, and it is loaded"
    page.screenshot(path=SCREENS / "officer-scan.png", full_page=True)
    line.get_by_role("button", name="Batalkan foto").click()
    expect(page.get_by_text("Fotonya gelap")).to_be_visible()
    line.get_by_text("Tetap pakai foto ini").click()
    line.get_by_label("Alasan foto ini tetap dipakai").fill("surat asli memang gelap")
    line.get_by_role("button", name="Tetap pakai").click()
    expect(page.get_by_text("Fotonya gelap")).to_have_count(0)
    line.get_by_text("Unggah berkas").click()
    data = {"name": "surat.txt", "mimeType": "text/plain", "buffer": b"hello"}
    line.locator("input[type=file]").set_input_files(data)  # type: ignore[arg-type]
    line.get_by_role("button", name="Unggah").click()
    expect(page.get_by_role("alert")).to_contain_text("JPEG atau PNG")
    accessible(page)
