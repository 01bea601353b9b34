"""Step 7: recording fingers, portrait and signature, each piece durable the moment it is accepted."""

from __future__ import annotations

import hashlib
from typing import Any

from appliance.biometrics import signature
from appliance.biometrics.strokes import read_strokes
from appliance.casework.codes import EXCEPTION_REASONS
from appliance.casework.roles import Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.devices import FingerPosition
from appliance.faults import DeviceFault
from appliance.office.central_trouble import send_recording
from appliance.office.context import FormRefused, Office, Values, opened_at, resident, text
from appliance.queue import jobs
from appliance.records import audit, cases, leases
from appliance.records.cases import CaseRecord, Evidence, ResidentRecord
from appliance.records.moves import move_ktp, touch
from appliance.records.signatures import add_signature
from appliance.records.store import Transaction

SETTLED = frozenset({"accepted", "forced", "exception"})
CONFIRMERS = frozenset({Role.PETUGAS, Role.PEREKAM, Role.KASI})
"""Who may answer for an exception that another account asked for (as at the handover, decision 24)."""


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


def _recording(tx: Transaction, case_id: str, values: Values, actor: Actor) -> tuple[CaseRecord, ResidentRecord]:
    if actor.role is not Role.PEREKAM:
        raise NotAllowed("Langkah ini hanya untuk petugas perekaman.")
    record = cases.get(tx, case_id)
    person = resident(tx, record, values)
    if person.ktp_state != "MEREKAM":
        raise NotAllowed("Perekaman orang ini tidak sedang berjalan.")
    return record, person


def _work(position: int) -> str:
    """What is leased: two teams with one file must not record the same person side by side."""
    return f"recording:{position}"


def _in_hand(tx: Transaction, case_id: str, values: Values, actor: Actor) -> ResidentRecord:
    """The resident whose recording this actor has in hand from now on; raises `NotAllowed` while another has it."""
    _, person = _recording(tx, case_id, values, actor)
    leases.hold(tx, case_id, _work(person.position), actor)
    return person


def start_recording(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Begin (or begin again after a failure at the centre); a resident without NIK cannot be recorded."""
    with office.store.write() as tx:
        record = cases.get(tx, case_id)
        person = resident(tx, record, values)
        if record.state != "PENERBITAN":
            raise NotAllowed("Perekaman mulai setelah KK terbit atau berkas diverifikasi.")
        if person.nik is None:
            raise NotAllowed("Orang ini belum punya NIK.")
        for kind in ("finger", "template", "photo", "signature"):
            for item in current(tx, case_id, person.position, kind):
                cases.change_evidence(tx, item, "superseded")
        move_ktp(tx, person, "start_recording", actor, opened_at=opened_at(values))
        leases.hold(tx, case_id, _work(person.position), actor)


def capture_finger(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Capture one finger or one slap (`position`: one ISO name or several) with the scanner."""
    names = values.get("position") or ()
    wanted = [str(names)] if isinstance(names, str) else [str(name) for name in names]
    with office.store.write() as tx:
        person = _in_hand(tx, case_id, values, actor)
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


def except_finger(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Ask that a finger be left out: `reason` from the list, `permanent` or not; a second officer answers."""
    reason = text(values, "reason", "Pilih alasan.")
    name = text(values, "position", "Pilih jari.")
    if reason not in EXCEPTION_REASONS or name not in set(FingerPosition):
        raise NotAllowed("Pilih jari dan alasan dari daftar.")
    with office.store.write() as tx:
        person = _in_hand(tx, case_id, values, actor)
        if name not in {finger.value for finger in open_fingers(tx, case_id, person.position)}:
            raise NotAllowed("Jari ini sudah direkam.")
        if name in {item.name for item in asked_exceptions(tx, case_id, person.position)}:
            raise NotAllowed("Pengecualian jari ini menunggu petugas kedua.")
        facts: dict[str, Any] = {"reason": reason, "permanent": bool(values.get("permanent"))}
        officer = [actor.id, actor.name, str(actor.role)]
        cases.add_evidence(
            tx, case_id, "finger", position=person.position, name=name, state="asked", officer=officer, **facts
        )
        audit.record(tx, "finger-except-init", actor, case_id, resident=person.position, finger=name, **facts)
        touch(tx, case_id, 7, opened_at(values), person.position)


def asked_exceptions(tx: Transaction, case_id: str, position: int) -> list[Evidence]:
    """The fingers that somebody asked to leave out, not answered and not taken since."""
    missing = {finger.value for finger in open_fingers(tx, case_id, position)}
    found = current(tx, case_id, position, "finger")
    return [item for item in found if item.state == "asked" and item.name in missing]


def asked_of(tx: Transaction, actor: Actor, case_id: str, position: int) -> list[Evidence]:
    """Those of them that this officer may answer: another one asked."""
    if actor.role not in CONFIRMERS:
        return []
    return [item for item in asked_exceptions(tx, case_id, position) if item.facts["officer"][0] != actor.id]


def confirm_exceptions(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """The second officer's own look at the hands: `result` yes leaves the fingers out, no has them taken."""
    result = text(values, "result", "Pilih jawaban.")
    if result not in {"yes", "no"}:
        raise NotAllowed("Pilih jawaban dari daftar.")
    if actor.role not in CONFIRMERS:
        raise NotAllowed("Langkah ini hanya untuk petugas, perekam atau Kasi.")
    with office.store.write() as tx:
        person = resident(tx, cases.get(tx, case_id), values)
        if person.ktp_state != "MEREKAM":
            raise NotAllowed("Perekaman orang ini tidak sedang berjalan.")
        waiting = asked_of(tx, actor, case_id, person.position)
        if not waiting:
            raise NotAllowed("Tidak ada pengecualian yang menunggu jawaban Anda. Harus petugas lain yang menjawab.")
        for item in waiting:
            second = [actor.id, actor.name, str(actor.role)]
            cases.change_evidence(tx, item, "exception" if result == "yes" else "refused", second=second)
            audit.record(
                tx, "finger-except-complete", actor, case_id,
                resident=person.position, finger=item.name, result=result,
                reason=item.facts["reason"], permanent=item.facts["permanent"],
            )  # fmt: skip


def _device_job(
    office: Office, actor: Actor, case_id: str, values: Values, lane: str, kind: str, **payload: Any
) -> None:
    with office.store.write() as tx:
        person = _in_hand(tx, case_id, values, actor)
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
        record, person = _recording(tx, case_id, values, actor)
    try:
        strokes = read_strokes(str(values.get("strokes") or "[]"))
        picture = signature.picture(strokes)
    except ValueError as error:
        raise FormRefused(("strokes", "Goresan tidak terbaca. Hapus, lalu minta warga menulis lagi.")) from error
    except DeviceFault as fault:
        raise FormRefused(("strokes", "Tanda tangan kosong atau terlalu kecil. Minta warga menulis lagi.")) from fault
    blob = office.vault.put(case_id, record.wrapped_key, picture)
    digest = hashlib.sha256(picture).hexdigest()
    with office.store.write() as tx:
        _in_hand(tx, case_id, values, actor)
        add_signature(tx, case_id, person.position, strokes, blob, digest, actor)
        touch(tx, case_id, 7, opened_at(values), person.position)


def cannot_sign(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """The resident cannot sign: recorded with its reason."""
    reason = text(values, "reason", "Pilih alasan.")
    with office.store.write() as tx:
        person = _in_hand(tx, case_id, values, actor)
        cases.add_evidence(tx, case_id, "signature", position=person.position, state="exception", reason=reason)
        audit.record(tx, "signature-except-complete", actor, case_id, resident=person.position, reason=reason)
        touch(tx, case_id, 7, opened_at(values), person.position)


def finish_recording(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """All ten fingers are settled, portrait and signature are there: send the recording to the centre."""
    with office.store.write() as tx:
        person = _in_hand(tx, case_id, values, actor)
        left = open_fingers(tx, case_id, person.position)
        if asked_exceptions(tx, case_id, person.position):
            raise NotAllowed("Pengecualian jari menunggu petugas kedua.")
        if left:
            raise NotAllowed(f"Masih {len(left)} jari belum direkam.")
        for kind, word in (("photo", "Foto"), ("signature", "Tanda tangan")):
            if not any(item.state in SETTLED for item in current(tx, case_id, person.position, kind)):
                raise NotAllowed(f"{word} belum direkam.")
        move_ktp(tx, person, "finish_recording", actor, opened_at=opened_at(values))
        send_recording(office, tx, case_id, person.position)
        leases.let_go(tx, case_id, _work(person.position))
    office.wake()
