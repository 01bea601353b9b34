"""Nobody is lost at the kiosk: what to do now, where to go without code, answer or consent, and back from help."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from front_office import FrontOffice, post, report

from appliance.casework.sop import CASE_STATES
from appliance.diagnostics.board import DeviceReading
from appliance.kiosk_ui.resident.next_step import ASK, BRING, NOTHING, OF_STEP, TO_DESK, WAIT, next_step
from appliance.kiosk_ui.resident.questions import NOT_KNOWN
from appliance.kiosk_ui.shown import StatusView
from appliance.records import cases, maintenance


def onward(client: FlaskClient) -> str:
    found = re.search(r'"button main" href="([^"]+)"', client.get("/bantuan").text)
    assert found
    return found[1]


def test_every_state_says_what_to_do_now() -> None:
    said = {state: next_step(StatusView("SG-AAAA-AA", 4, 0, state)) for state in CASE_STATES}
    assert (said["DILAPORKAN"], said["DIKEMBALIKAN"], said["DIARSIPKAN"]) == (TO_DESK, BRING, NOTHING)
    assert said["DITOLAK"] == said["DIBATALKAN"] == ASK and said["TTE_KADIS"] == WAIT
    assert [next_step(StatusView("SG-AAAA-AA", step, 0, "PENERBITAN")) for step in (7, 8, 9)] == [*OF_STEP.values()]


def test_the_status_says_it(place: FrontOffice) -> None:
    client = place.app("resident").test_client()
    post(client, "/status/kode", "/status/kode", code=report(client))
    assert f"data-next>{TO_DESK}<" in client.get("/status/berkas").text


@pytest.mark.parametrize("page", ["/status/berkas", "/status/surat/surat", "/nomor"])
def test_from_help_one_goes_on_where_one_was(place: FrontOffice, page: str) -> None:
    client = place.app("resident").test_client()
    post(client, "/status/kode", "/status/kode", code=report(client))
    assert f'name="back" value="{page}"' in client.get(page).text
    post(client, page, "/bantuan", back=page)
    assert onward(client) == page
    post(client, "/bantuan", "/bantuan", back="/bantuan")
    assert onward(client) == page, "who calls twice is not kept on the page of the call"


def test_help_leads_nowhere_else(place: FrontOffice) -> None:
    client = place.app("resident").test_client()
    for back in ("https://elsewhere.invalid", "//elsewhere.invalid", "/\\elsewhere.invalid"):
        post(client, "/", "/bantuan", back=back)
        assert onward(client) == "/"


def test_who_does_not_agree_is_told_what_then_and_nothing_is_kept(place: FrontOffice) -> None:
    client = place.app("resident").test_client()
    assert 'href="/lapor/tidak-setuju"' in client.get("/lapor/setuju").text
    post(client, "/lapor/setuju", "/lapor/setuju")
    page = client.get("/lapor/tidak-setuju").text
    assert "Tidak ada yang disimpan." in page and 'href="/nomor"' in page
    with client.session_transaction() as visit:
        assert "report" not in visit


def test_who_does_not_know_goes_on_or_to_a_desk(place: FrontOffice) -> None:
    client = place.app("resident").test_client()
    client.get("/lapor")
    post(client, "/lapor/setuju", "/lapor/setuju")
    assert post(client, "/lapor/pelapor", "/lapor/pelapor", skip="1").status_code == 422
    for slug, values in (("setuju", {}), ("pelapor", {"role": "pamong"}), ("nama", {"reporter": "RATNA"})):
        post(client, f"/lapor/{slug}", f"/lapor/{slug}", **values)
    for slug in ("lembaga", "penduduk"):
        assert 'form="skip"' in client.get(f"/lapor/{slug}").text
        assert post(client, f"/lapor/{slug}", f"/lapor/{slug}", skip="1").status_code == 303
    answers = (("keadaan", {"condition": ["sakit"]}), ("tempat", {"legal": "tidak_tahu"}))
    for slug, values in (*answers, ("kecamatan", {"district": "tidak_tahu"}), ("surat", {})):
        post(client, f"/lapor/{slug}", f"/lapor/{slug}", **values)
    assert client.get("/lapor/periksa").text.count(NOT_KNOWN) == 2
    post(client, "/lapor/periksa", "/lapor/periksa")
    code = re.search(r"data-code>([\w-]+)<", client.get("/lapor/bukti").text)
    assert code
    with place.office.store.read() as tx:
        told = cases.by_code(tx, code[1]).report
    assert (told["person"], told["reporter"]["institution"]) == (NOT_KNOWN, NOT_KNOWN)
    post(client, "/status/kode", "/status/kode", code=code[1])
    for page, address in (("/status/kode", "/status/tanpa-kode"), ("/status/surat/meja", "/nomor")):
        assert f'href="{address}"' in client.get(page).text


def test_what_cannot_be_stored_is_not_begun(place: FrontOffice) -> None:
    client = place.app("resident").test_client()
    assert "data-closed" not in client.get("/").text
    now = place.services.clock()
    place.devices.append(DeviceReading("storage", "down", ("storage.full",), since=now, asked=now + 60_000))
    page = client.get("/").text
    assert re.findall(r'data-closed="([^"]+)"', page) == ["/lapor", "/status", "/nomor"]
    assert 'href="/lapor"' not in page and 'href="/status"' in page and 'href="/periksa"' in page


def test_a_closed_kiosk_says_since_when(place: FrontOffice) -> None:
    with place.office.store.write() as tx:
        maintenance.begin(tx, "t", "Teknisi")
    page = place.app("resident").test_client().get("/tutup").text
    assert re.search(r"Sejak \d+ \w+ 20\d\d, pukul \d\d\.\d\d WIB\.", page)
