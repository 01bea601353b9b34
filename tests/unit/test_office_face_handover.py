"""A holder whose finger cannot be matched: two officers look, both answer for it, and nobody is caught in a loop."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from counter import PEOPLE, Counter, Prepared, prepare

from appliance.casework.roles import Role
from appliance.casework.sop import NotAllowed
from appliance.office.issue import MATCH_TRIES
from appliance.queue import jobs
from appliance.queue.jobs import Job
from appliance.records import blanks, cases
from appliance.records.blanks import BlankState


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    def so_far(counter: Counter) -> str:
        counter.receive_blanks()
        case = counter.signed()
        counter.record_all(case)
        counter.centre_goes_on()
        counter.do("issue_card", Role.OPERATOR, case, blank_serial="A001")
        counter.chip_written(case, "A001")
        counter.do("print_card", Role.OPERATOR, case)
        counter.run("card_printer")
        counter.do("look_card", Role.OPERATOR, case, result="ok")
        return case

    return prepare(tmp_path_factory.mktemp("office"), so_far)


@pytest.fixture
def opened(prepared: Prepared, tmp_path: Path) -> Counter:
    return prepared.copy(tmp_path)


def jobs_of(counter: Counter, case: str) -> list[Job]:
    with counter.store.read() as tx:
        return jobs.of_case(tx, case)


def refused(counter: Counter, case: str) -> None:
    for _ in range(MATCH_TRIES):
        counter.do("hand_over_card", Role.PETUGAS, case, position="right_index")
        counter.matched(case, score=10)


def seen(counter: Counter, case: str) -> None:
    """What the encoder and the camera would bring: two pictures, the second one asked about."""
    job = next(job for job in jobs_of(counter, case) if job.kind == "see-face" and job.state == "ready")
    record = counter.case(case)
    with counter.store.write() as tx:
        for kind, state in (("face_on_card", "accepted"), ("face_today", "asked")):
            blob = counter.office.vault.put(case, record.wrapped_key, kind.encode())
            facts = {"cause": job.payload["cause"], "officer": job.payload["actor"]}
            attempt = int(job.payload["attempt"])
            cases.add_evidence(
                tx, case, kind, position=0, attempt=attempt, state=state, blob=blob, sha256="0" * 64, **facts
            )


def acts(counter: Counter, case: str, role: Role) -> tuple[str, ...]:
    """What is to be done; noting the shelf can be done all the time."""
    return tuple(one for one in counter.state(case, role).residents[0].acts if one != "shelve_card")


def test_the_finger_comes_first_and_the_face_only_when_no_finger_helps(counter: Counter, case: str) -> None:
    assert acts(counter, case, Role.PETUGAS) == ("hand_over_card",)
    with pytest.raises(NotAllowed, match="Cocokkan jari dulu"):
        counter.do("compare_face", Role.PETUGAS, case, cause="TIDAK_TERBACA")
    refused(counter, case)
    assert acts(counter, case, Role.PETUGAS) == ("compare_face",)
    for cause in ("", "MENOLAK", "ALAT_RUSAK"):
        with pytest.raises(NotAllowed, match="sebab"):
            counter.do("compare_face", Role.PETUGAS, case, cause=cause)
    for role in set(Role) - {Role.PETUGAS}:
        with pytest.raises(NotAllowed):
            counter.do("compare_face", role, case, cause="TIDAK_TERBACA")
    assert counter.evidence(case, "face_today") == []


def test_another_officer_answers_and_then_the_holder_has_his_card(counter: Counter, case: str) -> None:
    refused(counter, case)
    counter.do("compare_face", Role.PETUGAS, case, cause="TIDAK_TERBACA")
    with pytest.raises(NotAllowed, match="Belum ada foto"):
        counter.do("confirm_face", Role.KASI, case, result="same")
    seen(counter, case)
    assert acts(counter, case, Role.PETUGAS) == ()
    assert acts(counter, case, Role.KASI) == ("confirm_face",)
    with pytest.raises(NotAllowed, match="petugas lain"):
        counter.do("confirm_face", Role.PETUGAS, case, result="same")
    with pytest.raises(NotAllowed, match="Tunggu jawaban"):
        counter.do("compare_face", Role.PETUGAS, case, cause="TIDAK_TERBACA")
    with pytest.raises(NotAllowed, match="daftar"):
        counter.do("confirm_face", Role.KASI, case, result="perhaps")
    counter.do("confirm_face", Role.KASI, case, result="same")
    with counter.store.read() as tx:
        assert blanks.state_of(tx, "A001") is BlankState.HANDED_OVER
    assert counter.person(case).ktp_state == "KARTU_DISERAHKAN"
    counter.run("render")
    (minutes,) = counter.evidence(case, "minutes")
    text = counter.office.vault.get(case, counter.case(case).wrapped_key, str(minutes.blob)).decode()
    for word in ("Tidak terbaca alat", "Petugas", "Kasi", "4. "):
        assert word in text
    (receipt,) = [item for item in counter.evidence(case, "receipt") if item.name == "KTP-0"]
    assert b"dua petugas" in counter.office.vault.get(case, counter.case(case).wrapped_key, str(receipt.blob))


def test_a_second_petugas_may_answer_in_a_van_without_a_kasi(counter: Counter, case: str) -> None:
    refused(counter, case)
    counter.do("compare_face", Role.PETUGAS, case, cause="TREMOR")
    seen(counter, case)
    colleague = replace(PEOPLE[Role.PETUGAS], id="id-colleague", name="Rekan")
    counter.do("confirm_face", colleague, case, result="same")
    assert counter.person(case).ktp_state == "KARTU_DISERAHKAN"


def test_another_face_keeps_the_card_in_the_office_and_it_may_be_asked_again(counter: Counter, case: str) -> None:
    refused(counter, case)
    counter.do("compare_face", Role.PETUGAS, case, cause="TREMOR")
    seen(counter, case)
    counter.do("confirm_face", Role.PEREKAM, case, result="other")
    with counter.store.read() as tx:
        assert blanks.state_of(tx, "A001") is BlankState.VERIFIED
    assert (counter.person(case).ktp_state, counter.evidence(case, "handover")) == ("KARTU_JADI", [])
    assert counter.evidence(case, "face_today")[-1].facts["second"][0] == "id-perekam"
    assert acts(counter, case, Role.PETUGAS) == ("compare_face",)
    counter.do("compare_face", Role.PETUGAS, case, cause="TREMOR")
    assert [job.key for job in jobs_of(counter, case) if job.kind == "see-face"] == ["face:A001:1", "face:A001:2"]


def test_who_has_no_finger_on_the_card_is_not_asked_for_one(tmp_path: Path, prepared: Prepared) -> None:
    counter = prepared.copy(tmp_path)
    with counter.store.write() as tx:
        for item in cases.evidence_of(tx, prepared.case, "finger", 0):
            cases.change_evidence(tx, item, "exception", reason="AMPUTASI")
    assert acts(counter, prepared.case, Role.PETUGAS) == ("compare_face",)
    counter.do("compare_face", Role.PETUGAS, prepared.case, cause="AMPUTASI")
    counter.store.close()
