"""The biometric centre over HTTP: search, enrolment to print-ready, one packet per card."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from enrolments import HOUSEHOLD, POSITIONS, card_key, face, finger_images, record, resident, signature

from appliance.central.accounts import load_accounts
from appliance.central.centre import FingerException, FingerRecord, HttpCentre
from appliance.central.http import OfficeRefusal
from appliance.central.personalisation_packet import open_packet
from appliance.central.siak import HttpSiak
from appliance.faults import DeviceFault, FaultCode
from hw_sim.central.offices import CentralOffices
from hw_sim.central.pki import Authorities
from hw_sim.central.script import CentreScript
from hw_sim.central.wire import Trouble
from hw_sim.world import World

UID = bytes.fromhex("04A1B2C3D4E5F6")
KEY = card_key()
FINGERS = tuple(FingerRecord(one, record(one), 60) for one in POSITIONS if one != "left_little")
MISSING = (FingerException("left_little", "AMPUTASI"),)
IMAGES = finger_images([one.position for one in FINGERS])


@pytest.fixture
def offices(tmp_path: Path, state: Authorities) -> Iterator[CentralOffices]:
    offices = CentralOffices(World(0.0), tmp_path, officials=(), authorities=state)
    offices.open()
    yield offices
    offices.close()


@pytest.fixture
def centre(offices: CentralOffices) -> HttpCentre:
    account = load_accounts(offices.credentials)["centre"]
    return HttpCentre(offices.server.url("centre"), account, connect_seconds=2, answer_seconds=5)


@pytest.fixture
def nik(offices: CentralOffices) -> str:
    account = load_accounts(offices.credentials)["siak"]
    return HttpSiak(offices.server.url("siak"), account).register("token-siak", HOUSEHOLD, [resident()]).niks[0]


def states(centre: HttpCentre, token: str, asks: int) -> list[str]:
    found = [centre.find_enrolment(token) for _ in range(asks)]
    return [one.state if one else "" for one in found]


def enrol(centre: HttpCentre, nik: str, token: str = "token-enrol") -> None:
    assert centre.enrol(token, nik, FINGERS, MISSING, IMAGES, face(), signature()).state == "SENT_FOR_ENROLLMENT"


def refusal(call: object, *arguments: object) -> OfficeRefusal:
    assert callable(call)
    with pytest.raises(OfficeRefusal) as caught:
        call(*arguments)
    return caught.value


def test_a_search_follows_the_script(centre: HttpCentre, offices: CentralOffices) -> None:
    offices.centre.follow(CentreScript(("no_hit", "hit_inactive"), person=resident()))
    assert centre.find_search("token-one") is None
    assert centre.search("token-one", FINGERS).result == "no_hit"
    hit = centre.search("token-two", FINGERS)
    assert hit.result == "hit_inactive"
    registered = offices.siak.resident(hit.nik or "")
    assert registered is not None
    assert registered.status == "nonaktif"
    assert centre.search("token-one", FINGERS).result == "no_hit"
    assert centre.find_search("token-two") == hit


def test_a_recording_becomes_print_ready_and_wakes_the_number(
    centre: HttpCentre, offices: CentralOffices, nik: str
) -> None:
    offices.siak.seed([{**resident(), "nik": nik, "status": "nonaktif"}], HOUSEHOLD)
    assert centre.find_enrolment("token-enrol") is None
    enrol(centre, nik)
    enrol(centre, nik)
    assert states(centre, "token-enrol", 3) == ["RECEIVED_AT_CENTRAL", "PRINT_READY_RECORD", "PRINT_READY_RECORD"]
    registered = offices.siak.resident(nik)
    assert registered is not None
    assert registered.status == "aktif"


def test_a_failed_recording_is_recorded_again(centre: HttpCentre, offices: CentralOffices, nik: str) -> None:
    offices.centre.follow(CentreScript(enrolments=("enroll_failure_at_central", "prr")))
    enrol(centre, nik)
    assert states(centre, "token-enrol", 2)[-1] == "ENROLL_FAILURE_AT_CENTRAL"
    assert centre.find_enrolment("token-enrol").reason  # type: ignore[union-attr]
    enrol(centre, nik, "token-again")
    assert states(centre, "token-again", 2)[-1] == "PRINT_READY_RECORD"


def test_a_stuck_recording_stays_sent(centre: HttpCentre, offices: CentralOffices, nik: str) -> None:
    offices.centre.follow(CentreScript(enrolments=("sfe_stuck",)))
    enrol(centre, nik)
    assert states(centre, "token-enrol", 4) == ["SENT_FOR_ENROLLMENT"] * 4


def test_ten_fingers_must_be_accounted_for(centre: HttpCentre, nik: str) -> None:
    refused = refusal(centre.enrol, "token-enrol", nik, FINGERS[:-1], MISSING, IMAGES, face(), None)
    assert refused.status == 422
    assert refused.mistakes[0].startswith("fingers")
    refused = refusal(centre.enrol, "token-enrol", nik, FINGERS, MISSING, IMAGES, b"no image", b"none either")
    assert refused.mistakes == ("face", "signature")
    assert (
        refusal(centre.enrol, "token-enrol", "9" * 16, FINGERS, MISSING, IMAGES, face(), None).error == "unknown_nik"
    )
    assert centre.find_enrolment("token-enrol") is None


@pytest.mark.parametrize(
    "images",
    [
        None,
        finger_images(POSITIONS),
        finger_images(["right_index"]),
        IMAGES[:-1],
        IMAGES.replace(b"IHDR", b"IHDX", 1),
    ],
    ids=["none", "one more", "one alone", "cut off", "spoiled picture"],
)
def test_the_pictures_must_be_those_of_the_fingers(centre: HttpCentre, nik: str, images: bytes | None) -> None:
    refused = refusal(centre.enrol, "token-enrol", nik, FINGERS, MISSING, images, face(), None)
    assert refused.mistakes == ("finger_images",)


def test_the_packet_opens_and_stays_the_same(centre: HttpCentre, offices: CentralOffices, nik: str) -> None:
    enrol(centre, nik)
    assert refusal(centre.personalise, "token-card", nik, UID, KEY, "KTP-1").error == "not_print_ready"
    states(centre, "token-enrol", 2)
    packet = centre.personalise("token-card", nik, UID, KEY, "KTP-1")
    roots = offices.authorities.packet_roots.read_bytes()
    opened = open_packet(packet, roots, nik=nik, uid=UID, job="token-card", now=time.time_ns() // 1_000_000)
    assert len(opened.files) == 11
    assert opened.files[-1].fid == 0x011D
    assert centre.personalise("token-card", nik, UID, KEY, "KTP-1") == packet
    assert centre.find_personalisation("token-card") == packet
    assert centre.find_personalisation("token-none") is None


def test_one_living_card_for_each_person_and_chip(centre: HttpCentre, nik: str) -> None:
    enrol(centre, nik)
    states(centre, "token-enrol", 2)
    centre.personalise("token-card", nik, UID, KEY, "KTP-1")
    other = bytes.fromhex("04A1B2C3D4E5F7")
    assert refusal(centre.personalise, "token-next", nik, UID, KEY, "KTP-1").error == "uid_in_use"
    assert refusal(centre.personalise, "token-next", nik, other, KEY, "KTP-2").error == "card_not_revoked"
    centre.void("token-card", "GAGAL_ENCODE")
    centre.void("token-card", "GAGAL_ENCODE")
    assert refusal(centre.report_card, "token-fate", UID, nik, "CARD_PRINTED").error == "unknown_card"
    centre.personalise("token-next", nik, other, KEY, "KTP-2")
    centre.report_card("token-fate", other, nik, "CARD_PRINTED")
    assert centre.find_card("token-fate") == "CARD_PRINTED"
    assert centre.find_card("token-none") is None


@pytest.mark.parametrize("answer", ["none", "garbage", "status"])
def test_a_lost_packet_is_asked_for(centre: HttpCentre, offices: CentralOffices, nik: str, answer: str) -> None:
    enrol(centre, nik)
    states(centre, "token-enrol", 2)
    offices.troubles.cause("centre", "personalise", Trouble("done", answer=answer))  # type: ignore[arg-type]
    with pytest.raises(DeviceFault) as caught:
        centre.personalise("token-card", nik, UID, KEY, "KTP-1")
    assert caught.value.code is FaultCode.CENTRE_UNKNOWN
    assert centre.find_personalisation("token-card") == centre.personalise("token-card", nik, UID, KEY, "KTP-1")


def test_world_time_passes_at_the_centre(tmp_path: Path, state: Authorities) -> None:
    offices = CentralOffices(World(0.01), tmp_path, officials=(), centre_seconds=1_000_000.0, authorities=state)
    offices.siak.seed([{**resident(), "nik": "9972010107710001"}], HOUSEHOLD)
    offices.open()
    centre = HttpCentre(offices.server.url("centre"), load_accounts(offices.credentials)["centre"])
    enrol(centre, "9972010107710001")
    assert states(centre, "token-enrol", 3) == ["SENT_FOR_ENROLLMENT"] * 3
    offices.centre.centre_seconds = 0.001
    assert states(centre, "token-enrol", 1) == ["PRINT_READY_RECORD"]
    offices.close()


def test_a_case_file_seeds_and_scripts(centre: HttpCentre, offices: CentralOffices) -> None:
    known = {**resident(), "nik": "9972010107710009", "kk_number": None}
    case = {"residents": [known], "household": HOUSEHOLD, "central": {"biometric_search": ["hit_other_region"]}}
    offices.load_case(case)
    hit = centre.search("token-one", FINGERS)
    assert (hit.result, hit.nik) == ("hit_other_region", "9972010107710009")
    with pytest.raises(ValueError, match="perhaps"):
        offices.load_case({**case, "central": {"biometric_search": ["perhaps"]}})
