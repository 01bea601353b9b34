"""Updates as a maker packs them, and a machine with a release of which all that matters is there."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from appliance.diagnostics.updating import Machine
from appliance.records.schema import SCHEMA_VERSION

PACK = Path(__file__).parents[1] / ".ci" / "pack_update.py"


@dataclass(frozen=True)
class Maker:
    """Has the private key; `public` is what machines are given."""

    folder: Path
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def public(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def pack(self, out: Path, version: str, says: str = "0") -> Path:
        """An update of this version whose program ends with `says`, by the maker's own tool."""
        wheel = siaga_wheel(self.folder, version, says)
        private = self.folder / "maker.pem"
        private.write_bytes(self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        subprocess.run(
            [sys.executable, str(PACK), str(private), str(out), str(wheel)], check=True, capture_output=True
        )
        return out


def siaga_wheel(folder: Path, version: str, says: str) -> Path:
    """A wheel (PEP 427) with the command `siaga`, which ends with the exit code `says`."""
    told = f"siaga-{version}.dist-info"
    files = {
        "siaga_small.py": f"import sys\n\n\ndef main():\n    sys.exit({says})\n",
        f"{told}/METADATA": f"Metadata-Version: 2.1\nName: siaga\nVersion: {version}\n",
        f"{told}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{told}/entry_points.txt": "[console_scripts]\nsiaga = siaga_small:main\n",
    }
    rows = [f"{name},{_digest(text)},{len(text)}" for name, text in files.items()]
    files[f"{told}/RECORD"] = "\n".join([*rows, f"{told}/RECORD,,"]) + "\n"
    out = folder / f"siaga-{version}-py3-none-any.whl"
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return out


def _digest(text: str) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


@dataclass
class Field:
    """A machine with two releases; `well` says whether a program is well, by its version."""

    root: Path
    stick: Path
    key: bytes
    sick: set[str] = field(default_factory=set)
    restarts: list[str] = field(default_factory=list)
    power: bool = True

    def __post_init__(self) -> None:
        self.stick.mkdir(parents=True, exist_ok=True)
        for version in ("0.0.9", "0.1.0"):
            home = self.root / "releases" / version
            home.mkdir(parents=True)
            (home / ".installed").touch()
        (self.root / "venv").symlink_to("releases/0.1.0")

    @property
    def runs(self) -> str:
        return (self.root / "venv").readlink().name

    def machine(self) -> Machine:
        return Machine(
            self.root, self.stick, self.key, SCHEMA_VERSION, self._proof, self._restart, self._healthy, lambda: 1_000
        )

    def _proof(self, home: Path) -> bool:
        return not subprocess.run([str(home / "bin" / "siaga")], capture_output=True).returncode

    def _restart(self) -> bool:
        if not self.power:
            raise PowerGone
        self.restarts.append(self.runs)
        return True

    def _healthy(self) -> bool:
        return self.runs not in self.sick


class PowerGone(BaseException):
    """The helper is no more."""
