"""The same writer and verifier over chips of other makers: only the profile says what is different about them."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import card_files as made
import pytest
from field import NOW, Field, Keys

from appliance.central.personalisation_packet import PacketFile
from appliance.chip import condition
from appliance.chip import reading as readings
from appliance.chip.condition import State
from appliance.chip.profile import CardProfile, load, parse
from appliance.chip.reading import Reading
from appliance.chip.verifier import Report, fingers_match, read_card, verify_card
from appliance.chip.writer import Outcome, WriteOrder, WriteResult, write_card
from appliance.clock import Deadline
from appliance.devices import ChipEncoder, SecureAccessModule
from appliance.drivers.chip_encoder import open_chip_encoder
from appliance.drivers.secure_access_module import open_secure_access_module
from appliance.faults import DeviceFault, FaultCode
from hw_sim.card import CardFactory, KtpCard
from hw_sim.card_dialect import BY_FID, BY_NAME, FROM_DF, FROM_MF, KTPSIM_1, Dialect
from hw_sim.card_files import LifeCycle
from hw_sim.card_keys import MasterKeys, fresh_uid
from hw_sim.card_station import SAM_PIN, CardStation

FILES = ("COM", "DG1", "DG2", "DG7", "DG11", "DG12", "DG13", "DG15", "FP1", "FP2", "SOD")
PATH = Dialect(
    aid=bytes.fromhex("F0554A492D50415448"), application=FROM_MF, files=FROM_MF, path=bytes.fromhex("DF015015"),
    controls=frozenset({0x00}), silent=False, size_tags=frozenset({0x81}), told_size=0x81, descriptor=b"\x01\x21",
    security_tag=0x86, short_ids=False, largest_data=0xE0, largest_answer=0xE0, active=0x07,
    names={0x2F10 + at: name for at, name in enumerate((*FILES, "JRN"))},
)  # fmt: skip
"""Selects by path from the MF alone and always answers an FCI; sizes under 81; buffers of 224 bytes; no SFI."""
FID = Dialect(
    aid=bytes.fromhex("F0554A492D464944"), application=BY_FID, files=FROM_DF, path=bytes.fromhex("7F4B"),
    controls=frozenset({0x04}), size_tags=frozenset({0x80}), largest_data=0x78, largest_answer=0x80, exact=True,
    names={0xEF20 + 2 * at: name for at, name in enumerate((*FILES, "JRN"))},
)  # fmt: skip
"""Selects its DF by identifier and files by a path from it; sizes under 80 alone; buffers of 120 bytes."""
NAMED = Dialect(
    aid=bytes.fromhex("F0554A492D4E414D45"), files=BY_FID, told_size=0x81, largest_answer=0x100, active=0x07,
    names={0x4440 - at: name for at, name in enumerate((*FILES, "JRN"))},
)  # fmt: skip
"""Selects by name, and its files by identifier alone, as OpenSC does with a card that it does not know."""
CHIPS = {"path": (PATH, {"chunk": 207}), "fid": (FID, {"chunk": 111}), "named": (NAMED, {"chunk": 239})}
P1 = {BY_NAME: "name", BY_FID: "fid", FROM_MF: "path", FROM_DF: "relative"}


def select_of(chip: Dialect) -> str:
    return (
        f'[select]\napplication = "{P1[chip.application]}"\nfiles = "{P1[chip.files]}"\npath = "{chip.path.hex()}"\n'
        f'control = "{"fcp" if 4 in chip.controls else "fci"}"\nsilent = {str(chip.silent).lower()}\n'
    )


def sfi(name: str) -> int:
    return FILES.index(name) + 1


def profile_of(name: str, **changed: int) -> str:
    """The profile of one of the chips, as its maker's papers would have it."""
    chip, limits = CHIPS[name]
    limits = {"largest_data": chip.largest_data, **limits, **changed}
    rows = "".join(
        f'[[files]]\nname = "{one}"\nfid = {chip.fid_of(one)}\nsfi = {sfi(one)}\n'
        f'access = "{"reader" if one in ("FP1", "FP2") else "public"}"\n'
        for one in FILES
    )
    least, most = min(chip.names), max(chip.names)
    return (
        f'name = "{name}"\napplication = "{chip.aid.hex()}"\n[keys]\nfactory = 48\nissued = 49\nreader = 50\n'
        f"[limits]\n{''.join(f'{key} = {value}{chr(10)}' for key, value in limits.items())}"
        f"[identifiers]\nleast = {least}\nmost = {most}\n{select_of(chip)}"
        f'[create]\nsize_tags = {sorted(chip.size_tags)}\ndescriptor = "{chip.descriptor.hex()}"\n'
        f"short_ids = {str(chip.short_ids).lower()}\nsecurity_tag = {chip.security_tag}\n"
        f"[journal]\nfid = {chip.fid_of('JRN')}\nsfi = 30\n"
        f'[security]\npublic = "7FFFFFFFFFFF9000"\nreader = "7FFFFFFFFFFF9090"\n{rows}'
    )


def reading_of(name: str) -> str:
    chip, _ = CHIPS[name]
    return (
        f'name = "{name}"\napplication = "{chip.aid.hex()}"\n{select_of(chip)}'
        f"[limits]\nlargest_answer = {chip.largest_answer}\n[files]\n"
        + "".join(f"{one} = {chip.fid_of(one)}\n" for one in FILES)
    )


@dataclass
class Desk:
    """A blank of such a chip on an encoder, its profile, and a packet for it."""

    profile: CardProfile
    reading: Reading
    card: KtpCard
    encoder: ChipEncoder
    sam: SecureAccessModule
    who: made.Issuer
    files: dict[str, bytes]

    def order(self) -> WriteOrder:
        rows = {item.name: item for item in self.profile.files}
        packed = [PacketFile(rows[name].fid, rows[name].sfi, data) for name, data in self.files.items()]
        return WriteOrder(b"j" * 16, self.card.uid, packed)

    def write(self) -> WriteResult:
        return write_card(self.encoder, self.sam, self.profile, self.order(), lambda done, total: None)

    def verdict(self) -> Report:
        by = Deadline.after(5)
        return verify_card(self.encoder, self.who.root_pem, NOW, by, self.reading, try_to_write=True)


def desk_of(name: str, card: KtpCard, encoder: ChipEncoder, sam: SecureAccessModule) -> Desk:
    who, profile = made.issuer(), parse(profile_of(name))
    key = condition.prepare(encoder, profile, Deadline.after(5)).aa_public_key
    files = made.card_files(key, who)
    return Desk(profile, readings.parse(reading_of(name)), card, encoder, sam, who, files)


@pytest.fixture(params=sorted(CHIPS))
def desk(request: pytest.FixtureRequest) -> Desk:
    masters = MasterKeys.fresh()
    card = CardFactory(masters).blank(fresh_uid(), CHIPS[request.param][0])
    return desk_of(request.param, card, Field(card), Keys(masters))


def is_made_and_proven(desk: Desk) -> None:
    assert condition.inspect(desk.encoder, desk.profile, desk.sam).state is State.BLANK
    result = desk.write()
    assert result.outcome is Outcome.WRITTEN
    report = desk.verdict()
    assert (report.valid, report.reasons) == (True, ())
    content = read_card(desk.encoder, Deadline.after(5), desk.reading)
    assert {**content.files} == {name: data for name, data in desk.files.items() if name not in ("FP1", "FP2")}
    assert content.closed == {"FP1": 0x6982, "FP2": 0x6982}
    fingers = condition.read_fingers(desk.encoder, desk.sam, desk.profile)
    assert fingers_match(report.fields, fingers) and len(fingers) == 2
    found = condition.inspect(desk.encoder, desk.profile, desk.sam)
    assert (found.state, found.job, found.keys_owed) == (State.COMPLETE, b"j" * 16, False)
    pages = desk.card.pages_written
    assert (desk.write().outcome, desk.card.pages_written) == (Outcome.ALREADY_DONE, pages)


def test_a_card_of_another_maker_is_made_and_proven(desk: Desk) -> None:
    is_made_and_proven(desk)
    assert {name: desk.card.dump()[name] for name in FILES} == desk.files


@pytest.mark.daemons
@pytest.mark.parametrize("name", sorted(CHIPS))
def test_the_same_through_the_daemon_and_the_drivers(card_station: CardStation, name: str) -> None:
    encoder = open_chip_encoder(card_station.chip_encoder_uri)
    sam = open_secure_access_module(card_station.secure_access_module_uri, SAM_PIN)
    card = card_station.factory.blank(fresh_uid(), CHIPS[name][0])
    card_station.encoder.insert(card)
    try:
        is_made_and_proven(desk_of(name, card, encoder, sam))
    finally:
        card_station.encoder.remove()
        encoder.close()
        sam.close()


@pytest.mark.daemons
def test_opensc_explorer_reads_every_file_as_it_was_written(card_station: CardStation, tmp_path: Path) -> None:
    encoder = open_chip_encoder(card_station.chip_encoder_uri)
    sam = open_secure_access_module(card_station.secure_access_module_uri, SAM_PIN)
    card = card_station.factory.blank(fresh_uid(), NAMED)
    card_station.encoder.insert(card)
    try:
        desk = desk_of("named", card, encoder, sam)
        desk.write()
        encoder.close()
        lines = [f"get {NAMED.fid_of(name):04X} {tmp_path / name}" for name in FILES if not name.startswith("FP")]
        script = tmp_path / "script"
        script.write_text("\n".join([f"cd aid:{NAMED.aid.hex()}", *lines, "quit", ""]))
        # No MF: this card has none that could be selected.
        line = ["opensc-explorer", "-r", card_station.pcscd.reader_name(0), "-c", "default", "-m", "", str(script)]
        environment = {**os.environ, "PCSCLITE_CSOCK_NAME": str(card_station.pcscd.socket_path)}
        told = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=30)
        assert told.returncode == 0, told.stdout + told.stderr
        read = {name: (tmp_path / name).read_bytes() for name in FILES if (tmp_path / name).exists()}
        assert read == {name: data for name, data in desk.files.items() if not name.startswith("FP")}
        secret = tmp_path / "secret"
        secret.write_text(f"cd aid:{NAMED.aid.hex()}\nget {NAMED.fid_of('FP1'):04X} {tmp_path / 'FP1'}\nquit\n")
        subprocess.run([*line[:-1], str(secret)], env=environment, capture_output=True, timeout=30)
        assert not (tmp_path / "FP1").exists() or (tmp_path / "FP1").read_bytes() == b""
    finally:
        card_station.encoder.remove()
        encoder.close()
        sam.close()


@pytest.mark.parametrize("name", sorted(CHIPS))
def test_a_card_of_another_maker_cut_off_anywhere_is_finished(name: str) -> None:
    masters = MasterKeys.fresh()
    factory, sam = CardFactory(masters), Keys(masters)

    def fresh() -> Desk:
        card = factory.blank(fresh_uid(), CHIPS[name][0])
        return desk_of(name, card, Field(card), sam)

    whole = fresh()
    whole.write()
    for cut in range(1, whole.encoder.commands + 1, 5):  # type: ignore[attr-defined]
        desk = fresh()
        desk.encoder = Field(desk.card, cut)
        with pytest.raises(DeviceFault) as fault:
            desk.write()
        assert fault.value.code is FaultCode.CARD_GONE
        desk.encoder = Field(desk.card)
        assert desk.verdict().valid is (desk.card.life_cycle is LifeCycle.ACTIVATED)
        desk.write()
        assert desk.verdict().valid


@pytest.mark.parametrize("name", sorted(CHIPS))
def test_with_the_usual_profile_it_is_a_foreign_card_and_stays_untouched(name: str) -> None:
    masters = MasterKeys.fresh()
    card = CardFactory(masters).blank(fresh_uid(), CHIPS[name][0])
    encoder = Field(card)
    assert condition.inspect(encoder, load("ktpsim-1"), Keys(masters)).state is State.FOREIGN
    with pytest.raises(DeviceFault) as fault:
        condition.prepare(encoder, load("ktpsim-1"), Deadline.after(5))
    assert fault.value.code is FaultCode.CARD_FOREIGN
    with pytest.raises(DeviceFault) as fault:
        read_card(encoder, Deadline.after(5))
    assert fault.value.code is FaultCode.CARD_FOREIGN
    assert encoder.writes == []


def test_a_usual_card_is_foreign_to_the_other_profiles() -> None:
    masters = MasterKeys.fresh()
    encoder = Field(CardFactory(masters).blank(fresh_uid()))
    for name in CHIPS:
        assert condition.inspect(encoder, parse(profile_of(name)), Keys(masters)).state is State.FOREIGN
    assert encoder.card is not None and encoder.card.dialect is KTPSIM_1


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda text: text.replace("chunk = 207", "chunk = 208"), "limits.chunk does not fit 224 bytes"),
        (lambda text: text.replace(f"fid = {0x2F10}", f"fid = {0x2F11}", 1), "two files have the same fid"),
        (lambda text: text.replace(f"fid = {0x2F10}", f"fid = {0x5015}", 1), "two files have the same fid"),
        (lambda text: text.replace(f"fid = {0x2F10}", f"fid = {0x3F00}", 1), "may be called 3F00"),
        (lambda text: text.replace(f"fid = {0x2F10}", f"fid = {0x2F0F}", 1), "may be called 2F0F"),
        (lambda text: text.replace('path = "df015015"', 'path = "df01501"'), "select.path"),
        (lambda text: text.replace('path = "df015015"', ""), "select.path"),
        (lambda text: text.replace('control = "fci"', 'control = "fmd"'), "select.control"),
        (lambda text: text.replace("silent = false", 'silent = "no"'), "select.silent"),
        (lambda text: text.replace("size_tags = [129]", "size_tags = []"), "create.size_tags"),
    ],
)
def test_a_profile_that_breaks_the_rules_of_its_card_is_refused_in_words(change: object, why: str) -> None:
    text = change(profile_of("path"))  # type: ignore[operator]
    assert text != profile_of("path")
    with pytest.raises(ValueError, match=why):
        parse(text)


def test_short_identifiers_must_differ_where_the_card_takes_them() -> None:
    text = profile_of("fid").replace("sfi = 2\n", "sfi = 1\n")
    with pytest.raises(ValueError, match="same sfi"):
        parse(text)
    assert parse(profile_of("path").replace("sfi = 2\n", "sfi = 1\n"))


@pytest.mark.parametrize("gone", ["application", "largest_answer", "COM", "files", "silent"])
def test_a_description_for_readers_that_lacks_something_is_refused(gone: str) -> None:
    lines = [line for line in reading_of("path").splitlines() if not line.startswith(gone)]
    with pytest.raises(readings.ReadingError):
        readings.parse("\n".join(lines))


def test_the_ministrys_card_cannot_be_read_until_it_is_described() -> None:
    with pytest.raises(readings.ReadingError):
        readings.load("kemendagri-sam")
    with pytest.raises(readings.ReadingError, match="no description"):
        readings.load("other")


def test_profile_and_readers_description_speak_of_the_same_card() -> None:
    profile, reading = load("ktpsim-1"), readings.load("ktpsim-1")
    assert profile.application == reading.application
    assert {item.name: item.fid for item in profile.files} == dict(reading.files)


def test_a_chip_without_its_own_knob_does_not_come_through() -> None:
    """Each knob is needed: with one of them as on the usual card, the card is refused before it is written."""
    masters = MasterKeys.fresh()
    knobs = (
        ("silent = false", "silent = true"),
        ('control = "fci"', 'control = "fcp"'),
        ('files = "path"', 'files = "relative"'),
        ("size_tags = [129]", "size_tags = [128]"),
        ('descriptor = "0121"', 'descriptor = "01"'),
        ("security_tag = 134", "security_tag = 140"),
        ("short_ids = false", "short_ids = true"),
        ("largest_data = 224\nchunk = 207", "largest_data = 255\nchunk = 239"),
    )
    for own, usual in knobs:
        text = profile_of("path")
        assert own in text, own
        card = CardFactory(masters).blank(fresh_uid(), PATH)
        desk = desk_of("path", card, Field(card), Keys(masters))
        desk.profile = parse(text.replace(own, usual).replace("sfi = 30", "sfi = 29"))
        with pytest.raises(DeviceFault):
            desk.write()
        assert not desk.verdict().valid, own
