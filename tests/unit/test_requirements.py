"""Which papers a case needs: every row of the table, in both profiles."""

from __future__ import annotations

from datetime import date

import pytest
from case_files import TODAY, somebody

from appliance.casework.codes import LETTERS
from appliance.casework.intake import Category
from appliance.casework.requirements import missing, required

REGISTERED = somebody(nik="9972010107710001")
NEW = somebody()
CHILD = somebody(birth_date=date(2019, 3, 2), family_relation=4)
SOP_ROWS = [
    ("none", (), REGISTERED, []),
    ("none", (), NEW, ["SK_DOMISILI"]),
    ("none", ("lansia", "sakit", "disabilitas"), NEW, ["SK_DOMISILI"]),
    ("none", ("odgj",), NEW, ["SK_DOMISILI", "SK_DINSOS"]),
    ("none", ("odgj",), REGISTERED, []),
    ("orang_terlantar", (), NEW, ["SK_DOMISILI", "SK_DINSOS"]),
    ("orang_terlantar", (), REGISTERED, []),
    ("none", ("no_identity",), NEW, ["SK_DOMISILI", "SK_POLISI_TANPA_IDENTITAS"]),
    ("none", ("no_identity",), REGISTERED, ["SK_POLISI_TANPA_IDENTITAS"]),
    ("none", ("documents_lost",), REGISTERED, ["SK_POLISI_KEHILANGAN"]),
    ("bencana_alam", ("documents_lost", "no_identity"), NEW, ["SK_DOMISILI", "SK_POLISI_KEHILANGAN"]),
    (
        "orang_terlantar",
        ("odgj", "no_identity"),
        NEW,
        ["SK_DOMISILI", "SK_DINSOS", "SK_POLISI_TANPA_IDENTITAS"],
    ),
]
NATIONAL_ROWS = [
    ("none", (), REGISTERED, ["F_1_02"]),
    ("none", (), NEW, ["SK_DOMISILI", "F_1_02", "F_1_01"]),
    ("bencana_sosial", (), REGISTERED, ["SK_DOMISILI", "F_1_02", "SKPTI"]),
    (
        "none",
        ("no_identity",),
        NEW,
        ["SK_DOMISILI", "SK_POLISI_TANPA_IDENTITAS", "F_1_02", "F_1_01", "F_1_04"],
    ),
    ("orang_terlantar", (), REGISTERED, ["F_1_02"]),
    ("komunitas_terpencil", ("lansia",), REGISTERED, ["F_1_02"]),
    ("orang_terlantar", ("nik_inactive",), REGISTERED, ["F_1_02"]),
    ("orang_terlantar", ("documents_lost",), REGISTERED, ["SK_POLISI_KEHILANGAN", "F_1_02"]),
    ("orang_terlantar", ("other_region",), REGISTERED, ["F_1_03"]),
    ("kawasan_hutan_tanah_sengketa", (), NEW, ["SK_DOMISILI", "F_1_02", "F_1_01", "SKPTI"]),
    ("orang_terlantar", (), NEW, ["SK_DOMISILI", "SK_DINSOS", "F_1_02", "F_1_01", "F_1_04", "SKPTI"]),
    ("kawasan_hutan_tanah_sengketa", (), CHILD, ["SK_DOMISILI", "F_1_02", "F_1_01", "SKPTI"]),
    ("none", (), somebody(nik=REGISTERED.nik, marital_status=3), ["F_1_02", "F_1_05"]),
    ("none", (), somebody(nik=REGISTERED.nik, marital_status=5), ["F_1_02", "F_1_05"]),
    ("none", (), somebody(nik=REGISTERED.nik, marital_status=2), ["F_1_02"]),
]
CASES = [("sop", *row) for row in SOP_ROWS] + [("national", *row) for row in NATIONAL_ROWS]


@pytest.mark.parametrize(("profile", "legal", "conditions", "person", "keys"), CASES)
def test_the_papers_of_a_case(
    profile: str, legal: str, conditions: tuple[str, ...], person: object, keys: list[str]
) -> None:
    papers = required(Category(legal, conditions), (person,), profile, TODAY)  # type: ignore[arg-type]
    assert [paper.key for paper in papers if paper.must] == keys


def test_one_unregistered_member_is_enough_for_the_whole_family() -> None:
    baby = somebody(birth_date=date(2025, 1, 2), family_relation=4)
    keys = [paper.key for paper in required(Category("none", ()), (REGISTERED, baby), "sop", TODAY) if paper.must]
    assert keys == ["SK_DOMISILI"]


def test_a_paper_is_called_by_its_name_and_says_where_to_get_it() -> None:
    for profile, legal, conditions, person, _ in CASES:
        for paper in required(Category(legal, conditions), (person,), profile, TODAY):  # type: ignore[arg-type]
            assert paper.label == " atau ".join(LETTERS[kind] for kind in paper.kinds)
            assert paper.how.endswith(".")


def test_what_is_in_hand_is_not_missing_and_either_police_letter_will_do() -> None:
    papers = required(Category("none", ("documents_lost", "no_identity")), (NEW,), "sop", TODAY)
    assert [paper.key for paper in missing(papers, [])] == ["SK_DOMISILI", "SK_POLISI_KEHILANGAN"]
    assert [paper.key for paper in missing(papers, ["SK_POLISI_TANPA_IDENTITAS"])] == ["SK_DOMISILI"]
    assert missing(papers, ["SK_POLISI_KEHILANGAN", "SK_DOMISILI", "SKPTI"]) == ()


def test_a_letter_about_loss_does_not_prove_that_there_never_was_an_identity() -> None:
    papers = required(Category("none", ("no_identity",)), (REGISTERED,), "sop", TODAY)
    assert [paper.key for paper in missing(papers, ["SK_POLISI_KEHILANGAN"])] == ["SK_POLISI_TANPA_IDENTITAS"]
