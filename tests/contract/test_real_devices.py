"""`--hardware`, proven without metal: the suites run over a device that they do not simulate, asking for hands.

The device stands in this process, and so does a scripted person, who reads what the run asks and does it there.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from real_devices import SEEN, WORDS, Hardware, HardwareRefused, PersonHands, named
from test_ccid_reader import ReaderHands, uri
from test_signal_light import BeforeTheLight
from test_signature_pad import SimulatedPadHands

from hw_sim.ccid_reader import SHORT, CcidReader
from hw_sim.pcscd import Pcscd
from hw_sim.relay_board import RelayBoard
from hw_sim.signature_pad import SignaturePad
from hw_sim.usb_bus import UsbBus
from hw_sim.world import World

ROOT = Path(__file__).parents[2]
SECONDS = 300


class ScriptedPerson:
    """Answers what a run asks as a person would, with hands at the simulated device."""

    def __init__(self, hands: Any) -> None:
        verbs = [name for name in dir(hands) if not name.startswith("_")]
        self._hands = hands
        self._requests = {WORDS.get(verb, verb.replace("_", " ")): verb for verb in verbs}

    def answer(self, line: str) -> str | None:
        """What is typed after this line; None where nothing is asked."""
        if asked := re.fullmatch(r"  please: (.+), then press Enter.*", line):
            verb = self._requests.get(asked[1])
            told = getattr(self._hands, verb)() if verb else None
            return "n" if verb is None else told.hex() if isinstance(told, bytes) else ""
        for verb, words in SEEN.items():
            pattern = re.sub(r"\\\{\d\\\}", "(.*)", re.escape(words))
            if seen := re.fullmatch(rf"  is it so\? {pattern} \(y or n\)", line):
                what = [int(one) if one.isdecimal() else one for one in seen.groups()]
                return "y" if self._sees(getattr(self._hands, verb), what) else "n"
        return None

    def _sees(self, look: Callable[..., None], what: list[object]) -> bool:
        try:
            look(*what)
        except AssertionError:
            return False
        return True


def run(suite: str, *options: str, person: ScriptedPerson | None = None) -> tuple[int, str]:
    """Exit code and output of a run of a suite over real devices."""
    line = [
        sys.executable,
        "-m",
        "pytest",
        "-s",
        "-ra",
        "-p",
        "no:cacheprovider",
        *options,
        f"tests/contract/{suite}",
    ]
    said = []
    with subprocess.Popen(
        line, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None and process.stdin is not None
        for told in process.stdout:
            said.append(told)
            if person is not None and (answer := person.answer(told.rstrip("\n"))) is not None:
                process.stdin.write(answer + "\n")
                process.stdin.flush()
    return process.returncode, "".join(said)


class SeesOtherLamps(BeforeTheLight):
    """Somebody before whom another lamp is lit than the driver says."""

    def sees(self, lamps: str) -> None:
        raise AssertionError(lamps)


@pytest.mark.timeout(SECONDS)
def test_a_light_that_the_suite_does_not_simulate_is_seen_by_a_person() -> None:
    board = RelayBoard(World(speed=0))
    board.start()
    suite = "test_signal_light.py::TestSerialRelayLight::test_each_signal_has_its_lamps"
    options = ("--hardware", f"signal_light={board.uri}")
    try:
        person = ScriptedPerson(BeforeTheLight(board))
        code, said = run(suite, *options, person=person)
        assert (code, "5 passed" in said) == (0, True), said
        code, said = run(suite, *options, person=ScriptedPerson(SeesOtherLamps(board)))
        assert (code, "not seen: these lamps are lit and no others, the buzzer is quiet: green" in said) == (1, True)
        board.unplug()
        code, said = run(suite, *options, person=person)
        assert (code, "5 errors" in said) == (1, True), "it is this board that is tried, and no other"
    finally:
        board.stop()


@pytest.mark.timeout(SECONDS)
def test_what_nobody_can_tell_is_said_and_the_rest_is_compared() -> None:
    tablet = SignaturePad(World(speed=0.1))
    tablet.start()
    suite = "test_signature_pad.py::TestSerialPad::test_strokes_arrive_as_written_with_time_and_pressure"
    try:
        person = ScriptedPerson(SimulatedPadHands(tablet))
        code, said = run(suite, "--hardware", f"signature_pad={tablet.uri}", person=person)
        assert (code, "1 passed" in said) == (0, True), said
        assert "not compared, nobody could tell: the points" in said
    finally:
        tablet.stop()


@pytest.mark.daemons
@pytest.mark.timeout(SECONDS)
def test_the_whole_suite_of_chip_encoders_runs_over_a_reader_and_a_person() -> None:
    with UsbBus(World(speed=0)) as bus, TemporaryDirectory(prefix="siaga-real-") as directory:
        service = Pcscd(Path(directory), bus.environment())
        service.start()
        hands = ReaderHands(bus, CcidReader(bus.world, SHORT), service)
        hands.plug()
        try:
            named_reader = f"chip_encoder={uri(service)}"
            code, said = run(
                "test_ccid_reader.py::TestCcidReader", "--hardware", named_reader, person=ScriptedPerson(hands)
            )
            assert code == 0 and " skipped" not in said and " passed" in said, said
            assert "not compared, nobody could tell: the commands that the card saw" in said
            assert bus.world.count("apdu") > 0, "it is this reader's cards that were tried"
        finally:
            hands.unplug()
            service.stop()


@pytest.mark.parametrize(
    ("suite", "options", "why"),
    [
        ("test_signature_pad.py", ("camera=v4l2:/dev/video0",), "no suite that was collected runs over camera=v4l2:"),
        (
            "test_vpcd_encoder.py",
            ("chip_encoder=pcsc:x",),
            "no suite that was collected runs over chip_encoder=pcsc:x",
        ),
        ("test_signature_pad.py", ("evolis_printer=evolis:x",), "no driver serves evolis_printer=evolis:x"),
        ("test_signature_pad.py", ("camera=usb:1:2",), "no driver serves camera=usb:1:2"),
        ("test_key_card.py", ("secure_access_module=pcsc:x",), "add --sam-pin-file"),
    ],
)
def test_a_device_that_no_suite_would_try_is_an_error(suite: str, options: tuple[str, ...], why: str) -> None:
    code, said = run(suite, "--collect-only", *(word for one in options for word in ("--hardware", one)))
    assert (code, why in said) == (pytest.ExitCode.USAGE_ERROR, True), said


def test_a_suite_for_another_kind_of_wire_is_left_out_and_says_so() -> None:
    hardware = Hardware(named(["camera=v4l2:/dev/video0"]))
    assert hardware.uri("camera", ("v4l2", "picamera")) == "v4l2:/dev/video0"
    assert hardware.uri("signature_pad", ("serial",)) is None
    with pytest.raises(pytest.skip.Exception, match="not for this suite"):
        hardware.uri("camera", ("mjpeg+http",))
    with pytest.raises(HardwareRefused, match="no driver serves tower=gpio:x"):
        named(["tower=gpio:x"])


def test_nobody_is_asked_what_nobody_can_see() -> None:
    assert PersonHands().made_at(b"") is None
    assert PersonHands().commands_seen(b"\x01") is None
