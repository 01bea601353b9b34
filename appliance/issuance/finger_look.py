"""The look at a captured finger: an officer's own, the same one under two names, the hands given for one another."""

from __future__ import annotations

from appliance.biometrics import fmr, rules
from appliance.biometrics.minutiae import Template
from appliance.casework.roles import SYSTEM
from appliance.devices import FingerPosition
from appliance.issuance.finger_capture import TakenFinger, take_fingers
from appliance.issuance.machines import Machines, case_of, current
from appliance.queue.jobs import Job
from appliance.queue.worker import Result
from appliance.records import audit, cases, officer_fingers
from appliance.records.store import Transaction

SHORTLIST = 5
"""Compared at most: the pre-filter puts the right finger first among 4,000, and this is done at every capture."""


def officer_of(machines: Machines, template: Template | None) -> str | None:
    """The account whose kept finger this is, or None; 48 and above is his, as in a search among many.

    Not 40: ten fingers against those of fifty officers are a thousand comparisons a resident, and a resident refused
    here has only the way of an exception before a second officer.
    """
    with machines.store.read() as tx:
        known = officer_fingers.all_of_them(tx)
    if template is None or not known:
        return None
    forms = [one.form for one in known]
    found = machines.fingers.recognise(template, forms, rules.SEARCH_ONE_FINGER_SCORE, SHORTLIST)
    return None if found is None else known[found.index].account_id


def same_as_another(machines: Machines, job: Job, finger: TakenFinger) -> str | None:
    """The name of a finger of this person that is the same one under another name, or None.

    Compared with those accepted now, and, at its first capture, with those of the search before the NIK: if the left
    hand was given for the right then or now, it is asked for once more. The second capture is the answer to that.
    """
    record, name = case_of(machines.store, job), finger.image.position.value
    with machines.store.read() as tx:
        others = current(tx, job, "template")
        if not any(item.state == "double" for item in current(tx, job, "finger", name)):
            others += current(tx, job, "search_finger")
    others = [item for item in others if item.name != name]
    if finger.template is None or not others:
        return None
    templates = [
        fmr.read(machines.vault.get(record.id, record.wrapped_key, str(item.blob))).template for item in others
    ]
    scores = machines.fingers.match_many(finger.template, templates)
    best = max(range(len(scores)), key=scores.__getitem__)
    return others[best].name if scores[best] >= rules.ACCEPT_SCORE else None


def as_recorded(machines: Machines, job: Job, finger: TakenFinger) -> bool:
    """Whether this is the finger that was recorded of this person under this name; not if none was."""
    record = case_of(machines.store, job)
    with machines.store.read() as tx:
        stored = current(tx, job, "template", finger.image.position.value)
    if finger.template is None or not stored:
        return False
    first = fmr.read(machines.vault.get(record.id, record.wrapped_key, str(stored[-1].blob))).template
    return machines.fingers.match_many(finger.template, [first])[0] >= rules.ACCEPT_SCORE


def recapture(machines: Machines, job: Job) -> Result:
    """Both index fingers once more, each against its own first capture and the other's; nothing of it is kept but
    the verdict."""
    record, names = case_of(machines.store, job), [str(name) for name in job.payload["fingers"]]
    with machines.store.read() as tx:
        found = cases.evidence_of(tx, record.id, "template", job.position)
        stored = {item.name: item for item in found if item.state != "superseded" and item.name in names}
        attempt = 1 + sum(
            item.state != "superseded" for item in cases.evidence_of(tx, record.id, "recheck", job.position)
        )
    first = {
        name: fmr.read(machines.vault.get(record.id, record.wrapped_key, str(item.blob))).template
        for name, item in stored.items()
    }
    own, other = dict[FingerPosition, int](), dict[FingerPosition, int]()
    for name in first:
        taken = take_fingers(machines, job, [FingerPosition(name)])[0]
        scores = (
            machines.fingers.match_many(taken.template, list(first.values())) if taken.template else [0] * len(first)
        )
        for against, score in zip(first, scores, strict=True):
            (own if against == name else other)[FingerPosition(name)] = score
    verdict = rules.second_look(own, other)

    def store(tx: Transaction) -> None:
        cases.add_evidence(
            tx, record.id, "recheck", position=job.position, attempt=attempt, state=str(verdict), fingers=list(first)
        )
        audit.record(tx, "finger-recheck-complete", SYSTEM, record.id, resident=job.position, verdict=str(verdict))

    return store
