"""What each trial measures, and its words."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
from counter import Counter
from PIL import Image, ImageDraw
from trying import begin, bench, last

from appliance.biometrics.still import doubt_of, measured
from appliance.config import DEVICES
from appliance.devices import Power, PrintState, StillImage
from appliance.documents.trial_pages import ROLL_DOTS, trial_slip
from appliance.faults import DeviceFault
from appliance.issuance.trial_acts import ACTS, symbology
from appliance.kiosk_ui.technician.columns import columns
from appliance.kiosk_ui.technician.trial_words import (
    ANSWERS,
    ANSWERS_OF,
    DOUBTS,
    FACTS,
    STATES,
    VALUES,
    WORDS,
    drawn,
    told,
)
from appliance.office import trials as office_trials
from appliance.records.trials import Trial


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    found = bench(tmp_path)
    yield found
    found.store.close()


def jpeg(grey: int, sharp: bool) -> bytes:
    picture = Image.new("L", (320, 240), grey)
    if sharp:
        for x in range(0, 320, 4):
            ImageDraw.Draw(picture).line((x, 0, x, 240), fill=0)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=95)
    return out.getvalue()


def test_the_camera_is_measured(counter: Counter) -> None:
    dark, sharp = measured(jpeg(40, sharp=False)), measured(jpeg(200, sharp=True))
    assert dark.brightness == pytest.approx(40, abs=2) and sharp.brightness > dark.brightness
    assert sharp.sharpness > 50 * max(dark.sharpness, 1)
    assert measured(jpeg(255, sharp=False)).burnt == 1
    with pytest.raises(DeviceFault):
        measured(jpeg(40, sharp=True)[:300])
    counter.devices["camera"].capture_still = lambda by: StillImage(jpeg(120, sharp=True), 320, 240)
    begin(counter, "camera")
    counter.run("trial")
    facts = last(counter, "camera").facts
    assert facts["size"] == "320x240" and float(facts["sharpness"]) > 100
    assert last(counter, "camera").state == "asked", "what it shows only eyes can tell"


@pytest.mark.parametrize(
    ("grey", "sharp", "doubt"),
    [(20, False, "dark"), (235, False, "bright"), (255, True, "burnt"), (120, False, "flat"), (120, True, "")],
)
def test_a_picture_that_is_wrong_for_certain_is_no_success(
    counter: Counter, grey: int, sharp: bool, doubt: str
) -> None:
    picture = jpeg(grey, sharp)
    assert doubt_of(measured(picture)) == doubt
    counter.devices["camera"].capture_still = lambda by: StillImage(picture, 320, 240)
    begin(counter, "camera")
    counter.run("trial")
    found = last(counter, "camera")
    assert (found.state, found.doubt) == ("failed" if doubt else "asked", doubt)
    assert found.blob, "the picture is shown all the same"


def test_a_finger_that_cannot_be_read_is_no_success(counter: Counter) -> None:
    counter.machines.fingers.found["right_index"] = [(0, 0)]  # type: ignore[attr-defined]
    begin(counter, "fingerprint_scanner")
    counter.run("trial")
    found = last(counter, "fingerprint_scanner")
    assert (found.state, found.doubt, found.facts["engine"]) == ("failed", "unread", "finger_engine.no_finger")


def test_every_exchange_with_a_card_is_a_column() -> None:
    trial = Trial("1", "chip_encoder", "done", 0, "t", facts={"exchange": "2.5", "exchange_ms": "2.0 3.0 40.0"})
    assert told(trial) == ((FACTS["exchange"], "2,5"),)
    picture = str(drawn(trial))
    assert picture.count("<rect") == 3 and 'aria-label="Lama tiap perintah, milidetik: 2,0; 3,0; 40,0"' in picture
    heights = [float(one) for one in re.findall(r'height="([0-9.]+)"', picture)]
    assert heights == pytest.approx([2, 3, 40], abs=0.1)
    assert drawn(replace(trial, facts={})) is None
    assert str(columns([0.0], "x", "y")).count("<rect") == 1


def test_every_device_has_an_act_its_words_and_every_value_a_name() -> None:
    assert set(ACTS) == set(WORDS) == set(DEVICES)
    assert {answer for answer, _, _ in ANSWERS} == set(office_trials.ANSWERS)
    assert set(ANSWERS_OF) <= {device for device, words in WORDS.items() if words.look}
    assert set(DOUBTS) == {"dark", "bright", "burnt", "flat", "unread"}
    assert {str(state) for state in PrintState} <= set(VALUES)
    trial = Trial("1", "camera", "done", 0, "t", facts={"size": "1x1", "mains": "yes", "reasons": ""})
    assert told(trial) == ((FACTS["size"], "1x1"), (FACTS["mains"], "ya"))
    assert set(STATES) == {"waiting", "running", "asked", "done", "failed", "cut"}


def test_the_kind_of_a_code_is_told_only_where_the_reader_says_it() -> None:
    assert [symbology(text) for text in ("]Q1SG-7K3F", "]C0123", "]x0123", "SG-7K3F", "")] == [
        "QR", "Code 128", "other", "untold", "untold",
    ]  # fmt: skip


def test_the_supply_tells_what_it_knows(counter: Counter) -> None:
    class Supply:
        def open(self) -> None: ...

        def power(self) -> Power:
            return Power(mains=False, battery_percent=62, seconds_left=900)

    rack = type("Rack", (), {"use": lambda self, name: nullcontext(Supply())})()
    found = ACTS["power_supply"](replace(counter.machines, rack=rack), None)  # type: ignore[arg-type]
    assert found.facts == {"mains": "no", "starved": "no", "battery": "62 %", "seconds_left": "900"}


@pytest.mark.parametrize("paper", [58, 80])
def test_a_slip_is_as_wide_as_its_roll(paper: int) -> None:
    with Image.open(io.BytesIO(trial_slip(paper))) as slip:
        assert slip.size == (ROLL_DOTS[paper], 480) and slip.mode == "1"
        row = [slip.getpixel((x, 40)) for x in range(0, slip.width, 80)]
    assert row[1:-1] == [0] * len(row[1:-1]), "a long mark each ten millimetres"
