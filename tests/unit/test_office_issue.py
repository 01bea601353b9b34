"""Steps 8 and 9: print, make the card, look at it, hand over, archive; each thing once, whatever breaks."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from case_files import changed
from counter import PEOPLE, Counter, Prepared, prepare
from sqlalchemy import update

from appliance.casework.codes import CARD_CAUSES
from appliance.casework.roles import Role
from appliance.casework.sop import NotAllowed
from appliance.devices import Power, PrintJob, PrintState
from appliance.faults import FAULTS, DeviceFault, FaultCode, Item
from appliance.issuance.power import LEAST_PERCENT, LOOK_AGAIN_MS, RESERVE_SECONDS, too_little
from appliance.issuance.rack import Owner
from appliance.issuance.recovery import take_over
from appliance.office import blank_store, views
from appliance.office.holder import earlier_card, nik_digest
from appliance.office.issue import MATCH_TRIES
from appliance.queue import effects, jobs
from appliance.queue.jobs import DEVICE_LANES
from appliance.records import archive, blanks, cases, schema
from appliance.records.blanks import BlankState, LedgerError

DONE = PrintJob("", 7, PrintState.COMPLETED, (), True)
UNPROVEN = replace(DONE, counter_moved=False)
UNSEEN = replace(DONE, counter_moved=None)
NOTHING = PrintJob("", 7, PrintState.ABORTED, (), False)
JAM = DeviceFault(FaultCode.PRINTER_MEDIA_JAM)
EMPTY = DeviceFault(FaultCode.PRINTER_MEDIA_EMPTY)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    def so_far(counter: Counter) -> str:
        counter.receive_blanks()
        case = counter.signed()
        counter.do("start_recording", Role.PEREKAM, case)
        counter.record_quickly(case)
        counter.centre_goes_on()
        return case

    return prepare(tmp_path_factory.mktemp("office"), so_far)


@pytest.fixture
def opened(prepared: Prepared, tmp_path: Path) -> Counter:
    return prepared.copy(tmp_path)


def blank(counter: Counter, serial: str) -> BlankState:
    with counter.store.read() as tx:
        return blanks.state_of(tx, serial)


def encoded(counter: Counter, case: str, serial: str = "A001") -> None:
    counter.do("issue_card", Role.OPERATOR, case, blank_serial=serial)
    counter.chip_written(case, serial)


def printed(counter: Counter, case: str, serial: str = "A001") -> None:
    encoded(counter, case, serial)
    counter.do("print_card", Role.OPERATOR, case)
    counter.run("card_printer")


def ready(counter: Counter, case: str, serial: str = "A001") -> None:
    printed(counter, case, serial)
    counter.do("look_card", Role.OPERATOR, case, result="ok")


def kk(counter: Counter, case: str, *said: PrintJob | DeviceFault) -> None:
    """Press print with the printer about to say this."""
    counter.devices["document_printer"].next += said
    counter.do("print_kk", Role.OPERATOR, case)
    counter.run("document_printer")


def sheets(counter: Counter) -> list[str]:
    return [key for key, _ in counter.devices["document_printer"].submitted]


# The family card on paper


def test_the_family_card_is_printed_once_however_often_it_is_asked_for(counter: Counter, case: str) -> None:
    for _ in range(3):
        counter.do("print_kk", Role.OPERATOR, case)
    counter.run("document_printer")
    assert counter.case(case).kk_state == "KK_DICETAK"
    assert sheets(counter) == [f"print-kk:{case}:1"]
    assert counter.effect(f"print-kk:{case}:1").state == "done"
    with pytest.raises(NotAllowed):
        counter.do("print_kk", Role.OPERATOR, case)


def test_an_empty_tray_leaves_the_job_as_it_is_and_the_printer_is_asked_first(counter: Counter, case: str) -> None:
    kk(counter, case, EMPTY)
    job = counter.job(f"print-kk:{case}")
    assert (job.state, job.fault) == ("hold", "printer.media-empty")
    assert counter.effect(f"print-kk:{case}:1").state == "intent"
    kk(counter, case, DONE)
    assert sheets(counter) == [f"print-kk:{case}:1"]
    assert counter.case(case).kk_state == "KK_DICETAK"


@pytest.mark.parametrize("said", [JAM, UNPROVEN, UNSEEN, replace(NOTHING, counter_moved=True)])
def test_what_the_printer_cannot_prove_is_purged_and_asked(
    counter: Counter, case: str, said: PrintJob | DeviceFault
) -> None:
    kk(counter, case, said)
    assert counter.devices["document_printer"].purged == [f"print-kk:{case}:1"]
    assert counter.effect(f"print-kk:{case}:1").state == "unknown"
    with pytest.raises(NotAllowed, match="Jawab dulu"):
        counter.do("retry_job", Role.OPERATOR, case, job=f"print-kk:{case}")
    kk(counter, case)  # pressing again asks again and prints nothing
    assert sheets(counter) == [f"print-kk:{case}:1"]
    (question,) = counter.state(case, Role.OPERATOR).questions
    assert question["kind"] == "sheet-print-unknown"


@pytest.mark.parametrize(("answer", "prints", "token"), [("printed", 1, 1), ("nothing", 2, 2)])
def test_a_person_settles_what_came_out_and_only_nothing_prints_again(
    counter: Counter, case: str, answer: str, prints: int, token: int
) -> None:
    kk(counter, case, JAM)
    (question,) = counter.state(case, Role.OPERATOR).questions
    counter.do("answer_question", Role.OPERATOR, case, question=question["id"], answer=answer)
    counter.run("document_printer")
    assert counter.case(case).kk_state == "KK_DICETAK"
    assert len(sheets(counter)) == prints
    assert counter.effect(f"print-kk:{case}:{token}").state == "done"
    assert counter.effect(f"print-kk:{case}:1").state == ("done" if answer == "printed" else "failed")


def test_a_question_answered_by_the_wrong_role_or_from_no_list_stays_open(counter: Counter, case: str) -> None:
    kk(counter, case, JAM)
    (question,) = counter.state(case, Role.OPERATOR).questions
    for role in set(Role) - {Role.OPERATOR}:
        with pytest.raises(NotAllowed, match="peran lain"):
            counter.do("answer_question", role, case, question=question["id"], answer="printed")
    with pytest.raises(NotAllowed, match="daftar"):
        counter.do("answer_question", Role.OPERATOR, case, question=question["id"], answer="ruined")
    assert counter.state(case, Role.OPERATOR).questions == (question,)
    assert counter.effect(f"print-kk:{case}:1").state == "unknown"


def test_what_surely_did_not_come_out_is_printed_under_the_next_number(counter: Counter, case: str) -> None:
    kk(counter, case, NOTHING)
    assert counter.job(f"print-kk:{case}").fault == "printer.job-aborted"
    assert counter.effect(f"print-kk:{case}:1").state == "failed"
    kk(counter, case, DONE)
    assert sheets(counter) == [f"print-kk:{case}:1", f"print-kk:{case}:2"]


def test_a_power_cut_between_intent_and_printer_prints_once(counter: Counter, case: str) -> None:
    token = f"print-kk:{case}:1"
    counter.do("print_kk", Role.OPERATOR, case)
    assert jobs.claim(counter.store, "document_printer", "dead") is not None
    effects.intend(counter.store, token, "document_printer", "KK", case_id=case)
    assert take_over(counter.store, DEVICE_LANES, counter.devices) == 1
    counter.run("document_printer")
    assert sheets(counter) == [token]


def test_a_power_cut_after_the_printer_has_it_prints_no_second_sheet(counter: Counter, case: str) -> None:
    token = f"print-kk:{case}:1"
    counter.do("print_kk", Role.OPERATOR, case)
    assert jobs.claim(counter.store, "document_printer", "dead") is not None
    effects.intend(counter.store, token, "document_printer", "KK", case_id=case)
    counter.devices["document_printer"].submitted.append((token, "-"))
    take_over(counter.store, DEVICE_LANES, counter.devices)
    counter.run("document_printer")
    assert sheets(counter) == [token]
    assert counter.case(case).kk_state == "KK_DICETAK"


def later(counter: Counter, lane: str = "document_printer") -> None:
    """The printer is asked again by itself."""
    counter.clock.now += LOOK_AGAIN_MS
    counter.run(lane)


def test_a_printer_that_falls_silent_while_it_prints_is_asked_until_it_answers(counter: Counter, case: str) -> None:
    gone = DeviceFault(FaultCode.PRINTER_UNREACHABLE, "no answer in time")
    kk(counter, case, gone, gone)
    job = counter.job(f"print-kk:{case}")
    assert (job.state, job.fault, job.detail) == ("ready", "printer.silent", "no answer in time")
    assert FAULTS[FaultCode.PRINTER_SILENT].item is Item.UNKNOWN
    later(counter)
    assert counter.case(case).kk_state == "KK_TERBIT"
    later(counter)
    assert counter.case(case).kk_state == "KK_DICETAK"
    assert sheets(counter) == [f"print-kk:{case}:1"]


@pytest.mark.parametrize(
    ("code", "fault", "token"),
    [
        (FaultCode.PRINTER_TIMEOUT, "printer.silent", 1),
        (FaultCode.PRINTER_UNREACHABLE, "printer.unreachable", 2),
    ],
)
def test_a_printer_that_falls_silent_as_it_gets_the_job_prints_it_once(
    counter: Counter, case: str, code: FaultCode, fault: str, token: int
) -> None:
    printer = counter.devices["document_printer"]
    printer.refuses.append(DeviceFault(code, "no answer"))
    kk(counter, case)
    assert counter.job(f"print-kk:{case}").fault == fault
    assert counter.effect(f"print-kk:{case}:1").state == ("intent" if token == 1 else "failed")
    later(counter)
    assert sheets(counter) == [f"print-kk:{case}:{token}"]
    assert counter.case(case).kk_state == "KK_DICETAK"


@pytest.mark.parametrize("moved", [False, True])
def test_a_job_that_queue_and_printer_forgot_prints_again_only_if_the_counter_stands_where_it_stood(
    counter: Counter, case: str, moved: bool
) -> None:
    token, printer = f"print-kk:{case}:1", counter.devices["document_printer"]
    counter.do("print_kk", Role.OPERATOR, case)
    assert jobs.claim(counter.store, "document_printer", "dead") is not None
    effects.intend(counter.store, token, "document_printer", "KK", case_id=case, counter=printer.count)
    printer.count += moved
    take_over(counter.store, DEVICE_LANES, counter.devices)
    counter.run("document_printer")
    questions = [one["kind"] for one in counter.state(case, Role.OPERATOR).questions]
    assert (sheets(counter), questions) == (([], ["sheet-print-unknown"]) if moved else ([token], []))


def test_without_a_printer_the_job_waits(counter: Counter, case: str) -> None:
    counter.machines.rack.owners.clear()
    kk(counter, case)
    assert counter.job(f"print-kk:{case}").fault == "printer.unreachable"
    assert counter.case(case).kk_state == "KK_TERBIT"


# The card


def test_a_blank_is_taken_in_the_ledger_before_anything_else(counter: Counter, case: str) -> None:
    counter.do("issue_card", Role.OPERATOR, case, blank_serial="A002")
    assert blank(counter, "A002") is BlankState.ENCODING
    assert counter.person(case).ktp_state == "PEMBUATAN_KARTU"
    with counter.store.read() as tx:
        row = next(row for row in blanks.rows(tx) if row["serial"] == "A002")
    nik = counter.person(case).nik
    assert nik is not None
    assert (row["case_id"], row["position"], row["nik_digest"]) == (case, 0, nik_digest(counter.office, nik))
    assert nik not in repr(row)


def test_what_the_ledger_keeps_of_a_nik_can_be_found_by_this_appliance_only(counter: Counter) -> None:
    nik, other = "1872010101900001", replace(counter.office, ledger_key=b"m" * 32)
    kept = {nik_digest(counter.office, nik), nik_digest(other, nik)}
    assert len(kept) == 2
    assert not {hashlib.sha256(salt + nik.encode()).hexdigest()[:32] for salt in (b"", b"siaga-ledger:")} & kept


def test_a_card_in_books_of_before_the_ledger_had_a_key_is_found(counter: Counter, case: str) -> None:
    nik, operator = counter.person(case).nik, PEOPLE[Role.OPERATOR]
    assert nik is not None
    of_before = hashlib.sha256(b"siaga-ledger:" + nik.encode()).hexdigest()[:32]
    with counter.store.write() as tx:
        blanks.move(tx, "A001", BlankState.LOADED, operator)
        blanks.move(tx, "A001", BlankState.ENCODING, operator, case_id=case, position=0, nik_digest=of_before)
        assert earlier_card(counter.office, tx, nik) == "A001"
    with pytest.raises(LedgerError, match="A001"):
        counter.do("issue_card", Role.OPERATOR, case, blank_serial="A002")
    assert blank(counter, "A002") is BlankState.RECEIVED


@pytest.mark.parametrize("serial", ["", "Z999"])
def test_only_a_blank_of_the_ledger_can_be_taken(counter: Counter, case: str, serial: str) -> None:
    with pytest.raises((NotAllowed, LedgerError)):
        counter.do("issue_card", Role.OPERATOR, case, blank_serial=serial)
    assert counter.person(case).ktp_state == "PRR"


def test_a_blank_is_never_taken_for_two(counter: Counter, case: str) -> None:
    counter.do("issue_card", Role.OPERATOR, case, blank_serial="A001")
    with pytest.raises((NotAllowed, LedgerError)):
        counter.do("issue_card", Role.OPERATOR, case, blank_serial="A001")
    with pytest.raises((NotAllowed, LedgerError)):
        counter.do("issue_card", Role.OPERATOR, case, blank_serial="A002")
    assert blank(counter, "A002") is BlankState.RECEIVED


def test_no_card_before_the_centre_is_ready_and_only_by_the_operator(counter: Counter, case: str) -> None:
    for role in set(Role) - {Role.OPERATOR}:
        with pytest.raises(NotAllowed):
            counter.do("issue_card", role, case, blank_serial="A001")
    other = counter.signed()
    with pytest.raises(NotAllowed):
        counter.do("issue_card", Role.OPERATOR, other, blank_serial="A001")
    assert blank(counter, "A001") is BlankState.RECEIVED


def test_without_an_encoder_the_chip_waits_and_the_paper_goes_on(counter: Counter, case: str) -> None:
    counter.do("issue_card", Role.OPERATOR, case, blank_serial="A001")
    counter.run("encoder")
    job = counter.job("prepare:A001")
    assert (job.state, job.fault) == ("hold", "chip_encoder.unreachable")
    kk(counter, case)
    assert counter.case(case).kk_state == "KK_DICETAK"


def test_a_card_whose_chip_is_not_proven_is_never_printed(counter: Counter, case: str) -> None:
    counter.do("issue_card", Role.OPERATOR, case, blank_serial="A001")
    with pytest.raises(NotAllowed):
        counter.do("print_card", Role.OPERATOR, case)
    with counter.store.write() as tx:
        jobs.put(tx, "card_printer", "print-card", "forged", case_id=case, position=0, serial="A001")
    counter.run("card_printer")
    assert counter.job("forged").fault == "chip_encoder.refused"
    assert counter.devices["card_printer"].submitted == []


def test_a_card_goes_from_blank_to_the_holders_hand(counter: Counter, case: str) -> None:
    ready(counter, case)
    assert (counter.person(case).ktp_state, blank(counter, "A001")) == ("KARTU_JADI", BlankState.VERIFIED)
    counter.do("hand_over_card", Role.PETUGAS, case, position="right_index")
    job = counter.job("match:A001:1")
    assert (job.payload["actor"], job.payload["finger"]) == (["id-petugas", "Petugas", "loket"], "right_index")
    counter.matched(case)
    assert (counter.person(case).ktp_state, blank(counter, "A001")) == ("KARTU_DISERAHKAN", BlankState.HANDED_OVER)


def test_pressing_print_twice_prints_one_card(counter: Counter, case: str) -> None:
    encoded(counter, case)
    counter.do("print_card", Role.OPERATOR, case)
    counter.do("print_card", Role.OPERATOR, case)
    counter.run("card_printer")
    assert len(counter.devices["card_printer"].submitted) == 1
    assert blank(counter, "A001") is BlankState.PRINTED


@pytest.mark.parametrize(
    ("answer", "prints", "state", "ktp"),
    [
        ("printed", 1, BlankState.PRINTED, "PEMBUATAN_KARTU"),
        ("blank", 2, BlankState.PRINTED, "PEMBUATAN_KARTU"),
        ("ruined", 1, BlankState.SPOILED, "PRR"),
    ],
)
def test_a_jammed_card_is_looked_at(
    counter: Counter, case: str, answer: str, prints: int, state: BlankState, ktp: str
) -> None:
    encoded(counter, case)
    counter.devices["card_printer"].next.append(JAM)
    counter.do("print_card", Role.OPERATOR, case)
    counter.run("card_printer")
    (question,) = counter.state(case, Role.OPERATOR).questions
    counter.do("answer_question", Role.OPERATOR, case, question=question["id"], answer=answer)
    counter.run("card_printer", "centre")
    assert len(counter.devices["card_printer"].submitted) == prints
    assert (blank(counter, "A001"), counter.person(case).ktp_state) == (state, ktp)
    assert counter.centre.voided == (["card-A001:SALAH_CETAK"] if answer == "ruined" else [])


@pytest.mark.parametrize("cause", sorted(CARD_CAUSES))
@pytest.mark.parametrize("stage", [encoded, printed, ready], ids=lambda stage: stage.__name__)
def test_a_spoiled_card_is_taken_out_and_a_new_blank_begins_again(
    counter: Counter, case: str, stage: object, cause: str
) -> None:
    if cause not in {"AUS", "MACET_PRINTER"} and stage is not ready:
        return
    stage(counter, case)  # type: ignore[operator]
    counter.do("look_card", Role.OPERATOR, case, result="spoiled", cause=cause)
    assert (counter.person(case).ktp_state, blank(counter, "A001")) == ("PRR", BlankState.SPOILED)
    counter.run("centre")
    assert counter.centre.voided == [f"card-A001:{cause}"]
    ready(counter, case, "A002")
    assert [card.state for card in counter.evidence(case, "card")] == ["spoiled", "ready"]
    with pytest.raises(LedgerError), counter.store.write() as tx:
        blanks.move(tx, "A001", BlankState.HANDED_OVER, PEOPLE[Role.PETUGAS])


@pytest.mark.parametrize("values", [{}, {"result": "spoiled"}, {"result": "spoiled", "cause": "BOSAN"}])
def test_a_look_has_a_result_and_a_cause_of_the_list(counter: Counter, case: str, values: dict[str, str]) -> None:
    printed(counter, case)
    with pytest.raises(NotAllowed):
        counter.do("look_card", Role.OPERATOR, case, **values)
    for role in set(Role) - {Role.OPERATOR}:
        with pytest.raises(NotAllowed):
            counter.do("look_card", role, case, result="ok")
        with pytest.raises(NotAllowed):
            counter.do("look_card", role, case, result="spoiled", cause="AUS")
    assert blank(counter, "A001") is BlankState.PRINTED


def test_work_on_a_card_spoiled_meanwhile_ends_quietly(counter: Counter, case: str) -> None:
    encoded(counter, case)
    counter.do("print_card", Role.OPERATOR, case)
    counter.do("look_card", Role.OPERATOR, case, result="spoiled", cause="CACAT_PABRIK")
    counter.run("encoder", "card_printer")
    assert counter.devices["card_printer"].submitted == []
    assert blank(counter, "A001") is BlankState.SPOILED
    assert counter.job("prepare:A001").state == "done"


# Handover and archive


def test_a_card_is_handed_over_only_by_the_petugas_and_only_a_finished_one(counter: Counter, case: str) -> None:
    with pytest.raises(NotAllowed):
        counter.do("hand_over_card", Role.PETUGAS, case)
    ready(counter, case)
    for role in set(Role) - {Role.PETUGAS, Role.SYSTEM}:
        with pytest.raises(NotAllowed):
            counter.do("hand_over_card", role, case)
    with pytest.raises(NotAllowed, match="jari"):
        counter.do("hand_over_card", Role.PETUGAS, case, position="nose")


def test_after_four_fingers_that_do_not_match_nobody_tries_a_fifth(counter: Counter, case: str) -> None:
    ready(counter, case)
    for _ in range(MATCH_TRIES):
        counter.do("hand_over_card", Role.PETUGAS, case)
        counter.matched(case, score=10)
    with pytest.raises(NotAllowed, match="Empat kali"):
        counter.do("hand_over_card", Role.PETUGAS, case)
    assert counter.person(case).ktp_state == "KARTU_JADI"


def handed_over(counter: Counter, case: str) -> None:
    ready(counter, case)
    counter.do("hand_over_card", Role.PETUGAS, case)
    counter.matched(case)
    kk(counter, case)
    counter.do("hand_over_kk", Role.PETUGAS, case, receiver="Ratna Puspitasari", relation="reporter")


def test_only_a_printed_family_card_can_be_handed_over(counter: Counter, case: str) -> None:
    with pytest.raises(NotAllowed):
        counter.do("hand_over_kk", Role.PETUGAS, case, receiver="Ratna Puspitasari", relation="reporter")
    assert counter.evidence(case, "handover") == []


def test_a_case_is_archived_when_everything_is_handed_over_and_receipted(counter: Counter, case: str) -> None:
    kk(counter, case)
    with pytest.raises(NotAllowed, match="Belum semua"):
        counter.do("archive", Role.PETUGAS, case, box="K-1", shelf="R-2")
    counter.do("hand_over_kk", Role.PETUGAS, case, receiver="Ratna Puspitasari", relation="reporter")
    ready(counter, case)
    counter.do("hand_over_card", Role.PETUGAS, case)
    counter.matched(case)
    with pytest.raises(NotAllowed, match="Tanda terima"):
        counter.do("archive", Role.PETUGAS, case, box="K-1", shelf="R-2")
    counter.run("render")
    for missing in ({"box": "K-1"}, {"shelf": "R-2"}, {}):
        with pytest.raises(NotAllowed):
            counter.do("archive", Role.PETUGAS, case, **missing)
    assert "archive" in counter.state(case, Role.PETUGAS).acts
    counter.do("archive", Role.PETUGAS, case, box="K-1", shelf="R-2")
    assert counter.case(case).state == "DIARSIPKAN"
    with counter.store.read() as tx:
        entry = archive.get(tx, counter.office.vault, counter.case(case))
    assert entry is not None
    assert (entry["box"], entry["shelf"]) == ("K-1", "R-2")
    listed = {item["sha256"] for item in entry["manifest"]["evidence"]}
    assert {item.sha256 for item in counter.evidence(case, "kk_signed")} <= listed
    assert counter.state(case, Role.PETUGAS).acts == ()


def test_every_document_is_what_its_digest_says(counter: Counter, case: str) -> None:
    handed_over(counter, case)
    counter.run("render")
    kept = [item for item in counter.state(case, Role.PETUGAS).evidence if item.blob is not None]
    assert {"slip", "kk_draft", "kk_signed", "photo", "receipt"} <= {item.kind for item in kept}
    for item in kept:
        data = views.document(counter.office, PEOPLE[Role.PETUGAS], case, item.id)[1]
        assert hashlib.sha256(data).hexdigest() == item.sha256
    with pytest.raises(cases.Missing):
        views.document(counter.office, PEOPLE[Role.PETUGAS], case, "no such paper")


def test_a_card_only_case_ends_without_family_card(counter: Counter) -> None:
    value = changed("residents", 0, "nik", to="9972010107710001")
    value["household"]["kk_number"] = "9972010403110007"
    case = counter.verified(value)
    counter.do("start_recording", Role.PEREKAM, case)
    counter.record_quickly(case)
    counter.centre_goes_on()
    ready(counter, case, "A003")
    counter.do("hand_over_card", Role.PETUGAS, case)
    counter.matched(case)
    counter.run("render")
    counter.do("archive", Role.PETUGAS, case, box="1", shelf="1")
    assert counter.case(case).state == "DIARSIPKAN"


# Power about to go


class Supply:
    """A power supply that says what it is told to."""

    def __init__(self, now: Power) -> None:
        self.now: Power | None = now

    def open(self) -> None: ...

    def close(self) -> None: ...

    def power(self) -> Power:
        if self.now is None:
            raise DeviceFault(FaultCode.POWER_UNREACHABLE)
        return self.now


def powered(counter: Counter, now: Power) -> Supply:
    supply = Supply(now)
    counter.machines.rack.owners["power_supply"] = Owner(supply, FaultCode.POWER_UNREACHABLE)  # type: ignore[arg-type]
    return supply


@pytest.mark.parametrize("back", [Power(mains=True), None])
def test_a_sheet_waits_for_power_and_is_then_printed_by_itself(
    counter: Counter, case: str, back: Power | None
) -> None:
    supply = powered(counter, Power(mains=False, battery_percent=60, seconds_left=50))
    kk(counter, case)
    job = counter.job(f"print-kk:{case}")
    assert (job.state, job.fault) == ("ready", "power_supply.low_battery")
    assert job.detail == "left 60 % and 50 s; needed 120 s and 15 %"
    assert sheets(counter) == []
    with counter.store.read() as tx:
        assert effects.find(tx, f"print-kk:{case}:1") is None, "nothing was begun"
    supply.now = back
    counter.clock.go(3)
    counter.run("document_printer")
    assert counter.case(case).kk_state == "KK_DICETAK"
    assert counter.job(f"print-kk:{case}").fault is None


def test_what_was_begun_is_settled_on_any_power_but_not_printed_again(counter: Counter, case: str) -> None:
    kk(counter, case, EMPTY)
    powered(counter, Power(mains=False, low=True))
    kk(counter, case, DONE)
    assert sheets(counter) == [f"print-kk:{case}:1"]
    assert counter.case(case).kk_state == "KK_DICETAK"


def test_a_chip_is_not_begun_while_the_board_starves(counter: Counter, case: str) -> None:
    supply = powered(counter, Power(mains=True, starved=True))
    counter.do("issue_card", Role.OPERATOR, case, blank_serial="A001")
    with counter.store.write() as tx:
        jobs.put(tx, "encoder", "encode", "encode:A001", case_id=case, position=0, serial="A001", uid="00")
        jobs.drop(tx, "prepare:A001")
    counter.run("encoder")
    job = counter.job("encode:A001")
    assert (job.state, job.fault) == ("ready", "power_supply.starved")
    supply.now = Power(mains=True)
    counter.clock.go(3)
    counter.run("encoder")
    job = counter.job("encode:A001")
    assert (job.state, job.fault) == ("hold", "centre.untrusted_packet"), "it went on, and found no packet"


@pytest.mark.parametrize(
    ("power", "why"),
    [
        (Power(mains=True, battery_percent=3, seconds_left=10, low=True), None),
        (Power(mains=True, starved=True), FaultCode.POWER_STARVED),
        (Power(mains=False), None),
        (Power(mains=False, low=True), FaultCode.POWER_LOW),
        (Power(mains=False, seconds_left=90 + RESERVE_SECONDS), None),
        (Power(mains=False, seconds_left=89 + RESERVE_SECONDS), FaultCode.POWER_LOW),
        (Power(mains=False, battery_percent=LEAST_PERCENT), None),
        (Power(mains=False, battery_percent=LEAST_PERCENT - 1), FaultCode.POWER_LOW),
        (Power(mains=False, battery_percent=5, seconds_left=9000), FaultCode.POWER_LOW),
    ],
)
def test_power_suffices_only_if_everything_known_says_so(power: Power, why: FaultCode | None) -> None:
    found = too_little(power, 90)
    assert (found.code if found else None) == why


# The store of blanks


def receive(counter: Counter, first: str, last: str, role: Role = Role.GUDANG, batch: str = "K-9") -> int:
    values = {"batch": batch, "first": first, "last": last}
    return blank_store.receive_blanks(counter.office, PEOPLE[role], values)


def test_a_delivery_is_counted_from_first_to_last(counter: Counter) -> None:
    assert receive(counter, "B-0098", "B-0101") == 4
    assert blank_store.blank_counts(counter.office) == ({"received": 7}, None)
    assert blank_store.next_blank(counter.office) == "A001"
    assert blank(counter, "B-0100") is BlankState.RECEIVED


@pytest.mark.parametrize(
    ("first", "last"),
    [("", "B1"), ("B1", ""), ("B1", "C2"), ("B1", "B10"), ("B2", "B1"), ("B0001", "B3000"), ("B", "B"), ("b1", "b2")],
)
def test_a_delivery_that_cannot_be_counted_is_refused(counter: Counter, first: str, last: str) -> None:
    with pytest.raises(NotAllowed):
        receive(counter, first, last)
    assert blank_store.blank_counts(counter.office) == ({"received": 3}, None)


def test_a_serial_that_is_there_already_refuses_the_whole_delivery(counter: Counter) -> None:
    with pytest.raises(NotAllowed, match="A003"):
        receive(counter, "A003", "A009")
    assert blank_store.blank_counts(counter.office) == ({"received": 3}, None)


def test_only_the_store_keeper_receives(counter: Counter) -> None:
    for role in set(Role) - {Role.GUDANG}:
        with pytest.raises(NotAllowed):
            receive(counter, "B1", "B2", role)


# Prints that nobody waits for any more


def test_a_spoiled_cards_print_is_taken_out_of_the_queue_before_another_card_is_put_in(
    counter: Counter, case: str
) -> None:
    encoded(counter, case)
    printer = counter.devices["card_printer"]
    printer.next.append(EMPTY)
    counter.do("print_card", Role.OPERATOR, case)
    counter.run("card_printer")
    assert counter.job("print-card:A001").fault == "printer.media-empty"
    counter.do("look_card", Role.OPERATOR, case, result="spoiled", cause=next(iter(CARD_CAUSES)))
    counter.run("card_printer")
    assert printer.purged == ["print-card:A001:1"]
    assert counter.effect("print-card:A001:1").state == "failed"


def test_a_sheet_given_up_is_taken_out_of_the_queue_and_one_that_came_out_is_not_printed_again(
    counter: Counter, case: str
) -> None:
    kk(counter, case, EMPTY)
    key, printer = f"print-kk:{case}", counter.devices["document_printer"]
    counter.do("give_up_job", Role.OPERATOR, case, job=key, reason="Kertas habis")
    counter.run("document_printer")
    assert printer.purged == [f"{key}:1"] and counter.effect(f"{key}:1").state == "failed"
    kk(counter, case, DONE)
    assert sheets(counter) == [f"{key}:1", f"{key}:2"]


def test_a_card_waits_while_another_that_was_begun_may_lie_in_the_slot(counter: Counter, case: str) -> None:
    encoded(counter, case)
    other = "print-card:A009:1"
    with counter.store.write() as tx:
        jobs.put(tx, "card_printer", "print-card", "print-card:A009", serial="A009", case_id=case, position=0)
        tx.sql.execute(update(schema.job).where(schema.job.c.key == "print-card:A009").values(state="hold"))
    effects.intend(counter.store, other, "card_printer", "KTP", case_id=case)
    counter.do("print_card", Role.OPERATOR, case)
    counter.run("card_printer")
    assert counter.devices["card_printer"].submitted == []
    with counter.store.write() as tx:
        effects.outcome(tx, other, "failed", {})
    later(counter, "card_printer")
    assert [token for token, _ in counter.devices["card_printer"].submitted] == ["print-card:A001:1"]


@pytest.mark.parametrize("act", ["cancel", "reject"])
def test_the_print_of_a_case_that_ends_is_taken_out_and_not_begun_again(
    counter: Counter, case: str, act: str
) -> None:
    encoded(counter, case)
    printer = counter.devices["card_printer"]
    printer.next.append(EMPTY)
    counter.do("print_card", Role.OPERATOR, case)
    counter.run("card_printer")
    counter.do(act, Role.KASI, case, cause="LAINNYA", reason="Pindah")
    counter.run("card_printer")
    assert printer.purged == ["print-card:A001:1"]
    assert counter.effect("print-card:A001:1").state == "failed"
    with counter.store.write() as tx:
        jobs.release(tx, "print-card:A001")
    counter.run("card_printer")
    assert len(printer.submitted) == 1 and counter.job("print-card:A001").state == "done"
    assert blank(counter, "A001") is BlankState.ENCODED, "the operator takes it out in the ledger"
