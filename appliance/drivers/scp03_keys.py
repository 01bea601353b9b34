"""What a key module works out for one session with one card, where the keys of the card are at hand; pure.

Diversification by NXP AN10922 §2.2, session keys by GlobalPlatform Amendment D §4.1.5 and §6.2.1, AES-128 only.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

from appliance.devices import SessionKeys

_CARD_CRYPTOGRAM, _HOST_CRYPTOGRAM, _S_ENC, _S_MAC, _S_RMAC = 0x00, 0x01, 0x04, 0x06, 0x07


@dataclass(frozen=True, slots=True)
class CardKeys:
    """The three keys of one key set on one card, 16 bytes each; they live for one call."""

    enc: bytes = field(repr=False)
    mac: bytes = field(repr=False)
    dek: bytes = field(repr=False)


def diversification_input(uid: bytes, application: bytes, system: bytes) -> bytes:
    """What a master key's AES-CMAC is taken of to get a card's key; raises ValueError under 17 bytes.

    AN10922 pads its input to two blocks; an input above one block is padded by CMAC itself in the same way.
    """
    source = b"\x01" + uid + application + system
    if not 17 <= len(source) <= 32:
        raise ValueError(f"{len(source)} bytes cannot be diversified, 17 to 32 can")
    return source


def session_keys(keys: CardKeys, host: bytes, card: bytes, cryptogram: bytes) -> SessionKeys | None:
    """The keys of the session with these two 8-byte challenges; None if the card's 8-byte cryptogram is not right."""
    context = host + card
    mac = _derive(keys.mac, _S_MAC, 16, context)
    if not hmac.compare_digest(_derive(mac, _CARD_CRYPTOGRAM, 8, context), cryptogram):
        return None
    return SessionKeys(
        enc=_derive(keys.enc, _S_ENC, 16, context),
        mac=mac,
        rmac=_derive(keys.mac, _S_RMAC, 16, context),
        host_cryptogram=_derive(mac, _HOST_CRYPTOGRAM, 8, context),
    )


def put_key_data(version: int, new: CardKeys, dek: bytes) -> bytes:
    """The data field of PUT KEY (Card Specification §11.8.2.3, Amendment D §7.2): this key set under the old DEK."""
    return bytes([version]) + b"".join(_key_block(dek, key) for key in (new.enc, new.mac, new.dek))


def _key_block(dek: bytes, key: bytes) -> bytes:
    wrapped = Cipher(algorithms.AES(dek), modes.CBC(bytes(16))).encryptor().update(key)
    check = Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(b"\x01" * 16)[:3]
    return b"\x88\x11\x10" + wrapped + b"\x03" + check


def _derive(key: bytes, constant: int, size: int, context: bytes) -> bytes:
    # SP 800-108 counter mode; the counter stays 1 because nothing longer than one block is derived.
    mac = CMAC(algorithms.AES(key))
    mac.update(bytes(11) + bytes([constant]) + b"\x00" + (8 * size).to_bytes(2) + b"\x01" + context)
    return mac.finalize()[:size]
