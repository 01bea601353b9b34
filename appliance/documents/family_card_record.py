"""All that is printed on a family card as bytes of one spelling, and their digest; pure.

The card's code cannot hold the digest of the document that it stands in: it holds this one. Whoever types what is
printed into the same object comes to the same digest.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from dataclasses import fields

from appliance.documents.sheets import day, shown
from appliance.documents.values import FamilyCard, FamilyMember

DIGEST_BYTES = 16
"""Half of a SHA-256: whoever could choose two records with one digest is the office that signs both."""
_NOT_PRINTED = frozenset({"verification_link", "issued_at", "members", "specimen"})


def canonical(card: FamilyCard) -> bytes:
    """The card as JSON by RFC 8785: its values by their names, as they are printed, in Unicode's form C.

    Left out are the code itself and the moment of typesetting; the day of issue is in it. All values but `specimen`
    are texts, so that Python's writer and that of RFC 8785 agree.
    """
    said: dict[str, object] = {
        "paper": "KK",
        "specimen": card.specimen,
        "members": [_printed(member, frozenset()) for member in card.members],
        **_printed(card, _NOT_PRINTED),
    }
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def record_digest(card: FamilyCard) -> bytes:
    """The first 16 bytes of the SHA-256 of the canonical record."""
    return hashlib.sha256(canonical(card)).digest()[:DIGEST_BYTES]


def _printed(values: FamilyCard | FamilyMember, but: frozenset[str]) -> dict[str, str]:
    told = {one.name: getattr(values, one.name) for one in fields(values) if one.name not in but}
    return {
        name: unicodedata.normalize("NFC", shown(value) if isinstance(value, str) else day(value))
        for name, value in told.items()
    }
