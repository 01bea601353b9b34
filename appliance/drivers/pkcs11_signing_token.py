"""A token that holds officials' signing keys and certificates (`pkcs11:token=LABEL?module-path=FILE`).

Key and certificate have the same id (CKA_ID); certificates of the issuing authorities may lie beside them. Keys never
leave the token: digests go in, signatures come out.
"""

from __future__ import annotations

from appliance.clock import Deadline
from appliance.drivers.transport_pkcs11 import Pkcs11Token, TokenTrouble, parse_uri
from appliance.faults import DeviceFault, FaultCode

WORK_SECONDS = 10.0
"""A discrete TPM takes some tenths of a second for a signature, an HSM across a network some more."""


class SigningToken:
    """One token; each use begins and ends its own child and with it its session."""

    def __init__(self, uri: str, seconds: float = WORK_SECONDS) -> None:
        self._address = parse_uri(uri)
        self._seconds = seconds

    def certificates(self) -> tuple[tuple[bytes, bytes], ...]:
        """Id and DER of each certificate on the token; raises `esign.unreachable`."""
        token = Pkcs11Token(self._address)
        try:
            return token.certificates(Deadline.after(self._seconds))
        except TokenTrouble as trouble:
            raise DeviceFault(FaultCode.ESIGN_UNREACHABLE, str(trouble)) from trouble
        finally:
            token.close()

    def sign(self, key_id: bytes, rsa: bool, data: bytes, pin: str) -> bytes:
        """One signature. The PIN is tried once: tokens count wrong tries and lock.

        Raises `esign.wrong_passphrase`, `.not_ready` (locked), `.unreachable` (not asked yet), `.rejected` or
        `.no_answer`.
        """
        token = Pkcs11Token(self._address)
        try:
            self._login(token, pin)
            return token.sign(key_id, rsa, data, Deadline.after(self._seconds))
        except TokenTrouble as trouble:
            code = FaultCode.ESIGN_UNKNOWN if trouble.letter in "SG" else FaultCode.ESIGN_REJECTED
            raise DeviceFault(code, str(trouble)) from trouble
        finally:
            token.close()

    def _login(self, token: Pkcs11Token, pin: str) -> None:
        codes = {"P": FaultCode.ESIGN_AUTH_FAILED, "B": FaultCode.ESIGN_NOT_READY}
        try:
            token.login(pin, Deadline.after(self._seconds))
        except TokenTrouble as trouble:
            raise DeviceFault(codes.get(trouble.letter, FaultCode.ESIGN_UNREACHABLE), str(trouble)) from trouble
