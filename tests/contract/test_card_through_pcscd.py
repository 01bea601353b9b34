"""The simulated card, read through the real pcscd by two clients that nobody here wrote."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from threading import Event, Timer

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC
from smartcard.CardConnection import CardConnection
from smartcard.CardConnectionDecorator import CardConnectionDecorator
from smartcard.Exceptions import CardConnectionException, NoCardException
from smartcard.scard import SCARD_SHARE_EXCLUSIVE, SCARD_UNPOWER_CARD
from smartcard.System import readers

from hw_sim.card import KtpCard
from hw_sim.card_files import LifeCycle, Role
from hw_sim.card_station import SAM_PIN, CardStation
from hw_sim.world import When

pytestmark = pytest.mark.daemons

SELECT = bytes.fromhex("00A4040008F04B545053494D0100")
DG1 = bytes(range(95))


def connect(name: str) -> CardConnectionDecorator:
    """Connect as soon as pcscd has noticed the card, which it does within 0.4 s."""
    reader = next(reader for reader in readers() if str(reader) == name)
    until = time.monotonic() + 3
    while True:
        connection = reader.createConnection()
        try:
            connection.connect(mode=SCARD_SHARE_EXCLUSIVE, disposition=SCARD_UNPOWER_CARD)
        except (NoCardException, CardConnectionException):
            if time.monotonic() > until:
                raise
            Event().wait(0.02)
            continue
        return connection


def send(connection: CardConnection, apdu: bytes | str) -> tuple[bytes, int]:
    command = bytes.fromhex(apdu) if isinstance(apdu, str) else apdu
    data, sw1, sw2 = connection.transmit(list(command))
    return bytes(data), sw1 << 8 | sw2


class Session:
    """A personalisation session of the card in slot 0, its keys from the key card in slot 1, all over the wire."""

    def __init__(self, connection: CardConnection, station: CardStation, card: KtpCard) -> None:
        self.connection, self.counter = connection, 0
        sam = connect(station.pcscd.reader_name(1))
        assert send(sam, "00A4040C08F04B545053414D01")[1] == 0x9000
        assert send(sam, "0020000108" + SAM_PIN.encode().ljust(8, b"\xff").hex())[1] == 0x9000
        send(connection, SELECT)
        answer, sw = send(connection, "8050300008" + "11" * 8 + "00")
        assert sw == 0x9000
        keys, sw = send(sam, "801030001F" + card.uid.hex() + "11" * 8 + answer[13:].hex() + "00")
        assert (len(keys), sw) == (56, 0x9000)
        sam.disconnect()
        self.enc, self.mac = keys[:16], keys[16:32]
        self.chain = bytes(16)
        assert send(connection, self.sealed(bytes.fromhex("84823300") + b"\x10" + keys[48:])) == (b"", 0x9000)

    def sealed(self, command: bytes) -> bytes:
        mac = CMAC(algorithms.AES(self.mac))
        mac.update(self.chain + command)
        self.chain = mac.finalize()
        return command + self.chain[:8]

    def secured(self, header: str, data: bytes = b"") -> int:
        self.counter += 1
        if data:
            block = Cipher(algorithms.AES(self.enc), modes.ECB()).encryptor()
            iv = block.update(self.counter.to_bytes(16, "big"))
            padded = data + b"\x80" + bytes(15 - len(data) % 16)
            data = Cipher(algorithms.AES(self.enc), modes.CBC(iv)).encryptor().update(padded)
        return send(self.connection, self.sealed(bytes.fromhex("84" + header) + bytes([len(data) + 8]) + data))[1]


@pytest.fixture
def card(card_station: CardStation) -> Iterator[KtpCard]:
    """A card with a DG1 on it, lying in slot 0."""
    card = card_station.blank()
    file = card.files.create(0x0101, 1, len(DG1), Role.PERSO)
    card.files.update(file, 0, DG1, Role.PERSO)
    card_station.encoder.insert(card)
    yield card
    card_station.encoder.remove()
    assert card_station.encoder.wait_until_noticed()


@pytest.fixture
def connection(card: KtpCard, card_station: CardStation) -> Iterator[CardConnectionDecorator]:
    connection = connect(card_station.pcscd.reader_name(0))
    yield connection
    connection.disconnect()


def test_pyscard_reads_atr_uid_and_file(connection: CardConnectionDecorator, card: KtpCard) -> None:
    assert bytes(connection.getATR()) == card.atr
    assert send(connection, "FFCA000000") == (card.uid, 0x9000)
    assert send(connection, SELECT)[1] == 0x9000
    assert send(connection, "00A4020C020101") == (b"", 0x9000)
    assert send(connection, "00B0000000") == (DG1, 0x9000)


def test_opensc_reads_the_same(card: KtpCard, card_station: CardStation) -> None:
    connect(card_station.pcscd.reader_name(0)).disconnect()
    line = ["opensc-tool", "-r", card_station.pcscd.reader_name(0), "-c", "default", "-a"]
    for apdu in (SELECT.hex(), "00A4020C020101", "00B000005F"):
        line += ["-s", apdu]
    environment = {**os.environ, "PCSCLITE_CSOCK_NAME": str(card_station.pcscd.socket_path)}
    done = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, done.stderr
    assert done.stdout.lower().startswith(card.atr.hex(":"))
    rows = done.stdout.split("Sending: 00 B0 00 00 5F")[1].splitlines()
    assert "SW1=0x90, SW2=0x00" in rows[1]
    # one row shows sixteen bytes in hex and then as text
    shown = "".join(row[:48] for row in rows[2:])
    assert bytes.fromhex(shown) == DG1


def test_card_and_key_card_open_a_session_over_the_wire(
    connection: CardConnectionDecorator, card: KtpCard, card_station: CardStation
) -> None:
    Session(connection, card_station, card)
    assert card.keys.role is Role.PERSO
    connection.reconnect(disposition=SCARD_UNPOWER_CARD)
    assert card.keys.role is Role.STRANGER, "a cold reset ends the session"


def test_an_exchange_takes_the_world_no_time(
    connection: CardConnectionDecorator, card_station: CardStation, record_property: pytest.RecordProperty
) -> None:
    send(connection, SELECT)
    send(connection, "00A4020C020101")
    times = []
    for _ in range(300):
        begun = time.perf_counter()
        send(connection, "00B0000010")
        times.append(time.perf_counter() - begun)
    median = sorted(times)[150]
    record_property("apdu_median_ms", round(median * 1000, 3))
    print(f"\nREAD BINARY of 16 bytes: median {median * 1000:.3f} ms, worst {max(times) * 1000:.2f} ms")
    assert median < 0.010, "the acknowledgement of the length is late"


def test_a_rule_takes_the_card_away_before_the_third_command(
    connection: CardConnectionDecorator, card: KtpCard, card_station: CardStation
) -> None:
    when = When("apdu", {"slot": 0, "n": 3, "uid": card.uid.hex()})
    card_station.world.on(when, lambda _: card_station.encoder.remove())
    send(connection, SELECT)
    send(connection, "00A4020C020101")
    with pytest.raises(CardConnectionException):
        send(connection, "00B0000010")
    assert card_station.encoder.card is None


def test_a_torn_write_is_seen_as_a_card_gone_and_is_half_there_afterwards(
    connection: CardConnectionDecorator, card: KtpCard, card_station: CardStation
) -> None:
    session = Session(connection, card_station, card)
    assert session.secured("A4020C", bytes.fromhex("0101")) == 0x9000
    card.tear_after(40)
    with pytest.raises(CardConnectionException):
        session.secured("D60000", b"\xee" * 95)
    connection.disconnect()
    assert card_station.encoder.card is None
    card_station.encoder.insert(card)
    again = connect(card_station.pcscd.reader_name(0))
    send(again, SELECT)
    send(again, "00A4020C020101")
    left = send(again, "00B0000000")[0]
    again.disconnect()
    assert left[:40] == b"\xee" * 40
    assert left[40:44] not in (DG1[40:44], b"\xee" * 4)
    assert left[44:] == DG1[44:]


def test_a_done_write_whose_answer_is_lost(
    connection: CardConnectionDecorator, card: KtpCard, card_station: CardStation
) -> None:
    session = Session(connection, card_station, card)
    when = When("apdu-done", {"slot": 0, "ins": "44", "uid": card.uid.hex()})
    card_station.world.on(when, lambda _: card_station.encoder.remove())
    with pytest.raises(CardConnectionException):
        session.secured("440000")
    assert card.life_cycle is LifeCycle.ACTIVATED


def test_a_mute_reader_answers_again_once_the_card_is_out(
    connection: CardConnectionDecorator, card: KtpCard, card_station: CardStation
) -> None:
    encoder = card_station.encoder
    card_station.world.on(When("apdu", {"slot": 0, "ins": "CA"}), lambda _: encoder.mute())
    send(connection, SELECT)
    helper = Timer(0.5, encoder.remove)
    helper.start()
    begun = time.monotonic()
    with pytest.raises(CardConnectionException):
        send(connection, "00CA010F00")
    assert time.monotonic() - begun > 0.4
    helper.join()
    connection.disconnect()
    encoder.insert(card)
    again = connect(card_station.pcscd.reader_name(0))
    assert send(again, SELECT)[1] == 0x9000
    again.disconnect()


def test_a_swapped_card_shows_its_own_uid(card: KtpCard, card_station: CardStation) -> None:
    name = card_station.pcscd.reader_name(0)
    first = connect(name)
    assert send(first, "FFCA000000")[0] == card.uid
    other = card_station.blank()
    card_station.encoder.insert(other)
    with pytest.raises(CardConnectionException):
        send(first, "FFCA000000")
    first.disconnect()
    second = connect(name)
    assert send(second, "FFCA000000")[0] == other.uid
    second.disconnect()
