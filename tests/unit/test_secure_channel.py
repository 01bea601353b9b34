"""SCP03 against published answers: AES-128, level 33, of osmocom pySim's test set (static keys 00…0F, 10…1F)."""

import pytest
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.cmac import CMAC

from appliance.chip.secure_channel import SecureChannel
from appliance.devices import Answer, SessionKeys
from appliance.faults import DeviceFault, FaultCode

HOST = bytes.fromhex("fdf38259a1e0de44")
CARD = bytes.fromhex("3b1aca81e821f219")
SECURED = bytes.fromhex("f3ba2b1013aa6224f5e1c138d71805c569e5439b47576260b75fc021b25097cb2e68f8a0144975b9")


def derive(key: bytes, constant: int, bits: int) -> bytes:
    cmac = CMAC(algorithms.AES(key))
    cmac.update(bytes(11) + bytes([constant, 0]) + bits.to_bytes(2) + b"\x01" + HOST + CARD)
    return cmac.finalize()[: bits // 8]


def channel() -> SecureChannel:
    enc, mac = bytes(range(16)), bytes(range(16, 32))
    session_mac = derive(mac, 6, 128)
    return SecureChannel(
        SessionKeys(derive(enc, 4, 128), session_mac, derive(mac, 7, 128), derive(session_mac, 1, 64))
    )


def opened() -> SecureChannel:
    session = channel()
    session.external_authenticate()
    session.wrap(bytes.fromhex("80E2910006BF3E035C015A00"))
    return session


def test_commands_are_secured_as_published() -> None:
    session = channel()
    assert session.external_authenticate().hex() == "84823300108c36f96bcc00724a4e13ad591d7da3f0"
    wrapped = session.wrap(bytes.fromhex("80E2910006BF3E035C015A00"))
    assert wrapped.hex() == "84e2910018267a85dfe4a98fca6fb0527e0dfecce4914e40401433c87f00"
    for plain, secured in {
        "80f22002": "84f2200208ac6a59024bed84cc",
        "80ca006600": "84ca006608409912ad8fb7aed000",
        "80f220020a4f0212345c054f9f70c5": "84f22002185f3dafc3ac14c381536a488bf44e06d056df9d74dbd21e5a",
        "80f28002024f0000": "84f280021865165105be3373347d0424d4400af2ac393f569ec779389e00",
    }.items():
        assert session.wrap(bytes.fromhex(plain)).hex() == secured


def test_an_answer_is_opened_as_published() -> None:
    plain = opened().unwrap(Answer(SECURED, 0x9000))
    assert plain == Answer(bytes.fromhex("bf3e125a1089882119900000000000000000000005"), 0x9000)


@pytest.mark.parametrize("position", [0, 20, 31, 32, 39])
def test_an_answer_changed_anywhere_is_refused(position: int) -> None:
    changed = bytearray(SECURED)
    changed[position] ^= 1
    with pytest.raises(DeviceFault) as fault:
        opened().unwrap(Answer(bytes(changed), 0x9000))
    assert fault.value.code is FaultCode.CARD_AUTH_FAILED


def test_a_status_word_is_covered_by_the_mac() -> None:
    with pytest.raises(DeviceFault) as fault:
        opened().unwrap(Answer(SECURED, 0x6282))
    assert fault.value.code is FaultCode.CARD_AUTH_FAILED


def test_success_without_a_mac_is_refused() -> None:
    with pytest.raises(DeviceFault):
        opened().unwrap(Answer(b"", 0x9000))


def test_errors_come_without_protection() -> None:
    assert opened().unwrap(Answer(b"\x01", 0x6A84)) == Answer(b"", 0x6A84)


def test_the_largest_command_fits_a_short_apdu() -> None:
    assert len(opened().wrap(b"\x00\xd6\x00\x00\xef" + bytes(239) + b"\x00")) == 5 + 248 + 1
    with pytest.raises(ValueError, match="short command"):
        opened().wrap(b"\x00\xd6\x00\x00\xf0" + bytes(240) + b"\x00")
