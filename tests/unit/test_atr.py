"""What an answer to reset tells, and what a PC/SC code means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.drivers.atr import extended_lengths, historical_bytes, is_extended
from appliance.drivers.pcsc_codes import exchange_fault, idle_fault
from appliance.faults import FaultCode
from hw_sim.card import CARD_ATR


@pytest.mark.parametrize(
    ("atr", "extended"),
    [
        (CARD_ATR.hex(), False),
        ("3B8A80018031B873840140829000A6", True),
        ("3BD518FF8191FE1FC38073C8211309", False),  # capabilities of one byte only
        ("3B8A80010031C173C80040009000" + "11", True),  # category 00: three bytes of status at the end
        ("3B8F8001804F0CA000000306030001000000006A", False),  # a contactless storage card names no capabilities
        ("3B02145000", False),  # proprietary historical bytes
        ("3B", False),
        ("", False),
    ],
)
def test_extended_lengths_are_read_from_the_capabilities(atr: str, extended: bool) -> None:
    assert extended_lengths(bytes.fromhex(atr)) is extended


def test_historical_bytes_follow_the_interface_bytes() -> None:
    assert historical_bytes(CARD_ATR) == CARD_ATR[4:-1]
    assert historical_bytes(bytes.fromhex("3BD896FF8131FE45") + b"SIAGASAM" + b"\0") == b"SIAGASAM"


@given(st.binary(max_size=40) | st.binary(max_size=33).map(lambda tail: b"\x3b" + tail))
def test_any_atr_is_read_without_trouble(atr: bytes) -> None:
    assert len(historical_bytes(atr)) <= 15
    assert extended_lengths(atr) in (True, False)


@pytest.mark.parametrize(
    ("apdu", "extended"),
    [("00B0000000", False), ("00A4040002ABCD", False), ("00B00000000400", True), ("00D600000001" + "2C", True)],
)
def test_extended_commands_are_known_by_their_zero(apdu: str, extended: bool) -> None:
    assert is_extended(bytes.fromhex(apdu)) is extended


@pytest.mark.parametrize("code", [0x8010000C, 0x80100069, 0x80100068, 0x80100067])
def test_every_sure_way_of_a_card_taken_away_is_one_fault(code: int) -> None:
    assert exchange_fault(code) is FaultCode.CARD_GONE


@pytest.mark.parametrize("code", [0, 0x80100016, 0x80100003, 0x80100011, 0x80100013, 0x8010002F, 0x80100017])
def test_a_code_that_does_not_tell_leads_to_the_question(code: int) -> None:
    assert exchange_fault(code) is None


def test_a_service_that_is_away_is_called_so() -> None:
    for code in (0x8010001D, 0x8010001E):
        assert (idle_fault(code), exchange_fault(code)) == (FaultCode.ENCODER_NO_SERVICE, FaultCode.ENCODER_CUT_OFF)
    assert idle_fault(0x80100013) is FaultCode.ENCODER_NO_SERVICE
    assert idle_fault(0x80100009) is FaultCode.ENCODER_UNREACHABLE
