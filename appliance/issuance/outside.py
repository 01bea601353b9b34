"""The outside offices: each request is found again by its token before it is ever sent a second time."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TypeVar

from appliance.casework.people import check_kk_number, check_nik
from appliance.casework.roles import SYSTEM
from appliance.central.centre import FingerException, FingerRecord, HttpCentre
from appliance.central.esign import Signer
from appliance.central.personalisation_packet import open_packet
from appliance.central.siak import SiakGateway
from appliance.clock import Clock
from appliance.config import Settings
from appliance.faults import DeviceFault, FaultCode
from appliance.issuance.card import card_of, personalisation_token
from appliance.issuance.machines import case_of, keep, newest, person_in, person_of
from appliance.issuance.papers import approved_draft
from appliance.queue import effects, jobs
from appliance.queue.jobs import Job
from appliance.queue.worker import NotYet, Result
from appliance.records import audit, cases
from appliance.records.cases import Evidence
from appliance.records.moves import move_case, move_ktp
from appliance.records.store import Store, Transaction
from appliance.records.vault import Vault

FIRST_LOOK_MS, LONGEST_LOOK_MS = 500, 60_000
READY = "PRINT_READY_RECORD"
FAILED = frozenset({"ENROLL_FAILURE_AT_REGIONAL", "ENROLL_FAILURE_AT_CENTRAL", "SEARCH_FAILURE_AT_CENTRAL"})
DUPLICATE = frozenset({"DUPLICATE_RECORD", "ADJUDICATE_RECORD"})

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Offices:
    """What the handlers of network jobs need; an office that is None works by hand in this installation."""

    store: Store
    vault: Vault
    settings: Settings
    clock: Clock
    siak: SiakGateway | None
    centre: HttpCentre | None
    signer: Signer | None
    packet_roots: bytes
    esign_roots: bytes
    take_passphrase: Callable[[str], str | None]

    def the_siak(self) -> SiakGateway:
        """SIAK, or the fault that it is not connected."""
        if self.siak is None:
            raise DeviceFault(FaultCode.SIAK_REFUSED, "not configured: work in manual mode")
        return self.siak

    def the_centre(self) -> HttpCentre:
        """The biometric centre, or the fault that it is not connected."""
        if self.centre is None:
            raise DeviceFault(FaultCode.CENTRE_REFUSED, "not configured: work in manual mode")
        return self.centre


def once(
    offices: Offices, job: Job, device: str, token: str, find: Callable[[], T | None], send: Callable[[], T]
) -> T:
    """Send a request once: with an intent before it, and after any doubt by asking for its token first."""
    old = effects.intend(offices.store, token, device, token, case_id=job.case_id, position=job.position)
    answer = find() if old is not None else None
    return answer if answer is not None else send()


def enter(offices: Offices, job: Job) -> Result:
    """Step 4: SIAK enters the family; a resident who has a NIK keeps it."""
    siak = offices.the_siak()
    record = case_of(offices.store, job)
    with offices.store.read() as tx:
        people = cases.residents(tx, record.id)
    household = asdict(record.household) if record.household else {}
    rows = [{**approved_draft(person), "index": person.position} for person in people]
    for row in rows:
        if row["nik"] is None:
            del row["nik"]
    token = f"siak:{record.id}"
    found = once(
        offices,
        job,
        "siak",
        token,
        lambda: siak.find_registration(record.id),
        lambda: siak.register(record.id, household, rows),
    )
    findings = check_kk_number(found.kk_number, specimen=offices.settings.specimen)
    for nik in found.niks.values():
        findings += check_nik(nik, specimen=offices.settings.specimen)
    if any(finding.level == "error" for finding in findings):
        raise DeviceFault(FaultCode.SIAK_REFUSED, "SIAK gave a number that breaks the rules")

    def store(tx: Transaction) -> None:
        for person in cases.residents(tx, record.id):
            cases.change_resident(tx, person, nik=found.niks[person.position])
        cases.change(tx, cases.get(tx, record.id), kk_number=found.kk_number)
        effects.outcome(tx, token, "done", {"residents": len(found.niks)})
        jobs.put(tx, "render", "kk-draft", f"kk-draft:{record.id}:{record.version}", case_id=record.id)
        audit.record(tx, "siak-entry-complete", SYSTEM, record.id, residents=len(found.niks))

    return store


def search(offices: Offices, job: Job) -> Result:
    """The 1:N search before a new NIK; without a hit for every adult the case goes on by itself."""
    centre = offices.the_centre()
    record = case_of(offices.store, job)
    with offices.store.read() as tx:
        items = cases.evidence_of(tx, record.id, "search_finger", job.position)
    token = str(job.payload["token"])
    fingers = _records(offices, record, items)
    found = once(
        offices,
        job,
        "centre",
        f"search:{token}",
        lambda: centre.find_search(token),
        lambda: centre.search(token, fingers),
    )

    def store(tx: Transaction) -> None:
        cases.add_evidence(tx, record.id, "search", position=job.position, state=found.result, nik=found.nik)
        effects.outcome(tx, f"search:{token}", "done", {"result": found.result})
        audit.record(tx, "search-complete", SYSTEM, record.id, resident=job.position, result=found.result)
        results = {item.position: item.state for item in cases.evidence_of(tx, record.id, "search")}
        adults = [
            person.position
            for person in cases.residents(tx, record.id)
            if person.nik is None and person.ktp_state != "TIDAK_PERLU"
        ]
        if all(results.get(position) == "no_hit" for position in adults):
            move_case(tx, cases.get(tx, record.id), "search_clear", SYSTEM)

    return store


def _records(offices: Offices, record: cases.CaseRecord, items: list[Evidence]) -> list[FingerRecord]:
    return [
        FingerRecord(
            item.name, offices.vault.get(record.id, record.wrapped_key, str(item.blob)), int(item.quality or 0)
        )
        for item in items
        if item.blob is not None and item.state in {"accepted", "forced"}
    ]


def enrol(offices: Offices, job: Job) -> Result:
    """Send a finished recording to the centre."""
    centre = offices.the_centre()
    record, person = case_of(offices.store, job), person_of(offices.store, job)
    token = str(job.payload["token"])
    with offices.store.read() as tx:
        templates = cases.evidence_of(tx, record.id, "template", person.position)
        fingers = cases.evidence_of(tx, record.id, "finger", person.position)
    photo = newest(offices.store, offices.vault, record, "photo", person.position) or b""
    signature = newest(offices.store, offices.vault, record, "signature", person.position)
    excepted = [
        FingerException(item.name, str(item.facts["reason"])) for item in fingers if item.state == "exception"
    ]
    records = _records(offices, record, templates)
    state = once(
        offices,
        job,
        "centre",
        f"enrol:{token}",
        lambda: centre.find_enrolment(token),
        lambda: centre.enrol(token, str(person.nik), records, excepted, photo, signature),
    )

    def store(tx: Transaction) -> None:
        effects.outcome(tx, f"enrol:{token}", "done", {"state": state.state})
        move_ktp(tx, person_in(tx, job), "enrolment_sent", SYSTEM, note=state.state)
        key = f"enrolment-state:{token}"
        jobs.put(
            tx,
            "centre",
            "enrolment-state",
            key,
            case_id=record.id,
            position=person.position,
            delay_ms=FIRST_LOOK_MS,
            token=token,
        )

    return store


def enrolment_state(offices: Offices, job: Job) -> Result:
    """Ask the centre how far it is; seldom when it takes long."""
    centre = offices.the_centre()
    found = centre.find_enrolment(str(job.payload["token"]))
    if found is None:
        raise DeviceFault(FaultCode.CENTRE_REFUSED, "the centre does not know this enrolment")
    event = "enrolment_ready" if found.state == READY else None
    event = "enrolment_failed" if found.state in FAILED else event
    event = "enrolment_duplicate" if found.state in DUPLICATE else event
    if event is None:
        person = person_of(offices.store, job)
        if person.note != found.state:
            with offices.store.write() as tx:
                cases.change_resident(tx, person_in(tx, job), note=found.state)
        raise NotYet(min(LONGEST_LOOK_MS, max(FIRST_LOOK_MS, (offices.clock() - job.created_at) // 20)))
    chosen = event

    def store(tx: Transaction) -> None:
        move_ktp(tx, person_in(tx, job), chosen, SYSTEM, note=found.reason or found.state, state_name=found.state)

    return store


def personalise(offices: Offices, job: Job) -> Result:
    """Order the packet for this blank; the registry must still say what was approved."""
    centre = offices.the_centre()
    record, person = case_of(offices.store, job), person_of(offices.store, job)
    serial, uid = str(job.payload["serial"]), bytes.fromhex(str(job.payload["uid"]))
    key = base64.b64decode(str(job.payload["aa_public_key"]))
    nik = str(person.nik)
    _compare_with_registry(offices, person)
    token = personalisation_token(serial)
    jws = once(
        offices,
        job,
        "centre",
        f"personalise:{serial}",
        lambda: centre.find_personalisation(token),
        lambda: centre.personalise(token, nik, uid, key, serial),
    )
    packet = open_packet(jws, offices.packet_roots, nik=nik, uid=uid, job=token, now=offices.clock())
    kept = keep(offices.store, offices.vault, record, jws.encode())

    def store(tx: Transaction) -> None:
        digest = packet.header.digest.hex()
        effects.outcome(tx, f"personalise:{serial}", "done", {"digest": digest})
        where = {"case_id": record.id, "position": person.position}
        cases.add_evidence(
            tx, record.id, "packet", position=person.position, name=serial, blob=kept["blob"], sha256=kept["sha256"]
        )
        jobs.put(tx, "encoder", "encode", f"encode:{serial}", serial=serial, uid=uid.hex(), **where)  # type: ignore[arg-type]
        audit.record(tx, "packet-receive-complete", SYSTEM, record.id, resident=person.position, digest=digest)

    return store


def _compare_with_registry(offices: Offices, person: cases.ResidentRecord) -> None:
    if offices.siak is None or offices.siak.by_hand:
        return
    registered = offices.siak.resident(str(person.nik))
    if registered is None:
        raise DeviceFault(FaultCode.SIAK_REFUSED, "the registry does not know this NIK")
    approved = approved_draft(person)
    differing = sorted(key for key, value in registered.biodata.items() if key in approved and approved[key] != value)
    if differing:
        raise DeviceFault(FaultCode.SIAK_REFUSED, f"registry differs from the approved draft: {', '.join(differing)}")


def void(offices: Offices, job: Job) -> Result:
    """Tell the centre that a blank was spoiled, so that another card may be ordered."""
    token = personalisation_token(str(job.payload["serial"]))
    if offices.the_centre().find_personalisation(token) is not None:
        offices.the_centre().void(token, str(job.payload["cause"]))
    return lambda tx: audit.record(tx, "card-void-complete", SYSTEM, job.case_id, blank=job.payload["serial"])


def report_card(offices: Offices, job: Job) -> Result:
    """Tell the centre what became of a card."""
    centre = offices.the_centre()
    with offices.store.read() as tx:
        uid = bytes.fromhex(str(card_of(tx, job).facts["uid"]))
    serial, state = str(job.payload["serial"]), job.payload["state"]
    token = f"{personalisation_token(serial)}-{state}"
    if centre.find_card(token) is None:
        centre.report_card(token, uid, str(person_of(offices.store, job).nik), state)
    return lambda tx: audit.record(tx, "card-report-complete", SYSTEM, job.case_id, blank=serial, state=state)
