"""What each kind of letter carries as data, beside its number, date, issuer and signer; layouts differ by issuer.

Kinds that are not here (forms filled in at the counter, certificates) need nothing more than that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

LONGEST = 200
SIGNED_BY = {"person": "Penduduk sendiri", "guardian": "Pendamping atau wali", "institution": "Pimpinan lembaga"}
CARE = {"odgj": "ODGJ", "terlantar": "Orang terlantar", "lain": "Lainnya"}


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that a letter says: `options` where it is a choice, `pattern` what it must look like."""

    key: str
    label: str
    must: bool = True
    options: Mapping[str, str] | None = None
    pattern: str = ""
    fix: str = ""


_TITLE = Detail("signer_title", "Jabatan penanda tangan")
_PERSON = Detail("person", "Nama atau ciri-ciri orangnya")
_CARE = (
    _TITLE,
    Detail("care", "Golongan", options=CARE),
    Detail("found_at", "Ditemukan atau dirawat di mana"),
    Detail("institution", "Lembaga yang merawat", must=False),
    Detail("companion", "Nama pendamping"),
    Detail("estimated_age", "Perkiraan umur", must=False, pattern=r"[0-9]{1,3}", fix="Isi umur dengan angka."),
    Detail("social_report", "Nomor laporan sosial", must=False),
)
_POLICE = (_TITLE, Detail("police_office", "Polsek atau Polres"), _PERSON)
_GUARDIAN = (
    Detail("guardian", "Nama pendamping atau wali"),
    Detail("guardian_nik", "NIK pendamping", must=False, pattern=r"[0-9]{16}", fix="NIK 16 angka, atau kosongkan."),
    Detail("relation", "Hubungan atau lembaganya"),
    Detail("contact", "Telepon pendamping", must=False),
    Detail("authority", "Dasar kewenangan", must=False),
)
DETAILS: Mapping[str, tuple[Detail, ...]] = {
    "SK_DOMISILI": (
        _TITLE,
        _PERSON,
        Detail("address", "Alamat pada surat, dengan RT/RW"),
        Detail("since", "Tinggal di sana sejak", must=False),
    ),
    "SK_DINSOS": _CARE,
    "SK_PANTI": _CARE,
    "SK_POLISI_TANPA_IDENTITAS": _POLICE,
    "SK_POLISI_KEHILANGAN": _POLICE,
    "F_1_04": (
        Detail("signed_by", "Yang menandatangani", options=SIGNED_BY),
        Detail("cannot_sign", "Sebab penduduk tidak menandatangani sendiri", must=False),
        Detail("witness_1", "Saksi pertama"),
        Detail("witness_2", "Saksi kedua"),
        *(Detail(one.key, one.label, False, one.options, one.pattern, one.fix) for one in _GUARDIAN),
    ),
    "F_1_07": _GUARDIAN,
}
"""By kind of letter. The police letters of loss and of no identity are two kinds, not one with a mark."""

KEYS: Mapping[str, Detail] = {one.key: one for of in DETAILS.values() for one in of}
"""Every detail of any letter by its key."""


def mistakes_in(kind: str, said: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """What is wrong with the details of a letter: key and sentence, in the order of its form."""
    found: list[tuple[str, str]] = []
    for one in DETAILS.get(kind, ()):
        value = said.get(one.key, "")
        if not value:
            if one.must:
                verb = "Pilih" if one.options else "Isi"
                found.append((one.key, f"{verb} {one.label[0].lower()}{one.label[1:]}."))
        elif len(value) > LONGEST:
            found.append((one.key, "Isian ini terlalu panjang."))
        elif (one.options is not None and value not in one.options) or (
            one.pattern and not re.fullmatch(one.pattern, value)
        ):
            found.append((one.key, one.fix or "Pilih dari daftar."))
    if kind == "F_1_04" and said.get("signed_by") in {"guardian", "institution"}:
        needed = {
            "cannot_sign": "Isi sebab penduduk tidak menandatangani sendiri.",
            "guardian": "Isi nama pendamping atau wali.",
            "relation": "Isi hubungan atau lembaganya.",
        }
        found += [(key, sentence) for key, sentence in needed.items() if not said.get(key)]
    if kind == "F_1_04" and said.get("witness_1") and same(said["witness_1"], said.get("witness_2", "")):
        found.append(("witness_2", "Kedua saksi harus orang yang berbeda."))
    return tuple(found)


def same(one: str, other: str) -> bool:
    """Whether two names are written alike but for case and spaces."""
    return " ".join(one.upper().split()) == " ".join(other.upper().split())


def whole(kind: str, facts: Mapping[str, object]) -> bool:
    """Whether everything that a letter of this kind must carry was recorded; `facts` as the letter's row has them."""
    details = facts.get("details")
    said = {str(key): str(value) for key, value in details.items()} if isinstance(details, Mapping) else {}
    return not mistakes_in(kind, said)


def shown(kind: str, facts: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """Label and value of the details that were recorded, for those who check the letter."""
    details = facts.get("details")
    said = details if isinstance(details, Mapping) else {}
    return tuple(
        (one.label, str((one.options or {}).get(str(said[one.key]), said[one.key])))
        for one in DETAILS.get(kind, ())
        if said.get(one.key)
    )


IDENTITY = ("about", "number", "date", "issuer", "signer")
"""By what a letter of a kind is told from another one; forms have no number of their own, so the number alone is not
enough."""


def identity(kind: str, facts: Mapping[str, object]) -> tuple[str, ...]:
    """Equal for the same paper told again, whatever was recorded of its contents; case and spaces do not count."""
    return kind, *(" ".join(str(facts.get(key, "")).upper().split()) for key in IDENTITY)


def of_day(facts: Mapping[str, object]) -> date:
    """The date on the letter, as its row has it."""
    return date.fromisoformat(str(facts["date"]))
