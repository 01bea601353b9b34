"""Trials of devices: refused while a case holds the device, done once, told, and what they took erased."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from counter import PEOPLE, Counter, open_counter
from PIL import Image, ImageDraw

from appliance.biometrics.still import measured
from appliance.casework.blank_life import BlankState
from appliance.casework.roles import Role
from appliance.casework.sop import NotAllowed
from appliance.config import DEVICES
from appliance.devices import Power, PrintJob, PrintState, StillImage
from appliance.documents.trial_pages import ROLL_DOTS, trial_slip
from appliance.faults import DeviceFault, FaultCode
from appliance.issuance.recovery import take_over
from appliance.issuance.trial_acts import ACTS, symbology
from appliance.kiosk_ui.technician.trial_words import ANSWERS, FACTS, STATES, VALUES, WORDS, told, trouble
from appliance.office import trials as office_trials
from appliance.office.trials import HELD, answer_trial, begin_trial, erase_trial, taken
from appliance.queue import jobs
from appliance.queue.jobs import DEVICE_LANES
from appliance.records import audit, blanks, trials
from appliance.records.trials import SHOWN_MS, Trial
from appliance.records.vault import Vault

TECHNICIAN = PEOPLE[Role.TEKNISI]


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    found = open_counter(tmp_path)
    settings = replace(found.office.settings, devices=dict.fromkeys(found.devices, "test:"))
    found.office = replace(found.office, settings=settings)
    found.machines = replace(found.machines, settings=settings)
    yield found
    found.store.close()


def begin(counter: Counter, device: str, **values: Any) -> Trial:
    begin_trial(counter.office, TECHNICIAN, {"device": device, **values})
    return last(counter, device)


def last(counter: Counter, device: str) -> Trial:
    with counter.store.read() as tx:
        found = trials.get(tx, device)
    assert found is not None
    return found


def events(counter: Counter, name: str) -> list[str]:
    with counter.store.read() as tx:
        return [str(entry["facts"]) for entry in audit.newest(tx, name, 10)]


def jpeg(grey: int, sharp: bool) -> bytes:
    picture = Image.new("L", (320, 240), grey)
    if sharp:
        for x in range(0, 320, 4):
            ImageDraw.Draw(picture).line((x, 0, x, 240), fill=0)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=95)
    return out.getvalue()


def test_a_finger_is_taken_shown_judged_and_erased_by_itself_after_two_minutes(
    counter: Counter, tmp_path: Path
) -> None:
    begin(counter, "fingerprint_scanner")
    counter.run("trial")
    trial = last(counter, "fingerprint_scanner")
    assert trial.state == "done" and trial.facts["nfiq2"] == "70" and trial.facts["minutiae"] == "30"
    assert taken(counter.office, "fingerprint_scanner") == (b"right_index", "image/png")
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


def test_a_trial_that_was_not_begun_in_time_is_not_done_later(counter: Counter) -> None:
    """By then a blank may lie where the test card lay."""
    begin(counter, "card_printer", test_card="1")
    counter.clock.go(301)
    counter.run("trial")
    assert last(counter, "card_printer").state == "cut"
    assert counter.devices["card_printer"].submitted == []


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


def test_the_camera_is_measured(counter: Counter) -> None:
    dark, sharp = measured(jpeg(40, sharp=False)), measured(jpeg(200, sharp=True))
    assert dark.brightness == pytest.approx(40, abs=2) and sharp.brightness > dark.brightness
    assert sharp.sharpness > 50 * max(dark.sharpness, 1)
    assert measured(jpeg(255, sharp=False)).burnt == 1
    with pytest.raises(DeviceFault):
        measured(jpeg(40, sharp=True)[:300])
    counter.devices["camera"].capture_still = lambda by: StillImage(jpeg(120, sharp=True), 320, 240)
    begin(counter, "camera")
    counter.run("trial")
    facts = last(counter, "camera").facts
    assert facts["size"] == "320x240" and float(facts["sharpness"]) > 100


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


def test_a_jammed_test_page_is_purged_and_never_printed_again(counter: Counter) -> None:
    printer = counter.devices["document_printer"]
    printer.next.append(DeviceFault(FaultCode.PRINTER_MEDIA_JAM))
    trial = begin(counter, "document_printer")
    counter.run("trial")
    assert last(counter, "document_printer").fault == "printer.media-jam"
    assert printer.purged == [trials.job_key(trial)]
    counter.run("trial")
    assert len(printer.submitted) == 1


def test_a_queue_that_cannot_be_asked_is_asked_until_the_page_is_out_of_it(counter: Counter) -> None:
    """Both after a jam and after a cut: it would come out on whatever lies there then."""
    printer = counter.devices["document_printer"]
    gone = [DeviceFault(FaultCode.PRINTER_UNREACHABLE)] * 2
    whole = printer.purge

    def purge(key: str) -> None:
        if gone:
            raise gone.pop()
        whole(key)

    printer.purge = purge
    printer.next.append(DeviceFault(FaultCode.PRINTER_MEDIA_JAM))
    trial = begin(counter, "document_printer")
    for _ in range(3):
        assert printer.purged == []
        counter.run("trial")
        counter.clock.go(3)
    assert printer.purged == [trials.job_key(trial)] and len(printer.submitted) == 1
    assert last(counter, "document_printer").state == "cut"


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


@pytest.mark.parametrize("printed", [True, False])
def test_a_trial_that_the_power_ended_is_told_and_not_done_again(counter: Counter, printed: bool) -> None:
    """The process dies while the device works; the next one finds the trial begun."""
    printer = counter.devices["document_printer"]
    trial = begin(counter, "document_printer")
    key = trials.job_key(trial)

    class Cut(BaseException):
        """The power goes."""

    def die(*_: object) -> PrintJob:
        raise Cut

    whole = printer.settle
    if printed:
        printer.settle = die
    else:
        printer.submit, submit = die, printer.submit
    with pytest.raises(Cut):
        counter.run("trial")
    printer.settle = whole
    if not printed:
        printer.submit = submit
    take_over(counter.store, DEVICE_LANES, counter.devices)
    counter.run("trial")
    found = last(counter, "document_printer")
    assert found.state == "cut"
    assert found.facts["page"] == ("pending" if printed else "never queued")
    assert printer.purged == ([key] if printed else [])
    assert len(printer.submitted) == (1 if printed else 0)
    assert '"outcome":"cut"' in events(counter, "device-try-complete")[0]
    begin(counter, "document_printer")
    counter.run("trial")
    assert last(counter, "document_printer").state == "asked"


def test_a_finger_whose_trial_the_power_ended_can_be_read_by_nobody(counter: Counter, tmp_path: Path) -> None:
    """Taken and sealed, but not told yet: the key was in the memory of the process that died, and nowhere else."""

    class Cut(BaseException):
        """The power goes."""

    class DyingVault(Vault):
        """Its process ends as soon as a blob is on the disk."""

        def put(self, case_id: str, wrapped_key: str, data: bytes) -> str:
            super().put(case_id, wrapped_key, data)
            raise Cut

    begin(counter, "fingerprint_scanner")
    whole = counter.machines
    counter.machines = replace(whole, vault=DyingVault(tmp_path / "vault", b"v" * 32))
    with pytest.raises(Cut):
        counter.run("trial")
    counter.machines = whole
    take_over(counter.store, DEVICE_LANES, counter.devices)
    counter.run("trial")
    found = last(counter, "fingerprint_scanner")
    assert (found.state, dict(found.facts), found.blob, found.wrapped_key) == ("cut", {}, "", "")
    assert taken(counter.office, "fingerprint_scanner") is None
    (sealed,) = (tmp_path / "vault").glob("*/*")
    assert b"right_index" not in sealed.read_bytes()


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


def test_every_device_has_an_act_its_words_and_every_value_a_name() -> None:
    assert set(ACTS) == set(WORDS) == set(DEVICES)
    assert {answer for answer, _, _ in ANSWERS} == set(office_trials.ANSWERS)
    assert {str(state) for state in PrintState} <= set(VALUES)
    trial = Trial("1", "camera", "done", 0, "t", facts={"size": "1x1", "mains": "yes", "reasons": ""})
    assert told(trial) == ((FACTS["size"], "1x1"), (FACTS["mains"], "ya"))
    assert set(STATES) == {"waiting", "running", "asked", "done", "failed", "cut"}


def test_the_kind_of_a_code_is_told_only_where_the_reader_says_it() -> None:
    assert [symbology(text) for text in ("]Q1SG-7K3F", "]C0123", "]x0123", "SG-7K3F", "")] == [
        "QR", "Code 128", "other", "untold", "untold",
    ]  # fmt: skip


def test_the_supply_tells_what_it_knows(counter: Counter) -> None:
    class Supply:
        def open(self) -> None: ...

        def power(self) -> Power:
            return Power(mains=False, battery_percent=62, seconds_left=900)

    rack = type("Rack", (), {"use": lambda self, name: nullcontext(Supply())})()
    found = ACTS["power_supply"](replace(counter.machines, rack=rack), None)  # type: ignore[arg-type]
    assert found.facts == {"mains": "no", "starved": "no", "battery": "62 %", "seconds_left": "900"}


@pytest.mark.parametrize("paper", [58, 80])
def test_a_slip_is_as_wide_as_its_roll(paper: int) -> None:
    with Image.open(io.BytesIO(trial_slip(paper))) as slip:
        assert slip.size == (ROLL_DOTS[paper], 480) and slip.mode == "1"
        row = [slip.getpixel((x, 40)) for x in range(0, slip.width, 80)]
    assert row[1:-1] == [0] * len(row[1:-1]), "a long mark each ten millimetres"
