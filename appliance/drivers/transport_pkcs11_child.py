"""The child that speaks to a PKCS#11 module; it knows frames and one-letter answers, no deadlines and no faults.

Arguments: the module's path and the token's label. Requests: `L` and the PIN: log in; `C`, the length of a key's
label (1 byte), the label, a message: AES-CMAC by that key (CKM_AES_CMAC, PKCS#11 3.0 §2.10); `X`: the certificates,
which needs no login; `R` or `E`, the length of a key's id (1 byte), the id, what is signed: by an RSA key
(CKM_RSA_PKCS) or one on a curve (CKM_ECDSA). A reply is a letter of `LETTERS` and, for `K`, the token's model and
serial number apart by a NUL, the CMAC, the signature, or of each certificate its id and its DER, each behind its
length (4 bytes).
"""

from __future__ import annotations

import sys
from typing import Any

from appliance.drivers.framed_service import serve

LETTERS = {
    "K": "done",
    "A": "no library for PKCS#11",
    "M": "the module cannot be loaded",
    "T": "no token of this label",
    "P": "the PIN is wrong",
    "B": "the PIN is blocked",
    "N": "no such key on the token",
    "E": "the token refused",
}


class _NotLoaded(Exception):
    """The file is not there, or is no PKCS#11 module."""


class _Token:
    def __init__(self, path: str, label: str) -> None:
        self._path, self._label = path, label
        self._session: Any = None
        self._keys: dict[str, Any] = {}

    def answer(self, frame: bytearray) -> bytes:
        try:
            import pkcs11
        except ImportError:
            return b"A"
        try:
            if frame[:1] == b"L":
                return b"K" + self._login(pkcs11, bytes(frame[1:]).decode())
            if frame[:1] == b"X":
                return b"K" + self._certificates(pkcs11)
            size = frame[1]
            if self._session is None:
                return b"E"
            if frame[0] in b"RE":
                key, data = bytes(frame[2 : 2 + size]), bytes(frame[2 + size :])
                return b"K" + self._signature(pkcs11, frame[:1] == b"R", key, data)
            return b"K" + self._cmac(pkcs11, bytes(frame[2 : 2 + size]).decode(), bytes(frame[2 + size :]))
        except (pkcs11.exceptions.NoSuchToken, pkcs11.exceptions.TokenNotPresent):
            return b"T"
        except pkcs11.exceptions.PinLocked:
            return b"B"
        except (pkcs11.exceptions.PinIncorrect, pkcs11.exceptions.PinLenRange):
            return b"P"
        except _NotLoaded:
            return b"M"
        except pkcs11.exceptions.NoSuchKey:
            return b"N"
        except pkcs11.exceptions.PKCS11Error:
            return b"E"

    def _login(self, pkcs11: Any, pin: str) -> bytes:
        if self._session is not None:
            self._session.close()
        self._session, self._keys = None, {}
        token = self._token(pkcs11)
        self._session = token.open(user_pin=pin)
        return f"{token.model.strip()}\0".encode() + bytes(token.serial)

    def _token(self, pkcs11: Any) -> Any:
        try:
            module = pkcs11.lib(self._path)
        except pkcs11.exceptions.PKCS11Error as error:
            raise _NotLoaded from error
        return module.get_token(token_label=self._label)

    def _certificates(self, pkcs11: Any) -> bytes:
        session = self._session or self._token(pkcs11).open()
        told = bytearray()
        try:
            for found in session.get_objects({pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE}):
                for part in (found[pkcs11.Attribute.ID], found[pkcs11.Attribute.VALUE]):
                    told += len(part).to_bytes(4, "big") + part
        finally:
            if session is not self._session:
                session.close()
        return bytes(told)

    def _signature(self, pkcs11: Any, rsa: bool, key_id: bytes, data: bytes) -> bytes:
        kind = pkcs11.KeyType.RSA if rsa else pkcs11.KeyType.EC
        key = self._session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, key_type=kind, id=key_id)
        return bytes(key.sign(data, mechanism=pkcs11.Mechanism.RSA_PKCS if rsa else pkcs11.Mechanism.ECDSA))

    def _cmac(self, pkcs11: Any, label: str, message: bytes) -> bytes:
        key = self._keys.get(label)
        if key is None:
            kind, form = pkcs11.ObjectClass.SECRET_KEY, pkcs11.KeyType.AES
            key = self._keys[label] = self._session.get_key(object_class=kind, key_type=form, label=label)
        return bytes(key.sign(message, mechanism=pkcs11.Mechanism.AES_CMAC))


def main() -> None:
    """Answer frames on standard input until it ends."""
    serve(_Token(sys.argv[1], sys.argv[2]).answer)


if __name__ == "__main__":
    main()
