"""Master keys of the simulated world and what each card gets of them (NXP AN10922 diversification)."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ec

from hw_sim.scp03 import StaticKeys, cmac

CARD_AID = bytes.fromhex("F04B545053494D01")
FACTORY, ISSUED, READER = 0x30, 0x31, 0x32
"""Key set versions: the factory's, the issued card's (both may write), the reader's (opens the fingers)."""

_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True, slots=True)
class MasterKeys:
    """The masters of the three key sets; only the key card and the card factory hold them."""

    sets: dict[int, StaticKeys] = field(repr=False)
    seed: bytes = field(repr=False)

    @classmethod
    def fresh(cls) -> MasterKeys:
        """Random masters for one world."""
        return cls.from_seed(secrets.token_bytes(32))

    @classmethod
    def from_seed(cls, seed: bytes) -> MasterKeys:
        """The same masters for the same seed."""

        def key(version: int, use: str) -> bytes:
            return hashlib.sha256(seed + bytes([version]) + use.encode()).digest()[:16]

        sets = {
            version: StaticKeys(enc=key(version, "ENC"), mac=key(version, "MAC"), dek=key(version, "DEK"))
            for version in (FACTORY, ISSUED, READER)
        }
        return cls(sets, seed)

    def for_card(self, version: int, uid: bytes) -> StaticKeys:
        """The card's own keys of one key set; raises KeyError for an unknown version."""
        return diversify(self.sets[version], uid)

    def authentication_key(self, uid: bytes) -> ec.EllipticCurvePrivateKey:
        """The P-256 key for active authentication that the factory puts on this card."""
        digest = hashlib.sha512(self.seed + b"active authentication" + uid).digest()
        return ec.derive_private_key(int.from_bytes(digest, "big") % (_P256_ORDER - 1) + 1, ec.SECP256R1())


def diversify(masters: StaticKeys, uid: bytes) -> StaticKeys:
    """AES-CMAC(master, 01 ‖ UID ‖ AID ‖ "SIAGA") for each key; the input is above 16 bytes, as plain CMAC needs."""
    source = b"\x01" + uid + CARD_AID + b"SIAGA"
    return StaticKeys(enc=cmac(masters.enc, source), mac=cmac(masters.mac, source), dek=cmac(masters.dek, source))


def fresh_uid(random_bytes: Callable[[int], bytes] = secrets.token_bytes) -> bytes:
    """A 7-byte UID of a made-up manufacturer, first byte 04 (ISO/IEC 14443-3 cascade level 2)."""
    return b"\x04" + random_bytes(6)
