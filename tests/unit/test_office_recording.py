"""Step 7: fingers, portrait, signature, and what the centre makes of them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from case_files import complete
from counter import JPEG_FACE, PEOPLE, PNG_HEAD, Counter, Portrait, Prepared, prepare

from appliance.biometrics import fac, fir
from appliance.biometrics.portrait_rules import Measure
from appliance.casework.roles import Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.central.centre import EnrolmentState
from appliance.devices import FingerPosition
from appliance.faults import DeviceFault, FaultCode
from appliance.issuance import recording
from appliance.kiosk_ui.resident_page import resident_view
from appliance.records import audit

FINGERS = [finger.value for finger in FingerPosition]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    def so_far(counter: Counter) -> str:
        case = counter.signed()
        counter.do("start_recording", Role.PEREKAM, case)
        return case

    return prepare(tmp_path_factory.mktemp("office"), so_far)


@pytest.fixture
def opened(prepared: Prepared, tmp_path: Path) -> Counter:
    return prepared.copy(tmp_path)


def capture(counter: Counter, case: str, *fingers: str) -> None:
    counter.do("capture_finger", Role.PEREKAM, case, position=fingers)
    counter.run("scanner")


def states(counter: Counter, case: str, finger: str) -> list[str]:
    return [item.state for item in counter.evidence(case, "finger") if item.name == finger]


def test_a_whole_recording_goes_to_the_centre(counter: Counter, case: str) -> None:
    for finger in FINGERS[:9]:
        capture(counter, case, finger)
    counter.do("except_finger", Role.PEREKAM, case, position=FINGERS[9], reason="AMPUTASI", permanent=True)
    with pytest.raises(NotAllowed, match="petugas kedua"):
        counter.do("finish_recording", Role.PEREKAM, case)
    with pytest.raises(NotAllowed, match="belum difoto"):
        counter.do("confirm_exceptions", Role.PETUGAS, case, result="yes")
    counter.run("camera")
    counter.do("confirm_exceptions", Role.PETUGAS, case, result="yes")
    with pytest.raises(NotAllowed, match="belum dicocokkan"):
        counter.do("finish_recording", Role.PEREKAM, case)
    counter.do("recapture_index", Role.PEREKAM, case)
    counter.run("scanner")
    with pytest.raises(NotAllowed, match="Foto"):
        counter.do("finish_recording", Role.PEREKAM, case)
    counter.do("capture_photo", Role.PEREKAM, case)
    counter.run("camera")
    with pytest.raises(NotAllowed, match="Tanda tangan"):
        counter.do("finish_recording", Role.PEREKAM, case)
    counter.do("capture_signature", Role.PEREKAM, case)
    counter.run("pad")
    counter.do("finish_recording", Role.PEREKAM, case)
    assert counter.person(case).ktp_state == "DIREKAM"
    counter.run("centre")
    assert counter.person(case).ktp_state == "DIKIRIM"
    ((nik, fingers, exceptions, images, face, signature),) = counter.centre.sent
    assert nik == counter.person(case).nik
    assert [finger.position for finger in fingers] == FINGERS[:9]
    assert [(one.position, one.reason) for one in exceptions] == [(FINGERS[9], "AMPUTASI")]
    pictures = fir.read(images).fingers
    assert [(one.position, one.quality, one.data) for one in pictures] == [
        (name, 70, PNG_HEAD + name.encode()) for name in FINGERS[:9]
    ]
    portrait = fac.read(face)
    assert portrait.data == JPEG_FACE and [one.minor for one in portrait.points] == [1, 2]
    assert signature.startswith(b"\x89PNG")
    counter.centre_goes_on()
    assert counter.person(case).ktp_state == "PRR"


def test_several_fingers_lie_on_the_glass_at_once(counter: Counter, case: str) -> None:
    capture(counter, case, *FINGERS[1:5])
    assert {item.name for item in counter.evidence(case, "template")} == set(FINGERS[1:5])


def test_a_poor_finger_is_taken_three_times_and_the_best_one_kept(counter: Counter, case: str) -> None:
    counter.machines.fingers.found["right_index"] = [(20, 25), (20, 35), (20, 15)]  # type: ignore[attr-defined]
    for expected in (["tried"], ["tried", "tried"], ["tried", "forced", "tried"]):
        capture(counter, case, "right_index")
        assert states(counter, case, "right_index") == expected
    (template,) = counter.evidence(case, "template")
    assert (template.state, template.quality) == ("forced", 35)
    with pytest.raises(NotAllowed, match="belum direkam"):
        capture(counter, case, "right_index")


def test_a_good_finger_after_a_poor_one_is_accepted(counter: Counter, case: str) -> None:
    counter.machines.fingers.found["right_index"] = [(20, 25), (30, 60)]  # type: ignore[attr-defined]
    capture(counter, case, "right_index")
    capture(counter, case, "right_index")
    assert states(counter, case, "right_index") == ["tried", "accepted"]


def test_a_picture_without_finger_is_never_forced_through(counter: Counter, case: str) -> None:
    counter.machines.fingers.found["right_index"] = [(0, 0)] * 4  # type: ignore[attr-defined]
    for _ in range(4):
        capture(counter, case, "right_index")
    assert states(counter, case, "right_index") == ["tried"] * 4
    assert counter.evidence(case, "template") == []
    counter.do("except_finger", Role.PEREKAM, case, position="right_index", reason="TIDAK_TERBACA")


def test_the_same_finger_is_never_taken_for_two(counter: Counter, case: str) -> None:
    capture(counter, case, "right_index")
    counter.devices["fingerprint_scanner"].pressed["left_index"] = "right_index"
    capture(counter, case, "left_index")
    (item,) = [item for item in counter.evidence(case, "finger") if item.name == "left_index"]
    assert (item.state, item.facts["same_as"]) == ("double", "right_index")
    counter.devices["fingerprint_scanner"].pressed.clear()
    capture(counter, case, "left_index")
    assert states(counter, case, "left_index") == ["double", "accepted"]


def test_a_hand_that_was_given_for_the_other_at_the_search_is_asked_for_once_more(
    counter: Counter, case: str
) -> None:
    """The search took both index fingers; now the left one comes as the right one."""
    assert {item.name for item in counter.evidence(case, "search_finger")} == {"right_index", "left_index"}
    counter.devices["fingerprint_scanner"].pressed["right_index"] = "left_index"
    capture(counter, case, "right_index")
    (item,) = [item for item in counter.evidence(case, "finger") if item.name == "right_index"]
    assert (item.state, item.facts["same_as"]) == ("double", "left_index")
    assert counter.evidence(case, "template") == []
    capture(counter, case, "right_index")  # he insists: it was the search that had the hands swapped
    assert states(counter, case, "right_index") == ["double", "accepted"]


@pytest.mark.parametrize("position", ["", [], "sixth_finger", ["right_index", "sixth_finger"], "RIGHT_INDEX"])
def test_only_open_fingers_can_be_chosen(counter: Counter, case: str, position: object) -> None:
    with pytest.raises(NotAllowed):
        counter.do("capture_finger", Role.PEREKAM, case, position=position)


def test_what_is_recorded_or_excepted_is_not_asked_for_again(counter: Counter, case: str) -> None:
    capture(counter, case, "right_index")
    counter.do("except_finger", Role.PEREKAM, case, position="left_index", reason="LUKA_PERBAN")
    with pytest.raises(NotAllowed, match="petugas kedua"):
        counter.do("except_finger", Role.PEREKAM, case, position="left_index", reason="AMPUTASI")
    counter.run("camera")
    counter.do("confirm_exceptions", Role.KASI, case, result="yes")
    for finger in ("right_index", "left_index"):
        with pytest.raises(NotAllowed):
            counter.do("capture_finger", Role.PEREKAM, case, position=finger)
        with pytest.raises(NotAllowed):
            counter.do("except_finger", Role.PEREKAM, case, position=finger, reason="AMPUTASI")


def test_another_officer_answers_for_an_exception(counter: Counter, case: str) -> None:
    counter.do("except_finger", Role.PEREKAM, case, position="left_index", reason="LUKA_PERBAN")
    counter.run("camera")
    asker = PEOPLE[Role.PEREKAM]
    for actor in (Role.PEREKAM, replace(asker, role=Role.KASI), Role.OPERATOR, Role.KABID):
        assert "confirm_exceptions" not in counter.state_of(case, actor).residents[0].acts
        with pytest.raises(NotAllowed):
            counter.do("confirm_exceptions", actor, case, result="yes")
    for result in ("", "perhaps"):
        with pytest.raises(NotAllowed):
            counter.do("confirm_exceptions", Role.PETUGAS, case, result=result)
    colleague = replace(asker, id="id-perekam-2", name="Perekam Dua")
    assert "confirm_exceptions" in counter.state_of(case, colleague).residents[0].acts
    counter.do("confirm_exceptions", colleague, case, result="yes")
    (item,) = counter.evidence(case, "finger")
    assert (item.state, item.facts["officer"][0]) == ("exception", asker.id)
    assert item.facts["second"] == [colleague.id, colleague.name, "perekam"]
    with pytest.raises(NotAllowed, match="Tidak ada"):
        counter.do("confirm_exceptions", Role.KASI, case, result="no")


def test_an_exception_that_is_refused_leaves_the_finger_to_be_taken(counter: Counter, case: str) -> None:
    counter.do("except_finger", Role.PEREKAM, case, position="left_index", reason="LUKA_PERBAN")
    counter.run("camera")
    counter.do("confirm_exceptions", Role.PETUGAS, case, result="no")
    capture(counter, case, "left_index")
    assert states(counter, case, "left_index") == ["refused", "accepted"]


def test_a_finger_that_is_taken_after_all_needs_no_second_officer(counter: Counter, case: str) -> None:
    counter.do("except_finger", Role.PEREKAM, case, position="left_index", reason="LUKA_PERBAN")
    capture(counter, case, "left_index")
    assert states(counter, case, "left_index") == ["asked", "accepted"]
    with pytest.raises(NotAllowed, match="Tidak ada"):
        counter.do("confirm_exceptions", Role.PETUGAS, case, result="yes")


@pytest.mark.parametrize(
    "values",
    [
        {"position": "left_index"},
        {"reason": "AMPUTASI"},
        {"position": "left_index", "reason": "RUSAK"},
        {"position": "nose", "reason": "AMPUTASI"},
    ],
)
def test_an_exception_names_finger_and_reason_of_the_list(
    counter: Counter, case: str, values: dict[str, str]
) -> None:
    with pytest.raises(NotAllowed):
        counter.do("except_finger", Role.PEREKAM, case, **values)
    assert counter.evidence(case, "finger") == []


def test_a_refused_portrait_names_its_rule_and_passes_with_a_reason_only_after_two(
    counter: Counter, case: str
) -> None:
    broken = Portrait(
        False, JPEG_FACE, (Measure("bright", 20, False), Measure("sharp", 90, True)), ("portrait.dark",)
    )
    counter.machines.portraits.says += [broken] * 4  # type: ignore[attr-defined]
    for reason in ("silau", "", "katarak: tidak bisa membuka mata"):
        counter.do("capture_photo", Role.PEREKAM, case, reason=reason)
        counter.run("camera")
    photos = counter.evidence(case, "photo")
    assert [photo.state for photo in photos] == ["refused", "refused", "forced"]
    assert [photo.blob is None for photo in photos] == [True, True, False]
    assert photos[0].facts["broken"] == ["bright"]


def test_a_portrait_without_face_cannot_be_forced(counter: Counter, case: str) -> None:
    counter.machines.portraits.says += [Portrait(False, None)] * 3  # type: ignore[attr-defined]
    for _ in range(3):
        counter.do("capture_photo", Role.PEREKAM, case, reason="x")
        counter.run("camera")
    assert [photo.state for photo in counter.evidence(case, "photo")] == ["refused"] * 3


@pytest.mark.parametrize(
    "act",
    ["capture_finger", "except_finger", "capture_photo", "capture_signature", "finish_recording"],
)
def test_only_the_recorder_records_and_only_while_recording(counter: Counter, case: str, act: str) -> None:
    values = {"position": "right_index", "reason": "AMPUTASI"}
    for role in set(Role) - {Role.PEREKAM}:
        with pytest.raises(NotAllowed):
            counter.do(act, role, case, **values)
    other = counter.signed()
    with pytest.raises(NotAllowed, match="tidak sedang berjalan"):
        counter.do(act, Role.PEREKAM, other, **values)


def test_nobody_without_nik_or_before_the_family_card_is_recorded(counter: Counter) -> None:
    case = counter.searched()
    with pytest.raises(NotAllowed, match="setelah KK terbit"):
        counter.do("start_recording", Role.PEREKAM, case)


def test_a_child_is_not_recorded(counter: Counter) -> None:
    value = complete()
    value["residents"].append(
        dict(value["residents"][0], full_name="BUDI RIYADI", birth_date="2015-07-01", family_relation=4)
    )
    case = counter.signed(value)
    with pytest.raises(NotAllowed):
        counter.do("start_recording", Role.PEREKAM, case, resident=1)
    assert counter.state(case, Role.PEREKAM).residents[1].acts == ()


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("PRINT_READY_RECORD", "PRR"),
        ("ENROLL_FAILURE_AT_CENTRAL", "GAGAL_PUSAT"),
        ("ENROLL_FAILURE_AT_REGIONAL", "GAGAL_PUSAT"),
        ("SEARCH_FAILURE_AT_CENTRAL", "GAGAL_PUSAT"),
        ("DUPLICATE_RECORD", "GANDA"),
        ("ADJUDICATE_RECORD", "DIKIRIM"),
        ("PROCESSING", "DIKIRIM"),
        ("A_STATE_NOBODY_KNOWS", "DIKIRIM"),
    ],
)
def test_what_the_centre_says_moves_the_card(counter: Counter, case: str, said: str, state: str) -> None:
    counter.centre.states = [EnrolmentState(said)]
    counter.record_quickly(case)
    counter.centre_goes_on()
    assert counter.person(case).ktp_state == state
    assert counter.person(case).note == said


def test_after_a_failure_everything_is_recorded_anew_under_a_new_token(counter: Counter, case: str) -> None:
    counter.centre.states = [EnrolmentState("ENROLL_FAILURE_AT_CENTRAL", "blurred")]
    counter.record_quickly(case)
    counter.centre_goes_on()
    assert counter.person(case).note == "blurred"
    counter.centre.states = [EnrolmentState("PRINT_READY_RECORD")]
    counter.record_all(case)
    counter.centre_goes_on()
    assert counter.person(case).ktp_state == "PRR"
    assert sorted(counter.centre.enrolments) == [f"{case}:0:1", f"{case}:0:2"]
    assert [item.state for item in counter.evidence(case, "finger")[:10]] == ["superseded"] * 10


def test_a_recording_that_may_have_arrived_is_looked_for_and_not_sent_again(counter: Counter, case: str) -> None:
    enrol = counter.centre.enrol

    def no_answer(*args: object) -> EnrolmentState:
        enrol(*args)  # type: ignore[arg-type]
        raise DeviceFault(FaultCode.CENTRE_UNKNOWN)

    counter.centre.enrol = no_answer  # type: ignore[method-assign,assignment]
    counter.record_quickly(case)
    counter.run("centre")
    assert counter.job(f"enrol:{case}:0:1").fault == "centre.no_answer"
    counter.do("retry_job", Role.OPERATOR, case, job=f"enrol:{case}:0:1")
    counter.run("centre")
    assert len(counter.centre.sent) == 1
    assert counter.person(case).ktp_state == "DIKIRIM"


def test_a_scanner_fault_holds_the_capture_and_a_retry_takes_the_finger(counter: Counter, case: str) -> None:
    scanner = counter.devices["fingerprint_scanner"]
    scanner.fault = DeviceFault(FaultCode.SCANNER_UNREACHABLE)
    capture(counter, case, "right_index")
    key = f"capture:{case}:0:right_index:1"
    assert (counter.job(key).state, counter.job(key).fault) == ("hold", "fingerprint_scanner.unreachable")
    assert [job.key for job in counter.state(case, Role.PEREKAM).jobs if job.state == "hold"] == [key]
    opened = scanner.opened
    scanner.fault = None
    counter.do("retry_job", Role.PEREKAM, case, job=key)
    counter.run("scanner")
    assert states(counter, case, "right_index") == ["accepted"]
    assert scanner.opened == opened + 1, "after a broken link the device is opened anew"


@pytest.mark.parametrize(
    ("act", "values", "lane", "fault"),
    [
        ("capture_finger", {"position": "right_index"}, "scanner", "fingerprint_scanner.unreachable"),
        ("capture_photo", {}, "camera", "camera.unreachable"),
        ("capture_signature", {}, "pad", "signature_pad.unreachable"),
    ],
)
def test_a_device_that_this_appliance_has_not_got_holds_its_job_and_the_rest_goes_on(
    counter: Counter, case: str, act: str, values: dict[str, str], lane: str, fault: str
) -> None:
    counter.machines.rack.owners.clear()
    counter.do(act, Role.PEREKAM, case, **values)
    counter.run(lane)
    (job,) = [job for job in counter.state(case, Role.PEREKAM).jobs if job.lane == lane]
    assert (job.state, job.fault, job.detail) == ("hold", fault, "not configured")
    counter.do("cannot_sign", Role.PEREKAM, case, reason="TREMOR")
    other = counter.attached()
    counter.do("pass_check", Role.PETUGAS, other)
    with pytest.raises(NotAllowed, match="tidak sedang menunggu"):
        counter.do("retry_job", Role.PEREKAM, other, job=job.key)


def test_the_photo_rule_needs_two_refusals() -> None:
    assert recording.PHOTO_TRIES == 2


def test_a_finger_asked_for_twice_is_taken_once(counter: Counter, case: str) -> None:
    counter.do("capture_finger", Role.PEREKAM, case, resident=0, position="right_index")
    with pytest.raises(NotAllowed, match="sedang diambil"):
        counter.do("capture_finger", Role.PEREKAM, case, resident=0, position=["right_index", "right_middle"])
    counter.run("scanner")
    assert [item.state for item in counter.evidence(case, "template")] == ["accepted"]


COLLEAGUE = Actor("id-perekam-2", "Perekam Dua", Role.PEREKAM, "loket")


def test_a_recording_stops_at_any_point_and_a_colleague_goes_on_at_once(counter: Counter, case: str) -> None:
    capture(counter, case, "right_thumb", "right_index")
    counter.do("capture_finger", Role.PEREKAM, case, position="left_thumb")
    counter.do("capture_photo", Role.PEREKAM, case)
    with pytest.raises(NotAllowed, match="Petugas lain"):
        counter.do("capture_finger", COLLEAGUE, case, position="left_index")
    assert "stop_recording" not in counter.state_of(case, COLLEAGUE).residents[0].acts
    with pytest.raises(NotAllowed, match="tidak sedang Anda rekam"):
        counter.do("stop_recording", COLLEAGUE, case)
    assert "stop_recording" in counter.state(case, Role.PEREKAM).residents[0].acts
    counter.do("stop_recording", Role.PEREKAM, case)
    assert "stop_recording" not in counter.state(case, Role.PEREKAM).residents[0].acts
    with pytest.raises(NotAllowed, match="tidak sedang Anda rekam"):
        counter.do("stop_recording", Role.PEREKAM, case)

    counter.run("scanner", "camera")
    assert states(counter, case, "left_thumb") == [], "nobody's finger is taken once he has gone"
    assert counter.evidence(case, "photo") == []
    kept = {finger: states(counter, case, finger) for finger in ("right_thumb", "right_index")}
    assert kept == {"right_thumb": ["accepted"], "right_index": ["accepted"]}
    with counter.store.read() as tx:
        (told,) = audit.newest(tx, "finger-stop-complete", 9)
    assert json.loads(str(told["facts"])) == {"resident": 0, "settled": 2}

    for finger in FINGERS:
        if finger not in kept:
            counter.do("capture_finger", COLLEAGUE, case, position=finger)
    counter.run("scanner")
    with pytest.raises(NotAllowed, match="Petugas lain"):
        counter.do("capture_photo", Role.PEREKAM, case)
    for act in ("capture_photo", "capture_signature", "recapture_index"):
        counter.do(act, COLLEAGUE, case)
        counter.run("camera", "pad", "scanner")
    counter.do("finish_recording", COLLEAGUE, case)
    assert counter.person(case).ktp_state == "DIREKAM"


def test_a_poor_finger_is_told_one_thing_at_a_time_that_of_its_newest_try(counter: Counter, case: str) -> None:
    engine = counter.machines.fingers
    causes = ["finger.dry", "finger.wet"]
    engine.found["right_index"] = [(30, 10), (30, 12), (30, 80)]  # type: ignore[attr-defined]
    engine.cause = lambda png: causes.pop(0)  # type: ignore[method-assign, assignment]
    for told in (("terlalu kering",), ("terlalu basah",), ()):
        capture(counter, case, "right_index")
        hints = resident_view(counter.state(case, Role.PEREKAM).residents[0]).hints
        assert len(hints) == len(told) and all(word in hint for word, hint in zip(told, hints, strict=True))


def test_the_order_for_who_cannot_sit_still_is_chosen_once_and_stays(counter: Counter, case: str) -> None:
    def first(actor: Actor = PEOPLE[Role.PEREKAM]) -> tuple[str, ...]:
        return resident_view(counter.state_of(case, actor).residents[0]).first

    assert "photo_first" in counter.state(case, Role.PEREKAM).residents[0].acts and first() == ()
    counter.do("photo_first", Role.PEREKAM, case)
    counter.do("photo_first", Role.PEREKAM, case)
    assert [item.state for item in counter.evidence(case, "order")] == ["photo_first"], "once, however often pressed"
    assert "photo_first" not in counter.state(case, Role.PEREKAM).residents[0].acts
    assert first() == ("capture_photo", "capture_signature")
    with pytest.raises(NotAllowed, match="Petugas lain"):
        counter.do("photo_first", COLLEAGUE, case)
    counter.do("capture_photo", Role.PEREKAM, case)
    counter.run("camera")
    counter.do("stop_recording", Role.PEREKAM, case)
    assert first(COLLEAGUE) == ("capture_signature",)
    counter.do("capture_signature", COLLEAGUE, case)
    counter.run("pad")
    assert first(COLLEAGUE) == ()
    with counter.store.read() as tx:
        (told,) = audit.newest(tx, "photo-first-complete", 9)
    assert json.loads(str(told["facts"])) == {"resident": 0}


def test_the_order_is_offered_no_more_behind_the_photo_and_to_nobody_else(counter: Counter, case: str) -> None:
    with pytest.raises(NotAllowed, match="hanya untuk petugas perekaman"):
        counter.do("photo_first", Role.OPERATOR, case)
    counter.do("capture_photo", Role.PEREKAM, case)
    counter.run("camera")
    assert "photo_first" not in counter.state(case, Role.PEREKAM).residents[0].acts


def test_who_cannot_sit_still_is_photographed_first(counter: Counter, case: str) -> None:
    """Any order will do: portrait and signature before the first finger, and a stop between each of them."""
    for act, kind in (("capture_photo", "photo"), ("capture_signature", "signature")):
        counter.do(act, Role.PEREKAM, case)
        counter.run("camera", "pad")
        counter.do("stop_recording", Role.PEREKAM, case)
        assert [item.state for item in counter.evidence(case, kind)] == ["accepted"]
    for finger in FINGERS:
        capture(counter, case, finger)
        counter.do("stop_recording", Role.PEREKAM, case)
    counter.do("recapture_index", Role.PEREKAM, case)
    counter.run("scanner")
    counter.do("finish_recording", Role.PEREKAM, case)
    assert counter.person(case).ktp_state == "DIREKAM"
