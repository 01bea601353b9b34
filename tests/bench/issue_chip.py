"""One chip written over pcscd against a raw pyscard loop of the very same APDUs, and its bytes against a calculation.

A session's commands fit one session only, so the raw loop is answered by cards that repeat what was recorded: the
same answers, the same flash pages, the same time at the wire. The floor of the bytes is the payload there and back.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import card_files as made
from rows import Row, in_turn, seconds
from smartcard import scard

from appliance.central.personalisation_packet import PacketFile
from appliance.chip import condition
from appliance.chip.profile import load
from appliance.chip.writer import Outcome, WriteOrder, WriteResult, write_card
from appliance.clock import Deadline
from appliance.drivers.chip_encoder import open_chip_encoder
from appliance.drivers.secure_access_module import open_secure_access_module
from hw_sim.card_station import SAM_PIN, CardStation
from hw_sim.vpcd import Chip
from hw_sim.world import World

ROUNDS = 3
TIME_LIMIT, BYTES_LIMIT = 1.15, 1.10
PORTRAIT = 3800
CHUNK, BLOCK, MAC = 239, 16, 8
PROFILE = load("ktpsim-1")


@dataclass(frozen=True)
class Exchange:
    """One command as a chip saw it: the slot it lay in, the answer, and the flash pages it cost."""

    slot: int
    apdu: bytes
    answer: bytes
    pages: int


@dataclass
class Recorded:
    """A chip that writes down what it is asked."""

    chip: Any
    slot: int
    log: list[Exchange]

    @property
    def atr(self) -> bytes:
        return bytes(self.chip.atr)

    @property
    def uid(self) -> bytes:
        return bytes(self.chip.uid)

    @property
    def pages_written(self) -> int:
        return int(self.chip.pages_written)

    def reset(self) -> None:
        self.chip.reset()

    def process(self, apdu: bytes) -> bytes:
        before = self.pages_written
        answer = bytes(self.chip.process(apdu))
        self.log.append(Exchange(self.slot, apdu, answer, self.pages_written - before))
        return answer


@dataclass
class Repeated:
    """A chip that gives the recorded answers, in order, in the recorded time."""

    like: Any
    log: list[Exchange]
    pages_written: int = 0
    at: int = field(default=0, init=False)

    @property
    def atr(self) -> bytes:
        return bytes(self.like.atr)

    @property
    def uid(self) -> bytes:
        return bytes(self.like.uid)

    def reset(self) -> None: ...

    def process(self, apdu: bytes) -> bytes:
        now = self.log[self.at]
        assert now.apdu == apdu
        self.at += 1
        self.pages_written += now.pages
        return now.answer


class Bench:
    """Reader and key card at the speed of life, one blank after another."""

    def __init__(self, station: CardStation) -> None:
        self.station = station
        self.who = made.issuer()
        self.encoder = open_chip_encoder(station.chip_encoder_uri)
        self.sam = open_secure_access_module(station.secure_access_module_uri, SAM_PIN)
        self.log: list[Exchange] = []
        self.card: Any = None
        self.order: WriteOrder | None = None
        self.result: WriteResult | None = None

    def ours(self) -> float:
        """A blank written by our code; seconds."""
        self.station.world.speed = 0.0
        self.log = []
        self.card = self.station.blank()
        self._lay(Recorded(self.card, 0, self.log), Recorded(self.station.sam, 1, self.log))
        self.encoder.open()
        self.sam.open()
        found = condition.prepare(self.encoder, PROFILE, Deadline.after(10))
        content = made.card_files(found.aa_public_key, self.who, PORTRAIT)
        files = tuple(PacketFile(made.FIDS[name], made.sfi(name), data) for name, data in content.items())
        self.order = WriteOrder(os.urandom(16), self.card.uid, files)
        self.log.clear()
        self.station.world.speed = 1.0
        try:
            return seconds(self._write)
        finally:
            self.station.world.speed = 0.0
            self._close()

    def floor(self) -> float:
        """The same commands to the same slots, bare; seconds."""
        mine = [[one for one in self.log if one.slot == slot] for slot in (0, 1)]
        self._lay(Repeated(self.card, mine[0]), Repeated(self.station.sam, mine[1]))
        code, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        assert code == scard.SCARD_S_SUCCESS
        links = [self._connect(context, slot) for slot in (0, 1)]
        commands = [(links[one.slot], list(one.apdu)) for one in self.log]
        self.station.world.speed = 1.0
        try:
            return seconds(lambda: [scard.SCardTransmit(*link, apdu) for link, apdu in commands])
        finally:
            self.station.world.speed = 0.0
            for card, _ in links:
                scard.SCardDisconnect(card, scard.SCARD_UNPOWER_CARD)
            scard.SCardReleaseContext(context)

    def again(self) -> tuple[WriteResult, int]:
        """A second run over the finished card: its result, and the flash pages it cost."""
        self._lay(Recorded(self.card, 0, []), Recorded(self.station.sam, 1, []))
        self.encoder.open()
        self.sam.open()
        before = self.card.pages_written
        assert self.order is not None
        try:
            result = write_card(self.encoder, self.sam, PROFILE, self.order, lambda done, of: None)
        finally:
            self._close()
        return result, self.card.pages_written - before

    def _write(self) -> None:
        assert self.order is not None
        self.result = write_card(self.encoder, self.sam, PROFILE, self.order, lambda done, of: None)

    def _lay(self, card: Chip, sam: Chip) -> None:
        for slot, chip in zip(self.station.slots, (card, sam), strict=True):
            slot.remove()
            slot.wait_until_noticed()
            slot.insert(chip)
        until(lambda: all(self._present(slot) for slot in (0, 1)))

    def _present(self, slot: int) -> bool:
        code, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        assert code == scard.SCARD_S_SUCCESS
        name = self.station.pcscd.reader_name(slot)
        code, states = scard.SCardGetStatusChange(context, 0, [(name, scard.SCARD_STATE_UNAWARE)])
        scard.SCardReleaseContext(context)
        return code == scard.SCARD_S_SUCCESS and bool(states[0][1] & scard.SCARD_STATE_PRESENT)

    def _connect(self, context: Any, slot: int) -> tuple[Any, int]:
        both = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        name = self.station.pcscd.reader_name(slot)
        code, card, protocol = scard.SCardConnect(context, name, scard.SCARD_SHARE_EXCLUSIVE, both)
        assert code == scard.SCARD_S_SUCCESS, scard.SCardGetErrorMessage(code)
        return card, protocol

    def _close(self) -> None:
        self.encoder.close()
        self.sam.close()


def until(holds: Any) -> None:
    """Wait for what pcscd notices by itself, four times a second and more."""
    by = Deadline.after(10)
    while not holds():
        assert not by.passed


def _padded(size: int) -> int:
    return (size // BLOCK + 1) * BLOCK if size else 0


@dataclass(frozen=True)
class Frame:
    """A secured command with its answer, in octets of plain data each way (SCP03 level 33, Amendment D §6.2)."""

    sent: int
    got: int = 0
    le: int = 0

    @property
    def channel(self) -> int:
        """What the secure channel adds: padding to whole blocks, Lc where there was none, and a MAC each way."""
        return _padded(self.sent) - self.sent + (not self.sent) + MAC + _padded(self.got) - self.got + MAC

    @property
    def bare(self) -> int:
        """The plain command: header, Lc and data, Le; data and status word."""
        return 4 + bool(self.sent) + self.sent + self.le + self.got + 2


SELECT, CREATE, ACTIVATE, PUT_KEY = Frame(2), Frame(30), Frame(0), Frame(70, 10, 1)
HANDSHAKE = (5 + 8 + 1 + 31) + (5 + 16 + 2)
"""INITIALIZE UPDATE and EXTERNAL AUTHENTICATE (§7.1), which no plain write has."""
JOURNAL = (SELECT, Frame(0, 106, 1), SELECT, Frame(106), SELECT, Frame(53))


def protocol(sizes: list[int]) -> list[Frame]:
    """The secured commands that a blank's write needs by docs/guides/card-ktpsim-1.md, with one full read-back."""
    frames = [*JOURNAL, ACTIVATE, PUT_KEY]
    for size in sizes:
        chunks = [min(CHUNK, size - begin) for begin in range(0, size, CHUNK)]
        frames += [CREATE, SELECT, *(Frame(one) for one in chunks), SELECT, *(Frame(0, one, 1) for one in chunks)]
    return frames


def rows() -> Iterator[Row]:
    """Time, bytes, and what a second run writes."""
    with TemporaryDirectory(prefix="siaga-bench-") as directory:
        station = CardStation(World(speed=0.0), Path(directory))
        os.environ["PCSCLITE_CSOCK_NAME"] = str(station.pcscd.socket_path)
        with station:
            bench = Bench(station)
            bench.ours()
            ours, floor = in_turn(bench.ours, bench.floor, ROUNDS)
            bench.ours()
            log, order, result = [one for one in bench.log if one.slot == 0], bench.order, bench.result
            second, pages = bench.again()
    assert order is not None and result is not None
    assert (result.outcome, second.outcome) == (Outcome.WRITTEN, Outcome.ALREADY_DONE)
    payload = sum(len(one.data) for one in order.files)
    wire = sum(len(one.apdu) + len(one.answer) for one in log)
    frames = protocol([len(one.data) for one in order.files])
    channel = HANDSHAKE + sum(one.channel for one in frames)
    session = channel + sum(one.bare for one in frames) - 2 * payload
    yield Row(f"chip: {len(log)} commands to the card, at the speed of life", ours, floor, "s", TIME_LIMIT)
    words = f"chip: wire less {session} B of the session by calculation"
    yield Row(words, wire - session, 2 * payload, "B", BYTES_LIMIT)
    yield Row(f"chip: wire less {channel} B of MACs and padding alone", wire - channel, 2 * payload, "B")
    yield Row("chip: flash pages written by a second run", pages, 0, "pages", 0)
