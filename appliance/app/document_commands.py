"""The question about a document that `siaga` answers in a terminal."""

from __future__ import annotations

import argparse
from pathlib import Path

from appliance.app.rooms import content, open_store
from appliance.app.said import GOOD, MISSING, USAGE, WRONG, Said
from appliance.clock import to_datetime, utc_millis
from appliance.config import Settings
from appliance.office.document_check import Currency, check_document

LARGEST = 20 * 1024 * 1024
"""Bytes; a family card of thirty members has some 200 kB."""


def verify(settings: Settings, arguments: argparse.Namespace) -> Said:
    """Is this PDF genuine, and is it the newest? No name and no number of a resident."""
    path = Path(arguments.file)
    try:
        if path.stat().st_size > LARGEST:
            return _unusable(f"{path.name} is larger than {LARGEST // 1024 // 1024} MB")
        document = path.read_bytes()
    except OSError as error:
        return _unusable(f"{path.name}: {error.strerror}")
    store, _ = open_store(settings)
    found = check_document(store, document, content(settings.trust.esign), utc_millis())
    facts: dict[str, object] = {
        "genuine": found.genuine,
        "reason": found.reason,
        "currency": str(found.currency),
        "signer": found.signer,
        "signed_at": found.signed_at,
        "case": found.code,
    }
    if not found.genuine or found.signed_at is None:
        return Said(WRONG, facts, [f"NOT GENUINE: {found.reason}"])
    when = f"{to_datetime(found.signed_at):%Y-%m-%dT%H:%M:%SZ}"
    lines = [f"genuine: signed by {found.signer} on {when}, by his own clock"]
    match found.currency:
        case Currency.CURRENT:
            return Said(GOOD, facts, [*lines, f"current: the newest family card of case {found.code}"])
        case Currency.SUPERSEDED:
            return Said(WRONG, facts, [*lines, "NOT CURRENT: a later family card has taken its place"])
        case _:
            return Said(MISSING, facts, [*lines, "not of this office: whether it is current is not known here"])


def _unusable(sentence: str) -> Said:
    return Said(USAGE, {"error": sentence}, [sentence])
