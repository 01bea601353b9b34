"""What waits to be sent to the offices outside: why, how each stands, what is shown of it, and who may knock."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from counter import PEOPLE, Counter, Prepared, open_counter, prepare
from flask.testing import FlaskClient
from front_office import PIN, post
from siak_line import SiakLine

from appliance.casework.roles import NO_CASES, SYSTEM, Role
from appliance.casework.sop import NotAllowed
from appliance.faults import FAULTS, DeviceFault, FaultCode, Item, Retry
from appliance.kiosk_ui import outbox_page
from appliance.kiosk_ui.desk import Desk
from appliance.kiosk_ui.machine_shown import Snapshot
from appliance.kiosk_ui.outbox_page import OutboxView
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.web import create_app
from appliance.kiosk_ui.words import JOBS, hour, moment
from appliance.office import outbox as office_outbox
from appliance.office.outbox import SENT
from appliance.queue import effects, jobs
from appliance.queue.jobs import OFFICE_LANES, Job
from appliance.queue.outbox import AWAY, OFFICES, Reach, Wait, may_knock, office_state, sendings, to_send
from appliance.queue.trouble import UNSERVED_MS, may_retry
from appliance.queue.worker import NeedsAnswer, work_one
from appliance.records import accounts, audit, restoration
from appliance.records.restoration import Restoration

NOW = 1_000_000_000
OUT = DeviceFault(FaultCode.SIAK_UNREACHABLE, "no answer")


def job(kind: str = "enter", lane: str = "siak", **told: object) -> Job:
    base = Job(
        id=f"job-{kind}", key=f"{kind}:c", lane=lane, kind=kind, case_id="c", position=None, payload={},
        state="ready", run_after=NOW, attempts=0, fault=None, detail="", done_steps=0, done_of=0, created_at=NOW,
        changed_at=NOW,
    )  # fmt: skip
    return replace(base, **told)  # type: ignore[arg-type]


def wait_of(one: Job, now: int = NOW, *others: Job, compared: bool = True) -> Wait:
    return sendings([one, *others], now, compared=compared)[0].wait


def test_each_state_of_a_job_has_its_reason_to_wait() -> None:
    away = str(FaultCode.SIAK_UNREACHABLE)
    assert wait_of(job()) is Wait.TURN
    assert wait_of(job(state="leased")) is Wait.SENDING
    assert wait_of(job(state="leased"), NOW + 301_000) is Wait.SILENT
    assert wait_of(job(fault=away, run_after=NOW + 4_000)) is Wait.OUT_OF_REACH
    assert wait_of(job(fault=away), NOW + 99 * UNSERVED_MS) is Wait.OUT_OF_REACH
    assert wait_of(job(fault="clock.behind")) is Wait.LATER
    assert wait_of(job(state="hold", fault="siak.refused")) is Wait.PERSON
    assert wait_of(job(state="hold", fault="sign-unknown", kind="sign", lane="esign")) is Wait.PERSON
    assert wait_of(job(), NOW + UNSERVED_MS + 1) is Wait.UNSERVED
    assert wait_of(job(), NOW + UNSERVED_MS + 1, job("call-nik", state="leased")) is Wait.TURN
    assert wait_of(job(), compared=False) is Wait.COMPARE


def test_only_what_is_tried_again_has_a_next_try() -> None:
    away = job(fault=str(FaultCode.SIAK_UNREACHABLE), run_after=NOW + 4_000)
    assert sendings([away], NOW)[0].next_try == NOW + 4_000
    assert sendings([job(run_after=NOW + 4_000)], NOW)[0].next_try is None
    assert sendings([replace(away, state="hold")], NOW)[0].next_try is None


def test_work_for_devices_is_no_sending_and_a_question_about_what_was_sent_waits_for_nothing() -> None:
    found = [job(), job("print-kk", "document_printer"), job("enrolment-state", "centre"), job("sign", "esign")]
    assert [one.job.kind for one in sendings(found, NOW)] == ["enter", "enrolment-state", "sign"]
    assert to_send(found) == 2
    state = office_state("centre", sendings(found, NOW))
    assert (state.waiting, state.asked, state.reach) == (0, 1, Reach.WELL)


def test_the_data_service_is_an_office_of_its_own_in_siaks_lane() -> None:
    found = sendings([job("call-nik", fault=str(FaultCode.DATA_UNREACHABLE)), job()], NOW)
    assert [one.office for one in found] == ["data_access", "siak"]
    assert office_state("data_access", found).reach is Reach.OUT
    assert office_state("siak", found).reach is Reach.WELL
    assert {*OFFICE_LANES, "data_access"} == set(OFFICES) == set(SENT)


def test_the_worst_that_is_known_of_an_office_is_how_it_stands() -> None:
    away = str(FaultCode.SIAK_UNREACHABLE)
    held, out = job("a", state="hold", fault="siak.refused"), job("b", fault=away, since=NOW - 9, run_after=NOW + 5)
    later = job("c", fault=away, since=NOW - 4, run_after=NOW + 8)
    assert office_state("siak", ()).reach is Reach.WELL
    assert office_state("siak", (), by_hand=True).reach is Reach.BY_HAND
    assert office_state("siak", sendings([held], NOW), by_hand=True).reach is Reach.PERSON
    assert office_state("siak", sendings([job()], NOW + UNSERVED_MS + 1)).reach is Reach.UNSERVED
    state = office_state("siak", sendings([held, later, out], NOW))
    assert (state.reach, state.since, state.next_try) == (Reach.OUT, NOW - 9, NOW + 5)
    assert (state.waiting, state.held) == (3, 1)


@pytest.mark.parametrize("code", sorted(AWAY))
def test_what_may_be_knocked_for_was_never_sent_and_may_be_tried_by_anybody(code: FaultCode) -> None:
    assert FAULTS[code].item is Item.UNTOUCHED and FAULTS[code].retry is Retry.AUTO_ONCE
    assert may_retry(code, technician=False)


@pytest.mark.parametrize("fault", ["sign-unknown", "sign-restored", "siak.no_answer", "esign.no_answer"])
def test_what_was_sent_without_an_answer_is_never_knocked_for(fault: str) -> None:
    assert not may_knock(sendings([job("sign", "esign", state="hold", fault=fault)], NOW)[0])


# The office behind the page.


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    def so_far(counter: Counter) -> str:
        for role in (Role.OPERATOR, Role.KADIS, Role.GUDANG, Role.AUDITOR):
            accounts.add(counter.store, str(role), str(role).title(), role, PIN, SYSTEM)
        return counter.searched()

    return prepare(tmp_path_factory.mktemp("office"), so_far)


@pytest.fixture
def opened(prepared: Prepared, tmp_path: Path) -> Counter:
    return prepared.copy(tmp_path)


def view(counter: Counter, signs: bool = False) -> OutboxView:
    return outbox_page.outbox_view(office_outbox.look(counter.office), signs=signs)


def office(counter: Counter, name: str) -> outbox_page.OfficeLine:
    return next(one for one in view(counter).offices if one.key == name)


def out(counter: Counter, *cases: str) -> SiakLine:
    """SIAK is out of reach and these cases' entries have met that."""
    line = SiakLine(counter, OUT)
    for case in cases:
        counter.do("enter_siak", Role.OPERATOR, case)
    counter.run("siak")
    return line


def test_nothing_waits_and_what_each_office_took_last_is_told(counter: Counter, case: str) -> None:
    found = view(counter)
    assert (found.rows, found.more) == ((), 0) and office_outbox.to_send(counter.office) == 0
    said = {one.key: one.last for one in found.offices}
    assert said["centre"].startswith(f"Terkirim terakhir: Pencarian di pusat biometrik, {counter.case(case).code}, ")
    assert said["siak"] == said["esign"] == "Belum ada yang terkirim."
    assert "data_access" not in said
    assert {one.level for one in found.offices} == {"ok"}


def test_a_case_that_cannot_be_sent_says_why_since_when_how_often_and_when_again(counter: Counter, case: str) -> None:
    out(counter, case)
    (row,) = view(counter).rows
    one = counter.job(f"siak-enter:{case}:1")
    until = one.run_after
    assert (row.code, row.kind, row.office) == (counter.case(case).code, "enter", "SIAK")
    assert row.since == one.created_at and row.tried == "dicoba 1 kali"
    assert row.why == "SIAK tidak terhubung." and row.next_try == f"dicoba lagi {hour(until)}"
    assert row.helps == outbox_page.BY_ITSELF and row.trouble is None
    told = office(counter, "siak")
    assert (told.level, told.knock) == ("down", True)
    assert f"Di luar jangkauan sejak {moment(int(str(one.since)))}. 1 kiriman menunggu." in told.sentence
    assert hour(until) in told.sentence
    assert office(counter, "centre").level == "ok"


def test_one_knock_for_all_and_an_answer_sends_all(counter: Counter, case: str) -> None:
    cases = [case, counter.searched(), counter.searched()]
    line = out(counter, *cases)
    assert [row.tried for row in view(counter).rows] == ["dicoba 1 kali", *["belum dicoba sendiri"] * 2]
    knocks = line.knocks
    office_outbox.knock(counter.office, PEOPLE[Role.OPERATOR], "siak")
    assert counter.wakes
    counter.run("siak")
    assert line.knocks == knocks + 1, "in vain: nobody else knocks"
    assert office(counter, "siak").level == "down" and len(view(counter).rows) == 3
    line.fault = None
    office_outbox.knock(counter.office, PEOPLE[Role.OPERATOR], "siak")
    counter.run("siak")
    assert view(counter).rows == () and office(counter, "siak").level == "ok"
    assert len(counter.siak.asked) == len(set(counter.siak.asked)) == 3, "each was sent once"
    assert office(counter, "siak").last.startswith(
        f"Terkirim terakhir: Input ke SIAK, {counter.case(cases[-1]).code}"
    )
    with counter.store.read() as tx:
        assert len(audit.newest(tx, "job-retry-init", 9)) == 2


def test_an_office_that_is_not_out_of_reach_is_not_knocked_at(counter: Counter, case: str) -> None:
    line = out(counter, case)
    for name in ("centre", "esign", "data_access", "", "SIAK"):
        with pytest.raises(NotAllowed):
            office_outbox.knock(counter.office, PEOPLE[Role.OPERATOR], name)
    line.fault = DeviceFault(FaultCode.SIAK_REFUSED, "no")
    office_outbox.knock(counter.office, PEOPLE[Role.OPERATOR], "siak")
    counter.run("siak")
    told = office(counter, "siak")
    assert (told.level, told.knock, told.sentence) == ("limited", False, "1 kiriman menunggu orang.")
    with pytest.raises(NotAllowed):
        office_outbox.knock(counter.office, PEOPLE[Role.OPERATOR], "siak")
    (row,) = view(counter).rows
    assert row.trouble is not None and row.trouble.button is not None and row.trouble.button.act == "retry_job"
    assert "SIAK menolak isian." in row.why and row.next_try == "" and row.helps == ""


def asked_for_a_signature(counter: Counter, case: str) -> None:
    """A request to sign went out and no answer came."""
    token = f"sign:{case}:1"
    with counter.store.write() as tx:
        jobs.put(tx, "esign", "sign", f"sign:{case}", case_id=case)

    def lost(_: Job) -> None:
        effects.intend(counter.store, token, "esign", "draft", case_id=case)
        raise NeedsAnswer("sign-unknown", lambda tx: effects.outcome(tx, token, "unknown", {"asked": "sign-unknown"}))

    assert work_one(counter.store, "esign", "test", {"sign": lost})  # type: ignore[dict-item]


def test_a_signature_without_an_answer_is_a_question_and_nothing_to_try(counter: Counter, case: str) -> None:
    asked_for_a_signature(counter, case)
    told = office(counter, "esign")
    assert (told.level, told.knock) == ("limited", False)
    with pytest.raises(NotAllowed):
        office_outbox.knock(counter.office, PEOPLE[Role.KADIS], "esign")
    (row,) = view(counter, signs=True).rows
    assert row.trouble is not None and row.trouble.button is not None
    assert (row.trouble.button.act, row.trouble.button.anchor) == ("", "pertanyaan")
    assert row.wait == "person" and row.next_try == ""


def test_each_signature_knocks_for_itself(counter: Counter, case: str) -> None:
    other = counter.searched()
    for one in (case, other):
        with counter.store.write() as tx:
            jobs.put(tx, "esign", "sign", f"sign:{one}", case_id=one)

    def away(_: Job) -> None:
        raise DeviceFault(FaultCode.ESIGN_UNREACHABLE)

    while work_one(counter.store, "esign", "test", {"sign": away}):  # type: ignore[dict-item]
        pass
    assert office(counter, "esign").knock
    office_outbox.knock(counter.office, PEOPLE[Role.KADIS], "esign")
    tried = [counter.job(f"sign:{one}") for one in (case, other)]
    assert [(one.fault, one.run_after <= counter.clock.now) for one in tried] == [(None, True)] * 2


def test_after_a_restoration_nothing_is_sent_before_it_was_compared(counter: Counter, case: str) -> None:
    counter.do("enter_siak", Role.OPERATOR, case)
    with counter.store.write() as tx:
        restoration.record_in(tx, Restoration(tx.now, tx.now - 9, 1, "copy", "damaged", "", "restore"))
    (row,) = view(counter).rows
    assert (row.wait, row.helps, row.trouble) == ("compare", outbox_page.COMPARE_FIRST, None)


def test_an_office_without_a_line_is_worked_by_hand(tmp_path: Path) -> None:
    counter = open_counter(tmp_path)
    lines = replace(counter.office.settings.central, siak=None)
    counter.office = replace(counter.office, settings=replace(counter.office.settings, central=lines))
    told = office(counter, "siak")
    assert (told.level, told.last, told.knock) == ("unknown", "", False)
    assert told.sentence == "Tanpa sambungan: dikerjakan dengan tangan."
    counter.store.close()


def test_every_kind_for_an_office_and_every_entry_of_the_log_has_its_words() -> None:
    assert set(outbox_page.SENT) == {event for events in SENT.values() for event in events}
    assert {"enter", "call-nik", "search", "enrol", "personalise", "void", "report-card", "sign"} <= set(JOBS)


def test_more_than_a_page_holds_is_counted(counter: Counter, case: str) -> None:
    with counter.store.write() as tx:
        for number in range(outbox_page.MOST + 3):
            jobs.put(tx, "centre", "void", f"void:{number}", case_id=case, serial="A001", cause="x")
    found = view(counter)
    assert (len(found.rows), found.more) == (outbox_page.MOST, 3)


# The page itself.


def client_of(counter: Counter, role: Role) -> FlaskClient:
    services = Services(desk=Desk(counter.office), snapshot=Snapshot, office_name="Dinas", specimen=True)
    client = create_app(frozenset({"officer"}), services).test_client()
    assert post(client, "/petugas/masuk", "/petugas/masuk", user=str(role), pin=PIN).status_code == 303
    return client


def test_the_work_list_leads_there_only_while_something_waits(counter: Counter, case: str) -> None:
    client = client_of(counter, Role.OPERATOR)
    assert "data-to-send" not in client.get("/petugas/").text
    assert "Semua sudah terkirim." in client.get("/petugas/kiriman").text
    before = Desk(counter.office).pulse()
    line = out(counter, case)
    assert Desk(counter.office).pulse() != before, "an open work list must hear of it"
    assert 'data-to-send="1"' in client.get("/petugas/").text and "/petugas/kiriman" in client.get("/petugas/").text
    line.fault = None
    assert post(client, "/petugas/kiriman", "/petugas/kiriman/coba", kantor="siak").status_code == 303
    counter.run("siak")
    assert "data-to-send" not in client.get("/petugas/").text
    assert "Semua sudah terkirim." in client.get("/petugas/kiriman").text


def test_the_page_shows_codes_and_nobodys_name_and_a_refused_knock_says_why(counter: Counter, case: str) -> None:
    client = client_of(counter, Role.OPERATOR)
    line = out(counter, case)
    page = client.get("/petugas/kiriman").text
    assert counter.case(case).code in page and re.search(r'data-sending="enter" data-wait="out_of_reach"', page)
    person = counter.person(case).biodata
    for secret in (person.full_name, person.full_name.title(), str(person.birth_date), "Ratna", "KENANGA"):
        assert secret not in page
    line.fault = None
    counter.clock.go(120)
    counter.run("siak")
    answer = client.post("/petugas/kiriman/coba", data={"kantor": "siak"})
    assert answer.status_code == 400, "no CSRF token"
    answer = post(client, "/petugas/kiriman", "/petugas/kiriman/coba", kantor="siak")
    assert answer.status_code == 422 and office_outbox.NOTHING_OUT in answer.text


def test_an_open_page_hears_of_every_change(counter: Counter, case: str) -> None:
    desk = Desk(counter.office).outbox
    marks = [desk.mark()]
    line = out(counter, case)
    marks.append(desk.mark())
    counter.clock.go(5)
    assert desk.mark() == marks[-1], "time alone changes nothing"
    counter.run("siak")
    marks.append(desk.mark())
    line.fault = DeviceFault(FaultCode.SIAK_REFUSED, "no")
    counter.clock.go(60)
    counter.run("siak")
    marks.append(desk.mark())
    assert len(set(marks)) == 4


@pytest.mark.parametrize("role", sorted(NO_CASES & {Role.GUDANG, Role.AUDITOR}))
def test_who_reads_no_cases_sees_neither_page_nor_line_nor_knocks(counter: Counter, case: str, role: Role) -> None:
    line = out(counter, case)
    knocks = line.knocks
    client = client_of(counter, role)
    assert client.get("/petugas/kiriman").status_code == 403
    assert client.get("/petugas/langsung?kiriman=1").status_code == 403
    answer = post(client, "/petugas/blanko", "/petugas/kiriman/coba", kantor="siak")
    assert answer.status_code == 403
    counter.run("siak")
    assert line.knocks == knocks
    with counter.store.read() as tx:
        assert audit.newest(tx, "case-read-refused", 9)
