"""By what the blank ledger knows whose card a blank became: a digest of the NIK under the appliance's own key."""

from __future__ import annotations

import hashlib
import hmac

from appliance.office.context import Office
from appliance.records import blanks
from appliance.records.store import Transaction


def nik_digest(office: Office, nik: str) -> str:
    """What the ledger keeps of a NIK: 32 hexadecimal digits that find a card again by its NIK, here only.

    HMAC-SHA-256 (RFC 2104) cut to its first half. There are so few NIKs that a digest without a secret would be found
    by trying them all; the ledger outlives the case, whose wiping would then wipe nothing (UU 27/2022 art. 43, 44).
    """
    return hmac.digest(office.ledger_key, nik.encode(), "sha256").hex()[:32]


def earlier_card(office: Office, tx: Transaction, nik: str) -> str | None:
    """The serial of the card that this resident has or is getting, or None.

    Also by the digest without a key, which books from before decision 46 hold in lines that cannot be written anew.
    """
    of_before = hashlib.sha256(b"siaga-ledger:" + nik.encode()).hexdigest()[:32]
    return blanks.earlier_card(tx, nik_digest(office, nik)) or blanks.earlier_card(tx, of_before)
