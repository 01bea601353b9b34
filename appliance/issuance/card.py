"""The chip: take a blank, have it made out by the centre, write it, and prove it as a stranger would."""

from __future__ import annotations

import base64
import hashlib

from appliance.casework.roles import SYSTEM
from appliance.central.personalisation_packet import open_packet
from appliance.chip import condition, verifier
from appliance.chip.profile import CardProfile
from appliance.chip.writer import WriteOrder, write_card
from appliance.clock import Deadline, to_datetime
from appliance.faults import DeviceFault, FaultCode
from appliance.issuance.batching import await_chip, draw_card, go_on_to_print
from appliance.issuance.machines import Machines, case_of, newest, person_of
from appliance.issuance.power import await_power
from appliance.queue import effects, jobs
from appliance.queue.jobs import Job
from appliance.queue.worker import Result
from appliance.records import audit, blanks, cases
from appliance.records.blanks import BlankState
from appliance.records.cases import Evidence
from appliance.records.store import Transaction

CARD_SECONDS = 30.0


def profile_of(machines: Machines) -> CardProfile:
    """The card profile; without one issuing is closed, in words."""
    if machines.profile is None:
        raise DeviceFault(FaultCode.CARD_REFUSED, "no usable card profile")
    return machines.profile


def card_of(tx: Transaction, job: Job) -> Evidence:
    """The card this job works on; raises `Missing` once it was spoiled, so that no work goes on with it."""
    card = cases.evidence_of(tx, str(job.case_id), "card", job.position, str(job.payload["serial"]))[-1]
    if card.state == "spoiled":
        raise cases.Missing("Kartu ini sudah dinyatakan rusak.")
    return card


def personalisation_token(serial: str) -> str:
    """The token of the order for this blank; it becomes the packet's job."""
    return f"card-{serial}"


def prepare(machines: Machines, job: Job) -> Result:
    """Read UID and public key of the blank on the encoder, and order its packet."""
    profile = profile_of(machines)
    with machines.store.read() as tx:
        card_of(tx, job)
    await_chip(machines, job)
    draw_card(machines, job)
    with machines.rack.use("chip_encoder") as encoder:
        found = condition.prepare(encoder, profile, Deadline.after(CARD_SECONDS))
        state = condition.inspect(encoder, profile)
    if state.uid != found.uid or state.state is not condition.State.BLANK:
        raise DeviceFault(FaultCode.CARD_WRONG, f"the card is {state.state}, not blank")
    with machines.store.read() as tx:
        if any(row["uid"] == found.uid.hex() for row in blanks.rows(tx)):
            raise DeviceFault(FaultCode.CARD_WRONG, "this chip stands in the ledger under another number")

    def store(tx: Transaction) -> None:
        cases.change_evidence(tx, card_of(tx, job), "making", uid=found.uid.hex())
        key = base64.b64encode(found.aa_public_key).decode()
        serial = str(job.payload["serial"])
        jobs.put(
            tx,
            "centre",
            "personalise",
            f"personalise:{serial}",
            case_id=job.case_id,
            position=job.position,
            serial=serial,
            uid=found.uid.hex(),
            aa_public_key=key,
        )
        audit.record(tx, "card-prepare-complete", SYSTEM, job.case_id, resident=job.position, blank=serial)

    return store


def encode(machines: Machines, job: Job) -> Result:
    """Write the packet into the chip it was made for.

    The card's own journal makes this safe to repeat: whatever happened, the writer asks the card first and goes on.
    """
    profile = profile_of(machines)
    record = case_of(machines.store, job)
    person = person_of(machines.store, job)
    with machines.store.read() as tx:
        card_of(tx, job)
    await_chip(machines, job)
    await_power(machines, job, CARD_SECONDS)
    serial, uid = str(job.payload["serial"]), bytes.fromhex(str(job.payload["uid"]))
    jws = newest(machines.store, machines.vault, record, "packet", job.position)
    if jws is None:
        raise DeviceFault(FaultCode.CENTRE_UNTRUSTED, "no packet")
    token = personalisation_token(serial)
    packet = open_packet(
        jws.decode(), machines.packet_roots, nik=str(person.nik), uid=uid, job=token, now=machines.clock()
    )
    if packet.header.blank_serial != serial or packet.header.profile != profile.name:
        raise DeviceFault(FaultCode.CENTRE_UNTRUSTED, "packet is for another blank or profile")
    content = verifier.name_files({one.fid: one.data for one in packet.files})
    wrong = verifier.check_files(content, machines.chip_roots, to_datetime(machines.clock()))[1]
    if wrong:
        raise DeviceFault(FaultCode.CENTRE_UNTRUSTED, ",".join(wrong))
    order = WriteOrder(hashlib.sha256(token.encode()).digest()[:16], uid, packet.files)
    effect = f"encode:{serial}"
    digest = packet.header.digest.hex()
    effects.intend(
        machines.store, effect, "chip_encoder", digest, case_id=record.id, position=job.position, uid=uid.hex()
    )

    def progress(done: int, of: int) -> None:
        if done % 8 == 0 or done == of:
            jobs.progress(machines.store, job, done, of)

    with machines.rack.use("chip_encoder") as encoder, machines.rack.use("secure_access_module") as sam:
        written = write_card(encoder, sam, profile, order, progress)
        report = verifier.verify_card(encoder, machines.chip_roots, machines.clock(), Deadline.after(CARD_SECONDS))
    if not report.valid:
        raise DeviceFault(FaultCode.CARD_VERIFY_MISMATCH, ",".join(report.reasons))

    def store(tx: Transaction) -> None:
        evidence = {"uid": uid.hex(), "outcome": str(written.outcome), "apdus": written.apdus, "digest": digest}
        effects.outcome(tx, effect, "done", evidence)
        cases.change_evidence(tx, card_of(tx, job), "encoded", packet=digest, signer=report.signer_serial)
        blanks.move(tx, serial, BlankState.ENCODED, SYSTEM, uid=uid.hex())
        audit.record(tx, "card-encode-complete", SYSTEM, job.case_id, resident=job.position, blank=serial, **evidence)
        go_on_to_print(tx, machines, job)

    return store
