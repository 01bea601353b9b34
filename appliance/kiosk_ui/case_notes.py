"""Notes of the case page: for which office it waits, what was warned of or decided, what the registry says of a NIK,
where a document waits."""

from __future__ import annotations

from collections.abc import Iterable

from appliance.casework import codes
from appliance.casework.nik_look import FIELDS, WORDS, LookResult
from appliance.casework.people import mask
from appliance.kiosk_ui.outbox_page import said_away
from appliance.kiosk_ui.words import finger, hour, note
from appliance.office.found_nik import doubts
from appliance.office.views import CaseState
from appliance.records.cases import Evidence
from appliance.records.family_cards import WITHDRAWN
from appliance.records.uncollected import READY_CARD, READY_KK, SHELF


def notes_of(state: CaseState) -> Iterable[str]:
    """All of them."""
    yield from (f"{said_away(name, one)} Waktu SOP berkas ini menunggu." for name, one in state.away.items())
    yield from _decisions(state)
    yield from _found(state)
    yield from _withdrawn(state)
    yield from _looks(state)
    yield from _shelves(state)


def _decisions(state: CaseState) -> Iterable[str]:
    """What was warned of, decided or found in the step that the case is in."""
    for item in state.evidence:
        if item.kind == "file":
            yield from (note(str(warning)) for warning in item.facts.get("warnings", ()))
        elif item.kind == "return" and state.record.state == "DIKEMBALIKAN":
            items = ", ".join(codes.LETTERS.get(kind, kind) for kind in item.facts["items"])
            reason = codes.RETURN_REASONS.get(str(item.facts["reason"]), "")
            yield f"Dikembalikan: {reason}. {items}. {item.facts['note']}".strip()
        elif item.kind == "decision" and item.name == "send_back" and state.record.state == "INPUT_SIAK":
            yield f"Dikembalikan Kabid: {item.facts['reason']}"
        elif item.kind == "search" and state.record.state == "CEK_BIOMETRIK":
            yield f"Hasil cek biometrik: {codes.SEARCHES.get(item.state, item.state)}"
        elif item.kind == "local_search" and state.record.state == "CEK_BIOMETRIK":
            yield from _local_notes(item)


def _found(state: CaseState) -> Iterable[str]:
    """The NIKs that somebody who was searched for turned out to have, for who decides whether they are his."""
    for position, niks in state.found.items():
        person = state.residents[position].person
        for nik in sorted(niks):
            doubt = "".join(f"; {one}" for one in doubts(person, nik))
            yield f"NIK yang ditemukan untuk {person.biodata.full_name}: {mask(nik)}{doubt}."


def _local_notes(item: Evidence) -> Iterable[str]:
    """Whom the fingers of a search look like (another case's resident, an officer), or why none were sought: a person
    has to find out."""
    if item.state == "left_out":
        reason = codes.SEARCH_REASONS[str(item.facts["reason"])]
        yield (
            f"Jarinya tidak dicari di kantor ini: {reason} (kata {item.facts['officer'][1]}). "
            "Kasi memutuskan setelah jawaban pusat."
        )
    if item.facts["alike"]:
        yield "Jarinya mirip dengan jari di berkas lain kantor ini. Kasi membandingkan keduanya."
    for own in item.facts.get("officers", ()):
        yield (
            f"{finger(own['finger'])} yang diambil mirip dengan jari petugas {own['name']}. "
            "Kasi memastikan dulu jari siapa yang ditempelkan, lalu memutuskan."
        )


def _withdrawn(state: CaseState) -> Iterable[str]:
    """Paper of a withdrawn family card is still about until the new one is given."""
    old = [item for item in state.evidence if item.kind == "kk_signed" and item.state == WITHDRAWN]
    if old and state.record.kk_state != "KK_DISERAHKAN":
        where = (
            "Minta kembali lembar lama dari keluarga"
            if old[-1].facts.get("handed_over")
            else "Sobek lembar lama bila sudah dicetak"
        )
        yield f"KK lama ditarik karena memuat NIK yang dihapus, dan dibuat baru. {where}; jangan diserahkan."


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
    shelves = [one for one in state.evidence if one.kind == SHELF and one.state != WITHDRAWN]
    newest = {one.position: one for one in shelves if one.position in ready}
    for position, one in newest.items():
        whose = "" if position is None else f" {state.residents[position].person.biodata.full_name}"
        yield f"{'KK' if position is None else 'KTP-el'}{whose} ada di {one.facts['shelf']}."
