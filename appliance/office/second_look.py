"""Both index fingers once more after the ten: whether they are the fingers that were recorded, each on its hand."""

from __future__ import annotations

from appliance.biometrics.rules import SecondLook
from appliance.casework.roles import Actor
from appliance.casework.sop import NotAllowed
from appliance.devices import FingerPosition
from appliance.office.at_recording import SETTLED, current, in_hand, open_fingers
from appliance.office.context import FormRefused, Office, Values, opened_at, text
from appliance.queue import jobs
from appliance.records import audit, cases
from appliance.records.cases import Evidence
from appliance.records.moves import touch
from appliance.records.store import Transaction

INDEX = (FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_INDEX)
LOOKS = 3
"""Looks without a match after which the first capture may be kept with a reason: nobody is sent away by a loop."""
_DOUBTS = frozenset({str(SecondLook.SWAPPED), str(SecondLook.OTHER)})


def index_taken(tx: Transaction, case_id: str, position: int) -> list[str]:
    """The index fingers that are recorded, by their ISO names."""
    there = {item.name for item in current(tx, case_id, position, "template")}
    return [finger.value for finger in INDEX if finger.value in there]


def last_look(tx: Transaction, case_id: str, position: int) -> Evidence | None:
    """What came of the newest second look, or None."""
    looks = current(tx, case_id, position, "recheck")
    return looks[-1] if looks else None


def looked_again(tx: Transaction, case_id: str, position: int) -> bool:
    """Whether the index fingers are known to be the recorded ones, or there is none to look at."""
    look = last_look(tx, case_id, position)
    return not index_taken(tx, case_id, position) or (look is not None and look.state in SETTLED)


def in_doubt(tx: Transaction, case_id: str, position: int) -> bool:
    """Whether somebody must say why the fingers differ."""
    look = last_look(tx, case_id, position)
    return look is not None and look.state in _DOUBTS


def recapture_index(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Have both index fingers on the glass once more, to be compared with their first capture."""
    with office.store.write() as tx:
        person = in_hand(tx, case_id, values, actor)
        if open_fingers(tx, case_id, person.position):
            raise NotAllowed("Rekam dulu semua jari.")
        if looked_again(tx, case_id, person.position):
            raise NotAllowed("Telunjuk sudah dicocokkan.")
        mine = [
            one for one in jobs.of_case(tx, case_id) if one.kind == "recapture" and one.position == person.position
        ]
        if any(job.state in {"ready", "leased"} for job in mine):
            raise NotAllowed("Jari ini sedang diambil. Tunggu sebentar.")
        wanted = index_taken(tx, case_id, person.position)
        key = f"recapture:{case_id}:{person.position}:{len(mine) + 1}"
        jobs.put(tx, "scanner", "recapture", key, case_id=case_id, position=person.position, fingers=wanted)
        touch(tx, case_id, 7, opened_at(values), person.position)
    office.wake()


def answer_recheck(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Why they differ: `result` swap (the hands were given for one another), retake (another's finger was recorded),
    keep (the right finger, hard to read; after three looks, with a `reason`)."""
    result = text(values, "result", "Pilih jawaban.")
    reason = str(values.get("reason") or "").strip()
    with office.store.write() as tx:
        person = in_hand(tx, case_id, values, actor)
        look = last_look(tx, case_id, person.position)
        if look is None or look.state not in _DOUBTS:
            raise NotAllowed("Tidak ada pertanyaan tentang telunjuk orang ini.")
        if result == "swap" and look.state == SecondLook.SWAPPED:
            _swap(tx, case_id, person.position)
            cases.change_evidence(tx, look, "accepted", swapped=True)
        elif result == "retake":
            _forget(tx, case_id, person.position)
        elif result == "keep" and look.state == SecondLook.OTHER:
            if look.attempt < LOOKS:
                raise NotAllowed(f"Cocokkan telunjuk {LOOKS} kali dulu.")
            if not reason:
                raise FormRefused(("reason", "Tulis alasan rekaman pertama tetap dipakai."))
            cases.change_evidence(tx, look, "forced", reason=reason)
        else:
            raise NotAllowed("Jawaban ini tidak cocok dengan yang dilihat alat. Pilih yang lain.")
        audit.record(tx, "finger-recheck-answer", actor, case_id, resident=person.position, result=result)
        touch(tx, case_id, 7, opened_at(values), person.position)


def _forget(tx: Transaction, case_id: str, position: int) -> None:
    """The index fingers are to be recorded anew."""
    names = {finger.value for finger in INDEX}
    for kind in ("finger", "template"):
        for item in current(tx, case_id, position, kind):
            if item.name in names and item.state != "exception":
                cases.change_evidence(tx, item, "superseded")
    for item in current(tx, case_id, position, "recheck"):
        cases.change_evidence(tx, item, "superseded")


def _swap(tx: Transaction, case_id: str, position: int) -> None:
    """Every recorded finger gets the name of the same finger of the other hand."""
    fingers = current(tx, case_id, position, "finger")
    if any(item.state == "exception" for item in fingers):
        raise NotAllowed("Ada jari yang dikecualikan: tidak jelas di tangan mana. Rekam telunjuk lagi.")
    taken = [item for item in fingers if item.state in SETTLED]
    marks = [item for item in current(tx, case_id, position, "signature") if item.name]
    for item in (*taken, *current(tx, case_id, position, "template"), *marks):
        hand, _, part = item.name.partition("_")
        cases.change_evidence(tx, item, "superseded")
        cases.add_evidence(
            tx, case_id, item.kind, position=position, name=f"{'left' if hand == 'right' else 'right'}_{part}",
            state=item.state, attempt=item.attempt, quality=item.quality, blob=item.blob, sha256=item.sha256,
            **item.facts,
        )  # fmt: skip
