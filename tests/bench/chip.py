"""The chip transport against a raw pyscard loop: the same commands to the same card over the same pcscd."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from card_bytes import CountedCard
from key_card import rows_of
from needs import apdu
from rows import Row, in_turn, seconds
from smartcard import scard

from appliance.clock import Deadline
from appliance.drivers.transport_pcsc import PcscTransport, parse_uri
from hw_sim.card_station import CardStation
from hw_sim.world import World

SELECT = bytes.fromhex("00A4040008F04B545053494D0100")
READ = bytes.fromhex("00B0000060")
COMMANDS, ROUNDS = 150, 7
LIMIT = 1.15


def rows() -> Iterator[Row]:
    """One exchange with a card at the speed of life, which the limit is for, and with one that takes no time."""
    with TemporaryDirectory(prefix="siaga-bench-") as directory:
        world = World(speed=0.0)
        station = CardStation(world, Path(directory))
        key_card = CountedCard(station.sam)
        station.sam = key_card  # type: ignore[assignment]
        os.environ["PCSCLITE_CSOCK_NAME"] = str(station.pcscd.socket_path)
        with station:
            station.encoder.insert(station.blank())
            _ours(station, 1)  # waits until the reader knows of the card
            for speed, words, count, limit in (
                (1.0, "chip: one command, card at the speed of life", COMMANDS // 2, LIMIT),
                (0.0, "chip: one command, card that takes no time", COMMANDS * 4, None),
            ):
                world.speed = speed
                ours, floor = in_turn(lambda n=count: _ours(station, n), lambda n=count: _floor(station, n), ROUNDS)
                yield Row(words, ours * 1000, floor * 1000, "ms", limit)
            world.speed = 0.0
            sent, answered = _bytes(station)
            yield Row("chip: bytes of a SELECT and its answer, at the card", sent, apdu(SELECT, answered), "B")
            yield from rows_of(station, key_card)


def _bytes(station: CardStation) -> tuple[int, int]:
    """What the card was sent and sent itself for one command, and how long its answer was without the status word."""
    counted = CountedCard(station.blank())
    station.encoder.remove()
    station.encoder.insert(counted)
    transport = PcscTransport(parse_uri(station.chip_encoder_uri))
    transport.connect(Deadline.after(10))
    before = counted.count
    try:
        answer = transport.transmit(SELECT, Deadline.after(5))
    finally:
        transport.close()
    return counted.count - before, len(answer) - 2


def _ours(station: CardStation, count: int) -> float:
    transport = PcscTransport(parse_uri(station.chip_encoder_uri))
    transport.connect(Deadline.after(10))
    by = Deadline.after(60)
    transport.transmit(SELECT, by)
    try:
        return seconds(lambda: [transport.transmit(READ, by) for _ in range(count)]) / count
    finally:
        transport.close()


def _floor(station: CardStation, count: int) -> float:
    code, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    assert code == scard.SCARD_S_SUCCESS
    name = station.pcscd.reader_name(0)
    both = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
    code, card, protocol = scard.SCardConnect(context, name, scard.SCARD_SHARE_EXCLUSIVE, both)
    assert code == scard.SCARD_S_SUCCESS, scard.SCardGetErrorMessage(code)
    command = list(READ)
    scard.SCardTransmit(card, protocol, list(SELECT))
    try:
        return seconds(lambda: [scard.SCardTransmit(card, protocol, command) for _ in range(count)]) / count
    finally:
        scard.SCardDisconnect(card, scard.SCARD_UNPOWER_CARD)
        scard.SCardReleaseContext(context)
