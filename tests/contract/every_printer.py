"""What every printer's driver must hold: a document comes out once, is found by its key, and counts on evidence only.

`PrinterContract` is for every printer, `ProvingPrinterContract` for those whose own counter proves what came out. A
test file gives `device`, `hands`, and `another`, which makes a fresh driver as after a restart.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, ClassVar, Protocol

import pytest
from every_device import DeviceContract, Hands, refusal
from real_devices import Hardware

from appliance.clock import Deadline
from appliance.devices import PrintDocument, Printer, PrintState
from appliance.faults import FaultCode

SECONDS = 20.0
STILL_SECONDS = 1.5

Another = Callable[[], Printer]


class PrinterHands(Hands, Protocol):
    """What can be done at a printer; `saw` looks into the tray."""

    def load(self) -> None:
        """Put in a medium if this printer takes them one by one."""

    def mend(self) -> None:
        """Put everything right and refill."""

    def stand_still(self) -> None:
        """The mechanics stop in the middle of the next medium without saying why."""

    def saw(self, key: str, times: int) -> None:
        """So often a medium of this job has come out."""


class ProvingHands(PrinterHands, Protocol):
    """More for a printer that tells what happens inside; each is one of the verbs of `TROUBLES` too."""

    def jam(self) -> None:
        """The next medium in motion is crumpled."""

    def abort(self) -> None:
        """The printer gives the next job up."""


TROUBLES = {
    "media_empty": FaultCode.PRINTER_MEDIA_EMPTY,
    "open_cover": FaultCode.PRINTER_COVER_OPEN,
    "open_door": FaultCode.PRINTER_DOOR_OPEN,
    "ribbon_empty": FaultCode.PRINTER_SUPPLY_EMPTY,
    "ribbon_missing": FaultCode.PRINTER_PART_MISSING,
    "output_full": FaultCode.PRINTER_OUTPUT_FULL,
    "waste_full": FaultCode.PRINTER_WASTE_FULL,
    "overheat": FaultCode.PRINTER_TEMPERATURE,
    "motor_fails": FaultCode.PRINTER_FAILURE,
    "go_offline": FaultCode.PRINTER_OFFLINE,
}
"""What hands or wear do to a printer, and its fault."""

WARNINGS = {
    "supply_low": FaultCode.PRINTER_SUPPLY_LOW,
    "media_low": FaultCode.PRINTER_MEDIA_LOW,
    "part_worn": FaultCode.PRINTER_PART_WORN,
}


def new_key() -> str:
    """A job's key that no queue has seen."""
    return f"print-{uuid.uuid4()}"


def within(seconds: float = SECONDS) -> Deadline:
    """A deadline with room."""
    return Deadline.after(seconds)


class PrinterContract(DeviceContract):
    """Submitted once, found again, purged for good."""

    unreachable = FaultCode.PRINTER_UNREACHABLE
    document: ClassVar[PrintDocument]
    beyond: ClassVar[dict[str, Any]]
    """Fields of a document that this printer cannot do, each with a value that it has not."""

    @pytest.fixture
    def another(self, hardware: Hardware, request: pytest.FixtureRequest) -> Iterator[Another]:
        """Makes fresh drivers for the real printer, or for the simulated one."""
        if hardware.uri(self.kind, self.schemes) is None:
            yield request.getfixturevalue("another")
            return
        made: list[Any] = []

        def make() -> Printer:
            made.append(hardware.driver(self.kind))
            return made[-1]

        yield make
        for driver in made:
            driver.close()

    def finish(self, device: Printer, key: str) -> None:
        """Wait until the job is out, as far as the printer can say."""
        job = device.settle(key, within())
        assert (job.state, job.counter_moved) == (PrintState.COMPLETED, True)

    def prints(self, device: Printer, hands: PrinterHands) -> str:
        """A document printed from beginning to end; its key."""
        key = new_key()
        hands.load()
        device.submit(self.document, key)
        self.finish(device, key)
        hands.saw(key, 1)
        return key

    def test_a_document_comes_out_once(self, device: Printer, hands: PrinterHands) -> None:
        self.prints(device, hands)

    def test_a_new_driver_finds_the_job_by_its_key(
        self, device: Printer, hands: PrinterHands, another: Another
    ) -> None:
        key = self.prints(device, hands)
        found = another().job(key)
        assert found is not None and found.key == key and found.state is PrintState.COMPLETED
        assert another().job("never queued") is None

    def test_the_same_key_prints_once(self, device: Printer, hands: PrinterHands, another: Another) -> None:
        key, after_restart = self.prints(device, hands), another()
        first = after_restart.job(key)
        hands.load()
        again = after_restart.submit(self.document, key)
        assert first is not None and (again.queue_id, again.state) == (first.queue_id, PrintState.COMPLETED)
        self.prints(device, hands)
        hands.saw(key, 1)

    def test_what_the_printer_has_not_is_refused_before_anything_is_queued(
        self, device: Printer, hands: PrinterHands
    ) -> None:
        for field, value in self.beyond.items():
            key = new_key()
            hands.load()
            changed = replace(self.document, **{field: value})
            assert refusal(device.submit, changed, key) is FaultCode.PRINTER_UNSUPPORTED, field
            assert device.job(key) is None
            hands.saw(key, 0)

    def test_a_printer_that_stands_still_runs_into_the_deadline_and_is_purged(
        self, device: Printer, hands: PrinterHands
    ) -> None:
        key = new_key()
        hands.load()
        hands.stand_still()
        device.submit(self.document, key)
        begun = time.monotonic()
        assert refusal(device.settle, key, within(STILL_SECONDS)) is FaultCode.PRINTER_TIMEOUT
        assert time.monotonic() - begun < STILL_SECONDS + 5
        device.purge(key)
        hands.mend()
        self.prints(device, hands)
        hands.saw(key, 0)
        job = device.job(key)
        assert job is not None and job.state is PrintState.CANCELED and job.counter_moved is not True

    def test_unplugged_it_takes_nothing(self, device: Printer, hands: PrinterHands) -> None:
        key = new_key()
        hands.unplug()
        assert refusal(device.submit, self.document, key) is FaultCode.PRINTER_UNREACHABLE
        assert refusal(device.supplies) is FaultCode.PRINTER_UNREACHABLE
        hands.plug()
        self.prints(device, hands)
        hands.saw(key, 0)


class ProvingPrinterContract(PrinterContract):
    """The printer names its troubles, and its counter proves what came out."""

    def test_the_counter_moves_by_what_came_out(self, device: Printer, hands: ProvingHands) -> None:
        before = device.counter()
        self.prints(device, hands)
        assert device.counter() == before + 1

    @pytest.mark.parametrize("trouble", TROUBLES)
    def test_trouble_is_named_and_the_job_is_out_once_when_it_is_mended(
        self, device: Printer, hands: ProvingHands, trouble: str
    ) -> None:
        key, code = new_key(), TROUBLES[trouble]
        hands.load()
        getattr(hands, trouble)()
        self.goes_on(device, hands, key, code)
        hands.saw(key, 1)

    def goes_on(self, device: Printer, hands: ProvingHands, key: str, code: FaultCode) -> None:
        """A queue keeps the job and prints it when the trouble is mended."""
        device.submit(self.document, key)
        assert refusal(device.settle, key, within()) is code
        status = device.status()
        assert status.level == "down" and code.value in status.reasons
        hands.mend()
        self.finish(device, key)

    @pytest.mark.parametrize("warning", WARNINGS)
    def test_a_warning_is_told_and_printing_goes_on(self, device: Printer, hands: ProvingHands, warning: str) -> None:
        getattr(hands, warning)()
        status = device.status()
        assert (status.level, status.reasons) == ("limited", (WARNINGS[warning].value,))
        self.prints(device, hands)

    def test_a_medium_that_jams_is_lost_and_its_job_does_not_print(
        self, device: Printer, hands: ProvingHands
    ) -> None:
        key = new_key()
        hands.load()
        hands.jam()
        device.submit(self.document, key)
        assert refusal(device.settle, key, within()) is FaultCode.PRINTER_MEDIA_JAM
        device.purge(key)
        hands.mend()
        self.prints(device, hands)
        hands.saw(key, 0)
        job = device.job(key)
        assert job is not None and job.state in (PrintState.CANCELED, PrintState.ABORTED)
        assert job.counter_moved is False

    def test_a_job_that_the_printer_gives_up_is_never_printed(
        self, device: Printer, hands: ProvingHands, another: Another
    ) -> None:
        key = new_key()
        hands.load()
        hands.abort()
        device.submit(self.document, key)
        assert refusal(device.settle, key, within()) is FaultCode.PRINTER_ABORTED
        hands.saw(key, 0)
        found = another().job(key)
        assert found is not None and found.state is PrintState.ABORTED and found.counter_moved is False

    def test_supplies_are_in_percent_by_name(self, device: Printer, hands: ProvingHands) -> None:
        hands.mend()
        supplies = device.supplies()
        assert supplies and all(name and 0 <= level <= 100 for name, level in supplies.items())
