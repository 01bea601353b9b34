"""`python -m hw_sim` beside a program that knows nothing of SIAGA: somebody stands there, and can be changed."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
import tomllib
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from appliance.clock import Deadline
from appliance.devices import Camera, SignaturePad
from appliance.drivers.catalogue import open_device
from hw_sim.people import PASSERS_BY

pytestmark = pytest.mark.daemons

ROOT = Path(__file__).parents[2]
SECONDS = 20.0


@dataclass(frozen=True)
class Standalone:
    """What the simulator printed: the fragment of configuration, and where its dock is."""

    config: dict[str, Any]
    dock: str

    def do(self, verb: str, **form: str) -> None:
        """Press a button of the dock."""
        with urllib.request.urlopen(self.dock + verb, urllib.parse.urlencode(form).encode(), timeout=SECONDS):
            pass

    def state(self) -> dict[str, Any]:
        """What lies where."""
        with urllib.request.urlopen(f"{self.dock}state", timeout=SECONDS) as answer:
            return dict(json.load(answer))


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standalone]:
    directory = tmp_path_factory.mktemp("alone")
    command = (sys.executable, "-m", "hw_sim", "--fast", "--directory", str(directory))
    with subprocess.Popen(
        (*command, "--fingers", str(ROOT / "build" / "fingers")), cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as simulator:
        assert simulator.stdout is not None
        lines: list[str] = []
        for line in simulator.stdout:
            lines.append(line)
            if found := re.fullmatch(r"# dock: (http://\S+)\n", line):
                yield Standalone(tomllib.loads("".join(lines)), found[1])
                break
        simulator.terminate()
        assert simulator.wait(SECONDS) == 0
    assert lines and lines[-1].startswith("# dock")


def captured(alone: Standalone, finger: str, surface: int) -> dict[str, Any]:
    """One finger asked for as any client of the Secure Biometric Interface does."""
    wire = HTTPConnection(
        "127.0.0.1", urllib.parse.urlsplit(alone.config["devices"]["fingerprint_scanner"]).port or 0
    )
    bio = {"type": "Finger", "count": 1, "bioSubType": [finger], "deviceSubId": str(surface), "requestedScore": 40}
    asked = {"env": "Developer", "purpose": "Registration", "timeout": 500, "transactionId": "alone-1", "bio": [bio]}
    wire.request("RCAPTURE", "/capture", json.dumps(asked))
    with wire.getresponse() as answer:
        told = json.load(answer)
    wire.close()
    return dict(told["biometrics"][0])


def test_a_finger_a_face_and_a_signature_can_be_had_at_once(alone: Standalone) -> None:
    assert set(alone.state()["people"].values()) == {PASSERS_BY[0].name}
    finger = captured(alone, "Right IndexFinger", 2)
    assert (finger["error"]["errorCode"], bool(finger["data"])) == ("0", True)
    camera: Any = open_device("camera", alone.config["devices"]["camera"])
    pad: Any = open_device("signature_pad", alone.config["devices"]["signature_pad"])
    still, strokes = seen(camera), signed(pad)
    assert still.startswith(b"\xff\xd8") and strokes == len(PASSERS_BY[0].signature())


def seen(camera: Camera) -> bytes:
    camera.open()
    try:
        return camera.capture_still(Deadline.after(SECONDS)).jpeg
    finally:
        camera.close()


def signed(pad: SignaturePad) -> int:
    pad.open()
    try:
        return len(pad.sign(Deadline.after(SECONDS)))
    finally:
        pad.close()


def asked(alone: Standalone) -> tuple[int, bytes]:
    """What SIAK answers to a question for a number that nobody has."""
    central = alone.config["central"]
    secrets = tomllib.loads(Path(central["credentials"]).read_text())["siak"]
    known = base64.b64encode(f"{secrets['account']}:{secrets['secret']}".encode()).decode()
    question = urllib.request.Request(f"{central['siak']}/residents/9900000000000000")
    question.add_header("Authorization", f"Basic {known}")
    try:
        with urllib.request.urlopen(question, timeout=SECONDS) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read()


def test_trouble_made_at_the_dock_is_on_the_wire_until_it_is_undone(alone: Standalone) -> None:
    well = asked(alone)
    assert json.loads(well[1])
    alone.do("siak-wrong")
    with pytest.raises(ValueError):
        json.loads(asked(alone)[1])
    alone.do("offices-well")
    assert asked(alone) == well
    power: Any = open_device("power_supply", alone.config["devices"]["power_supply"])
    for verb, mains in (("mains-off", False), ("mains-on", True)):
        alone.do(verb)
        assert power.power().mains is mains
    alone.do("busy-scanner")
    assert captured(alone, "Right Thumb", 3)["error"]["errorCode"] == "111"
    alone.do("free-scanner")
    assert captured(alone, "Right Thumb", 3)["error"]["errorCode"] == "0"


def test_another_steps_forward_and_nobody_leaves_no_finger(alone: Standalone) -> None:
    without = next(one for one in PASSERS_BY if "right_index" in one.missing_fingers)
    alone.do("stand", who=without.name)
    assert captured(alone, "Right IndexFinger", 2)["error"]["errorCode"] == "101"
    assert captured(alone, "Right MiddleFinger", 2)["error"]["errorCode"] == "0"
    alone.do("stand", who="")
    assert captured(alone, "Right MiddleFinger", 2)["error"]["errorCode"] == "101"
    alone.do("stand", who=PASSERS_BY[0].name)
    assert set(alone.state()["people"].values()) == {PASSERS_BY[0].name}
