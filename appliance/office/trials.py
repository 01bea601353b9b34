"""Trials of devices as the technician orders them: never while a case holds the device, never with a blank."""

from __future__ import annotations

from dataclasses import replace

from appliance.casework.roles import Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.office.context import Office, Values, text
from appliance.queue import jobs
from appliance.queue.holding import held_by_a_case
from appliance.records import audit, trials
from appliance.records.store import new_id
from appliance.records.trials import OPEN, Trial

ANSWERS = ("good", "wrong", "nothing")
TEST_CARD = "card_printer"
"""It is tried with a card that is no blank, which a person must put in first."""
NO_TEST_CARD = "Keluarkan semua blanko dari printer, pasang kartu uji, lalu beri tanda bahwa sudah."
HELD = "Alat ini sedang dipakai sebuah berkas. Coba lagi setelah pekerjaan itu selesai."


def begin_trial(office: Office, actor: Actor, values: Values) -> None:
    """A technician orders the trial of a device; what the one before left is erased."""
    _technician_only(actor)
    device = _device(office, values)
    with office.store.write() as tx:
        old = trials.get(tx, device)
        if old is not None and old.state in OPEN:
            raise NotAllowed("Alat ini sudah sedang dicoba.")
        if held_by_a_case(tx, device, moves_cards=office.settings.printer_moves_cards):
            raise NotAllowed(HELD)
        if device == TEST_CARD and not values.get("test_card"):
            raise NotAllowed(NO_TEST_CARD)
        trial = Trial(new_id(), device, "waiting", tx.now, actor.id)
        trials.put(tx, trial)
        jobs.put(tx, "trial", "try-device", trials.job_key(trial), device=device, trial=trial.id)
        audit.record(tx, "device-try-init", actor, None, device=device)
    _drop(office, old)
    office.wake()


def answer_trial(office: Office, actor: Actor, values: Values) -> None:
    """A technician says what came out of a printer, or what a light showed."""
    _technician_only(actor)
    device, answer = _device(office, values), text(values, "answer", "Pilih salah satu gambar.")
    with office.store.write() as tx:
        trial = trials.get(tx, device)
        if trial is None or trial.state != "asked" or answer not in ANSWERS:
            raise NotAllowed("Tidak ada pertanyaan untuk alat ini.")
        state = "done" if answer == "good" else "failed"
        trials.put(tx, replace(trial, state=state, answer=answer))
        audit.record(tx, "device-look-complete", actor, None, device=device, answer=answer)
    office.wake()


def erase_trial(office: Office, actor: Actor, values: Values) -> None:
    """A technician has seen what was taken in a trial; it is erased now instead of after two minutes."""
    _technician_only(actor)
    device = _device(office, values)
    with office.store.write() as tx:
        trial = trials.get(tx, device)
        if trial is None or not trial.blob:
            raise NotAllowed("Gambarnya sudah dihapus.")
        trials.put(tx, trials.erased(trial))
    _drop(office, trial)
    office.wake()


def taken(office: Office, device: str) -> tuple[bytes, str] | None:
    """What was taken in the last trial and its media type, while it may still be seen; else None."""
    return trials.taken(office.store, office.vault, device)


def _technician_only(actor: Actor) -> None:
    if actor.role is not Role.TEKNISI:
        raise NotAllowed("Langkah ini hanya untuk teknisi.")


def _device(office: Office, values: Values) -> str:
    device = text(values, "device", "Pilih alat.")
    if device not in office.settings.devices:
        raise NotAllowed("Alat ini tidak ada dalam pengaturan.")
    return device


def _drop(office: Office, trial: Trial | None) -> None:
    if trial is not None and trial.blob:
        office.vault.drop(trial.blob)
