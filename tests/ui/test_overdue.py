"""A case that nobody touches is shown as overdue within a minute: both clocks, turned on by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from books import Ticking
from case_files import as_bytes, complete
from counter import PEOPLE, Counter, counter_of
from faces import Site, Watched, served
from front_office import PIN, open_office
from playwright.sync_api import expect

from appliance.casework.roles import Role
from appliance.clock import utc_millis

LIMIT_S = 300
"""Step 2 of the SOP."""
MINUTE_MS = 60_000


@pytest.fixture
def clock() -> Ticking:
    return Ticking(utc_millis())


@pytest.fixture
def site(tmp_path: Path, clock: Ticking) -> Iterator[Site]:
    with served(open_office(tmp_path, clock=clock)) as found:
        yield found


@pytest.fixture
def counter(site: Site, clock: Ticking) -> Counter:
    return counter_of(site.place.office, clock, [], {})


def attached(counter: Counter) -> str:
    case = counter.report()
    counter.do("attach_file", Role.PETUGAS, case, berkas=as_bytes(complete()))
    return case


@pytest.mark.parametrize("where", ["list", "case"])
def test_a_case_that_lies_untouched_is_shown_as_overdue_within_a_minute(
    site: Site, watched: Watched, counter: Counter, clock: Ticking, where: str
) -> None:
    case = attached(counter)
    page = watched.page
    page.clock.install()
    page.goto(f"{site.address}/petugas/masuk")
    page.get_by_label("Nama pengguna").fill(str(Role.PETUGAS))
    page.get_by_label("PIN").fill(PIN)
    page.get_by_role("button", name="Masuk").click()
    page.wait_for_url(f"{site.address}/petugas/")
    if where == "case":
        page.goto(f"{site.address}/petugas/kasus/{case}")
    mark = page.locator("main .clock:not(.still):not(.none)").first
    expect(mark).to_contain_text("sisa")
    clock.go(LIMIT_S - 10)
    with page.expect_response(lambda answer: "x-live" in answer.request.headers):
        page.clock.fast_forward(MINUTE_MS)
    expect(mark).to_contain_text("sisa")
    clock.go(20)
    with page.expect_response(lambda answer: "x-live" in answer.request.headers):
        page.clock.fast_forward(MINUTE_MS)
    expect(mark).to_have_class("clock over")
    expect(mark).to_contain_text("lewat batas")
    assert counter.state_of(case, PEOPLE[Role.PETUGAS]).record.state == "CEK_KELENGKAPAN", "nobody touched it"
