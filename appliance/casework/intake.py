"""The file of a case as it comes in: one JSON object, checked whole, every mistake named by its key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from appliance.casework import codes, letters, regions
from appliance.casework.checked_table import CheckedTable
from appliance.casework.people import Biodata, Finding, check_biodata, check_household, check_kk_number

REHEARSAL_KEYS = frozenset({"case", "bodies", "central", "events", "expect"})
"""Keys that a rehearsal's file carries besides; the office reads none of them."""


class FileRefused(ValueError):
    """The file breaks the rules; `mistakes` are sentences that start with the key they are about."""

    def __init__(self, mistakes: tuple[str, ...]) -> None:
        super().__init__("; ".join(mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who reports; `role` as in `codes.REPORTER_ROLES`."""

    name: str
    role: str
    institution: str
    phone: str | None


@dataclass(frozen=True, slots=True)
class Category:
    """Why the case is one of this service: the legal category and what the service must reckon with."""

    legal: str
    condition: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Household:
    """Where the family lives; `rt` and `rw` three digits, `kelurahan` the ministry's code."""

    address: str
    rt: str
    rw: str
    kelurahan: str
    postal_code: str
    kk_number: str | None


@dataclass(frozen=True, slots=True)
class Letter:
    """One requirement paper; `kind` as in `codes.LETTERS`."""

    kind: str
    number: str
    date: date
    issuer: str
    signer: str
    details: Mapping[str, str] = field(default_factory=dict)
    """What it says beside that (`casework.letters`); empty where that is recorded later, at the counter."""
    about: int | None = None
    """The resident whose paper it is, by his place in the family from 0; None where it is the whole family's."""


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A complete file; `warnings` were found and did not block."""

    reporter: Reporter
    category: Category
    household: Household
    residents: tuple[Biodata, ...]
    letters: tuple[Letter, ...]
    warnings: tuple[Finding, ...] = ()


def _biodata(value: object, path: str, mistakes: list[str]) -> Biodata:
    row = CheckedTable(value, path, mistakes)
    person = Biodata(
        full_name=row.text("full_name"),
        nik=row.text_or_none("nik"),
        sex=row.code("sex", codes.SEX),
        birth_place=row.text("birth_place"),
        birth_date=row.day("birth_date"),
        birth_date_estimated=row.flag("birth_date_estimated"),
        religion=row.code("religion", codes.RELIGION),
        blood_type=row.code("blood_type", codes.BLOOD_TYPE),
        marital_status=row.code("marital_status", codes.MARITAL_STATUS),
        education=row.code("education", codes.EDUCATION),
        occupation=row.code("occupation", codes.OCCUPATION),
        citizenship=row.code("citizenship", codes.CITIZENSHIP),
        family_relation=row.code("family_relation", codes.FAMILY_RELATION),
        father_name=row.text("father_name"),
        mother_name=row.text("mother_name"),
        disability=row.code_or_none("disability", codes.DISABILITY),
        marriage_date=row.day_or_none("marriage_date"),
    )
    row.done()
    return person


def _details(row: CheckedTable, path: str, mistakes: list[str]) -> dict[str, str]:
    """What a letter says, if the file tells it; texts by the keys of `casework.letters`."""
    if not row.has("details"):
        return {}
    told = CheckedTable(row.take("details"), path, mistakes)
    found = {key: told.text(key) for key in sorted(letters.KEYS) if told.has(key)}
    told.done()
    return {key: value for key, value in found.items() if value}


def _about(row: CheckedTable, family: int) -> int | None:
    """Whose paper it is, if the file tells it."""
    return row.code_or_none("about", dict.fromkeys(range(family), "")) if family and row.has("about") else None


def _letter(value: object, path: str, mistakes: list[str], today: date, family: int) -> Letter:
    row = CheckedTable(value, path, mistakes)
    letter = Letter(
        kind=row.choice("kind", codes.LETTERS),
        number=row.text("number"),
        date=row.day("date"),
        issuer=row.text("issuer"),
        signer=row.text("signer"),
        details=_details(row, f"{path}.details", mistakes),
        about=_about(row, family),
    )
    if letter.date > today:
        row.wrong("date", "tanggal surat di masa depan")
    if letter.details and letter.kind:
        mistakes += [f"{path}.details.{key}: {why}" for key, why in letters.mistakes_in(letter.kind, letter.details)]
        strange = sorted(letter.details.keys() - {one.key for one in letters.DETAILS.get(letter.kind, ())})
        mistakes += [f"{path}.details.{key}: bukan isi surat jenis ini" for key in strange]
    row.done()
    return letter


def _category(value: object, mistakes: list[str]) -> Category:
    row = CheckedTable(value, "category", mistakes)
    legal = row.choice("legal", codes.LEGAL_CATEGORIES)
    conditions = row.rows("condition", 0)
    known = tuple(one for one in conditions if isinstance(one, str) and one in codes.CONDITIONS)
    if len(known) < len(conditions):
        row.wrong("condition", f"hanya boleh {', '.join(codes.CONDITIONS)}")
    row.done()
    return Category(legal, known)


def _household(value: object, mistakes: list[str], specimen: bool) -> Household:
    row = CheckedTable(value, "household", mistakes)
    household = Household(
        address=row.text("address"),
        rt=row.text("rt", r"[0-9]{3}", "harus 3 angka"),
        rw=row.text("rw", r"[0-9]{3}", "harus 3 angka"),
        kelurahan=row.text("kelurahan", r"[0-9.]+", "harus kode kelurahan"),
        postal_code=row.text("postal_code", r"[0-9]{5}", "harus 5 angka"),
        kk_number=row.text_or_none("kk_number"),
    )
    if household.kelurahan and household.kelurahan not in regions.SUBDISTRICTS:
        row.wrong("kelurahan", "bukan kode kelurahan Kota Metro menurut Kemendagri")
    for finding in check_kk_number(household.kk_number, specimen=specimen) if household.kk_number else ():
        row.wrong("kk_number", finding.message)
    row.done()
    return household


def read_case_file(data: bytes, today: date, *, specimen: bool) -> CaseFile:
    """The file as values; raises `FileRefused` with every mistake. `today` is the office's calendar day."""
    try:
        value = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:  # also bytes that are no UTF-8 and numbers of thousands of digits
        raise FileRefused((f"berkas: bukan JSON yang dapat dibaca ({type(error).__name__})",)) from error
    mistakes: list[str] = []
    if isinstance(value, dict):
        value = {key: item for key, item in value.items() if key not in REHEARSAL_KEYS}
    root = CheckedTable(value, "", mistakes)
    if not root._whole:
        raise FileRefused(tuple(mistakes))
    who = CheckedTable(root.take("reporter"), "reporter", mistakes)
    reporter = Reporter(
        who.text("name"), who.choice("role", codes.REPORTER_ROLES), who.text("institution"), who.text_or_none("phone")
    )
    who.done()
    category = _category(root.take("category"), mistakes)
    household = _household(root.take("household"), mistakes, specimen)
    people = tuple(
        _biodata(row, f"residents[{index}]", mistakes) for index, row in enumerate(root.rows("residents", 1))
    )
    papers = tuple(
        _letter(row, f"letters[{index}]", mistakes, today, len(people))
        for index, row in enumerate(root.rows("letters", 0))
    )
    root.done()
    findings: list[Finding] = []
    if not mistakes:
        findings = check_household(people)
        for index, person in enumerate(people):
            findings += check_biodata(person, today, specimen=specimen, field=f"residents[{index}].")
        region = regions.SUBDISTRICTS[household.kelurahan]
        if household.postal_code != region.postal_code:
            message = f"kode pos {region.name} lazimnya {region.postal_code}"
            findings.append(Finding("warning", "household.postal_code", message))
    mistakes += [f"{finding.field}: {finding.message}" for finding in findings if finding.level == "error"]
    if mistakes:
        raise FileRefused(tuple(mistakes))
    warnings = tuple(finding for finding in findings if finding.level == "warning")
    return CaseFile(reporter, category, household, people, papers, warnings)
