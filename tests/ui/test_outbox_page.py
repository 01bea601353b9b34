"""The page of what waits to be sent, in a real browser: it follows the offices by itself; one press tries again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from faces import Site, Watched, served
from front_office import BY_HAND, open_office, report
from hands import Keys
from playwright.sync_api import Browser, Page, expect
from screens import MM, accessible, sign_in

from appliance.casework.roles import Role
from appliance.faults import DeviceFault, FaultCode
from appliance.queue import jobs
from appliance.queue.jobs import Job
from appliance.queue.worker import Result, work_one

SCREENS = Path(__file__).parents[2] / "build" / "screens"
PAGE = "/petugas/kiriman"


def away(_: Job) -> Result:
    raise DeviceFault(FaultCode.SIAK_UNREACHABLE, "no answer")


def answers(_: Job) -> Result:
    return lambda tx: None


def siak(site: Site, step: Callable[[Job], Result]) -> bool:
    """The process of the network takes what is due; whether there was anything."""
    found = False
    while work_one(site.place.office.store, "siak", "test", {"enter": step}):
        found = True
    site.place.services.pulse.beat()
    return found


@pytest.fixture
def codes(site: Site) -> list[str]:
    """Two cases whose entry waits for SIAK."""
    found = [report(site.place.app("resident").test_client()) for _ in range(2)]
    waiting = site.place.services.desk.work_list(site.place.actor(Role.OPERATOR)).rows
    with site.place.office.store.write() as tx:
        for row in waiting:
            jobs.put(tx, "siak", "enter", f"siak-enter:{row.case_id}:1", case_id=row.case_id)
    return found


def rows(page: Page) -> list[str]:
    return page.get_by_role("rowheader").all_inner_texts()


def test_it_follows_siak_away_and_back_by_itself(site: Site, watched: Watched, codes: list[str]) -> None:
    page = watched.page
    assert siak(site, away)
    sign_in(page, site, "operator")
    page.get_by_role("link", name="Menunggu dikirim ke kantor lain (2)").click()
    expect(page.get_by_role("heading", name="Menunggu dikirim (2)")).to_be_visible()
    assert all(any(code in row for row in rows(page)) for code in codes)
    expect(page.get_by_text("Di luar jangkauan sejak")).to_be_visible()
    accessible(page)
    page.screenshot(path=SCREENS / "officer-outbox.png", full_page=True)
    over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    height = page.get_by_role("button", name="Coba SIAK sekarang").evaluate("(one) => one.offsetHeight")
    assert over <= 0 and height >= 12.7 * MM - 0.6
    page.get_by_role("button", name="Coba SIAK sekarang").click()
    expect(page.get_by_text("Di luar jangkauan sejak")).to_be_visible()
    assert siak(site, answers)
    expect(page.get_by_text("Semua sudah terkirim.")).to_be_visible()
    expect(page.get_by_role("button", name="Coba SIAK sekarang")).to_have_count(0)
    accessible(page)
    page.get_by_role("main").get_by_role("link", name="Daftar kerja").click()
    expect(page.get_by_role("heading", name="Daftar kerja")).to_be_visible()
    expect(page.get_by_role("link", name="Menunggu dikirim ke kantor lain")).to_have_count(0)


def test_an_open_work_list_says_what_waits_and_ceases_to(site: Site, watched: Watched) -> None:
    page = watched.page
    code = report(site.place.app("resident").test_client())
    sign_in(page, site, "operator")
    page.get_by_role("link", name=code).wait_for()
    (row,) = site.place.services.desk.work_list(site.place.actor(Role.OPERATOR)).rows
    with site.place.office.store.write() as tx:
        jobs.put(tx, "siak", "enter", "siak-enter:1", case_id=row.case_id)
    assert siak(site, away)
    expect(page.get_by_role("link", name="Menunggu dikirim ke kantor lain (1)")).to_be_visible()
    with site.place.office.store.write() as tx:
        jobs.release(tx, "siak-enter:1")
    assert siak(site, answers)
    expect(page.get_by_role("link", name="Menunggu dikirim ke kantor lain")).to_have_count(0)


def test_it_is_tried_by_keyboard(site: Site, watched: Watched, codes: list[str]) -> None:
    page, keys = watched.page, Keys(watched.page)
    assert siak(site, away)
    sign_in(page, site, "operator")
    page.goto(f"{site.address}{PAGE}")
    keys.to("Coba SIAK sekarang", "button")
    keys.go("Space")
    assert siak(site, answers)
    expect(page.get_by_text("Semua sudah terkirim.")).to_be_visible()
    assert len(codes) == 2


def test_an_office_that_is_worked_by_hand_is_said_to_be_away_and_back(chromium: Browser, tmp_path: Path) -> None:
    with served(open_office(tmp_path, central=BY_HAND)) as site, chromium.new_context() as context:
        page = context.new_page()
        report(site.place.app("resident").test_client())
        sign_in(page, site, "operator")
        page.get_by_role("link", name="Kantor luar yang dikerjakan dengan tangan").click()
        page.get_by_role("button", name="SIAK terputus").click()
        expect(page.get_by_text("Terputus sejak")).to_be_visible()
        accessible(page)
        page.screenshot(path=SCREENS / "officer-outbox-by-hand.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        page.get_by_role("main").get_by_role("link", name="Daftar kerja").click()
        expect(page.get_by_text("SIAK terputus sejak")).to_be_visible()
        accessible(page)
        page.screenshot(path=SCREENS / "officer-work-by-hand.png", full_page=True)
        page.get_by_role("link", name="Kantor luar yang dikerjakan dengan tangan").click()
        page.get_by_role("button", name="SIAK kembali").click()
        expect(page.get_by_text("Terputus sejak")).to_have_count(0)
