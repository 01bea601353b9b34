"""A paper under the camera in a real browser: seen live, one hint at a time, photographed when it will be read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from at_camera import PICTURE, Desk, at_camera
from counter import open_counter
from faces import Site, Watched
from front_office import PIN, open_office
from looks import compare
from playwright.sync_api import Browser, Page, expect
from test_aria import compare as compare_told
from test_aria import told
from test_browser import accessible, sign_in

from appliance.casework.roles import Role
from appliance.clock import utc_millis
from appliance.documents.paper_rules import GOOD, HINTS
from appliance.issuance import paper_look
from appliance.queue import jobs
from hw_sim.papers import Letter

LINES = tuple(f"Baris {number} surat keterangan domisili SPECIMEN" for number in range(1, 18))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    counter = open_counter(tmp_path, utc_millis() - 3_600_000)
    counter.attached()
    counter.store.close()
    judge = paper_look.PaperJudge()
    with at_camera(open_office(tmp_path, (Role.PETUGAS,)), tmp_path, {paper_look.AIM: judge}) as found:
        found.camera.world.people["at_camera"] = Letter(LINES, 4.0, width=0.4)
        yield found
    judge.close()


@pytest.fixture
def site(desk: Desk) -> Site:
    return desk.site


def open_paper(page: Page) -> None:
    page.locator("a.case").click()
    page.locator("[data-paper=SK_DOMISILI]").get_by_role("link", name="Lihat lewat kamera dulu").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def waiting(site: Site) -> list[tuple[str, str]]:
    with site.place.office.store.read() as tx:
        return [(job.kind, str(job.payload["paper"])) for job in jobs.unfinished(tx) if job.lane == "camera"]


def test_the_officer_sees_before_pressing_whether_the_paper_will_be_read(desk: Desk, watched: Watched) -> None:
    page = watched.page
    sign_in(page, desk.site, "petugas")
    open_paper(page)
    hint, picture = page.get_by_role("status"), page.get_by_alt_text(PICTURE)
    expect(hint).to_have_text(HINTS["paper.far"])
    expect(picture).to_be_visible()
    desk.camera.world.people["at_camera"] = Letter(LINES, 4.0, glare=0.3)
    expect(hint).to_have_text(HINTS["paper.glare"])
    desk.camera.world.people["at_camera"] = Letter(LINES, 4.0)
    expect(hint).to_have_text(GOOD)
    accessible(page)
    compare_told({"camera": told(page)}, "paper")
    compare(page, "officer/paper-camera")
    page.get_by_role("button", name="Foto surat").click()
    expect(page).to_have_url(re.compile(r"/petugas/kasus/[^/]+$"))
    assert waiting(desk.site) == [("capture-scan", "SK_DOMISILI")]


def test_without_scripts_there_is_no_picture_and_the_shutter_works(desk: Desk, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.goto(f"{desk.site.address}/petugas/masuk")
    page.locator("[name=user]").fill("petugas")
    page.locator("[name=pin]").fill(PIN)
    page.keyboard.press("Enter")
    open_paper(page)
    expect(page.get_by_alt_text(PICTURE)).to_be_hidden()
    page.get_by_role("button", name="Foto surat").click()
    expect(page).to_have_url(re.compile(r"/petugas/kasus/[^/]+$"))
    assert waiting(desk.site) == [("capture-scan", "SK_DOMISILI")]
    context.close()
