"""Whatever bytes arrive, card and key card answer with a status word and keep what they hold."""

from hypothesis import given, settings
from hypothesis import strategies as st

from hw_sim.card import CardFactory
from hw_sim.card_keys import MasterKeys
from hw_sim.key_card import KeyCard

MASTERS = MasterKeys.from_seed(b"bytes")
SELECT = bytes.fromhex("00A4040008F04B545053494D0100")
HEADERS = st.sampled_from(
    ["00A4020C02", "00B0", "80503000", "84823300", "84D60000", "84E00000", "80E0", "00CA", "0088"]
)
NOISE = st.binary(max_size=262) | st.builds(
    lambda head, rest: bytes.fromhex(head) + rest, HEADERS, st.binary(max_size=40)
)


@settings(max_examples=60, deadline=None)
@given(st.lists(NOISE, max_size=8))
def test_a_card_survives_noise(commands: list[bytes]) -> None:
    card = CardFactory(MASTERS).blank(b"\x04" + bytes(6))
    card.process(SELECT)
    for command in commands:
        assert 2 <= len(card.process(command)) <= 258
    assert card.dump() == {"JRN": bytes(106)}
    assert card.keys.versions == (0x30, 0x32)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.binary(max_size=60), max_size=8))
def test_a_key_card_survives_noise(commands: list[bytes]) -> None:
    sam = KeyCard(MASTERS, "271828")
    sam.process(bytes.fromhex("00A4040C08F04B545053414D01"))
    for command in commands:
        assert len(sam.process(command)) == 2
