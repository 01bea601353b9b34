"""How a family differs from what was known of it, in the words of the page: one line a member."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from appliance.casework import codes
from appliance.casework.household_changes import Fate
from appliance.casework.people import Biodata, mask
from appliance.kiosk_ui.shown import DifferenceView, MemberLine
from appliance.kiosk_ui.words import day
from appliance.office.household_changes import Difference, Differences

SOURCES = {
    "file": "Dibandingkan dengan berkas yang dimasukkan sebelumnya.",
    "case": "Dibandingkan dengan catatan kantor ini pada berkas {code}.",
    "none": "Kantor ini belum punya catatan keluarga ini.",
}
FATES = {Fate.SAME: "sama", Fate.CHANGED: "berubah", Fate.JOINED: "baru", Fate.LEFT: "tidak ada lagi"}


def _coded(table: Mapping[int, str]) -> Callable[[Any], str]:
    return lambda code: table.get(code, "-") if code else "-"


_FIELDS: Mapping[str, tuple[str, Callable[[Any], str]]] = {
    "full_name": ("Nama", str),
    "nik": ("NIK", lambda nik: mask(nik) or "belum ada"),
    "sex": ("Jenis kelamin", _coded(codes.SEX)),
    "birth_place": ("Tempat lahir", str),
    "birth_date": ("Tanggal lahir", day),
    "birth_date_estimated": ("Tanggal lahir perkiraan", lambda yes: "ya" if yes else "tidak"),
    "religion": ("Agama", _coded(codes.RELIGION)),
    "blood_type": ("Golongan darah", _coded(codes.BLOOD_TYPE)),
    "marital_status": ("Status perkawinan", _coded(codes.MARITAL_STATUS)),
    "education": ("Pendidikan", _coded(codes.EDUCATION)),
    "occupation": ("Pekerjaan", _coded(codes.OCCUPATION)),
    "citizenship": ("Kewarganegaraan", _coded(codes.CITIZENSHIP)),
    "family_relation": ("Hubungan keluarga", _coded(codes.FAMILY_RELATION)),
    "father_name": ("Nama ayah", str),
    "mother_name": ("Nama ibu", str),
    "disability": ("Disabilitas", _coded(codes.DISABILITY)),
    "marriage_date": ("Tanggal perkawinan atau perceraian", lambda one: day(one) if one else "-"),
}
"""Label and words of every field of a person; none is left out."""


def difference_view(found: Differences | None) -> DifferenceView | None:
    """The panel, or None where nobody lets the family pass now."""
    if found is None:
        return None
    lines = tuple(_line(one) for one in found.members)
    return DifferenceView(SOURCES[found.source].format(code=found.code), lines)


def _line(one: Difference) -> MemberLine:
    person = one.change.now or one.change.before
    assert person is not None
    marks = [f"{finding.message[0].upper()}{finding.message[1:]}." for finding in one.findings]
    if one.new_nik and one.change.now is not None:
        marks.insert(0, f"NIK baru dari SIAK: {mask(one.change.now.nik)}.")
    said = tuple(_changed(name, one.change.before, one.change.now) for name in one.change.changed)
    return MemberLine(person.full_name, str(one.change.fate), FATES[one.change.fate], said, tuple(marks))


def _changed(name: str, before: Biodata | None, now: Biodata | None) -> tuple[str, str, str]:
    label, words = _FIELDS[name]
    return label, words(getattr(before, name)), words(getattr(now, name))
