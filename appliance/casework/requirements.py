"""Which papers a case needs, and which of them are still missing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from appliance.casework.codes import LETTERS
from appliance.casework.intake import Category
from appliance.casework.people import Biodata


@dataclass(frozen=True, slots=True)
class Requirement:
    """A paper that must be there: any one of `kinds` fulfils it; `how` says in plain words where it is to be had."""

    key: str
    kinds: tuple[str, ...]
    how: str

    @property
    def label(self) -> str:
        """The paper's name, or names joined by "atau"."""
        return " atau ".join(LETTERS[kind] for kind in self.kinds)


_WHERE = {
    "SK_DOMISILI": "Minta di kantor kelurahan tempat tinggal sekarang.",
    "SK_DINSOS": "Minta di Dinas Sosial Kota Metro.",
    "SK_POLISI_TANPA_IDENTITAS": "Minta di Polsek terdekat.",
    "SK_POLISI_KEHILANGAN": "Minta di Polsek terdekat.",
    "F_1_01": "Isi formulir F-1.01 di kantor ini.",
    "F_1_02": "Isi formulir F-1.02 di kantor ini.",
    "F_1_04": "Isi formulir F-1.04 di kantor ini; pendamping boleh menandatangani.",
    "F_1_05": "Isi formulir F-1.05 di kantor ini.",
    "SKPTI": "Dibuat Tim Pendataan dinas ini setelah kunjungan.",
}


def _requirement(*kinds: str) -> Requirement:
    return Requirement(kinds[0], kinds, _WHERE[kinds[0]])


def required(category: Category, residents: tuple[Biodata, ...], profile: str) -> tuple[Requirement, ...]:
    """The papers of this case.

    Profile `sop` asks what SOP D-11/002 names: domicile letter for those without NIK, Dinsos letter for ODGJ and
    terlantar without NIK, police letter for those without identity. Profile `national` adds the forms of
    Permendagri 109/2019 and the SKPTI of Permendagri 96/2019.
    """
    papers: list[Requirement] = []
    unregistered = any(person.nik is None for person in residents)
    lost = "documents_lost" in category.condition
    if unregistered:
        papers.append(_requirement("SK_DOMISILI"))
        if "odgj" in category.condition or category.legal == "orang_terlantar":
            papers.append(_requirement("SK_DINSOS"))
    if "no_identity" in category.condition and lost:
        papers.append(_requirement("SK_POLISI_KEHILANGAN", "SK_POLISI_TANPA_IDENTITAS"))
    elif "no_identity" in category.condition:
        papers.append(_requirement("SK_POLISI_TANPA_IDENTITAS"))
    elif lost:
        papers.append(_requirement("SK_POLISI_KEHILANGAN"))
    if profile == "national":
        papers.append(_requirement("F_1_02"))
        if unregistered:
            papers.append(_requirement("F_1_01"))
        if unregistered and "no_identity" in category.condition:
            papers.append(_requirement("F_1_04"))
        if category.legal != "none":
            papers.append(_requirement("SKPTI"))
        if any(person.marital_status in {3, 5} for person in residents):
            papers.append(_requirement("F_1_05"))
    return tuple(papers)


def missing(papers: Iterable[Requirement], kinds_in_hand: Iterable[str]) -> tuple[Requirement, ...]:
    """The papers that none of the kinds in hand fulfils."""
    have = set(kinds_in_hand)
    return tuple(paper for paper in papers if not have & set(paper.kinds))
