"""What stands on a card, decoded from its data groups (ICAO 9303-10 §4.7; DG13 is national). Pure and strict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from appliance.chip.tlv import TlvError, members, only

NATIONAL = {
    0xDF21: "religion",
    0xDF22: "marital_status",
    0xDF23: "occupation",
    0xDF24: "citizenship",
    0xDF25: "blood_type",
    0xDF26: "rt_rw",
    0xDF27: "kelurahan",
    0xDF28: "kecamatan",
    0xDF29: "city",
    0xDF2A: "province",
    0xDF2B: "valid_until",
    0xDF2C: "kk_number",
    0xDF2D: "packet_version",
    0xDF2E: "sex",
    0xDF2F: "birth_place",
    0xDF30: "birth_date",
    0xDF33: "address",
}
FINGER_HASHES = {0xDF31: "FP1", 0xDF32: "FP2"}
_IMAGES = (b"\x00\x00\x00\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51", b"\xff\xd8\xff")


@dataclass(frozen=True, slots=True)
class CardFields:
    """The card's content in words: `text` by English field name, the two images, SHA-256 of the finger files."""

    text: Mapping[str, str] = field(repr=False)
    portrait: bytes | None = field(default=None, repr=False)
    signature: bytes | None = field(default=None, repr=False)
    finger_hashes: Mapping[str, bytes] = field(default_factory=dict)


def decode_fields(groups: Mapping[str, bytes]) -> CardFields:
    """Fields of the data groups that are given by name (`DG1`, `DG2`, …); raises TlvError for a malformed one."""
    text: dict[str, str] = {}
    if "DG1" in groups:
        text |= _machine_readable_zone(only(only(groups["DG1"], 0x61), 0x5F1F))
    if "DG11" in groups:
        details = members(only(groups["DG11"], 0x6B))
        text |= _texts(details, {0x5F0E: "full_name", 0x5F10: "nik", 0x5F42: "registered_address"})
        if 0x5F2B in details:
            text["full_birth_date"] = _date(details[0x5F2B])
    if "DG12" in groups:
        details = members(only(groups["DG12"], 0x6C))
        text |= _texts(details, {0x5F19: "issuing_authority"})
        if 0x5F26 in details:
            text["issue_date"] = _date(details[0x5F26])
    national = members(only(groups["DG13"], 0x6D)) if "DG13" in groups else {}
    text |= _texts(national, NATIONAL)
    hashes = {name: national[tag] for tag, name in FINGER_HASHES.items() if tag in national}
    if any(len(value) != 32 for value in hashes.values()):
        raise TlvError("a finger hash has not 32 bytes")
    portrait = _portrait(groups["DG2"]) if "DG2" in groups else None
    signature = _signature(groups["DG7"]) if "DG7" in groups else None
    return CardFields(text, portrait, signature, hashes)


def _texts(found: Mapping[int, bytes], names: Mapping[int, str]) -> dict[str, str]:
    try:
        return {name: found[tag].decode("utf-8") for tag, name in names.items() if tag in found}
    except UnicodeDecodeError:
        raise TlvError("a text is not UTF-8") from None


def _date(value: bytes) -> str:
    digits = value.hex() if len(value) == 4 else value.decode("ascii", "replace")
    if len(digits) != 8 or not (digits.isascii() and digits.isdigit()):
        raise TlvError("a date has not eight digits")
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"


def _machine_readable_zone(zone: bytes) -> dict[str, str]:
    """Document size TD1, three lines of 30 (ICAO 9303-5 §4.2)."""
    if len(zone) != 90 or not zone.isascii():
        raise TlvError("the machine readable zone has not 90 characters")
    lines = zone.decode("ascii")
    return {
        "mrz": "\n".join((lines[:30], lines[30:60], lines[60:])),
        "document_number": lines[5:14].rstrip("<") if lines[14] != "<" else _long_number(lines),
        "technical_expiry": lines[38:44],
    }


def _long_number(lines: str) -> str:
    # A document number of more than nine characters goes on in the optional data, up to its check digit and a filler.
    tail = lines[15:30].split("<", 1)[0]
    return lines[5:14].rstrip("<") + tail[:-1]


def _portrait(group: bytes) -> bytes:
    """The first image of DG2: biometric templates 7F61/7F60 around an ISO/IEC 19794-5 face record."""
    outer = only(only(group, 0x75), 0x7F61)
    data = next((value for tag, value in _inner(outer) if tag in (0x5F2E, 0x7F2E)), None)
    if data is None:
        raise TlvError("the portrait's template has no image")
    if data[:4] == b"FAC\x00":
        # Record header 14, face header 20 with the number of feature points at its offset 4, 8 each, image header 12.
        points = int.from_bytes(data[18:20])
        data = data[14 + 20 + 8 * points + 12 :]
    if not data.startswith(_IMAGES):
        raise TlvError("the portrait is neither JPEG 2000 nor JPEG")
    return data


def _inner(outer: bytes) -> list[tuple[int, bytes]]:
    template = members(outer).get(0x7F60)
    if template is None:
        raise TlvError("there is no biometric template")
    return list(members(template).items())


def _signature(group: bytes) -> bytes:
    value = members(only(group, 0x67)).get(0x5F43)
    if value is None or not value.startswith(b"\x89PNG\r\n\x1a\n"):
        raise TlvError("the signature is no PNG")
    return value
