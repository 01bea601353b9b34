"""The resident's face by HTTP held to the rules of `tests/points.py` that need no browser."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask import session
from flask.testing import FlaskClient
from front_office import FrontOffice, post, report, with_reader

from appliance.issuance.slip import READ_SECONDS
from appliance.kiosk_ui.language import load
from appliance.kiosk_ui.notices import LANGUAGES, NOTICES
from appliance.kiosk_ui.protection import SENTENCES
from appliance.kiosk_ui.resident.questions import LETTER_PAGES, UNKNOWN, pages
from appliance.kiosk_ui.resident.slip import CODE, UNKNOWN_CODE
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.spoken import sentences
from appliance.kiosk_ui.voice import SPEEDS, Voice

HELPER = {"role": "pamong", "district": "18.72.01"}
OFFICIAL = re.compile(r"\b(invalid|tidak valid|tidak sah|mohon|please|silakan|error|kode \d{3})\b", re.I)


def idle(client: FlaskClient, address: str) -> int:
    found = re.search(r'data-idle="(\d+)"', client.get(address).text)
    assert found, address
    return int(found[1])


def choose(client: FlaskClient, what: str, times: int = 1) -> None:
    for _ in range(times):
        assert post(client, "/", "/tampilan", what=what).status_code == 303


def test_mistakes_say_how_to_go_on_without_office_words() -> None:
    said = [field.missing().sentence for page in (*pages(HELPER), *LETTER_PAGES) for field in page.fields]
    said += [field.fix for page in (*pages(HELPER), *LETTER_PAGES) for field in page.fields] + [CODE[0].fix]
    said += [UNKNOWN_CODE, *(part for both in SENTENCES.values() for part in both)]
    said += [notice.resident for language in LANGUAGES for notice in NOTICES[language].values()]
    said += [load("en").get(sentence, "") for sentence in said]
    assert [sentence for sentence in said if OFFICIAL.search(sentence)] == []


def test_everything_chosen_is_back_to_plain_after_the_visit(place: FrontOffice) -> None:
    place.services = with_voice(place)
    client = place.app("resident").test_client()
    for what in ("size", "contrast", "ear", "speed", "louder", "echo"):
        choose(client, what)
    post(client, "/", "/bahasa", language="en")
    page = client.get("/").text
    assert 'lang="en"' in page and 'data-size="large"' in page and "data-voice-of-page" in page
    assert "data-private" in page and "data-dark" in page and "data-echo-tones" in page
    assert 'data-tones="0.1778"' in page
    assert "data-untouched" not in page
    answer = post(client, "/", "/selesai")
    assert "Max-Age=0" in answer.headers["Set-Cookie"]
    page = client.get("/").text
    assert 'lang="id"' in page and 'data-size="standard" data-contrast="standard" data-untouched' in page
    assert "data-voice-of-page" not in page and "data-private" not in page and "data-dark" not in page
    choose(client, "sound")
    assert 'data-tones="0.1"' in client.get("/").text, "as loud as for everybody"
    post(client, "/", "/selesai")
    with client.session_transaction() as visit:
        assert "comfort" not in visit


def with_voice(place: FrontOffice) -> Services:
    return replace(place.services, voice=Voice(None, "/bin/false"))


def test_a_visit_ends_after_90_seconds_45_with_data_twice_that_with_sound(place: FrontOffice) -> None:
    code = report(place.app("resident").test_client())
    place.services = with_voice(place)
    client = place.app("resident").test_client()
    assert idle(client, "/lapor/setuju") == 90
    post(client, "/status/kode", "/status/kode", code=code)
    assert idle(client, "/status/berkas") == 45
    assert int(re.findall(r'id="idle"[^>]*data-seconds="(\d+)"', client.get("/status/berkas").text)[0]) >= 20
    choose(client, "sound")
    assert idle(client, "/status/berkas") == 90
    assert idle(client, "/lapor/setuju") == 180


def test_a_visit_does_not_end_while_the_reader_looks(place: FrontOffice) -> None:
    """The only device that works for a resident at the kiosk."""
    with_reader(place)
    client = place.app("resident").test_client()
    post(client, "/status", "/status/bukti")
    assert idle(client, "/status/bukti") > 2 * READ_SECONDS


def test_nothing_of_a_visit_is_left_when_it_ends(place: FrontOffice) -> None:
    app = place.app("resident")
    client = app.test_client()
    code = report(client)
    cookie = client.get_cookie("visit-resident")
    assert cookie and code in client.get("/lapor/bukti").text
    answer = post(client, "/lapor/bukti", "/selesai")
    assert (answer.headers["Location"], answer.headers["Cache-Control"]) == ("/", "no-store")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert client.get_cookie("visit-resident") is None
    assert len(app.session_interface) == 0  # type: ignore[arg-type]
    client.set_cookie("visit-resident", cookie.value)
    assert client.get("/lapor/bukti").headers["Location"] == "/"


def test_a_secret_is_neither_shown_nor_spoken(place: FrontOffice) -> None:
    client = place.app("officer").test_client()
    page = post(client, "/petugas/masuk", "/petugas/masuk", user="kasi", pin="904713")
    assert 'type="password"' in page.text and "904713" not in page.text
    said = sentences('<label>PIN<input type="password" value="904713"></label>', "dipilih")
    assert said == ("PIN",)


def test_every_question_can_be_answered_by_one_who_does_not_know() -> None:
    """What he is himself and his own name he knows; whom to ask for is on every page."""
    known = {"role", "reporter", "institution", "resident"}
    for page in pages(HELPER):
        for field in page.fields:
            may = not field.required or UNKNOWN in dict(field.options)
            assert may or field.name in known, field.name
    assert "ciri" in next(page.hint for page in pages(HELPER) if page.slug == "penduduk")


def test_a_report_takes_twelve_screens_at_most() -> None:
    for draft in ({}, HELPER, {**HELPER, "district": UNKNOWN}, {"role": "self"}):
        assert len(pages(draft)) + len(("check", "receipt")) <= 12


def test_a_name_is_kept_as_it_was_typed_and_a_day_has_three_boxes(place: FrontOffice) -> None:
    client = place.app("resident").test_client()
    post(client, "/lapor/setuju", "/lapor/setuju")
    post(client, "/lapor/pelapor", "/lapor/pelapor", role="self")
    assert post(client, "/lapor/nama", "/lapor/nama", reporter="sugeng", phone="").status_code == 303
    assert 'value="sugeng"' in client.get("/lapor/nama").text
    kinds = {field.kind for page in (*pages(HELPER), *LETTER_PAGES) for field in page.fields}
    assert "date" in kinds
    with client.session_transaction() as visit:
        visit.update(code="SG-AAAA-AA", letter={"kind": "SK_DINSOS", "number": "1"})
    page = client.get("/status/surat/tanggal").text
    assert re.findall(r'name="date_(\w+)"', page) == ["day", "month", "year"] and 'type="date"' not in page


def test_speed_goes_from_60_to_200_per_cent_in_six_steps() -> None:
    assert len(SPEEDS) == 6 and SPEEDS[0] / SPEEDS[2] <= 0.6 and SPEEDS[-1] / SPEEDS[2] >= 2


@pytest.mark.parametrize(("on", "off"), [("sound", "sound"), ("plugged", "unplugged"), ("ear", "ear")])
def test_sound_that_is_off_again_leaves_nothing_of_what_was_said(place: FrontOffice, on: str, off: str) -> None:
    client = place.app("resident").test_client()

    def kept() -> set[str]:
        with client:
            client.get("/")
            return set(session)

    before = kept()
    post(client, "/", "/tampilan", what=on, back="/")
    assert {"comfort", "said"} <= kept()
    post(client, "/", "/tampilan", what=off, back="/")
    assert kept() - {"csrf_token", "csrf_field"} <= before
    assert "data-untouched" in client.get("/").text
