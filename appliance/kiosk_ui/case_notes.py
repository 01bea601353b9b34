"""Lines of the case page that come of looking: what the registry says of a NIK, where a document waits."""

from __future__ import annotations

from collections.abc import Iterable

from appliance.casework.nik_look import FIELDS, WORDS, LookResult
from appliance.kiosk_ui.words import hour
from appliance.office.views import CaseState
from appliance.records.uncollected import READY_CARD, READY_KK, SHELF


def notes_of(state: CaseState) -> Iterable[str]:
    """All of them."""
    yield from _looks(state)
    yield from _shelves(state)


def _looks(state: CaseState) -> Iterable[str]:
    """The newest look at each resident's NIK."""
    newest = {one.position: one for one in state.evidence if one.kind == "nik_look"}
    for position, one in newest.items():
        result = LookResult(one.state)
        differs = ", ".join(FIELDS.get(name, name) for name in one.facts["differs"])
        compared = (f", berbeda: {differs}" if differs else ", data sama") if result is LookResult.FOUND else ""
        left = "" if one.facts["left"] is None else f", sisa menurut pusat {one.facts['left']}"
        name = state.residents[int(position or 0)].person.biodata.full_name
        yield (
            f"Data pusat {name} ({hour(one.created_at)}): {WORDS[result]}{compared}. "
            f"Kuota hari itu: {one.facts['used']} dari {one.facts['limit']}{left}."
        )


def _shelves(state: CaseState) -> Iterable[str]:
    """Where a document lies that waits for its holder."""
    ready: set[int | None] = {None} if state.record.kk_state == READY_KK else set()
    ready |= {one.person.position for one in state.residents if one.person.ktp_state == READY_CARD}
    newest = {one.position: one for one in state.evidence if one.kind == SHELF and one.position in ready}
    for position, one in newest.items():
        whose = "" if position is None else f" {state.residents[position].person.biodata.full_name}"
        yield f"{'KK' if position is None else 'KTP-el'}{whose} ada di {one.facts['shelf']}."
