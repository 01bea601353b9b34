"""What went wrong at the kiosk is told on a page like any other: it can be left, helped from, and is wiped."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from front_office import FrontOffice, post, token
from test_resident_rules import with_voice
from werkzeug.test import TestResponse

from appliance.kiosk_ui.language import load
from appliance.kiosk_ui.protection import SENTENCES
from appliance.records.store import Torn


def begun(place: FrontOffice) -> FlaskClient:
    """A visit in which a name stands already."""
    app = place.app("resident")
    app.logger.disabled = True
    client = app.test_client()
    for slug, values in (("setuju", {}), ("pelapor", {"role": "self"}), ("nama", {"reporter": "RATNA"})):
        assert post(client, f"/lapor/{slug}", f"/lapor/{slug}", **values).status_code == 303
    return client


def wrong(client: FlaskClient, place: FrontOffice, code: int) -> TestResponse:
    if code == 400:
        return client.post("/lapor/keadaan", data={"csrf_token": "old"})
    if code == 429:
        return [post(client, "/status", "/status/kode", code="SG-AAAA-AA") for _ in range(11)][-1]
    if code == 500:
        place.devices.append(None)  # type: ignore[arg-type]
    return client.get("/tidak-ada" if code == 404 else "/")


@pytest.mark.parametrize("code", [400, 404, 429, 500])
def test_it_has_all_that_a_page_has_and_its_end_wipes_the_visit(place: FrontOffice, code: int) -> None:
    client = begun(place)
    post(client, "/", "/bahasa", language="en")
    answer = wrong(client, place, code)
    assert answer.status_code == code
    assert load("en")[SENTENCES[code][1]] in answer.text
    assert re.search(r'data-idle="90"', answer.text) and "data-live" not in answer.text
    for part in ('action="/bantuan"', 'action="/selesai"', 'action="/bahasa"', 'action="/tampilan"', 'id="idle"'):
        assert part in answer.text
    place.devices.clear()
    assert client.post("/bantuan", data={"csrf_token": token(answer)}).headers["Location"] == "/bantuan"
    assert client.post("/selesai", data={"csrf_token": token(answer)}).headers["Location"] == "/"
    assert client.get("/lapor/keadaan").headers["Location"] == "/lapor/setuju"


def test_torn_books_are_told_without_asking_them(place: FrontOffice) -> None:
    def torn() -> None:
        raise Torn("page 3")

    place.services = replace(place.services, snapshot=torn)
    client = place.app("resident").test_client()
    answer = client.get("/")
    assert answer.status_code == 503
    assert "data-idle" in answer.text
    assert client.get("/hidup").status_code == 204, "else whoever watches the browser would end it again and again"
    assert client.post("/bantuan", data={"csrf_token": token(answer)}).status_code == 303
    assert client.post("/selesai", data={"csrf_token": token(answer)}).status_code == 303


def test_it_is_said_and_what_it_fetches_for_itself_begins_no_visit(place: FrontOffice) -> None:
    place.services = with_voice(place)
    client = begun(place)
    post(client, "/", "/tampilan", what="sound")
    assert "data-voice-of-page" in client.get("/tidak-ada").text
    with client.session_transaction() as visit:
        assert SENTENCES[404][1] in visit["said"]
    fresh = place.app("resident").test_client()
    answer = fresh.get("/suara", headers={"Sec-Fetch-Dest": "audio"})
    assert (answer.status_code, answer.mimetype) == (404, "text/plain")
    assert "Set-Cookie" not in answer.headers


def test_a_choice_made_there_leads_back_to_a_page_that_can_be_asked_for(place: FrontOffice) -> None:
    client = begun(place)
    answer = client.post("/periksa/kk", data={"csrf_token": "old"})
    assert answer.status_code == 400 and 'name="back" value="/periksa"' in answer.text


def test_the_staffs_error_page_stays_theirs(place: FrontOffice) -> None:
    client = place.app("resident", "officer", "technician").test_client()
    for address in ("/petugas/tidak-ada", "/teknisi/tidak-ada"):
        answer = client.get(address)
        assert answer.status_code == 404 and "data-idle" not in answer.text and "/bantuan" not in answer.text
