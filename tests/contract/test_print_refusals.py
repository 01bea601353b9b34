"""A printer that hangs up on all, talks nonsense or is busy, behind a real cupsd: what is said and what comes out.

CUPS goes on trying for as long as a job waits there. How often it does is measured, for some builds of it were seen
to connect again without a pause where a printer closes without an answer.
"""

from __future__ import annotations

import pytest
from every_device import refusal
from every_printer import new_key, within
from print_world import PrintWorld, _print_session, printing
from test_printing import SMALL_SHEET

from appliance.clock import Deadline
from appliance.devices import PrintState
from appliance.drivers.printer import QueuedPrinter
from appliance.faults import FaultCode
from hw_sim.world import When

__all__ = ["_print_session", "printing"]
pytestmark = pytest.mark.daemons

LOOKS_SECONDS = 3.0
MOST_A_SECOND = 50
"""Connections; a loop without a pause makes thousands."""
CUPS_SECONDS = 60.0
"""The longest that CUPS may wait until it tries again, with room for a busy machine."""

REFUSALS = ["hang_up", "talk_nonsense"]


def media_of(printing: PrintWorld, key: str) -> int:
    return sum(len(output.media) for output in printing.sheets.outputs if output.name == key)


def waiting(printing: PrintWorld) -> tuple[QueuedPrinter, str]:
    """A job that CUPS has and the printer has not taken."""
    driver, key = printing.document_driver(), new_key()
    printing.sheets.busy()
    driver.submit(SMALL_SHEET, key)
    return driver, key


@pytest.mark.parametrize("lever", REFUSALS)
def test_into_a_printer_that_cannot_be_asked_nothing_is_queued(printing: PrintWorld, lever: str) -> None:
    driver, key = printing.document_driver(), new_key()
    getattr(printing.sheets, lever)()
    assert refusal(driver.submit, SMALL_SHEET, key) is FaultCode.PRINTER_UNREACHABLE
    assert driver.status().reasons == (FaultCode.PRINTER_UNREACHABLE.value,)
    printing.sheets.clear()
    assert driver.job(key) is None
    driver.submit(SMALL_SHEET, key)
    assert driver.settle(key, within()).counter_moved is True
    assert media_of(printing, key) == 1


@pytest.mark.parametrize("lever", REFUSALS)
def test_while_a_job_waits_it_is_said_and_cups_tries_calmly(printing: PrintWorld, lever: str) -> None:
    driver, key = waiting(printing)
    getattr(printing.sheets, lever)()
    assert refusal(driver.settle, key, within()) is FaultCode.PRINTER_UNREACHABLE
    most = printing.sheets.connections + LOOKS_SECONDS * MOST_A_SECOND
    assert not printing.world.wait_for(lambda _: printing.sheets.connections > most, LOOKS_SECONDS)
    # Taken out of the queue though the printer cannot be asked: CUPS then leaves it alone, and nothing prints later.
    assert refusal(driver.purge, key) is FaultCode.PRINTER_UNREACHABLE
    printing.sheets.clear()
    driver.purge(key)
    job = driver.job(key)
    assert job is not None and (job.state, job.counter_moved) == (PrintState.CANCELED, False)
    assert media_of(printing, key) == 0


@pytest.mark.parametrize("lever", REFUSALS)
def test_a_job_under_way_is_judged_when_the_printer_speaks_again(printing: PrintWorld, lever: str) -> None:
    driver, key = printing.document_driver(), new_key()
    printing.world.on(When("printing", {"printer": "sheet"}), lambda _: getattr(printing.sheets, lever)())
    driver.submit(SMALL_SHEET, key)
    assert refusal(driver.settle, key, within()) is FaultCode.PRINTER_UNREACHABLE
    printing.sheets.clear()
    job = driver.settle(key, within())
    assert (job.state, job.counter_moved, media_of(printing, key)) == (PrintState.COMPLETED, True, 1)


def test_a_busy_printer_prints_the_job_once_when_it_is_free(printing: PrintWorld) -> None:
    driver, key = waiting(printing)
    assert refusal(driver.settle, key, Deadline.after(1)) is FaultCode.PRINTER_TIMEOUT
    assert media_of(printing, key) == 0
    printing.sheets.clear()
    job = driver.settle(key, Deadline.after(CUPS_SECONDS))
    assert (job.state, job.counter_moved, media_of(printing, key)) == (PrintState.COMPLETED, True, 1)
