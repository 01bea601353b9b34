"""An invented resident: what is recorded of one body, as the centre receives it."""

from __future__ import annotations

import io
import random
import struct
from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from PIL import Image, ImageDraw

POSITIONS = tuple(
    f"{hand}_{finger}" for hand in ("right", "left") for finger in ("thumb", "index", "middle", "ring", "little")
)
HOUSEHOLD = {
    "address": "JL. KENANGA NO. 14",
    "rt": "003",
    "rw": "002",
    "kelurahan": "18.72.01.1005",
    "postal_code": "34112",
    "kk_number": None,
}


def resident(index: int = 0, **other: object) -> dict[str, object]:
    """A man of 1971, head of his family; `other` replaces fields."""
    return {
        "index": index,
        "nik": None,
        "full_name": "SUGENG RIYADI",
        "sex": 1,
        "birth_place": "METRO",
        "birth_date": "1971-07-01",
        "religion": 1,
        "blood_type": 13,
        "marital_status": 1,
        "education": 3,
        "occupation": 1,
        "citizenship": 1,
        "family_relation": 1,
        "father_name": "-",
        "mother_name": "-",
        **other,
    }


def record(position: str, minutiae: int = 70) -> bytes:
    """An ISO/IEC 19794-2:2005 record of one view."""
    number = POSITIONS.index(position) + 1
    chance = random.Random(number)
    points = b"".join(
        struct.pack(
            ">HHBB",
            chance.choice((1, 2)) << 14 | chance.randrange(20, 300),
            chance.randrange(20, 400),
            chance.randrange(256),
            chance.randrange(20, 100),
        )
        for _ in range(minutiae)
    )
    head = struct.pack(">IHHHHHBB", 30 + len(points), 0, 320, 420, 197, 197, 1, 0)
    return b"FMR\x00 20\x00" + head + bytes((number, 0, 60, minutiae)) + points + b"\x00\x00"


def photo() -> bytes:
    """A JPEG of 480 x 640."""
    picture = Image.radial_gradient("L").resize((480, 640)).convert("RGB")
    ImageDraw.Draw(picture).ellipse((150, 120, 330, 400), fill=(180, 140, 110))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90)
    return out.getvalue()


def finger_images(positions: Sequence[str]) -> bytes:
    """An ISO/IEC 19794-4:2005 record with a plain view of each finger, 120 x 150 of grey, as PNG."""
    out = io.BytesIO()
    Image.radial_gradient("L").resize((120, 150)).save(out, "PNG", dpi=(500, 500))
    picture = out.getvalue()
    views = b"".join(
        struct.pack(">IBBBBBHHB", 14 + len(picture), POSITIONS.index(one) + 1, 1, 1, 60, 0, 120, 150, 0) + picture
        for one in positions
    )
    head = struct.pack(">HHBBHHHHBBH", 0, 30, len(positions), 1, 500, 500, 500, 500, 8, 5, 0)
    return b"FIR\x00010\x00" + (32 + len(views)).to_bytes(6) + head + views


def face() -> bytes:
    """The photo as an ISO/IEC 19794-5:2005 record without feature points."""
    image = struct.pack(">BBHHBBHH", 0, 0, 480, 640, 1, 2, 0, 0) + photo()
    block = struct.pack(">IHBBB3sH3s3s", 20 + len(image), 0, 0, 0, 0, bytes(3), 0, bytes(3), bytes(3))
    return b"FAC\x00010\x00" + struct.pack(">IH", 34 + len(image), 1) + block + image


def signature() -> bytes:
    """A PNG of 600 x 240 with one stroke."""
    picture = Image.new("L", (600, 240), 255)
    ImageDraw.Draw(picture).line([(40, 200), (200, 30), (300, 210), (420, 60), (560, 180)], fill=0, width=5)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def card_key() -> bytes:
    """A public key for active authentication, DER."""
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
