"""Asking the kiosk's readers about the family card or identity card in a resident's hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from appliance.office.context import Office
from appliance.office.document_check import Currency, check_document
from appliance.queue import jobs
from appliance.records import cases, documents_of
from appliance.records.store import new_id
from appliance.records.vault import BlobLost

KINDS = {"kk": "read-family-card", "ktp": "check-card"}
LANES = {"barcode_reader": "code_reader", "camera": "camera", "chip_encoder": "encoder"}
"""The lane of each device that may be looked with."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What the look found: `genuine` is None where nobody can tell here, `why` says what stood in the way.

    `why` is a fault of the reader, `foreign`, `altered`, or empty where nothing was held up. `signed_at` (UTC ms) and
    `people` are for the holder to compare with his paper.
    """

    state: Literal["reading", "read", "none"]
    genuine: bool | None = None
    currency: Currency = Currency.UNKNOWN
    why: str = ""
    signed_at: int | None = None
    people: int | None = None


def look(office: Office, what: str, device: str) -> str:
    """Let this device look at a document (`kk`, `ktp`), or join a look under way; the key by which to ask for it."""
    lane, kind = LANES[device], KINDS[what]
    with office.store.write() as tx:
        for job in jobs.unfinished(tx):
            if job.kind == kind:
                return job.key
        key = f"{kind}:{new_id()}"
        jobs.put(tx, lane, kind, key)
    office.wake()
    return key


def looked(office: Office, key: str, roots_pem: bytes) -> Looked:
    """What came of it; `roots_pem` are the pinned roots of this office's signatures. Takes as long as a signature."""
    with office.store.read() as tx:
        job = jobs.by_key(tx, key)
    if job is None or job.state == "dead" or job.kind not in KINDS.values():
        return Looked("none")
    if job.state != "done":
        return Looked("reading")
    told, why = job.payload, str(job.payload.get("why", ""))
    if why == "altered":
        return Looked("read", genuine=False)
    if why == "foreign":
        return Looked("read", why=why)
    if told.get("sha256"):
        return _family_card(office, str(told["sha256"]), roots_pem)
    if told.get("genuine"):
        return Looked("read", told["genuine"] == "yes", Currency(str(told.get("currency") or Currency.UNKNOWN)))
    return Looked("none", why=why)


def _family_card(office: Office, sha256: str, roots_pem: bytes) -> Looked:
    """The document that was signed for this paper, looked at as anybody's would be."""
    with office.store.read() as tx:
        kept = documents_of.family_card_kept(tx, sha256)
        people = 0 if kept is None else len(cases.residents(tx, kept[0].id))
    if kept is None:
        return Looked("none")
    record, item = kept
    try:
        document = office.vault.get(record.id, record.wrapped_key, str(item.blob))
    except BlobLost:
        return Looked("read", why="foreign")
    found = check_document(office.store, document, roots_pem, office.clock())
    return Looked("read", found.genuine, found.currency, "", found.signed_at, people)


def is_reading(office: Office, key: str) -> bool:
    """Whether the look with this key is still under way; quickly."""
    with office.store.read() as tx:
        job = jobs.by_key(tx, key)
    return job is not None and job.state not in {"done", "dead"}
