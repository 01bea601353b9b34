"""PINs that a key module has refused, remembered so that a process that starts again does not try them again."""

from __future__ import annotations

import hmac
import os
from pathlib import Path


class RefusedPins:
    """One empty file of `folder` for each, named by a digest under `key` of PIN and module; without a folder nothing
    outlives this object.

    A PIN has few digits, so that only the key keeps it secret. Whoever puts another module of the same kind in its
    place, with a PIN that the first one refused, empties the folder.
    """

    def __init__(self, folder: Path | None = None, key: bytes = b"") -> None:
        self._folder = folder
        self._key = key
        self._known: set[str] = set()

    def has(self, module: str, pin: str) -> bool:
        """Whether a module that calls itself so has refused this PIN."""
        name = self._name(module, pin)
        return name in self._known or (self._folder is not None and (self._folder / name).exists())

    def keep(self, module: str, pin: str) -> None:
        """Remember it durably; raises OSError if the disk does not take it, and then it is known here only."""
        name = self._name(module, pin)
        self._known.add(name)
        if self._folder is None:
            return
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (self._folder / name).touch(mode=0o600)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _name(self, module: str, pin: str) -> str:
        return hmac.digest(self._key, f"{module}\n{pin}".encode(), "sha256").hex()
