"""The card's side of GlobalPlatform SCP03 (Card Specification Amendment D 1.1.2), AES-128, i = 60, level 33."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

from hw_sim.apdu import Command

MAC_BYTES = 8
LEVEL_ALL = 0x33
"""C-MAC, C-ENC, R-MAC and R-ENC."""
LARGEST_SECURED_ANSWER = 239
"""Plain bytes that still fit into a 256-byte answer once padded to blocks and followed by the R-MAC."""

_CARD_CRYPTOGRAM, _HOST_CRYPTOGRAM = 0x00, 0x01
_S_ENC, _S_MAC, _S_RMAC = 0x04, 0x06, 0x07


class SecureMessagingError(Exception):
    """A secured command is not what the host meant: wrong MAC, wrong shape or wrong padding."""


@dataclass(frozen=True, slots=True)
class StaticKeys:
    """The three AES-128 keys of one key set on one card."""

    enc: bytes = field(repr=False)
    mac: bytes = field(repr=False)
    dek: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SessionKeys:
    """The keys of one session and the two cryptograms that prove them (Amd D §6.2.1, §6.2.2)."""

    enc: bytes = field(repr=False)
    mac: bytes = field(repr=False)
    rmac: bytes = field(repr=False)
    card_cryptogram: bytes
    host_cryptogram: bytes


def cmac(key: bytes, message: bytes) -> bytes:
    """AES-CMAC (NIST SP 800-38B), 16 bytes."""
    mac = CMAC(algorithms.AES(key))
    mac.update(message)
    return mac.finalize()


def check_value(key: bytes) -> bytes:
    """The key check value: first 3 bytes of AES-ECB(key, 16 × 01)."""
    return _ecb(key, b"\x01" * 16)[:3]


def encrypt_cbc(key: bytes, iv: bytes, data: bytes) -> bytes:
    """AES-CBC over whole blocks."""
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return encryptor.update(data) + encryptor.finalize()


def decrypt_cbc(key: bytes, iv: bytes, data: bytes) -> bytes:
    """AES-CBC over whole blocks, backwards."""
    decryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
    return decryptor.update(data) + decryptor.finalize()


def derive_session(keys: StaticKeys, host_challenge: bytes, card_challenge: bytes) -> SessionKeys:
    """Session keys and cryptograms from the static keys and both 8-byte challenges (Amd D §4.1.5)."""
    context = host_challenge + card_challenge
    mac = _derive(keys.mac, _S_MAC, 128, context)
    return SessionKeys(
        enc=_derive(keys.enc, _S_ENC, 128, context),
        mac=mac,
        rmac=_derive(keys.mac, _S_RMAC, 128, context),
        card_cryptogram=_derive(mac, _CARD_CRYPTOGRAM, 64, context),
        host_cryptogram=_derive(mac, _HOST_CRYPTOGRAM, 64, context),
    )


class CardChannel:
    """One session on the card: first `authenticate`, then `unwrap` and `wrap` in turns."""

    def __init__(self, keys: SessionKeys) -> None:
        self._keys = keys
        self._chaining = bytes(16)
        self._counter = 0
        self.is_open = False

    def authenticate(self, command: Command) -> bool:
        """Take EXTERNAL AUTHENTICATE at level 33; whether MAC and host cryptogram are right."""
        if len(command.data) != 16:
            return False
        cryptogram, mac = command.data[:8], command.data[8:]
        chaining = self._command_mac(command, cryptogram)
        right = hmac.compare_digest(cryptogram, self._keys.host_cryptogram)
        if not (hmac.compare_digest(mac, chaining[:MAC_BYTES]) and right):
            return False
        self._chaining = chaining
        self.is_open = True
        return True

    def unwrap(self, command: Command) -> Command:
        """Check and decrypt one secured command; raises SecureMessagingError, after which the session is over."""
        if len(command.data) < MAC_BYTES:
            raise SecureMessagingError("no MAC")
        secret, mac = command.data[:-MAC_BYTES], command.data[-MAC_BYTES:]
        chaining = self._command_mac(command, secret)
        if not hmac.compare_digest(mac, chaining[:MAC_BYTES]):
            raise SecureMessagingError("wrong MAC")
        self._chaining = chaining
        self._counter += 1
        plain = self._decrypt(secret) if secret else b""
        return Command(command.cla & ~0x04, command.ins, command.p1, command.p2, plain, command.le)

    def wrap(self, data: bytes, sw: int) -> bytes:
        """The protected answer to the command unwrapped last; an error status word goes out bare (Amd D §6.2.5)."""
        status = sw.to_bytes(2, "big")
        if sw != 0x9000 and sw >> 8 not in (0x62, 0x63):
            return status
        secret = b""
        if data:
            iv = _ecb(self._keys.enc, b"\x80" + self._counter.to_bytes(15, "big"))
            secret = encrypt_cbc(self._keys.enc, iv, _pad(data))
        return secret + cmac(self._keys.rmac, self._chaining + secret + status)[:MAC_BYTES] + status

    def _command_mac(self, command: Command, data: bytes) -> bytes:
        header = bytes([command.cla, command.ins, command.p1, command.p2, len(data) + MAC_BYTES])
        return cmac(self._keys.mac, self._chaining + header + data)

    def _decrypt(self, secret: bytes) -> bytes:
        if len(secret) % 16:
            raise SecureMessagingError("not whole blocks")
        padded = decrypt_cbc(self._keys.enc, _ecb(self._keys.enc, self._counter.to_bytes(16, "big")), secret)
        plain, mark, rest = padded.rpartition(b"\x80")
        if not mark or rest.strip(b"\x00") or len(rest) >= 16:
            raise SecureMessagingError("wrong padding")
        return plain


def _derive(key: bytes, constant: int, bits: int, context: bytes) -> bytes:
    """One block of the SP 800-108 counter-mode derivation; 64 or 128 bits never need a second."""
    label = bytes(11) + bytes([constant])
    return cmac(key, label + b"\x00" + bits.to_bytes(2, "big") + b"\x01" + context)[: bits // 8]


def _ecb(key: bytes, block: bytes) -> bytes:
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return encryptor.update(block) + encryptor.finalize()


def _pad(data: bytes) -> bytes:
    return data + b"\x80" + bytes(-(len(data) + 1) % 16)
