"""A SoftHSM token with a world's master keys, for an appliance whose key module is PKCS#11 instead of a key card."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import Certificate

from hw_sim.card_keys import MasterKeys

MODULES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so")
LABEL = "SIAGA"
SECURITY_OFFICER_PIN = "99887766"


class KeyToken:
    """A token in `directory`; SoftHSM finds it by the environment variable SOFTHSM2_CONF, read when it starts."""

    def __init__(self, directory: Path, pin: str) -> None:
        tokens = directory / "tokens"
        tokens.mkdir(parents=True)
        self.configuration = directory / "softhsm2.conf"
        self.configuration.write_text(f"directories.tokendir = {tokens}\nlog.level = ERROR\n")
        self.module = next((path for path in MODULES if Path(path).exists()), MODULES[0])
        self._pin = pin
        self._run("--init-token", "--free", "--label", LABEL, "--so-pin", SECURITY_OFFICER_PIN, "--pin", pin)

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to find the token."""
        return {"SOFTHSM2_CONF": str(self.configuration)}

    @property
    def uri(self) -> str:
        """What stands in the appliance's configuration."""
        return f"pkcs11:token={LABEL}?module-path={self.module}"

    def take(self, masters: MasterKeys) -> None:
        """Put the master keys on the token, sensitive and not extractable."""
        import pkcs11

        token = self._token()
        with token.open(rw=True, user_pin=self._pin) as session:
            for version, keys in masters.sets.items():
                for use, value in (("ENC", keys.enc), ("MAC", keys.mac), ("DEK", keys.dek)):
                    session.create_object(
                        {
                            pkcs11.Attribute.CLASS: pkcs11.ObjectClass.SECRET_KEY,
                            pkcs11.Attribute.KEY_TYPE: pkcs11.KeyType.AES,
                            pkcs11.Attribute.LABEL: f"{version:02X}-{use}",
                            pkcs11.Attribute.VALUE: value,
                            pkcs11.Attribute.TOKEN: True,
                            pkcs11.Attribute.PRIVATE: True,
                            pkcs11.Attribute.SENSITIVE: True,
                            pkcs11.Attribute.EXTRACTABLE: False,
                            pkcs11.Attribute.SIGN: True,
                            pkcs11.Attribute.ENCRYPT: False,
                            pkcs11.Attribute.DECRYPT: False,
                        }
                    )

    def take_official(self, key: PrivateKeyTypes, papers: Sequence[Certificate]) -> None:
        """Put an official's key and certificate (the first of `papers`) on the token, and those above it."""
        import pkcs11

        name = papers[0].fingerprint(SHA256())[:8]
        path = self.configuration.with_name("official.pem")
        path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        self._run(
            "--import", str(path), "--token", LABEL, "--label", name.hex(), "--id", name.hex(), "--pin", self._pin
        )
        path.unlink()
        with self._token().open(rw=True, user_pin=self._pin) as session:
            for number, paper in enumerate(papers):
                session.create_object(
                    {
                        pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE,
                        pkcs11.Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
                        pkcs11.Attribute.ID: name if number == 0 else name + bytes([number]),
                        pkcs11.Attribute.SUBJECT: paper.subject.public_bytes(),
                        pkcs11.Attribute.VALUE: paper.public_bytes(Encoding.DER),
                        pkcs11.Attribute.TOKEN: True,
                        pkcs11.Attribute.PRIVATE: False,
                    }
                )

    def _token(self) -> Any:
        """This token, also where this process has had another before it."""
        import pkcs11

        os.environ.update(self.environment)
        library = pkcs11.lib(self.module)
        library.reinitialize()
        return library.get_token(token_label=LABEL)

    def _run(self, *arguments: str) -> None:
        environment = {**os.environ, **self.environment}
        subprocess.run(["softhsm2-util", *arguments], env=environment, check=True, capture_output=True, timeout=20)
