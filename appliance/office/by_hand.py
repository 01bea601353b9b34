"""What an office without a line to the outside does by hand: numbers from SIAK, a search, the centre's states, a
signed paper.

Each act is one transaction, audited, under a lease of its piece of work, and does nothing the second time. What comes
of it is entered by `queue.arrivals` or judged by the same gate as what a machine brings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from appliance.casework.central_states import cannot_follow
from appliance.casework.codes import SEARCHES
from appliance.casework.people import Finding, check_kk_number, check_nik, compare_nik
from appliance.casework.roles import SYSTEM, Actor, Role
from appliance.casework.sop import NotAllowed, fire
from appliance.clock import to_local
from appliance.office.central_trouble import newest_enrolment
from appliance.office.checks import to_be_searched
from appliance.office.context import FormRefused, Office, Values, opened_at, resident, text
from appliance.office.packet_by_hand import waiting_order
from appliance.queue.arrivals import centre_said, numbers_arrived, search_answered
from appliance.records import audit, cases, leases
from appliance.records.cases import CaseRecord, Evidence, ResidentRecord
from appliance.records.moves import move_ktp, touch
from appliance.records.store import Transaction

AT_CENTRE = frozenset({Role.PEREKAM, Role.OPERATOR})
"""Who sees the centre's screens and may say what stands there."""
DIFFERS = "Berbeda dari ketikan pertama. Baca lagi di SIAK, lalu ketik lagi."


def _by_hand(office: Office, what: str) -> None:
    if what not in office.by_hand:
        raise NotAllowed("Di kantor ini jawaban datang lewat sambungan, tidak diisi dengan tangan.")


def on_case(office: Office, actor: Actor, record: CaseRecord, acts: tuple[str, ...]) -> tuple[str, ...]:
    """The acts on a case with those that go over a line replaced by what people do without it."""
    offered = [act for act in acts if not (act == "sign" and "esign" in office.by_hand)]
    if "siak" in office.by_hand:
        offered = ["type_numbers" if act == "enter_siak" else act for act in offered]
    if (
        "esign" in office.by_hand
        and actor.role is Role.OPERATOR
        and record.state == "TTE_KADIS"
        and "redraft" not in acts
    ):
        offered.append("import_signed")
    return tuple(offered)


def on_resident(
    office: Office, tx: Transaction, actor: Actor, person: ResidentRecord, acts: tuple[str, ...]
) -> tuple[str, ...]:
    """The same for the acts on one resident."""
    if "centre" not in office.by_hand:
        return acts
    offered = ["enter_search" if act == "search_biometrics" else act for act in acts]
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
    niks = [_digits(nik) for nik in values.get("niks") or ()]
    return _digits(values.get("kk_number")), (niks + [""] * len(people))[: len(people)]


def _digits(typed: object) -> str:
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
    fire("case", record.state, "submit_draft", actor.role)
    leases.hold(tx, case_id, "siak", actor)
    return record, cases.residents(tx, case_id)


def type_numbers(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Type what SIAK gave, the first time: `kk_number`, `niks` of those without NIK in the order of the family card.

    Typed again they take the place of what was typed before. What breaks a rule is refused by its field; what only
    looks odd (a NIK that does not fit the birth date) is written down.
    """
    _by_hand(office, "siak")
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
    _by_hand(office, "siak")
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
        leases.let_go(tx, case_id, "siak")
    office.wake()


def _seen_on(office: Office, values: Values, since: int) -> date:
    """The day on which it was seen: not before what it is about began, not in the future."""
    day = values.get("seen_on")
    if not isinstance(day, date):
        raise FormRefused(("seen_on", "Isi tanggal dilihat di layar pusat."))
    if not to_local(since).date() <= day <= office.today():
        raise FormRefused(("seen_on", "Tanggal ini sebelum permintaannya atau di masa depan."))
    return day


def enter_search(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Enter what the national search said: `result`, `found_nik` of a hit, `evidence`, `seen_on`.

    Answered for one person once; the same answer again changes nothing.
    """
    _by_hand(office, "centre")
    result = text(values, "result", "Pilih hasil pencarian.")
    proof = text(values, "evidence", "Tulis bukti: nomor tiket, tangkapan layar, atau nama petugas pusat.")
    if actor.role is not Role.PEREKAM:
        raise NotAllowed("Langkah ini hanya untuk petugas perekaman.")
    if result not in SEARCHES:
        raise NotAllowed("Pilih hasil dari daftar.")
    with office.store.write() as tx:
        record = cases.get(tx, case_id)
        person = resident(tx, record, values)
        answered = cases.evidence_of(tx, case_id, "search", person.position)
        if answered and answered[-1].state == result:
            return
        if record.state != "CEK_BIOMETRIK" or person.position not in to_be_searched(tx, case_id):
            raise NotAllowed("Orang ini tidak menunggu pencarian biometrik.")
        leases.hold(tx, case_id, f"search:{person.position}", actor)
        nik = _digits(values.get("found_nik")) or None
        if (nik is None) != (result == "no_hit"):
            raise FormRefused(("found_nik", "NIK yang ditemukan diisi hanya bila orangnya ditemukan."))
        wrong = check_nik(nik, specimen=office.settings.specimen, field="found_nik") if nik else []
        if wrong:
            raise FormRefused(*((one.field, f"{one.message}.".capitalize()) for one in wrong))
        day = _seen_on(office, values, record.created_at).isoformat()
        told = {"evidence": proof, "seen_on": day, "officer": actor.name}
        search_answered(tx, record, person.position, result, nik, actor, told)
        leases.let_go(tx, case_id, f"search:{person.position}")
    office.wake()


def enter_central_state(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Enter what the centre says of the newest recording: `central` by its national name, `evidence`, `seen_on`.

    A state that cannot follow the one before is refused with the reason; the same state again changes nothing.
    """
    _by_hand(office, "centre")
    name = text(values, "central", "Pilih status pusat.")
    proof = text(values, "evidence", "Tulis bukti: di layar mana dan kapan terlihat.")
    if actor.role not in AT_CENTRE:
        raise NotAllowed("Langkah ini untuk petugas perekaman atau operator.")
    with office.store.write() as tx:
        person = resident(tx, cases.get(tx, case_id), values)
        sent = newest_enrolment(tx, case_id, person.position)
        said = "" if sent is None else str(sent.facts.get("central", ""))
        if said == name:
            return
        why = cannot_follow(said, name)
        if why is not None:
            raise NotAllowed(why)
        if sent is None or person.ktp_state not in {"DIREKAM", "DIKIRIM"}:
            raise NotAllowed("Tidak ada rekaman orang ini yang menunggu pusat.")
        leases.hold(tx, case_id, f"centre:{person.position}", actor)
        day = _seen_on(office, values, sent.created_at).isoformat()
        cases.add_evidence(
            tx,
            case_id,
            "central_state",
            position=person.position,
            name=name,
            evidence=proof,
            seen_on=day,
            officer=actor.name,
        )
        audit.record(
            tx, "central-state-enter-complete", actor, case_id, resident=person.position, central=name, seen_on=day
        )
        if person.ktp_state == "DIREKAM":
            move_ktp(tx, person, "enrolment_sent", SYSTEM, note=name)
            person = cases.resident_at(tx, case_id, person.position)
        centre_said(tx, person, sent, name)
        leases.let_go(tx, case_id, f"centre:{person.position}")
    office.wake()
