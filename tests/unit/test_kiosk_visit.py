"""A report begun at the kiosk goes on at the desk: by its number, by one officer, once, and for ten minutes."""

from __future__ import annotations

import re
import threading
from dataclasses import replace

import pytest
from books import Seconds
from flask.testing import FlaskClient
from front_office import ANSWERS, FrontOffice, forms, post, sign_in

from appliance.casework.roles import Role
from appliance.kiosk_ui.handed import KEPT_S, HandedReports
from appliance.records import audit

HOME = "/petugas/kunjungan"


@pytest.fixture
def ticks(place: FrontOffice) -> Seconds:
    found = Seconds()
    place.services = replace(place.services, handed=HandedReports(found))
    return found


def begun(place: FrontOffice, *, until: str = "keadaan") -> FlaskClient:
    """Somebody at the kiosk who has answered the questions before this one."""
    client = place.app("resident").test_client()
    client.get("/lapor")
    for slug, values in ANSWERS:
        if slug == until:
            break
        assert post(client, f"/lapor/{slug}", f"/lapor/{slug}", **values).status_code == 303
    return client


def called(client: FlaskClient) -> str:
    """He calls for help; the number on his screen."""
    page = client.get(post(client, "/", "/bantuan").headers["Location"]).text
    found = re.search(r"data-number>(\d\d) (\d\d)<", page)
    return "".join(found.groups()) if found else ""


def petugas(place: FrontOffice, role: Role = Role.PETUGAS) -> FlaskClient:
    client = place.app("officer").test_client()
    assert sign_in(client, role).status_code == 303
    return client


REST = {
    "role": "pendamping_sosial",
    "reporter": "Ratna Puspitasari",
    "phone": "",
    "institution": "Dinas Sosial Kota Metro",
    "resident": "Bapak tanpa nama, 55 tahun",
    "condition": ["odgj"],
    "legal": "orang_terlantar",
    "kelurahan": "18.72.01.1005",
    "papers": ["SK_DOMISILI"],
}


def test_a_report_goes_on_at_the_desk_and_its_receipt_comes_up_at_the_kiosk(
    place: FrontOffice, ticks: Seconds
) -> None:
    kiosk, desk = begun(place), petugas(place)
    number = called(kiosk)
    assert "(1 menunggu)" in desk.get("/petugas/").text
    assert post(desk, HOME, HOME, number=f" {number[:2]} {number[2:]} ").status_code == 303
    page = desk.get(HOME).text
    assert 'value="Ratna Puspitasari"' in page and '<option value="pendamping_sosial" selected>' in page
    assert "Petugas melanjutkan isian Anda" in kiosk.get("/bantuan").text
    answer = post(desk, HOME, f"{HOME}/kirim", **REST)
    assert answer.status_code == 303 and answer.headers["Location"].startswith("/petugas/kasus/")
    assert kiosk.get("/bantuan").headers["Location"] == "/lapor/bukti"
    (row,) = place.services.desk.work_list(place.actor(Role.PETUGAS)).rows
    assert row.code in kiosk.get("/lapor/bukti").text and answer.headers["Location"].endswith(row.case_id)
    with place.office.store.read() as tx:
        who = [str(entry["actor"]) for entry in audit.entries(tx) if entry["event"] == "case-report-complete"]
    assert [actor.partition(":")[0] for actor in who] == ["petugas"], "the officer sent it, and the log says so"


def test_while_an_officer_goes_on_the_kiosk_does_not_and_goes_on_when_it_is_given_back(
    place: FrontOffice, ticks: Seconds
) -> None:
    kiosk, desk = begun(place), petugas(place)
    number = called(kiosk)
    assert '"button main" href="/lapor/periksa"' in kiosk.get("/bantuan").text
    assert kiosk.get("/lapor/periksa").headers["Location"] == "/lapor/keadaan", "back to where he was"
    assert kiosk.get("/lapor/keadaan").status_code == 200
    post(desk, HOME, HOME, number=number)
    for address in ("/lapor/keadaan", "/lapor/nama", "/lapor/periksa"):
        assert kiosk.get(address).headers["Location"] == "/bantuan", address
        assert post(kiosk, "/bantuan", address, condition=["sakit"]).headers["Location"] == "/bantuan"
    assert post(desk, HOME, f"{HOME}/kembalikan").status_code == 303
    assert kiosk.get("/lapor/keadaan").status_code == 200
    assert post(desk, HOME, f"{HOME}/kirim", **REST).status_code == 422, "it is the kiosk's again"
    assert called(kiosk) == number


def test_what_is_filled_in_after_the_call_is_there_at_the_desk(place: FrontOffice, ticks: Seconds) -> None:
    kiosk, desk = begun(place), petugas(place)
    number = called(kiosk)
    post(kiosk, "/lapor/keadaan", "/lapor/keadaan", condition=["lansia", "sakit"])
    post(desk, HOME, HOME, number=number)
    ticked = re.findall(r'name="condition" value="([a-z_]+)" checked', desk.get(HOME).text)
    assert ticked == ["lansia", "sakit"]


def test_mistakes_are_told_and_what_was_typed_stays(place: FrontOffice, ticks: Seconds) -> None:
    kiosk, desk = begun(place), petugas(place)
    post(desk, HOME, HOME, number=called(kiosk))
    refused = post(desk, HOME, f"{HOME}/kirim", **REST | {"institution": "", "legal": "", "reporter": "Ratna P."})
    assert refused.status_code == 422
    assert 'href="#f-institution"' in refused.text and 'href="#f-legal"' in refused.text
    assert 'value="Ratna P."' in refused.text
    own = {**REST, "role": "self", "institution": "", "resident": "", "kelurahan": "tidak_tahu"}
    assert post(desk, HOME, f"{HOME}/kirim", **own).status_code == 303, "who reports himself has no office"


def test_a_number_is_one_officers_and_ends_after_ten_minutes(place: FrontOffice, ticks: Seconds) -> None:
    kiosk, desk = begun(place), petugas(place)
    number = called(kiosk)
    wrong = f"{(int(number) + 1) % 10_000:04}"
    assert post(desk, HOME, HOME, number=wrong).status_code == 422
    assert place.services.handed.take(number, "somebody else")
    assert post(desk, HOME, HOME, number=number).status_code == 422
    ticks.now += KEPT_S + 1
    again = called(kiosk)
    ticks.now += KEPT_S + 1
    assert again and post(desk, HOME, HOME, number=again).status_code == 422
    assert "Nomor isian" not in kiosk.get("/bantuan").text and place.services.handed.waiting() == 0


def test_the_end_by_hand_takes_it_back_and_the_end_of_an_idle_visit_leaves_it_for_the_officer(
    place: FrontOffice, ticks: Seconds
) -> None:
    by_hand, idle, desk = begun(place), begun(place), petugas(place)
    first, second = called(by_hand), called(idle)
    post(by_hand, "/", "/selesai", by="hand")
    post(idle, "/", "/selesai")
    assert post(desk, HOME, HOME, number=first).status_code == 422
    assert post(desk, HOME, HOME, number=second).status_code == 303
    assert post(desk, HOME, f"{HOME}/kirim", **REST).status_code == 303


def test_who_has_filled_in_nothing_or_has_sent_it_has_no_number(place: FrontOffice, ticks: Seconds) -> None:
    empty = place.app("resident").test_client()
    assert called(empty) == "" and called(begun(place, until="pelapor")) == ""
    kiosk = begun(place, until="")
    assert called(kiosk)
    post(kiosk, "/lapor/periksa", "/lapor/periksa")
    assert place.services.handed.waiting() == 0, "sent once only"
    again = begun(place)
    assert called(again)
    again.get("/lapor")
    assert place.services.handed.waiting() == 0, "begun anew"


def test_one_visit_never_sees_anothers(place: FrontOffice, ticks: Seconds) -> None:
    one, other = begun(place), begun(place)
    number, another = called(one), called(other)
    assert number != another
    desk = petugas(place)
    post(desk, HOME, HOME, number=number)
    assert "melanjutkan isian Anda" in one.get("/bantuan").text
    assert "Petugas melanjutkan" not in other.get("/bantuan").text


@pytest.mark.parametrize(
    "role", [role for role in Role if role not in {Role.RESIDENT, Role.SYSTEM, Role.TEKNISI, Role.PETUGAS}]
)
def test_it_is_the_petugas_alone_who_goes_on(place: FrontOffice, ticks: Seconds, role: Role) -> None:
    kiosk, client = begun(place), petugas(place, role)
    number = called(kiosk)
    assert client.get(HOME).status_code == 403
    start = "/petugas/blanko" if role is not Role.AUDITOR else "/petugas/retensi"
    assert post(client, start, HOME, number=number).status_code == 403
    assert HOME not in client.get("/petugas/", follow_redirects=True).text
    assert "take_kiosk_visit" not in forms(client.get(start))


def test_a_page_that_looks_itself_up_after_the_end_begins_no_visit(place: FrontOffice) -> None:
    client = place.app("resident").test_client()
    late = client.get("/lapor/setuju", headers={"X-Live": "1"})
    assert late.status_code == 200 and "Set-Cookie" not in late.headers
    assert "data-untouched" in client.get("/").text
    assert client.get("/lapor/setuju").status_code == 200
    assert "data-untouched" not in client.get("/").text, "who goes there himself has begun"


def test_an_answer_that_was_under_way_at_the_end_leaves_the_cookie_to_the_next_visit(place: FrontOffice) -> None:
    app = place.app("resident")
    client = app.test_client()

    cookies: list[str] = []

    def ends() -> None:
        cookies.append(post(client, "/", "/selesai").headers["Set-Cookie"])
        client.get("/lapor/setuju")

    def ended_meanwhile() -> str:
        other = threading.Thread(target=ends)
        other.start()
        other.join()
        return "late"

    app.add_url_rule("/lambat", "late", ended_meanwhile)
    client.get("/lapor/setuju")
    assert "Set-Cookie" not in client.get("/lambat").headers
    assert cookies[0].startswith("visit-resident=;"), "the end takes its own cookie back"
    assert "data-untouched" not in client.get("/").text, "the next visit goes on"
