"""The checklist of papers: rows of the matrix, what a letter must say, when a paper counts, and rules that stay."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from case_files import TODAY, as_bytes, complete, somebody
from counter import Counter, open_counter
from front_office import open_office, sign_in
from test_scans import shot

from appliance.casework import letters
from appliance.casework.codes import CONDITIONS, LEGAL_CATEGORIES, LETTERS
from appliance.casework.intake import Category, FileRefused, read_case_file
from appliance.casework.requirements import MATRIX, ORDER, Lack, Row, required, row_of, too_old
from appliance.casework.roles import Role
from appliance.casework.sop import NotAllowed
from appliance.config import Papers
from appliance.kiosk_ui.case_papers import papers_of
from appliance.kiosk_ui.officer.acts import ACTS as FORMS
from appliance.office.context import FormRefused
from appliance.records import audit, cases
from appliance.records.scans import scans_now
from hw_sim.papers import Letter as Sheet

REGISTERED = somebody(nik="9972010107710001")
CHILD = somebody(birth_date=date(2019, 3, 2))
ROWS: list[tuple[Row, str, tuple[str, ...], Any, list[str], list[str], list[str]]] = [
    (Row.NEGLECTED, "orang_terlantar", ("no_identity",), somebody(),
     ["SK_DOMISILI", "SK_DINSOS", "SK_POLISI_TANPA_IDENTITAS"], ["F_1_02", "F_1_01", "F_1_04", "SKPTI"], []),
    (Row.ODGJ, "none", ("odgj", "no_identity"), somebody(),
     ["SK_DOMISILI", "SK_DINSOS", "SK_POLISI_TANPA_IDENTITAS"], ["F_1_02", "F_1_01", "F_1_04", "SKPTI"], []),
    (Row.AT_HOME, "none", ("no_identity",), somebody(),
     ["SK_DOMISILI", "SK_POLISI_TANPA_IDENTITAS"], ["F_1_02", "F_1_01", "F_1_04"], ["SKPTI"]),
    (Row.DISASTER, "bencana_alam", ("documents_lost",), REGISTERED,
     ["SK_DOMISILI", "SK_POLISI_KEHILANGAN"], ["F_1_02", "SKPTI"], []),
    (Row.NEVER_RECORDED, "none", ("odgj", "lansia"), REGISTERED, [], ["F_1_02"], ["SK_DOMISILI", "SK_DINSOS"]),
    (Row.INACTIVE, "none", ("nik_inactive",), REGISTERED, [], ["F_1_02"], ["SK_DOMISILI"]),
    (Row.CARD_GONE, "none", ("documents_lost",), REGISTERED, ["SK_POLISI_KEHILANGAN"], ["F_1_02"], []),
    (Row.CHILD, "none", ("odgj",), CHILD,
     ["SK_DOMISILI", "SK_DINSOS"], ["F_1_02", "F_1_01"], ["F_1_04", "SKPTI"]),
    (Row.OTHER_REGION, "none", ("other_region",), REGISTERED, [], ["F_1_03"], ["SK_DOMISILI"]),
]  # fmt: skip
"""Every row of the matrix: what the SOP asks, what the national profile asks beside it, what either may ask."""
LETTER_SAYS = {
    "SK_DOMISILI": {"signer_title": "Lurah", "person": "Bapak berjanggut", "address": "Jl. Kenanga 14 RT 3 RW 2"},
    "SK_DINSOS": {"signer_title": "Kabid Rehsos", "care": "odgj", "found_at": "Pasar Kopindo", "companion": "Ratna"},
    "SK_POLISI_TANPA_IDENTITAS": {
        "signer_title": "Kapolsek", "police_office": "Polsek Metro Pusat", "person": "Bapak berjanggut",
    },
}  # fmt: skip


SECOND = {"kind": "SK_DINSOS", "number": "2", "date": date(2026, 11, 1), "issuer": "Dinsos", "signer": "Lilis"}


def of_kind(counter: Counter, case: str, kind: str) -> list[dict[str, Any]]:
    with counter.store.read() as tx:
        return [one for one in cases.letters(tx, case) if one["kind"] == kind]


def child(name: str, month: int) -> dict[str, Any]:
    grown: dict[str, Any] = complete()["residents"][0]
    return {**grown, "full_name": f"{name} RIYADI", "birth_date": f"2019-{month:02}-02", "family_relation": 4,
            "birth_date_estimated": False, "marital_status": 1}  # fmt: skip


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    counter = open_counter(tmp_path)
    counter.office = replace(counter.office, settings=replace(counter.office.settings, papers=Papers()))
    yield counter
    counter.store.close()


@pytest.mark.parametrize(("row", "legal", "conditions", "person", "sop", "more", "may"), ROWS)
def test_each_row_asks_for_its_papers_in_both_profiles(
    row: Row, legal: str, conditions: tuple[str, ...], person: Any, sop: list[str], more: list[str], may: list[str]
) -> None:
    category = Category(legal, conditions)
    assert row_of(category, person, TODAY) is row
    for profile, wanted in (("sop", sop), ("national", sorted({*sop, *more}, key=ORDER.index))):
        papers = required(category, (person,), profile, TODAY)
        assert [one.key for one in papers if one.must] == wanted, profile
        assert [one.key for one in papers if not one.must] == may, profile


def test_the_matrix_is_whole_and_every_resident_has_a_row() -> None:
    assert set(MATRIX) == set(Row) == {one[0] for one in ROWS}
    assert {key for row in MATRIX.values() for key in row} <= set(ORDER) <= set(LETTERS)
    for legal in LEGAL_CATEGORIES:
        for condition in ((), *((one,) for one in CONDITIONS)):
            for person in (REGISTERED, CHILD, somebody()):
                assert row_of(Category(legal, condition), person, TODAY) in MATRIX


def test_a_hospital_may_stand_in_for_dinsos_only_in_the_national_profile() -> None:
    (dinsos,) = (one for one in required(Category("none", ("odgj",)), (somebody(),), "national", TODAY)
                 if one.key == "SK_DINSOS")  # fmt: skip
    assert dinsos.kinds == ("SK_DINSOS", "SK_PANTI") and "panti" in dinsos.how
    assert all(
        "SK_PANTI" not in one.kinds for one in required(Category("none", ("odgj",)), (somebody(),), "sop", TODAY)
    )


@pytest.mark.parametrize(
    ("day", "months", "old"),
    [
        (date(2026, 5, 24), 6, True),
        (date(2026, 5, 25), 6, False),
        (date(2020, 1, 1), 0, False),
        (date(2026, 11, 24), 1, False),
        (date(2025, 12, 1), 12, False),
        (date(2025, 11, 24), 12, True),
    ],
)
def test_a_letter_is_old_after_whole_months(day: date, months: int, old: bool) -> None:
    assert too_old(day, TODAY, months) is old


# What a letter says


@pytest.mark.parametrize("kind", sorted(letters.DETAILS))
def test_every_kind_of_letter_is_whole_only_with_all_that_it_must_say(kind: str) -> None:
    said = {one.key: next(iter(one.options)) if one.options else f"isi {one.key}" for one in letters.DETAILS[kind]}
    said |= {"guardian_nik": "9972010107710001", "estimated_age": "55"}
    said = {one.key: said[one.key] for one in letters.DETAILS[kind]}
    assert letters.whole(kind, {"details": said})
    assert not letters.whole(kind, {})
    for one in letters.DETAILS[kind]:
        left = {key: value for key, value in said.items() if key != one.key}
        assert [key for key, _ in letters.mistakes_in(kind, left)] == ([one.key] if one.must else [])


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"signed_by": "guardian"}, ["cannot_sign", "guardian", "relation"]),
        ({"signed_by": "siapa"}, ["signed_by"]),
        ({"witness_2": " sri  LESTARI"}, ["witness_2"]),
        ({"guardian_nik": "123"}, ["guardian_nik"]),
        ({"witness_1": "x" * 201}, ["witness_1"]),
    ],
)
def test_a_statement_needs_two_witnesses_and_a_guardian_his_reason(changes: dict[str, str], wrong: list[str]) -> None:
    said = {"signed_by": "person", "witness_1": "Sri Lestari", "witness_2": "Agus", **changes}
    assert [key for key, _ in letters.mistakes_in("F_1_04", said)] == wrong


def test_a_case_file_may_bring_what_its_letters_say_and_is_checked_by_the_same_rules() -> None:
    file = complete()
    file["letters"][0]["details"] = LETTER_SAYS["SK_DOMISILI"]
    read = read_case_file(as_bytes(file), TODAY, specimen=True)
    assert read.letters[0].details == LETTER_SAYS["SK_DOMISILI"]
    file["letters"][0]["details"] = {"person": "x", "care": "odgj", "hobby": "tidur"}
    with pytest.raises(FileRefused) as refused:
        read_case_file(as_bytes(file), TODAY, specimen=True)
    assert [one.partition(": ")[0] for one in refused.value.mistakes] == [
        "letters[0].details.hobby", "letters[0].details.signer_title", "letters[0].details.address",
        "letters[0].details.care",
    ]  # fmt: skip


# When the file is complete


def described(counter: Counter, case: str) -> None:
    for kind, said in LETTER_SAYS.items():
        counter.do("describe_letter", Role.PETUGAS, case, kind=kind, **said)


def scanned(counter: Counter, case: str, kind: str, light: float = 1.0) -> None:
    picture = shot(Sheet([kind, "Kota Metro", "yang bertanda tangan"], 3.0), light=light)
    counter.do("upload_scan", Role.PETUGAS, case, kind=kind, berkas=picture)


def why_not(counter: Counter, case: str) -> str:
    with pytest.raises(NotAllowed) as refused:
        counter.do("pass_check", Role.PETUGAS, case)
    assert "pass_check" not in counter.state(case, Role.PETUGAS).acts, "what would be refused is not offered"
    return str(refused.value)


def test_a_listed_letter_counts_only_with_its_contents_and_a_readable_picture(counter: Counter) -> None:
    case = counter.attached()
    assert why_not(counter, case).count("isinya belum dicatat") == 3
    described(counter, case)
    assert why_not(counter, case) == (
        "Belum lengkap: Surat Keterangan Domisili (belum difoto); Surat Keterangan Dinas Sosial (belum difoto); "
        "Surat Keterangan Polisi (tanpa identitas) (belum difoto)."
    )
    for kind in ("SK_DOMISILI", "SK_DINSOS"):
        scanned(counter, case, kind)
    scanned(counter, case, "SK_POLISI_TANPA_IDENTITAS", light=0.2)
    assert "(fotonya belum terbaca)" in why_not(counter, case)
    kept = {"kind": "SK_POLISI_TANPA_IDENTITAS", "reason": "Aslinya memang pudar."}
    counter.do("keep_scan", Role.PETUGAS, case, **kept)
    counter.do("pass_check", Role.PETUGAS, case)
    assert counter.case(case).state == "VERIFIKASI_KASI"
    counter.do("undo_scan", Role.PETUGAS, case, kind="SK_DINSOS")
    with pytest.raises(NotAllowed, match=r"Dinas Sosial \(belum difoto\)"):
        counter.do("verify", Role.KASI, case)


def test_an_office_may_do_without_pictures_or_contents(counter: Counter) -> None:
    papers = Papers(scans=False, details=False)
    counter.office = replace(counter.office, settings=replace(counter.office.settings, papers=papers))
    case = counter.attached()
    counter.do("pass_check", Role.PETUGAS, case)
    assert counter.case(case).state == "VERIFIKASI_KASI"


def test_a_case_keeps_the_rules_it_began_with(counter: Counter) -> None:
    strict = counter.attached()
    counter.office = replace(
        counter.office,
        settings=replace(counter.office.settings, papers=Papers(False, False, 0), sop_profile="national"),
    )
    easy = counter.attached()
    assert "isinya belum dicatat" in why_not(counter, strict)
    assert [one.paper.key for one in counter.state(strict, Role.KASI).checklist][:2] == ["SK_DOMISILI", "SK_DINSOS"]
    assert "F_1_02" not in {one.paper.key for one in counter.state(strict, Role.KASI).checklist}
    assert why_not(counter, easy).startswith("Belum lengkap: Formulir F-1.02")


def test_an_old_letter_is_warned_of_and_recorded_and_does_not_block(counter: Counter) -> None:
    papers = Papers(scans=False, details=False, oldest_months=1)
    counter.office = replace(counter.office, settings=replace(counter.office.settings, papers=papers))
    case = counter.attached()
    assert set(counter.state(case, Role.PETUGAS).old_letters) == set(LETTER_SAYS)
    counter.do("pass_check", Role.PETUGAS, case)
    with counter.store.read() as tx:
        (line,) = [one for one in audit.of_case(tx, case) if one["event"] == "case-pass_check-complete"]
    assert sorted(json.loads(str(line["facts"]))["old_letters"]) == sorted(LETTER_SAYS)


def test_the_same_letter_told_again_keeps_its_contents_and_another_stands_beside_it(counter: Counter) -> None:
    case = counter.attached()
    described(counter, case)
    counter.do("attach_file", Role.PETUGAS, case, berkas=as_bytes(complete()))
    assert why_not(counter, case).count("isinya belum dicatat") == 0
    counter.do("add_letter", Role.PETUGAS, case, **SECOND)
    assert why_not(counter, case).count("isinya belum dicatat") == 0
    first, second = of_kind(counter, case, "SK_DINSOS")
    assert first["details"] == LETTER_SAYS["SK_DINSOS"] and "details" not in second
    (line,) = (one for one in counter.state(case, Role.PETUGAS).checklist if one.paper.key == "SK_DINSOS")
    assert line.lacks == {first["id"]: Lack.NO_SCAN, second["id"]: Lack.NO_DETAILS}


def test_several_papers_of_a_kind_are_told_apart_and_read_each(counter: Counter) -> None:
    case = counter.attached()
    counter.do("add_letter", Role.PETUGAS, case, **SECOND, about=0)
    first, second = of_kind(counter, case, "SK_DINSOS")
    assert (first.get("about"), second["about"]) == (None, 0)
    for act, values in (
        ("describe_letter", LETTER_SAYS["SK_DINSOS"]), ("scan_paper", {}), ("undo_scan", {}),
        ("correct_letter", {**SECOND, "number": "3"}),
    ):  # fmt: skip
        with pytest.raises(NotAllowed, match="beberapa surat jenis ini"):
            counter.do(act, Role.PETUGAS, case, **{"kind": "SK_DINSOS", **values})
    counter.do(
        "describe_letter", Role.PETUGAS, case, kind="SK_DINSOS", paper=second["id"], **LETTER_SAYS["SK_DINSOS"]
    )
    picture = shot(Sheet(["SK_DINSOS", "yang kedua", "yang bertanda tangan"], 3.0))
    counter.do("upload_scan", Role.PETUGAS, case, kind="SK_DINSOS", paper=second["id"], berkas=picture)
    (line,) = (one for one in counter.state(case, Role.PETUGAS).checklist if one.paper.key == "SK_DINSOS")
    assert line.lack is None and line.lacks == {first["id"]: Lack.NO_DETAILS, second["id"]: None}
    with pytest.raises(NotAllowed, match="Belum ada foto surat ini"):
        counter.do("undo_scan", Role.PETUGAS, case, kind="SK_DINSOS", paper=first["id"])
    with pytest.raises(NotAllowed, match="tidak ada di berkas ini"):
        counter.do("undo_scan", Role.PETUGAS, case, kind="SK_DOMISILI", paper=second["id"])


def test_a_picture_taken_before_its_letter_was_recorded_stays_the_first_letters(counter: Counter) -> None:
    case = counter.attached()
    scanned(counter, case, "AKTA_LAHIR")
    akta = {**SECOND, "kind": "AKTA_LAHIR"}
    counter.do("add_letter", Role.PETUGAS, case, **akta)
    counter.do("add_letter", Role.PETUGAS, case, **{**akta, "number": "3"})
    first, second = of_kind(counter, case, "AKTA_LAHIR")
    with counter.store.read() as tx:
        assert set(scans_now(tx, case)) == {("AKTA_LAHIR", first["id"])}
    page = {one.mark: one for one in papers_of(counter.state(case, Role.PETUGAS))}
    assert page["AKTA_LAHIR"].scan is not None and page["AKTA_LAHIR-2"].scan is None
    assert page["AKTA_LAHIR-2"].letter == second["id"]


def test_a_correction_is_made_knowingly_and_what_was_told_before_stays(counter: Counter) -> None:
    case = counter.attached()
    described(counter, case)
    (before,) = of_kind(counter, case, "SK_DINSOS")
    counter.do("correct_letter", Role.PETUGAS, case, **SECOND, about=0)
    counter.do("correct_letter", Role.PETUGAS, case, **SECOND, about=0)
    (after,) = of_kind(counter, case, "SK_DINSOS")
    assert (after["id"], after["number"], after["about"]) == (before["id"], "2", 0)
    assert after["details"] == LETTER_SAYS["SK_DINSOS"]
    assert after["earlier"] == [{key: before[key] for key in ("number", "date", "issuer", "signer")}]
    with counter.store.read() as tx:
        (line,) = [one for one in audit.of_case(tx, case) if one["event"] == "letter-correct-complete"]
    assert json.loads(str(line["facts"])) == {"kind": "SK_DINSOS", "letter": before["id"]}
    counter.do("add_letter", Role.PETUGAS, case, **{**SECOND, "number": "3"})
    with pytest.raises(NotAllowed, match="sudah tercatat"):
        counter.do("correct_letter", Role.PETUGAS, case, **{**SECOND, "number": "3"}, paper=before["id"])
    with pytest.raises(LookupError):
        counter.do("correct_letter", Role.PETUGAS, case, **SECOND, about=7, paper=before["id"])
    with pytest.raises(NotAllowed, match="belum tercatat"):
        counter.do("correct_letter", Role.PETUGAS, case, **{**SECOND, "kind": "F_1_07"})


def test_a_paper_that_was_given_back_counts_no_more_until_it_comes_again(counter: Counter) -> None:
    papers = Papers(scans=False, details=False, oldest_months=0)
    counter.office = replace(counter.office, settings=replace(counter.office.settings, papers=papers))
    case = counter.attached()
    counter.do("return_file", Role.PETUGAS, case, items=("SK_DINSOS",), reason="SURAT_KEDALUWARSA")
    counter.do("add_letter", Role.PETUGAS, case, **SECOND)
    first, second = of_kind(counter, case, "SK_DINSOS")
    (line,) = (one for one in counter.state(case, Role.PETUGAS).checklist if one.paper.key == "SK_DINSOS")
    assert line.lack is None and line.lacks == {first["id"]: Lack.GIVEN_BACK, second["id"]: None}
    assert [one.letter for one in papers_of(counter.state(case, Role.PETUGAS)) if one.kind == "SK_DINSOS"] == [
        second["id"], first["id"],
    ]  # fmt: skip


def test_a_paper_stays_its_residents_when_the_family_is_told_in_another_order(counter: Counter) -> None:
    file = complete()
    file["residents"] += [child("MELATI", 3), child("MAWAR", 5)]
    case = counter.attached(file)
    for place, number in ((1, "AL-1"), (2, "AL-2")):
        akta = {**SECOND, "kind": "AKTA_LAHIR", "number": number}
        counter.do("add_letter", Role.PETUGAS, case, **akta, about=place)
    file["residents"][1:] = [child("MAWAR", 5), child("MELATI", 3)]
    counter.do("attach_file", Role.PETUGAS, case, berkas=as_bytes(file))
    assert {one["number"]: one["about"] for one in of_kind(counter, case, "AKTA_LAHIR")} == {"AL-1": 2, "AL-2": 1}
    del file["residents"][2]
    counter.do("attach_file", Role.PETUGAS, case, berkas=as_bytes(file))
    assert {one["number"]: one.get("about") for one in of_kind(counter, case, "AKTA_LAHIR")} == {
        "AL-1": None, "AL-2": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("role", "values", "error", "match"),
    [
        (Role.KASI, {"kind": "SK_DINSOS"}, NotAllowed, "hanya untuk petugas"),
        (Role.PETUGAS, {"kind": "F_1_02"}, NotAllowed, "tidak perlu rincian"),
        (Role.PETUGAS, {"kind": "F_1_07", "guardian": "Ratna", "relation": "Dinsos"}, NotAllowed, "Catat dulu"),
        (Role.PETUGAS, {"kind": "SK_DINSOS", "care": "x"}, FormRefused, "daftar"),
    ],
)
def test_what_cannot_be_said_of_a_letter(
    counter: Counter, role: Role, values: dict[str, str], error: type[Exception], match: str
) -> None:
    case = counter.attached()
    with pytest.raises(error, match=match):
        counter.do("describe_letter", role, case, **values)


def test_who_does_not_check_letters_does_not_read_what_dinsos_writes(counter: Counter) -> None:
    case = counter.attached()
    described(counter, case)
    for role in Role:
        told = json.dumps(counter.state(case, role).letters)
        assert ("Pasar Kopindo" in told) is (role in {Role.PETUGAS, Role.KASI, Role.KABID}), role
    with counter.store.read() as tx:
        assert "Kopindo" not in json.dumps(audit.of_case(tx, case))


def test_the_page_asks_of_each_letter_its_own_fields_and_shows_what_was_recorded(tmp_path: Path) -> None:
    place = open_office(tmp_path, papers=Papers())
    code = place.services.desk.bring_case(place.actor(Role.PETUGAS), as_bytes(complete()))
    case = place.services.desk.case_id(code)
    client = place.app("officer").test_client()
    sign_in(client, Role.PETUGAS)
    page = client.get(f"/petugas/kasus/{case}").text
    assert page.count("isinya belum dicatat") == 3
    form = page.partition('id="f-describe_letter-SK_DINSOS-care')[0].rpartition("<form")[2]
    assert "SK_DINSOS" in form and "police_office" not in form
    csrf = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    sent = {"csrf_token": csrf, "kind": "SK_DINSOS", **LETTER_SAYS["SK_DINSOS"]}
    short = client.post(f"/petugas/kasus/{case}/describe_letter", data={**sent, "companion": ""})
    assert short.status_code == 422 and "Isi nama pendamping." in short.text
    assert client.post(f"/petugas/kasus/{case}/describe_letter", data=sent).status_code == 303
    page = client.get(f"/petugas/kasus/{case}").text
    assert 'data-said="SK_DINSOS"' in page and "Pasar Kopindo" in page and page.count("isinya belum dicatat") == 2
    assert {one.name for one in FORMS["describe_letter"].fields} == {"kind", "paper", *letters.KEYS}


def test_the_page_has_a_line_of_its_own_for_each_of_several_papers_of_a_kind(tmp_path: Path) -> None:
    place = open_office(tmp_path, papers=Papers())
    file = complete()
    file["letters"] += [{**file["letters"][-1], "number": "second", "about": 0}]
    case = place.services.desk.case_id(place.services.desk.bring_case(place.actor(Role.PETUGAS), as_bytes(file)))
    client = place.app("officer").test_client()
    sign_in(client, Role.PETUGAS)
    page = client.get(f"/petugas/kasus/{case}").text
    assert "second, " in page and "; tentang SUGENG RIYADI" in page
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids)), "no two inputs of the page have one id"
    assert client.get(f"/petugas/kasus/{case}/surat/SK_DINSOS-2").status_code == 200
    assert client.get(f"/petugas/kasus/{case}/surat/SK_DINSOS-3").status_code == 404
