"""The chip's data groups, coded as ICAO Doc 9303-10 codes them; DG13 is national (docs/guides/card-ktpsim-1.md)."""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Mapping, Sequence

from PIL import Image, ImageOps, UnidentifiedImageError

from hw_sim.central import labels
from hw_sim.central.tlv import tlv

TAGS = {1: 0x61, 2: 0x75, 7: 0x67, 11: 0x6B, 12: 0x6C, 13: 0x6D, 15: 0x6F}
ISSUER = "IDN"
TECHNICAL_EXPIRY = "491231"
"""The card is valid for life, but readers take a two-digit year after 49 as 19xx: the zone ends there."""


def com(groups: Sequence[int]) -> bytes:
    """EF.COM: LDS 1.7, Unicode 4.0, and which data groups there are."""
    tags = bytes(TAGS[number] for number in groups)
    return tlv(0x60, tlv(0x5F01, b"0107"), tlv(0x5F36, b"040000"), tlv(0x5C, tags))


def check_digit(text: str) -> str:
    """ICAO Doc 9303-3 §4.9: weights 7, 3, 1 modulo 10."""
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    total = sum((7, 3, 1)[n % 3] * max(0, alphabet.find(sign)) for n, sign in enumerate(text))
    return str(total % 10)


def machine_readable(name: str, born: str, sex: int, document_number: str) -> str:
    """A TD1 zone (ICAO Doc 9303-5), three lines of 30; numbers longer than nine signs go on in the optional data."""
    number = re.sub(r"[^A-Z0-9]", "", document_number.upper())
    if len(number) <= 9:
        head = number.ljust(9, "<")
        first = f"I<{ISSUER}{head}{check_digit(head)}".ljust(30, "<")
    else:
        first = f"I<{ISSUER}{number[:9]}<{number[9:]}{check_digit(number)}<".ljust(30, "<")[:30]
    short = born[2:4] + born[5:7] + born[8:10]
    middle = f"{short}{check_digit(short)}{'M' if sex == 1 else 'F'}{TECHNICAL_EXPIRY}{check_digit(TECHNICAL_EXPIRY)}"
    second = f"{middle}{ISSUER}".ljust(29, "<")
    composite = first[5:30] + second[0:7] + second[8:15] + second[18:29]
    # Indonesian names have no family name: the whole name is the primary identifier (Doc 9303-3 §4.6).
    third = re.sub(r"[^A-Z]+", "<", name.upper()).strip("<")[:30].ljust(30, "<")
    return first + second + check_digit(composite) + third


def dg1(biodata: Mapping[str, object], document_number: str) -> bytes:
    """The machine-readable zone."""
    sex = 1 if biodata["sex"] == 1 else 2
    zone = machine_readable(str(biodata["full_name"]), str(biodata["birth_date"]), sex, document_number)
    return tlv(TAGS[1], tlv(0x5F1F, zone.encode("ascii")))


def portrait(photo: bytes, limit: int) -> bytes:
    """The enrolment photo as a JPEG 2000 codestream, 240 x 320, at most `limit` bytes; raises ValueError."""
    try:
        with Image.open(io.BytesIO(photo)) as opened:
            upright = ImageOps.exif_transpose(opened.convert("RGB"))
    except (UnidentifiedImageError, OSError) as error:
        raise ValueError("the photo is not an image") from error
    small = ImageOps.fit(upright, (240, 320), Image.Resampling.LANCZOS, centering=(0.5, 0.4))
    rate = 240 * 320 * 3 / limit
    while True:
        out = io.BytesIO()
        small.save(
            out, "JPEG2000", no_jp2=True, quality_mode="rates", quality_layers=[rate], irreversible=True, mct=1
        )
        if out.tell() <= limit:
            return out.getvalue()
        rate *= 1.04


def dg2(codestream: bytes) -> bytes:
    """One face record (ISO/IEC 19794-5:2005 §5) in the CBEFF templates of ICAO Doc 9303-10 §4.7.2."""
    image = struct.pack(">BBHHBBHH", 1, 1, 240, 320, 1, 2, 0, 0) + codestream
    facial = struct.pack(">IHBBB3sH3s3s", 20 + len(image), 0, 0, 0, 0, b"\0" * 3, 0, b"\0" * 3, b"\0" * 3)
    record = b"FAC\x00010\x00" + struct.pack(">IH", 14 + len(facial) + len(image), 1) + facial + image
    header = tlv(0xA1, tlv(0x80, b"\x01\x01"), tlv(0x81, b"\x02"), tlv(0x87, b"\x01\x01"), tlv(0x88, b"\x00\x08"))
    template = tlv(0x7F60, header, tlv(0x5F2E, record))
    return tlv(TAGS[2], tlv(0x7F61, tlv(0x02, b"\x01"), template))


def signature_image(png: bytes) -> bytes:
    """The holder's signature as a PNG of 300 x 120 pixels, 1 bit; raises ValueError."""
    try:
        with Image.open(io.BytesIO(png)) as opened:
            flat = Image.new("RGBA", opened.size, "white")
            flat.alpha_composite(opened.convert("RGBA"))
    except (UnidentifiedImageError, OSError) as error:
        raise ValueError("the signature is not an image") from error
    ink = ImageOps.pad(flat.convert("L"), (300, 120), Image.Resampling.LANCZOS, color=255)
    out = io.BytesIO()
    ink.point(lambda grey: 255 if grey > 176 else 0).convert("1").save(out, "PNG", optimize=True)
    return out.getvalue()


def dg7(image: bytes) -> bytes:
    """The displayed signature."""
    return tlv(TAGS[7], tlv(0x02, b"\x01"), tlv(0x5F43, image))


def dg11(biodata: Mapping[str, object], nik: str) -> bytes:
    """Name, personal number, full date of birth (CCYYMMDD) and address."""
    born = str(biodata["birth_date"]).replace("-", "")
    return _listed(
        TAGS[11],
        {0x5F0E: str(biodata["full_name"]), 0x5F10: nik, 0x5F2B: born, 0x5F42: str(biodata["address"])},
    )


def dg12(issued: str) -> bytes:
    """Issuing authority and date of issue (CCYYMMDD)."""
    return _listed(TAGS[12], {0x5F19: f"DISDUKCAPIL {labels.CITY}", 0x5F26: issued.replace("-", "")})


def _listed(tag: int, values: Mapping[int, str]) -> bytes:
    names = b"".join(name.to_bytes(2, "big") for name in values)
    return tlv(tag, tlv(0x5C, names), *(tlv(name, text.encode()) for name, text in values.items()))


def dg13(biodata: Mapping[str, object], kk_number: str, finger_digests: Sequence[bytes]) -> bytes:
    """The national fields as labels, DF21 onwards, and SHA-256 of FP1 and FP2."""

    def label(table: Mapping[int, str], key: str) -> str:
        value = biodata[key]
        return table.get(value, "-") if isinstance(value, int) else "-"

    village = str(biodata["kelurahan"])
    texts = [
        label(labels.RELIGION, "religion"),
        label(labels.MARITAL_STATUS, "marital_status"),
        label(labels.OCCUPATION, "occupation"),
        label(labels.CITIZENSHIP, "citizenship"),
        label(labels.BLOOD_TYPE, "blood_type"),
        f"{biodata['rt']}/{biodata['rw']}",
        labels.VILLAGES.get(village, "-"),
        labels.DISTRICTS.get(village[:8], "-"),
        labels.CITY,
        labels.PROVINCE,
        "SEUMUR HIDUP",
        kk_number,
        "1",
        label(labels.SEX, "sex"),
        str(biodata["birth_place"]),
        str(biodata["birth_date"]),
    ]
    fields = [text.encode() for text in texts] + list(finger_digests)
    numbered = [tlv(0xDF21 + n, value) for n, value in enumerate(fields)]
    return tlv(TAGS[13], *numbered, tlv(0xDF33, str(biodata["address"]).encode()))


def dg15(public_key: bytes) -> bytes:
    """The card's public key for active authentication, SubjectPublicKeyInfo DER."""
    return tlv(TAGS[15], public_key)
