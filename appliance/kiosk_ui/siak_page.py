"""What an operator types into SIAK by hand, in the order in which SIAK asks for it, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass, field

from appliance.casework import codes, regions
from appliance.casework.intake import Household
from appliance.casework.roles import Actor, Role
from appliance.office.by_hand import typed_once, without_nik
from appliance.office.context import Office
from appliance.records import cases
from appliance.records.cases import ResidentRecord

Lines = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SiakView:
    """The page: `sections` are title and lines, `new` those who get a NIK in the order of the family card.

    `again` says that the numbers were typed once and are now to be typed a second time.
    """

    case_id: str
    code: str
    sections: tuple[tuple[str, Lines], ...] = field(repr=False)
    new: tuple[str, ...] = field(repr=False)
    again: bool


def siak_view(office: Office, actor: Actor, case_id: str) -> SiakView:
    """The page of this case; raises `Missing` unless this person may bring its numbers now."""
    with office.store.read() as tx:
        record, people = cases.get(tx, case_id), cases.residents(tx, case_id)
        again = typed_once(tx, case_id) is not None
    if "siak" not in office.by_hand or record.state != "INPUT_SIAK" or actor.role is not Role.OPERATOR:
        raise cases.Missing("Berkas ini tidak menunggu nomor dari SIAK.")
    sections = [("Data keluarga", _family(record.household, people))] if record.household else []
    sections += [(f"Anggota {person.position + 1}", _member(person)) for person in people]
    new = tuple(person.biodata.full_name.upper() for person in without_nik(people))
    return SiakView(record.id, record.code, tuple(sections), new, again)


def _family(home: Household, people: list[ResidentRecord]) -> Lines:
    """The head of form F-1.01 (Permendagri 109/2019)."""
    region = regions.SUBDISTRICTS[home.kelurahan]
    return (
        ("Nama kepala keluarga", people[0].biodata.full_name.upper()),
        ("Alamat", home.address.upper()),
        ("Kode pos", home.postal_code),
        ("RT", home.rt),
        ("RW", home.rw),
        ("Jumlah anggota keluarga", str(len(people))),
        ("Provinsi", " ".join(regions.PROVINCE)),
        ("Kabupaten/kota", " ".join(regions.CITY)),
        ("Kecamatan", f"{region.district} {regions.DISTRICTS[region.district]}"),
        ("Desa/kelurahan", f"{home.kelurahan} {region.name}"),
        ("Nomor KK yang sudah ada", home.kk_number or "-"),
    )


def _member(person: ResidentRecord) -> Lines:
    """One row of form F-1.01, each code with its word."""

    def coded(table: dict[int, str], code: int | None) -> str:
        return "-" if code is None else f"{code} {table[code]}"

    data = person.biodata
    estimated = " (perkiraan)" if data.birth_date_estimated else ""
    return (
        ("Nama lengkap", data.full_name.upper()),
        ("Jenis kelamin", coded(codes.SEX, data.sex)),
        ("Tempat lahir", data.birth_place.upper()),
        (
            "Tanggal lahir",
            data.birth_date.strftime("%d-%m-%Y") + estimated,
        ),
        ("Kewarganegaraan", coded(codes.CITIZENSHIP, data.citizenship)),
        ("Golongan darah", coded(codes.BLOOD_TYPE, data.blood_type)),
        ("Agama", coded(codes.RELIGION, data.religion)),
        ("Status perkawinan", coded(codes.MARITAL_STATUS, data.marital_status)),
        ("Tanggal perkawinan atau perceraian", f"{data.marriage_date:%d-%m-%Y}" if data.marriage_date else "-"),
        ("Hubungan dalam keluarga", coded(codes.FAMILY_RELATION, data.family_relation)),
        ("Penyandang disabilitas", coded(codes.DISABILITY, data.disability)),
        ("Pendidikan terakhir", coded(codes.EDUCATION, data.education)),
        ("Jenis pekerjaan", coded(codes.OCCUPATION, data.occupation)),
        ("NIK yang sudah ada", data.nik or "-"),
        ("Nama ibu", data.mother_name.upper()),
        ("Nama ayah", data.father_name.upper()),
    )
