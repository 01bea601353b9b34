"""What the registry's data service says of a NIK, held against what the file says. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from appliance.casework.people import Biodata


class LookResult(StrEnum):
    """What came of looking a NIK up; the service's codes 11 to 15 beside "found"."""

    FOUND = "found"
    DEAD = "dead"
    DOUBLE = "double"
    UNKNOWN = "unknown"
    INACTIVE = "inactive"
    MALFORMED = "malformed"


WORDS: dict[LookResult, str] = {
    LookResult.FOUND: "NIK aktif",
    LookResult.DEAD: "tercatat meninggal. Kasi memeriksa sebelum berkas diteruskan",
    LookResult.DOUBLE: "tercatat ganda. Kasi memutuskan NIK mana yang dipakai",
    LookResult.UNKNOWN: "NIK tidak ditemukan. Periksa angkanya",
    LookResult.INACTIVE: "NIK non-aktif. Tidak perlu NIK baru; aktif kembali setelah direkam",
    LookResult.MALFORMED: "pusat menolak bentuk NIK ini. Periksa angkanya",
}

FIELDS: dict[str, str] = {
    "full_name": "nama",
    "sex": "jenis kelamin",
    "birth_place": "tempat lahir",
    "birth_date": "tanggal lahir",
    "mother_name": "nama ibu",
}
"""What is compared, in words."""


@dataclass(frozen=True, slots=True)
class RegistryPerson:
    """The few fields that are taken out of an answer, normalised: capitals, single spaces, nothing unprintable.

    What the service left out is empty, 0 or None, and is compared with nothing.
    """

    nik: str
    full_name: str = ""
    sex: int = 0
    birth_place: str = ""
    birth_date: date | None = None
    mother_name: str = ""


def differences(said: Biodata, known: RegistryPerson) -> tuple[str, ...]:
    """The fields (keys of `FIELDS`) in which file and registry differ; what either does not know is no difference."""
    pairs: dict[str, tuple[object, object]] = {
        "full_name": (_plain(said.full_name), known.full_name),
        "sex": (said.sex, known.sex),
        "birth_place": (_plain(said.birth_place), known.birth_place),
        "birth_date": (said.birth_date, known.birth_date),
        "mother_name": (_plain(said.mother_name), known.mother_name),
    }
    return tuple(name for name, (one, other) in pairs.items() if one and other and one != other)


def _plain(text: str) -> str:
    words = " ".join(text.upper().split())
    return "" if words == "-" else words
