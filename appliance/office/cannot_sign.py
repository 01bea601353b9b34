"""Who cannot sign: his thumb in place of the signature or, where that cannot be either, a second officer's answer."""

from __future__ import annotations

from appliance.casework.codes import SIGN_REASONS
from appliance.casework.roles import Actor
from appliance.casework.sop import NotAllowed
from appliance.devices import FingerPosition
from appliance.office.at_recording import SETTLED, current, in_hand, signs_on_screen
from appliance.office.context import Office, Values, opened_at, text
from appliance.office.exceptions import CONFIRMERS, being_recorded, second_answer
from appliance.queue import jobs
from appliance.records import audit, cases
from appliance.records.cases import Evidence
from appliance.records.moves import touch
from appliance.records.signatures import make_way
from appliance.records.store import Transaction

THUMBS = (FingerPosition.RIGHT_THUMB, FingerPosition.LEFT_THUMB)


def has_scanner(office: Office) -> bool:
    """Whether a thumb can be taken at all here."""
    return "fingerprint_scanner" in office.settings.devices


def thumbs_taken(tx: Transaction, case_id: str, position: int) -> list[str]:
    """The thumbs that are recorded, by their ISO names: only such a one is known to be his."""
    there = {item.name for item in current(tx, case_id, position, "template")}
    return [thumb.value for thumb in THUMBS if thumb.value in there]


def ways_to_sign(office: Office, tx: Transaction, case_id: str, position: int) -> list[str]:
    """The acts by which this resident's signature, or what stands in its place, can be had now."""
    ways = ["draw_signature" if signs_on_screen(office) else "capture_signature"]
    if has_scanner(office) and thumbs_taken(tx, case_id, position):
        ways.append("mark_with_thumb")
    return ways if asked_to_leave(tx, case_id, position) else [*ways, "cannot_sign"]


def signature_now(tx: Transaction, case_id: str, position: int) -> tuple[Evidence | None, Evidence | None]:
    """The signature that stands, or what stands in its place, and what has come after it that does not stand."""
    found = current(tx, case_id, position, "signature")
    settled = [item for item in found if item.state in SETTLED]
    return settled[-1] if settled else None, found[-1] if found and found[-1].state not in SETTLED else None


def _reason(values: Values) -> str:
    reason = text(values, "reason", "Pilih alasan.")
    if reason not in SIGN_REASONS:
        raise NotAllowed("Pilih alasan dari daftar.")
    return reason


def mark_with_thumb(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Take a recorded thumb (`position`) in place of the signature, with the `reason` why he does not sign."""
    reason, thumb = _reason(values), text(values, "position", "Pilih jempol.")
    if not has_scanner(office):
        raise NotAllowed("Di sini tidak ada pemindai jari. Catat bahwa warga tidak dapat tanda tangan.")
    with office.store.write() as tx:
        person = in_hand(tx, case_id, values, actor)
        if thumb not in thumbs_taken(tx, case_id, person.position):
            raise NotAllowed("Rekam dulu jempol itu, atau pilih jempol yang sudah direkam.")
        work = [job for job in jobs.of_case(tx, case_id) if job.kind == "capture-thumb"]
        mine = [job for job in work if job.position == person.position]
        if any(job.state in {"ready", "leased"} for job in mine):
            raise NotAllowed("Jempol ini sedang diambil. Tunggu sebentar.")
        key = f"capture-thumb:{case_id}:{person.position}:{len(mine) + 1}"
        jobs.put(
            tx, "scanner", "capture-thumb", key,
            case_id=case_id, position=person.position, finger=thumb, reason=reason,
        )  # fmt: skip
        touch(tx, case_id, 7, opened_at(values), person.position)
    office.wake()


def cannot_sign(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Ask that there be no signature, for a `reason`; a second officer answers."""
    reason = _reason(values)
    with office.store.write() as tx:
        person = in_hand(tx, case_id, values, actor)
        if asked_to_leave(tx, case_id, person.position):
            raise NotAllowed("Pengecualian tanda tangan menunggu petugas kedua.")
        officer = [actor.id, actor.name, str(actor.role)]
        cases.add_evidence(
            tx, case_id, "signature", position=person.position, state="asked", reason=reason, officer=officer
        )
        audit.record(tx, "signature-except-init", actor, case_id, resident=person.position, reason=reason)
        touch(tx, case_id, 7, opened_at(values), person.position)


def asked_to_leave(tx: Transaction, case_id: str, position: int) -> Evidence | None:
    """That the signature be left out, while it is not answered and he has not signed since; or None."""
    asked = [item for item in current(tx, case_id, position, "signature") if item.state == "asked"]
    return asked[-1] if asked else None


def may_confirm(tx: Transaction, actor: Actor, case_id: str, position: int) -> bool:
    """Whether this officer may answer: another one asked."""
    asked = asked_to_leave(tx, case_id, position)
    return actor.role in CONFIRMERS and asked is not None and asked.facts["officer"][0] != actor.id


def confirm_cannot_sign(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """The second officer's own look at the resident: `result` yes leaves the signature out, no has it taken."""
    result = second_answer(actor, values)
    with office.store.write() as tx:
        person = being_recorded(tx, case_id, values)
        asked = asked_to_leave(tx, case_id, person.position)
        if asked is None or not may_confirm(tx, actor, case_id, person.position):
            raise NotAllowed("Tidak ada pengecualian yang menunggu jawaban Anda. Harus petugas lain yang menjawab.")
        if result == "yes":
            make_way(tx, case_id, person.position)
        second = [actor.id, actor.name, str(actor.role)]
        cases.change_evidence(tx, asked, "exception" if result == "yes" else "refused", second=second)
        audit.record(
            tx, "signature-except-complete", actor, case_id,
            resident=person.position, result=result, reason=asked.facts["reason"],
        )  # fmt: skip
