"""The key module behind PKCS#11: SoftHSM holds the masters, and a whole card is written with what it gives."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pkcs11
import pytest
from card_files import FIDS, Issuer, card_files, issuer, sfi

from appliance.central.personalisation_packet import PacketFile
from appliance.chip import condition
from appliance.chip.profile import load
from appliance.chip.verifier import verify_card
from appliance.chip.writer import Outcome, WriteOrder, write_card
from appliance.clock import Deadline, utc_millis
from appliance.drivers.catalogue import open_device
from appliance.drivers.chip_encoder import open_chip_encoder
from appliance.drivers.pkcs11_key_module import Pkcs11KeyModule, open_pkcs11_key_module
from appliance.drivers.refused_pins import RefusedPins
from appliance.drivers.scp03_keys import diversification_input
from appliance.drivers.transport_pkcs11 import parse_uri
from appliance.faults import DeviceFault, FaultCode
from hw_sim.card_station import CardStation
from hw_sim.key_token import KeyToken

PIN = "246810"
PROFILE = load("ktpsim-1")


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory, card_station: CardStation) -> KeyToken:
    token = KeyToken(tmp_path_factory.mktemp("softhsm"), PIN)
    token.take(card_station.masters)
    return token


@pytest.fixture
def module(token: KeyToken) -> Iterator[Pkcs11KeyModule]:
    module = open_pkcs11_key_module(token.uri, PIN)
    module.open()
    yield module
    module.close()


@pytest.fixture(scope="module")
def who() -> Issuer:
    return issuer()


@pytest.mark.daemons
def test_a_whole_card_is_written_verified_and_its_fingers_opened(
    card_station: CardStation, module: Pkcs11KeyModule, who: Issuer
) -> None:
    encoder = open_chip_encoder(card_station.chip_encoder_uri)
    card = card_station.blank()
    card_station.encoder.insert(card)
    try:
        encoder.open()
        files = card_files(condition.prepare(encoder, PROFILE, Deadline.after(5)).aa_public_key, who)
        packed = [PacketFile(FIDS[name], sfi(name), data) for name, data in files.items()]
        order = WriteOrder(os.urandom(16), card.uid, packed)
        assert write_card(encoder, module, PROFILE, order, lambda *_: None).outcome is Outcome.WRITTEN
        assert verify_card(encoder, who.root_pem, utc_millis(), Deadline.after(5)).valid
        assert condition.read_fingers(encoder, module, PROFILE) == {name: files[name] for name in ("FP1", "FP2")}
        assert write_card(encoder, module, PROFILE, order, lambda *_: None).outcome is Outcome.ALREADY_DONE
    finally:
        card_station.encoder.remove()
        encoder.close()


def test_the_key_card_and_the_token_give_the_same_session(card_station: CardStation, module: Pkcs11KeyModule) -> None:
    from hw_sim.scp03 import derive_session

    uid, host, card = os.urandom(7), os.urandom(8), os.urandom(8)
    theirs = derive_session(card_station.masters.for_card(0x31, uid), host, card)
    ours = module.open_session(0x31, uid, host, card, theirs.card_cryptogram)
    assert (ours.enc, ours.mac, ours.rmac) == (theirs.enc, theirs.mac, theirs.rmac)
    assert ours.host_cryptogram == theirs.host_cryptogram
    assert theirs.enc.hex() not in repr(ours)


def test_the_token_diversifies_as_nxp_publishes_it(token: KeyToken, module: Pkcs11KeyModule) -> None:
    """AN10922 §2.2.1, the master key inside the token and not to be had out of it."""
    with pkcs11.lib(token.module).get_token(token_label="SIAGA").open(rw=True, user_pin=PIN) as session:
        master = session.create_object(
            {
                pkcs11.Attribute.CLASS: pkcs11.ObjectClass.SECRET_KEY,
                pkcs11.Attribute.KEY_TYPE: pkcs11.KeyType.AES,
                pkcs11.Attribute.LABEL: "AN10922",
                pkcs11.Attribute.VALUE: bytes.fromhex("00112233445566778899AABBCCDDEEFF"),
                pkcs11.Attribute.TOKEN: True,
                pkcs11.Attribute.SENSITIVE: True,
                pkcs11.Attribute.EXTRACTABLE: False,
                pkcs11.Attribute.SIGN: True,
            }
        )
        source = diversification_input(bytes.fromhex("04782E21801D80"), bytes.fromhex("3042F5"), b"NXP Abu")
        found = module._token.cmac("AN10922", source, Deadline.after(3))
        with pytest.raises(pkcs11.exceptions.AttributeSensitive):
            master[pkcs11.Attribute.VALUE]
        master.destroy()
    assert found.hex().upper() == "A8DD63A3B89D54B37CA802473FDA9175"


def test_a_card_that_is_not_genuine_is_refused(module: Pkcs11KeyModule) -> None:
    with pytest.raises(DeviceFault) as fault:
        module.open_session(0x30, bytes(7), bytes(8), bytes(8), bytes(8))
    assert fault.value.code is FaultCode.SAM_ERROR
    assert "cryptogram" in fault.value.detail


def test_a_key_set_that_is_not_there_is_named(module: Pkcs11KeyModule) -> None:
    with pytest.raises(DeviceFault) as fault:
        module.wrap_keys(0x55, bytes(7))
    assert fault.value.code is FaultCode.SAM_ERROR
    assert fault.value.detail == "key set 55: no such key on the token"


def test_no_master_key_can_be_read_from_the_token(token: KeyToken) -> None:
    with pkcs11.lib(token.module).get_token(token_label="SIAGA").open(user_pin=PIN) as session:
        keys = list(session.get_objects({pkcs11.Attribute.CLASS: pkcs11.ObjectClass.SECRET_KEY}))
        assert len(keys) == 9
        for key in keys:
            with pytest.raises(pkcs11.exceptions.AttributeSensitive):
                key[pkcs11.Attribute.VALUE]


def test_a_wrong_pin_is_tried_once(token: KeyToken) -> None:
    module = open_pkcs11_key_module(token.uri, "111111")
    assert (module.status().level, module.status().reasons) == ("down", (FaultCode.SAM_PIN_REFUSED.value,))
    os.environ.pop("SOFTHSM2_CONF")  # another try would now say that there is no token
    try:
        with pytest.raises(DeviceFault) as fault:
            module.open()
    finally:
        os.environ.update(token.environment)
    assert (fault.value.code, fault.value.detail) == (FaultCode.SAM_PIN_REFUSED, "the PIN is wrong")


def test_a_wrong_pin_is_not_tried_by_the_next_process_either(token: KeyToken, tmp_path: Path) -> None:
    for _ in range(2):
        module = open_pkcs11_key_module(token.uri, "111111", RefusedPins(tmp_path, b"key"))
        with pytest.raises(DeviceFault) as fault:
            module.open()
        assert fault.value.code is FaultCode.SAM_PIN_REFUSED
    assert fault.value.detail == "refused before; it was not tried again"
    right = open_pkcs11_key_module(token.uri, PIN, RefusedPins(tmp_path, b"key"))
    right.open()
    right.close()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("SIAGA", "OTHER"), "no token of this label"),
        (("libsofthsm2.so", "nothing.so"), "the module cannot be loaded"),
    ],
)
def test_what_is_not_there_is_said_and_closes_issuing_only(
    token: KeyToken, change: tuple[str, str], why: str
) -> None:
    module = open_pkcs11_key_module(token.uri.replace(*change), PIN)
    status = module.status()
    assert (status.level, status.reasons) == ("down", (FaultCode.SAM_ABSENT.value,))
    assert status.detail == {"raw": why}


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_module_that_crashes_or_hangs_costs_one_child(
    card_station: CardStation, module: Pkcs11KeyModule, number: signal.Signals
) -> None:
    before = module.wrap_keys(0x31, bytes(7))
    child = module._token._child.process_id
    assert child is not None
    os.kill(child, number)
    assert module.wrap_keys(0x31, bytes(7)) == before
    assert not Path(f"/proc/{child}").exists()


def test_its_own_test_and_its_status(module: Pkcs11KeyModule) -> None:
    assert module.self_test().level == "ok"
    status = module.status()
    assert status.model.startswith("SoftHSM") and status.serial


@pytest.mark.parametrize(
    "uri", ["pkcs11:", "pkcs11:token=A", "pkcs11:token=?module-path=/x", "pkcs11:token=A?module-path=x"]
)
def test_a_broken_address_is_refused(uri: str) -> None:
    with pytest.raises(ValueError, match="module-path"):
        parse_uri(uri)


def test_the_catalogue_knows_it(token: KeyToken) -> None:
    assert isinstance(open_device("secure_access_module", token.uri, sam_pin=PIN), Pkcs11KeyModule)
