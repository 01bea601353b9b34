"""What an office without a line to the centre does by hand: the search before a new NIK, the centre's states.

Each act is one transaction, audited, under a lease of its piece of work, and does nothing the second time.
"""

from __future__ import annotations

from datetime import date

from appliance.casework.central_states import cannot_follow
from appliance.casework.codes import SEARCH_REASONS, SEARCHES
from appliance.casework.people import check_nik
from appliance.casework.roles import SYSTEM, Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.clock import to_local
from appliance.office.alike import sought_here
from appliance.office.by_hand import AT_CENTRE, digits, must_be_by_hand
from appliance.office.central_trouble import newest_enrolment
from appliance.office.checks import capture_of, to_be_searched
from appliance.office.context import FormRefused, Office, Values, resident, text
from appliance.queue import jobs
from appliance.queue.arrivals import centre_said, search_answered, search_sent
from appliance.records import audit, cases, leases
from appliance.records.cases import CaseRecord, ResidentRecord
from appliance.records.moves import move_ktp
from appliance.records.store import Transaction


def _seen_on(office: Office, values: Values, since: int) -> date:
    """The day on which it was seen: not before what it is about began, not in the future."""
    day = values.get("seen_on")
    if not isinstance(day, date):
        raise FormRefused(("seen_on", "Isi tanggal dilihat di layar pusat."))
    if not to_local(since).date() <= day <= office.today():
        raise FormRefused(("seen_on", "Tanggal ini sebelum permintaannya atau di masa depan."))
    return day


def _must_search_by_hand(office: Office, actor: Actor) -> None:
    must_be_by_hand(office, "centre")
    if actor.role is not Role.PEREKAM:
        raise NotAllowed("Langkah ini hanya untuk petugas perekaman.")


def _must_await_search(tx: Transaction, record: CaseRecord, person: ResidentRecord) -> None:
    if record.state != "CEK_BIOMETRIK" or person.position not in to_be_searched(tx, record.id):
        raise NotAllowed("Orang ini tidak menunggu pencarian biometrik.")


def search_without_fingers(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """No finger of this resident can be sought in this office, for a `reason` of `SEARCH_REASONS`.

    The centre is asked all the same, and the Kasi decides whatever it says: nobody is sent away for his hands or for
    a broken device, and nobody gets past the search by one officer's word.
    """
    _must_search_by_hand(office, actor)
    reason = text(values, "reason", "Pilih alasan.")
    if reason not in SEARCH_REASONS:
        raise NotAllowed("Pilih alasan dari daftar.")
    with office.store.write() as tx:
        record = cases.get(tx, case_id)
        person = resident(tx, record, values)
        _must_await_search(tx, record, person)
        if sought_here(tx, case_id, person.position):
            raise NotAllowed("Sudah dicari di kantor ini. Cari di aplikasi pusat, lalu isi hasilnya.")
        job = jobs.by_key(tx, capture_of(case_id, person.position))
        if job is not None and job.state == "leased":
            raise NotAllowed("Jarinya sedang diambil. Tunggu sebentar, lalu coba lagi.")
        if job is not None and job.state in jobs.OPEN:
            jobs.give_up(tx, job, reason)
        cases.add_evidence(
            tx, case_id, "local_search", position=person.position, state="left_out", alike=[], officers=[],
            reason=reason, officer=[actor.id, actor.name, str(actor.role)],
        )  # fmt: skip
        search_sent(tx, case_id, person.position)
        audit.record(tx, "search-except-complete", actor, case_id, resident=person.position, reason=reason)
    office.wake()


def enter_search(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Enter what the national search said: `result`, `found_nik` of a hit, `evidence`, `seen_on`.

    This office is searched before it. Answered for one person once; the same answer again changes nothing.
    """
    _must_search_by_hand(office, actor)
    result = text(values, "result", "Pilih hasil pencarian.")
    proof = text(values, "evidence", "Tulis bukti: nomor tiket, tangkapan layar, atau nama petugas pusat.")
    if result not in SEARCHES:
        raise NotAllowed("Pilih hasil dari daftar.")
    with office.store.write() as tx:
        record = cases.get(tx, case_id)
        person = resident(tx, record, values)
        answered = cases.evidence_of(tx, case_id, "search", person.position)
        if answered and answered[-1].state == result:
            return
        _must_await_search(tx, record, person)
        if not sought_here(tx, case_id, person.position):
            raise NotAllowed("Ambil jarinya dulu: orang ini belum dicari di kantor ini.")
        leases.hold(tx, case_id, f"search:{person.position}", actor)
        nik = digits(values.get("found_nik")) or None
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
    must_be_by_hand(office, "centre")
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
