"""What a resident wants to know of a paper or card in hand: read, looked up, and nothing of it kept."""

from __future__ import annotations

from appliance.casework.blank_life import LIVE
from appliance.casework.family_card_code import FamilyCardCode, family_card_code
from appliance.central.paper_seal import SealState
from appliance.chip import reading, verifier
from appliance.clock import Deadline
from appliance.documents.code_picture import code_in
from appliance.faults import Category, DeviceFault, FaultCode
from appliance.issuance.finger_capture import CAPTURE_SECONDS
from appliance.issuance.machines import Machines
from appliance.queue import jobs
from appliance.queue.jobs import Job
from appliance.queue.worker import Result
from appliance.records import blanks, documents_of
from appliance.records.documents_of import PrintedCode
from appliance.records.store import Transaction

LOOK_SECONDS = 20.0
"""How long a person may look for his paper."""
FOREIGN, ALTERED, UNKNOWN_KEY = "foreign", "altered", "unknown_key"
"""A code or card that is none of ours; a code that nobody printed so; one sealed with a key not known here."""


def read_family_card(machines: Machines, job: Job, seconds: float = LOOK_SECONDS) -> Result:
    """Wait for the code of a family card; tells `sha256` of the signed document it is of, who sealed it (`office`)
    and for which day (`issued_on`, ISO 8601), or `why` nothing is known.

    The code holds the KK number: it is looked up here, and only these go on.
    """
    found: dict[str, str] = {"sha256": "", "office": "", "issued_on": "", "why": ""}
    if _stands_there(machines, job):
        try:
            code = family_card_code(_code(machines, job, Deadline.after(seconds)))
            found |= {"why": FOREIGN} if code is None else _looked_up(machines, code)
        except DeviceFault as fault:
            found["why"] = _why(fault)
    return lambda tx: jobs.tell(tx, job, **found)


def _looked_up(machines: Machines, code: FamilyCardCode) -> dict[str, str]:
    """What the seal says, and what these books say, which is more: they know what became of the card."""
    judged = machines.known_offices.judge(code)
    if judged.state is SealState.BROKEN:
        return {"why": ALTERED}
    with machines.store.read() as tx:
        printed = documents_of.family_card_printed(tx, code.kk_number, code.second)
    told = {"sha256": printed.sha256}
    if code.seal is not None and judged.state is SealState.GOOD:
        told |= {"office": judged.office, "issued_on": code.seal.body.issued_on.isoformat()}
    return told | {"why": _contradicted(code, judged.state, printed)}


def _contradicted(code: FamilyCardCode, seal: SealState, printed: PrintedCode) -> str:
    """Why nothing can be said for it, or empty.

    A good seal over a card of another second is no contradiction, for another machine of this office keeps other
    books; one over a draft that nobody signed is, for drafts are sealed before they are signed.
    """
    if printed.sha256:
        other = code.seal is not None and printed.record not in {"", code.seal.body.record.hex()}
        return ALTERED if other else ""
    if seal is SealState.GOOD:
        return ALTERED if printed.unsigned else ""
    if printed.ruled_out:
        return ALTERED
    return UNKNOWN_KEY if seal is SealState.UNKNOWN_KEY else FOREIGN


def _code(machines: Machines, job: Job, by: Deadline) -> str:
    """The code held to the code reader, or to the camera in whose lane the job is; raises `DeviceFault`."""
    if job.lane != "camera":
        with machines.rack.use("barcode_reader") as reader:
            return str(reader.scan(by))
    while not by.passed:
        # The camera is free between two pictures: a viewfinder at the desk goes on.
        with machines.rack.use("camera") as camera:
            still = camera.capture_still(Deadline.after(CAPTURE_SECONDS))
        if text := code_in(still.jpeg):
            return text
    raise DeviceFault(FaultCode.BARCODE_TIMEOUT, "no code before the camera")


def check_card(machines: Machines, job: Job, seconds: float = LOOK_SECONDS) -> Result:
    """Read the identity card on the reader as a stranger does; tells `genuine`, `currency`, or `why` neither.

    Current is what this office's ledger of blanks says of its chip; of a card that is not in it nothing is known.
    """
    found: dict[str, str] = {"genuine": "", "currency": "", "why": ""}
    if _stands_there(machines, job):
        try:
            found |= _judged(machines, seconds)
        except DeviceFault as fault:
            found["why"] = FOREIGN if fault.code is FaultCode.CARD_FOREIGN else _why(fault)
    return lambda tx: jobs.tell(tx, job, **found)


def _judged(machines: Machines, seconds: float) -> dict[str, str]:
    if machines.profile is None:
        return {"why": FOREIGN}
    how = reading.load(machines.profile.name)
    with machines.rack.use("chip_encoder") as encoder:
        content = verifier.read_card(encoder, Deadline.after(seconds), how)
    report = verifier.judge(content, machines.chip_roots, machines.clock())
    if not report.valid:
        return {"genuine": "no"}
    with machines.store.read() as tx:
        return {"genuine": "yes", "currency": _currency(tx, content.uid)}


def _currency(tx: Transaction, uid: bytes) -> str:
    row = blanks.find(tx, uid.hex())
    if row is None:
        return "unknown"
    return "current" if row["state"] in LIVE else "superseded"


def _stands_there(machines: Machines, job: Job) -> bool:
    """Nobody does any more after a restart."""
    return machines.clock() - job.created_at < LOOK_SECONDS * 1000


def _why(fault: DeviceFault) -> str:
    """The reader's or camera's own fault; that nothing, or nothing readable, was held to it is none."""
    own = fault.row.category is Category.LINK or fault.code.value.startswith("camera.")
    return str(fault.code) if own else ""
