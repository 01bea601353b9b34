"""The card printer over its maker's SDK: the driver, its child and its journal, over a stand-in for the library.

Nothing here proves the SDK or a printer. What the real package says where there is no printer is asked at the end,
and holds with the package and without it.
"""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from every_device import refusal
from every_printer import Another, ProvingHands, ProvingPrinterContract, new_key, within
from test_printing import CARD

from appliance.devices import CardStop, PrintState
from appliance.drivers.evolis_printer import EvolisPrinter, from_uri
from appliance.drivers.evolis_states import blocks, meaning
from appliance.faults import FaultCode

STAND_IN = Path(__file__).with_name("evolis_stand_in")
STATES = {
    "media_empty": "DEF_FEEDER_EMPTY",
    "open_cover": "DEF_COVER_OPEN",
    "ribbon_empty": "DEF_RIBBON_ENDED",
    "ribbon_missing": "DEF_NO_RIBBON",
    "output_full": "DEF_HOPPER_FULL",
    "overheat": "DEF_COOLING",
    "motor_fails": "DEF_POWER_SUPPLY",
    "supply_low": "INF_RIBBON_LOW",
    "media_low": "INF_FEEDER_NEAR_EMPTY",
    "part_worn": "INF_CLEANING_REQUIRED",
}
GOOD = {
    "plugged": True,
    "hangs": False,
    "stalled": False,
    "next": "",
    "state": "PRINTER_READY",
    "counter": 500,
    "cards": 0,
}


class BehindTheSdk:
    """Hands at what the stand-in tells; cards bear no job's name, so all cards are counted."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "facts"
        self._expected: dict[str, int] = {}
        self.facts = dict(GOOD)
        self.set()

    def set(self, **changes: Any) -> None:
        """Change facts as a printer would."""
        if self._file.exists():
            self.facts = json.loads(self._file.read_text())
        self.facts.update(changes)
        self._file.with_suffix(".ours").write_text(json.dumps(self.facts))
        self._file.with_suffix(".ours").replace(self._file)

    def __getattr__(self, verb: str) -> Callable[[], None]:
        return lambda: self.set(state=STATES[verb])

    def unplug(self) -> None:
        """Pull the cable."""
        self.set(plugged=False)

    def plug(self) -> None:
        """Put it back."""
        self.set(plugged=True)

    def mend(self) -> None:
        """All in order."""
        self.set(state="PRINTER_READY", stalled=False, next="", hangs=False)

    def load(self) -> None:
        """The feeder is full."""

    def stand_still(self) -> None:
        """Printing does not end."""
        self.set(stalled=True)

    def jam(self) -> None:
        """The next card jams."""
        self.set(next="jam")

    def abort(self) -> None:
        """The next job is given up."""
        self.set(next="abort")

    def saw(self, key: str, times: int) -> None:
        """Cards since the test began."""
        self._expected[key] = times
        assert json.loads(self._file.read_text())["cards"] == sum(self._expected.values())


@pytest.fixture
def printer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BehindTheSdk:
    monkeypatch.setenv("PYTHONPATH", str(STAND_IN))
    monkeypatch.setenv("EVOLIS_STAND_IN", str(tmp_path))
    return BehindTheSdk(tmp_path)


@pytest.fixture
def another(printer: BehindTheSdk, tmp_path: Path) -> Iterator[Another]:
    made: list[EvolisPrinter] = []

    def make() -> EvolisPrinter:
        made.append(EvolisPrinter("Evolis Primacy 2", tmp_path / "journal", 3.0))
        return made[-1]

    yield make
    for driver in made:
        driver.close()


@pytest.fixture
def device(another: Another) -> EvolisPrinter:
    driver = another()
    assert isinstance(driver, EvolisPrinter)
    driver.open()
    return driver


@pytest.fixture
def hands(printer: BehindTheSdk) -> BehindTheSdk:
    return printer


class TestEvolisPrinter(ProvingPrinterContract):
    """Every assertion of a printer whose counter proves, over the stand-in."""

    kind = "card_printer"
    schemes = ("evolis",)

    document = CARD
    beyond: ClassVar[dict[str, Any]] = {
        "media": "iso_a4_210x297mm",
        "sides": "two-sided-long-edge",
        "color": "monochrome",
        "resolution": 600,
        "copies": 2,
        "format": "application/pdf",
        "data": b"no picture",
    }

    @pytest.mark.parametrize("trouble", [name for name, word in STATES.items() if blocks(word)])
    def test_trouble_is_named_and_the_job_is_out_once_when_it_is_mended(
        self, device: EvolisPrinter, hands: ProvingHands, trouble: str
    ) -> None:
        super().test_trouble_is_named_and_the_job_is_out_once_when_it_is_mended(device, hands, trouble)

    def goes_on(self, device: Any, hands: ProvingHands, key: str, code: FaultCode) -> None:
        """There is no queue: nothing is begun, and after mending the same key may be submitted."""
        status = device.status()
        assert (status.level, status.reasons) == ("down", (code.value,))
        assert refusal(device.submit, self.document, key) is code
        assert device.job(key) is None
        hands.mend()
        device.submit(self.document, key)
        self.finish(device, key)


def test_trouble_found_only_while_printing_begins_is_told_and_the_job_may_come_again(
    device: EvolisPrinter, printer: BehindTheSdk
) -> None:
    key = new_key()
    printer.set(next="cover")
    device.submit(CARD, key)
    assert refusal(device.settle, key, within()) is FaultCode.PRINTER_COVER_OPEN
    assert device.job(key) is None
    printer.mend()
    device.submit(CARD, key)
    assert device.settle(key, within()).counter_moved is True
    printer.saw(key, 1)


@pytest.mark.parametrize(("out", "state"), [(0, PrintState.UNKNOWN), (1, PrintState.COMPLETED)])
def test_after_a_crash_the_card_counter_judges(
    device: EvolisPrinter, printer: BehindTheSdk, another: Another, out: int, state: PrintState
) -> None:
    key = new_key()
    printer.stand_still()
    device.submit(CARD, key)
    assert device.process_id is not None
    os.kill(device.process_id, signal.SIGKILL)
    printer.set(counter=GOOD["counter"] + out, stalled=False)  # type: ignore[operator]
    after = another()
    found = after.job(key)
    assert found is not None and (found.state, found.counter_moved) == (state, bool(out))
    assert after.submit(CARD, key).state is state
    if not out:
        assert refusal(after.settle, key, within()) is FaultCode.PRINTER_UNSETTLED
    printer.saw(key, 0)


def test_the_card_inside_is_brought_to_the_encoder_and_thrown_out(printer: BehindTheSdk, tmp_path: Path) -> None:
    driver = EvolisPrinter("Evolis Primacy 2", tmp_path / "journal", 3.0, encoder="contactless")
    for stop, place in ((CardStop.ENCODER, "CONTACTLESS"), (CardStop.REJECT, "REJECT")):
        driver.move_card(stop, within())
        assert json.loads((tmp_path / "facts").read_text())["at"] == place
    for trouble, code in (
        ({"next": "stuck"}, FaultCode.PRINTER_MEDIA_JAM),
        ({"next": "refuse"}, FaultCode.PRINTER_OTHER),
        ({"state": "DEF_FEEDER_EMPTY"}, FaultCode.PRINTER_MEDIA_EMPTY),
    ):
        printer.set(at="", **trouble)
        assert refusal(driver.move_card, CardStop.ENCODER, within()) is code
        assert json.loads((tmp_path / "facts").read_text())["at"] == ""
        printer.mend()
    driver.close()


def test_without_an_encoder_inside_nothing_is_moved(device: EvolisPrinter) -> None:
    assert refusal(device.move_card, CardStop.ENCODER, within()) is FaultCode.PRINTER_UNSUPPORTED


def test_an_sdk_that_hangs_is_killed_at_the_deadline(printer: BehindTheSdk, tmp_path: Path) -> None:
    driver = EvolisPrinter("Evolis Primacy 2", tmp_path / "journal", ask_seconds=1.0)
    printer.set(hangs=True)
    begun = time.monotonic()
    assert refusal(driver.open) is FaultCode.PRINTER_UNREACHABLE
    assert time.monotonic() - begun < 4 and driver.process_id is None
    printer.mend()
    driver.open()
    driver.close()


def test_another_name_is_no_printer(printer: BehindTheSdk, tmp_path: Path) -> None:
    status = EvolisPrinter("Evolis Zenius", tmp_path).status()
    assert status.reasons == (FaultCode.PRINTER_UNREACHABLE.value,) and "no printer" in status.detail["why"]


def test_the_real_package_or_its_absence_is_told_and_a_mute_wire_ends_at_the_deadline(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        driver = EvolisPrinter(f"socket://127.0.0.1:{mute.getsockname()[1]}", tmp_path, ask_seconds=3.0)
        begun = time.monotonic()
        status = driver.status()
        driver.close()
    assert (status.level, status.reasons) == ("down", (FaultCode.PRINTER_UNREACHABLE.value,))
    there = importlib.util.find_spec("evolis") is not None
    assert status.detail["why"] == (
        "no answer before the deadline; SDK ended" if there else "evolis-sdk is not installed"
    )
    assert time.monotonic() - begun < 8 and driver.process_id is None


WORDS = {
    "PRINTER_READY": None,
    "PRINTER_OFFLINE": FaultCode.PRINTER_UNREACHABLE,
    "INF_PRINTING_RUNNING": None,
    "INF_SLEEP_MODE": None,
    "DEF_WAIT_CARD": FaultCode.PRINTER_MEDIA_NEEDED,
    "ERR_FEEDER_ERROR": FaultCode.PRINTER_MEDIA_JAM,
    "AVANSIA_ERR_CARD_JAM": FaultCode.PRINTER_MEDIA_JAM,
    "AVANSIA_DEF_RIBBON_FILM_ENDED": FaultCode.PRINTER_SUPPLY_EMPTY,
    "DEF_REJECT_BOX_COVER_OPEN": FaultCode.PRINTER_COVER_OPEN,
    "DEF_REJECT_BOX_FULL": FaultCode.PRINTER_OUTPUT_FULL,
    "ERR_HEAD_TEMP": FaultCode.PRINTER_TEMPERATURE,
    "DEF_PRINTER_LOCKED": FaultCode.PRINTER_STOPPED,
    "ERR_BAD_RIBBON": FaultCode.PRINTER_OTHER,
    "A_WORD_OF_TOMORROW": FaultCode.PRINTER_OTHER,
}


@pytest.mark.parametrize(("word", "code"), WORDS.items())
def test_each_state_has_its_fault(word: str, code: FaultCode | None) -> None:
    assert meaning(word) is code


@pytest.mark.parametrize("uri", ["evolis:", "evolis:?journal=/tmp", "evolis:Primacy?encoder=magnetic"])
def test_an_address_without_a_name_or_with_another_encoder_is_refused(uri: str) -> None:
    with pytest.raises(ValueError, match=r"PRINTER NAME|contactless or contact"):
        from_uri(uri)
