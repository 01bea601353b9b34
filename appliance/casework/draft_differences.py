"""Where SIAK, a packet or a chip differs from the approved draft: named by field, never by value. Pure."""

from __future__ import annotations

from collections.abc import Mapping

FIELDS: Mapping[str, str] = {
    "nik": "NIK",
    "nik_status": "NIK non-aktif",
    "kk_number": "nomor KK",
    "full_name": "nama",
    "sex": "jenis kelamin",
    "birth_place": "tempat lahir",
    "birth_date": "tanggal lahir",
    "birth_date_estimated": "tanggal lahir perkiraan",
    "religion": "agama",
    "blood_type": "golongan darah",
    "marital_status": "status perkawinan",
    "education": "pendidikan",
    "occupation": "pekerjaan",
    "citizenship": "kewarganegaraan",
    "family_relation": "hubungan keluarga",
    "father_name": "nama ayah",
    "mother_name": "nama ibu",
    "disability": "disabilitas",
    "address": "alamat",
    "rt": "RT",
    "rw": "RW",
    "rt_rw": "RT/RW",
    "kelurahan": "kelurahan",
    "kecamatan": "kecamatan",
    "city": "kota",
    "province": "provinsi",
    "postal_code": "kode pos",
    "valid_until": "masa berlaku",
}
"""Every field that is compared, as the officer calls it."""

OF_THE_CARD = frozenset(
    {
        "nik", "full_name", "sex", "birth_place", "birth_date", "religion", "blood_type", "marital_status",
        "occupation", "citizenship", "address", "rt", "rw", "rt_rw", "kelurahan", "kecamatan",
    }
)  # fmt: skip
"""What a card's face prints of its holder: who is asked must say it, silence is a difference."""


def differing(approved: Mapping[str, object], said: Mapping[str, object]) -> tuple[str, ...]:
    """The fields, sorted, of which `said` says something else than `approved`.

    Capitals and spaces are no difference; neither is a field that stands on no card and of which nothing is said.
    """
    return tuple(
        sorted(
            name
            for name, value in approved.items()
            if (name in said or name in OF_THE_CARD) and _plain(said.get(name)) != _plain(value)
        )
    )


def _plain(value: object) -> str:
    return "" if value is None else " ".join(str(value).upper().split())


def in_words(detail: str) -> str:
    """What a fault tells of the fields that differ, `religion, 1.address`, in words; a number names the member."""
    said = []
    for one in detail.split(", "):
        position, _, name = one.rpartition(".")
        if name in FIELDS:
            said.append(f"{FIELDS[name]} anggota {int(position) + 1}" if position.isdecimal() else FIELDS[name])
    return f"Yang berbeda: {', '.join(said)}." if said else ""
