"""The key with which the office of the play seals its family cards, and its certificate."""

from __future__ import annotations

import datetime
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from hw_sim.central.pki import DAY, issue, make_key


def make_paper_key(directory: Path, office: str) -> tuple[Path, Path]:
    """`paper-key.pem` (PKCS#8) and `papers.pem` (the certificate that names the office) in the directory.

    Those that are there stay: what was printed before a restart is to be known after it.
    """
    key, papers = directory / "paper-key.pem", directory / "papers.pem"
    if not papers.exists():
        now = datetime.datetime.now(datetime.UTC)
        holder = issue(office, make_key(), None, validity=(now - DAY, now + 3650 * DAY))
        key.touch(mode=0o600)
        key.write_bytes(holder.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        papers.write_bytes(holder.pem())
    return key, papers
