"""Headphones and the keypad: a visit on a dark screen by what is spoken, and nothing of it left for the next one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from ears import Listener, overheard
from faces import Site, Watched, served
from front_office import open_office, post, report, sign_in
from PIL import Image
from playwright.sync_api import Page, expect
from screens import accessible, fits
from test_aria import compare, told

from appliance.casework.roles import Role

EAR = "NumpadMultiply"
DARK = {"attract": "/sambutan", "home": "/", "consent": "/lapor/setuju", "code": "/status/kode", "number": "/nomor"}
PICTURES = Path(__file__).parents[2] / "build" / "screens"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "voice" / "said"


@pytest.fixture
def site(tmp_path: Path, log: Path) -> Iterator[Site]:
    voice, _ = overheard(log.parent)
    with served(open_office(tmp_path, voice=voice)) as found:
        yield found


@pytest.fixture
def listener(site: Site, watched: Watched, log: Path) -> Listener:
    watched.page.goto(site.address)
    return Listener(watched.page, log)


def is_black(page: Page) -> bool:
    """Whether nothing but black is seen."""
    with Image.open(BytesIO(page.screenshot())) as seen:
        return seen.convert("RGB").getextrema() == ((0, 0), (0, 0), (0, 0))


def gone(listener: Listener) -> None:
    """Nothing of the visit before is left: light, silent, as loud as for everybody."""
    body = listener.page.locator("body")
    expect(body).to_have_attribute("data-untouched", "")
    for name in ("data-private", "data-dark", "data-tones"):
        assert body.get_attribute(name) is None, name
    expect(listener.page.locator("audio")).to_have_count(0)
    assert not is_black(listener.page)


def test_a_report_is_made_in_the_dark_by_what_is_spoken(listener: Listener) -> None:
    page = listener.page
    said = listener.on(EAR)
    assert said.startswith("Layar gelap.") and "Tombol bulat: pilih." in said and "Apa yang Anda perlukan?" in said
    assert is_black(page)
    listener.find("Lapor penduduk tanpa dokumen, tombol")
    assert "Boleh kami simpan data ini?" in listener.on("Enter")
    assert "Siapa yang melapor?" in listener.on("ArrowRight")
    assert "Pilih satu gambar." in listener.on("ArrowRight"), "a mistake is spoken"
    assert "Saya sendiri, belum dipilih, 1 dari 6" in listener.find("Saya sendiri")
    assert "Saya sendiri, dipilih, 1 dari 6" in listener.key("Enter")
    assert "Siapa nama Anda?" in listener.on("ArrowRight")
    assert listener.type("RATNA") == "RATNA"
    assert "A dihapus" in listener.key("Backspace")
    assert "Nama lengkap, isian: RATN" in listener.find("Nama lengkap, isian")
    listener.type("A")
    assert "Nomor telepon" in listener.key("Enter")
    assert [listener.key(digit).rstrip(".") for digit in "0812"] == list("0812")
    assert "Isi nomor seperti" in listener.on("ArrowRight")
    assert "Nomor telepon" in listener.find("isian: 0812")
    for digit in "2180":
        assert f"{digit} dihapus" in listener.key("Backspace")
    said = listener.on("ArrowRight")
    answers = {"keadaan": "Lanjut usia", "tinggal": "Tidak tahu", "kecamatan": "Tidak tahu"}
    for question, answer in answers.items():
        assert question in said.lower(), said
        listener.find(answer)
        assert "dipilih" in listener.key("Enter")
        said = listener.on("ArrowRight")
    assert "Surat apa yang sudah ada?" in said
    said = listener.on("ArrowRight")
    assert "Sudah benar?" in said and "RATNA" in said
    said = listener.on("ArrowRight")
    code = re.search(r"S, G, (\w, \w, \w, \w, \w, \w)", said)
    assert code, said
    assert is_black(page)
    listener.find("Selesai, tombol")
    with page.expect_navigation(wait_until="load"):
        page.keyboard.press("Enter")
    gone(listener)


def test_a_status_is_heard_in_the_dark_by_its_code(site: Site, listener: Listener) -> None:
    code = report(site.place.app("resident").test_client())
    listener.on(EAR)
    listener.find("Lihat status berkas, tombol")
    assert "Apa kode berkas Anda?" in listener.on("Enter")
    wrong = "777777"
    assert listener.type(wrong, digits_first=True) == wrong
    assert "Kode ini tidak ada." in listener.on("ArrowRight")
    assert "Kode ini tidak ada." in listener.find("Kode ini tidak ada.")
    assert "Kode berkas, isian: 7, 7, 7, 7, 7, 7" in listener.key("Enter"), "the way from the mistake to its field"
    for _ in wrong:
        assert "7 dihapus" in listener.key("Backspace")
    signs = code.replace("-", "").removeprefix("SG")
    assert listener.type(signs, digits_first=True) == signs
    said = listener.on("ArrowRight")
    assert "Berkas" in said and ", ".join(code.replace("-", "")) in said and "Langkah" in said
    assert is_black(listener.page)
    assert "Apa kode berkas Anda?" in listener.on("ArrowLeft")


def test_a_number_is_taken_and_its_call_is_heard(site: Site, listener: Listener) -> None:
    listener.on(EAR)
    listener.find("Ambil nomor antrean, tombol")
    listener.on("Enter")
    listener.find("Ambil KK atau KTP-el, tombol")
    listener.on("Enter")
    listener.find("Ya, saya didahulukan, tombol")
    assert "P, 0, 0, 1" in listener.on("Enter")
    officer = site.place.app("officer").test_client()
    sign_in(officer, Role.PETUGAS)
    with listener.page.expect_response(lambda one: "/suara/kata?" in one.url):
        post(officer, "/petugas/", "/petugas/antrean/berikutnya")
    newest = listener.heard()[-2:]
    assert any("Giliran Anda." in clip or "Dipanggil:" in clip for clip in newest), newest


def test_loudness_goes_in_steps_to_its_ends_and_is_as_before_after_the_end(listener: Listener) -> None:
    page = listener.page
    listener.on(EAR)
    steps = [listener.key("NumpadAdd") for _ in range(6)]
    assert [step.rstrip(".") for step in steps] == [f"Keras suara {n} dari 9" for n in (6, 7, 8, 9, 9, 9)]
    expect(page.locator("body")).to_have_attribute("data-tones", "1")
    steps = [listener.key("NumpadSubtract") for _ in range(9)]
    assert [step.rstrip(".") for step in steps[-2:]] == ["Keras suara 1 dari 9"] * 2
    with page.expect_navigation(wait_until="load"):
        page.evaluate("() => document.getElementById('finish').requestSubmit()")
    gone(listener)
    listener.on(EAR)
    assert listener.key("NumpadAdd").rstrip(".") == "Keras suara 6 dari 9"


def test_any_key_ends_what_is_being_said_and_one_says_it_again(listener: Listener) -> None:
    page = listener.page
    listener.on(EAR)
    playing = "() => { const a = document.querySelector('audio'); return !a.paused && a.currentTime > 0.05; }"
    page.wait_for_function(playing)
    page.keyboard.press("7")
    assert page.evaluate("() => document.querySelector('audio').paused")
    said = listener.find("Lapor penduduk")
    assert listener.key("NumpadDivide") == said
    listener.key("NumpadAdd")
    assert listener.key("NumpadDivide") == said, "what was said before the loudness"
    for _ in range(40):
        page.keyboard.press("ArrowUp")
        if page.evaluate("() => document.activeElement === document.body"):
            break
    page.wait_for_function(playing)
    assert page.evaluate("() => document.querySelector('audio').src.endsWith('/suara')"), "above the first: the page"


def test_a_touch_lights_the_screen_and_the_key_darkens_it_again(site: Site, listener: Listener) -> None:
    page = listener.page
    listener.on(EAR)
    page.goto(f"{site.address}/status/kode")
    listener.key("7")
    with page.expect_response("**/suara/kata?*") as clip:
        page.mouse.click(400, 300)
    assert clip.value.status in {200, 206} and "Layar menyala." in listener.heard()[-1]
    assert not is_black(page)
    assert page.locator("input[name=code]").input_value() == "7", "nothing that was typed is lost"
    page.screenshot(path=PICTURES / "resident-listening.png")
    page.reload()
    assert not is_black(page)
    listener.on(EAR)
    assert is_black(page)
    with page.expect_navigation(wait_until="load"):
        page.keyboard.press(EAR)
    assert page.locator("body").get_attribute("data-private") is None and not is_black(page)


def test_a_plug_that_goes_in_or_out_is_a_key_of_its_own(listener: Listener) -> None:
    page = listener.page
    with page.expect_navigation(wait_until="load"):
        page.evaluate("() => document.body.dispatchEvent(new KeyboardEvent('keydown', {code: 'F23', bubbles: true}))")
    assert is_black(page)
    page.evaluate("() => document.body.dispatchEvent(new KeyboardEvent('keydown', {code: 'F23', bubbles: true}))")
    assert is_black(page)
    with page.expect_navigation(wait_until="load"):
        page.evaluate("() => document.body.dispatchEvent(new KeyboardEvent('keydown', {code: 'F24', bubbles: true}))")
    gone(listener)


def test_typing_is_a_tone_instead_where_that_was_chosen(site: Site, listener: Listener) -> None:
    page = listener.page
    page.add_init_script(
        "window.tones = []; const start = OscillatorNode.prototype.start;"
        "OscillatorNode.prototype.start = function () { tones.push(this.frequency.value); start.call(this); }"
    )
    listener.on(EAR)
    page.goto(f"{site.address}/status/kode")
    assert "Yang Anda ketik berbunyi nada." in listener.key("NumpadDecimal")
    before = len(listener.heard())
    page.keyboard.press("7")
    page.keyboard.press("Backspace")
    page.keyboard.press("8")
    assert page.evaluate("() => tones") == [660, 330, 660]
    assert len(listener.heard()) == before
    assert "isian: sudah diisi" in listener.find("Kode berkas, isian")
    assert "diucapkan" in listener.key("NumpadDecimal")
    assert listener.find("Kode berkas, isian").endswith("isian: 8.")


def test_the_warning_is_spoken_any_key_stays_and_the_end_resets_everything(site: Site, listener: Listener) -> None:
    page = listener.page
    listener.on(EAR)
    listener.key("NumpadAdd")
    page.clock.install()
    page.goto(f"{site.address}/lapor")
    with page.expect_response("**/suara/masih"):
        page.clock.run_for(181_000)
    assert listener.heard()[-1] == "Masih di sini? Tekan tombol apa saja untuk melanjutkan."
    page.keyboard.press("5")
    expect(page.get_by_role("dialog")).to_be_hidden()
    with page.expect_response("**/suara/masih"):  # for the visit that ends next there is none
        page.clock.run_for(181_000)
    expect(page.get_by_role("dialog")).to_be_visible()
    with page.expect_navigation(url=f"{site.address}/"):
        page.clock.run_for(21_000)
    gone(listener)


def test_axe_finds_nothing_in_the_dark_and_all_is_told_to_a_screen_reader(site: Site, listener: Listener) -> None:
    page = listener.page
    listener.on(EAR)
    found: dict[str, str] = {}
    page.goto(f"{site.address}/lapor")
    for name, address in DARK.items():
        page.goto(f"{site.address}{address}")
        accessible(page)
        assert is_black(page), name
        found[name] = told(page)
    compare(found, "dark")
    page.mouse.click(400, 300)
    page.goto(site.address)
    fits(page)
    accessible(page)
