"""What an office without a line to SIAK does by hand: its numbers, typed twice; what is offered instead of a line.

Each act is one transaction, audited, under a lease of its piece of work, and does nothing the second time. What comes
of it is entered by `queue.arrivals` or judged by the same gate as what a machine brings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from appliance.casework.people import Finding, check_kk_number, check_nik, compare_nik
from appliance.casework.roles import Actor, Role
from appliance.casework.sop import NotAllowed, fire
from appliance.office.alike import sought_here
from appliance.office.context import FormRefused, Office, Values, opened_at
from appliance.office.packet_by_hand import waiting_order
from appliance.office.registry import service_is_away
from appliance.queue import outage
from appliance.queue.arrivals import numbers_arrived
from appliance.records import audit, cases, leases
from appliance.records.cases import CaseRecord, Evidence, ResidentRecord
from appliance.records.moves import touch
from appliance.records.store import Transaction

AT_CENTRE = frozenset({Role.PEREKAM, Role.OPERATOR})
"""Who sees the centre's screens and may say what stands there."""
DIFFERS = "Berbeda dari ketikan pertama. Baca lagi di SIAK, lalu ketik lagi."


def must_be_by_hand(office: Office, what: str) -> None:
    """Raises `NotAllowed` where there is a line to this office."""
    if what not in office.by_hand:
        raise NotAllowed("Di kantor ini jawaban datang lewat sambungan, tidak diisi dengan tangan.")


def on_case(
    office: Office, tx: Transaction, actor: Actor, record: CaseRecord, acts: tuple[str, ...]
) -> tuple[str, ...]:
    """The acts on a case with those that go over a line replaced by what people do without it."""
    offered = [act for act in acts if not (act == "sign" and "esign" in office.by_hand)]
    if "siak" in office.by_hand:
        offered = ["type_numbers" if act == "enter_siak" else act for act in offered]
    if (
        actor.role is Role.OPERATOR
        and record.state == "TTE_KADIS"
        and "redraft" not in acts
        and ("esign" in office.by_hand or service_is_away(tx, record.id))
    ):
        offered.append("import_signed")
    return tuple(offered)


def on_resident(
    office: Office, tx: Transaction, actor: Actor, person: ResidentRecord, acts: tuple[str, ...]
) -> tuple[str, ...]:
    """The same for the acts on one resident."""
    if "centre" not in office.by_hand:
        return acts
    offered = list(acts)
    if "search_biometrics" in acts:
        here = sought_here(tx, person.case_id, person.position)
        at = acts.index("search_biometrics")
        offered[at : at + 1] = ["enter_search"] if here else ["search_biometrics", "search_without_fingers"]
    if actor.role in AT_CENTRE and person.ktp_state in {"DIREKAM", "DIKIRIM"}:
        offered.insert(0, "enter_central_state")
    if actor.role is Role.OPERATOR and waiting_order(tx, person.case_id, person.position) is not None:
        offered.insert(0, "import_packet")
    return tuple(offered)


def without_nik(people: Sequence[ResidentRecord]) -> list[ResidentRecord]:
    """The residents whose NIK SIAK gives."""
    return [person for person in people if person.biodata.nik is None]


def typed_once(tx: Transaction, case_id: str) -> Evidence | None:
    """The numbers that wait to be typed a second time, or None."""
    waiting = [item for item in cases.evidence_of(tx, case_id, "siak_typed") if item.state == "first"]
    return waiting[-1] if waiting else None


def _numbers(values: Values, people: Sequence[ResidentRecord]) -> tuple[str, list[str]]:
    """KK number and NIKs as typed, without spaces; a NIK that was left out is empty."""
    niks = [digits(nik) for nik in values.get("niks") or ()]
    return digits(values.get("kk_number")), (niks + [""] * len(people))[: len(people)]


def digits(typed: object) -> str:
    """A number as typed, without the spaces in it."""
    return "".join(str(typed or "").split())


def _wrong(office: Office, kk_number: str, niks: Sequence[str], people: Sequence[ResidentRecord]) -> list[Finding]:
    specimen = office.settings.specimen
    findings = check_kk_number(kk_number, specimen=specimen)
    taken = {person.biodata.nik for person in people if person.biodata.nik}
    for number, (nik, person) in enumerate(zip(niks, without_nik(people), strict=True)):
        field = f"niks:{number}"
        findings += check_nik(nik, specimen=specimen, field=field)
        findings += compare_nik(replace(person.biodata, nik=nik), field)
        if nik in taken:
            findings.append(Finding("error", field, "NIK yang sama dipakai dua kali"))
        taken.add(nik)
    return findings


def _entry(tx: Transaction, actor: Actor, case_id: str) -> tuple[CaseRecord, list[ResidentRecord]]:
    record = cases.get(tx, case_id)
    fire("case", record.state, "submit_draft", actor.role, record.sop_version)
    leases.hold(tx, case_id, "siak", actor)
    return record, cases.residents(tx, case_id)


def type_numbers(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Type what SIAK gave, the first time: `kk_number`, `niks` of those without NIK in the order of the family card.

    Typed again they take the place of what was typed before. What breaks a rule is refused by its field; what only
    looks odd (a NIK that does not fit the birth date) is written down.
    """
    must_be_by_hand(office, "siak")
    with office.store.write() as tx:
        _, people = _entry(tx, actor, case_id)
        kk_number, niks = _numbers(values, without_nik(people))
        findings = _wrong(office, kk_number, niks, people)
        mistakes = [(one.field, f"{one.message}.".capitalize()) for one in findings if one.level == "error"]
        if mistakes:
            raise FormRefused(*mistakes)
        _forget(tx, case_id)
        odd = [f"{one.field}: {one.message}" for one in findings]
        cases.add_evidence(tx, case_id, "siak_typed", state="first", kk_number=kk_number, niks=niks, odd=odd)
        touch(tx, case_id, 4, opened_at(values))
        audit.record(tx, "siak-numbers-init", actor, case_id, residents=len(niks), odd=len(odd))


def _forget(tx: Transaction, case_id: str) -> None:
    """What was typed leaves no second copy of the numbers behind."""
    old = typed_once(tx, case_id)
    if old is not None:
        cases.change_evidence(tx, old, "settled", kk_number="", niks=[])


def confirm_numbers(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Type the same numbers a second time without seeing the first; equal, they are the family's numbers from now on.

    A number that differs is refused by its field, and the first typing stays. The same confirmation again changes
    nothing.
    """
    must_be_by_hand(office, "siak")
    with office.store.write() as tx:
        record, people = _entry(tx, actor, case_id)
        new = without_nik(people)
        kk_number, niks = _numbers(values, new)
        first = typed_once(tx, case_id)
        if first is None:
            if [record.kk_number, *(person.nik for person in new)] == [kk_number, *niks]:
                return
            raise NotAllowed("Ketik nomor dari SIAK dulu.")
        mistakes = [] if kk_number == first.facts["kk_number"] else [("kk_number", DIFFERS)]
        mistakes += [
            (f"niks:{number}", DIFFERS)
            for number, (nik, typed) in enumerate(zip(niks, first.facts["niks"], strict=True))
            if nik != typed
        ]
        if mistakes:
            raise FormRefused(*mistakes)
        given = {person.position: nik for person, nik in zip(new, niks, strict=True)}
        known = {person.position: str(person.biodata.nik) for person in people if person.biodata.nik}
        _forget(tx, case_id)
        touch(tx, case_id, 4, opened_at(values))
        numbers_arrived(tx, record, kk_number, {**known, **given}, actor)
        outage.brought(tx, "siak", (case_id, "case", None))
        leases.let_go(tx, case_id, "siak")
    office.wake()
