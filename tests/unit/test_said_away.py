"""An office that is worked by hand is said to be away: what waits for it is no time of its officers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from by_hand import SHEET, brought, entered, open_by_hand, searched, state_of, typed, validated
from counter import PEOPLE, Counter, open_counter
from flask.testing import FlaskClient
from front_office import PIN, post

from appliance.casework.clocks import Reading, read_clocks
from appliance.casework.roles import SYSTEM, Role
from appliance.casework.sop import NotAllowed
from appliance.clock import to_local
from appliance.kiosk_ui.case_page import case_view
from appliance.kiosk_ui.desk import Desk
from appliance.kiosk_ui.machine_shown import Snapshot
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.web import create_app
from appliance.kiosk_ui.words import moment
from appliance.office import away, sop_month
from appliance.office.away import HAS_A_LINE, NOT_AWAY, SAID_ALREADY, say_away, say_back
from appliance.records import accounts, audit, moves
from appliance.records import away as books
from hw_sim.central.esign import sign_pdf
from hw_sim.central.pki import Authorities

HEAD = "9972014107700001"
OPERATOR = PEOPLE[Role.OPERATOR]


@pytest.fixture
def counter(tmp_path: Path, trust: Authorities) -> Iterator[Counter]:
    with open_by_hand(tmp_path, trust) as found:
        yield found


def step(counter: Counter, case: str, number: int) -> Reading:
    with counter.store.read() as tx:
        return next(one for one in read_clocks(moves.stays(tx, case), tx.now) if one.step.number == number)


def agrees(counter: Counter) -> None:
    """The month's sums of the books are those of the audit log."""
    with counter.store.read() as tx:
        day = to_local(tx.now)
        report = sop_month.month_report(tx, day.year, day.month)
    assert report.agrees, report.differing


def test_what_waits_for_siak_stands_from_the_word_to_the_word(counter: Counter) -> None:
    case = searched(counter)
    counter.clock.go(100)
    before = step(counter, case, 4).elapsed_s
    say_away(counter.office, OPERATOR, "siak")
    counter.clock.go(3600)
    during = step(counter, case, 4)
    assert during.elapsed_s == pytest.approx(before, abs=1) and during.waits == "gangguan"
    say_back(counter.office, OPERATOR, "siak")
    counter.clock.go(50)
    after = step(counter, case, 4)
    assert after.waiting_s["gangguan"] == pytest.approx(3600, abs=1)
    assert after.elapsed_s == pytest.approx(before + 50, abs=2) and after.waits == ""
    agrees(counter)


def test_a_case_that_comes_to_siak_later_stands_too_and_other_steps_go_on(counter: Counter) -> None:
    early = counter.verified()
    say_away(counter.office, OPERATOR, "siak")
    assert step(counter, early, 3).waits != "gangguan"
    late = searched(counter)
    counter.clock.go(600)
    assert step(counter, late, 4).waiting_s == {"gangguan": pytest.approx(600, abs=1)}
    say_back(counter.office, OPERATOR, "siak")
    counter.clock.go(60)
    assert step(counter, late, 4).elapsed_s == pytest.approx(60, abs=1)
    agrees(counter)


def test_numbers_that_were_brought_all_the_same_end_the_wait(counter: Counter) -> None:
    case = searched(counter)
    say_away(counter.office, OPERATOR, "siak")
    typed(counter, case, "type_numbers")
    assert step(counter, case, 4).waits == "gangguan"
    typed(counter, case, "confirm_numbers")
    counter.run("render")
    counter.clock.go(40)
    assert step(counter, case, 4).waits == ""
    assert step(counter, case, 4).elapsed_s >= 40
    counter.do("submit_draft", Role.OPERATOR, case)
    counter.do("send_back", Role.KABID, case, reason="nama salah")
    assert step(counter, case, 4).waits == "gangguan", "a draft sent back is entered anew"
    say_back(counter.office, OPERATOR, "siak")
    say_away(counter.office, OPERATOR, "siak")
    assert step(counter, case, 4).waits == "gangguan"
    agrees(counter)


def test_numbers_that_are_there_wait_for_nobody(counter: Counter) -> None:
    case = entered(counter)
    say_away(counter.office, OPERATOR, "siak")
    assert step(counter, case, 4).waits == ""


def test_the_signature_elsewhere_and_the_centre_are_waited_for_each_in_its_step(
    counter: Counter, trust: Authorities
) -> None:
    case = validated(counter)
    say_away(counter.office, PEOPLE[Role.KADIS], "esign")
    counter.clock.go(300)
    assert step(counter, case, 6).waiting_s == {"gangguan": pytest.approx(300, abs=1)}
    assert brought(counter, case, sign_pdf(SHEET, trust.officials[HEAD], "KK", "Metro")) is None
    assert not step(counter, case, 6).open
    say_away(counter.office, PEOPLE[Role.PEREKAM], "centre")
    counter.record_all(case)
    waited = step(counter, case, 8).waiting_s.get("gangguan", 0)
    counter.clock.go(900)
    assert step(counter, case, 8).waiting_s["gangguan"] == pytest.approx(waited + 900, abs=1)
    assert step(counter, case, 8).waits == "", "the family card is printed meanwhile"
    say_back(counter.office, OPERATOR, "centre")
    counter.clock.go(30)
    assert step(counter, case, 8).waiting_s["gangguan"] == pytest.approx(waited + 900, abs=1)
    state_of(counter, case, "SENT_FOR_ENROLLMENT")
    say_away(counter.office, OPERATOR, "centre")
    counter.clock.go(70)
    assert step(counter, case, 8).waiting_s["ketunggalan"] == pytest.approx(70, abs=2), "it waits already"
    agrees(counter)


def test_it_is_said_once_and_taken_back_once_and_the_audit_log_tells_by_whom(counter: Counter) -> None:
    for name in ("siak", "centre", "esign"):
        with pytest.raises(NotAllowed, match=NOT_AWAY):
            say_back(counter.office, OPERATOR, name)
        say_away(counter.office, OPERATOR, name)
        with pytest.raises(NotAllowed, match=SAID_ALREADY):
            say_away(counter.office, OPERATOR, name)
    say_back(counter.office, OPERATOR, "siak")
    with pytest.raises(NotAllowed, match=NOT_AWAY):
        say_back(counter.office, OPERATOR, "siak")
    with counter.store.read() as tx:
        told = [one for one in audit.entries(tx) if str(one["event"]).startswith("outage-report")]
        assert set(books.all_said(tx)) == {"centre", "esign"}
    assert [(one["event"], json.loads(str(one["facts"]))["office"]) for one in told] == [
        ("outage-report-init", "siak"),
        ("outage-report-init", "centre"),
        ("outage-report-init", "esign"),
        ("outage-report-complete", "siak"),
    ]
    assert {one["actor"] for one in told} == {"operator:id-operator@loket"}


@pytest.mark.parametrize("name", ["siak", "centre", "esign"])
@pytest.mark.parametrize("role", sorted(set(Role) - {Role.SYSTEM}))
def test_only_who_enters_there_may_say_it(counter: Counter, name: str, role: Role) -> None:
    if role in away.MAY_SAY[name]:
        say_away(counter.office, PEOPLE[role], name)
        say_back(counter.office, PEOPLE[role], name)
        return
    for act in (say_away, say_back):
        with pytest.raises(NotAllowed, match="petugas yang mengisi di kantor itu"):
            act(counter.office, PEOPLE[role], name)


def test_where_there_is_a_line_its_breaker_says_it_but_an_old_word_can_be_taken_back(tmp_path: Path) -> None:
    counter = open_counter(tmp_path)
    for name in ("siak", "centre", "esign"):
        with pytest.raises(NotAllowed, match=HAS_A_LINE):
            say_away(counter.office, OPERATOR, name)
    for name in ("data_access", "", "SIAK"):
        with pytest.raises(NotAllowed):
            say_away(counter.office, OPERATOR, name)
    by_line = counter.office
    lines = replace(by_line.settings.central, siak=None)
    counter.office = replace(by_line, settings=replace(by_line.settings, central=lines))
    case = counter.searched()
    say_away(counter.office, OPERATOR, "siak")
    counter.office = by_line
    assert away.told(by_line, OPERATOR)[1] == {"siak"}
    say_back(by_line, OPERATOR, "siak")
    assert step(counter, case, 4).waits == "" and away.told(by_line, OPERATOR)[1] == frozenset()
    counter.store.close()


# The pages.


def client_of(counter: Counter, role: Role) -> FlaskClient:
    accounts.add(counter.store, str(role), str(role).title(), role, PIN, SYSTEM)
    services = Services(desk=Desk(counter.office), snapshot=Snapshot, office_name="Dinas", specimen=True)
    client = create_app(frozenset({"officer"}), services).test_client()
    assert post(client, "/petugas/masuk", "/petugas/masuk", user=str(role), pin=PIN).status_code == 303
    return client


PAGE = "/petugas/kiriman"


def test_the_operator_says_it_on_the_page_and_every_page_tells_since_when_and_by_whom(counter: Counter) -> None:
    case = searched(counter)
    client = client_of(counter, Role.OPERATOR)
    assert f'href="{PAGE}"' in client.get("/petugas/").text
    page = client.get(PAGE).text
    assert "SIAK terputus" in page and "SIAK kembali" not in page
    desk = Desk(counter.office)
    before = desk.pulse(), desk.outbox.mark()
    since = moment(counter.clock.now)
    assert post(client, PAGE, f"{PAGE}/terputus", kantor="siak").status_code == 303
    assert desk.pulse() != before[0] and desk.outbox.mark() != before[1], "open pages hear of it"
    page = client.get(PAGE).text
    assert f"Terputus sejak {since}, dicatat oleh Operator." in page
    assert "SIAK kembali" in page and 'data-office="siak" data-level="down"' in page
    assert f"SIAK terputus sejak {since}, dicatat oleh Operator." in client.get("/petugas/").text
    assert "SIAK, TTE atau pusat terputus" in client.get("/petugas/").text
    told = client.get(f"/petugas/kasus/{case}").text
    assert f"SIAK terputus sejak {since}, dicatat oleh Operator. Waktu SOP berkas ini menunggu." in told
    assert case_view(counter.state(case, Role.OPERATOR), (), "").tasks[3].state == "waiting"
    answer = post(client, PAGE, f"{PAGE}/terputus", kantor="siak")
    assert answer.status_code == 422 and SAID_ALREADY in answer.text
    assert post(client, PAGE, f"{PAGE}/kembali", kantor="siak").status_code == 303
    assert "dicatat oleh" not in client.get(PAGE).text + client.get(f"/petugas/kasus/{case}").text
    assert "data-away" not in client.get("/petugas/").text


def test_who_enters_nowhere_reads_it_and_has_no_button(counter: Counter) -> None:
    client = client_of(counter, Role.KASI)
    assert f'href="{PAGE}"' not in client.get("/petugas/").text
    say_away(counter.office, OPERATOR, "centre")
    assert "Pusat biometrik terputus sejak" in client.get("/petugas/").text
    page = client.get(PAGE).text
    assert "dicatat oleh Operator" in page and "kiriman/kembali" not in page and "kiriman/terputus" not in page
    answer = post(client, PAGE, f"{PAGE}/kembali", kantor="centre")
    assert answer.status_code == 422
    with counter.store.read() as tx:
        assert books.said(tx, "centre") is not None
