"""What every physical step works with: the store, the rack of devices, engines and papers."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from appliance.biometrics.engine import FingerEngine, PortraitEngine
from appliance.casework.roles import Actor, Role
from appliance.central.paper_seal import KnownOffices, PaperKey
from appliance.chip.profile import CardProfile
from appliance.clock import Clock
from appliance.config import Settings
from appliance.documents.render import Renderer
from appliance.issuance.local_search import KnownFingers
from appliance.issuance.rack import DeviceRack
from appliance.issuance.timing import TimeTrouble, believed
from appliance.queue.jobs import Job
from appliance.records import cases
from appliance.records.cases import CaseRecord, Evidence, ResidentRecord
from appliance.records.store import Store, Transaction
from appliance.records.vault import Vault


@dataclass(frozen=True, slots=True)
class Machines:
    """Everything the handlers of device jobs need; `profile` is None where the card profile cannot be loaded,
    `paper_key` where this office seals no family cards."""

    store: Store
    vault: Vault
    settings: Settings
    clock: Clock
    rack: DeviceRack
    profile: CardProfile | None
    chip_roots: bytes
    packet_roots: bytes
    fingers: FingerEngine
    portraits: PortraitEngine
    renderer: Renderer = field(default_factory=Renderer)
    time_trouble: TimeTrouble = believed
    known: KnownFingers = field(default_factory=KnownFingers)
    paper_key: PaperKey | None = None
    known_offices: KnownOffices = field(default_factory=KnownOffices)


def keep(store: Store, vault: Vault, record: CaseRecord, data: bytes) -> dict[str, str]:
    """Make data durable in the vault; the names under which evidence refers to it."""
    return {"blob": vault.put(record.id, record.wrapped_key, data), "sha256": hashlib.sha256(data).hexdigest()}


def case_of(store: Store, job: Job) -> CaseRecord:
    """The case a job works for."""
    with store.read() as tx:
        return cases.get(tx, str(job.case_id))


def person_of(store: Store, job: Job) -> ResidentRecord:
    """The resident a job works for."""
    with store.read() as tx:
        return person_in(tx, job)


def person_in(tx: Transaction, job: Job) -> ResidentRecord:
    """The resident a job works for, as he stands in this transaction."""
    return cases.resident_at(tx, str(job.case_id), int(job.position or 0))


def current(tx: Transaction, job: Job, kind: str, name: str | None = None) -> list[Evidence]:
    """The pieces of the recording a job works for, without those of an earlier one that had to be repeated."""
    found = cases.evidence_of(tx, str(job.case_id), kind, job.position, name)
    return [item for item in found if item.state != "superseded"]


def newest(store: Store, vault: Vault, record: CaseRecord, kind: str, position: int | None = None) -> bytes | None:
    """The content of the newest usable evidence of a kind, or None."""
    with store.read() as tx:
        usable = [
            item
            for item in cases.evidence_of(tx, record.id, kind, position)
            if item.blob is not None and item.state in {"accepted", "forced"}
        ]
    if not usable:
        return None
    return vault.get(record.id, record.wrapped_key, str(usable[-1].blob))


def actor_of(job: Job, role: Role) -> Actor:
    """The person who set this job going, for the chain and the audit."""
    account, name, device = job.payload["actor"]
    return Actor(account, name, role, device)
