"""An update as a file: the program and its libraries as wheels, in a ZIP, signed once by the maker's pinned key.

`manifest.json` names version, schema of the books, and each wheel with its SHA-256; `manifest.sig` is Ed25519 (RFC
8032) over `CONTEXT` and the manifest's bytes. Nothing that the manifest does not name may lie in the file, and
nothing in it is compressed or encrypted: what is not signed is not given to a decompressor.
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

CONTEXT = b"siaga-update-1\n"
MANIFEST, SIGNATURE, WHEELS = "manifest.json", "manifest.sig", "wheels/"
LARGEST_MANIFEST = 256 * 1024
LARGEST_WHEEL = 300 * 1024 * 1024
MOST_WHEELS = 300
VERSION = re.compile(r"[0-9]{1,4}(\.[0-9]{1,4}){1,3}")
WHEEL = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+!-]{0,180}\.whl")
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,120}\.siaga")
"""What an update's file may be called."""
_CHUNK = 1 << 20
_NO_ZIP = (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile, NotImplementedError, RuntimeError)
"""What `zipfile` raises for a file that is damaged; of one that lies about its members too."""


class PackageRefused(Exception):
    """This file is no update for this machine; `reason` is one of `REASONS`."""

    def __init__(self, reason: str) -> None:
        assert reason in REASONS
        super().__init__(reason)
        self.reason = reason


REASONS = ("unreadable", "unsigned", "altered", "books", "no-key")
"""No such ZIP; not signed by the pinned key; a wheel is not what was signed; the books are of another schema; no key
is named in the configuration."""


@dataclass(frozen=True, slots=True)
class Package:
    """What a signed manifest says: `wheels` are their SHA-256 in hexadecimal by name."""

    version: str
    books: int
    wheels: Mapping[str, str]


def read(path: Path, key: bytes, books: int) -> Package:
    """The package, signature and names proven, the wheels not yet; `key` is PEM. Raises `PackageRefused`."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [one.filename for one in archive.infolist()]
            plain = all(one.compress_type == zipfile.ZIP_STORED for one in archive.infolist())
            if len(names) > MOST_WHEELS + 2 or len(set(names)) != len(names) or not plain:
                raise PackageRefused("unreadable")
            said = _bounded(archive, MANIFEST, LARGEST_MANIFEST)
            signature = _bounded(archive, SIGNATURE, 64)
    except _NO_ZIP as error:
        raise PackageRefused("unreadable") from error
    _prove(said, signature, key)
    package = manifest(said)
    if set(names) != {MANIFEST, SIGNATURE, *(f"{WHEELS}{name}" for name in package.wheels)}:
        raise PackageRefused("altered")
    if package.books != books:
        raise PackageRefused("books")
    return package


def _prove(said: bytes, signature: bytes, key: bytes) -> None:
    try:
        public = load_pem_public_key(key)
    except ValueError as error:
        raise PackageRefused("no-key") from error
    if not isinstance(public, Ed25519PublicKey):
        raise PackageRefused("no-key")
    try:
        public.verify(signature, CONTEXT + said)
    except InvalidSignature:
        raise PackageRefused("unsigned") from None


def manifest(said: bytes) -> Package:
    """The manifest's own words; raises `PackageRefused` for anything that is not one."""
    try:
        told = json.loads(said)
        version, books, wheels = told["version"], told["books"], told["wheels"]
        fine = (
            isinstance(version, str)
            and VERSION.fullmatch(version) is not None
            and type(books) is int
            and isinstance(wheels, dict)
            and 0 < len(wheels) <= MOST_WHEELS
            and all(
                WHEEL.fullmatch(name) and re.fullmatch("[0-9a-f]{64}", str(sum_)) for name, sum_ in wheels.items()
            )
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise PackageRefused("unreadable") from error
    if not fine:
        raise PackageRefused("unreadable")
    return Package(version, books, dict(wheels))


def unpack(path: Path, package: Package, folder: Path) -> list[Path]:
    """Write the wheels to the folder, each proven; raises `PackageRefused`, and OSError where the disk takes none."""
    written = []
    with zipfile.ZipFile(path) as archive:
        for name, digest in package.wheels.items():
            target = folder / name
            try:
                source = archive.open(f"{WHEELS}{name}")
            except _NO_ZIP as error:
                raise PackageRefused("altered") from error
            with source, target.open("wb") as wheel:
                if _copied(source, wheel) != digest:
                    raise PackageRefused("altered")
            written.append(target)
    return written


def _copied(source: IO[bytes], target: IO[bytes]) -> str:
    found, left = hashlib.sha256(), LARGEST_WHEEL
    try:
        while chunk := source.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise PackageRefused("altered")
            found.update(chunk)
            target.write(chunk)
    except (zipfile.BadZipFile, EOFError, ValueError) as error:
        raise PackageRefused("altered") from error
    return found.hexdigest()


def _bounded(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    with archive.open(name) as member:
        found = member.read(most + 1)
    if len(found) > most:
        raise PackageRefused("unreadable")
    return found
