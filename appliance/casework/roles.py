"""Who may do what: the roles of the SOP, and the chain in which nobody may hold two links."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """A person's office in the procedure (SOP D-11/002; Permendagri 95/2019 art. 44-47)."""

    RESIDENT = "resident"
    PETUGAS = "petugas"
    KASI = "kasi"
    OPERATOR = "operator"
    KABID = "kabid"
    KADIS = "kadis"
    PEREKAM = "perekam"
    GUDANG = "gudang"
    TEKNISI = "teknisi"
    AUDITOR = "auditor"
    SYSTEM = "system"


ROLE_LABELS: dict[Role, str] = {
    Role.RESIDENT: "Pemohon",
    Role.PETUGAS: "Petugas Dukcapil",
    Role.KASI: "Kepala Seksi",
    Role.OPERATOR: "Operator",
    Role.KABID: "Kepala Bidang",
    Role.KADIS: "Kepala Dinas",
    Role.PEREKAM: "Petugas perekaman",
    Role.GUDANG: "Petugas gudang blanko",
    Role.TEKNISI: "Teknisi",
    Role.AUDITOR: "Pengawas data pribadi",
    Role.SYSTEM: "Mesin",
}

NOT_OFFICERS = frozenset({Role.RESIDENT, Role.TEKNISI, Role.SYSTEM})
NO_CASES = frozenset({Role.GUDANG, Role.AUDITOR})
"""The store keeper counts blanks, the auditor reads what is kept how long; whose it is is none of their business
(UU 27/2022 art. 16)."""


@dataclass(frozen=True, slots=True)
class Acting:
    """An office held for somebody else: the appointment's id, `Plh.` or `Plt.`, the decree's number."""

    id: str
    title: str
    decree: str

    def __str__(self) -> str:
        return f"{self.title} {self.decree}"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: account id, name for the page, role, and the device at which it happens.

    `acting` says that the role is not his own but one that he stands in for.
    """

    id: str
    name: str
    role: Role
    device: str = "kantor"
    acting: Acting | None = None


SYSTEM = Actor("system", "SIAGA", Role.SYSTEM, "mesin")
KIOSK = Actor("kiosk", "Kios", Role.RESIDENT, "kios")

CHAIN_LINKS = frozenset({"pass_check", "verify", "submit_draft", "validate", "sign"})
"""Acts that form a case's chain of approval: one person holds at most one of them (maker and checker)."""
