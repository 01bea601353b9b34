"""The jobs of officer and technician, each end to end: by keyboard, by what a screen reader is told, by touch."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from counter import BIRTH_OF_TIME, open_counter
from faces import Site, Watched, served
from front_office import PIN, open_office, report
from hands import Ears, Fingertip, Keys
from playwright.sync_api import Page, expect
from screens import accessible
from test_aria import compare, told
from test_technician_trials import goes_on

from appliance.casework.roles import SYSTEM
from appliance.diagnostics.board import DeviceReading
from appliance.records import audit, cases

SCANNER = {"fingerprint_scanner": "sbi://127.0.0.1:4501"}
NOW = BIRTH_OF_TIME + 7_200_000
FAULTS = ("fingerprint_scanner.timeout", "printer.media-jam")
REFUSED = "Pilih alasan."
RETURN = "Kembalikan ke pelapor"
by_touch = pytest.mark.parametrize("watched", [(800, 1280, True)], indirect=True, ids=["tablet"])


class Desk:
    """An office with one case whose letters are to be checked, and a scanner."""

    def __init__(self, site: Site, case: str, code: str) -> None:
        self.site, self.case, self.code = site, case, code

    @property
    def state(self) -> str:
        with self.site.place.office.store.read() as tx:
            return cases.get(tx, self.case).state

    @property
    def returned(self) -> dict[str, object]:
        with self.site.place.office.store.read() as tx:
            return dict(cases.evidence_of(tx, self.case, "return")[-1].facts)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    counter = open_counter(tmp_path)
    case = counter.attached()
    counter.run("render")  # the slip of the report
    code = counter.case(case).code
    counter.store.close()
    place = open_office(tmp_path, devices=SCANNER, bundle=lambda: b"PK of a bundle", clock=lambda: NOW)
    place.services = replace(place.services, clock=lambda: NOW)
    with place.office.store.write() as tx:
        for fault in FAULTS:
            audit.record(tx, "job-fault", SYSTEM, None, kind="print-card", fault=fault)
    place.devices.append(DeviceReading("fingerprint_scanner", "ok", asked=NOW, since=NOW - 90_000))
    with served(place) as site:
        yield Desk(site, case, code)


@pytest.fixture
def site(desk: Desk) -> Site:
    return desk.site


def signed_in_by_keys(keys: Keys, desk: Desk, face: str, user: str) -> None:
    """From the skip link on; Enter in the last field sends the form."""
    keys.page.goto(f"{desk.site.address}/{face}/masuk")
    assert keys.tab()["words"] == "Langsung ke isi"
    keys.press("Enter")
    assert keys.here()["tag"] == "main"
    assert keys.to("Nama pengguna")["in_main"]
    keys.type(user)
    keys.to("PIN")
    keys.type(PIN)
    keys.go()


def skips(keys: Keys, first: str) -> None:
    """The first stop leads past the head of the page, to this."""
    assert keys.tab()["words"] == "Langsung ke isi"
    keys.press("Enter")
    found = keys.tab()
    assert found["in_main"] and found["words"].startswith(first), found


def test_an_officer_does_a_case_by_keyboard_alone(desk: Desk, watched: Watched) -> None:
    keys = Keys(watched.page)
    signed_in_by_keys(keys, desk, "petugas", "petugas")
    assert {"Daftar kerja", "Blanko", "Keluar", "Cari", desk.code} <= set(keys.round()), "all is met, and no trap"
    watched.page.reload()
    skips(keys, "Cari berkas")
    keys.to(desk.code)
    keys.go()
    keys.to(RETURN, "summary")
    keys.press("Enter")
    keys.to("Kembalikan berkas", "button")
    keys.go()
    assert "Ada yang perlu diperbaiki" in keys.here()["words"], "the focus is on what is wrong"
    assert desk.state == "CEK_KELENGKAPAN"
    assert keys.tab()["words"] == REFUSED
    keys.press("Enter")
    field = keys.here()
    if field["tag"] != "select":
        field = keys.tab()
    assert (field["words"], field["tag"]) == ("Alasan", "select")
    keys.choose("Surat tidak terbaca")
    keys.to("Surat Keterangan Domisili", "input")
    keys.press("Space")
    assert keys.here()["checked"] is True
    keys.to("Pesan untuk pelapor", "textarea")
    keys.type("Foto ulang di tempat terang.")
    keys.to("Kembalikan berkas", "button")
    keys.go("Space")
    assert desk.state == "DIKEMBALIKAN"
    assert desk.returned["reason"] == "SURAT_TIDAK_TERBACA"
    assert keys.to("Keluar")["tag"] == "button"
    keys.go()
    assert keys.page.url.endswith("/petugas/masuk")


def test_an_officer_does_a_case_by_what_a_screen_reader_tells(desk: Desk, watched: Watched) -> None:
    page, ears, heard = watched.page, Ears(watched.page), dict[str, str]()
    page.goto(f"{desk.site.address}/petugas/masuk")
    ears.find("textbox", "Nama pengguna").fill("petugas")
    ears.find("textbox", "PIN").fill(PIN)
    ears.go("button", "Masuk")
    ears.find("heading", "Daftar kerja")
    ears.go("link", desk.code)
    page.get_by_role("group").get_by_text(RETURN, exact=True).click()
    ears.go("button", "Kembalikan berkas")
    ears.find("heading", "Ada yang perlu diperbaiki")
    expect(page.get_by_role("alert")).to_contain_text(REFUSED)
    heard["refused"] = told(page)
    ears.find("link", REFUSED).click()
    ears.find("combobox", "Alasan").select_option("Surat tidak terbaca")
    group = page.get_by_role("group", name=re.compile("^Surat yang kurang"))
    group.get_by_role("checkbox", name="Surat Keterangan Domisili", exact=True).check()
    ears.go("button", "Kembalikan berkas")
    ears.hears("Dikembalikan ke pelapor")
    heard["returned"] = told(page)
    assert desk.state == "DIKEMBALIKAN"
    ears.go("button", "Keluar")
    ears.find("heading", "Masuk: Petugas")
    compare(heard, "walk-officer")


def signed_in_by_touch(tip: Fingertip, desk: Desk, face: str, user: str) -> None:
    """The PIN by the page's own pad."""
    page = tip.page
    page.goto(f"{desk.site.address}/{face}/masuk")
    tip.write(page.get_by_role("textbox", name="Nama pengguna"), user)
    tip.touch(page.get_by_role("textbox", name="PIN"))
    for digit in PIN:
        tip.touch(page.get_by_role("button", name=digit, exact=True))
    tip.go(page.get_by_role("button", name="Masuk"))


@by_touch
def test_an_officer_does_a_case_by_touch(desk: Desk, watched: Watched) -> None:
    page, tip = watched.page, Fingertip(watched.page)
    signed_in_by_touch(tip, desk, "petugas", "petugas")
    tip.go(page.get_by_role("link", name=desk.code))
    act = page.get_by_role("group").filter(has_text=RETURN)
    tip.touch(act.locator("summary"))
    tip.go(act.get_by_role("button", name="Kembalikan berkas"))
    assert desk.state == "CEK_KELENGKAPAN"
    tip.touch(page.get_by_role("alert").get_by_role("link", name=REFUSED))
    reasons = page.get_by_role("combobox", name="Alasan")
    expect(reasons).to_be_focused()
    tip.touch(reasons)
    reasons.select_option("Surat tidak terbaca")
    paper = page.get_by_role("group", name=re.compile("^Surat yang kurang")).get_by_text(
        "Surat Keterangan Domisili", exact=True
    )
    tip.touch(paper)
    tip.write(page.get_by_role("textbox", name="Pesan untuk pelapor"), "Foto ulang di tempat terang.")
    tip.go(act.get_by_role("button", name="Kembalikan berkas"))
    assert desk.state == "DIKEMBALIKAN"
    assert desk.returned["reason"] == "SURAT_TIDAK_TERBACA"
    tip.go(page.get_by_role("button", name="Keluar"))
    assert page.url.endswith("/petugas/masuk")


def bundled(page: Page, press: object) -> bytes:
    assert callable(press)
    with page.expect_download() as begun:
        press()
    return Path(begun.value.path()).read_bytes()


def test_a_technician_does_his_round_by_keyboard_alone(desk: Desk, watched: Watched) -> None:
    keys, place = Keys(watched.page), desk.site.place
    signed_in_by_keys(keys, desk, "teknisi", "teknisi")
    assert {"Mesin", "Coba alat", "Gangguan", "Keluar", "Unduh paket bantuan"} <= set(keys.round())
    keys.page.reload()
    keys.to("Coba alat")
    keys.go()
    skips(keys, "Pemindai jari")
    keys.go()
    keys.to("Mulai uji", "button")
    keys.go()
    goes_on(place, "fingerprint_scanner", "running")
    goes_on(place, "fingerprint_scanner", "done", nfiq2="71", minutiae="42", size="300x400")
    expect(keys.page.get_by_role("img", name="Hasil uji Pemindai jari")).to_be_visible()
    keys.to("Sudah dilihat, hapus sekarang", "button")
    keys.go("Space")
    keys.to("Gangguan")
    keys.go()
    skips(keys, "Alat")
    keys.choose("Pemindai jari")
    keys.to("Tampilkan")
    keys.go()
    shown = keys.page.get_by_role("main").inner_text()
    assert FAULTS[0] in shown and FAULTS[1] not in shown
    keys.to("Kesiapan")
    keys.go()
    keys.to("Unduh paket bantuan")
    assert bundled(keys.page, lambda: keys.press("Enter")) == b"PK of a bundle"
    keys.page.reload()
    keys.to("Keluar")
    keys.go()
    assert keys.page.url.endswith("/teknisi/masuk")


def test_a_technician_does_his_round_by_what_a_screen_reader_tells(desk: Desk, watched: Watched) -> None:
    page, ears, place, heard = watched.page, Ears(watched.page), desk.site.place, dict[str, str]()
    page.goto(f"{desk.site.address}/teknisi/masuk")
    ears.find("textbox", "Nama pengguna").fill("teknisi")
    ears.find("textbox", "PIN").fill(PIN)
    ears.go("button", "Masuk")
    ears.find("heading", "Kesiapan mesin")
    ears.hears("Siap berangkat")
    ears.go("link", "Coba alat")
    ears.go("link", "Pemindai jari")
    ears.go("button", "Mulai uji")
    goes_on(place, "fingerprint_scanner", "running")
    ears.hears("Letakkan telunjuk kanan")
    goes_on(place, "fingerprint_scanner", "done", nfiq2="71", minutiae="42", size="300x400")
    ears.find("img", "Hasil uji Pemindai jari")
    ears.hears("Mutu NFIQ 2 (0-100)")
    heard["result"] = told(page)
    ears.go("button", "Sudah dilihat, hapus sekarang")
    ears.hears("Gambarnya sudah dihapus dari mesin.")
    ears.go("link", "Gangguan")
    ears.find("combobox", "Alat").select_option("Pemindai jari")
    ears.go("button", "Tampilkan")
    ears.hears(FAULTS[0])
    assert FAULTS[1] not in ears.told()
    ears.go("link", "Kesiapan")
    assert bundled(page, ears.find("button", "Unduh paket bantuan").click) == b"PK of a bundle"
    ears.go("button", "Keluar")
    ears.find("heading", "Masuk: Teknisi")
    compare(heard, "walk-technician")


@by_touch
def test_a_technician_does_his_round_by_touch(desk: Desk, watched: Watched) -> None:
    page, tip, place = watched.page, Fingertip(watched.page), desk.site.place
    signed_in_by_touch(tip, desk, "teknisi", "teknisi")
    tip.go(page.get_by_role("link", name="Coba alat"))
    tip.go(page.get_by_role("main").get_by_role("link", name="Pemindai jari"))
    tip.go(page.get_by_role("button", name="Mulai uji"))
    goes_on(place, "fingerprint_scanner", "running")
    goes_on(place, "fingerprint_scanner", "done", nfiq2="71", minutiae="42", size="300x400")
    expect(page.get_by_role("img", name="Hasil uji Pemindai jari")).to_be_visible()
    tip.go(page.get_by_role("button", name="Sudah dilihat, hapus sekarang"))
    tip.go(page.get_by_role("link", name="Gangguan"))
    devices = page.get_by_role("combobox", name="Alat")
    tip.touch(devices)
    devices.select_option("Pemindai jari")
    tip.go(page.get_by_role("button", name="Tampilkan"))
    shown = page.get_by_role("main").inner_text()
    assert FAULTS[0] in shown and FAULTS[1] not in shown
    tip.go(page.get_by_role("link", name="Kesiapan"))
    save = page.get_by_role("button", name="Unduh paket bantuan")
    assert bundled(page, lambda: tip.touch(save)) == b"PK of a bundle"
    tip.go(page.get_by_role("button", name="Keluar"))
    assert page.url.endswith("/teknisi/masuk")


def test_what_changes_by_itself_leaves_the_focus_where_it_was(desk: Desk, watched: Watched) -> None:
    keys = Keys(watched.page)
    signed_in_by_keys(keys, desk, "petugas", "petugas")
    keys.to(desk.code)
    code = report(desk.site.place.app("resident").test_client())
    desk.site.place.services.pulse.beat()
    keys.page.get_by_role("link", name=code).wait_for()
    assert keys.page.evaluate("document.activeElement.textContent") == desk.code
    accessible(keys.page)
    keys.go()
    assert desk.case in keys.page.url
