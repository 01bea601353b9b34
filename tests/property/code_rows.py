"""Parsers of the codes that are held before a reader: one row each."""

from __future__ import annotations

from datetime import date
from functools import cache

from paper_keys import OFFICE, Sealer, sealer
from property.hostile import SWOLLEN_BYTES, Row

from appliance.casework import base45
from appliance.casework.family_card_code import (
    BODY_BYTES,
    SealBody,
    family_card_code,
    family_card_link,
    sealed_link,
    unpack,
)
from appliance.central.paper_seal import KnownOffices, SealState

NUMBER, AT = "9972011011260003", 1_795_512_000_000
HEAD = f"{family_card_link(NUMBER, AT)}:".encode()


@cache
def office() -> Sealer:
    return sealer(OFFICE)


@cache
def known() -> KnownOffices:
    return office().known


def _sealed() -> bytes:
    body = SealBody(office().key.key_id, NUMBER, date(2026, 11, 24), bytes(range(16)))
    return sealed_link(body, AT, office().key.sign).encode()


def _code(data: bytes) -> None:
    """Only the very code that the office printed is ever called good."""
    text = data.decode("utf-8", "replace")
    code = family_card_code(text)
    if code is not None and known().judge(code).state is SealState.GOOD:
        assert text.strip().encode() == _sealed()


def _seal(data: bytes) -> None:
    """The bytes of a seal, in letters that fit: what is behind base45 is met as well."""
    _code(HEAD + base45.encode(data).encode())


def _letters(data: bytes) -> None:
    text = data.decode("ascii")
    assert base45.encode(base45.decode(text)) == text


ROWS = (
    Row(
        "family card code",
        _code,
        (family_card_code, KnownOffices.judge),
        lambda: (_sealed(), HEAD[:-1], f"SIAGA-KK:{NUMBER}:6b05".encode()),
        swollen=lambda: (HEAD + b"0" * SWOLLEN_BYTES, HEAD * (SWOLLEN_BYTES // len(HEAD)), b" " * SWOLLEN_BYTES),
    ),
    Row(
        "seal of a family card code",
        _seal,
        (base45.decode, unpack, KnownOffices.judge),
        lambda: (base45.decode(_sealed().decode()[len(HEAD) :]),),
    ),
    Row(
        "body of a seal",
        unpack,
        (unpack,),
        lambda: (base45.decode(_sealed().decode()[len(HEAD) :])[:BODY_BYTES],),
        (ValueError,),
    ),
    Row(
        "base45",
        _letters,
        (base45.decode,),
        lambda: (b"%69 VD92EX0", b"QED8WEX0"),
        (ValueError,),
        swollen=lambda: (b"BB8" * (SWOLLEN_BYTES // 3), b":" * SWOLLEN_BYTES),
    ),
)
