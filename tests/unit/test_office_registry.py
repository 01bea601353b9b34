"""Steps 4 to 6: entry in SIAK, validation, signature; each asked for once and done once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from case_files import as_bytes, changed, complete
from counter import PEOPLE, Counter

from appliance.casework.intake import Letter
from appliance.casework.roles import Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.central.siak import ManualSiak, Registration
from appliance.documents.render import Renderer
from appliance.faults import DeviceFault, FaultCode
from appliance.office import reports
from appliance.queue import effects, jobs
from appliance.queue.jobs import Job


class Signer:
    """An e-sign service that says what it is told to."""

    def __init__(self, *said: DeviceFault, status: str = "ISSUE") -> None:
        self.said = list(said)
        self.state = status
        self.asked: list[str] = []

    def status(self, official_nik: str) -> str:
        return self.state

    def sign(self, request: object, passphrase: str) -> object:
        self.asked.append(passphrase)
        raise self.said.pop(0)


def entry(counter: Counter, case: str) -> Job:
    """The newest entry in SIAK."""
    with counter.store.read() as tx:
        return [job for job in jobs.of_case(tx, case) if job.lane == "siak"][-1]


def with_signer(counter: Counter, signer: Signer) -> Signer:
    counter.offices = replace(counter.offices, signer=signer)  # type: ignore[arg-type]
    return signer


def test_siak_gives_the_numbers_and_the_draft_is_made_of_them(counter: Counter) -> None:
    case = counter.entered()
    assert counter.person(case).nik == "9972010107710101"
    assert counter.case(case).kk_number == counter.siak.kk_number
    (draft,) = counter.evidence(case, "kk_draft")
    assert draft.blob is not None
    assert counter.effect(f"siak:{case}").state == "done"
    assert counter.siak.asked == [case]


@pytest.mark.parametrize("address", ["JALAN " + "W" * 190, "JL. 😀 NO. 1"], ids=["too long", "no such letter"])
def test_what_cannot_stand_on_paper_holds_its_job_and_names_the_field(counter: Counter, address: str) -> None:
    counter.machines = replace(counter.machines, renderer=Renderer())
    case = counter.searched(changed("household", "address", to=address))
    counter.do("enter_siak", Role.OPERATOR, case)
    counter.run("siak", "render")
    (job,) = [job for job in counter.state(case, Role.OPERATOR).jobs if job.kind == "kk-draft"]
    assert (job.state, job.fault) == ("hold", "typesetter.refused")
    assert address not in job.detail
    assert {slip.name for slip in counter.evidence(case, "slip")} == {"laporan"}


def test_pressing_twice_enters_once(counter: Counter) -> None:
    case = counter.searched()
    for _ in range(3):
        counter.do("enter_siak", Role.OPERATOR, case)
    counter.run("siak")
    counter.do("enter_siak", Role.OPERATOR, case)
    counter.run("siak")
    assert counter.siak.asked == [case]


def test_an_entry_that_may_have_reached_siak_is_looked_for_and_not_sent_again(counter: Counter) -> None:
    case = counter.searched()
    counter.do("enter_siak", Role.OPERATOR, case)
    register, siak = counter.siak.register, counter.siak

    def no_answer(*args: object) -> Registration:
        register(*args)  # type: ignore[arg-type]
        raise DeviceFault(FaultCode.SIAK_UNKNOWN)

    siak.register = no_answer  # type: ignore[method-assign,assignment]
    counter.run("siak")
    job = entry(counter, case)
    assert (job.state, job.fault) == ("hold", "siak.no_answer")
    counter.do("retry_job", Role.OPERATOR, case, job=job.key)
    counter.run("siak")
    assert siak.asked == [case]
    assert counter.person(case).nik == "9972010107710101"


@pytest.mark.parametrize(
    "given",
    [Registration("9972012411260001", {0: "9972010107710000"}), Registration("123", {0: "9972010107710101"})],
)
def test_a_number_that_breaks_the_rules_is_not_taken(counter: Counter, given: Registration) -> None:
    case = counter.searched()
    counter.siak.given[case] = given
    counter.siak.register = lambda *args: given  # type: ignore[method-assign]
    counter.do("enter_siak", Role.OPERATOR, case)
    counter.run("siak")
    assert entry(counter, case).fault == "siak.refused"
    assert (counter.person(case).nik, counter.case(case).kk_number) == (None, None)


@pytest.mark.parametrize("siak", [None, ManualSiak()])
def test_without_a_line_to_siak_the_job_waits_and_the_counter_works_on(
    counter: Counter, siak: ManualSiak | None
) -> None:
    case = counter.searched()
    counter.offices = replace(counter.offices, siak=siak)
    counter.do("enter_siak", Role.OPERATOR, case)
    counter.run("siak")
    assert entry(counter, case).fault == ("siak.refused" if siak is None else "siak.by_hand")
    other = counter.attached()
    counter.do("pass_check", Role.PETUGAS, other)
    assert counter.case(other).state == "VERIFIKASI_KASI"


def test_there_is_nothing_to_submit_before_siak_has_answered(counter: Counter) -> None:
    case = counter.searched()
    assert counter.state(case, Role.OPERATOR).acts == ("enter_siak",)
    with pytest.raises(NotAllowed, match="Draf KK belum jadi"):
        counter.do("submit_draft", Role.OPERATOR, case)
    counter.do("enter_siak", Role.OPERATOR, case)
    counter.run("siak")
    with pytest.raises(NotAllowed, match="Draf KK belum jadi"):
        counter.do("submit_draft", Role.OPERATOR, case)
    counter.run("render")
    assert counter.state(case, Role.OPERATOR).acts == ("enter_siak", "submit_draft")
    counter.do("submit_draft", Role.OPERATOR, case)


@pytest.mark.parametrize(
    ("at", "act", "right"),
    [
        ("searched", "enter_siak", Role.OPERATOR),
        ("entered", "submit_draft", Role.OPERATOR),
        ("validated", "sign", Role.KADIS),
    ],
)
def test_each_step_is_one_roles_alone(counter: Counter, at: str, act: str, right: Role) -> None:
    case = getattr(counter, at)()
    before = counter.case(case)
    for role in set(Role) - {right, Role.SYSTEM}:
        with pytest.raises(NotAllowed):
            counter.do(act, role, case, passphrase="x", reason="x")
    assert counter.case(case) == before
    assert counter.lent == {}


@pytest.mark.parametrize("act", ["validate", "send_back"])
def test_only_the_kabid_judges_the_draft(counter: Counter, act: str) -> None:
    case = counter.entered()
    counter.do("submit_draft", Role.OPERATOR, case)
    for role in set(Role) - {Role.KABID}:
        with pytest.raises(NotAllowed):
            counter.do(act, role, case, reason="x")
    counter.do(act, Role.KABID, case, reason="alamat")
    assert counter.case(case).state == {"validate": "TTE_KADIS", "send_back": "INPUT_SIAK"}[act]


@pytest.mark.parametrize(("link", "role"), [("verify", Role.KASI), ("submit_draft", Role.OPERATOR)])
def test_who_checked_or_made_the_draft_cannot_validate_or_sign_it(counter: Counter, link: str, role: Role) -> None:
    case = counter.entered()
    counter.do("submit_draft", Role.OPERATOR, case)
    same = Actor(PEOPLE[role].id, "", Role.KABID)
    with pytest.raises(NotAllowed, match="petugas lain"):
        counter.do("validate", same, case)
    counter.do("validate", Role.KABID, case)
    with pytest.raises(NotAllowed, match="petugas lain"):
        counter.do("sign", Actor(PEOPLE[role].id, "", Role.KADIS), case, passphrase="x")
    assert counter.lent == {}


def test_a_draft_sent_back_is_made_anew_with_what_was_registered(counter: Counter) -> None:
    case = counter.entered()
    counter.do("submit_draft", Role.OPERATOR, case)
    counter.do("send_back", Role.KABID, case, reason="alamat")
    counter.do("enter_siak", Role.OPERATOR, case)
    counter.run("siak", "render")
    assert len(counter.evidence(case, "kk_draft")) == 2
    assert counter.siak.asked == [case]
    counter.do("submit_draft", Role.OPERATOR, case)
    counter.do("validate", Role.KABID, case)


def returned_by_the_kabid(counter: Counter) -> str:
    """A case whose numbers are known and whose file came back from the Kabid, complete again."""
    case = counter.entered()
    counter.do("submit_draft", Role.OPERATOR, case)
    counter.do("return_file", Role.KABID, case, items=["SK_DINSOS"], reason="DATA_BERBEDA")
    counter.clock.go(60)
    letter = Letter("SK_DINSOS", "2", date(2026, 11, 20), "Dinsos", "Lilis")
    reports.add_letter(counter.office, counter.case(case).code, letter)
    return case


def test_a_file_returned_by_the_kabid_and_attached_anew_keeps_its_numbers(counter: Counter) -> None:
    case = returned_by_the_kabid(counter)
    nik, number = counter.person(case).nik, counter.case(case).kk_number
    counter.do("attach_file", Role.PETUGAS, case, berkas=as_bytes(changed("household", "rt", to="009")))
    counter.do("pass_check", Role.PETUGAS, case)
    counter.do("verify", Role.KASI, case)
    assert counter.case(case).state == "INPUT_SIAK", "who has a NIK is not searched for again"
    counter.siak.entered[str(nik)]["rt"] = "009"
    counter.do("enter_siak", Role.OPERATOR, case)
    counter.run("siak", "render")
    assert (counter.person(case).nik, counter.case(case).kk_number) == (nik, number)
    assert len(counter.evidence(case, "kk_draft")) == 2
    assert counter.siak.asked == [case]
    counter.do("submit_draft", Role.OPERATOR, case)


@pytest.mark.parametrize("other", ["replaced", "added"])
def test_once_siak_has_given_numbers_nobody_can_be_put_in_anothers_place(counter: Counter, other: str) -> None:
    case = returned_by_the_kabid(counter)
    value = complete()
    if other == "replaced":
        value["residents"][0]["full_name"] = "BUDI SANTOSO"
    else:
        value["residents"].append(dict(value["residents"][0], full_name="BUDI SANTOSO", family_relation=4))
    with pytest.raises(NotAllowed, match="SIAK sudah memberi NIK"):
        counter.do("attach_file", Role.PETUGAS, case, berkas=as_bytes(value))
    assert counter.person(case).biodata.full_name == "SUGENG RIYADI"
    assert counter.person(case).nik is not None


def test_signing_lends_the_passphrase_and_stores_it_nowhere(counter: Counter) -> None:
    case = counter.validated()
    with pytest.raises(NotAllowed, match="kata sandi"):
        counter.do("sign", Role.KADIS, case, passphrase="")
    counter.do("sign", Role.KADIS, case, passphrase="kuda-terbang")
    assert counter.lent == {case: "kuda-terbang"}
    with counter.store.read() as tx:
        told = [
            row
            for table in ("job", "audit", "effect", "evidence")
            for row in tx.sql.exec_driver_sql(f"SELECT * FROM {table}")
        ]
    assert "kuda" not in repr(told)
    assert counter.job(f"sign:{case}").payload == {"actor": ["id-kadis", "Kadis", "loket"]}


def test_without_the_network_process_nothing_is_signed(counter: Counter) -> None:
    case = counter.validated()
    counter.office = replace(counter.office, lend_passphrase=lambda case, passphrase: False)
    with pytest.raises(NotAllowed, match="teknisi"):
        counter.do("sign", Role.KADIS, case, passphrase="x")
    with pytest.raises(AssertionError):
        counter.job(f"sign:{case}")
    assert counter.case(case).state == "TTE_KADIS"


def test_without_a_signing_service_the_job_waits(counter: Counter) -> None:
    case = counter.validated()
    counter.do("sign", Role.KADIS, case, passphrase="x")
    counter.run("esign")
    assert counter.job(f"sign:{case}").fault == "esign.not_ready"
    assert counter.effect(f"sign:{case}:1") is None


def test_a_wrong_passphrase_is_typed_again_under_the_next_number(counter: Counter) -> None:
    case = counter.validated()
    signer = with_signer(counter, Signer(*[DeviceFault(FaultCode.ESIGN_AUTH_FAILED)] * 2))
    for number in (1, 2):
        counter.do("sign", Role.KADIS, case, passphrase=f"try-{number}")
        counter.run("esign")
        assert counter.job(f"sign:{case}").fault == "esign.wrong_passphrase"
        assert counter.effect(f"sign:{case}:{number}").state == "failed"
    assert signer.asked == ["try-1", "try-2"]
    assert counter.case(case).state == "TTE_KADIS"


def test_a_restart_forgets_the_passphrase_and_nothing_is_sent(counter: Counter) -> None:
    case = counter.validated()
    signer = with_signer(counter, Signer())
    counter.do("sign", Role.KADIS, case, passphrase="x")
    counter.lent.clear()
    counter.run("esign")
    assert counter.job(f"sign:{case}").state == "hold"
    assert (signer.asked, counter.effect(f"sign:{case}:1")) == ([], None)


def test_an_official_who_may_not_sign_is_not_asked_to(counter: Counter) -> None:
    case = counter.validated()
    signer = with_signer(counter, Signer(status="EXPIRED"))
    counter.do("sign", Role.KADIS, case, passphrase="x")
    counter.run("esign")
    job = counter.job(f"sign:{case}")
    assert (job.fault, job.detail, signer.asked) == ("esign.not_ready", "EXPIRED", [])


def test_a_signature_without_answer_is_a_question_to_the_kadis_never_a_second_request(counter: Counter) -> None:
    case = counter.validated()
    signer = with_signer(counter, Signer(*[DeviceFault(FaultCode.ESIGN_UNKNOWN)] * 2))
    counter.do("sign", Role.KADIS, case, passphrase="one")
    counter.run("esign")
    assert counter.effect(f"sign:{case}:1").state == "unknown"
    assert counter.job(f"sign:{case}").fault == "sign-unknown"
    with pytest.raises(NotAllowed, match="Jawab dulu"):
        counter.do("retry_job", Role.KADIS, case, job=f"sign:{case}")
    with pytest.raises(NotAllowed, match="Jawab dulu"):
        counter.do("sign", Role.KADIS, case, passphrase="two")
    assert counter.state(case, Role.OPERATOR).questions == ()
    (question,) = counter.state(case, Role.KADIS).questions
    for role in set(Role) - {Role.KADIS}:
        with pytest.raises(NotAllowed, match="peran lain"):
            counter.do("answer_question", role, case, question=question["id"], answer="again")
    with pytest.raises(NotAllowed, match="daftar"):
        counter.do("answer_question", Role.KADIS, case, question=question["id"], answer="printed")
    counter.do("answer_question", Role.KADIS, case, question=question["id"], answer="again")
    with pytest.raises(NotAllowed, match="sudah dijawab"):
        counter.do("answer_question", Role.KADIS, case, question=question["id"], answer="again")
    assert counter.effect(f"sign:{case}:1").state == "failed"
    counter.do("sign", Role.KADIS, case, passphrase="two")
    counter.run("esign")
    assert signer.asked == ["one", "two"]
    assert counter.effect(f"sign:{case}:2").state == "unknown"


def test_a_signature_under_way_when_the_power_went_is_a_question(counter: Counter) -> None:
    case = counter.validated()
    signer = with_signer(counter, Signer())
    counter.do("sign", Role.KADIS, case, passphrase="x")
    effects.intend(counter.store, f"sign:{case}:1", "esign", "draft", case_id=case)
    counter.run("esign")
    assert (counter.job(f"sign:{case}").fault, signer.asked) == ("sign-unknown", [])


def test_after_the_signature_both_legs_go_on(counter: Counter) -> None:
    case = counter.signed()
    assert (counter.case(case).state, counter.case(case).kk_state) == ("PENERBITAN", "KK_TERBIT")
    assert "print_kk" in counter.state(case, Role.OPERATOR).acts
    assert counter.state(case, Role.PEREKAM).residents[0].acts == ("start_recording", "schedule_visit")
    with pytest.raises(NotAllowed):
        counter.do("sign", Role.KADIS, case, passphrase="x")
