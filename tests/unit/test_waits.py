"""Time that is nobody's work: waiting for the visit, a blank, the sending; and time that is, counted to the end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from case_files import complete
from counter import PEOPLE, Counter, open_counter
from sqlalchemy import update

from appliance.casework.clocks import Reading, Stay
from appliance.casework.roles import Role
from appliance.casework.sop import CASE_STATES, TABLES, NotAllowed, fire
from appliance.central.centre import SearchResult
from appliance.faults import DeviceFault, FaultCode
from appliance.issuance.enrolment import search
from appliance.kiosk_ui.desk import Desk
from appliance.office import sop_month, visits
from appliance.office.context import FormRefused
from appliance.queue.worker import work_one
from appliance.records import audit, blanks, schema
from appliance.records.blanks import BlankState
from appliance.records.moves import stays


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    counter = open_counter(tmp_path)
    yield counter
    counter.store.close()


def clock(counter: Counter, case: str, step: int) -> Reading:
    return counter.state(case, Role.KASI).clocks[step - 1]


def told(counter: Counter, case: str) -> list[str]:
    with counter.store.read() as tx:
        return [str(line["event"]) for line in audit.of_case(tx, case)]


def test_from_the_signed_card_to_the_recording_the_resident_waits_for_the_visit(counter: Counter) -> None:
    case = counter.signed()
    counter.clock.go(3 * 86_400)
    counter.do("start_recording", Role.PEREKAM, case)
    counter.clock.go(600)
    counter.record_quickly(case)
    reading = clock(counter, case, 7)
    assert reading.waiting_s["perjalanan"] == pytest.approx(3 * 86_400, abs=1)
    assert 600 <= reading.elapsed_s < 610 and not reading.open


def test_a_visit_is_planned_missed_planned_again_and_made(counter: Counter) -> None:
    case = counter.signed()
    today = counter.office.today()
    plan = {"day": today + timedelta(1), "team": "Tim 2: Wahyu, Rina", "place": ""}
    counter.do("schedule_visit", Role.PETUGAS, case, **plan)
    assert counter.person(case).ktp_state == "TERJADWAL"
    assert "Tim 2" in counter.person(case).note
    later = {**plan, "day": today + timedelta(2), "place": "Panti Harapan"}
    counter.do("schedule_visit", Role.PEREKAM, case, **later)
    counter.clock.go(2 * 86_400)
    counter.do("miss_visit", Role.PEREKAM, case, reason="TIDAK_ADA")
    assert counter.person(case).ktp_state == "BELUM_REKAM"
    counter.do("schedule_visit", Role.PETUGAS, case, **{**plan, "day": counter.office.today()})
    counter.do("start_recording", Role.PEREKAM, case)
    counter.do("capture_finger", Role.PEREKAM, case, position="right_index")
    counter.run("scanner")
    with counter.store.read() as tx:
        lines = visits.register(tx, today, today + timedelta(9))
        every = stays(tx, case)
        entries = audit.of_case(tx, case)
    assert [(one.state, one.reason, one.place, one.kit) for one in lines] == [
        ("moved", "", "", ""), ("missed", "TIDAK_ADA", "Panti Harapan", ""), ("made", "", "", "SN-1"),
    ]  # fmt: skip
    assert [date.fromisoformat(one.day) - today for one in lines] == [timedelta(1), timedelta(2), timedelta(2)]
    assert sum(one.pause == "perjalanan" and one.step == 7 for one in every) == 5, (
        "each stretch of the wait is told apart"
    )
    assert "Wahyu" not in json.dumps(entries), "who goes stands in the case, not in the audit log"
    assert any('"reason":"TIDAK_ADA"' in str(one["facts"]) for one in entries)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"day": date(2026, 11, 23)}, "hari ini atau sesudahnya"),
        ({"day": None}, "hari ini atau sesudahnya"),
        ({"team": " "}, "siapa yang berangkat"),
    ],
)
def test_a_visit_that_cannot_be_is_refused(counter: Counter, changes: dict[str, object], match: str) -> None:
    case = counter.signed()
    plan = {"day": counter.office.today(), "team": "Tim 2", **changes}
    with pytest.raises((NotAllowed, FormRefused), match=match):
        counter.do("schedule_visit", Role.PETUGAS, case, **plan)
    assert counter.person(case).ktp_state == "BELUM_REKAM"
    assert told(counter, case)[-1] == "case-act-refused"


def test_nobody_is_visited_before_there_is_something_to_record_for(counter: Counter) -> None:
    case = counter.validated()
    with pytest.raises(NotAllowed, match="setelah KK terbit"):
        counter.do("schedule_visit", Role.PETUGAS, case, day=counter.office.today(), team="Tim 1")
    with pytest.raises(NotAllowed, match="sebab kunjungan gagal"):
        counter.do("miss_visit", Role.PEREKAM, case, reason="MALAS")


def test_whoever_is_ready_waits_while_there_is_no_blank_and_the_delivery_ends_it(counter: Counter) -> None:
    first, second = counter.ready_to_print(), counter.ready_to_print()
    assert {clock(counter, one, 8).waiting_s.get("blanko_habis", 0) > 0 for one in (first, second)} == {True}
    counter.clock.go(3600)
    counter.receive_blanks(1)
    counter.clock.go(60)
    counter.do("issue_card", Role.OPERATOR, first, blank_serial="A001")
    counter.clock.go(7200)
    waited = clock(counter, second, 8).waiting_s["blanko_habis"]
    assert 3600 < clock(counter, first, 8).waiting_s["blanko_habis"] < 7200 < waited
    with counter.store.write() as tx:
        blanks.move(tx, "A001", BlankState.SPOILED, PEOPLE[Role.OPERATOR], cause="SALAH_CETAK")
        blanks.receive(tx, "K-2", ["A002"], "kantor", PEOPLE[Role.GUDANG])
    counter.clock.go(500)
    assert clock(counter, second, 8).waiting_s["blanko_habis"] == pytest.approx(waited, abs=1)
    events = told(counter, second)
    assert (events.count("blank-wait-init"), events.count("blank-wait-complete")) == (2, 2)
    assert told(counter, first).count("blank-wait-init") == 1, "who takes the last blank does not wait for one"


def test_the_time_of_making_a_card_is_step_8s_and_the_operators_touch_is_counted(counter: Counter) -> None:
    counter.receive_blanks()
    case = counter.ready_to_print()
    before = clock(counter, case, 8).elapsed_s
    counter.do("issue_card", Role.OPERATOR, case, blank_serial="A001")
    counter.chip_written(case, "A001")
    counter.clock.go(90)
    shown = counter.clock.now
    counter.clock.go(20)
    counter.do("print_card", Role.OPERATOR, case, opened_at=shown)
    counter.run("card_printer")
    shown = counter.clock.now
    counter.clock.go(10)
    counter.do("look_card", Role.OPERATOR, case, result="ok", opened_at=shown)
    reading = clock(counter, case, 8)
    assert reading.elapsed_s - before > 115
    assert 30 <= reading.touch_s < 32


def test_a_recording_that_cannot_be_sent_waits_as_an_outage(counter: Counter) -> None:
    case = counter.signed()
    counter.record_all(case)
    enrol = counter.centre.enrol
    find = counter.centre.find_enrolment

    def cut(*_: object) -> None:
        raise DeviceFault(FaultCode.CENTRE_UNREACHABLE)

    counter.centre.enrol = counter.centre.find_enrolment = cut  # type: ignore[method-assign, assignment]
    counter.run("centre")
    counter.clock.go(1800)
    assert clock(counter, case, 8).waiting_s["gangguan"] == pytest.approx(1800, abs=5)
    counter.centre.enrol, counter.centre.find_enrolment = enrol, find  # type: ignore[method-assign]
    counter.clock.go(120)
    counter.run("centre")
    assert counter.person(case).ktp_state == "DIKIRIM"
    assert not any(one.pause == "gangguan" and one.until is None for one in open_stays(counter, case))


def open_stays(counter: Counter, case: str) -> list[Stay]:
    with counter.store.read() as tx:
        return stays(tx, case)


def test_step_9_lasts_until_the_papers_lie_in_the_archive(counter: Counter) -> None:
    counter.receive_blanks()
    case = counter.ready_to_print()
    counter.run("render")
    counter.do("print_kk", Role.OPERATOR, case)
    counter.run("document_printer")
    counter.do("hand_over_kk", Role.PETUGAS, case, receiver="Ratna Puspitasari", relation="reporter")
    assert "case-await_archive-complete" not in told(counter, case), "the card is still to come"
    counter.do("end_ktp", Role.KASI, case, cause="MENINGGAL")
    assert "case-await_archive-complete" in told(counter, case)
    counter.run("render")
    shown = counter.clock.now
    counter.clock.go(45)
    counter.do("archive", Role.PETUGAS, case, box="1", shelf="2", opened_at=shown)
    reading = clock(counter, case, 9)
    assert 45 <= reading.touch_s < 47 and not reading.open


@pytest.mark.parametrize("act", ["reject", "cancel"])
def test_no_clock_runs_in_a_case_that_has_ended(counter: Counter, act: str) -> None:
    case = counter.ready_to_print()
    counter.do(act, Role.KASI, case, cause="LAINNYA", reason="Catatan")
    assert all(one.until is not None for one in open_stays(counter, case))


def test_a_case_goes_its_whole_way_by_the_version_it_began_with(counter: Counter) -> None:
    case = counter.validated()
    with counter.store.write() as tx:
        row = schema.case.c.id == case
        tx.sql.execute(update(schema.case).where(row).values(sop_version="D-11/002-1"))
    counter.do("sign", Role.KADIS, case, passphrase="kuda-terbang")
    counter.signature_arrived(case)
    assert "ktp-await_recording-complete" not in told(counter, case)
    assert "schedule_visit" not in counter.state(case, Role.PETUGAS).residents[0].acts
    with pytest.raises(NotAllowed, match="tidak bisa sekarang"):
        counter.do("schedule_visit", Role.PETUGAS, case, day=counter.office.today(), team="Tim 1")
    counter.record_all(case)
    counter.centre_goes_on()
    assert counter.person(case).ktp_state == "PRR"


def test_every_version_knows_the_same_states_of_the_case_and_reaches_its_ends() -> None:
    for version, table in TABLES.items():
        assert {row.target for row in table if row.machine == "case"} >= set(CASE_STATES) - {"DILAPORKAN"}
        assert fire("ktp", "PRR", "issue_card", Role.OPERATOR, version).target == "PEMBUATAN_KARTU"
    assert fire("ktp", "PRR", "issue_card", Role.OPERATOR).opens == 8
    assert fire("ktp", "PRR", "issue_card", Role.OPERATOR, "D-11/002-1").opens is None


def test_once_the_centre_has_answered_the_kasis_clock_runs_until_he_decides(counter: Counter) -> None:
    counter.centre.search_result = SearchResult("hit_other_region", "9972010107710009")
    case = counter.verified()
    counter.clock.go(2 * 86_400)
    assert Desk(counter.office, b"").case(PEOPLE[Role.KASI], case).tasks[2].state == "waiting"
    counter.do("search_biometrics", Role.PEREKAM, case)
    counter.run("scanner", "centre")
    answered = clock(counter, case, 3)
    counter.clock.go(3 * 86_400)
    waited = clock(counter, case, 3)
    assert waited.waiting_s == answered.waiting_s, "the centre's wait is over"
    assert waited.elapsed_s == pytest.approx(answered.elapsed_s + 3 * 86_400, abs=1)
    assert waited.open and waited.late
    assert Desk(counter.office, b"").case(PEOPLE[Role.KASI], case).tasks[2].state == "now"
    (row,) = Desk(counter.office, b"").work_list(PEOPLE[Role.KASI]).rows
    assert row.waiting == "" and row.reading is not None and row.reading.late
    shown = counter.clock()
    counter.clock.go(120)
    counter.do("decide_search", Role.KASI, case, decision="proceed", reason="bukan orang ini", opened_at=shown)
    decided = clock(counter, case, 3)
    assert decided.touch_s == pytest.approx(answered.touch_s + 120, abs=1)
    with counter.store.read() as tx:
        (line,) = [one for one in audit.of_case(tx, case) if one["event"] == "search-wait-complete"]
    ((step, length, _, kind),) = json.loads(str(line["facts"]))["clock"]
    assert (step, kind) == (3, "ketunggalan") and length < 2000
    assert answered.waiting_s["perjalanan"] == pytest.approx(2 * 86_400, abs=2), "nobody had been to him"


def brothers() -> dict[str, Any]:
    file = complete()
    brother = {**file["residents"][0], "full_name": "SUGENG RAHAYU", "family_relation": 9, "birth_date": "1973-05-02"}
    file["residents"].append(brother)
    return file


def test_the_way_to_each_of_a_family_is_travel_and_only_the_answer_is_the_centres(counter: Counter) -> None:
    counter.centre.search_result = SearchResult("hit_other_region", "9972010107710009")
    case = counter.verified(brothers())
    counter.clock.go(7200)
    counter.do("search_biometrics", Role.PEREKAM, case, resident=0)
    counter.run("scanner")
    counter.clock.go(600)
    first = clock(counter, case, 3)
    assert first.waiting_s["perjalanan"] == pytest.approx(7200, abs=1)
    assert first.waiting_s["ketunggalan"] == pytest.approx(600, abs=1) and first.waits == "ketunggalan"
    counter.run("centre")
    counter.clock.go(3600)
    between = clock(counter, case, 3)
    assert between.waiting_s["perjalanan"] == pytest.approx(7200 + 3600, abs=1) and between.waits == "perjalanan"
    counter.do("search_biometrics", Role.PEREKAM, case, resident=1)
    counter.run("scanner", "centre")
    before = clock(counter, case, 3).elapsed_s
    counter.clock.go(3600)
    assert clock(counter, case, 3).elapsed_s == pytest.approx(before + 3600, abs=1)


def test_while_the_fingers_of_any_are_at_the_centre_the_wait_is_the_centres(counter: Counter) -> None:
    counter.centre.search_result = SearchResult("hit_other_region", "9972010107710009")
    case = counter.verified(brothers())
    for place in (0, 1):
        counter.do("search_biometrics", Role.PEREKAM, case, resident=place)
    counter.run("scanner")
    events = [one for one in told(counter, case) if one.startswith("case-") and "search" in one]
    assert events == ["case-verify:search-complete", "case-search_sent-complete"], "once for both"
    assert work_one(counter.store, "centre", "test", {"search": partial(search, counter.offices)})
    counter.clock.go(300)
    assert clock(counter, case, 3).waits == "ketunggalan", "the other's answer is awaited"
    counter.run("centre")
    assert clock(counter, case, 3).waits == "" and clock(counter, case, 3).open
    assert report_agrees(counter)


def test_a_case_of_an_earlier_version_counts_it_all_as_the_centres(counter: Counter) -> None:
    counter.centre.search_result = SearchResult("hit_other_region", "9972010107710009")
    case = counter.attached(brothers())
    with counter.store.write() as tx:
        tx.sql.execute(update(schema.case).where(schema.case.c.id == case).values(sop_version="D-11/002-4"))
    counter.do("pass_check", Role.PETUGAS, case)
    counter.do("verify", Role.KASI, case)
    for place in (0, 1):
        counter.clock.go(60)
        counter.do("search_biometrics", Role.PEREKAM, case, resident=place)
        counter.run("scanner", "centre")
    assert clock(counter, case, 3).waiting_s == {"ketunggalan": pytest.approx(120, abs=1)}
    assert clock(counter, case, 3).waits == ""
    assert report_agrees(counter)


def report_agrees(counter: Counter) -> bool:
    """Whether the month's sums are those of the audit log."""
    day = counter.office.today()
    with counter.store.read() as tx:
        return sop_month.month_report(tx, day.year, day.month).agrees
