"""The personalisation packet of one blank: ordered, received, voided; and what became of its card."""

from __future__ import annotations

import base64

from appliance.casework.roles import SYSTEM
from appliance.central.personalisation_packet import Packet, open_packet
from appliance.chip import reading, verifier
from appliance.chip.fields import decode_fields
from appliance.chip.tlv import TlvError
from appliance.faults import DeviceFault, FaultCode
from appliance.issuance.card import card_of, personalisation_token
from appliance.issuance.machines import case_of, keep, person_of
from appliance.issuance.offices import Offices, once
from appliance.issuance.same_data import differing_in_registry, differing_on_card
from appliance.issuance.timing import LOOK_AGAIN_MS, await_time
from appliance.queue import effects, jobs
from appliance.queue.jobs import Job
from appliance.queue.worker import NotYet, Result
from appliance.records import audit, cases
from appliance.records.cases import CaseRecord, ResidentRecord
from appliance.records.store import Transaction


def personalise(offices: Offices, job: Job) -> Result:
    """Order the packet for this blank, or open the one brought; the registry must still say what was approved.

    Nothing is ordered for a resident while a card of his is still to be revoked: `NotYet`.
    """
    await_time(offices.store, offices.time_trouble, job)
    record, person = case_of(offices.store, job), person_of(offices.store, job)
    serial, uid = str(job.payload["serial"]), bytes.fromhex(str(job.payload["uid"]))
    key = base64.b64decode(str(job.payload["aa_public_key"]))
    nik = str(person.nik)
    _compare_with_registry(offices, record, person)
    token = personalisation_token(serial)
    brought = job.payload.get("brought")
    if brought is None:
        centre = offices.the_centre()
        _await_revocation(offices, job)
        jws = once(
            offices,
            job,
            "centre",
            f"personalise:{serial}",
            lambda: centre.find_personalisation(token),
            lambda: centre.personalise(token, nik, uid, key, serial),
        )
    else:
        jws = offices.vault.get(record.id, record.wrapped_key, str(brought)).decode("ascii")
    packet = open_packet(jws, offices.packet_roots, nik=nik, uid=uid, job=token, now=offices.clock())
    _compare_with_packet(record, person, packet)
    kept = keep(offices.store, offices.vault, record, jws.encode())

    def store(tx: Transaction) -> None:
        digest = packet.header.digest.hex()
        if brought is None:
            effects.outcome(tx, f"personalise:{serial}", "done", {"digest": digest})
        where = {"case_id": record.id, "position": person.position}
        cases.add_evidence(
            tx, record.id, "packet", position=person.position, name=serial, blob=kept["blob"], sha256=kept["sha256"],
            fingers=list(packet.header.fingers),
        )  # fmt: skip
        jobs.put(tx, "encoder", "encode", f"encode:{serial}", serial=serial, uid=uid.hex(), **where)  # type: ignore[arg-type]
        audit.record(tx, "packet-receive-complete", SYSTEM, record.id, resident=person.position, digest=digest)

    return store


def _compare_with_registry(offices: Offices, record: CaseRecord, person: ResidentRecord) -> None:
    if offices.siak is None or offices.siak.by_hand:
        return
    registered = offices.siak.resident(str(person.nik))
    if registered is None:
        raise DeviceFault(FaultCode.SIAK_REFUSED, "the registry does not know this NIK")
    differing = differing_in_registry(record, person, registered)
    if not registered.active:
        differing = (*differing, "nik_status")
    if differing:
        raise DeviceFault(FaultCode.SIAK_DIFFERS, ", ".join(differing))


def _compare_with_packet(record: CaseRecord, person: ResidentRecord, packet: Packet) -> None:
    """No blank is spent on what the draft does not say; what cannot be read is judged before it is written."""
    try:
        files = verifier.name_files({one.fid: one.data for one in packet.files}, reading.load(packet.header.profile))
        said = decode_fields(files).text
    except (KeyError, TlvError, reading.ReadingError):
        return
    if differing := differing_on_card(record, person, said):
        raise DeviceFault(FaultCode.CENTRE_DIFFERS, ", ".join(differing))


def _await_revocation(offices: Offices, job: Job) -> None:
    with offices.store.read() as tx:
        others = jobs.of_case(tx, str(job.case_id))
    if any(one.kind == "void" and one.position == job.position and one.state in jobs.OPEN for one in others):
        raise NotYet(LOOK_AGAIN_MS)


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
