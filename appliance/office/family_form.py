"""F-1.01, the biodata of a family, filled from a case; and what it shares with the other forms."""

from __future__ import annotations

from collections.abc import Callable

from appliance.casework import codes, regions
from appliance.casework.people import REGISTERED
from appliance.config import Settings
from appliance.documents.forms import BLANK, Facts, Form, Grid, Section, Signatures, Words
from appliance.documents.values import Letterhead
from appliance.records.cases import CaseRecord, ResidentRecord

_ROWS = 4
"""Rows of the family's tables at least, so that who is not known yet can be written in."""


def case_form(
    settings: Settings, record: CaseRecord, code: str, title: str, basis: str, *sections: Section, **how: bool
) -> Form:
    """A form of this case, with what all of them have."""
    return Form(
        letterhead=Letterhead(settings.office.city.title(), settings.office.name),
        code=code,
        title=title,
        basis=basis,
        reference=record.code,
        sections=sections,
        issued_at=record.changed_at,
        specimen=settings.specimen,
        **how,
    )


def region_of(record: CaseRecord) -> regions.Region | None:
    """Where the people live, or are said to."""
    code = record.household.kelurahan if record.household else str(record.report.get("kelurahan", ""))
    return regions.SUBDISTRICTS.get(code)


def or_blank(text: str | None) -> str:
    """In capitals, or room to write."""
    return text.upper() if text and text.strip() not in {"", "-"} else BLANK


def coded(table: dict[int, str], code: int | None) -> str:
    """Code and word, or room to write."""
    return BLANK if code is None else f"{code} {table[code]}"


def married(one: ResidentRecord) -> str:
    """The day of a registered marriage; the certificate and its number are written by hand."""
    day = one.biodata.marriage_date
    return BLANK if day is None or one.biodata.marital_status != REGISTERED else f"{day:%d-%m-%Y}"


def born(person: ResidentRecord) -> str:
    """The birth date as documents write it, and whether it is an estimate."""
    about = " (perkiraan)" if person.biodata.birth_date_estimated else ""
    return person.biodata.birth_date.strftime("%d-%m-%Y") + about


def nik_of(person: ResidentRecord) -> str:
    """The NIK, or room to write it."""
    return person.nik or person.biodata.nik or BLANK


def identity(record: CaseRecord, one: ResidentRecord | None) -> tuple[tuple[str, str], ...]:
    """The lines by which a paper names one person, the last two of them where he lives."""
    home, region = record.household, region_of(record)
    place = f"RT {home.rt} RW {home.rw}" if home else ""
    below = f"{region.name}, {regions.DISTRICTS[region.district]}, {regions.CITY[1]}" if region else ""
    told = str(record.report.get("person") or "")
    return (
        ("Nama", one.biodata.full_name.upper() if one else or_blank(told)),
        ("Tempat, tanggal lahir", f"{one.biodata.birth_place.upper()}, {born(one)}" if one else BLANK),
        ("Jenis kelamin", codes.SEX[one.biodata.sex] if one else BLANK),
        ("Nama ibu", or_blank(one.biodata.mother_name) if one else BLANK),
        (
            "Alamat sekarang",
            " ".join(part for part in (home.address.upper() if home else "", place) if part) or BLANK,
        ),
        ("Kelurahan, kecamatan, kota", below or BLANK),
    )


_FAMILY: tuple[tuple[tuple[str, float, Callable[[ResidentRecord], str]], ...], ...] = (
    (
        ("Nama lengkap", 62, lambda one: one.biodata.full_name.upper()),
        ("Gelar depan", 16, lambda one: BLANK),
        ("Gelar belakang", 18, lambda one: BLANK),
        ("NIK", 34, nik_of),
        ("Jenis kelamin", 26, lambda one: coded(codes.SEX, one.biodata.sex)),
        ("Tempat lahir", 36, lambda one: or_blank(one.biodata.birth_place)),
        ("Tanggal lahir", 34, born),
        ("Kewarganegaraan", 30, lambda one: coded(codes.CITIZENSHIP, one.biodata.citizenship)),
    ),
    (
        ("Akta lahir (ada/tidak), nomor", 40, lambda one: BLANK),
        ("Gol. darah", 22, lambda one: coded(codes.BLOOD_TYPE, one.biodata.blood_type)),
        ("Agama atau kepercayaan", 42, lambda one: coded(codes.RELIGION, one.biodata.religion)),
        ("Status perkawinan", 42, lambda one: coded(codes.MARITAL_STATUS, one.biodata.marital_status)),
        ("Akta kawin (ada/tidak), nomor, tanggal", 55, married),
        ("Akta cerai (ada/tidak), nomor, tanggal", 55, lambda one: BLANK),
    ),
    (
        ("Status hubungan dalam keluarga", 40, lambda one: coded(codes.FAMILY_RELATION, one.biodata.family_relation)),
        ("Kelainan fisik dan mental", 24, lambda one: "ADA" if one.biodata.disability is not None else BLANK),
        ("Penyandang disabilitas", 34, lambda one: coded(codes.DISABILITY, one.biodata.disability)),
        ("Pendidikan terakhir", 44, lambda one: coded(codes.EDUCATION, one.biodata.education)),
        ("Jenis pekerjaan", 44, lambda one: coded(codes.OCCUPATION, one.biodata.occupation)),
        ("Paspor: nomor, tanggal berakhir", 35, lambda one: BLANK),
        ("ITAS/ITAP: nomor, tanggal", 35, lambda one: BLANK),
    ),
    (
        ("NIK ibu", 34, lambda one: BLANK),
        ("Nama ibu", 92, lambda one: or_blank(one.biodata.mother_name)),
        ("NIK ayah", 34, lambda one: BLANK),
        ("Nama ayah", 92, lambda one: or_blank(one.biodata.father_name)),
    ),
)
"""The columns of F-1.01 for each member, as tables that an A4 sheet holds."""


def family_form(settings: Settings, record: CaseRecord, people: list[ResidentRecord]) -> Form:
    home, region = record.household, region_of(record)
    head = people[0].biodata.full_name.upper() if people else BLANK
    rows = max(_ROWS, len(people))
    tables = tuple(
        Grid(
            "Data anggota keluarga" if number == 0 else "",
            (("No.", 9.0), *((name, float(width)) for name, width, _ in columns)),
            tuple(
                (
                    str(row + 1),
                    *(value(people[row]) if row < len(people) else BLANK for _, _, value in columns),
                )
                for row in range(rows)
            ),
            7.0,
        )
        for number, columns in enumerate(_FAMILY)
    )
    return case_form(
        settings,
        record,
        "F-1.01",
        "FORMULIR BIODATA KELUARGA",
        "Peraturan Menteri Dalam Negeri Nomor 109 Tahun 2019",
        Facts(
            "Data kepala keluarga dan wilayah",
            (
                ("Nama kepala keluarga", head),
                ("Alamat", or_blank(home.address if home else None)),
                ("RT / RW", f"{home.rt} / {home.rw}" if home else BLANK),
                ("Kode pos", home.postal_code if home else BLANK),
                ("Jumlah anggota keluarga", str(len(people)) if people else BLANK),
                ("Telepon", BLANK),
                ("Provinsi", " ".join(regions.PROVINCE)),
                ("Kabupaten/kota", " ".join(regions.CITY)),
                ("Kecamatan", f"{region.district} {regions.DISTRICTS[region.district]}" if region else BLANK),
                ("Desa/kelurahan", f"{region.code} {region.name}" if region else BLANK),
            ),
        ),
        *tables,
        Words("Dengan ini saya menyatakan bahwa isi formulir ini benar. Yang belum diketahui dibiarkan kosong."),
        Signatures((("Kepala keluarga / wali", head), ("Petugas Dukcapil", BLANK))),
        landscape=True,
    )
