"""The simulated card and key card, driven by a host that derives everything a second time."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

from hw_sim.card import CardFactory, KtpCard
from hw_sim.card_files import CardTorn, LifeCycle
from hw_sim.card_keys import MasterKeys
from hw_sim.key_card import KeyCard

UID = bytes.fromhex("04A1B2C3D4E5F6")
PIN = "271828"
AID = "F04B545053494D01"
SELECT = bytes.fromhex(f"00A4040008{AID}00")
RULE = "8C087FFFFFFFFFFF9000"


def mac_of(key: bytes, message: bytes) -> bytes:
    mac = CMAC(algorithms.AES(key))
    mac.update(message)
    return mac.finalize()


def aes(key: bytes, block: bytes) -> bytes:
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return encryptor.update(block)


class Host:
    """The other side of the channel, with keys from the key card only."""

    def __init__(self, card: KtpCard, sam: KeyCard) -> None:
        self.card, self.sam = card, sam
        self.counter = 0

    def send(self, text: str) -> tuple[bytes, int]:
        answer = self.card.process(bytes.fromhex(text))
        return answer[:-2], int.from_bytes(answer[-2:], "big")

    def begin(self, version: int) -> bytes:
        """INITIALIZE UPDATE and what the key card says to it: three keys and the host cryptogram."""
        assert self.card.process(SELECT)[-2:] == b"\x90\x00"
        host = random.randbytes(8)
        data, sw = self.send(f"8050{version:02X}0008{host.hex()}00")
        assert sw == 0x9000 and data[:13] == UID + bytes(3) + bytes([version, 3, 0x60])
        request = UID + host + data[13:]
        answer = self.sam.process(bytes([0x80, 0x10, version, 0, 31]) + request + b"\0")
        assert answer[-2:] == b"\x90\x00"
        return answer[:-2]

    def open(self, version: int = 0x30) -> Host:
        keys = self.begin(version)
        self.enc, self.mac, self.rmac, cryptogram = keys[:16], keys[16:32], keys[32:48], keys[48:]
        head = bytes.fromhex("8482330010") + cryptogram
        self.chain = mac_of(self.mac, bytes(16) + head)
        assert self.card.process(head + self.chain[:8]) == b"\x90\x00"
        self.counter = 0
        return self

    def secured(self, ins: int, p1: int = 0, p2: int = 0, data: bytes = b"", le: str = "") -> tuple[bytes, int]:
        self.counter += 1
        if data:
            padded = data + b"\x80" + bytes(15 - len(data) % 16)
            data = self.cbc(aes(self.enc, self.counter.to_bytes(16, "big")), padded)
        head = bytes([0x84, ins, p1, p2, len(data) + 8]) + data
        self.chain = mac_of(self.mac, self.chain + head)
        answer = self.card.process(head + self.chain[:8] + bytes.fromhex(le))
        body, sw = answer[:-2], answer[-2:]
        if sw[0] not in (0x90, 0x62, 0x63):
            assert body == b""
            return b"", int.from_bytes(sw, "big")
        assert body[-8:] == mac_of(self.rmac, self.chain + body[:-8] + sw)[:8]
        plain = b""
        if secret := body[:-8]:
            iv = aes(self.enc, b"\x80" + self.counter.to_bytes(15, "big"))
            decryptor = Cipher(algorithms.AES(self.enc), modes.CBC(iv)).decryptor()
            plain = decryptor.update(secret).rstrip(b"\0")[:-1]
        return plain, int.from_bytes(sw, "big")

    def cbc(self, iv: bytes, data: bytes) -> bytes:
        return Cipher(algorithms.AES(self.enc), modes.CBC(iv)).encryptor().update(data)

    def select(self, fid: int) -> int:
        return self.secured(0xA4, 2, 0x0C, fid.to_bytes(2, "big"))[1]

    def create(self, fid: int, size: int, sfi: int = 1) -> int:
        inner = f"8002{size:04X}8102{size:04X}8201018302{fid:04X}8801{sfi:02X}{RULE}"
        return self.secured(0xE0, data=bytes.fromhex(f"62{len(inner) // 2:02X}{inner}"))[1]

    def write(self, fid: int, content: bytes) -> None:
        assert self.create(fid, len(content)) == 0x9000
        for start in range(0, len(content), 239):
            assert self.secured(0xD6, *divmod(start, 256), content[start : start + 239])[1] == 0x9000


@pytest.fixture
def masters() -> MasterKeys:
    return MasterKeys.from_seed(b"unit")


@pytest.fixture
def card(masters: MasterKeys) -> KtpCard:
    return CardFactory(masters).blank(UID)


@pytest.fixture
def sam(masters: MasterKeys) -> Iterator[KeyCard]:
    key_card = KeyCard(masters, PIN)
    assert key_card.process(bytes.fromhex("00A4040C08F04B545053414D01")) == b"\x90\x00"
    assert key_card.process(verify(PIN)) == b"\x90\x00"
    yield key_card


@pytest.fixture
def host(card: KtpCard, sam: KeyCard) -> Host:
    return Host(card, sam)


def verify(pin: str) -> bytes:
    return bytes.fromhex("0020000108") + pin.encode().ljust(8, b"\xff")


def stranger_reads(card: KtpCard, fid: int, le: int = 0) -> tuple[bytes, int]:
    """A reader without keys, from power-on."""
    card.reset()
    card.process(SELECT)
    assert card.process(bytes.fromhex(f"00A4020C02{fid:04X}")) == b"\x90\x00"
    answer = card.process(bytes([0x00, 0xB0, 0, 0, le]))
    return answer[:-2], int.from_bytes(answer[-2:], "big")


def test_a_blank_card_says_so(card: KtpCard) -> None:
    assert card.process(SELECT).hex().upper() == f"62108201388408{AID}8A01039000"
    assert card.dump() == {"JRN": bytes(106)}
    assert card.process(bytes.fromhex("00A4020C020101")) == b"\x6a\x82"


def test_nothing_answers_before_the_application_is_selected(card: KtpCard) -> None:
    assert card.process(bytes.fromhex("00B0000010")) == b"\x69\x85"
    assert card.process(bytes.fromhex("00A40400080102030405060708")) == b"\x6a\x82"


@pytest.mark.parametrize("apdu", ["00B0", "00B00000", "00A402", "00A4020C0201", "00B00000000010", "00A40400000000"])
def test_misshapen_commands_have_a_wrong_length(card: KtpCard, apdu: str) -> None:
    card.process(SELECT)
    assert card.process(bytes.fromhex(apdu)) == b"\x67\x00"


def test_what_is_written_is_read_back_by_strangers(card: KtpCard, host: Host) -> None:
    content = random.randbytes(600)
    host.open().write(0x0102, content)
    assert host.secured(0xB0, 0x00, 0x00, le="EF") == (content[:239], 0x9000)
    assert host.secured(0xB0, 0x02, 0x00, le="EF") == (content[512:], 0x6282)
    assert host.secured(0xB0, 0x02, 0x58, le="01")[1] == 0x6B00
    assert host.secured(0xB0, 0x00, 0x00, le="F0")[1] == 0x6700
    assert stranger_reads(card, 0x0102) == (content[:256], 0x9000)
    assert host.send("00A40204020102" + "00")[0].hex() == "620e800202588201018302010288" + "0101"


def test_fingers_need_a_reader_and_the_journal_needs_personalisation(card: KtpCard, host: Host) -> None:
    host.open().write(0x0201, b"minutiae")
    assert stranger_reads(card, 0x0201)[1] == 0x6982
    assert stranger_reads(card, 0x4A01)[1] == 0x6982
    reader = host.open(0x32)
    assert reader.select(0x0201) == 0x9000
    assert reader.secured(0xB0, le="08") == (b"minutiae", 0x9000)
    assert reader.secured(0xD6, data=b"x")[1] == 0x6982
    assert reader.select(0x4A01) == 0x9000
    assert reader.secured(0xB0, le="08")[1] == 0x6982
    assert reader.secured(0x44)[1] == 0x6982
    assert host.open(0x30).select(0x4A01) == 0x9000
    assert host.secured(0xB0, le="6A") == (bytes(106), 0x9000)


def test_commands_that_change_need_a_session(card: KtpCard) -> None:
    card.process(SELECT)
    for apdu in ("00D6000001AA", "80E00000026200", "00440000", "84440000080102030405060708", "80D83081"):
        assert card.process(bytes.fromhex(apdu)) == b"\x69\x82"


def test_the_card_is_full_at_8192_bytes(host: Host) -> None:
    host.open()
    assert host.create(0x0102, 8192 - 106 + 1) == 0x6A84
    assert host.create(0x0102, 8192 - 106) == 0x9000
    assert host.create(0x0102, 10) == 0x6A89
    assert host.create(0x0101, 1) == 0x6A84
    assert host.secured(0xE4, data=b"\x01\x02")[1] == 0x9000
    assert host.create(0x0101, 1) == 0x9000
    assert host.secured(0xE4, data=b"\x4a\x01")[1] == 0x6982
    assert host.create(0x0999, 1) == 0x6A80


def test_writing_stays_inside_the_file(host: Host) -> None:
    host.open().write(0x0101, bytes(10))
    assert host.secured(0xD6, 0, 5, b"123456")[1] == 0x6A84
    assert host.secured(0xD6, 0, 10, b"1")[1] == 0x6B00
    assert host.secured(0xD6, 0, 5, b"12345")[1] == 0x9000


def test_the_life_cycle(card: KtpCard, host: Host) -> None:
    host.open().write(0x0101, b"A" * 20)
    assert host.secured(0x04)[1] == 0x6985
    assert host.secured(0x44)[1] == 0x9000
    assert host.secured(0xD6, data=b"B")[1] == 0x6985
    assert host.create(0x0102, 5) == 0x6985
    assert host.select(0x4A01) == 0x9000
    assert host.secured(0xD6, data=b"B")[1] == 0x6985
    assert host.secured(0x44)[1] == 0x6985
    assert host.secured(0x04)[1] == 0x9000
    assert card.life_cycle is LifeCycle.DEACTIVATED
    assert host.secured(0xD6, data=b"B")[1] == 0x9000
    assert host.secured(0xE6)[1] == 0x9000
    assert host.send("00CA010F00")[1] == 0x6285
    assert card.process(SELECT).hex()[-10:] == "8a010c9000"


def test_put_key_kills_the_factory_keys(card: KtpCard, host: Host, sam: KeyCard) -> None:
    host.open()
    wrapped = sam.process(bytes.fromhex("80123130" + "07" + UID.hex() + "00"))[:-2]
    assert len(wrapped) == 70
    spoiled = wrapped[:-1] + bytes([wrapped[-1] ^ 1])
    assert host.secured(0xD8, 0x30, 0x81, spoiled, "00")[1] == 0x6A80
    data, sw = host.secured(0xD8, 0x30, 0x81, wrapped, "00")
    assert (sw, data) == (0x9000, b"\x31" + wrapped[21:24] + wrapped[44:47] + wrapped[67:70])
    assert host.secured(0x44)[1] == 0x9000, "the session outlives the keys that opened it"
    assert host.send("8050300008010203040506070800")[1] == 0x6A88
    host.open(0x31)
    assert card.keys.versions == (0x31, 0x32)


def test_ten_wrong_hosts_kill_the_key_set(host: Host) -> None:
    for _ in range(9):
        host.begin(0x32)
        assert host.send("8482330010" + "00" * 16)[1] == 0x6300
    host.open(0x32)
    for _ in range(10):
        host.begin(0x32)
        assert host.send("8482330010" + "00" * 16)[1] == 0x6300
    assert host.send("8050320008010203040506070800")[1] == 0x6983
    host.open(0x30)


def test_the_session_ends_with_an_error_a_selection_and_a_reset(card: KtpCard, host: Host) -> None:
    host.open()
    assert host.send("84A4020C08" + "00" * 8)[1] == 0x6988
    assert host.secured(0x44)[1] == 0x6982
    host.open()
    card.process(SELECT)
    assert host.secured(0x44)[1] == 0x6982
    host.open()
    card.reset()
    card.process(SELECT)
    assert host.secured(0x44)[1] == 0x6982
    assert host.open().secured(0x44)[1] == 0x9000


def test_an_answer_without_a_session_begun(card: KtpCard) -> None:
    card.process(SELECT)
    assert card.process(bytes.fromhex("8482330010" + "00" * 16)) == b"\x69\x85"


@pytest.mark.parametrize("kept", [0, 1, 100, 238])
def test_a_torn_write_leaves_a_prefix_and_garbage(card: KtpCard, host: Host, kept: int) -> None:
    host.open()
    assert host.create(0x0102, 300) == 0x9000
    card.tear_after(kept)
    with pytest.raises(CardTorn):
        host.secured(0xD6, 0, 10, b"N" * 239)
    content = card.dump()["DG2"]
    assert content[: 10 + kept] == bytes(10) + b"N" * kept
    garbage = content[10 + kept : 10 + min(kept + 4, 239)]
    assert garbage and not set(garbage) & {0, ord("N")}
    assert content[10 + kept + len(garbage) :].strip(b"\0") == b""
    card.reset()
    assert stranger_reads(card, 0x0102)[1] == 0x9000
    assert host.open().select(0x0102) == 0x9000
    assert host.secured(0xD6, 0, 10, b"N" * 239)[1] == 0x9000


def test_a_tear_counts_bytes_over_several_writes(card: KtpCard, host: Host) -> None:
    host.open().write(0x0101, bytes(100))
    card.tear_after(30)
    assert host.secured(0xD6, data=b"1" * 20)[1] == 0x9000
    with pytest.raises(CardTorn):
        host.secured(0xD6, 0, 20, b"2" * 20)
    assert card.dump()["DG1"][:30] == b"1" * 20 + b"2" * 10


def test_active_authentication(card: KtpCard, masters: MasterKeys) -> None:
    card.process(SELECT)
    key = serialization.load_der_public_key(card.process(bytes.fromhex("00CA010F00"))[:-2])
    assert isinstance(key, ec.EllipticCurvePublicKey)
    answer = card.process(bytes.fromhex("0088000008") + b"eightbyt" + b"\0")
    signature = encode_dss_signature(int.from_bytes(answer[:32], "big"), int.from_bytes(answer[32:64], "big"))
    key.verify(signature, b"eightbyt", ec.ECDSA(hashes.SHA256()))
    other = CardFactory(masters).blank(UID[:-1] + b"\0")
    other.process(SELECT)
    assert other.process(bytes.fromhex("00CA010F00")) != card.process(bytes.fromhex("00CA010F00"))


def test_the_key_card_wants_its_pin(masters: MasterKeys) -> None:
    sam = KeyCard(masters, PIN)
    request = bytes([0x80, 0x10, 0x30, 0, 31]) + bytes(31) + b"\0"
    assert sam.process(request) == b"\x69\x85"
    sam.process(bytes.fromhex("00A4040C08F04B545053414D01"))
    assert sam.process(request) == b"\x69\x82"
    for left in (4, 3, 2, 1, 0):
        assert sam.process(verify("000000")) == bytes([0x63, 0xC0 | left])
    assert sam.process(verify(PIN)) == b"\x69\x83"
    sam.reset()
    sam.process(bytes.fromhex("00A4040C08F04B545053414D01"))
    assert sam.process(verify(PIN)) == b"\x69\x83"


def test_the_key_card_refuses_a_card_that_is_not_ours(sam: KeyCard) -> None:
    assert sam.process(bytes([0x80, 0x10, 0x30, 0, 31]) + bytes(31) + b"\0") == b"\x69\x88"
    assert sam.process(bytes([0x80, 0x10, 0x44, 0, 31]) + bytes(31) + b"\0") == b"\x6a\x88"
    stranger = CardFactory(MasterKeys.from_seed(b"elsewhere")).blank(UID)
    with pytest.raises(AssertionError):
        Host(stranger, sam).begin(0x30)


def test_a_whole_card_fits_and_reads_back(card: KtpCard, host: Host) -> None:
    sizes = {0x011E: 28, 0x0101: 95, 0x0102: 3888, 0x0201: 178, 0x0202: 177, 0x0107: 780, 0x010B: 154, 0x010C: 55}
    sizes |= {0x010D: 143, 0x010F: 93, 0x011D: 1075}
    files = {fid: hashlib.shake_128(fid.to_bytes(2, "big")).digest(size) for fid, size in sizes.items()}
    host.open()
    for fid, content in files.items():
        host.write(fid, content)
    assert card.files.contents() == files | {0x4A01: bytes(106)}
    assert list(card.dump()) == [
        "COM",
        "SOD",
        "DG1",
        "DG2",
        "DG7",
        "DG11",
        "DG12",
        "DG13",
        "DG15",
        "FP1",
        "FP2",
        "JRN",
    ]
