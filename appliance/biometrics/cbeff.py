"""The biometric information template round a finger on the chip (ISO/IEC 7816-11, CBEFF; card profile `ktpsim-1`)."""

from __future__ import annotations

from collections.abc import Iterator

from appliance.biometrics import compact
from appliance.biometrics.minutiae import BadTemplate, Template
from appliance.devices import FingerPosition

FINGERPRINT = b"\x08"
"""CBEFF biometric type: fingerprint."""


def read(data: bytes) -> tuple[FingerPosition, Template]:
    """Which finger a file FP1 or FP2 holds, and its minutiae; raises BadTemplate naming what is wrong."""
    group = _only(data, 0x7F61)
    fields = dict(_objects(group))
    if fields.keys() != {0x02, 0x7F60} or fields[0x02] != b"\x01":
        raise BadTemplate("biometric group: not exactly one template")
    template = dict(_objects(fields[0x7F60]))
    if template.keys() != {0xA1, 0x5F2E}:
        raise BadTemplate("biometric template: header or data missing")
    header = dict(_objects(template[0xA1]))
    if header.get(0x81) != FINGERPRINT:
        raise BadTemplate("biometric header: not a fingerprint")
    if header.get(0x87) != b"\x01\x01" or header.get(0x88) != b"\x00\x05":
        raise BadTemplate("biometric header: not the compact card format")
    return position_of(header.get(0x82, b"")), compact.read(template[0x5F2E])


def position_of(subtype: bytes) -> FingerPosition:
    """The finger of a CBEFF subtype byte: bits 1-2 right 01 or left 10, bits 3-5 thumb 1 … little 5."""
    if len(subtype) != 1 or subtype[0] & 3 not in (1, 2) or not 1 <= subtype[0] >> 2 <= 5:
        raise BadTemplate("biometric header: no such finger")
    return list(FingerPosition)[(subtype[0] & 3 == 2) * 5 + (subtype[0] >> 2) - 1]


def _only(data: bytes, tag: int) -> bytes:
    objects = list(_objects(data))
    if len(objects) != 1 or objects[0][0] != tag:
        raise BadTemplate(f"not a single object {tag:X}")
    return objects[0][1]


def _objects(data: bytes) -> Iterator[tuple[int, bytes]]:
    """BER-TLV objects with one- or two-byte tags and definite lengths up to 65,535 (ISO/IEC 7816-4 §5.2.2)."""
    at = 0
    try:
        while at < len(data):
            tag = data[at]
            at += 1
            if tag & 0x1F == 0x1F:
                tag = tag << 8 | data[at]
                at += 1
            length = data[at]
            at += 1
            if length > 0x7F:
                octets = length & 0x7F
                if octets not in (1, 2) or at + octets > len(data):
                    raise BadTemplate("impossible length")
                length = int.from_bytes(data[at : at + octets])
                at += octets
            if at + length > len(data):
                raise BadTemplate("object longer than its container")
            yield tag, data[at : at + length]
            at += length
    except IndexError:
        raise BadTemplate("object cut off") from None
