"""The card transport over a card nobody here wrote: jcecard, an OpenPGP card, in the reader's slot."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from jcecard.main import OpenPGPCard

from appliance.clock import Deadline
from appliance.drivers.transport_pcsc import PcscAddress, PcscTransport, parse_uri
from hw_sim.card_station import CardStation

pytestmark = pytest.mark.daemons

SELECT_OPENPGP = bytes.fromhex("00A4040006D27600012401")


class JceCard:
    """jcecard as something that can lie in a slot."""

    uid = b""
    pages_written = 0

    def __init__(self, storage: Path) -> None:
        self._card = OpenPGPCard(storage_path=storage)
        self.atr = bytes(self._card.get_atr())

    def reset(self) -> None:
        self._card.reset()

    def process(self, apdu: bytes) -> bytes:
        return bytes(self._card.process_apdu(apdu))


@pytest.fixture(scope="module")
def address(card_station: CardStation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PcscAddress]:
    card_station.encoder.insert(JceCard(tmp_path_factory.mktemp("jcecard") / "card"))
    yield parse_uri(card_station.chip_encoder_uri)
    card_station.encoder.remove()


@pytest.fixture
def transport(address: PcscAddress) -> Iterator[PcscTransport]:
    transport = PcscTransport(address)
    transport.connect(Deadline.after(10))
    yield transport
    transport.close()


def ask(transport: PcscTransport, apdu: str) -> bytes:
    return transport.transmit(bytes.fromhex(apdu), Deadline.after(5))


def test_data_put_by_us_is_got_by_us_and_by_opensc(address: PcscAddress, transport: PcscTransport) -> None:
    assert transport.transmit(SELECT_OPENPGP, Deadline.after(5))[-2:] == b"\x90\x00"
    login = os.urandom(60).hex().encode().hex()  # 120 characters, since jcecard takes text only
    assert ask(transport, "0020008308" + b"12345678".hex()) == b"\x90\x00"
    assert ask(transport, f"00DA005E78{login}") == b"\x90\x00"
    assert ask(transport, "00CA005E00").hex() == f"{login}9000"
    transport.close()  # the reader is free for a stranger
    commands = [SELECT_OPENPGP.hex(), "00CA005E00"]
    line = ["opensc-tool", "--reader", address.reader, *(part for one in commands for part in ("--send-apdu", one))]
    told = subprocess.run(line, capture_output=True, text=True, timeout=20)
    assert told.returncode == 0, told.stderr
    assert told.stdout.count("SW1=0x90, SW2=0x00") == 2
    rows = re.findall(r"^((?:[0-9A-F]{2} )+)", told.stdout, re.MULTILINE)
    assert "".join(rows).replace(" ", "").lower().endswith(login)


def test_a_wrong_pin_is_a_status_word_and_no_fault(transport: PcscTransport) -> None:
    transport.transmit(SELECT_OPENPGP, Deadline.after(5))
    assert ask(transport, "0020008108" + b"00000000".hex())[:1] in (b"\x69", b"\x63")
    assert ask(transport, "0020008106" + b"123456".hex()) == b"\x90\x00"


def test_what_the_card_does_not_know_is_passed_up_unchanged(transport: PcscTransport) -> None:
    transport.transmit(SELECT_OPENPGP, Deadline.after(5))
    assert ask(transport, "00CA0FFF00")[-2:] in (b"\x6a\x88", b"\x6b\x00", b"\x6a\x82")
