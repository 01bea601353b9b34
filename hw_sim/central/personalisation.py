"""Composes and signs the personalisation packet: the only place where the content of a chip is made."""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

import jwt
from cryptography.hazmat.primitives.serialization import Encoding

from hw_sim.central import data_groups, finger_templates, security_object
from hw_sim.central.pki import Holder

CAPACITY = 7600
"""Bytes of content that an 8 KB chip holds beside headers and journal."""
MAXIMUM_PORTRAIT, MINIMUM_PORTRAIT = 4096, 1800
VALID_DAYS = 30
FILES = {
    1: ("0101", "01"),
    2: ("0102", "02"),
    7: ("0107", "07"),
    11: ("010B", "0B"),
    12: ("010C", "0C"),
    13: ("010D", "0D"),
    15: ("010F", "0F"),
}


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What was recorded of a resident: ISO 19794-2 records by finger, photo, signature image or None."""

    nik: str
    fingers: Mapping[str, bytes]
    photo: bytes
    signature: bytes | None


@dataclass(frozen=True, slots=True)
class CardOrder:
    """For which blank the packet is made."""

    token: str
    uid: str
    blank_serial: str
    aa_public_key: bytes


def compose(
    order: CardOrder, enrolled: Enrolled, biodata: Mapping[str, object], kk_number: str, signer: Holder
) -> tuple[list[str], list[dict[str, str]]]:
    """Names of the fingers in FP1 and FP2, and all files in the order of writing, the security object last.

    Raises ValueError when something cannot be coded or does not fit.
    """
    fingers = finger_templates.choose(enrolled.fingers)
    prints = [
        finger_templates.biometric_data_object(
            name, finger_templates.compact(finger_templates.read_record(enrolled.fingers[name]))
        )
        for name in fingers
    ]
    today = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=7))).date().isoformat()
    groups = {
        1: data_groups.dg1(biodata, order.blank_serial),
        11: data_groups.dg11(biodata, enrolled.nik),
        12: data_groups.dg12(today),
        13: data_groups.dg13(biodata, kk_number, [hashlib.sha256(one).digest() for one in prints]),
        15: data_groups.dg15(order.aa_public_key),
    }
    if enrolled.signature is not None:
        groups[7] = data_groups.dg7(data_groups.signature_image(enrolled.signature))
    index = data_groups.com(sorted([2, *groups]))
    frame = len(data_groups.dg2(bytes(MAXIMUM_PORTRAIT))) - MAXIMUM_PORTRAIT
    fixed = sum(map(len, (*groups.values(), *prints, index))) + len(security_object.make({**groups, 2: b""}, signer))
    # The ECDSA signature inside the security object varies by up to two bytes.
    room = min(MAXIMUM_PORTRAIT, CAPACITY - fixed - frame - 4)
    if room < MINIMUM_PORTRAIT:
        raise ValueError("the content does not fit the chip")
    groups[2] = data_groups.dg2(data_groups.portrait(enrolled.photo, room))
    files = [_file("011E", "1E", index)]
    files += [_file(*FILES[number], groups[number]) for number in sorted(groups)]
    files += [_file(f"020{n}", f"1{n}", content) for n, content in enumerate(prints, 1)]
    files.append(_file("011D", "1D", security_object.make(groups, signer)))
    return fingers, files


def _file(fid: str, sfi: str, content: bytes) -> dict[str, str]:
    return {"fid": fid, "sfi": sfi, "data": base64.b64encode(content).decode()}


def canonical(value: object) -> bytes:
    """JSON with sorted keys and no white space, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sign_packet(
    order: CardOrder, nik: str, fingers: list[str], files: list[dict[str, str]], signer: Holder, now: int
) -> str:
    """The compact JWS (RFC 7515), ES256, with the signer's certificate and its issuing authority in x5c."""
    header = {
        "version": 1,
        "profile": "ktpsim-1",
        "job": order.token,
        "nik": nik,
        "uid": order.uid,
        "blank_serial": order.blank_serial,
        "fingers": fingers,
        "not_before": now - 300_000,
        "not_after": now + VALID_DAYS * 86_400_000,
        "digest": hashlib.sha256(canonical(files)).hexdigest(),
    }
    papers = [signer.certificate, *signer.chain[:-1]]
    x5c = [base64.b64encode(paper.public_bytes(Encoding.DER)).decode() for paper in papers]
    return jwt.api_jws.encode(
        canonical({"header": header, "files": files}),
        signer.key,
        algorithm="ES256",
        headers={"typ": "siaga-personalisation+jws", "x5c": x5c},
    )
