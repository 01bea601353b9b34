"""Whether a case may go on to a new NIK by itself: all adults were sought, nobody is alike, at the centre or here."""

from __future__ import annotations

from appliance.casework.roles import SYSTEM
from appliance.issuance.local_search import Searched
from appliance.records import audit, cases
from appliance.records.moves import move_case
from appliance.records.store import Transaction


def add_local_search(tx: Transaction, case_id: str, position: int, found: Searched) -> None:
    """Keep whom the search in this office came upon: who, which fingers, how sure; never a score."""
    alike = [
        {"case": one.who[0], "position": one.who[1], "fingers": one.fingers, "level": one.level}
        for one in found.alike
    ]
    state = "alike" if alike else "clear"
    cases.add_evidence(tx, case_id, "local_search", position=position, state=state, alike=alike)
    codes = sorted({cases.get(tx, one.who[0]).code for one in found.alike})
    audit.record(
        tx, "search-local-complete", SYSTEM, case_id,
        resident=position, compared=found.compared, unread=found.unread, alike=codes,
    )  # fmt: skip


def go_on_if_new(tx: Transaction, case_id: str) -> None:
    """Move the case on when the last adult's search is done and nobody was found for any; else the Kasi decides."""
    centre = {item.position: item.state for item in cases.evidence_of(tx, case_id, "search")}
    office = {item.position: item.state for item in cases.evidence_of(tx, case_id, "local_search")}
    adults = [
        person.position
        for person in cases.residents(tx, case_id)
        if person.nik is None and person.ktp_state != "TIDAK_PERLU"
    ]
    if all(centre.get(one) == "no_hit" and office.get(one) == "clear" for one in adults):
        move_case(tx, cases.get(tx, case_id), "search_clear", SYSTEM)
