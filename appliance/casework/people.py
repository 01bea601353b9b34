"""People and their numbers: NIK, KK number, biodata, and the rules on them (error blocks, warning is recorded)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

SPECIMEN_PROVINCE = "99"
"""No province has this code, so no real person can have a number that starts with it."""

CARD_AGE = 17
"""Age from which an identity card is due; the married have it earlier (UU 24/2013 art. 63)."""
RECORDING_AGE = 16
"""Age from which the biometrics for it may be recorded; the card is printed when it is due."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with what was entered: an error blocks, a warning is shown and recorded."""

    level: Literal["error", "warning"]
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Biodata:
    """One resident as form F-1.01 asks; codes as in `casework.codes`, dates in the calendar of the office."""

    full_name: str
    nik: str | None
    sex: int
    birth_place: str
    birth_date: date
    birth_date_estimated: bool
    religion: int
    blood_type: int
    marital_status: int
    education: int
    occupation: int
    citizenship: int
    family_relation: int
    father_name: str
    mother_name: str
    disability: int | None
    marriage_date: date | None = None
    """Column 11 of the family card, where a marriage (or its end) is registered and its day known."""


REGISTERED = 2
NOT_REGISTERED = frozenset({1, 3, 5})
"""Codes of `codes.MARITAL_STATUS` with no registered act, and so without its day."""


def age_on(birth: date, day: date) -> int:
    """Full years of life on `day`."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def card_due(person: Biodata, day: date) -> bool:
    """Whether the person is to have an identity card: 17 years old, or married or once married."""
    return age_on(person.birth_date, day) >= CARD_AGE or person.marital_status != 1


def card_day(person: Biodata) -> date:
    """The day on which this person is old enough for a card; born on 29 February he is it on 1 March."""
    birth, year = person.birth_date, person.birth_date.year + CARD_AGE
    try:
        return birth.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def born_for_a_card(day: date) -> date:
    """The latest birthday of who is old enough for a card on this day."""
    try:
        return day.replace(year=day.year - CARD_AGE)
    except ValueError:
        return date(day.year - CARD_AGE, 2, 28)


def may_be_recorded(person: Biodata, day: date) -> bool:
    """Whether the person may be recorded for an identity card, be it due yet or not."""
    return card_due(person, day) or age_on(person.birth_date, day) >= RECORDING_AGE


def _number_findings(number: str, field: str, specimen: bool, women_offset: bool) -> list[Finding]:
    if not re.fullmatch(r"[0-9]{16}", number):
        return [Finding("error", field, "harus 16 angka")]
    findings = []
    if number.startswith(SPECIMEN_PROVINCE):
        if not specimen:
            findings.append(Finding("error", field, "nomor contoh (awalan 99) tidak berlaku di kantor ini"))
    elif not 11 <= int(number[:2]) <= 97:
        findings.append(Finding("error", field, "kode provinsi tidak ada"))
    day = int(number[6:8])
    days = set(range(1, 32)) | (set(range(41, 72)) if women_offset else set())
    if "00" in (number[2:4], number[4:6]):
        findings.append(Finding("error", field, "kode kabupaten atau kecamatan tidak ada"))
    if day not in days or not 1 <= int(number[8:10]) <= 12:
        findings.append(Finding("error", field, "bagian tanggal tidak mungkin"))
    if number[12:] == "0000":
        findings.append(Finding("error", field, "nomor urut tidak boleh 0000"))
    return findings


def check_nik(nik: str, *, specimen: bool, field: str = "nik") -> list[Finding]:
    """Hard rules of a NIK: 16 digits `PPKKCC DDMMYY NNNN`, women's day + 40, serial not 0000.

    There is no check digit. Province 99 is allowed only where `specimen` documents are made.
    """
    return _number_findings(nik, field, specimen, women_offset=True)


def check_kk_number(number: str, *, specimen: bool, field: str = "kk_number") -> list[Finding]:
    """Hard rules of a family-card number: like a man's NIK, with the date of recording in the middle."""
    return _number_findings(number, field, specimen, women_offset=False)


def compare_nik(person: Biodata, field: str = "nik") -> list[Finding]:
    """Warn where birth date or sex in the NIK differ from the biodata; a NIK never changes (PP 40/2019 art. 30)."""
    if not person.nik or not re.fullmatch(r"[0-9]{16}", person.nik):
        return []
    day = int(person.nik[6:8])
    findings = []
    if (day > 40) != (person.sex == 2):
        findings.append(Finding("warning", field, "jenis kelamin di NIK berbeda dari biodata"))
    birth = person.birth_date
    if (day % 40, int(person.nik[8:10]), int(person.nik[10:12])) != (birth.day, birth.month, birth.year % 100):
        findings.append(Finding("warning", field, "tanggal lahir di NIK berbeda dari biodata"))
    return findings


def check_name(name: str, *, new: bool, field: str = "full_name") -> list[Finding]:
    """Permendagri 73/2022: at least two words, at most 60 letters with spaces; blocks only a new registration."""
    level: Literal["error", "warning"] = "error" if new else "warning"
    findings = []
    if not name.strip():
        return [Finding("error", field, "nama kosong")]
    if len(name) > 60:
        findings.append(Finding(level, field, "nama lebih dari 60 huruf"))
    if not re.fullmatch(r"[A-Za-z ]+", name):
        findings.append(Finding(level, field, "nama hanya boleh huruf dan spasi"))
    if len(name.split()) < 2:
        findings.append(Finding(level, field, "nama kurang dari dua kata"))
    return findings


def _marriage_findings(person: Biodata, today: date, field: str) -> list[Finding]:
    """A day belongs to a registered marriage or its end; without one column 11 of the family card stays empty."""
    day = person.marriage_date
    if day is None:
        missing = [Finding("warning", field, "kawin tercatat tanpa tanggal: di KK tercetak tanda hubung")]
        return missing if person.marital_status == REGISTERED else []
    if person.marital_status in NOT_REGISTERED:
        return [Finding("error", field, "hanya untuk perkawinan atau perceraian yang tercatat")]
    if not person.birth_date < day <= today:
        return [Finding("error", field, "sebelum lahir atau di masa depan")]
    return []


def check_biodata(person: Biodata, today: date, *, specimen: bool, field: str = "") -> list[Finding]:
    """All rules on one person; `field` is put before each field's name."""
    findings = check_name(person.full_name, new=person.nik is None, field=f"{field}full_name")
    if person.nik is not None:
        findings += check_nik(person.nik, specimen=specimen, field=f"{field}nik")
        findings += compare_nik(person, f"{field}nik")
    if person.birth_date > today:
        findings.append(Finding("error", f"{field}birth_date", "tanggal lahir di masa depan"))
    elif age_on(person.birth_date, today) > 120:
        findings.append(Finding("warning", f"{field}birth_date", "umur lebih dari 120 tahun"))
    day_and_month = (person.birth_date.day, person.birth_date.month)
    if person.birth_date_estimated and day_and_month != (1, 7) and person.birth_date.day != 15:
        findings.append(Finding("warning", f"{field}birth_date", "tanggal perkiraan lazimnya 1 Juli atau tanggal 15"))
    if person.marital_status in {2, 3} and person.birth_date <= today and age_on(person.birth_date, today) < 19:
        findings.append(Finding("warning", f"{field}marital_status", "kawin di bawah 19 tahun: perlu dispensasi"))
    findings += _marriage_findings(person, today, f"{field}marriage_date")
    if person.citizenship != 1:
        findings.append(Finding("error", f"{field}citizenship", "hanya WNI; rujuk ke layanan orang asing"))
    return findings


def check_household(people: tuple[Biodata, ...], field: str = "residents") -> list[Finding]:
    """Rules on a family: exactly one head, standing first; no NIK twice; husbands men, wives women."""
    findings = []
    heads = [index for index, person in enumerate(people) if person.family_relation == 1]
    if heads != [0]:
        findings.append(Finding("error", field, "harus tepat satu kepala keluarga, di urutan pertama"))
    niks = [person.nik for person in people if person.nik]
    if len(set(niks)) != len(niks):
        findings.append(Finding("error", field, "NIK yang sama dipakai dua kali"))
    for index, person in enumerate(people):
        if (person.family_relation, person.sex) in {(2, 2), (3, 1)}:
            findings.append(Finding("error", f"{field}[{index}].family_relation", "tidak cocok dengan jenis kelamin"))
    return findings


def mask(number: str | None) -> str:
    """A NIK or KK number for the screen: all but the last four digits hidden."""
    return "" if not number else "•" * (len(number) - 4) + number[-4:]
