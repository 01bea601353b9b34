"""The key module behind PKCS#11: master keys that never leave their token (`pkcs11:token=LABEL?module-path=FILE`).

The token holds AES-128 secret keys labelled `30-ENC`, `30-MAC`, `30-DEK` and so on for each key set, sensitive and
not extractable, and takes their CMAC. The keys of one card, which that gives, live here for one call.
"""

from __future__ import annotations

from contextlib import suppress

from appliance.clock import Deadline
from appliance.devices import DeviceStatus, SessionKeys
from appliance.drivers.refused_pins import RefusedPins
from appliance.drivers.scp03_keys import CardKeys, diversification_input, put_key_data, session_keys
from appliance.drivers.transport_pkcs11 import Pkcs11Token, TokenTrouble, parse_uri
from appliance.drivers.wire_log import Tap, no_tap
from appliance.faults import DeviceFault, FaultCode

APPLICATION = bytes.fromhex("F04B545053494D01")
SYSTEM = b"SIAGA"
FACTORY_KEY_VERSION = 0x30
LOGIN_SECONDS = 5.0
WORK_SECONDS = 3.0

_CODES = {
    "A": FaultCode.SAM_ABSENT,
    "M": FaultCode.SAM_ABSENT,
    "T": FaultCode.SAM_ABSENT,
    "P": FaultCode.SAM_PIN_REFUSED,
    "B": FaultCode.SAM_LOCKED,
}


class Pkcs11KeyModule:
    """`appliance.devices.SecureAccessModule` over a PKCS#11 token.

    `application` and `system` enter the diversification. A PIN that a token of this label has refused is not tried
    again, here nor by whoever shares `refused`: tokens count wrong tries and lock.
    """

    def __init__(
        self,
        token: Pkcs11Token,
        pin: str,
        refused: RefusedPins,
        application: bytes = APPLICATION,
        system: bytes = SYSTEM,
    ) -> None:
        self._token = token
        self._pin = pin
        self._refused = refused
        self._application = application
        self._system = system
        self._facts: tuple[str, str] | None = None
        self._refusal: DeviceFault | None = None

    def open(self) -> None:
        """Load the module and log in; raises `sam.absent`, `sam.pin-refused`, `sam.locked` or `sam.error`."""
        if self._refusal is not None:
            raise DeviceFault(self._refusal.code, self._refusal.detail)
        if self._facts is not None:
            return
        label = self._token.address.token
        if self._refused.has(label, self._pin):
            self._refusal = DeviceFault(FaultCode.SAM_PIN_REFUSED, "refused before; it was not tried again")
            raise self._refusal
        try:
            self._facts = self._token.login(self._pin, Deadline.after(LOGIN_SECONDS))
        except TokenTrouble as trouble:
            self.close()
            fault = DeviceFault(_CODES.get(trouble.letter, FaultCode.SAM_ERROR), str(trouble))
            if trouble.letter in "PB":
                self._refusal = fault
                # Where the disk does not take it, it is refused as long as this process lives.
                with suppress(OSError):
                    self._refused.keep(label, self._pin)
            raise fault from trouble

    def close(self) -> None:
        """Log out; never raises."""
        self._facts = None
        self._token.close()

    def status(self) -> DeviceStatus:
        """Whether the token has accepted the PIN, opening it if need be; costs nothing once it is open."""
        try:
            self.open()
        except DeviceFault as fault:
            return DeviceStatus("down", (fault.code.value,), detail={"raw": fault.detail})
        model, serial = self._facts or ("", "")
        return DeviceStatus("ok", model=model, serial=serial, detail={"pin": "yes"})

    def self_test(self) -> DeviceStatus:
        """Log in anew and use each key of the factory's set once."""
        self.close()
        try:
            self._card_keys(FACTORY_KEY_VERSION, bytes(7))
        except DeviceFault as fault:
            return DeviceStatus("down", (fault.code.value,), detail={"raw": fault.detail})
        return self.status()

    def open_session(
        self,
        key_version: int,
        card_uid: bytes,
        host_challenge: bytes,
        card_challenge: bytes,
        card_cryptogram: bytes,
    ) -> SessionKeys:
        """Check the card's cryptogram and derive the session's keys; `sam.error` if the card is not genuine."""
        keys = self._card_keys(key_version, card_uid)
        found = session_keys(keys, host_challenge, card_challenge, card_cryptogram)
        if found is None:
            raise DeviceFault(FaultCode.SAM_ERROR, f"cryptogram of the card is wrong, key set {key_version:02X}")
        return found

    def wrap_keys(self, new_key_version: int, card_uid: bytes) -> bytes:
        """The data field of PUT KEY that rolls this card from its factory keys to those of `new_key_version`."""
        old = self._card_keys(FACTORY_KEY_VERSION, card_uid)
        return put_key_data(new_key_version, self._card_keys(new_key_version, card_uid), old.dek)

    def _card_keys(self, version: int, uid: bytes) -> CardKeys:
        source = diversification_input(uid, self._application, self._system)
        try:
            return self._derived(version, source)
        except TokenTrouble as trouble:
            if trouble.letter not in "SG":
                raise DeviceFault(FaultCode.SAM_ERROR, f"key set {version:02X}: {trouble}") from trouble
        # The child is gone. A CMAC changes nothing on the token, so a new child may take it once more.
        self._facts = None
        try:
            return self._derived(version, source)
        except TokenTrouble as trouble:
            self.close()
            raise DeviceFault(FaultCode.SAM_ERROR, f"key set {version:02X}: {trouble}") from trouble

    def _derived(self, version: int, source: bytes) -> CardKeys:
        self.open()
        by = Deadline.after(WORK_SECONDS)
        return CardKeys(*(self._token.cmac(f"{version:02X}-{use}", source, by) for use in ("ENC", "MAC", "DEK")))


def open_pkcs11_key_module(
    uri: str, pin: str, refused: RefusedPins | None = None, tap: Tap = no_tap
) -> Pkcs11KeyModule:
    """The key module of a `pkcs11:` URI, not yet opened; raises ValueError for a URI of another shape."""
    return Pkcs11KeyModule(Pkcs11Token(parse_uri(uri), tap=tap), pin, refused or RefusedPins())
