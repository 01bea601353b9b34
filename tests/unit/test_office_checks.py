"""Steps 1 to 3 and the search: report, completeness, return, verification, double identities."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from case_files import as_bytes, changed, complete
from counter import PEOPLE, Counter, open_counter
from front_office import CASE_FILE

from appliance.casework.intake import FileRefused, Letter
from appliance.casework.roles import Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.central.centre import SearchResult
from appliance.office import reports, views
from appliance.office.acts import ACTS
from appliance.queue import jobs
from appliance.records import audit, cases
from appliance.records.cases import ChangedMeanwhile, Missing


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    found = open_counter(tmp_path)
    yield found
    with found.store.read() as tx:
        assert audit.verify(tx)[1] is None
        told = "".join(str(entry["facts"]) for entry in audit.entries(tx))
        assert "SUGENG" not in told
        assert "99720" not in told
    found.store.close()


def letter(counter: Counter, case: str, kind: str, **changes: object) -> None:
    facts = {"number": "1", "date": date(2026, 11, 1), "issuer": "Dinsos", "signer": "Lilis", **changes}
    reports.add_letter(counter.office, counter.case(case).code, Letter(kind=kind, **facts))  # type: ignore[arg-type]


def test_a_report_is_a_case_with_a_code_a_clock_and_a_slip(counter: Counter) -> None:
    case = counter.report(("SK_DOMISILI",))
    record = counter.case(case)
    assert (record.state, record.kk_state, record.household) == ("DILAPORKAN", "TIDAK_PERLU", None)
    assert record.report["papers"] == ["SK_DOMISILI"]
    assert counter.job(f"report-slip:{case}").state == "ready"
    assert counter.wakes
    counter.run("render")
    (slip,) = counter.evidence(case, "slip")
    assert views.document(counter.office, PEOPLE[Role.PETUGAS], case, slip.id)[1].startswith(b"%PDF")
    assert counter.state(case, Role.PETUGAS).clocks[1].open


def test_a_case_is_found_by_its_code_however_it_is_typed(counter: Counter) -> None:
    case = counter.report()
    code = counter.case(case).code
    with counter.store.read() as tx:
        for typed in (code, code.lower(), code[3:], code[3:].replace("-", ""), f" {code.replace('-', ' ')} "):
            assert cases.by_code(tx, typed).id == case
        for wrong in ("", "SG-0000-00", code[:-1], "%", "SG%"):
            with pytest.raises(Missing):
                cases.by_code(tx, wrong)


def test_a_refused_file_stores_nothing(counter: Counter) -> None:
    case = counter.report()
    before = counter.case(case)
    for data in (as_bytes(changed("residents", 0, "sex", to=3)), b"", None):
        with pytest.raises(FileRefused):
            counter.do("attach_file", Role.PETUGAS, case, berkas=data)
    assert counter.case(case) == before
    assert counter.evidence(case, "file") == []
    with counter.store.read() as tx:
        assert cases.residents(tx, case) == []


def test_an_attached_file_opens_the_legs_that_are_needed(counter: Counter) -> None:
    value = complete()
    child = dict(value["residents"][0], full_name="BUDI RIYADI", birth_date="2015-07-01", family_relation=4)
    value["residents"].append(child)
    case = counter.attached(value)
    assert (counter.case(case).state, counter.case(case).kk_state) == ("CEK_KELENGKAPAN", "MENUNGGU")
    assert counter.person(case, 0).ktp_state == "BELUM_REKAM"
    assert counter.person(case, 1).ktp_state == "TIDAK_PERLU"


def test_somebody_with_nik_and_family_card_needs_the_card_only(counter: Counter) -> None:
    value = changed("residents", 0, "nik", to="9972010107710001")
    value["household"]["kk_number"] = "9972010403110007"
    case = counter.verified(value)
    assert (counter.case(case).state, counter.case(case).kk_state) == ("PENERBITAN", "TIDAK_PERLU")


def test_an_incomplete_file_cannot_pass_and_the_sentence_names_the_paper(counter: Counter) -> None:
    case = counter.attached(CASE_FILE)
    with pytest.raises(NotAllowed, match="Surat Keterangan Dinas Sosial"):
        counter.do("pass_check", Role.PETUGAS, case)
    assert "pass_check" not in counter.state(case, Role.PETUGAS).acts
    letter(counter, case, "SK_DINSOS")
    assert "pass_check" in counter.state(case, Role.PETUGAS).acts
    counter.do("pass_check", Role.PETUGAS, case)
    assert counter.case(case).state == "VERIFIKASI_KASI"


def test_a_case_without_file_cannot_pass(counter: Counter) -> None:
    case = counter.report()
    with pytest.raises(NotAllowed):
        counter.do("pass_check", Role.PETUGAS, case)


def test_a_returned_file_keeps_what_is_there_and_asks_only_for_the_named_papers(counter: Counter) -> None:
    case = counter.attached()
    counter.do("return_file", Role.PETUGAS, case, items=["SK_DINSOS"], reason="SURAT_TIDAK_TERBACA", note="buram")
    assert counter.case(case).state == "DIKEMBALIKAN"
    with counter.store.read() as tx:
        assert reports.missing_kinds(tx, case) == ("SK_DINSOS",)
        assert len(cases.letters(tx, case)) == 3
        assert len(cases.residents(tx, case)) == 1
    (returned,) = counter.evidence(case, "return")
    assert (returned.facts["items"], returned.facts["note"]) == (["SK_DINSOS"], "buram")
    counter.run("render")
    assert [slip.name for slip in counter.evidence(case, "slip")] == ["laporan", "pengembalian"]
    counter.clock.go(3600)
    letter(counter, case, "SK_DOMISILI")
    assert counter.case(case).state == "DIKEMBALIKAN"
    letter(counter, case, "SK_DINSOS")
    assert counter.case(case).state == "CEK_KELENGKAPAN"
    step2 = counter.state(case, Role.PETUGAS).clocks[1]
    assert step2.waiting_s["dikembalikan"] >= 3600
    assert step2.elapsed_s < 60


def test_a_file_can_go_back_and_forth_twice(counter: Counter) -> None:
    case = counter.attached()
    for number in (1, 2):
        counter.do("return_file", Role.PETUGAS, case, items=["SK_DINSOS"], reason="SURAT_KEDALUWARSA")
        assert len(counter.evidence(case, "return")) == number
        counter.clock.go(10)
        letter(counter, case, "SK_DINSOS", number=str(number))
    assert counter.case(case).state == "CEK_KELENGKAPAN"
    counter.run("render")
    assert len(counter.evidence(case, "slip")) == 3


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"items": ["SK_DINSOS"]}, "alasan"),
        ({"items": ["SK_DINSOS"], "reason": "BOSAN"}, "alasan"),
        ({"reason": "SURAT_KURANG"}, "surat"),
        ({"items": [], "reason": "SURAT_KURANG"}, "surat"),
    ],
)
def test_a_return_says_what_and_why(counter: Counter, values: dict[str, object], sentence: str) -> None:
    case = counter.attached()
    with pytest.raises(NotAllowed, match=sentence):
        counter.do("return_file", Role.PETUGAS, case, **values)
    assert counter.case(case).state == "CEK_KELENGKAPAN"


@pytest.mark.parametrize("changes", [{"date": date(2026, 11, 25)}])
def test_a_letter_of_tomorrow_is_refused(counter: Counter, changes: dict[str, object]) -> None:
    case = counter.attached()
    with pytest.raises(NotAllowed, match="masa depan"):
        letter(counter, case, "SK_DINSOS", **changes)


def test_letters_come_only_to_a_case_that_waits_for_them(counter: Counter) -> None:
    with pytest.raises(NotAllowed):
        letter(counter, counter.report(), "SK_DINSOS")
    case = counter.attached()
    counter.do("cancel", Role.KASI, case, cause="LAINNYA", reason="pindah")
    with pytest.raises(NotAllowed):
        letter(counter, case, "SK_DINSOS")


def test_the_office_day_is_the_day_in_metro_not_in_greenwich(counter: Counter) -> None:
    counter.clock.now = 1_795_536_400_000  # 24 November, 23:06 in Metro, still afternoon in Greenwich
    late = counter.office.today()
    counter.clock.now += 3_600_000
    assert (counter.office.today() - late).days == 1


def test_an_adult_without_nik_is_searched_for_before_he_gets_one(counter: Counter) -> None:
    case = counter.verified()
    assert counter.case(case).state == "CEK_BIOMETRIK"
    assert counter.state(case, Role.PEREKAM).residents[0].acts == ("search_biometrics",)
    counter.do("search_biometrics", Role.PEREKAM, case)
    counter.run("scanner", "centre")
    assert counter.case(case).state == "INPUT_SIAK"
    assert {item.name for item in counter.evidence(case, "search_finger")} == {"right_index", "left_index"}
    with pytest.raises(NotAllowed):
        counter.do("search_biometrics", Role.PEREKAM, case)


def test_only_the_recorder_searches(counter: Counter) -> None:
    case = counter.verified()
    for role in set(Role) - {Role.PEREKAM, Role.SYSTEM}:
        with pytest.raises(NotAllowed):
            counter.do("search_biometrics", role, case)


@pytest.mark.parametrize(("decision", "state"), [("proceed", "INPUT_SIAK"), ("reject", "DITOLAK")])
def test_a_hit_is_decided_by_the_kasi_with_a_reason(counter: Counter, decision: str, state: str) -> None:
    counter.centre.search_result = SearchResult("hit_other_region", "9911010107710001")
    case = counter.searched()
    assert counter.case(case).state == "CEK_BIOMETRIK"
    assert "decide_search" in counter.state(case, Role.KASI).acts
    with pytest.raises(NotAllowed, match="alasan"):
        counter.do("decide_search", Role.KASI, case, decision=decision)
    with pytest.raises(NotAllowed):
        counter.do("decide_search", Role.KASI, case, decision="maybe", reason="?")
    with pytest.raises(NotAllowed):
        counter.do("decide_search", Role.OPERATOR, case, decision=decision, reason="?")
    counter.do("decide_search", Role.KASI, case, decision=decision, reason="bukan orang yang sama")
    assert counter.case(case).state == state


def test_the_kasi_cannot_decide_before_the_search_has_its_answer(counter: Counter) -> None:
    case = counter.verified()
    with pytest.raises(NotAllowed, match="belum selesai"):
        counter.do("decide_search", Role.KASI, case, decision="proceed", reason="x")


def test_the_same_person_in_another_case_needs_a_reason(counter: Counter) -> None:
    first = counter.attached()
    second = counter.attached()
    counter.do("pass_check", Role.PETUGAS, second)
    with pytest.raises(NotAllowed, match=counter.case(first).code):
        counter.do("verify", Role.KASI, second)
    with pytest.raises(NotAllowed):
        counter.do("verify", Role.KASI, second, reason="   ")
    counter.do("verify", Role.KASI, second, reason="kembar")
    assert counter.case(second).state == "CEK_BIOMETRIK"


def test_a_person_of_a_case_that_was_rejected_is_nobody_else(counter: Counter) -> None:
    first = counter.attached()
    counter.do("reject", Role.KASI, first, cause="LAINNYA", reason="bukan penduduk")
    second = counter.attached()
    counter.do("pass_check", Role.PETUGAS, second)
    counter.do("verify", Role.KASI, second)
    assert counter.case(second).state == "CEK_BIOMETRIK"


def test_nobody_holds_two_links_of_a_chain(counter: Counter) -> None:
    case = counter.attached()
    both = Actor("id-petugas", "Petugas", Role.KASI, "loket")
    counter.do("pass_check", Role.PETUGAS, case)
    with pytest.raises(NotAllowed, match="petugas lain"):
        counter.do("verify", both, case)
    assert counter.case(case).state == "VERIFIKASI_KASI"
    counter.do("verify", Role.KASI, case)


def test_one_person_may_hold_links_of_different_cases(counter: Counter) -> None:
    first = counter.attached()
    counter.do("pass_check", Role.PETUGAS, first)
    second = counter.attached()
    counter.do("pass_check", Role.PETUGAS, second)
    counter.do("verify", Actor("id-petugas-2", "", Role.KASI), second, reason="kembar")


@pytest.mark.parametrize("act", ["reject", "cancel"])
def test_ending_a_case_needs_the_kasi_and_a_reason_and_is_final(counter: Counter, act: str) -> None:
    case = counter.attached()
    with pytest.raises(NotAllowed):
        counter.do(act, Role.PETUGAS, case, cause="LAINNYA", reason="x")
    with pytest.raises(NotAllowed, match="alasan"):
        counter.do(act, Role.KASI, case, cause="LAINNYA")
    with pytest.raises(NotAllowed, match="sebab dari daftar"):
        counter.do(act, Role.KASI, case, cause="BOSAN", reason="x")
    assert counter.evidence(case, "decision") == []
    counter.do(act, Role.KASI, case, cause="LAINNYA", reason="pindah ke Jambi")
    (decision,) = counter.evidence(case, "decision")
    assert (decision.name, decision.facts["reason"]) == (act, "pindah ke Jambi")
    with counter.store.read() as tx:
        lines = audit.of_case(tx, case)
    assert [line["event"] for line in lines[-4:]] == ["case-act-refused"] * 3 + [f"case-{act}-complete"]
    assert '"cause":"LAINNYA"' in str(lines[-1]["facts"]) and "Jambi" not in str(lines[-1]["facts"])
    for again in ("attach_file", "pass_check", "reject", "cancel"):
        with pytest.raises(NotAllowed):
            counter.do(again, Role.KASI, case, cause="LAINNYA", reason="x", berkas=as_bytes(complete()))
    state = counter.state(case, Role.KASI)
    assert (state.acts, state.residents[0].acts) == ((), ())


def test_a_case_changed_meanwhile_is_not_overwritten(counter: Counter) -> None:
    case = counter.attached()
    old = counter.case(case)
    counter.do("pass_check", Role.PETUGAS, case)
    with pytest.raises(ChangedMeanwhile), counter.store.write() as tx:
        cases.change(tx, old, state="INPUT_SIAK")
    assert counter.case(case).state == "VERIFIKASI_KASI"


@pytest.mark.parametrize("act", sorted(ACTS))
def test_no_act_works_on_a_case_that_does_not_exist(counter: Counter, act: str) -> None:
    values = {
        "berkas": as_bytes(complete()), "items": ["SK_DINSOS"], "reason": "AMPUTASI", "decision": "proceed",
        "position": "right_index", "passphrase": "x", "blank_serial": "A001", "result": "ok", "receiver": "x",
        "relation": "x", "box": "1", "shelf": "1", "question": "q", "answer": "printed", "job": "j",
    }  # fmt: skip
    if act == "return_file":
        values["reason"] = "SURAT_KURANG"
    for role in Role:
        with pytest.raises((Missing, NotAllowed)):
            counter.do(act, role, "no such case", **values)
    with counter.store.read() as tx:
        assert audit.verify(tx) == (0, None)
        assert jobs.of_case(tx, "no such case") == []


def test_touch_time_runs_from_the_form_shown_and_a_form_left_open_counts_half_an_hour(counter: Counter) -> None:
    case = counter.attached()
    shown = counter.clock.now
    counter.clock.go(40)
    counter.do("pass_check", Role.PETUGAS, case, opened_at=shown)
    assert 39 <= counter.state(case, Role.KASI).clocks[1].touch_s <= 41
    shown = counter.clock.now
    counter.clock.go(8 * 3600)
    counter.do("verify", Role.KASI, case, opened_at=shown)
    step3 = counter.state(case, Role.KASI).clocks[2]
    assert step3.touch_s == 30 * 60
    assert step3.over
