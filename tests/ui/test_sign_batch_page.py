"""The Kadis's page for many signatures, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from counter import Counter, open_counter
from faces import Site, Watched, served
from front_office import open_office
from looks import compare
from playwright.sync_api import expect
from screens import accessible, sign_in

from appliance.casework.roles import Role
from appliance.clock import utc_millis


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    found = open_counter(tmp_path, utc_millis())
    for _ in range(2):
        found.validated()
    yield found
    found.store.close()


@pytest.fixture
def site(tmp_path: Path, counter: Counter) -> Iterator[Site]:
    """The same books before a server."""
    with served(open_office(tmp_path, (Role.KADIS,))) as found:
        yield found


def test_the_kadis_chooses_and_reads_and_each_one_has_its_result(
    site: Site, watched: Watched, counter: Counter
) -> None:
    page = watched.page
    sign_in(page, site, "kadis")
    page.get_by_role("link", name="Tanda tangan", exact=True).click()
    accessible(page)
    expect(page.get_by_role("link", name="Baca draf")).to_have_count(2)
    page.get_by_role("button", name="Tanda tangani yang dipilih").click()
    expect(page.get_by_role("alert")).to_contain_text("Isi frasa sandi")
    accessible(page)
    expect(page.locator("input[type=checkbox]:enabled")).to_have_count(0)
    with page.context.expect_event("requestfinished", lambda one: "/dokumen/" in one.url):
        page.get_by_role("link", name="Baca draf").first.click()
    expect(page.get_by_text("sudah dibuka").first).to_be_visible()
    expect(page.get_by_text("sudah dibuka").last).to_be_hidden()
    page.get_by_role("checkbox").first.check()
    page.get_by_label("Frasa sandi TTE").fill("kuda-terbang")
    page.get_by_role("button", name="Tanda tangani yang dipilih").click()
    expect(page.get_by_text("sedang ditandatangani")).to_have_count(1)
    accessible(page)
    counter.run("esign")
    page.reload()
    expect(page.locator(".hint")).to_have_count(1)
    expect(page.locator("input[type=checkbox]:enabled")).to_have_count(1)
    expect(page.locator("[data-read=yes]")).to_have_count(1)
    page.evaluate("document.querySelector('.hint').scrollIntoView()")
    compare(page, "officer/sign-batch-drafts")
