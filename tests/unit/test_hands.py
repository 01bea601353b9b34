"""Exceptions with their photo, and the second look at both index fingers."""

from __future__ import annotations

from pathlib import Path

import pytest
from counter import Counter, Prepared, prepare

from appliance.casework.roles import Role
from appliance.casework.sop import NotAllowed
from appliance.central.centre import EnrolmentState
from appliance.devices import FingerPosition
from appliance.kiosk_ui.resident_page import resident_view
from appliance.office.context import FormRefused
from appliance.records.cases import Evidence

INDEX = ("right_index", "left_index")


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


def acts(counter: Counter, case: str, role: Role = Role.PEREKAM) -> tuple[str, ...]:
    return counter.state(case, role).residents[0].acts


def hints(counter: Counter, case: str) -> str:
    return " ".join(resident_view(counter.state(case, Role.PEREKAM).residents[0]).hints)


def ask(counter: Counter, case: str, finger: str, **values: object) -> None:
    counter.do("except_finger", Role.PEREKAM, case, position=finger, reason="LUKA_PERBAN", **values)


def asked(counter: Counter, case: str, finger: str) -> Evidence:
    return [item for item in counter.evidence(case, "finger") if item.name == finger][-1]


def ten(counter: Counter, case: str) -> None:
    for finger in FingerPosition:
        counter.do("capture_finger", Role.PEREKAM, case, position=finger.value)
    counter.run("scanner")


def look(counter: Counter, case: str) -> str:
    counter.do("recapture_index", Role.PEREKAM, case)
    counter.run("scanner")
    return counter.evidence(case, "recheck")[-1].state


def swap_fingers(counter: Counter) -> None:
    counter.devices["fingerprint_scanner"].pressed.update(right_index="left_index", left_index="right_index")


def test_the_second_officer_sees_a_photo_of_the_hand_and_only_then_answers(counter: Counter, case: str) -> None:
    ask(counter, case, "left_index")
    ask(counter, case, "left_thumb")
    assert "confirm_exceptions" not in acts(counter, case, Role.PETUGAS)
    assert "belum difoto" in hints(counter, case)
    counter.run("camera")
    (photo,) = counter.evidence(case, "hand_photo")
    assert photo.facts["fingers"] == ["left_index", "left_thumb"]
    assert photo.blob is not None
    record = counter.case(case)
    assert counter.office.vault.get(case, record.wrapped_key, photo.blob) == b"JPEG"
    assert {asked(counter, case, finger).facts["photo"] for finger in ("left_index", "left_thumb")} == {photo.id}
    assert "confirm_exceptions" in acts(counter, case, Role.PETUGAS)
    counter.do("confirm_exceptions", Role.PETUGAS, case, result="yes")
    assert asked(counter, case, "left_thumb").state == "exception"


def test_each_hand_gets_its_own_photo(counter: Counter, case: str) -> None:
    for finger in INDEX:
        ask(counter, case, finger)
        counter.run("camera")
    assert [photo.facts["fingers"] for photo in counter.evidence(case, "hand_photo")] == [[one] for one in INDEX]


def test_without_a_camera_the_reason_is_told_instead(counter: Counter, case: str) -> None:
    ask(counter, case, "left_index", no_photo="kamera rusak")
    counter.run("camera")
    assert counter.evidence(case, "hand_photo") == []
    assert "kamera rusak" in hints(counter, case)
    counter.do("confirm_exceptions", Role.PETUGAS, case, result="yes")
    assert asked(counter, case, "left_index").facts["no_photo"] == "kamera rusak"


def test_a_camera_that_fails_is_no_end_the_reason_may_be_told_afterwards(counter: Counter, case: str) -> None:
    counter.machines.rack.owners.clear()
    ask(counter, case, "left_index")
    counter.run("camera")
    with pytest.raises(NotAllowed, match="petugas kedua"):
        ask(counter, case, "left_index")
    ask(counter, case, "left_index", no_photo="kamera rusak")
    with pytest.raises(NotAllowed, match="petugas kedua"):
        ask(counter, case, "left_index", no_photo="masih rusak")
    counter.do("confirm_exceptions", Role.PETUGAS, case, result="yes")
    assert asked(counter, case, "left_index").state == "exception"


def test_photos_of_hands_fall_away_with_a_recording_that_is_repeated(counter: Counter, case: str) -> None:
    counter.centre.states = [EnrolmentState("ENROLL_FAILURE_AT_CENTRAL")]
    counter.record_quickly(case)
    assert [one.state for one in counter.evidence(case, "hand_photo")] == ["accepted"]
    counter.centre_goes_on()
    counter.do("start_recording", Role.PEREKAM, case)
    assert [one.state for one in counter.evidence(case, "hand_photo")] == ["superseded"]


def test_a_poor_capture_says_what_to_do_by_its_cause(counter: Counter, case: str) -> None:
    counter.machines.fingers.found["right_index"] = [(20, 25)]  # type: ignore[attr-defined]
    counter.do("capture_finger", Role.PEREKAM, case, position="right_index")
    counter.run("scanner")
    assert "Telunjuk kanan: terlalu kering" in hints(counter, case)
    counter.do("capture_finger", Role.PEREKAM, case, position="right_index")
    counter.run("scanner")
    assert hints(counter, case) == ""


def test_both_index_fingers_are_compared_with_their_first_capture(counter: Counter, case: str) -> None:
    with pytest.raises(NotAllowed, match="semua jari"):
        counter.do("recapture_index", Role.PEREKAM, case)
    ten(counter, case)
    assert "finish_recording" not in acts(counter, case)
    assert look(counter, case) == "accepted"
    assert "finish_recording" in acts(counter, case)
    (seen,) = counter.evidence(case, "recheck")
    assert (seen.blob, seen.facts) == (None, {"fingers": list(INDEX)})
    with pytest.raises(NotAllowed, match="sudah dicocokkan"):
        counter.do("recapture_index", Role.PEREKAM, case)


def test_a_second_press_is_one_look(counter: Counter, case: str) -> None:
    ten(counter, case)
    counter.do("recapture_index", Role.PEREKAM, case)
    with pytest.raises(NotAllowed, match="sedang diambil"):
        counter.do("recapture_index", Role.PEREKAM, case)


def test_hands_given_for_one_another_are_a_question_and_can_be_swapped(counter: Counter, case: str) -> None:
    ten(counter, case)
    before = {item.name: item.blob for item in counter.evidence(case, "template")}
    swap_fingers(counter)
    assert look(counter, case) == "swapped"
    assert "tertukar" in hints(counter, case)
    assert "answer_recheck" in acts(counter, case)
    with pytest.raises(NotAllowed, match="Jawaban ini"):
        counter.do("answer_recheck", Role.PEREKAM, case, result="keep", reason="x")
    counter.do("answer_recheck", Role.PEREKAM, case, result="swap")
    after = {item.name: item.blob for item in counter.evidence(case, "template") if item.state == "accepted"}
    assert len(after) == 10
    assert (after["right_thumb"], after["left_index"]) == (before["left_thumb"], before["right_index"])
    assert "finish_recording" in acts(counter, case)


def test_hands_with_an_excepted_finger_are_not_swapped_by_guessing(counter: Counter, case: str) -> None:
    ask(counter, case, "left_thumb")
    counter.run("camera")
    counter.do("confirm_exceptions", Role.PETUGAS, case, result="yes")
    for finger in set(FingerPosition) - {FingerPosition.LEFT_THUMB}:
        counter.do("capture_finger", Role.PEREKAM, case, position=finger.value)
    counter.run("scanner")
    swap_fingers(counter)
    assert look(counter, case) == "swapped"
    with pytest.raises(NotAllowed, match="dikecualikan"):
        counter.do("answer_recheck", Role.PEREKAM, case, result="swap")


def test_another_finger_than_the_recorded_one_has_the_index_fingers_taken_anew(counter: Counter, case: str) -> None:
    ten(counter, case)
    counter.devices["fingerprint_scanner"].pressed["right_index"] = "right_middle"
    assert look(counter, case) == "other"
    assert "tidak cocok" in hints(counter, case)
    counter.do("answer_recheck", Role.PEREKAM, case, result="retake")
    marks = {one.position: one.mark for one in resident_view(counter.state(case, Role.PEREKAM).residents[0]).fingers}
    assert {name for name, mark in marks.items() if mark == "open"} == set(INDEX)
    counter.devices["fingerprint_scanner"].pressed.clear()
    counter.do("capture_finger", Role.PEREKAM, case, position=list(INDEX))
    counter.run("scanner")
    assert look(counter, case) == "accepted"


def test_a_finger_that_stays_hard_to_read_is_kept_with_a_reason_after_three_looks(
    counter: Counter, case: str
) -> None:
    ten(counter, case)
    counter.machines.fingers.found["right_index"] = [(0, 0)] * 3  # type: ignore[attr-defined]
    for number in range(3):
        assert look(counter, case) == "other"
        if number < 2:
            with pytest.raises(NotAllowed, match="3 kali"):
                counter.do("answer_recheck", Role.PEREKAM, case, result="keep", reason="aus")
    with pytest.raises(FormRefused):
        counter.do("answer_recheck", Role.PEREKAM, case, result="keep")
    counter.do("answer_recheck", Role.PEREKAM, case, result="keep", reason="kulit jari aus")
    assert counter.evidence(case, "recheck")[-1].state == "forced"
    assert "finish_recording" in acts(counter, case)


def test_without_index_fingers_there_is_nothing_to_look_at_again(counter: Counter, case: str) -> None:
    for finger in INDEX:
        ask(counter, case, finger, no_photo="kamera rusak")
    counter.do("confirm_exceptions", Role.PETUGAS, case, result="yes")
    for finger in set(FingerPosition) - {FingerPosition(name) for name in INDEX}:
        counter.do("capture_finger", Role.PEREKAM, case, position=finger.value)
    counter.run("scanner")
    assert "finish_recording" in acts(counter, case)
    assert "recapture_index" not in acts(counter, case)
