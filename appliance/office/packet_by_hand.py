"""A card without a line to the centre: the order is carried there and the packet for this very chip brought back.

The packet is opened by the same checks as one that came over the line: signed by the centre, for this resident, this
chip and this blank. Nothing of the chip's content can be made here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from appliance.casework.roles import Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.office.context import FormRefused, Office, Values, resident
from appliance.queue import jobs
from appliance.queue.jobs import Job
from appliance.records import audit, cases
from appliance.records.away import PACKET_MAY_COME
from appliance.records.cases import CaseRecord, ResidentRecord
from appliance.records.store import Transaction

_COMPACT_JWS = re.compile(rb"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class CardOrder:
    """What the centre must be told to make the packet of one card; as `POST /personalisations` has it."""

    token: str
    nik: str = field(repr=False)
    uid: str
    aa_public_key: str
    blank_serial: str


def waiting_order(tx: Transaction, case_id: str, position: int) -> Job | None:
    """The order of this resident's card that nobody has carried to the centre yet, or None."""
    for job in jobs.of_case(tx, case_id):
        if job.kind == "personalise" and job.position == position and job.state == "hold":
            return job if job.fault in PACKET_MAY_COME else None
    return None


def card_order(office: Office, actor: Actor, case_id: str, position: int) -> CardOrder:
    """The order as it is carried to the centre; raises `Missing` if none waits for this operator."""
    with office.store.read() as tx:
        job = waiting_order(tx, case_id, position)
        if job is None or actor.role is not Role.OPERATOR or "centre" not in office.by_hand:
            raise cases.Missing("Tidak ada permintaan paket kartu.")
        person = cases.resident_at(tx, case_id, position)
    serial = str(job.payload["serial"])
    told = str(job.payload["uid"]), str(job.payload["aa_public_key"])
    return CardOrder(f"card-{serial}", str(person.nik), *told, serial)


def _order(tx: Transaction, record: CaseRecord, values: Values) -> tuple[ResidentRecord, Job]:
    person = resident(tx, record, values)
    job = waiting_order(tx, record.id, person.position)
    if job is None:
        raise NotAllowed("Tidak ada kartu orang ini yang menunggu paket.")
    return person, job


def import_packet(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Bring the packet for the card in hand (`berkas`, a compact JWS); another takes a refused one's place."""
    if "centre" not in office.by_hand:
        raise NotAllowed("Di kantor ini paket kartu datang lewat sambungan, tidak dibawa sebagai berkas.")
    if actor.role is not Role.OPERATOR:
        raise NotAllowed("Langkah ini hanya untuk operator.")
    data = values.get("berkas")
    packet = data.strip() if isinstance(data, bytes) else b""
    if not _COMPACT_JWS.fullmatch(packet):
        raise FormRefused(("berkas", "Pilih berkas paket kartu dari pusat."))
    with office.store.write() as tx:
        record = cases.get(tx, case_id)
        person, job = _order(tx, record, values)
        blob = office.vault.put(case_id, record.wrapped_key, packet)
        payload = {**job.payload, "brought": blob}
        jobs.put(tx, "centre", "personalise", job.key, case_id=case_id, position=person.position, **payload)
        audit.record(tx, "packet-import-init", actor, case_id, resident=person.position, blank=job.payload["serial"])
    office.wake()
