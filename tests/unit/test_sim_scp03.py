"""The card's side of SCP03 against a session of a real card, as published with pySim's tests (AES-128, level 33)."""

from hw_sim.apdu import parse
from hw_sim.card_keys import diversify
from hw_sim.scp03 import CardChannel, SecureMessagingError, StaticKeys, cmac, derive_session

KEYS = StaticKeys(
    enc=bytes.fromhex("000102030405060708090a0b0c0d0e0f"),
    mac=bytes.fromhex("101112131415161718191a1b1c1d1e1f"),
    dek=bytes.fromhex("202122232425262728292a2b2c2d2e2f"),
)
HOST_CHALLENGE = bytes.fromhex("fdf38259a1e0de44")
CARD_CHALLENGE = bytes.fromhex("3b1aca81e821f219")
EXTERNAL_AUTHENTICATE = bytes.fromhex("84823300108c36f96bcc00724a4e13ad591d7da3f0")
EXCHANGES = (
    # secured command, its data in clear, answer in clear (None: not published), secured answer
    (
        "84e2910018267a85dfe4a98fca6fb0527e0dfecce4914e40401433c87f00",
        "bf3e035c015a",
        "bf3e125a1089882119900000000000000000000005",
        "f3ba2b1013aa6224f5e1c138d71805c569e5439b47576260b75fc021b25097cb2e68f8a0144975b9",
    ),
    ("84f2200208ac6a59024bed84cc", "", None, None),
    ("84ca006608409912ad8fb7aed000", "", None, None),
    ("84f22002185f3dafc3ac14c381536a488bf44e06d056df9d74dbd21e5a", "4f0212345c054f9f70c5", None, None),
    ("84f280021865165105be3373347d0424d4400af2ac393f569ec779389e00", "4f00", None, None),
)


def opened() -> CardChannel:
    channel = CardChannel(derive_session(KEYS, HOST_CHALLENGE, CARD_CHALLENGE))
    assert channel.authenticate(parse(EXTERNAL_AUTHENTICATE))
    return channel


def test_the_card_cryptogram_of_the_published_session() -> None:
    assert derive_session(KEYS, HOST_CHALLENGE, CARD_CHALLENGE).card_cryptogram.hex() == "081cdc01c26b372d"


def test_the_published_session_command_by_command() -> None:
    channel = opened()
    for secured, clear, answer, secured_answer in EXCHANGES:
        assert channel.unwrap(parse(bytes.fromhex(secured))).data.hex() == clear
        if answer is not None and secured_answer is not None:
            assert channel.wrap(bytes.fromhex(answer), 0x9000).hex() == secured_answer + "9000"


def test_one_wrong_bit_is_refused() -> None:
    for position in (5, 20, 28):
        changed = bytearray.fromhex(EXCHANGES[0][0])
        changed[position] ^= 1
        try:
            opened().unwrap(parse(bytes(changed)))
        except SecureMessagingError:
            continue
        raise AssertionError(f"byte {position} changed unnoticed")


def test_one_wrong_bit_in_the_handshake_is_refused() -> None:
    for position in (2, 5, 13, 20):
        changed = bytearray(EXTERNAL_AUTHENTICATE)
        changed[position] ^= 1
        channel = CardChannel(derive_session(KEYS, HOST_CHALLENGE, CARD_CHALLENGE))
        assert not channel.authenticate(parse(bytes(changed)))


def test_an_error_goes_out_bare_and_a_success_with_its_mac() -> None:
    channel = opened()
    channel.unwrap(parse(bytes.fromhex(EXCHANGES[0][0])))
    assert channel.wrap(b"", 0x6985) == b"\x69\x85"
    assert len(channel.wrap(b"", 0x9000)) == 8 + 2


def test_diversification_as_nxp_publishes_it() -> None:
    # AN10922 §2.2.1: an AES-128 master, a 7-byte UID, a 3-byte AID and the system identifier "NXP Abu"
    master = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
    source = bytes.fromhex("01" + "04782E21801D80" + "3042F5" + "4E585020416275")
    assert cmac(master, source).hex().upper() == "A8DD63A3B89D54B37CA802473FDA9175"
    uid = bytes.fromhex("04782E21801D80")
    own = diversify(StaticKeys(master, master, master), uid)
    assert own.enc == cmac(master, b"\x01" + uid + bytes.fromhex("F04B545053494D01") + b"SIAGA")
