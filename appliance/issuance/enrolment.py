"""The biometric centre: the search before a new NIK, the recording sent in, and what the centre makes of it."""

from __future__ import annotations

from appliance.biometrics import fac, fir
from appliance.biometrics.portrait_rules import CROP_HEIGHT, CROP_WIDTH, EYES
from appliance.casework.central_states import central_state
from appliance.casework.roles import SYSTEM
from appliance.central.centre import FingerException, FingerRecord
from appliance.devices import FingerPosition
from appliance.faults import DeviceFault, FaultCode
from appliance.issuance.machines import case_of, newest, person_in, person_of
from appliance.issuance.offices import Offices, once
from appliance.queue import effects, jobs
from appliance.queue.arrivals import EVENTS, centre_said, search_answered
from appliance.queue.jobs import Job
from appliance.queue.worker import NotYet, Result
from appliance.records import cases
from appliance.records.cases import Evidence, Missing
from appliance.records.moves import move_ktp
from appliance.records.store import Transaction

FIRST_LOOK_MS, LONGEST_LOOK_MS = 500, 60_000


def search(offices: Offices, job: Job) -> Result:
    """The 1:N search before a new NIK; the case goes on by itself if nobody was found, here or in this office."""
    centre = offices.the_centre()
    record = case_of(offices.store, job)
    with offices.store.read() as tx:
        items = cases.evidence_of(tx, record.id, "search_finger", job.position)
    token = str(job.payload["token"])
    fingers = _records(offices, record, items)
    found = once(
        offices,
        job,
        "centre",
        f"search:{token}",
        lambda: centre.find_search(token),
        lambda: centre.search(token, fingers),
    )

    def store(tx: Transaction) -> None:
        search_answered(tx, record, int(job.position or 0), found.result, found.nik)
        effects.outcome(tx, f"search:{token}", "done", {"result": found.result})

    return store


def _kept(offices: Offices, record: cases.CaseRecord, items: list[Evidence]) -> list[tuple[Evidence, bytes]]:
    return [
        (item, offices.vault.get(record.id, record.wrapped_key, str(item.blob)))
        for item in items
        if item.blob is not None and item.state in {"accepted", "forced"}
    ]


def _records(offices: Offices, record: cases.CaseRecord, items: list[Evidence]) -> list[FingerRecord]:
    return [FingerRecord(one.name, content, int(one.quality or 0)) for one, content in _kept(offices, record, items)]


def _images(offices: Offices, record: cases.CaseRecord, items: list[Evidence]) -> bytes | None:
    """The pictures of the captured fingers as one record (ISO/IEC 19794-4:2005), lossless as scanned."""
    views = [
        fir.view_of(FingerPosition(one.name), int(one.quality or 0), picture)
        for one, picture in _kept(offices, record, items)
    ]
    return fir.write(fir.FingerImages(fir.Coding.PNG, tuple(views))) if views else None


def _face(photo: bytes) -> bytes:
    """The portrait as a record (ISO/IEC 19794-5:2005) of the basic kind: "full frontal" asks more than is measured.

    The crop puts the eyes where `EYES` says, so their places are told as well.
    """
    eyes = tuple(fac.FeaturePoint(12, minor, x, y) for minor, (x, y) in enumerate(EYES, 1))
    face = fac.FaceImage(fac.FaceKind.BASIC, CROP_WIDTH, CROP_HEIGHT, fac.Picture.JPEG, photo, eyes)
    return fac.write(face)


def enrol(offices: Offices, job: Job) -> Result:
    """Send a finished recording to the centre."""
    centre = offices.the_centre()
    record, person = case_of(offices.store, job), person_of(offices.store, job)
    token = str(job.payload["token"])
    with offices.store.read() as tx:
        templates = cases.evidence_of(tx, record.id, "template", person.position)
        fingers = cases.evidence_of(tx, record.id, "finger", person.position)
    photo = newest(offices.store, offices.vault, record, "photo", person.position) or b""
    images, face = _images(offices, record, fingers), _face(photo)
    signature = newest(offices.store, offices.vault, record, "signature", person.position)
    excepted = [
        FingerException(item.name, str(item.facts["reason"])) for item in fingers if item.state == "exception"
    ]
    records = _records(offices, record, templates)
    state = once(
        offices,
        job,
        "centre",
        f"enrol:{token}",
        lambda: centre.find_enrolment(token),
        lambda: centre.enrol(token, str(person.nik), records, excepted, images, face, signature),
    )

    def store(tx: Transaction) -> None:
        effects.outcome(tx, f"enrol:{token}", "done", {"state": state.state})
        sent = cases.evidence_of(tx, record.id, "enrolment", person.position)[-1]
        cases.change_evidence(tx, sent, sent.state, central=state.state)
        move_ktp(tx, person_in(tx, job), "enrolment_sent", SYSTEM, note=state.state)
        key = f"enrolment-state:{token}"
        jobs.put(
            tx,
            "centre",
            "enrolment-state",
            key,
            case_id=record.id,
            position=person.position,
            delay_ms=FIRST_LOOK_MS,
            token=token,
        )

    return store


def enrolment_state(offices: Offices, job: Job) -> Result:
    """Ask the centre how far it is; seldom when it takes long, and no more once the recording was given up."""
    centre = offices.the_centre()
    token = str(job.payload["token"])
    person = person_of(offices.store, job)
    with offices.store.read() as tx:
        sent = cases.evidence_of(tx, str(job.case_id), "enrolment", job.position)[-1]
    if sent.facts["token"] != token or person.ktp_state != "DIKIRIM":
        raise Missing("Rekaman ini tidak ditunggu lagi.")
    found = centre.find_enrolment(token)
    if found is None:
        raise DeviceFault(FaultCode.CENTRE_REFUSED, "the centre does not know this enrolment")
    if central_state(found.state).outcome not in EVENTS:
        if person.note != found.state:
            with offices.store.write() as tx:
                centre_said(tx, person_in(tx, job), sent, found.state)
        raise NotYet(min(LONGEST_LOOK_MS, max(FIRST_LOOK_MS, (offices.clock() - job.created_at) // 20)))

    def store(tx: Transaction) -> None:
        centre_said(tx, person_in(tx, job), sent, found.state, found.reason)

    return store
