"""Who cannot sign: his thumb in place of the signature, or no signature after a second officer's answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from counter import PEOPLE, Counter
from trying import bench

from appliance.casework.roles import SYSTEM, Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.devices import FingerPosition
from appliance.faults import DeviceFault, FaultCode
from appliance.issuance.machines import newest
from appliance.kiosk_ui.case_page import case_view
from appliance.kiosk_ui.resident_page import resident_view
from appliance.kiosk_ui.shown import ResidentView
from appliance.records import accounts, audit, cases, officer_fingers
from appliance.records.cases import Evidence

ASKED = {"position": "right_thumb", "reason": "TIDAK_MENULIS"}
COLLEAGUE = Actor("id-perekam-2", "Perekam Dua", Role.PEREKAM, "loket")


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    found = bench(tmp_path)
    yield found
    with found.store.read() as tx:
        assert audit.verify(tx)[1] is None
    found.store.close()


@pytest.fixture
def case(counter: Counter) -> str:
    """Somebody whose thumbs are recorded."""
    case = counter.signed()
    counter.do("start_recording", Role.PEREKAM, case)
    for thumb in ("right_thumb", "left_thumb"):
        counter.do("capture_finger", Role.PEREKAM, case, position=thumb)
    counter.run("scanner")
    return case


def marked(counter: Counter, case: str, **values: str) -> Evidence:
    counter.do("mark_with_thumb", Role.PEREKAM, case, **{**ASKED, **values})
    counter.run("scanner")
    return counter.evidence(case, "signature")[-1]


def view(counter: Counter, case: str, who: Role | Actor = Role.PEREKAM) -> ResidentView:
    return resident_view(counter.state_of(case, who).residents[0])


def picture(counter: Counter, case: str) -> bytes | None:
    return newest(counter.store, counter.office.vault, counter.case(case), "signature", 0)


def told(counter: Counter, event: str) -> list[object]:
    with counter.store.read() as tx:
        return [json.loads(str(one["facts"])) for one in reversed(audit.newest(tx, event, 9))]


def test_the_recorded_thumb_stands_for_the_signature(counter: Counter, case: str) -> None:
    item = marked(counter, case)
    assert (item.state, item.name, item.facts["reason"]) == ("accepted", "right_thumb", "TIDAK_MENULIS")
    assert picture(counter, case) == b"\x89PNG mark of right_thumb"
    assert told(counter, "thumb-capture-complete") == [{"resident": 0, "finger": "right_thumb", "state": "accepted"}]
    person = view(counter, case)
    assert person.signature == "thumb" and not person.hints
    assert ("Tanda tangan", "cap jempol kanan (tidak dapat menulis)") in person.facts
    (line,) = [
        one for one in case_view(counter.state(case, Role.PEREKAM), (), "").documents if one.kind == "signature"
    ]
    assert (line.title, line.resident) == ("Cap jempol kanan", 0)


def test_no_other_thumb_and_no_officers_stands_and_no_picture_of_it_is_kept(counter: Counter, case: str) -> None:
    counter.devices["fingerprint_scanner"].pressed["right_thumb"] = "left_thumb"
    item = marked(counter, case)
    assert (item.state, item.blob, picture(counter, case)) == ("other", None, None)
    assert any("bukan jempol yang direkam" in hint for hint in view(counter, case).hints)
    accounts.add(counter.store, "rina", "Rina", Role.PEREKAM, "271828", SYSTEM)
    with counter.store.write() as tx:
        officer_fingers.keep(tx, "rina", "right_index", b"form", SYSTEM)
    counter.machines.fingers.alike = [[60]]  # type: ignore[attr-defined]
    item = marked(counter, case)
    assert (item.state, item.blob) == ("officer", None)
    assert any("ini jari petugas" in hint for hint in view(counter, case).hints)
    assert view(counter, case).signature == ""


def test_a_thumb_that_shows_nothing_is_told_with_its_cause(counter: Counter, case: str) -> None:
    counter.machines.fingers.found["right_thumb"] = [(0, 0)]  # type: ignore[attr-defined]
    item = marked(counter, case)
    assert (item.state, item.facts["cause"]) == ("tried", "finger.dry")
    assert any("Cap jempol: terlalu kering" in hint for hint in view(counter, case).hints)
    assert marked(counter, case).state == "accepted", "a poor try ends nothing"
    assert view(counter, case).hints == ()


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"position": "right_index"}, "Rekam dulu"),
        ({"position": ""}, "Pilih jempol"),
        ({"reason": ""}, "Pilih alasan"),
        ({"reason": "TIDAK_TERBACA"}, "dari daftar"),
    ],
)
def test_only_a_recorded_thumb_and_a_reason_of_the_list(
    counter: Counter, case: str, values: dict[str, str], why: str
) -> None:
    with pytest.raises(NotAllowed, match=why):
        counter.do("mark_with_thumb", Role.PEREKAM, case, **{**ASKED, **values})
    assert counter.evidence(case, "signature") == []


def test_the_thumb_is_offered_once_it_is_recorded_and_only_beside_a_scanner(counter: Counter) -> None:
    case = counter.signed()
    counter.do("start_recording", Role.PEREKAM, case)
    assert "mark_with_thumb" not in counter.state(case, Role.PEREKAM).residents[0].acts
    with pytest.raises(NotAllowed, match="Rekam dulu"):
        counter.do("mark_with_thumb", Role.PEREKAM, case, **ASKED)
    counter.do("capture_finger", Role.PEREKAM, case, position="left_thumb")
    counter.run("scanner")
    assert "mark_with_thumb" in counter.state(case, Role.PEREKAM).residents[0].acts
    without = {name: uri for name, uri in counter.office.settings.devices.items() if name != "fingerprint_scanner"}
    counter.office = replace(counter.office, settings=replace(counter.office.settings, devices=without))
    acts = counter.state(case, Role.PEREKAM).residents[0].acts
    assert "mark_with_thumb" not in acts and "cannot_sign" in acts
    with pytest.raises(NotAllowed, match="tidak ada pemindai"):
        counter.do("mark_with_thumb", Role.PEREKAM, case, **{**ASKED, "position": "left_thumb"})


def test_a_second_press_waits_and_a_late_answer_changes_nothing(counter: Counter, case: str) -> None:
    counter.do("mark_with_thumb", Role.PEREKAM, case, **ASKED)
    with pytest.raises(NotAllowed, match="sedang diambil"):
        counter.do("mark_with_thumb", Role.PEREKAM, case, **ASKED)
    with counter.store.write() as tx:
        cases.change_resident(tx, cases.resident_at(tx, case, 0), ktp_state="DIREKAM")
    counter.run("scanner")
    assert counter.evidence(case, "signature") == []


def test_an_unplugged_scanner_holds_it_and_the_other_way_stays_open(counter: Counter, case: str) -> None:
    scanner = counter.devices["fingerprint_scanner"]
    scanner.fault = DeviceFault(FaultCode.SCANNER_UNREACHABLE)
    counter.do("mark_with_thumb", Role.PEREKAM, case, **ASKED)
    counter.run("scanner")
    (job,) = [job for job in counter.state(case, Role.PEREKAM).jobs if job.kind == "capture-thumb"]
    assert (job.state, job.fault) == ("hold", "fingerprint_scanner.unreachable")
    counter.do("cannot_sign", Role.PEREKAM, case, reason="TIDAK_MENULIS")
    counter.do("confirm_cannot_sign", Role.PETUGAS, case, result="yes")
    assert view(counter, case).signature == "excepted"


def test_nobody_is_left_unsigned_by_one_officer_alone(counter: Counter, case: str) -> None:
    with pytest.raises(NotAllowed, match="Pilih alasan"):
        counter.do("cannot_sign", Role.PEREKAM, case)
    counter.do("cannot_sign", Role.PEREKAM, case, reason="TREMOR")
    assert view(counter, case).signature == "asked"
    assert any("Menunggu petugas kedua" in hint for hint in view(counter, case).hints)
    with pytest.raises(NotAllowed, match="menunggu petugas kedua"):
        counter.do("cannot_sign", Role.PEREKAM, case, reason="TREMOR")
    for actor in (PEOPLE[Role.PEREKAM], PEOPLE[Role.KABID], PEOPLE[Role.OPERATOR]):
        assert "confirm_cannot_sign" not in counter.state_of(case, actor).residents[0].acts
        with pytest.raises(NotAllowed):
            counter.do("confirm_cannot_sign", actor, case, result="yes")
    for result in ("", "perhaps"):
        with pytest.raises(NotAllowed):
            counter.do("confirm_cannot_sign", COLLEAGUE, case, result=result)
    assert counter.state_of(case, COLLEAGUE).residents[0].acts[0] == "confirm_cannot_sign"
    counter.do("confirm_cannot_sign", COLLEAGUE, case, result="yes")
    (item,) = counter.evidence(case, "signature")
    assert (item.state, item.blob, item.facts["officer"][0], item.facts["second"][0]) == (
        "exception", None, "id-perekam", "id-perekam-2",
    )  # fmt: skip
    assert told(counter, "signature-except-complete") == [{"resident": 0, "result": "yes", "reason": "TREMOR"}]
    said = "tidak ada (gemetar); diminta Perekam, dilihat Perekam Dua"
    assert ("Tanda tangan", said) in view(counter, case).facts


def test_a_second_officer_who_says_no_has_it_taken(counter: Counter, case: str) -> None:
    counter.do("cannot_sign", Role.PEREKAM, case, reason="TIDAK_MENULIS")
    counter.do("confirm_cannot_sign", Role.PETUGAS, case, result="no")
    assert view(counter, case).signature == ""
    assert any("dapat diambil" in hint for hint in view(counter, case).hints)
    with pytest.raises(NotAllowed, match="Tidak ada pengecualian"):
        counter.do("confirm_cannot_sign", Role.PETUGAS, case, result="yes")
    assert marked(counter, case).state == "accepted"
    assert view(counter, case).hints == ()


def test_who_signs_in_the_end_withdraws_the_question_and_the_newest_stands(counter: Counter, case: str) -> None:
    counter.do("cannot_sign", Role.PEREKAM, case, reason="TREMOR")
    marked(counter, case)
    with pytest.raises(NotAllowed, match="Tidak ada pengecualian"):
        counter.do("confirm_cannot_sign", Role.PETUGAS, case, result="yes")
    counter.do("capture_signature", Role.PEREKAM, case)
    counter.run("pad")
    assert view(counter, case).signature == "taken"
    written = picture(counter, case)
    assert written is not None and b"mark" not in written
    counter.do("cannot_sign", Role.PEREKAM, case, reason="MENOLAK")
    assert picture(counter, case) == written, "what is asked takes nothing away"
    counter.do("confirm_cannot_sign", Role.KASI, case, result="yes")
    assert picture(counter, case) is None, "no card is printed with a signature that was taken back"


def test_a_recording_does_not_end_while_the_question_is_open(counter: Counter) -> None:
    case = counter.signed()
    counter.do("start_recording", Role.PEREKAM, case)
    for finger in FingerPosition:
        counter.do("capture_finger", Role.PEREKAM, case, position=finger.value)
    counter.do("capture_photo", Role.PEREKAM, case)
    counter.do("capture_signature", Role.PEREKAM, case)
    counter.run("scanner", "camera", "pad")
    counter.do("recapture_index", Role.PEREKAM, case)
    counter.run("scanner")
    counter.do("cannot_sign", Role.PEREKAM, case, reason="TREMOR")
    with pytest.raises(NotAllowed, match="tanda tangan menunggu"):
        counter.do("finish_recording", Role.PEREKAM, case)
    counter.do("confirm_cannot_sign", Role.PETUGAS, case, result="no")
    counter.do("finish_recording", Role.PEREKAM, case)
    counter.centre_goes_on()
    assert counter.centre.sent[0][5] == picture(counter, case)


def test_hands_given_for_one_another_turn_the_mark_too(counter: Counter) -> None:
    case = counter.signed()
    counter.do("start_recording", Role.PEREKAM, case)
    scanner = counter.devices["fingerprint_scanner"]
    for finger in FingerPosition:
        hand, _, part = finger.value.partition("_")
        scanner.pressed[finger.value] = f"{'left' if hand == 'right' else 'right'}_{part}"
        counter.do("capture_finger", Role.PEREKAM, case, position=finger.value)
    counter.run("scanner")
    for index in ("right_index", "left_index"):  # asked for once more: they look like the other one of the search
        counter.do("capture_finger", Role.PEREKAM, case, position=index)
    counter.run("scanner")
    assert marked(counter, case).state == "accepted"
    scanner.pressed.clear()
    counter.do("recapture_index", Role.PEREKAM, case)
    counter.run("scanner")
    counter.do("answer_recheck", Role.PEREKAM, case, result="swap")
    (mark,) = [one for one in counter.evidence(case, "signature") if one.state != "superseded"]
    assert (mark.name, picture(counter, case)) == ("left_thumb", b"\x89PNG mark of left_thumb")


def test_centre_and_card_carry_the_mark_or_the_words(counter: Counter) -> None:
    for thumb in (True, False):
        case = counter.signed()
        counter.do("start_recording", Role.PEREKAM, case)
        for finger in FingerPosition:
            counter.do("capture_finger", Role.PEREKAM, case, position=finger.value)
        counter.do("capture_photo", Role.PEREKAM, case)
        counter.run("scanner", "camera")
        counter.do("recapture_index", Role.PEREKAM, case)
        counter.run("scanner")
        if thumb:
            marked(counter, case)
        else:
            counter.do("cannot_sign", Role.PEREKAM, case, reason="TREMOR")
            counter.do("confirm_cannot_sign", Role.PETUGAS, case, result="yes")
        counter.do("finish_recording", Role.PEREKAM, case)
        counter.centre_goes_on()
        assert counter.centre.sent[-1][5] == (b"\x89PNG mark of right_thumb" if thumb else None)
    assert counter.machines.profile is not None
    assert counter.machines.profile.unsigned == "TIDAK DAPAT TANDA TANGAN"
