"""Parsers of what cards, key cards and key modules answer: one row each."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache

import card_files
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from property.answering import Recorder, Replies, spoken
from property.hostile import Row

from appliance.chip import condition, fields, plan, profile, security_object, selecting, tlv, verifier
from appliance.chip.card_session import CardSession
from appliance.chip.secure_channel import SecureChannel
from appliance.clock import Deadline
from appliance.devices import Answer, SessionKeys
from appliance.drivers import scp03_keys
from appliance.drivers.chip_encoder import PcscChipEncoder
from appliance.drivers.pkcs11_key_module import Pkcs11KeyModule
from appliance.drivers.refused_pins import RefusedPins
from appliance.drivers.secure_access_module import PcscSecureAccessModule
from appliance.drivers.transport_pcsc import PcscAddress, PcscTransport
from appliance.drivers.transport_pkcs11 import Pkcs11Token, TokenAddress, TokenTrouble
from appliance.faults import DeviceFault
from hw_sim.card import CARD_ATR, CardFactory
from hw_sim.card_keys import MasterKeys
from hw_sim.key_card import KeyCard

NIK, UID, JOB = "9972010107710001", bytes.fromhex("04A1B2C3D4E5F6"), "01934f00-job-1"
NOW = time.time_ns() // 1_000_000
MASTERS = MasterKeys.from_seed(b"bytes")
SESSION = SessionKeys(bytes(16), bytes(16), bytes(16), bytes(8))


@cache
def issuer() -> card_files.Issuer:
    return card_files.issuer()


@cache
def files() -> dict[str, bytes]:
    """The files of a card."""
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return card_files.card_files(der, issuer())


def _reader_of(process: Callable[[bytes], bytes], card_atr: bytes) -> Callable[[bytes], bytes]:
    """What the reader's process says, with this card on the reader."""

    def answer(frame: bytes) -> bytes:
        letter, argument = frame[:1], frame[1:]
        done = bytes(4)
        match letter:
            case b"L":
                return done + b"Reader 00 00\0Other 01 00"
            case b"P":
                return done + b"\1"
            case b"C" | b"R":
                return done + card_atr
            case b"T":
                return done + (UID + b"\x90\x00" if argument == bytes.fromhex("FFCA000000") else process(argument))
            case b"F":
                return done + (65_000).to_bytes(4)
            case b"Q":
                return done + b"M"
            case _:
                return done

    return answer


def _slot(child: Replies) -> PcscTransport:
    return PcscTransport(PcscAddress("Reader"), child=child)


class _AnyKeys:
    """A key card that gives the same session for every card."""

    def open_session(self, *_: object) -> SessionKeys:
        return SESSION


def _as_a_stranger(child: Replies) -> None:
    encoder = PcscChipEncoder(_slot(child))
    assert encoder.status().level in ("ok", "down")
    verifier.judge(verifier.read_card(encoder, Deadline.after(2)), issuer().root_pem, NOW)


def _as_an_office(child: Replies) -> None:
    kind = profile.load("ktpsim-1")
    encoder = PcscChipEncoder(_slot(child))
    condition.inspect(encoder, kind, seconds=2)
    condition.prepare(encoder, kind, Deadline.after(2))
    encoder.await_card(Deadline.after(2))
    card = CardSession(encoder, kind, Deadline.after(2))
    card.select_application()
    size = card.size_of(0x0101)
    assert size is None or size >= 0
    card.open_secure(_AnyKeys(), UID, 0x30)  # type: ignore[arg-type]


def _key_card(child: Replies) -> None:
    module = PcscSecureAccessModule(_slot(child), "271828", RefusedPins())
    module.open()
    module.wrap_keys(0x31, UID)
    module.open_session(0x30, UID, bytes(8), bytes(8), bytes(8))


def _told(act: Callable[[Replies], None], process: Callable[[bytes], bytes], card_atr: bytes) -> tuple[bytes, ...]:
    """What was said in a good conversation with a card."""
    recorder = Recorder(_reader_of(process, card_atr))
    with contextlib.suppress(DeviceFault):
        act(recorder)
    return (recorder.said,)


def _blank() -> Callable[[bytes], bytes]:
    return CardFactory(MASTERS).blank(UID).process


def _token(data: bytes) -> None:
    module = Pkcs11KeyModule(Pkcs11Token(TokenAddress("/x.so", "x"), Replies(data)), "1", RefusedPins())
    module.wrap_keys(0x31, UID)
    module.open_session(0x30, UID, bytes(8), bytes(8), bytes(8))


def _secured(data: bytes) -> None:
    channel = SecureChannel(SESSION)
    channel.wrap(bytes.fromhex("00B0000010"))
    channel.unwrap(Answer(data[:-2], int.from_bytes(data[-2:])))


def _file(name: str) -> Callable[[bytes], object]:
    def parse(data: bytes) -> object:
        return verifier.check_files({**files(), name: data}, issuer().root_pem, datetime.now(UTC))

    return parse


def _files(data: bytes) -> None:
    for name in files():
        _file(name)(data)
        with contextlib.suppress(tlv.TlvError):
            fields.decode_fields({name: data})
    with contextlib.suppress(tlv.TlvError):
        tlv.members(data)
    verifier.fingers_match(fields.CardFields({}), {"FP1": data})
    verifier.name_files({0x011E: data})


def _sod(data: bytes) -> None:
    security_object.authenticate(data, issuer().root_pem, datetime.now(UTC))


def _fcp(data: bytes) -> None:
    selecting.told(data, 0x8A, 0x80)
    state = selecting.life_cycle(data)
    assert state is None or 0 <= state <= 0xFF


ROWS = (
    Row(
        "card read by a stranger",
        lambda data: _as_a_stranger(Replies(data)),
        (
            PcscTransport.connect,
            PcscTransport.transmit,
            PcscChipEncoder.await_card,
            PcscChipEncoder.transmit,
            verifier.read_card,
            verifier.judge,
        ),
        lambda: _told(_as_a_stranger, _blank(), CARD_ATR),
        examples=60,
    ),
    Row(
        "card asked by an office",
        lambda data: _as_an_office(Replies(data)),
        (
            condition.inspect,
            condition.prepare,
            CardSession.select_application,
            CardSession.size_of,
            CardSession.open_secure,
            CardSession.ask,
            CardSession.order,
        ),
        lambda: _told(_as_an_office, _blank(), CARD_ATR),
        examples=60,
    ),
    Row(
        "key card",
        lambda data: _key_card(Replies(data)),
        (PcscSecureAccessModule.open, PcscSecureAccessModule.wrap_keys, PcscSecureAccessModule.open_session),
        lambda: _told(_key_card, KeyCard(MASTERS, "271828").process, KeyCard.atr),
    ),
    Row(
        "key module",
        _token,
        (
            Pkcs11Token.login,
            Pkcs11Token.cmac,
            Pkcs11KeyModule.wrap_keys,
            Pkcs11KeyModule.open_session,
            scp03_keys.diversification_input,
            scp03_keys.put_key_data,
            scp03_keys.session_keys,
        ),
        lambda: (spoken(b"KSoftHSM\0001", *[b"K" + bytes(16)] * 9), spoken(b"P")),
        (DeviceFault, TokenTrouble),
    ),
    Row(
        "what a card tells of a file",
        _fcp,
        (selecting.told, selecting.life_cycle),
        lambda: (bytes.fromhex("6F0D840BA0000000180C000001634F"), bytes.fromhex("62098A0105800200408201")),
        (),
        lambda: (b"\x62\x00" * 32_768, b"\x80\x81" * 32_768),
    ),
    Row(
        "secured answer of a card",
        _secured,
        (SecureChannel.unwrap, SecureChannel.wrap),
        lambda: (bytes(16) + bytes(8) + b"\x90\x00", b"\x69\x88"),
    ),
    Row(
        "files of a card",
        _files,
        (
            tlv.element,
            tlv.elements,
            tlv.members,
            tlv.only,
            fields.decode_fields,
            verifier.check_files,
            verifier.name_files,
            verifier.fingers_match,
        ),
        lambda: [content for name, content in files().items() if name != "SOD"],
        (),
        lambda: (b"\x61\x83\x01\x00\x00" * 4000, b"\x61\x00" * 40_000),
        seconds=1.5,
        examples=30,
    ),
    Row(
        "security object",
        _sod,
        (security_object.authenticate, security_object.hash_of),
        lambda: (files()["SOD"],),
        (security_object.SecurityObjectError,),
        lambda: (b"\x77\x82\x40\x00" + b"\x30\x80" * 8192, card_files.tlv(0x77, b"\x30\x83\x01\x00\x00" * 3000)),
        holds=200,
        beside=4 << 20,
        seconds=1.0,
    ),
    Row(
        "journal of a card",
        plan.decode_journal,
        (plan.decode_journal,),
        lambda: (plan.encode_record(plan.JournalRecord(bytes(16), bytes(32), 1)) * 2,),
        (),
    ),
    Row(
        "card profile",
        lambda data: profile.parse(data.decode("utf-8", "replace")),
        (profile.parse,),
        lambda: (b'name = "x"\napplication = "F0"\n[keys]\nfactory = 48\n[[files]]\nname = "COM"\nfid = 1\n',),
        (profile.ProfileError,),
        lambda: (b"a = " + b"[" * 40_000,),
        holds=100,
        beside=2 << 20,
    ),
)
