"""The support bundle: what a technician sends away to be helped, and nothing of any person. Pure."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, urlsplit

from appliance.casework.slip_code import CASE_CODE

LARGEST = 5 * 1024 * 1024
"""Bytes of the whole bundle."""
LOG_LINES = 2_000
_ZIP_DATE = (2026, 1, 1, 0, 0, 0)
_NUMBER = re.compile(r"(?<!\d)\d{6,}(?!\d)")
_CAPITALS = re.compile(r"\b[A-Z][A-Z'.]+(?: [A-Z][A-Z'.]+)+\b")
_CODE = re.compile(rf"\b{CASE_CODE}\b")


def redacted(line: str) -> str:
    """A line of a log without long numbers, case codes, and names as the papers write them.

    Nothing of the kind is ever logged; this holds for what somebody else's program writes into the same journal.
    """
    return _CAPITALS.sub("[nama]", _CODE.sub("[kode]", _NUMBER.sub("[angka]", line)))


def public_uri(uri: str) -> str:
    """A device's URI with the names of its settings and none of their values: PINs and passwords stand there."""
    parts = urlsplit(uri)
    place = parts.netloc.rpartition("@")[2]
    asked = "&".join(f"{name}=…" for name, _ in parse_qsl(parts.query, keep_blank_values=True))
    return f"{parts.scheme}:{'//' if parts.netloc else ''}{place}{parts.path}{'?' if asked else ''}{asked}"


def log_text(lines: Iterable[str]) -> str:
    """The newest `LOG_LINES` of a log, redacted."""
    return "\n".join(redacted(line) for line in list(lines)[-LOG_LINES:]) + "\n"


def packed(files: Mapping[str, str]) -> bytes:
    """A ZIP of these texts, at most `LARGEST` bytes: the longest is cut from its beginning until that is so."""
    texts = dict(files)
    while True:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in sorted(texts.items()):
                archive.writestr(zipfile.ZipInfo(name, _ZIP_DATE), text, zipfile.ZIP_DEFLATED)
        if len(out.getvalue()) <= LARGEST:
            return out.getvalue()
        longest = max(texts, key=lambda name: len(texts[name]))
        texts[longest] = texts[longest][len(texts[longest]) // 2 + 1 :]
