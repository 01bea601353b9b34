"""Recorded wires played back to the production drivers; and a log of whole captures, in which nobody is found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from recordings import acts
from replay import NotAsRecorded, Recording, ReplayedChild, replayed_ipp, replayed_line

from appliance.chip.condition import State
from appliance.clock import Deadline
from appliance.devices import FingerPosition
from appliance.drivers.catalogue import open_device
from appliance.drivers.chip_encoder import PcscChipEncoder
from appliance.drivers.isdv4_pad import IsdV4Pad
from appliance.drivers.printer import document_printer
from appliance.drivers.transport_pcsc import PcscTransport, parse_uri
from appliance.drivers.wire_log import WireLog
from appliance.faults import DeviceFault, FaultCode
from hw_sim.camera import MjpegCamera
from hw_sim.fingers import FingerCache
from hw_sim.people import Person
from hw_sim.sbi_identity import make_identity
from hw_sim.sbi_service import SERIAL, SbiService
from hw_sim.signature_pad import SignaturePad
from hw_sim.world import World
from hw_sim.zfm_module import ZfmModule

PERSON = Person("Uji Coba", 9001)


def encoder(recording: Recording) -> PcscChipEncoder:
    return PcscChipEncoder(PcscTransport(parse_uri("pcsc:ACS?slot=0"), child=ReplayedChild(recording)))


def test_a_card_session() -> None:
    recording = Recording("chip-session")
    status, found, size, fault = acts.card_session(encoder(recording))
    assert (status.level, status.detail) == ("ok", {"card": "yes"})
    assert (found.state, found.life_cycle, len(found.uid)) == (State.BLANK, 3, 7)
    assert (size, fault) == (106, FaultCode.CARD_AUTH_FAILED)
    recording.ended()


def test_a_card_pulled_while_it_is_asked() -> None:
    recording = Recording("chip-card-pulled")
    assert acts.card_pulled(encoder(recording)) is FaultCode.CARD_GONE
    recording.ended()


def test_a_pad_says_what_it_is() -> None:
    recording = Recording("pad-query")
    with replayed_line(recording) as path:
        status = acts.pad_query(IsdV4Pad(path))
    assert (status.level, status.detail["size_mm"]) == ("ok", "100x50")
    recording.ended()


def test_queue_and_printer_with_an_open_cover(tmp_path: Path) -> None:
    recording = Recording("printer-status")
    socket_path = tmp_path / "cups.sock"
    with replayed_ipp(recording, socket_path, acts.PRINTER_PORT):
        printer = document_printer(f"ipp://{str(socket_path).replace('/', '%2F')}/printers/KK")
        status, counter, supplies = acts.printer_status(printer)
        printer.close()
    assert (status.level, status.reasons) == ("down", (FaultCode.PRINTER_COVER_OPEN.value,))
    assert (counter, supplies) == (1000, {"black toner": 100})
    recording.ended()


def test_another_request_than_the_recorded_one_fails() -> None:
    recording = Recording("chip-session")
    device = encoder(recording)
    device.open()
    device.status()
    with pytest.raises(NotAsRecorded):
        device.status()
    with pytest.raises(AssertionError, match="line"):
        recording.ended()


def test_a_recording_that_was_not_played_to_its_end_fails() -> None:
    recording = Recording("chip-session")
    encoder(recording).open()
    with pytest.raises(NotAsRecorded, match="not played"):
        recording.ended()


@pytest.fixture
def log(tmp_path: Path) -> Iterator[WireLog]:
    log = WireLog(tmp_path / "wire")
    yield log
    log.close()


def told(tmp_path: Path) -> bytes:
    """All bytes that the log kept, one after the other."""
    return b"".join(bytes.fromhex(json.loads(line)["bytes"]) for line in (tmp_path / "wire").read_text().splitlines())


def test_no_face_gets_into_the_log(log: WireLog, tmp_path: Path) -> None:
    camera = MjpegCamera(World(speed=0))
    camera.world.people["at_camera"] = PERSON
    camera.start()
    device = open_device("camera", camera.uri, tap=log.tap("camera"))
    frames = list(islice(device.preview(), 3))  # type: ignore[attr-defined]
    device.close()
    camera.stop()
    kept = told(tmp_path)
    assert kept.startswith(b"GET /stream200 multipart/x-mixed-replace")
    assert len(kept) < 200 and not any(frame[100:116] in kept for frame in frames)


def test_no_finger_gets_into_the_log(log: WireLog, tmp_path: Path) -> None:
    identity, root = make_identity(SERIAL)
    cache = FingerCache(Path(__file__).parents[2] / "build" / "fingers")
    service = SbiService(World(speed=0), cache, identity, ports=(0,))
    service.world.people["at_scanner"] = PERSON
    service.start()
    device = open_device("fingerprint_scanner", service.uri, scanner_roots=root, tap=log.tap("fingerprint_scanner"))
    device.capture((FingerPosition.RIGHT_THUMB,), 40, Deadline.after(20))  # type: ignore[attr-defined]
    service.stop()
    kept = told(tmp_path)
    assert b"RCAPTURE /capture" in kept and b"bioValue" not in kept and b"biometrics" not in kept
    after = kept[kept.index(b"RCAPTURE /capture") :]
    assert after == b"RCAPTURE /capture"


def test_a_serial_modules_commands_and_answers_are_in_the_log_and_no_dot_of_its_picture(
    log: WireLog, tmp_path: Path
) -> None:
    cache = FingerCache(Path(__file__).parents[2] / "build" / "fingers")
    module = ZfmModule(World(speed=0), cache, tmp_path / "module")
    module.world.people["at_scanner"], module.on_glass = PERSON, "right_thumb"
    module.start()
    device = open_device("fingerprint_scanner", module.uri, tap=log.tap("fingerprint_scanner"))
    device.capture((FingerPosition.RIGHT_THUMB,), 40, Deadline.after(20))  # type: ignore[attr-defined]
    device.close()
    module.stop()
    lines = [json.loads(line) for line in (tmp_path / "wire").read_text().splitlines()]
    asked = [bytes.fromhex(line["bytes"])[9] for line in lines if line["dir"] == "out"]
    assert asked == [0x13, 0x0F, 0x01, 0x0A], "password, parameters, take a picture, send it"
    kept = [bytes.fromhex(line["bytes"]) for line in lines if line["dir"] == "in"]
    assert bytes.fromhex("EF01FFFFFFFF07000300000A") in kept, "the answer that a picture is taken"
    assert max(map(len, kept)) <= 28, "the parameters are the longest that is told"
    assert sum(line.get("hidden", [0, 0])[1] for line in lines) > 36_864


def test_no_stroke_gets_into_the_log(log: WireLog, tmp_path: Path) -> None:
    tablet = SignaturePad(World(speed=0))
    tablet.world.people["at_pad"] = PERSON
    tablet.start()
    device = IsdV4Pad(tablet.path, rest_s=0.15, tap=log.tap("signature_pad"))
    assert device.sign(Deadline.after(5))
    device.close()
    tablet.stop()
    kept = told(tmp_path)
    assert kept.startswith(b"0*\xc0") and kept.endswith(b"10")
    assert len(kept) == 2 + 11 + 2


def test_a_device_that_is_away_is_seen_in_the_log_as_a_question_without_an_answer(
    log: WireLog, tmp_path: Path
) -> None:
    device = open_device("camera", "mjpeg+http://127.0.0.1:9/stream", tap=log.tap("camera"))
    with pytest.raises(DeviceFault):
        device.open()
    assert told(tmp_path) == b"GET /stream"
