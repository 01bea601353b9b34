"""Encryption at rest for everything that is not a row: images, templates, documents.

A blob is an AES-256-GCM file named by the SHA-256 of its ciphertext, under a key of its own. That key stands in the
blob's reference, the text that a row keeps: `name.key`, wrapped by the key of its case, which stands in the case's
row wrapped by the appliance's. Striking out the reference erases one blob for good, dropping the case's key all.
A reference without a key is of a blob from before (decision 34), under the case's key itself.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from appliance.faults import DeviceFault
from appliance.records.store import derive_key, disk_fault

_NONCE = 12


class BlobLost(RuntimeError):
    """A blob's file is gone or no longer what was written."""


class Vault:
    """Writes and reads blobs below `root`; `key` is 32 bytes."""

    def __init__(self, root: Path, key: bytes) -> None:
        self._root = root
        self._aead = AESGCM(key)
        self._text_aead = AESGCM(derive_key(key, "text"))
        self._digest_key = derive_key(key, "digest")

    def sweep(self) -> int:
        """Remove what writers left half written that are no more (`put` names it by process); returns how much."""
        left = [one for one in self._root.glob("*/.*") if not Path("/proc", one.suffix[1:]).exists()]
        for one in left:
            one.unlink(missing_ok=True)
        return len(left)

    def new_case_key(self, case_id: str) -> str:
        """A fresh wrapped key for a case, as text for its row."""
        nonce = os.urandom(_NONCE)
        wrapped = self._aead.encrypt(nonce, AESGCM.generate_key(256), case_id.encode())
        return base64.b64encode(nonce + wrapped).decode()

    def _case(self, case_id: str, wrapped_key: str) -> AESGCM:
        raw = base64.b64decode(wrapped_key)
        return AESGCM(self._aead.decrypt(raw[:_NONCE], raw[_NONCE:], case_id.encode()))

    def _blob(self, case_id: str, wrapped_key: str, reference: str) -> AESGCM:
        name, _, own_key = reference.partition(".")
        case_key = self._case(case_id, wrapped_key)
        if not own_key:
            return case_key
        raw = base64.urlsafe_b64decode(own_key)
        return AESGCM(case_key.decrypt(raw[:_NONCE], raw[_NONCE:], f"{case_id}/{name}".encode()))

    def put(self, case_id: str, wrapped_key: str, data: bytes) -> str:
        """Store durably and return the blob's reference: file, then name, then folder are on the disk by then.

        A disk that does not take it is a `DeviceFault`, and nothing of it is left behind.
        """
        case_key, own_key = self._case(case_id, wrapped_key), AESGCM.generate_key(256)
        nonce, key_nonce = os.urandom(_NONCE), os.urandom(_NONCE)
        sealed = nonce + AESGCM(own_key).encrypt(nonce, data, case_id.encode())
        name = hashlib.sha256(sealed).hexdigest()
        wrapped = key_nonce + case_key.encrypt(key_nonce, own_key, f"{case_id}/{name}".encode())
        folder = self._root / name[:2]
        partial = folder / f".{name}.{os.getpid()}"
        try:
            if not folder.is_dir():
                self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
                folder.mkdir(exist_ok=True, mode=0o700)
                sync_folder(self._root.parent)
                sync_folder(self._root)
            with partial.open("wb") as file:
                file.write(sealed)
                file.flush()
                os.fsync(file.fileno())
            partial.rename(folder / name)
            sync_folder(folder)
        except OSError as error:
            with contextlib.suppress(OSError):
                partial.unlink()
            raise DeviceFault(disk_fault(self._root.parent, error.errno), f"vault: {error.strerror}") from error
        return f"{name}.{base64.urlsafe_b64encode(wrapped).decode()}"

    def seal(self, about: str, data: bytes) -> str:
        """These bytes as text for a row, under the appliance's key; opened only with the same `about`."""
        nonce = os.urandom(_NONCE)
        return base64.b64encode(nonce + self._text_aead.encrypt(nonce, data, about.encode())).decode()

    def unseal(self, about: str, sealed: str) -> bytes:
        """What `seal` was given; raises `BlobLost` if it is not that."""
        try:
            raw = base64.b64decode(sealed, validate=True)
            return self._text_aead.decrypt(raw[:_NONCE], raw[_NONCE:], about.encode())
        except (InvalidTag, ValueError) as error:
            raise BlobLost("a sealed text is damaged") from error

    def digest(self, data: bytes) -> str:
        """64 hexadecimal digits that equal bytes share and that nobody without the key can try values against
        (HMAC-SHA-256, RFC 2104)."""
        return hmac.new(self._digest_key, data, hashlib.sha256).hexdigest()

    def drop(self, reference: str) -> None:
        """Remove a blob's file, durably; whoever strikes out its reference as well has erased it."""
        name = file_name(reference)
        try:
            (self._root / name[:2] / name).unlink(missing_ok=True)
            if (self._root / name[:2]).is_dir():
                sync_folder(self._root / name[:2])
        except OSError as error:
            raise DeviceFault(disk_fault(self._root.parent, error.errno), f"vault: {error.strerror}") from error

    def get(self, case_id: str, wrapped_key: str, reference: str) -> bytes:
        """The blob's content; raises `BlobLost` if the file is missing or changed, or the key gone."""
        name = file_name(reference)
        try:
            sealed = (self._root / name[:2] / name).read_bytes()
        except FileNotFoundError as error:
            raise BlobLost(f"blob {name[:12]} is missing") from error
        if hashlib.sha256(sealed).hexdigest() != name:
            raise BlobLost(f"blob {name[:12]} is damaged")
        try:
            return self._blob(case_id, wrapped_key, reference).decrypt(
                sealed[:_NONCE], sealed[_NONCE:], case_id.encode()
            )
        except (InvalidTag, ValueError) as error:  # a dropped key is too short to be one
            raise BlobLost(f"blob {name[:12]} is damaged") from error


def file_name(reference: str) -> str:
    """The name of a blob's file: SHA-256 of its ciphertext in hexadecimal; it says nothing of content or key."""
    return reference.partition(".")[0]


def sync_folder(folder: Path) -> None:
    """Make names that were given or taken in a folder durable (fsync(2))."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
