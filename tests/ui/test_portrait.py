"""The portrait screen in a real browser: what the camera sees now, one hint, the shutter, the camera let go."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from at_camera import PICTURE, Desk, at_camera
from contract.camera_hands import PERSON
from counter import being_recorded
from faces import Site, Watched
from front_office import open_office
from picture_watch import await_pictures, await_turn, empty_moments, pictures, watch
from playwright.sync_api import Page, expect
from test_browser import SCREENS, accessible, sign_in

from appliance.biometrics.engine import PortraitEngine
from appliance.biometrics.portrait_rules import GOOD, HINTS, Cloth
from appliance.casework.roles import Role
from appliance.clock import Deadline
from appliance.issuance import portrait_look
from appliance.issuance.viewfinder import Judge
from appliance.queue import jobs
from hw_sim.camera import FRAMES_PER_SECOND

LOST = "Kamera belum memberi gambar"


@pytest.fixture
def says() -> list[str]:
    """The hint that the next verdict gives."""
    return ["portrait.too_dark"]


@pytest.fixture
def judges(says: list[str]) -> Iterator[dict[str, Judge]]:
    yield {cloth.value: lambda _: says[0] for cloth in Cloth}


@pytest.fixture
def desk(tmp_path: Path, judges: dict[str, Judge]) -> Iterator[Desk]:
    being_recorded(tmp_path)
    with at_camera(open_office(tmp_path, (Role.PEREKAM,)), tmp_path, judges) as found:
        yield found


@pytest.fixture
def engine() -> Iterator[PortraitEngine]:
    found = PortraitEngine()
    yield found
    found.close()


@pytest.fixture
def site(desk: Desk) -> Site:
    return desk.site


def open_portrait(page: Page, site: Site) -> None:
    sign_in(page, site, "perekam")
    page.locator("a.case").click()
    page.get_by_role("link", name="Lihat lewat kamera dulu", exact=True).click()


def until(holds: object, seconds: float = 20) -> None:
    by = Deadline.after(seconds)
    while not holds():  # type: ignore[operator]
        assert by.remaining() > 0


def test_the_hint_follows_the_camera_and_the_shutter_stays(site: Site, watched: Watched, says: list[str]) -> None:
    page = watched.page
    open_portrait(page, site)
    hint, picture = page.get_by_role("status"), page.get_by_alt_text(PICTURE)
    expect(hint).to_have_text(HINTS["portrait.too_dark"])
    expect(picture).to_be_visible()
    assert picture.evaluate("one => one.naturalWidth") == 960
    accessible(page)
    page.screenshot(path=SCREENS / "portrait.png")
    says[0] = ""
    expect(hint).to_have_text(GOOD)
    assert not [one for one in watched.asked if one.startswith("data:")]
    page.get_by_role("button", name="Ambil foto").click()
    expect(page).to_have_url(re.compile(r"/petugas/kasus/[^/]+$"))
    with site.place.office.store.read() as tx:
        assert [job.kind for job in jobs.unfinished(tx) if job.lane == "camera"] == ["capture-photo"]


def test_one_picture_follows_another_without_an_empty_moment(site: Site, watched: Watched) -> None:
    page = watched.page
    open_portrait(page, site)
    expect(page.get_by_alt_text(PICTURE)).to_be_visible()
    assert empty_moments(page, 30) == 0


def test_pulled_out_it_says_so_and_put_back_it_goes_on(desk: Desk, watched: Watched) -> None:
    page = watched.page
    open_portrait(page, desk.site)
    hint, picture = page.get_by_role("status"), page.get_by_alt_text(PICTURE)
    expect(picture).to_be_visible()
    desk.camera.unplug()
    expect(hint).to_contain_text(LOST)
    expect(picture).to_be_hidden()
    expect(page.get_by_role("button", name="Ambil foto")).to_be_enabled()
    desk.camera.plug()
    expect(picture).to_be_visible()
    expect(hint).to_have_text(HINTS["portrait.too_dark"])


def test_a_page_that_nobody_sees_asks_for_nothing_and_the_camera_rests(desk: Desk, watched: Watched) -> None:
    page = watched.page
    open_portrait(page, desk.site)
    expect(page.get_by_alt_text(PICTURE)).to_be_visible()
    hide = """(hidden) => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
      document.dispatchEvent(new Event('visibilitychange'));
    }"""
    page.evaluate(hide, True)
    until(lambda: not desk.camera.watched)
    page.evaluate(hide, False)
    until(lambda: desk.camera.watched)
    page.goto(f"{desk.site.address}/petugas/")
    until(lambda: not desk.camera.watched)


@pytest.mark.timed
def test_it_is_live_and_other_pages_answer_meanwhile(
    desk: Desk, watched: Watched, judges: dict[str, Judge], engine: PortraitEngine
) -> None:
    """From the lever at the camera to the page; the least disturbed of several tries, the real engine judging."""
    page, camera = watched.page, desk.camera
    judges.update(portrait_look.judges(engine))
    camera.world.people["at_camera"] = PERSON
    for black in (True, False):  # drawn beforehand: a face takes longer to draw than to see
        camera.levers.black = black
        camera.picture()
    open_portrait(page, desk.site)
    expect(page.get_by_alt_text(PICTURE)).to_be_visible()
    watch(page, across=1, light=60)
    late = []
    for turn in range(1, 13):
        await_pictures(page, 4)
        moved = time.time() * 1000
        camera.levers.black = not camera.levers.black
        late.append(await_turn(page, turn) - moved)
    rates = []
    other = page.context.new_page()
    answered = []
    for _ in range(4):
        before, began = pictures(page), time.monotonic()
        assert other.goto(f"{desk.site.address}/petugas/").status == 200
        answered.append(time.monotonic() - began)
        await_pictures(page, 20 - (pictures(page) - before))
        rates.append((pictures(page) - before) / (time.monotonic() - began))
    period = 1000 / FRAMES_PER_SECOND
    late.sort()
    print(f"late {late[0]:.0f} ms least, {late[len(late) // 2]:.0f} median, {late[-1]:.0f} most", end="; ")
    print(f"{late[len(late) // 2] / period:.1f} periods; {max(rates):.1f} a second; {min(answered):.2f} s other page")
    assert 0 < late[0] <= 300
    assert max(rates) >= 8
    assert min(answered) < 1
