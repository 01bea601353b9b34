"""Parsers of what is brought to change the program: the update's file, its signed manifest, a technician's order."""

from __future__ import annotations

import json
import zipfile
from functools import cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from property.answering import folder
from property.hostile import Row
from updates import Maker

from appliance.diagnostics.update_package import (
    CONTEXT,
    MANIFEST,
    MOST_WHEELS,
    SIGNATURE,
    WHEELS,
    PackageRefused,
    manifest,
    read,
    unpack,
)
from appliance.diagnostics.updating import LARGEST_ORDER, order_of, read_order
from appliance.records.schema import SCHEMA_VERSION

ORDER = {"id": "01934f00-7a5b-7c11-8000-00000000beef", "do": "install", "file": "siaga-0.2.0.siaga"}
DEEP = b"[" * 96_000


@cache
def maker() -> Maker:
    home = folder() / "maker"
    home.mkdir(exist_ok=True)
    return Maker(home, Ed25519PrivateKey.from_private_bytes(b"m" * 32))


@cache
def packed() -> bytes:
    """An update as the maker's own tool packs it."""
    return maker().pack(folder() / "siaga-0.2.0.siaga", "0.2.0").read_bytes()


@cache
def wheel() -> tuple[str, bytes]:
    with zipfile.ZipFile(folder() / "siaga-0.2.0.siaga") as archive:
        name = next(one for one in archive.namelist() if one.startswith(WHEELS))
        return name, archive.read(name)


def said() -> bytes:
    """The manifest of that update."""
    assert packed()
    with zipfile.ZipFile(folder() / "siaga-0.2.0.siaga") as archive:
        return archive.read(MANIFEST)


def _file(data: bytes) -> None:
    path, home = folder() / "brought.siaga", folder() / "wheels"
    path.write_bytes(data)
    home.mkdir(exist_ok=True)
    unpack(path, read(path, maker().public, SCHEMA_VERSION), home)


def _signed(data: bytes) -> None:
    """Any manifest, rightly signed: what a maker who errs would send."""
    assert packed()
    path, (name, content) = folder() / "signed.siaga", wheel()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(MANIFEST, data)
        archive.writestr(SIGNATURE, maker().key.sign(CONTEXT + data))
        archive.writestr(name, content)
    read(path, maker().public, SCHEMA_VERSION)


def _order(data: bytes) -> None:
    path = folder() / "order.json"
    path.write_bytes(data)
    read_order(path)


def _many(number: int) -> bytes:
    wheels = {f"wheel{one}-1-py3-none-any.whl": "0" * 64 for one in range(number)}
    return json.dumps({"version": "0.2.0", "books": SCHEMA_VERSION, "wheels": wheels}).encode()


ROWS = (
    Row(
        "an update's file",
        _file,
        (read, manifest, unpack),
        lambda: (packed(),),
        (PackageRefused,),
        lambda: (b"PK\x03\x04" * 24_000, b"PK\x05\x06" + bytes(18) + bytes(96_000)),
        holds=60,
        beside=4 << 20,
    ),
    Row(
        "an update's manifest",
        manifest,
        (manifest,),
        lambda: (said(), _many(MOST_WHEELS)),
        (PackageRefused,),
        lambda: (DEEP, b'{"version":' + DEEP, _many(MOST_WHEELS + 900)),
        holds=60,
    ),
    Row(
        "an update's manifest, rightly signed",
        _signed,
        (read, manifest),
        lambda: (said(),),
        (PackageRefused,),
        lambda: (DEEP, _many(MOST_WHEELS + 900)),
        holds=60,
        beside=4 << 20,
    ),
    Row(
        "order to change the program",
        _order,
        (read_order, order_of),
        lambda: (json.dumps(ORDER).encode(), json.dumps({**ORDER, "do": "rollback", "file": ""}).encode()),
        (),
        lambda: (DEEP, b'{"id":' + DEEP, b'"' + b"\xff" * (LARGEST_ORDER * 9)),
        holds=60,
    ),
)
