"""Power cuts at every command of a write and inside updates: no reader ever accepts anything but a whole card.

The card and the key card are the ones that lie behind pcscd elsewhere; here they are called directly, for speed.
"""

from __future__ import annotations

import pytest
from field import PROFILE, Bench, Field, Keys

from appliance.chip.writer import WriteOrder, write_card
from appliance.clock import Deadline
from appliance.devices import Answer, SessionKeys
from appliance.faults import DeviceFault, FaultCode
from hw_sim.card import KtpCard


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench()


def test_a_refused_key_is_tried_once(bench: Bench) -> None:
    card, order, _ = bench.blank()
    seen: list[int] = []

    class Listening(Field):
        def transmit(self, apdu: bytes, by: Deadline) -> Answer:
            seen.append(apdu[1])
            return super().transmit(apdu, by)

    class Wrong(Keys):
        def open_session(self, *question: int | bytes) -> SessionKeys:  # type: ignore[override]
            keys = super().open_session(*question)  # type: ignore[arg-type]
            return SessionKeys(keys.enc, keys.mac, keys.rmac, bytes(8))

    with pytest.raises(DeviceFault) as fault:
        write_card(Listening(card), Wrong(bench.masters), PROFILE, order, lambda done, total: None)
    assert fault.value.code is FaultCode.CARD_AUTH_FAILED
    assert seen == [0xA4, 0x50, 0x82]
    assert card.pages_written == 0


def test_a_write_that_takes_too_long_is_given_up(bench: Bench) -> None:
    card, order, _ = bench.blank()
    with pytest.raises(DeviceFault) as fault:
        write_card(Field(card), bench.sam, PROFILE, order, lambda done, total: None, seconds=0)
    assert fault.value.code is FaultCode.ENCODER_TIMEOUT


def settle(bench: Bench, card: KtpCard, order: WriteOrder, old: str | None, new: str) -> None:
    """After a cut: what a stranger accepts is the old or the new card; after one more call it is the new one."""
    report = bench.verdict(card)
    if report.valid:
        assert report.fields.text["full_name"] in (old, new)
    bench.write(Field(card), order)
    report = bench.verdict(card)
    assert report.valid and report.fields.text["full_name"] == new
    assert set(card.keys.versions) == {0x31, 0x32}


@pytest.mark.parametrize("after", [False, True])
def test_a_first_write_cut_at_every_command(bench: Bench, after: bool) -> None:
    card, order, _ = bench.blank()
    whole = Field(card)
    bench.write(whole, order)
    for cut in range(1, whole.commands + 1):
        card, order, _ = bench.blank()
        with pytest.raises(DeviceFault):
            bench.write(Field(card, cut, after), order)
        settle(bench, card, order, None, "SITI AMINAH")


@pytest.mark.parametrize("after", [False, True])
def test_a_rewrite_for_another_person_cut_at_every_command(bench: Bench, after: bool) -> None:
    card, first, second = bench.blank()
    bench.write(Field(card), first)
    whole = Field(card)
    bench.write(whole, second)
    for cut in range(1, whole.commands + 1):
        card, first, second = bench.blank()
        bench.write(Field(card), first)
        encoder = Field(card, cut, after)
        try:
            bench.write(encoder, second)
        except DeviceFault as fault:
            assert fault.code is FaultCode.CARD_GONE
        else:
            # A signature's length varies by a byte or two, and with it whether a file is replaced or overwritten.
            assert encoder.commands < cut
        settle(bench, card, second, "SITI AMINAH", "BUDI SANTOSO")


def test_updates_torn_at_many_bytes_several_times_over(bench: Bench) -> None:
    for count in range(0, 3600, 61):
        card, first, second = bench.blank()
        bench.write(Field(card), first)
        for tear in (count, count // 2, 7):
            card.tear_after(tear)
            try:
                bench.write(Field(card), second)
            except DeviceFault as fault:
                assert fault.code is FaultCode.CARD_GONE
                report = bench.verdict(card)
                assert not report.valid or report.fields.text["full_name"] == "SITI AMINAH"
        card.tear_after(1 << 30)
        settle(bench, card, second, "SITI AMINAH", "BUDI SANTOSO")
