"""Host side of GlobalPlatform SCP03 at security level 33: C-MAC, C-ENC, R-MAC, R-ENC (Amendment D §6.2), AES-128.

Session keys come from the key card; this module never sees a master key or a card key.
"""

from __future__ import annotations

import hmac

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

from appliance.devices import Answer, SessionKeys
from appliance.faults import DeviceFault, FaultCode

LEVEL = 0x33
MAX_PLAIN = 239
"""Most plain bytes of one command or answer: padded to 240, with the 8-byte MAC 248, within a short APDU."""

_BLOCK = 16
_MAC = 8


def _pad(data: bytes) -> bytes:
    return data + b"\x80" + bytes(-(len(data) + 1) % _BLOCK)


class SecureChannel:
    """One session with one card. Commands are wrapped in the order in which they are sent, each exactly once."""

    def __init__(self, keys: SessionKeys) -> None:
        self._keys = keys
        self._chaining = bytes(_BLOCK)
        self._counter = 0

    def external_authenticate(self) -> bytes:
        """The EXTERNAL AUTHENTICATE command for level 33 (Amendment D §7.1.2); the first command of a session."""
        head = bytes([0x84, 0x82, LEVEL, 0x00, 0x10])
        return head + self._keys.host_cryptogram + self._mac_command(head + self._keys.host_cryptogram)

    def wrap(self, apdu: bytes) -> bytes:
        """A plain short APDU (ISO 7816-4 §5.1, any case) as secured APDU; its Le stays as it is."""
        head, data, le = apdu[:4], b"", apdu[4:5]
        if len(apdu) > 5:
            end = 5 + apdu[4]
            data, le = apdu[5:end], apdu[end:]
        if len(data) > MAX_PLAIN or len(le) > 1:
            raise ValueError("not a short command that can be secured")
        self._counter += 1
        if data:
            data = self._encrypt(_pad(data), bytes(_BLOCK - 4) + self._counter.to_bytes(4))
        secured = bytes([head[0] | 0x04 if head[0] & 0x80 else 0x84]) + head[1:] + bytes([len(data) + _MAC]) + data
        return secured + self._mac_command(secured) + le

    def unwrap(self, answer: Answer) -> Answer:
        """The plain answer; `chip_encoder.auth_failed` if its MAC or padding is wrong.

        An error status word comes without protection (Amendment D §6.2.5) and is passed on with no data.
        """
        if answer.sw != 0x9000 and answer.sw >> 8 not in (0x62, 0x63):
            return Answer(b"", answer.sw)
        data, mac = answer.data[:-_MAC], answer.data[-_MAC:]
        if len(answer.data) < _MAC or len(data) % _BLOCK:
            raise DeviceFault(FaultCode.CARD_AUTH_FAILED, f"{len(answer.data)} bytes are no secured answer")
        right = self._cmac(self._keys.rmac, self._chaining + data + answer.sw.to_bytes(2))[:_MAC]
        if not hmac.compare_digest(mac, right):
            raise DeviceFault(FaultCode.CARD_AUTH_FAILED, "MAC of the answer is wrong")
        if not data:
            return Answer(b"", answer.sw)
        plain = self._decrypt(data, b"\x80" + bytes(_BLOCK - 5) + self._counter.to_bytes(4)).rstrip(b"\x00")
        if plain[-1:] != b"\x80":
            raise DeviceFault(FaultCode.CARD_AUTH_FAILED, "padding of the answer is wrong")
        return Answer(plain[:-1], answer.sw)

    def _mac_command(self, command: bytes) -> bytes:
        self._chaining = self._cmac(self._keys.mac, self._chaining + command)
        return self._chaining[:_MAC]

    @staticmethod
    def _cmac(key: bytes, message: bytes) -> bytes:
        cmac = CMAC(algorithms.AES(key))
        cmac.update(message)
        return cmac.finalize()

    def _vector(self, counter: bytes) -> modes.CBC:
        # The initial chaining vector is the counter encrypted under S-ENC (Amendment D §6.2.6, §6.2.7).
        return modes.CBC(Cipher(algorithms.AES(self._keys.enc), modes.ECB()).encryptor().update(counter))

    def _encrypt(self, plain: bytes, counter: bytes) -> bytes:
        return Cipher(algorithms.AES(self._keys.enc), self._vector(counter)).encryptor().update(plain)

    def _decrypt(self, data: bytes, counter: bytes) -> bytes:
        return Cipher(algorithms.AES(self._keys.enc), self._vector(counter)).decryptor().update(data)
