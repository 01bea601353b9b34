"""Asking the kiosk's readers about the family card or identity card in a resident's hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from appliance.office.context import Office
from appliance.office.document_check import Currency, check_document, currency_of
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

    `why` is a fault of the reader, `foreign`, `unknown_key`, or empty where nothing was held up. For the holder to
    compare with his paper: `signed_at` (UTC ms) and `people` of a card of these books; `office` and `issued_on` of
    one that these books do not know and the seal of a known office vouches for.
    """

    state: Literal["reading", "read", "none"]
    genuine: bool | None = None
    currency: Currency = Currency.UNKNOWN
    why: str = ""
    signed_at: int | None = None
    people: int | None = None
    office: str = ""
    issued_on: date | None = None


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
    if why in {"foreign", "unknown_key"}:
        return Looked("read", why=why)
    if told.get("sha256") and (found := _family_card(office, str(told["sha256"]), roots_pem)):
        return found
    if told.get("office"):
        return _sealed(office, told)
    if told.get("sha256"):
        return Looked("read", why="foreign")
    if told.get("genuine"):
        return Looked("read", told["genuine"] == "yes", Currency(str(told.get("currency") or Currency.UNKNOWN)))
    return Looked("none", why=why)


def _sealed(office: Office, told: Mapping[str, Any]) -> Looked:
    """What a known office's seal says by itself: genuine. Whether it is current the books know of their own cards,
    also when the document was wiped; of another office's only that office knows it."""
    with office.store.read() as tx:
        known = documents_of.family_card_signed(tx, str(told["sha256"])) if told.get("sha256") else None
    issued_on = date.fromisoformat(str(told["issued_on"]))
    return Looked("read", True, currency_of(known), office=str(told["office"]), issued_on=issued_on)


def _family_card(office: Office, sha256: str, roots_pem: bytes) -> Looked | None:
    """The document that was signed for this paper, looked at as anybody's would be; None if it is gone."""
    with office.store.read() as tx:
        kept = documents_of.family_card_kept(tx, sha256)
        people = 0 if kept is None else len(cases.residents(tx, kept[0].id))
    if kept is None:
        return None
    record, item = kept
    try:
        document = office.vault.get(record.id, record.wrapped_key, str(item.blob))
    except BlobLost:
        return None
    found = check_document(office.store, document, roots_pem, office.clock())
    return Looked("read", found.genuine, found.currency, "", found.signed_at, people)


def is_reading(office: Office, key: str) -> bool:
    """Whether the look with this key is still under way; quickly."""
    with office.store.read() as tx:
        job = jobs.by_key(tx, key)
    return job is not None and job.state not in {"done", "dead"}
