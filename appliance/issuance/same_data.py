"""What the registry, a packet and a chip say of a resident, held against the draft that the Kabid approved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from appliance.casework.draft_differences import differing
from appliance.central.siak import RegisteredResident
from appliance.issuance.paper_values import approved_draft, card_text
from appliance.records.cases import CaseRecord, ResidentRecord


def differing_in_registry(
    record: CaseRecord, person: ResidentRecord, registered: RegisteredResident
) -> tuple[str, ...]:
    """The fields in which the registry differs, the household's among them; the state of the NIK is not compared."""
    household = asdict(record.household) if record.household else {}
    approved = {**household, **approved_draft(person), "kk_number": record.kk_number}
    if record.kk_number is None:
        del approved["kk_number"]
    return differing(approved, {**registered.biodata, "nik": registered.nik, "kk_number": registered.kk_number})


def differing_on_card(record: CaseRecord, person: ResidentRecord, said: Mapping[str, str]) -> tuple[str, ...]:
    """The fields in which the text of a chip, or of the packet for it, differs from what the card's face will print.

    `said` has the names of `chip.fields`; of a field that stands there twice, each is held against the draft.
    """
    face = card_text(record, person)
    approved = {
        **{name: face[name] for name in _SAME_NAME},
        "rt_rw": f"{face['rt']}/{face['rw']}",
        "kelurahan": face["village"],
        "kecamatan": face["district"],
    }
    if record.kk_number is not None:
        approved["kk_number"] = record.kk_number
    again = {name: said[twin] for name, twin in _TWINS.items() if twin in said}
    return tuple(sorted({*differing(approved, said), *differing({name: approved[name] for name in again}, again)}))


_SAME_NAME = (
    "nik", "full_name", "birth_place", "birth_date", "sex", "blood_type", "address", "religion", "marital_status",
    "occupation", "citizenship", "city", "province", "valid_until",
)  # fmt: skip
_TWINS = {"address": "registered_address", "birth_date": "full_birth_date"}
"""Fields of DG13 that stand in DG11 too (ICAO 9303-10 §4.7.11)."""
