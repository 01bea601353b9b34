"""Packs wheels into an update for machines in the field: `python .ci/pack_update.py KEY.pem OUT.siaga WHEEL…`.

KEY.pem is the maker's private Ed25519 key, which never comes near a machine (`openssl genpkey -algorithm ed25519`); a
machine gets its public half (`openssl pkey -pubout`). The version is that of the wheel `siaga-…`; all others it needs
must be given too: `pip wheel --no-deps` for ours, `pip download --only-binary :all:` with the lock for theirs.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import zipfile
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

ROOT = Path(__file__).parent.parent


def main(arguments: list[str]) -> int:
    """Write the update; the exit code."""
    key = load_pem_private_key(Path(arguments[0]).read_bytes(), None)
    assert isinstance(key, Ed25519PrivateKey)
    out, wheels = Path(arguments[1]), [Path(name) for name in arguments[2:]]
    (ours,) = [one for one in wheels if one.name.startswith("siaga-")]
    schema = (ROOT / "appliance" / "records" / "schema.py").read_text()
    (books,) = re.findall(r"^SCHEMA_VERSION = (\d+)$", schema, re.MULTILINE)
    sums = {one.name: hashlib.sha256(one.read_bytes()).hexdigest() for one in wheels}
    said = {"version": ours.name.split("-")[1], "books": int(books), "wheels": sums}
    manifest = json.dumps(said, sort_keys=True).encode()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("manifest.json", manifest)
        archive.writestr("manifest.sig", key.sign(b"siaga-update-1\n" + manifest))
        for one in wheels:
            archive.write(one, f"wheels/{one.name}")
    print(f"{out}: version {said['version']}, books {books}, {len(wheels)} wheels")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
