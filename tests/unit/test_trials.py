"""Trials of devices: refused while a case holds the device, told, answered, and what they took erased."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from counter import PEOPLE, PNG_HEAD, Counter
from trying import TECHNICIAN, begin, bench, events, last

from appliance.casework.blank_life import BlankState
from appliance.casework.roles import Role
from appliance.casework.sop import NotAllowed
from appliance.faults import DeviceFault, FaultCode
from appliance.kiosk_ui.technician.trial_words import trouble
from appliance.office.trials import HELD, answer_trial, begin_trial, erase_trial, taken
from appliance.queue import jobs
from appliance.records import audit, blanks, trials
from appliance.records.trials import SHOWN_MS


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    found = bench(tmp_path)
    yield found
    found.store.close()


def test_a_finger_is_taken_shown_judged_and_erased_by_itself_after_two_minutes(
    counter: Counter, tmp_path: Path
) -> None:
    begin(counter, "fingerprint_scanner")
    counter.run("trial")
    trial = last(counter, "fingerprint_scanner")
    assert trial.state == "done" and trial.facts["nfiq2"] == "70" and trial.facts["minutiae"] == "30"
    assert taken(counter.office, "fingerprint_scanner") == (PNG_HEAD + b"right_index", "image/png")
    assert list((tmp_path / "vault").glob("*/*")) != []
    counter.run("trial")
    assert taken(counter.office, "fingerprint_scanner") is not None, "not yet"
    counter.clock.go(SHOWN_MS / 1000 + 1)
    assert taken(counter.office, "fingerprint_scanner") is None, "not shown any more, whatever the queue does"
    counter.run("trial")
    assert (last(counter, "fingerprint_scanner").blob, last(counter, "fingerprint_scanner").wrapped_key) == ("", "")
    assert list((tmp_path / "vault").glob("*/*")) == []
    assert events(counter, "device-try-complete") == ['{"device":"fingerprint_scanner","fault":"","outcome":"done"}']


def test_the_tester_erases_it_at_once_and_a_new_trial_does_as_well(counter: Counter, tmp_path: Path) -> None:
    begin(counter, "signature_pad")
    counter.run("trial")
    erase_trial(counter.office, TECHNICIAN, {"device": "signature_pad"})
    assert taken(counter.office, "signature_pad") is None
    with pytest.raises(NotAllowed):
        erase_trial(counter.office, TECHNICIAN, {"device": "signature_pad"})
    begin(counter, "signature_pad")
    counter.run("trial")
    assert taken(counter.office, "signature_pad") is not None
    begin(counter, "signature_pad")
    assert list((tmp_path / "vault").glob("*/*")) == []


def test_a_device_that_a_case_has_in_hand_is_not_tried(counter: Counter) -> None:
    case = counter.signed()
    counter.do("start_recording", Role.PEREKAM, case, resident=0)
    counter.do("capture_photo", Role.PEREKAM, case, resident=0)
    with pytest.raises(NotAllowed, match=HELD[:20]):
        begin(counter, "camera")
    begin(counter, "signature_pad")
    counter.run("camera")
    begin(counter, "camera")


def test_the_work_of_a_case_that_came_meanwhile_goes_first(counter: Counter) -> None:
    case = counter.signed()
    counter.do("start_recording", Role.PEREKAM, case, resident=0)
    begin(counter, "camera")
    counter.do("capture_photo", Role.PEREKAM, case, resident=0)
    counter.run("trial")
    assert last(counter, "camera").state == "waiting"
    counter.run("camera")
    counter.clock.go(3)
    counter.run("trial")
    assert last(counter, "camera").state == "failed", "the stand-in's picture is no JPEG"


def test_only_a_technician_tries_and_only_what_is_configured(counter: Counter) -> None:
    for act in (begin_trial, answer_trial, erase_trial):
        with pytest.raises(NotAllowed, match="teknisi"):
            act(counter.office, PEOPLE[Role.OPERATOR], {"device": "camera", "answer": "good"})
    with pytest.raises(NotAllowed, match="pengaturan"):
        begin(counter, "power_supply")
    begin(counter, "camera")
    with pytest.raises(NotAllowed, match="sedang dicoba"):
        begin(counter, "camera")


def test_a_fault_is_the_result_and_holds_nothing(counter: Counter) -> None:
    counter.devices["fingerprint_scanner"].fault = DeviceFault(FaultCode.SCANNER_TIMEOUT, "30 s")
    trial = begin(counter, "fingerprint_scanner")
    counter.run("trial")
    found = last(counter, "fingerprint_scanner")
    assert (found.state, found.fault, found.detail) == ("failed", "fingerprint_scanner.timeout", "30 s")
    assert trouble(found) is not None
    with counter.store.read() as tx:
        assert jobs.held(tx) == []
        assert jobs.by_key(tx, trials.job_key(trial)).state == "done"  # type: ignore[union-attr]
        assert audit.newest(tx, "job-fault", 5) == []
    begin(counter, "camera")
    counter.run("trial")
    assert last(counter, "camera").fault == "camera.broken_frame", "the stand-in's picture is no JPEG"


def test_a_test_page_is_asked_about_and_the_answer_is_the_result(counter: Counter) -> None:
    begin(counter, "document_printer")
    with pytest.raises(NotAllowed, match="pertanyaan"):
        answer_trial(counter.office, TECHNICIAN, {"device": "document_printer", "answer": "good"})
    counter.run("trial")
    assert last(counter, "document_printer").state == "asked"
    assert last(counter, "document_printer").facts == {"page": "completed", "counter_moved": "yes"}
    answer_trial(counter.office, TECHNICIAN, {"device": "document_printer", "answer": "wrong"})
    assert (last(counter, "document_printer").state, last(counter, "document_printer").answer) == ("failed", "wrong")
    assert events(counter, "device-look-complete") == ['{"answer":"wrong","device":"document_printer"}']
    begin(counter, "document_printer")
    counter.devices["document_printer"].next.append(DeviceFault(FaultCode.PRINTER_UNSETTLED))
    counter.run("trial")
    assert last(counter, "document_printer").state == "asked", "a printer that counts nothing proves nothing"


def test_no_blank_is_touched_by_a_test_card(counter: Counter) -> None:
    counter.receive_blanks()
    with pytest.raises(NotAllowed, match="kartu uji"):
        begin(counter, "card_printer")
    begin(counter, "card_printer", test_card="1")
    counter.run("trial")
    with counter.store.read() as tx:
        assert {blanks.state_of(tx, serial) for serial in ("A001", "A002", "A003")} == {BlankState.RECEIVED}
    counter.do("issue_card", Role.OPERATOR, counter.ready_to_print(), blank_serial="A001")
    with pytest.raises(NotAllowed, match=HELD[:20]):
        begin(counter, "card_printer", test_card="1")


def test_a_case_is_never_in_a_trial_nor_a_trial_in_a_case(counter: Counter) -> None:
    case = counter.ready_to_print()
    before = counter.evidence(case, "finger")
    for device in ("fingerprint_scanner", "camera", "signature_pad", "document_printer"):
        begin(counter, device)
    counter.run("trial")
    assert counter.evidence(case, "finger") == before
    with counter.store.read() as tx:
        mine = [job for job in jobs.of_case(tx, case) if job.lane == "trial"]
    assert mine == []
