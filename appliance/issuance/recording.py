"""Recording: fingers, portrait, signature; each accepted piece is durable before the next is asked for."""

from __future__ import annotations

from appliance.biometrics import fmr, rules, signature
from appliance.biometrics.portrait_rules import cloth_for
from appliance.biometrics.rules import CaptureState
from appliance.casework.codes import CITIZEN
from appliance.casework.roles import SYSTEM
from appliance.clock import Deadline
from appliance.devices import FingerPosition
from appliance.faults import DeviceFault, FaultCode
from appliance.issuance import finger_look, local_search
from appliance.issuance.finger_capture import CAPTURE_SECONDS, TakenFinger, take_fingers
from appliance.issuance.held_light import held_light
from appliance.issuance.machines import Machines, case_of, current, keep, person_of
from appliance.queue import jobs
from appliance.queue.arrivals import search_sent
from appliance.queue.jobs import Job
from appliance.queue.worker import Result
from appliance.records import audit, cases
from appliance.records.signatures import add_signature
from appliance.records.store import Transaction

PAD_SECONDS = 60.0
SETTLED = frozenset({"accepted", "forced", "exception"})
PHOTO_TRIES = 2
"""Refused portraits after which the operator may override with a reason."""


def capture(machines: Machines, job: Job) -> Result:
    """Fingers of the recording: best of three, the same finger never twice, never one of an officer."""
    record = case_of(machines.store, job)
    positions = [FingerPosition(name) for name in job.payload["fingers"]]
    prepared = []
    for finger in take_fingers(machines, job, positions):
        officer = finger_look.officer_of(machines, finger.template)
        double = None if officer else finger_look.same_as_another(machines, job, finger)
        image = keep(machines.store, machines.vault, record, finger.image.image)
        template = None
        if finger.template is not None:
            raw = fmr.write(finger.image.position, finger.quality, finger.template.best(255))
            template = keep(machines.store, machines.vault, record, raw)
        prepared.append((finger, double, officer, image, template))

    def store(tx: Transaction) -> None:
        for finger, double, officer, image, template in prepared:
            # Asked for twice (a second press, a lost answer): what is settled stays as it was accepted.
            if not any(item.state in SETTLED for item in current(tx, job, "finger", finger.image.position.value)):
                _store_finger(tx, job, finger, double, officer, image, template)

    return store


def _store_finger(
    tx: Transaction,
    job: Job,
    finger: TakenFinger,
    double: str | None,
    officer: str | None,
    image: dict[str, str],
    template: dict[str, str] | None,
) -> None:
    name = finger.image.position.value
    before = [item for item in current(tx, job, "finger", name) if item.state == "tried"]
    count = len(finger.template.minutiae) if finger.template else 0
    attempts = [(item.quality or 0, int(item.facts["minutiae"])) for item in before] + [(finger.quality, count)]
    state = CaptureState.AGAIN if double or officer else rules.capture_state(finger.image.position, attempts)
    facts = {
        "minutiae": count,
        "device_quality": finger.image.device_quality,
        "same_as": double or "",
        "cause": finger.cause,
    }
    taken = cases.add_evidence(
        tx,
        str(job.case_id),
        "finger",
        position=job.position,
        name=name,
        attempt=len(before) + 1,
        quality=finger.quality,
        state="officer" if officer else "double" if double else "tried",
        blob=image["blob"],
        sha256=image["sha256"],
        template=template,
        device=finger.image.device_serial,
        **facts,
    )
    if state in {CaptureState.ACCEPTED, CaptureState.FORCED}:
        tries = [*before, taken]
        best = tries[rules.best_attempt(attempts)]
        cases.change_evidence(tx, best, str(state))
        chosen = best.facts["template"]
        cases.add_evidence(
            tx,
            str(job.case_id),
            "template",
            position=job.position,
            name=name,
            quality=best.quality,
            state=str(state),
            blob=chosen["blob"],
            sha256=chosen["sha256"],
        )
    if officer:
        audit.record(
            tx, "officer-finger-refused", SYSTEM, job.case_id, resident=job.position, finger=name, account=officer
        )
    facts_for_audit = {"resident": job.position, "finger": name, "quality": finger.quality, "state": str(state)}
    audit.record(tx, "finger-capture-complete", SYSTEM, job.case_id, **facts_for_audit)


def capture_photo(machines: Machines, job: Job) -> Result:
    """The portrait: every rule measured; after two refusals an officer's reason lets it pass."""
    record = case_of(machines.store, job)
    person = person_of(machines.store, job)
    with machines.rack.use("camera") as camera, held_light(camera):
        still = camera.capture_still(Deadline.after(CAPTURE_SECONDS))
    cloth = cloth_for(person.biodata.birth_date.year, foreigner=person.biodata.citizenship != CITIZEN)
    report = machines.portraits.examine(still.jpeg, cloth)
    with machines.store.read() as tx:
        refused = sum(item.state == "refused" for item in current(tx, job, "photo"))
    reason = str(job.payload.get("reason") or "")
    overridden = bool(reason) and refused >= PHOTO_TRIES and report.crop is not None
    state = "accepted" if report.accepted else "forced" if overridden else "refused"
    kept = keep(machines.store, machines.vault, record, report.crop) if report.crop and state != "refused" else {}
    broken = [measure.rule for measure in report.measures if not measure.holds]

    def store(tx: Transaction) -> None:
        cases.add_evidence(
            tx,
            record.id,
            "photo",
            position=job.position,
            state=state,
            attempt=refused + 1,
            blob=kept.get("blob"),
            sha256=kept.get("sha256"),
            broken=broken,
            hints=list(report.hints),
            reason=reason,
        )
        audit.record(
            tx, "photo-capture-complete", SYSTEM, record.id, resident=job.position, state=state, broken=broken
        )

    return store


def capture_signature(machines: Machines, job: Job) -> Result:
    """The signature: strokes with time and pressure kept, a small one-bit picture made of them."""
    record = case_of(machines.store, job)
    with machines.rack.use("signature_pad") as pad:
        strokes = pad.sign(Deadline.after(PAD_SECONDS))
    kept = keep(machines.store, machines.vault, record, signature.picture(strokes))

    def store(tx: Transaction) -> None:
        add_signature(tx, record.id, int(job.position or 0), strokes, kept["blob"], kept["sha256"], SYSTEM)

    return store


def search_capture(machines: Machines, job: Job) -> Result:
    """Fingers for the search before a new NIK: taken, sought among this office's own, sent on as templates only.

    Without a line to the centre they stay here, and a person brings its answer.
    """
    record = case_of(machines.store, job)
    rows, officers = [], {}
    for name in job.payload["positions"]:
        finger = take_fingers(machines, job, [FingerPosition(name)])[0]
        if finger.template is None:
            raise DeviceFault(FaultCode.SCANNER_NO_FINGER, f"{name} shows no finger")
        if owner := finger_look.officer_of(machines, finger.template):
            officers[str(name)] = owner
        rows.append((name, finger.quality, finger.template.best(255)))
    known = machines.known.of(machines.store, machines.vault)
    probes = [template for _, _, template in rows]
    found = local_search.search(machines.fingers, probes, known, (record.id, int(job.position or 0)))
    kept = [
        keep(machines.store, machines.vault, record, fmr.write(FingerPosition(name), quality, template))
        for name, quality, template in rows
    ]

    def store(tx: Transaction) -> None:
        for (name, quality, _), one in zip(rows, kept, strict=True):
            cases.add_evidence(
                tx,
                record.id,
                "search_finger",
                position=job.position,
                name=name,
                quality=quality,
                blob=one["blob"],
                sha256=one["sha256"],
            )
        local_search.add_local_search(tx, record.id, int(job.position or 0), found, officers)
        search_sent(tx, record.id, job.position)
        if machines.settings.central.centre is not None:
            token = f"{record.id}:{job.position}"
            jobs.put(tx, "centre", "search", f"search:{token}", case_id=record.id, position=job.position, token=token)
        audit.record(tx, "search-capture-complete", SYSTEM, record.id, resident=job.position, fingers=len(rows))

    return store
