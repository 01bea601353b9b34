"""What every act of a recording asks first: who is recorded, by whom, and what is there already."""

from __future__ import annotations

from appliance.casework.roles import Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.devices import FingerPosition
from appliance.office.context import Office, Values, resident
from appliance.records import cases, leases
from appliance.records.cases import CaseRecord, Evidence, ResidentRecord
from appliance.records.store import Transaction

SETTLED = frozenset({"accepted", "forced", "exception"})


def signs_on_screen(office: Office) -> bool:
    """Whether the touch screen of the officer's face is the signature pad here."""
    return office.settings.devices.get("signature_pad", "").startswith("browser:")


def current(tx: Transaction, case_id: str, position: int, kind: str) -> list[Evidence]:
    """The pieces of this recording, without those of an earlier one that had to be repeated."""
    return [item for item in cases.evidence_of(tx, case_id, kind, position) if item.state != "superseded"]


def open_fingers(tx: Transaction, case_id: str, position: int) -> tuple[FingerPosition, ...]:
    """The fingers that are neither taken nor excepted."""
    settled = {item.name for item in current(tx, case_id, position, "finger") if item.state in SETTLED}
    return tuple(finger for finger in FingerPosition if finger.value not in settled)


def begins_with_photo(tx: Transaction, case_id: str, position: int) -> bool:
    """Whether an officer chose the order for who cannot sit still: photo, signature, fingers.

    It stays for a recording that has to be repeated: it is of the person, not of the try.
    """
    return bool(cases.evidence_of(tx, case_id, "order", position))


def being_recorded(tx: Transaction, case_id: str, values: Values, actor: Actor) -> tuple[CaseRecord, ResidentRecord]:
    """The case and the resident whose recording goes on; raises `NotAllowed` for another role or at another time."""
    if actor.role is not Role.PEREKAM:
        raise NotAllowed("Langkah ini hanya untuk petugas perekaman.")
    record = cases.get(tx, case_id)
    person = resident(tx, record, values)
    if person.ktp_state != "MEREKAM":
        raise NotAllowed("Perekaman orang ini tidak sedang berjalan.")
    return record, person


def work_of(position: int) -> str:
    """What is leased: two teams with one file must not record the same person side by side."""
    return f"recording:{position}"


def in_hand(tx: Transaction, case_id: str, values: Values, actor: Actor) -> ResidentRecord:
    """The resident whose recording this actor has in hand from now on; raises `NotAllowed` while another has it."""
    _, person = being_recorded(tx, case_id, values, actor)
    leases.hold(tx, case_id, work_of(person.position), actor)
    return person
