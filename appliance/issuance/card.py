"""The chip: take a blank, have it made out by the centre, write it, and prove it as a stranger would."""

from __future__ import annotations

import base64
import hashlib

from appliance.casework.roles import SYSTEM
from appliance.central.personalisation_packet import Packet, open_packet
from appliance.chip import condition, reading, verifier
from appliance.chip.plan import PlanError, make_plan
from appliance.chip.profile import CardProfile, shortcomings
from appliance.chip.writer import WriteOrder, write_card
from appliance.clock import Deadline, to_datetime
from appliance.devices import ChipEncoder, SecureAccessModule
from appliance.faults import DeviceFault, FaultCode
from appliance.issuance import from_chip
from appliance.issuance.batching import await_chip, draw_card, go_on_to_print
from appliance.issuance.machines import Machines, case_of, newest, person_of
from appliance.issuance.power import await_power
from appliance.issuance.same_data import differing_on_card
from appliance.issuance.strange_card import refuse_unless_blank, told_apart
from appliance.issuance.timing import await_time
from appliance.queue import effects, jobs
from appliance.queue.jobs import Job
from appliance.queue.worker import Result
from appliance.records import audit, blanks, cases
from appliance.records.blanks import BlankState
from appliance.records.cases import Evidence
from appliance.records.store import Transaction

CARD_SECONDS = 30.0


def profile_of(machines: Machines) -> CardProfile:
    """The card profile; without one issuing is closed, in words, before a card is touched."""
    if machines.profile is None:
        why = shortcomings(machines.settings.specimen)
        raise DeviceFault(FaultCode.CARD_NO_PROFILE, why or "no usable card profile")
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
    """Read UID and public key of the blank on the encoder, and order its packet; a card that is no blank is refused.

    Its journal is read as well, which only the key module opens: a write cut off early leaves no other trace.
    """
    profile = profile_of(machines)
    with machines.store.read() as tx:
        card_of(tx, job)
    serial = str(job.payload["serial"])
    await_chip(machines, job)
    draw_card(machines, job)
    with machines.rack.use("chip_encoder") as encoder:
        found = condition.prepare(encoder, profile, Deadline.after(CARD_SECONDS))
        with machines.rack.use("secure_access_module") as sam:
            refuse_unless_blank(machines, encoder, sam, profile, serial, found.uid)

    def store(tx: Transaction) -> None:
        cases.change_evidence(tx, card_of(tx, job), "making", uid=found.uid.hex())
        key = base64.b64encode(found.aa_public_key).decode()
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
    await_time(machines.store, machines.time_trouble, job)
    await_power(machines, job, CARD_SECONDS)
    serial, uid = str(job.payload["serial"]), bytes.fromhex(str(job.payload["uid"]))
    jws = newest(machines.store, machines.vault, record, "packet", job.position)
    if jws is None:
        raise DeviceFault(FaultCode.CENTRE_UNTRUSTED, "no packet")
    token = personalisation_token(serial)
    packet = open_packet(
        jws.decode(), machines.packet_roots, nik=str(person.nik), uid=uid, job=token, now=machines.clock()
    )
    order = _order_of(machines, profile, packet, serial)
    effect = f"encode:{serial}"
    digest = packet.header.digest.hex()
    _use_once(machines, effect, digest)
    effects.intend(
        machines.store, effect, "chip_encoder", digest, case_id=record.id, position=job.position, uid=uid.hex()
    )

    def progress(done: int, of: int) -> None:
        if done % 8 == 0 or done == of:
            jobs.progress(machines.store, job, done, of)

    with machines.rack.use("chip_encoder") as encoder, machines.rack.use("secure_access_module") as sam:
        try:
            written = write_card(encoder, sam, profile, order, progress)
        except DeviceFault as fault:
            if fault.code is not FaultCode.CARD_WRONG:
                raise
            raise told_apart(machines, encoder, sam, profile, serial) from fault
        by = Deadline.after(CARD_SECONDS)
        content = verifier.read_card(encoder, by, reading.load(profile.name), try_to_write=True)
        if content.uid != uid:
            raise told_apart(machines, encoder, sam, profile, serial)
        _end_if_spoiled(machines, encoder, sam, job, uid)
        if content.writable:
            condition.terminate(encoder, sam, profile, uid)
            raise DeviceFault(FaultCode.CARD_NOT_LOCKED, f"{','.join(content.writable)} without keys")
        report = verifier.judge(content, machines.chip_roots, machines.clock())
        if report.valid and (differing := differing_on_card(record, person, report.fields.text)):
            condition.terminate(encoder, sam, profile, uid)
            raise DeviceFault(FaultCode.CARD_DIFFERS, ", ".join(differing))
    if not report.valid:
        raise DeviceFault(FaultCode.CARD_VERIFY_MISMATCH, ",".join(report.reasons))
    kept = from_chip.pictures(machines, record, job, report.fields)

    def store(tx: Transaction) -> None:
        evidence = {"uid": uid.hex(), "outcome": str(written.outcome), "apdus": written.apdus, "digest": digest}
        effects.outcome(tx, effect, "done", evidence)
        cases.change_evidence(tx, card_of(tx, job), "encoded", packet=digest, signer=report.signer_serial)
        blanks.move(tx, serial, BlankState.ENCODED, SYSTEM, uid=uid.hex())
        from_chip.enter(tx, job, kept)
        audit.record(tx, "card-encode-complete", SYSTEM, job.case_id, resident=job.position, blank=serial, **evidence)
        go_on_to_print(tx, machines, job)

    return store


def _end_if_spoiled(machines: Machines, encoder: ChipEncoder, sam: SecureAccessModule, job: Job, uid: bytes) -> None:
    """A card that was taken out of the ledger while it was being written must not stay a valid one."""
    try:
        with machines.store.read() as tx:
            card_of(tx, job)
    except cases.Missing:
        condition.terminate(encoder, sam, profile_of(machines), uid)
        raise


def _order_of(machines: Machines, profile: CardProfile, packet: Packet, serial: str) -> WriteOrder:
    """What is to be written, once everything that can be known before the card is touched was found right."""
    header = packet.header
    if header.blank_serial != serial or header.profile != profile.name:
        raise DeviceFault(FaultCode.CENTRE_UNTRUSTED, "packet is for another blank or profile")
    order = WriteOrder(hashlib.sha256(header.job.encode()).digest()[:16], header.uid, packet.files)
    try:
        make_plan(profile, order.job, order.files)
        content = verifier.name_files({one.fid: one.data for one in packet.files}, reading.load(profile.name))
    except (PlanError, KeyError) as error:
        raise DeviceFault(FaultCode.CENTRE_UNTRUSTED, f"files of another profile: {error}") from error
    wrong = verifier.check_files(content, machines.chip_roots, to_datetime(machines.clock()))[1]
    if wrong:
        raise DeviceFault(FaultCode.CENTRE_UNTRUSTED, ",".join(wrong))
    return order


def _use_once(machines: Machines, effect: str, digest: str) -> None:
    """A packet is written on one blank, and never again once that is done; the books know it after any restart."""
    with machines.store.read() as tx:
        begun = effects.find(tx, effect)
        elsewhere = [one for one in effects.with_digest(tx, "chip_encoder", digest) if one.token != effect]
    if elsewhere or (begun is not None and begun.state == "done"):
        raise DeviceFault(FaultCode.CENTRE_UNTRUSTED, "this packet was used before")
    if begun is not None and begun.digest != digest:
        raise DeviceFault(FaultCode.CENTRE_UNTRUSTED, "this blank was begun with another packet")
