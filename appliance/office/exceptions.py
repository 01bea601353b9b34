"""Fingers that cannot be recorded: a cause, a photo of the hand or why there is none, a second officer's answer."""

from __future__ import annotations

from typing import Any

from appliance.casework.codes import EXCEPTION_REASONS
from appliance.casework.roles import Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.devices import FingerPosition
from appliance.office.at_recording import current, in_hand, open_fingers
from appliance.office.context import Office, Values, opened_at, resident, text
from appliance.queue import jobs
from appliance.records import audit, cases
from appliance.records.cases import Evidence, ResidentRecord
from appliance.records.moves import touch
from appliance.records.store import Transaction

CONFIRMERS = frozenset({Role.PETUGAS, Role.PEREKAM, Role.KASI})
"""Who may answer for an exception that another account asked for (as at the handover, decision 24)."""


def second_answer(actor: Actor, values: Values) -> str:
    """What a second officer says of an exception, `yes` or `no`; raises `NotAllowed`."""
    result = text(values, "result", "Pilih jawaban.")
    if result not in {"yes", "no"}:
        raise NotAllowed("Pilih jawaban dari daftar.")
    if actor.role not in CONFIRMERS:
        raise NotAllowed("Langkah ini hanya untuk petugas, perekam atau Kasi.")
    return result


def being_recorded(tx: Transaction, case_id: str, values: Values) -> ResidentRecord:
    """The resident of this form, while his recording goes on; raises `NotAllowed`."""
    person = resident(tx, cases.get(tx, case_id), values)
    if person.ktp_state != "MEREKAM":
        raise NotAllowed("Perekaman orang ini tidak sedang berjalan.")
    return person


def except_finger(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Ask that a finger be left out: `reason` from the list, `permanent` or not; a second officer answers.

    The camera takes the hand for him. `no_photo` says why that cannot be, now or after the camera failed.
    """
    reason = text(values, "reason", "Pilih alasan.")
    name = text(values, "position", "Pilih jari.")
    without = str(values.get("no_photo") or "").strip()
    if reason not in EXCEPTION_REASONS or name not in set(FingerPosition):
        raise NotAllowed("Pilih jari dan alasan dari daftar.")
    with office.store.write() as tx:
        person = in_hand(tx, case_id, values, actor)
        if name not in {finger.value for finger in open_fingers(tx, case_id, person.position)}:
            raise NotAllowed("Jari ini sudah direkam.")
        asked = [item for item in asked_exceptions(tx, case_id, person.position) if item.name == name]
        if asked and (not without or shown(asked[-1])):
            raise NotAllowed("Pengecualian jari ini menunggu petugas kedua.")
        facts: dict[str, Any] = {"reason": reason, "permanent": bool(values.get("permanent"))}
        officer = [actor.id, actor.name, str(actor.role)]
        for item in asked:
            cases.change_evidence(tx, item, "superseded")
        cases.add_evidence(
            tx, case_id, "finger", position=person.position, name=name, state="asked",
            officer=officer, no_photo=without, **facts,
        )  # fmt: skip
        audit.record(
            tx, "finger-except-init", actor, case_id,
            resident=person.position, finger=name, photographed=not without, **facts,
        )  # fmt: skip
        if not without:
            _photograph(tx, case_id, person.position)
        touch(tx, case_id, 7, opened_at(values), person.position)
    office.wake()


def _photograph(tx: Transaction, case_id: str, position: int) -> None:
    """One picture for all fingers that are asked for before it is taken."""
    mine = [job for job in jobs.of_case(tx, case_id) if job.kind == "capture-hand" and job.position == position]
    if not any(job.state == "ready" for job in mine):
        key = f"capture-hand:{case_id}:{position}:{len(mine) + 1}"
        jobs.put(tx, "camera", "capture-hand", key, case_id=case_id, position=position)


def asked_exceptions(tx: Transaction, case_id: str, position: int) -> list[Evidence]:
    """The fingers that somebody asked to leave out, not answered and not taken since."""
    missing = {finger.value for finger in open_fingers(tx, case_id, position)}
    found = current(tx, case_id, position, "finger")
    return [item for item in found if item.state == "asked" and item.name in missing]


def asked_of(tx: Transaction, actor: Actor, case_id: str, position: int) -> list[Evidence]:
    """Those of them that this officer may answer: another one asked, and the hand is photographed or it is said why
    not."""
    if actor.role not in CONFIRMERS:
        return []
    return [
        item
        for item in asked_exceptions(tx, case_id, position)
        if item.facts["officer"][0] != actor.id and shown(item)
    ]


def shown(item: Evidence) -> bool:
    """Whether a second officer has something to look at besides the hand: its photo, or why there is none."""
    return bool(item.facts.get("photo") or item.facts.get("no_photo"))


def confirm_exceptions(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """The second officer's own look at the hands: `result` yes leaves the fingers out, no has them taken."""
    result = second_answer(actor, values)
    with office.store.write() as tx:
        person = being_recorded(tx, case_id, values)
        waiting = asked_of(tx, actor, case_id, person.position)
        if not waiting and not all(shown(item) for item in asked_exceptions(tx, case_id, person.position)):
            raise NotAllowed("Tangannya belum difoto. Tunggu fotonya, atau tulis sebab tidak difoto.")
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
