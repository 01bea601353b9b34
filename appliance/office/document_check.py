"""Is a family card that somebody brings genuine, and is it the newest one? Two facts, told apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from appliance.central.signature_gate import examine
from appliance.faults import DeviceFault
from appliance.records import documents_of
from appliance.records.documents_of import KnownCard
from appliance.records.store import Store


class Currency(StrEnum):
    """Whether it is the newest document of its kind, as far as these books know."""

    CURRENT = "current"
    SUPERSEDED = "superseded"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """What was found; `reason` is empty for a genuine document, else one of those of the signature gate.

    `signer` and `signed_at` (UTC ms) are of the signature, `code` the case in these books, None if it is not theirs.
    """

    genuine: bool
    reason: str
    currency: Currency
    signer: str = field(default="", repr=False)
    signed_at: int | None = None
    code: str | None = None


def check_document(store: Store, document: bytes, roots_pem: bytes, now: int) -> DocumentFacts:
    """Both facts about a PDF at `now` (UTC ms); whether it is current is asked of a genuine one only.

    The books are opened after the signature was examined: a hostile file takes seconds, and nobody waits for those.
    """
    try:
        signed = examine(document, roots_pem=roots_pem, now=now)
    except DeviceFault as fault:
        return DocumentFacts(False, fault.detail, Currency.UNKNOWN)
    with store.read() as tx:
        known = documents_of.family_card_signed(tx, signed.sha256)
    code = None if known is None else known.code
    return DocumentFacts(True, "", currency_of(known), signed.official_name, signed.signed_at, code)


def currency_of(known: KnownCard | None) -> Currency:
    """What the books say of a signed family card; they know nothing of one that is not theirs."""
    if known is None:
        return Currency.UNKNOWN
    return Currency.CURRENT if known.newest else Currency.SUPERSEDED
