"""Step 7: recording fingers, portrait and signature, each piece durable the moment it is accepted."""

from __future__ import annotations

import hashlib
from typing import Any

from appliance.biometrics import signature
from appliance.biometrics.strokes import read_strokes
from appliance.casework.people import RECORDING_AGE, may_be_recorded
from appliance.casework.roles import Actor
from appliance.casework.sop import NotAllowed, fire
from appliance.devices import FingerPosition
from appliance.faults import DeviceFault
from appliance.office.at_recording import (
    SETTLED,
    begins_with_photo,
    being_recorded,
    current,
    in_hand,
    open_fingers,
    signs_on_screen,
    work_of,
)
from appliance.office.cannot_sign import asked_to_leave
from appliance.office.central_trouble import send_recording
from appliance.office.context import FormRefused, Office, Values, opened_at, resident
from appliance.office.exceptions import asked_exceptions
from appliance.office.second_look import looked_again
from appliance.office.visits import visit_made
from appliance.queue import jobs
from appliance.records import audit, cases, leases
from appliance.records.cases import CaseRecord, ResidentRecord
from appliance.records.moves import move_ktp, touch
from appliance.records.signatures import add_signature

_LEFT = frozenset({"capture", "recapture", "capture-photo", "capture-signature", "capture-thumb"})
"""Work that ends with the resident's leaving; a photo of hands that an officer asked for does not."""


def early_is_possible(office: Office, record: CaseRecord, person: ResidentRecord) -> bool:
    """Whether this resident, who needs no card yet, may be recorded for the one that will be due."""
    allowed = may_be_recorded(person.biodata, office.today())
    return record.state == "PENERBITAN" and person.nik is not None and allowed


def record_early(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """A resident of 16 wishes to be recorded now; his card is made when he is 17, and the case waits for it."""
    with office.store.write() as tx:
        record = cases.get(tx, case_id)
        person = resident(tx, record, values)
        fire("ktp", person.ktp_state, "record_early", actor.role, record.sop_version)
        if not early_is_possible(office, record, person):
            raise NotAllowed(f"Perekaman boleh sejak umur {RECORDING_AGE} tahun, sesudah orang ini punya NIK.")
        move_ktp(tx, person, "record_early", actor, opened_at=opened_at(values))


def start_recording(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Begin (or begin again after a failure at the centre); a resident without NIK cannot be recorded."""
    with office.store.write() as tx:
        record = cases.get(tx, case_id)
        person = resident(tx, record, values)
        if record.state != "PENERBITAN":
            raise NotAllowed("Perekaman mulai setelah KK terbit atau berkas diverifikasi.")
        if person.nik is None:
            raise NotAllowed("Orang ini belum punya NIK.")
        for kind in ("finger", "template", "photo", "signature", "hand_photo", "recheck"):
            for item in current(tx, case_id, person.position, kind):
                cases.change_evidence(tx, item, "superseded")
        visit_made(tx, case_id, person.position)
        move_ktp(tx, person, "start_recording", actor, opened_at=opened_at(values))
        leases.hold(tx, case_id, work_of(person.position), actor)


def capture_finger(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Capture one finger or one slap (`position`: one ISO name or several) with the scanner."""
    names = values.get("position") or ()
    wanted = [str(names)] if isinstance(names, str) else [str(name) for name in names]
    with office.store.write() as tx:
        person = in_hand(tx, case_id, values, actor)
        missing = {finger.value for finger in open_fingers(tx, case_id, person.position)}
        if not wanted or not set(wanted) <= missing:
            raise NotAllowed("Pilih jari yang belum direkam.")
        for job in jobs.of_case(tx, case_id):
            waiting = job.kind == "capture" and job.position == person.position and job.state in {"ready", "leased"}
            if waiting and set(wanted) & set(job.payload["fingers"]):
                raise NotAllowed("Jari ini sedang diambil. Tunggu sebentar.")
        attempt = len(current(tx, case_id, person.position, "attempt")) + 1
        cases.add_evidence(tx, case_id, "attempt", position=person.position, attempt=attempt, fingers=wanted)
        key = f"capture:{case_id}:{person.position}:{'+'.join(wanted)}:{attempt}"
        jobs.put(tx, "scanner", "capture", key, case_id=case_id, position=person.position, fingers=wanted)
        touch(tx, case_id, 7, opened_at(values), person.position)
    office.wake()


def _device_job(
    office: Office, actor: Actor, case_id: str, values: Values, lane: str, kind: str, **payload: Any
) -> None:
    with office.store.write() as tx:
        person = in_hand(tx, case_id, values, actor)
        attempt = len(current(tx, case_id, person.position, kind.removeprefix("capture-"))) + 1
        key = f"{kind}:{case_id}:{person.position}:{attempt}:{tx.now}"
        jobs.put(tx, lane, kind, key, case_id=case_id, position=person.position, **payload)
        touch(tx, case_id, 7, opened_at(values), person.position)
    office.wake()


def capture_photo(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Take the portrait; its rules are checked and the failing one named; `force` overrides with a reason."""
    _device_job(office, actor, case_id, values, "camera", "capture-photo", reason=str(values.get("reason") or ""))


def capture_signature(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Take the signature on the pad."""
    if signs_on_screen(office):
        raise NotAllowed("Di sini tanda tangan ditulis di layar.")
    _device_job(office, actor, case_id, values, "pad", "capture-signature")


def draw_signature(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Keep the signature that the resident wrote on the screen: `strokes`, see `read_strokes`."""
    if not signs_on_screen(office):
        raise NotAllowed("Di sini tanda tangan ditulis di papan tanda tangan.")
    with office.store.read() as tx:
        record, _ = being_recorded(tx, case_id, values, actor)
    try:
        strokes = read_strokes(str(values.get("strokes") or "[]"))
        picture = signature.picture(strokes)
    except ValueError as error:
        raise FormRefused(("strokes", "Goresan tidak terbaca. Hapus, lalu minta warga menulis lagi.")) from error
    except DeviceFault as fault:
        raise FormRefused(("strokes", "Tanda tangan kosong atau terlalu kecil. Minta warga menulis lagi.")) from fault
    digest = hashlib.sha256(picture).hexdigest()
    with office.store.write() as tx:
        person = in_hand(tx, case_id, values, actor)
        blob = office.vault.put(case_id, record.wrapped_key, picture)
        add_signature(tx, case_id, person.position, strokes, blob, digest, actor)
        touch(tx, case_id, 7, opened_at(values), person.position)


def photo_first(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """For who cannot sit still: the page offers portrait, then signature, then fingers, to whoever goes on as well.

    Only the order in which they are offered: each may be taken at any time as before. Again changes nothing.
    """
    with office.store.write() as tx:
        person = in_hand(tx, case_id, values, actor)
        if begins_with_photo(tx, case_id, person.position):
            return
        cases.add_evidence(tx, case_id, "order", position=person.position, state="photo_first", officer=actor.name)
        audit.record(tx, "photo-first-complete", actor, case_id, resident=person.position)
        touch(tx, case_id, 7, opened_at(values), person.position)


def stop_recording(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Stop for now: what was accepted stays, what no device has begun is not begun, a colleague may go on at once.

    The recording itself goes on: whoever takes the next finger or picture of this resident has it in hand.
    """
    with office.store.write() as tx:
        _, person = being_recorded(tx, case_id, values, actor)
        work = work_of(person.position)
        if not leases.held(tx, case_id, work, actor):
            raise NotAllowed("Orang ini tidak sedang Anda rekam.")
        for job in jobs.of_case(tx, case_id):
            if job.position == person.position and job.kind in _LEFT and job.state in {"ready", "hold"}:
                jobs.give_up(tx, job, "recording stopped")
        leases.let_go(tx, case_id, work)
        settled = len(FingerPosition) - len(open_fingers(tx, case_id, person.position))
        audit.record(tx, "finger-stop-complete", actor, case_id, resident=person.position, settled=settled)
        touch(tx, case_id, 7, opened_at(values), person.position)


def finish_recording(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """All ten fingers are settled, portrait and signature are there: send the recording to the centre."""
    with office.store.write() as tx:
        person = in_hand(tx, case_id, values, actor)
        left = open_fingers(tx, case_id, person.position)
        if asked_to_leave(tx, case_id, person.position):
            raise NotAllowed("Pengecualian tanda tangan menunggu petugas kedua.")
        if asked_exceptions(tx, case_id, person.position):
            raise NotAllowed("Pengecualian jari menunggu petugas kedua.")
        if left:
            raise NotAllowed(f"Masih {len(left)} jari belum direkam.")
        if not looked_again(tx, case_id, person.position):
            raise NotAllowed("Kedua telunjuk belum dicocokkan dengan rekaman pertama.")
        for kind, word in (("photo", "Foto"), ("signature", "Tanda tangan")):
            if not any(item.state in SETTLED for item in current(tx, case_id, person.position, kind)):
                raise NotAllowed(f"{word} belum direkam.")
        move_ktp(tx, person, "finish_recording", actor, opened_at=opened_at(values))
        send_recording(office, tx, case_id, person.position)
        leases.let_go(tx, case_id, work_of(person.position))
    office.wake()
