"""What the key module works out, against published answers: three sessions of real cards (osmocom pySim's test set,
AES-128, levels 11, 03 and 33) and the example of NXP AN10922."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

from appliance.chip.secure_channel import SecureChannel
from appliance.devices import SessionKeys
from appliance.drivers.scp03_keys import CardKeys, diversification_input, put_key_data, session_keys

KEYS = CardKeys(bytes(range(16)), bytes(range(16, 32)), bytes(range(32, 48)))
SESSIONS = {
    # host challenge, card challenge, card cryptogram, host cryptogram, head of EXTERNAL AUTHENTICATE, its MAC
    "level 11": ("b13e5f938fc108c4", "3eb51047495b249f", "66c484c1d2ef1948", "7d5f5826a993ebc8", "8482110010",
                 "9eea24957fa0b3ce"),
    "level 03": ("8e1552d0513c60f3", "30760cd2c47c1dd3", "95065fe5ead8a9d7", "fd4721a14d9b0700", "8482030010",
                 "3c451d2f8ae6bb21"),
    "level 33": ("fdf38259a1e0de44", "3b1aca81e821f219", "081cdc01c26b372d", "8c36f96bcc00724a", "8482330010",
                 "4e13ad591d7da3f0"),
}  # fmt: skip
MASTER, UID, AID, SYSTEM = "00112233445566778899AABBCCDDEEFF", "04782E21801D80", "3042F5", b"NXP Abu"
DIVERSIFIED = "A8DD63A3B89D54B37CA802473FDA9175"
"""AN10922 §2.2.1."""


def cmac(key: bytes, message: bytes) -> bytes:
    mac = CMAC(algorithms.AES(key))
    mac.update(message)
    return mac.finalize()


def opened(name: str) -> SessionKeys:
    host, card, cryptogram = (bytes.fromhex(one) for one in SESSIONS[name][:3])
    found = session_keys(KEYS, host, card, cryptogram)
    assert found is not None
    return found


@pytest.mark.parametrize("name", SESSIONS)
def test_a_published_session_is_opened_and_answered_as_published(name: str) -> None:
    found = opened(name)
    _, _, _, host_cryptogram, head, mac = SESSIONS[name]
    assert found.host_cryptogram.hex() == host_cryptogram
    assert cmac(found.mac, bytes(16) + bytes.fromhex(head + host_cryptogram))[:8].hex() == mac


def test_the_keys_of_the_full_level_secure_commands_as_published() -> None:
    channel = SecureChannel(opened("level 33"))
    assert channel.external_authenticate().hex() == "84823300108c36f96bcc00724a4e13ad591d7da3f0"
    secured = channel.wrap(bytes.fromhex("80E2910006BF3E035C015A00"))
    assert secured.hex() == "84e2910018267a85dfe4a98fca6fb0527e0dfecce4914e40401433c87f00"


@pytest.mark.parametrize("position", range(3))
def test_a_card_that_answers_otherwise_is_not_genuine(position: int) -> None:
    values = [bytearray.fromhex(one) for one in SESSIONS["level 33"][:3]]
    values[position][5] ^= 1
    assert session_keys(KEYS, *map(bytes, values)) is None


def test_diversification_as_nxp_publishes_it() -> None:
    source = diversification_input(bytes.fromhex(UID), bytes.fromhex(AID), SYSTEM)
    assert source.hex().upper() == f"01{UID}{AID}{SYSTEM.hex().upper()}"
    assert cmac(bytes.fromhex(MASTER), source).hex().upper() == DIVERSIFIED


@pytest.mark.parametrize("count", [8, 25])
def test_an_input_that_plain_cmac_would_not_pad_as_published_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match="17 to 32"):
        diversification_input(bytes(7), bytes(count), b"")


def test_new_keys_travel_under_the_old_one() -> None:
    """PUT KEY as the Card Specification has it (§11.8.2.3): key type 88, length, key under DEK, check value."""
    new = CardKeys(*(bytes([at]) * 16 for at in (0xA1, 0xB2, 0xC3)))
    data = put_key_data(0x31, new, KEYS.dek)
    assert (data[0], len(data)) == (0x31, 1 + 3 * 23)
    for at, key in enumerate((new.enc, new.mac, new.dek)):
        block = data[1 + 23 * at : 24 + 23 * at]
        assert (block[:3], block[19]) == (b"\x88\x11\x10", 3)
        decryptor = Cipher(algorithms.AES(KEYS.dek), modes.CBC(bytes(16))).decryptor()
        assert decryptor.update(block[3:19]) == key
        encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
        assert block[20:] == encryptor.update(b"\x01" * 16)[:3]
