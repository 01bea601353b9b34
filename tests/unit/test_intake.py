"""The file of a case: whole or not at all, every mistake named by its key."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from case_files import TODAY, as_bytes, changed, complete, without

from appliance.casework.intake import REHEARSAL_KEYS, CaseFile, FileRefused, read_case_file

SAMPLES = Path(__file__).parents[2] / "hw_sim" / "cases"


def read(value: object, today: date = TODAY, specimen: bool = True) -> CaseFile:
    return read_case_file(as_bytes(value), today, specimen=specimen)


def mistakes(value: object, specimen: bool = True) -> tuple[str, ...]:
    with pytest.raises(FileRefused) as refused:
        read(value, specimen=specimen)
    assert str(refused.value) == "; ".join(refused.value.mistakes)
    return refused.value.mistakes


def keys(value: object, specimen: bool = True) -> list[str]:
    return [mistake.partition(": ")[0] for mistake in mistakes(value, specimen)]


def test_a_complete_file_becomes_values() -> None:
    file = read(complete())
    assert file.reporter.role == "pendamping_sosial"
    assert file.reporter.phone is None
    assert file.category.condition == ("odgj", "no_identity")
    assert file.household.rt == "003"
    (person,) = file.residents
    assert (person.full_name, person.birth_date, person.nik) == ("SUGENG RIYADI", date(1971, 7, 1), None)
    assert [letter.kind for letter in file.letters] == ["SK_DOMISILI", "SK_POLISI_TANPA_IDENTITAS", "SK_DINSOS"]
    assert file.warnings == ()


@pytest.mark.parametrize("sample", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_the_sample_cases_are_accepted_and_their_rehearsal_keys_ignored(sample: Path) -> None:
    value = json.loads(sample.read_text())
    assert set(value) >= REHEARSAL_KEYS
    plain = {key: item for key, item in value.items() if key not in REHEARSAL_KEYS}
    assert read_case_file(sample.read_bytes(), TODAY, specimen=True) == read(plain)


def test_there_are_three_sample_cases() -> None:
    assert len(list(SAMPLES.glob("*.json"))) == 3


def test_a_postal_code_unusual_for_the_kelurahan_is_a_warning() -> None:
    (warning,) = read(changed("household", "postal_code", to="34112")).warnings
    assert (warning.level, warning.field) == ("warning", "household.postal_code")


BROKEN: list[tuple[dict[str, Any], str]] = [
    (changed("reporter", "name", to=""), "reporter.name"),
    (changed("reporter", "name", to="   "), "reporter.name"),
    (changed("reporter", "name", to="x" * 201), "reporter.name"),
    (changed("reporter", "name", to="a\x00b"), "reporter.name"),
    (changed("reporter", "name", to="a\ud800b"), "reporter.name"),
    (changed("reporter", "role", to="tetangga"), "reporter.role"),
    (changed("reporter", "role", to=["dinsos"]), "reporter.role"),
    (changed("reporter", "institution", to=None), "reporter.institution"),
    (changed("reporter", "phone", to=812), "reporter.phone"),
    (changed("reporter", to="Ratna"), "reporter"),
    (changed("category", "legal", to="orang"), "category.legal"),
    (changed("category", "condition", to="odgj"), "category.condition"),
    (changed("category", "condition", to=["gila"]), "category.condition"),
    (changed("category", "condition", to=[["odgj"]]), "category.condition"),
    (changed("category", "condition", to=[{}]), "category.condition"),
    (changed("category", "condition", to=["odgj", 3]), "category.condition"),
    (changed("household", "address", to=7), "household.address"),
    (changed("household", "rt", to="3"), "household.rt"),
    (changed("household", "rt", to=3), "household.rt"),
    (changed("household", "rw", to="0002"), "household.rw"),
    (changed("household", "rw", to="٠٠٢"), "household.rw"),
    (changed("household", "kelurahan", to="18.72.01.1009"), "household.kelurahan"),
    (changed("household", "kelurahan", to="1872022"), "household.kelurahan"),  # a code of the statistics bureau
    (changed("household", "postal_code", to="3411"), "household.postal_code"),
    (changed("household", "kk_number", to="9972014403110007"), "household.kk_number"),
    (changed("household", "kk_number", to=""), "household.kk_number"),
    (changed("residents", to=[]), "residents"),
    (changed("residents", to={}), "residents"),
    (changed("residents", to=[complete()["residents"][0]] * 41), "residents"),
    (changed("residents", 0, to=None), "residents[0]"),
    (changed("residents", 0, "full_name", to="SUGENG"), "residents[0].full_name"),
    (changed("residents", 0, "full_name", to=["SUGENG RIYADI"]), "residents[0].full_name"),
    (changed("residents", 0, "nik", to="997201010771000"), "residents[0].nik"),
    (changed("residents", 0, "nik", to=9972010107710001), "residents[0].nik"),
    (changed("residents", 0, "sex", to=3), "residents[0].sex"),
    (changed("residents", 0, "sex", to=True), "residents[0].sex"),
    (changed("residents", 0, "sex", to="1"), "residents[0].sex"),
    (changed("residents", 0, "sex", to=1.0), "residents[0].sex"),
    (changed("residents", 0, "birth_place", to=""), "residents[0].birth_place"),
    (changed("residents", 0, "birth_date", to="1971-02-29"), "residents[0].birth_date"),
    (changed("residents", 0, "birth_date", to="01-07-1971"), "residents[0].birth_date"),
    (changed("residents", 0, "birth_date", to="19710701"), "residents[0].birth_date"),
    (changed("residents", 0, "birth_date", to=1971), "residents[0].birth_date"),
    (changed("residents", 0, "birth_date", to="2026-11-25"), "residents[0].birth_date"),
    (changed("residents", 0, "birth_date_estimated", to="ya"), "residents[0].birth_date_estimated"),
    (changed("residents", 0, "birth_date_estimated", to=1), "residents[0].birth_date_estimated"),
    (changed("residents", 0, "religion", to=8), "residents[0].religion"),
    (changed("residents", 0, "blood_type", to=0), "residents[0].blood_type"),
    (changed("residents", 0, "marital_status", to=7), "residents[0].marital_status"),
    (changed("residents", 0, "education", to=11), "residents[0].education"),
    (changed("residents", 0, "occupation", to=100), "residents[0].occupation"),
    (changed("residents", 0, "citizenship", to=2), "residents[0].citizenship"),
    (changed("residents", 0, "family_relation", to=4), "residents"),
    (changed("residents", 0, "father_name", to=None), "residents[0].father_name"),
    (changed("residents", 0, "disability", to=7), "residents[0].disability"),
    (changed("residents", 0, "shoe_size", to=41), "residents[0].shoe_size"),
    (changed("letters", to=None), "letters"),
    (changed("letters", 0, "kind", to="SURAT_CINTA"), "letters[0].kind"),
    (changed("letters", 0, "number", to=""), "letters[0].number"),
    (changed("letters", 0, "date", to="2026-11-25"), "letters[0].date"),
    (changed("letters", 0, "date", to="2026-13-01"), "letters[0].date"),
    (changed("letters", 1, "issuer", to=[]), "letters[1].issuer"),
    (changed("letters", 2, "signer", to=""), "letters[2].signer"),
    (changed("letters", 2, "scan", to=""), "letters[2].scan"),
    (changed("notes", to="-"), "notes"),
    (changed("household", "country", to="ID"), "household.country"),
]


@pytest.mark.parametrize(("value", "key"), BROKEN, ids=lambda value: value if isinstance(value, str) else "")
def test_each_broken_value_is_named_once_by_its_key(value: dict[str, Any], key: str) -> None:
    assert keys(value) == [key]


def _paths(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    if isinstance(value, dict):
        return [found for key, item in value.items() for found in [(*path, key), *_paths(item, (*path, key))]]
    if isinstance(value, list):
        return [found for index, item in enumerate(value) for found in _paths(item, (*path, index))]
    return []


@pytest.mark.parametrize("path", _paths(complete()), ids=lambda path: ".".join(map(str, path)))
def test_every_key_is_wanted(path: tuple[str | int, ...]) -> None:
    name = ""
    for part in path:
        name += f"[{part}]" if isinstance(part, int) else f".{part}" if name else part
    assert [key for key in keys(without(*path)) if key == name or key.startswith(f"{name}.")] != []


def test_all_mistakes_are_told_at_once() -> None:
    value = complete()
    value["reporter"]["role"] = "?"
    value["household"]["rt"] = "1"
    value["residents"][0]["sex"] = 9
    value["letters"][0]["date"] = "soon"
    value["extra"] = 1
    assert keys(value) == ["reporter.role", "household.rt", "residents[0].sex", "letters[0].date", "extra"]


def test_all_rules_on_people_are_told_at_once() -> None:
    value = complete()
    second = dict(value["residents"][0], full_name="BUDI", family_relation=3)
    value["residents"].append(second)
    value["residents"][0]["citizenship"] = 2
    expected = ["residents[1].family_relation", "residents[0].citizenship", "residents[1].full_name"]
    assert keys(value) == expected


def test_specimen_numbers_are_refused_where_real_documents_are_made() -> None:
    value = changed("residents", 0, "nik", to="9972010107710001")
    assert read(value).residents[0].nik == "9972010107710001"
    assert keys(value, specimen=False) == ["residents[0].nik"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"\xff\xfe{}",
        b"nonsense",
        b"[" * 200_000,
        b'{"reporter": ' + b"9" * 5000 + b"}",
    ],
    ids=["empty", "half", "utf-16", "words", "deep", "long-number"],
)
def test_what_is_no_json_is_refused_in_one_sentence(data: bytes) -> None:
    with pytest.raises(FileRefused) as refused:
        read_case_file(data, TODAY, specimen=True)
    (mistake,) = refused.value.mistakes
    assert mistake.startswith("berkas: ")


@pytest.mark.parametrize("value", [[], None, 1, "berkas", [complete()]])
def test_what_is_no_object_is_refused_in_one_sentence(value: object) -> None:
    assert keys(value) == ["berkas"]


def test_a_refusal_never_quotes_what_was_entered() -> None:
    value = changed("residents", 0, "nik", to="99720101077100")
    value["residents"][0]["full_name"] = "RAHASIA"
    assert not any("RAHASIA" in mistake or "99720101077100" in mistake for mistake in mistakes(value))
