"""Writing and reading a card through the production drivers, the real pcscd and the key card in the second slot."""

from __future__ import annotations

import hashlib
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from card_files import FIDS, Issuer, card_files, issuer, sfi

from appliance.central.personalisation_packet import PacketFile
from appliance.chip import condition
from appliance.chip.condition import State
from appliance.chip.profile import load
from appliance.chip.verifier import Report, fingers_match, judge, read_card, verify_card
from appliance.chip.writer import Outcome, WriteOrder, WriteResult, write_card
from appliance.clock import Deadline, utc_millis
from appliance.drivers.chip_encoder import PcscChipEncoder, open_chip_encoder
from appliance.drivers.secure_access_module import PcscSecureAccessModule, open_secure_access_module
from appliance.faults import DeviceFault, FaultCode
from hw_sim.card import CardFactory, KtpCard
from hw_sim.card_files import LifeCycle
from hw_sim.card_keys import ISSUED, READER, MasterKeys
from hw_sim.card_station import SAM_PIN, CardStation
from hw_sim.world import Event, When

pytestmark = pytest.mark.daemons

PROFILE = load("ktpsim-1")
SELECT = bytes.fromhex("00A4040008F04B545053494D0100")


@dataclass
class Desk:
    """One blank card on the encoder, the drivers opened, a packet for that card."""

    station: CardStation
    encoder: PcscChipEncoder
    sam: PcscSecureAccessModule
    card: KtpCard
    who: Issuer
    files: dict[str, bytes]
    order: WriteOrder

    def write(self) -> WriteResult:
        return write_card(self.encoder, self.sam, PROFILE, self.order, lambda done, total: None)

    def failed_write(self) -> FaultCode:
        with pytest.raises(DeviceFault) as fault:
            self.write()
        return fault.value.code

    def lay_again(self) -> None:
        self.station.encoder.insert(self.card)

    def verdict(self) -> Report:
        return verify_card(self.encoder, self.who.root_pem, utc_millis(), Deadline.after(5))

    def at(self, name: str, number: int, act: object) -> None:
        def run(event: Event) -> None:
            act()  # type: ignore[operator]

        self.station.world.on(When(name, {"slot": 0, "n": number}), run)


def order_for(files: dict[str, bytes], uid: bytes, job: bytes | None = None) -> WriteOrder:
    packed = [PacketFile(FIDS[name], sfi(name), data) for name, data in files.items()]
    return WriteOrder(job or os.urandom(16), uid, packed)


@pytest.fixture(scope="module")
def who() -> Issuer:
    return issuer()


@pytest.fixture(scope="module")
def encoder(card_station: CardStation) -> Iterator[PcscChipEncoder]:
    device = open_chip_encoder(card_station.chip_encoder_uri)
    device.open()
    yield device
    device.close()


@pytest.fixture(scope="module")
def sam(card_station: CardStation) -> Iterator[PcscSecureAccessModule]:
    device = open_secure_access_module(card_station.secure_access_module_uri, SAM_PIN)
    device.open()
    yield device
    device.close()


@pytest.fixture
def desk(
    card_station: CardStation, encoder: PcscChipEncoder, sam: PcscSecureAccessModule, who: Issuer
) -> Iterator[Desk]:
    card = card_station.blank()
    card_station.encoder.insert(card)
    prepared = condition.prepare(encoder, PROFILE, Deadline.after(5))
    assert prepared.uid == card.uid
    files = card_files(prepared.aa_public_key, who)
    yield Desk(card_station, encoder, sam, card, who, files, order_for(files, card.uid))
    card_station.encoder.remove()


def test_a_blank_becomes_a_valid_card(desk: Desk) -> None:
    assert condition.inspect(desk.encoder, PROFILE, desk.sam).state is State.BLANK
    seen: list[tuple[int, int]] = []
    result = write_card(desk.encoder, desk.sam, PROFILE, desk.order, lambda done, total: seen.append((done, total)))
    assert result.outcome is Outcome.WRITTEN
    assert [done for done, _ in seen] == list(range(1, seen[-1][1] + 1))
    assert result.apdus <= 140 and result.content_bytes == sum(map(len, desk.files.values()))
    report = desk.verdict()
    assert (report.valid, report.reasons) == (True, ())
    assert report.fields.text["nik"] == "9901014101850001"
    assert all(report.hashes.values()) and len(report.hashes) == 7
    content = read_card(desk.encoder, Deadline.after(5))
    assert {name: content.files[name] for name in content.files} == {
        name: data for name, data in desk.files.items() if name not in ("FP1", "FP2")
    }
    assert content.closed == {"FP1": 0x6982, "FP2": 0x6982}
    assert content.as_hex()["COM"] == desk.files["COM"].hex().upper()
    found = condition.inspect(desk.encoder, PROFILE, desk.sam)
    assert (found.state, found.job, found.keys_owed) == (State.COMPLETE, desk.order.job, False)
    assert set(desk.card.keys.versions) == {ISSUED, READER}


def test_the_fingers_open_with_the_reader_keys_and_match_the_signed_hashes(desk: Desk) -> None:
    desk.write()
    fingers = condition.read_fingers(desk.encoder, desk.sam, PROFILE)
    assert fingers == {name: desk.files[name] for name in ("FP1", "FP2")}
    assert fingers_match(desk.verdict().fields, fingers)


def test_a_second_call_writes_nothing(desk: Desk) -> None:
    desk.write()
    pages = desk.card.pages_written
    again = desk.write()
    assert (again.outcome, again.chunks_written, desk.card.pages_written) == (Outcome.ALREADY_DONE, 0, pages)


@pytest.mark.parametrize(("event", "number"), [("apdu", 5), ("apdu-done", 8), ("apdu", 60), ("apdu-done", 100)])
def test_a_card_pulled_and_laid_again_is_finished(desk: Desk, event: str, number: int) -> None:
    desk.at(event, number, desk.station.encoder.remove)
    assert desk.failed_write() is FaultCode.CARD_GONE
    desk.lay_again()
    assert not desk.verdict().valid
    result = desk.write()
    assert result.outcome in (Outcome.WRITTEN, Outcome.RESUMED)
    assert desk.verdict().valid


def test_a_resumed_write_writes_only_what_is_missing(desk: Desk) -> None:
    desk.at("apdu", 60, desk.station.encoder.remove)
    assert desk.failed_write() is FaultCode.CARD_GONE
    desk.lay_again()
    found = condition.inspect(desk.encoder, PROFILE, desk.sam)
    assert (found.state, found.job) == (State.PARTIAL, desk.order.job)
    result = desk.write()
    assert result.outcome is Outcome.RESUMED
    assert 0 < result.chunks_written < sum(-(-len(data) // 239) for data in desk.files.values())
    assert desk.verdict().valid


@pytest.mark.parametrize("count", [150, 6500])
def test_a_torn_write_is_mended(desk: Desk, count: int) -> None:
    desk.card.tear_after(count)
    assert desk.failed_write() is FaultCode.CARD_GONE
    desk.lay_again()
    assert not desk.verdict().valid
    desk.write()
    assert desk.verdict().valid


def test_the_key_roll_is_owed_after_a_cut_behind_activate(desk: Desk) -> None:
    rolled = When("apdu", {"slot": 0, "ins": "D8", "uid": desk.card.uid.hex()})
    desk.station.world.on(rolled, lambda _: desk.station.encoder.remove() and None)
    assert desk.failed_write() is FaultCode.CARD_GONE
    desk.lay_again()
    assert desk.card.life_cycle is LifeCycle.ACTIVATED
    assert condition.inspect(desk.encoder, PROFILE, desk.sam).keys_owed
    assert desk.write().outcome is Outcome.ALREADY_DONE
    assert set(desk.card.keys.versions) == {ISSUED, READER}
    assert desk.verdict().valid


def test_another_job_replaces_the_whole_content(desk: Desk) -> None:
    desk.write()
    other = card_files(desk.files["DG15"][2:], desk.who, portrait_bytes=2500, name="BUDI SANTOSO")
    assert len(other["DG2"]) < len(desk.files["DG2"])
    del other["FP2"]
    order = order_for(other, desk.card.uid)
    result = write_card(desk.encoder, desk.sam, PROFILE, order, lambda done, total: None)
    assert result.outcome is Outcome.WRITTEN
    report = desk.verdict()
    assert report.valid and report.fields.text["full_name"] == "BUDI SANTOSO"
    dump = desk.card.dump()
    assert dump["DG2"] == other["DG2"] and "FP2" not in dump


def test_a_rewrite_cut_anywhere_never_mixes_two_people(desk: Desk) -> None:
    desk.write()
    other = card_files(desk.files["DG15"][2:], desk.who, name="BUDI SANTOSO")
    order = order_for(other, desk.card.uid)
    for number in (6, 9, 60):
        desk.lay_again()
        desk.at("apdu-done", number, desk.station.encoder.remove)
        with pytest.raises(DeviceFault):
            write_card(desk.encoder, desk.sam, PROFILE, order, lambda done, total: None)
        desk.lay_again()
        report = desk.verdict()
        assert not report.valid or report.fields.text["full_name"] == "SITI AMINAH"
    write_card(desk.encoder, desk.sam, PROFILE, order, lambda done, total: None)
    assert desk.verdict().fields.text["full_name"] == "BUDI SANTOSO"


def test_another_card_is_refused_untouched(desk: Desk) -> None:
    other = desk.station.blank()
    desk.station.encoder.insert(other)
    assert desk.failed_write() is FaultCode.CARD_WRONG
    assert other.pages_written == 0


def test_a_card_of_other_makers_is_refused_without_trying_a_key(desk: Desk) -> None:
    desk.station.encoder.insert(CardFactory(MasterKeys.fresh()).blank(desk.card.uid))
    assert desk.failed_write() is FaultCode.SAM_ERROR
    assert "82" not in [event.facts["ins"] for event in desk.station.world.history("apdu")[-3:]]


def test_a_card_too_full_is_named(desk: Desk) -> None:
    big = card_files(desk.files["DG15"][2:], desk.who, portrait_bytes=7000)
    with pytest.raises(DeviceFault) as fault:
        order = order_for(big, desk.card.uid)
        write_card(desk.encoder, desk.sam, PROFILE, order, lambda done, total: None)
    assert fault.value.code is FaultCode.CARD_FULL


def test_a_card_whose_memory_does_not_hold_is_found(desk: Desk) -> None:
    wrong = desk.files["DG2"][300] ^ 0xFF

    def forget(event: Event) -> None:
        if "DG2" in desk.card.dump():
            desk.card.files.find(FIDS["DG2"]).content[300] = wrong

    desk.station.world.on(When("apdu", {"slot": 0, "ins": "B0", "uid": desk.card.uid.hex()}), forget, once=False)
    assert desk.failed_write() is FaultCode.CARD_VERIFY_MISMATCH
    assert desk.card.life_cycle is LifeCycle.INITIALISATION


def test_a_spoiled_card_stays_spoiled(desk: Desk) -> None:
    condition.terminate(desk.encoder, desk.sam, PROFILE, desk.card.uid)
    condition.terminate(desk.encoder, desk.sam, PROFILE, desk.card.uid)
    assert condition.inspect(desk.encoder, PROFILE, desk.sam).state is State.TERMINATED
    assert desk.failed_write() is FaultCode.CARD_TERMINATED
    assert "not-active" in desk.verdict().reasons


def test_a_clone_is_told_by_its_key(desk: Desk) -> None:
    desk.write()
    content = read_card(desk.encoder, Deadline.after(5))
    copy = desk.station.blank()
    desk.station.encoder.insert(copy)
    own = read_card(desk.encoder, Deadline.after(5))
    faked = type(content)(content.uid, content.atr, 5, content.files, content.closed, own.challenge, own.response)
    assert judge(faked, desk.who.root_pem, utc_millis()).reasons == ("clone",)


def test_a_stranger_without_the_root_does_not_trust_the_card(desk: Desk) -> None:
    desk.write()
    report = verify_card(desk.encoder, issuer().root_pem, utc_millis(), Deadline.after(5))
    assert report.reasons == ("signer-untrusted",)


def test_a_mute_reader_ends_at_the_deadline(desk: Desk) -> None:
    desk.at("apdu", 3, desk.station.encoder.mute)
    begun = time.monotonic()
    presence = desk.encoder.await_card(Deadline.after(5))
    assert presence.uid == desk.card.uid
    with pytest.raises(DeviceFault) as fault:
        desk.encoder.transmit(bytes.fromhex("00A4040008F04B545053494D0100"), Deadline.after(0.3))
    assert fault.value.code is FaultCode.ENCODER_TIMEOUT
    assert time.monotonic() - begun < 3
    desk.lay_again()
    assert desk.write().outcome is Outcome.WRITTEN


def test_no_card_is_said_in_time(desk: Desk) -> None:
    desk.station.encoder.remove()
    with pytest.raises(DeviceFault) as fault:
        desk.encoder.await_card(Deadline.after(0.6))
    assert fault.value.code is FaultCode.CARD_ABSENT


def test_a_wrong_pin_is_tried_once(card_station: CardStation, sam: PcscSecureAccessModule) -> None:
    sam.close()
    wrong = open_secure_access_module(card_station.secure_access_module_uri, "000000")
    before = card_station.world.count("apdu")
    for _ in range(3):
        with pytest.raises(DeviceFault) as fault:
            wrong.open()
        assert fault.value.code is FaultCode.SAM_PIN_REFUSED
    assert card_station.world.count("apdu") - before == 2
    wrong.close()
    sam.open()
    assert sam.status().level == "ok"


def test_a_reader_that_is_not_there_and_a_service_that_is_not_there(card_station: CardStation) -> None:
    path = card_station.pcscd.socket_path
    other = open_chip_encoder(f"pcsc:No%20such%20reader?socket={path}")
    with pytest.raises(DeviceFault) as fault:
        other.open()
    assert fault.value.code is FaultCode.ENCODER_UNREACHABLE
    assert other.status().level == "down"
    other.close()
    alone = open_chip_encoder(f"pcsc:No%20such%20reader?socket={path}.none")
    with pytest.raises(DeviceFault) as fault:
        alone.open()
    assert fault.value.code is FaultCode.ENCODER_NO_SERVICE
    alone.close()


def test_opensc_reads_every_file_as_it_was_written_and_openssl_accepts_what_it_read(
    desk: Desk, tmp_path: Path
) -> None:
    """Every readable file byte for byte, by a program that knows neither the profile nor the writer."""
    desk.write()
    desk.encoder.close()
    open_files = {name: data for name, data in desk.files.items() if name not in ("FP1", "FP2")}
    line = ["opensc-tool", "-r", desk.station.pcscd.reader_name(0), "-c", "default", "-s", SELECT.hex()]
    asked: list[tuple[str, int]] = []
    for name, data in open_files.items():
        line += ["-s", f"00A4020C02{FIDS[name]:04X}"]
        for start in range(0, len(data), 128):
            asked.append((name, min(128, len(data) - start)))
            line += ["-s", f"00B0{start:04X}{asked[-1][1]:02X}"]
    environment = {**os.environ, "PCSCLITE_CSOCK_NAME": str(desk.station.pcscd.socket_path)}
    try:
        done = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=30)
    finally:
        desk.encoder.open()
    assert done.returncode == 0, done.stderr
    answers = [one for one in done.stdout.split("Sending: ")[1:] if one.startswith("00 B0")]
    read = dict.fromkeys(open_files, b"")
    for (name, count), answer in zip(asked, answers, strict=True):
        assert "SW1=0x90, SW2=0x00" in answer
        # one row shows up to sixteen bytes in hex, three characters each, and then as text
        rows = answer.rpartition("SW1=")[2].splitlines()[1:]
        read[name] += b"".join(
            bytes.fromhex(row[: 3 * min(16, count - 16 * at)]) for at, row in enumerate(rows) if row
        )
    assert read == open_files
    (tmp_path / "sod.der").write_bytes(read["SOD"][4:])
    (tmp_path / "root.pem").write_bytes(desk.who.root_pem)
    verify = ["openssl", "cms", "-verify", "-inform", "DER", "-in", "sod.der", "-CAfile", "root.pem"]
    told = subprocess.run(
        [*verify, "-purpose", "any", "-out", "lds.der"], cwd=tmp_path, capture_output=True, timeout=20
    )
    assert told.returncode == 0, told.stderr
    signed = (tmp_path / "lds.der").read_bytes()
    assert all(hashlib.sha256(data).digest() in signed for name, data in read.items() if name.startswith("DG"))
