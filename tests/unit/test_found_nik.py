"""The search before a new NIK comes upon somebody who has one: he keeps it, and no second one is asked for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from case_files import as_bytes, complete
from counter import Counter
from test_local_search import alike

from appliance.casework.roles import Role
from appliance.casework.sop import NotAllowed, fire
from appliance.central.centre import SearchResult
from appliance.records import audit

KNOWN, OTHER = "9901010107710001", "9901010107710002"
DECISION = {"decision": "known", "reason": "wajah dan nama ibu sama"}


def with_wife() -> dict[str, Any]:
    file = complete()
    wife = {"full_name": "SRI WAHYUNI", "sex": 2, "family_relation": 3, "mother_name": "SITI MARYAM"}
    file["residents"].append({**file["residents"][0], **wife})
    return file


def couple(counter: Counter, *found: SearchResult) -> str:
    """A couple without NIK, searched for one after the other with these findings."""
    case = counter.verified(with_wife())
    for position, result in enumerate(found):
        counter.centre.search_result = result
        counter.do("search_biometrics", Role.PEREKAM, case, resident=position)
        counter.run("scanner", "centre")
    return case


def decide(counter: Counter, case: str, **values: Any) -> None:
    counter.do("decide_search", Role.KASI, case, **{**DECISION, **values})


@pytest.mark.parametrize(
    ("result", "condition"), [("hit_other_region", "other_region"), ("hit_inactive", "nik_inactive")]
)
def test_what_the_centre_found_is_what_the_case_reckons_with_from_then_on(
    counter: Counter, result: str, condition: str
) -> None:
    counter.centre.search_result = SearchResult(result, KNOWN)
    case = counter.searched()
    decide(counter, case)
    person = counter.person(case)
    assert (person.nik, person.biodata.nik) == (KNOWN, KNOWN)
    assert condition in counter.case(case).category.condition
    counter.do("verify", Role.KASI, case)
    assert counter.case(case).state == "INPUT_SIAK"
    counter.do("enter_siak", Role.OPERATOR, case)
    counter.run("siak", "render")
    assert counter.person(case).nik == KNOWN
    with counter.store.read() as tx:
        lines = [one for one in audit.of_case(tx, case) if one["event"] == "case-decide_search:known-complete"]
        assert KNOWN not in json.dumps(audit.of_case(tx, case)), "the log holds no NIK"
    assert json.loads(str(lines[0]["facts"]))["resident"] == 0


def test_of_a_couple_the_one_keeps_his_nik_and_the_other_is_decided_on_too(counter: Counter) -> None:
    case = couple(counter, SearchResult("hit_inactive", KNOWN), SearchResult("hit_inactive", OTHER))
    with pytest.raises(NotAllowed, match="Pilih orangnya"):
        decide(counter, case)
    decide(counter, case, about=1)
    assert (counter.person(case, 0).nik, counter.person(case, 1).nik) == (None, OTHER)
    counter.do("verify", Role.KASI, case)
    assert counter.case(case).state == "CEK_BIOMETRIK", "the other finding is still to be decided on"
    counter.do("decide_search", Role.KASI, case, decision="proceed", reason="hanya mirip")
    assert counter.case(case).state == "INPUT_SIAK"


def test_whom_nobody_found_is_not_searched_for_again_beside_who_was(counter: Counter) -> None:
    case = couple(counter, SearchResult("hit_inactive", KNOWN), SearchResult("no_hit", None))
    decide(counter, case)
    counter.do("return_file", Role.KASI, case, items=("SK_DOMISILI",), reason="DATA_BERBEDA", note="")
    domicile = {**complete()["letters"][0], "date": counter.office.today()}
    counter.do("add_letter", Role.PETUGAS, case, **domicile)
    stranger = with_wife()
    stranger["residents"][0]["full_name"] = "ORANG LAIN"
    with pytest.raises(NotAllowed, match="orang dan urutannya"):
        counter.do("attach_file", Role.PETUGAS, case, berkas=as_bytes(stranger))
    counter.do("attach_file", Role.PETUGAS, case, berkas=as_bytes(with_wife()))
    counter.do("pass_check", Role.PETUGAS, case)
    counter.do("verify", Role.KASI, case)
    assert counter.case(case).state == "INPUT_SIAK"
    assert (counter.person(case, 0).biodata.nik, counter.person(case, 1).nik) == (KNOWN, None)


@pytest.mark.parametrize(
    ("found", "about", "why"),
    [
        ((SearchResult("hit_inactive", None), SearchResult("no_hit", None)), None, "Tidak ada NIK"),
        ((SearchResult("hit_inactive", KNOWN), SearchResult("no_hit", None)), 1, "Untuk orang ini"),
        ((SearchResult("hit_inactive", KNOWN), SearchResult("no_hit", None)), 7, "Untuk orang ini"),
    ],
)
def test_there_must_be_a_nik_and_it_must_be_his(
    counter: Counter, found: tuple[SearchResult, ...], about: int | None, why: str
) -> None:
    case = couple(counter, *found)
    with pytest.raises(NotAllowed, match=why):
        decide(counter, case, about=about)
    assert counter.person(case).nik is None and counter.case(case).state == "CEK_BIOMETRIK"


def test_one_nik_is_not_given_to_two_of_a_family(counter: Counter) -> None:
    case = couple(counter, SearchResult("hit_inactive", KNOWN), SearchResult("hit_inactive", KNOWN))
    decide(counter, case, about=0)
    counter.do("verify", Role.KASI, case)
    with pytest.raises(NotAllowed, match="anggota keluarga lain"):
        decide(counter, case, about=1)


def test_who_is_known_to_this_office_keeps_the_nik_that_he_has_here(counter: Counter) -> None:
    first = counter.entered()
    alike(counter, [48, 3], [3, 3])
    second = counter.searched()
    assert counter.state(second, Role.KASI).found == {0: frozenset({counter.person(first).nik})}
    decide(counter, second)
    assert counter.person(second).nik == counter.person(first).nik
    assert counter.case(second).category == counter.case(first).category


def test_two_niks_of_one_person_are_no_choice_of_this_office(counter: Counter) -> None:
    counter.entered()
    alike(counter, [48, 3], [3, 3])
    counter.centre.search_result = SearchResult("hit_other_region", KNOWN)
    second = counter.searched()
    with pytest.raises(NotAllowed, match="lebih dari satu NIK"):
        decide(counter, second)


@pytest.mark.parametrize("version", ["D-11/002-1", "D-11/002-2", "D-11/002-3"])
def test_a_case_of_an_earlier_version_goes_its_way_without_it(version: str) -> None:
    with pytest.raises(NotAllowed):
        fire("case", "CEK_BIOMETRIK", "decide_search:known", Role.KASI, version)
