"""The portrait screen in a real browser: what the camera sees, one hint, the shutter."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from counter import being_recorded
from faces import Site, Watched, served
from front_office import open_office
from PIL import Image
from playwright.sync_api import Page, expect
from test_browser import SCREENS, accessible, sign_in

from appliance.biometrics.portrait_rules import GOOD, HINTS
from appliance.casework.roles import Role
from appliance.queue import jobs


def jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (480, 640), (219, 21, 20)).save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def says() -> list[str | None]:
    """The hint that comes with the camera's picture next; None for no picture."""
    return ["portrait.too_dark"]


@pytest.fixture
def site(tmp_path: Path, says: list[str | None]) -> Iterator[Site]:
    being_recorded(tmp_path)
    place = open_office(tmp_path, (Role.PEREKAM,))
    picture = jpeg()
    place.services = replace(place.services, view=lambda cloth: None if says[0] is None else (picture, says[0]))
    with served(place) as found:
        yield found


def open_portrait(page: Page, site: Site) -> None:
    sign_in(page, site, "perekam")
    page.locator("a.case").click()
    page.get_by_role("link", name="Lihat lewat kamera dulu").click()


def test_the_hint_follows_the_camera_and_the_shutter_stays(
    site: Site, watched: Watched, says: list[str | None]
) -> None:
    page = watched.page
    open_portrait(page, site)
    hint, picture = page.get_by_role("status"), page.get_by_alt_text("Yang dilihat kamera sekarang")
    expect(hint).to_have_text(HINTS["portrait.too_dark"])
    expect(picture).to_be_visible()
    assert picture.evaluate("one => one.naturalWidth") == 480
    accessible(page)
    page.screenshot(path=SCREENS / "portrait.png")
    says[0] = ""
    expect(hint).to_have_text(GOOD)
    page.get_by_role("button", name="Ambil foto").click()
    expect(page).to_have_url(re.compile(r"/petugas/kasus/[^/]+$"))
    with site.place.office.store.read() as tx:
        assert [job.kind for job in jobs.unfinished(tx) if job.lane == "camera"] == ["capture-photo"]


def test_without_a_picture_it_says_so(site: Site, watched: Watched, says: list[str | None]) -> None:
    says[0] = None
    open_portrait(watched.page, site)
    expect(watched.page.get_by_role("status")).to_contain_text("Kamera belum memberi gambar")
    expect(watched.page.get_by_alt_text("Yang dilihat kamera sekarang")).to_be_hidden()
    expect(watched.page.get_by_role("button", name="Ambil foto")).to_be_enabled()
