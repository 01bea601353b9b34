"""A search before a new NIK came upon somebody who has one: the Kasi lets him keep it, no second one is asked for.

Who is registered in another region moves in (F-1.03); whose number sleeps is woken by his recording (Permendagri
95/2019 art. 96). Either way the papers of the case are those of somebody with a NIK from then on.
"""

from __future__ import annotations

from dataclasses import asdict, replace

from appliance.casework.intake import Category
from appliance.casework.people import compare_nik
from appliance.casework.sop import NotAllowed
from appliance.office.alike import alike_pairs
from appliance.records import cases
from appliance.records.cases import CaseRecord, ResidentRecord
from appliance.records.store import Transaction, canonical

KNOWN = "known"
CONDITION_OF = {"hit_other_region": "other_region", "hit_inactive": "nik_inactive"}
"""What a finding of the centre makes the service reckon with."""


def found_niks(tx: Transaction, record: CaseRecord) -> dict[int, frozenset[str]]:
    """By the residents' places: the NIKs of those whom each was found to be like, at the centre and here."""
    found: dict[int, set[str]] = {}
    for item in cases.evidence_of(tx, record.id, "search"):
        if item.facts.get("nik"):
            found.setdefault(int(item.position or 0), set()).add(str(item.facts["nik"]))
    for pair in alike_pairs(tx, record):
        if pair.other.person.nik:
            found.setdefault(pair.sought.person.position, set()).add(pair.other.person.nik)
    return {
        person.position: frozenset(found[person.position])
        for person in cases.residents(tx, record.id)
        if person.nik is None and person.position in found
    }


def take_found(tx: Transaction, record: CaseRecord, about: object) -> int:
    """Give the resident the NIK that he was found to have; his place. Raises `NotAllowed` for none or two."""
    found = found_niks(tx, record)
    if not found:
        raise NotAllowed("Tidak ada NIK yang ditemukan.")
    if len(found) > 1 and about not in found:
        raise NotAllowed("Beberapa orang ditemukan. Pilih orangnya.")
    position = about if isinstance(about, int) else next(iter(found))
    niks = found.get(position, frozenset())
    if not niks:
        raise NotAllowed("Untuk orang ini tidak ada NIK yang ditemukan.")
    if len(niks) > 1:
        raise NotAllowed("Ditemukan lebih dari satu NIK: data ganda. Selesaikan dulu di pusat.")
    (nik,) = niks
    if nik in {person.nik for person in cases.residents(tx, record.id)}:
        raise NotAllowed("NIK itu sudah dipakai anggota keluarga lain di berkas ini.")
    keep_nik(tx, cases.resident_at(tx, record.id, position), nik)
    searched = cases.evidence_of(tx, record.id, "search", position)
    condition = CONDITION_OF.get(searched[-1].state) if searched else None
    if condition is not None and condition not in record.category.condition:
        category = Category(record.category.legal, (*record.category.condition, condition))
        cases.change(tx, record, category=canonical(asdict(category)))
    return position


def keep_nik(tx: Transaction, person: ResidentRecord, nik: str) -> None:
    """He has had this NIK all along: it stands in his biodata as if he had brought it."""
    biodata = replace(person.biodata, nik=nik)
    cases.change_resident(tx, person, nik=nik, biodata=cases.biodata_to_json(biodata))


def decided_niks(tx: Transaction, case_id: str) -> dict[int, str]:
    """The NIKs that the Kasi found to be theirs, by the residents' places."""
    decided = {item.position for item in cases.evidence_of(tx, case_id, "decision", name=KNOWN)}
    return {
        person.position: person.nik
        for person in cases.residents(tx, case_id)
        if person.nik and person.position in decided
    }


def doubts(person: ResidentRecord, nik: str) -> tuple[str, ...]:
    """Where birth date or sex in this NIK differ from what the file says of the resident."""
    return tuple(one.message for one in compare_nik(replace(person.biodata, nik=nik)))
