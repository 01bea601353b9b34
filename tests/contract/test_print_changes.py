"""Submitting through pycups in a child that hangs or dies: its job is found by key or there is none; never two."""

from __future__ import annotations

import io
import os
import signal
import socket
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from cups_relay import CREATE_JOB, EVERYTHING, SEND_DOCUMENT, Break, CupsRelay, relay_to
from PIL import Image
from print_world import PrintWorld, _print_session, printing

from appliance.clock import Deadline
from appliance.devices import PrintDocument, PrintState
from appliance.drivers import ipp
from appliance.drivers.picture_pdf import pdf_of
from appliance.drivers.print_queue import PrintQueue
from appliance.drivers.printer import QueuedPrinter, document_printer
from appliance.drivers.printer_questions import USER
from appliance.drivers.printer_traits import SHEETS
from appliance.drivers.transport_cups import address, ask
from appliance.drivers.transport_cups_changes import CupsChanges
from appliance.faults import DeviceFault, FaultCode
from hw_sim.cupsd import Cupsd
from hw_sim.printer import Printer
from hw_sim.world import World

__all__ = ["_print_session", "printing"]
pytestmark = pytest.mark.daemons
HASTY = replace(SHEETS, submit_seconds=1.0)
HALF_A_DOCUMENT = 200_000


def _noise() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((620, 877), 80).convert("RGB").save(out, "PNG", dpi=(75, 75))
    return pdf_of(out.getvalue())


SHEET = PrintDocument(_noise(), "application/pdf", "iso_a4_210x297mm", "sheet")


@pytest.fixture
def relay(printing: PrintWorld) -> Iterator[CupsRelay]:
    with relay_to(printing.cups.socket_path, "KK") as between:
        yield between


@pytest.fixture
def key() -> str:
    return f"print-{uuid.uuid4()}"


def _by() -> Deadline:
    return Deadline.after(20)


def _came_out(printing: PrintWorld, key: str) -> int:
    return sum(output.name == key for output in printing.sheets.outputs)


def _prints_once(printing: PrintWorld, driver: QueuedPrinter, key: str) -> None:
    """Submitted and proved, then another job behind it, so that nothing late of the key can still be on its way."""
    driver.submit(SHEET, key)
    assert driver.settle(key, _by()).counter_moved is True
    later = f"{key}-later"
    driver.submit(SHEET, later)
    driver.settle(later, _by())
    assert _came_out(printing, key) == 1


@pytest.mark.parametrize(
    "where",
    [Break(CREATE_JOB, 0), Break(CREATE_JOB, EVERYTHING), Break(SEND_DOCUMENT, HALF_A_DOCUMENT)],
    ids=["before the job", "job without document", "half a document"],
)
def test_a_submission_that_hangs_leaves_no_job_and_may_be_repeated(
    printing: PrintWorld, relay: CupsRelay, key: str, where: Break
) -> None:
    assert len(SHEET.data) > 2 * HALF_A_DOCUMENT
    driver = printing.closed_after(QueuedPrinter(relay.uri, HASTY))
    relay.break_at(where)
    with pytest.raises(DeviceFault) as raised:
        driver.submit(SHEET, key)
    assert relay.broken.is_set()
    assert raised.value.code is FaultCode.PRINTER_UNREACHABLE and raised.value.detail.startswith("not queued")
    assert driver.job(key) is None
    driver.resume()  # refused while anything waits in the queue
    assert _came_out(printing, key) == 0
    _prints_once(printing, driver, key)


def test_a_job_whose_answer_was_lost_is_found_by_its_key(printing: PrintWorld, relay: CupsRelay, key: str) -> None:
    driver = printing.closed_after(QueuedPrinter(relay.uri, HASTY))
    relay.break_at(Break(SEND_DOCUMENT, EVERYTHING))
    job = driver.submit(SHEET, key)
    assert relay.broken.is_set() and job.queue_id > 0
    assert driver.submit(SHEET, key).queue_id == job.queue_id
    _prints_once(printing, driver, key)


@pytest.mark.parametrize("operation", [CREATE_JOB, SEND_DOCUMENT])
def test_a_child_killed_in_a_submission_prints_nothing_and_the_next_prints_once(
    printing: PrintWorld, relay: CupsRelay, key: str, operation: int
) -> None:
    driver = printing.closed_after(document_printer(relay.uri))

    def kill() -> None:
        assert driver.process_id is not None
        os.kill(driver.process_id, signal.SIGKILL)

    relay.break_at(Break(operation, HALF_A_DOCUMENT, kill))
    with pytest.raises(DeviceFault) as raised:
        driver.submit(SHEET, key)
    assert raised.value.code is FaultCode.PRINTER_UNREACHABLE and "ended by itself" in raised.value.detail
    _prints_once(printing, driver, key)


def test_a_driver_that_died_in_a_submission_leaves_nothing_that_stops_the_next(
    printing: PrintWorld, relay: CupsRelay, key: str
) -> None:
    # As if the appliance lost its power here: nobody looks after the job that has no document.
    changes = CupsChanges(address(relay.uri), "siaga")
    relay.break_at(Break(CREATE_JOB, EVERYTHING))
    with pytest.raises(DeviceFault):
        changes.submit(key, "sheet", {"media": SHEET.media}, SHEET.data, Deadline.after(1))
    after = printing.document_driver()
    assert after.job(key) is None
    _prints_once(printing, after, key)


def test_when_the_queue_falls_silent_nobody_can_say_and_later_it_prints_once(
    printing: PrintWorld, relay: CupsRelay, key: str
) -> None:
    driver = printing.closed_after(QueuedPrinter(relay.uri, HASTY))
    relay.break_at(Break(SEND_DOCUMENT, EVERYTHING, all_silent=True))
    with pytest.raises(DeviceFault) as raised:
        driver.submit(SHEET, key)
    assert raised.value.code is FaultCode.PRINTER_TIMEOUT and "submitted or not" in raised.value.detail
    relay.mend()
    _prints_once(printing, driver, key)


def test_purging_takes_away_a_job_without_document(printing: PrintWorld, relay: CupsRelay, key: str) -> None:
    changes = CupsChanges(address(relay.uri), "siaga")
    relay.break_at(Break(CREATE_JOB, EVERYTHING))
    with pytest.raises(DeviceFault):
        changes.submit(key, "sheet", {"media": SHEET.media}, SHEET.data, Deadline.after(1))
    driver = printing.document_driver()
    with pytest.raises(DeviceFault) as raised:
        driver.resume()
    assert raised.value.code is FaultCode.PRINTER_STOPPED
    driver.purge(key)
    driver.resume()


def test_a_restarted_cupsd_still_knows_that_a_job_had_its_document(tmp_path: Path, key: str) -> None:
    sheets = Printer(World(speed=0.0), "sheet")
    sheets.start()
    cups = Cupsd(tmp_path, {"KK": sheets.uri})
    cups.start()
    driver, again = document_printer(cups.document_printer_uri), document_printer(cups.document_printer_uri)
    try:
        number = driver.submit(SHEET, key).queue_id
        driver.settle(key, _by())
        cups.cut_power()
        cups.start()
        job = again.submit(SHEET, key)
        assert (job.queue_id, job.state, job.counter_moved) == (number, PrintState.COMPLETED, True)
        assert len(sheets.outputs) == 1
    finally:
        driver.close()
        again.close()
        cups.stop()
        sheets.stop()


def test_a_job_that_a_killed_cupsd_left_without_its_document_does_not_wait_for_ever(tmp_path: Path, key: str) -> None:
    sheets = Printer(World(speed=0.0), "sheet")
    sheets.start()
    cups = Cupsd(tmp_path, {"KK": sheets.uri})
    cups.start()
    driver = document_printer(cups.document_printer_uri)
    try:
        who: list[ipp.Field] = [(ipp.NAME, "requesting-user-name", USER), (ipp.NAME, "job-name", key)]
        assert ask(address(cups.document_printer_uri), CREATE_JOB, who, _by()).status == 0
        written = _by()
        while not (list((cups.home / "spool").glob("c*[0-9]")) and (cups.home / "cache" / "job.cache").exists()):
            assert not written.passed, "cupsd does not write the job down"
        cups.cut_power()
        cups.start()
        (left,) = PrintQueue(address(cups.document_printer_uri)).listed(key)
        assert left.empty and not left.ended and "job-incoming" not in left.reasons, "nothing says what it waits for"
        assert driver.job(key) is None
        driver.submit(SHEET, key)
        assert driver.settle(key, _by()).counter_moved is True
        assert [output.name for output in sheets.outputs] == [key]
    finally:
        driver.close()
        cups.stop()
        sheets.stop()


@pytest.fixture
def hung_uri(tmp_path: Path) -> Iterator[str]:
    """A server that takes every connection and never answers."""
    path = Path("/tmp") / f"hung-{uuid.uuid4().hex[:12]}.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(16)
        yield f"ipp://{quote(str(path), safe='')}/printers/KK"
    path.unlink()


def test_a_hung_server_is_a_fault_within_the_deadline(hung_uri: str) -> None:
    changes = CupsChanges(address(hung_uri), "siaga")
    changes.ready(_by())
    for act in (
        lambda by: changes.submit("k", "sheet", {}, SHEET.data, by),
        lambda by: changes.cancel(1, by),
        lambda by: changes.enable(by),
    ):
        begin = time.monotonic()
        with pytest.raises(DeviceFault) as raised:
            act(Deadline.after(0.4))
        assert raised.value.code is FaultCode.PRINTER_TIMEOUT
        assert time.monotonic() - begin < 1.5 and changes.process_id is None


def test_a_driver_before_a_hung_server_ends_in_a_fault(hung_uri: str, key: str) -> None:
    driver = document_printer(hung_uri)
    begin = time.monotonic()
    with pytest.raises(DeviceFault) as raised:
        driver.submit(SHEET, key)
    driver.close()
    assert raised.value.code is FaultCode.PRINTER_UNREACHABLE and time.monotonic() - begin < 5


def test_without_pycups_nothing_is_submitted_and_all_else_works(
    printing: PrintWorld, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cups.py").write_text("raise ModuleNotFoundError(\"No module named 'cups'\", name='cups')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    driver = printing.document_driver()
    driver.open()
    with pytest.raises(DeviceFault) as raised:
        driver.submit(SHEET, key)
    assert (raised.value.code, raised.value.detail) == (FaultCode.PRINTER_UNREACHABLE, "pycups is not installed")
    assert driver.job(key) is None and driver.status().level == "ok"
    tested = driver.self_test()
    assert (tested.level, tested.detail) == ("down", {"queue": "pycups is not installed"})


def test_an_idle_child_ends_by_itself_and_comes_back(printing: PrintWorld) -> None:
    changes = CupsChanges(address(printing.cups.document_printer_uri), "siaga", idle_seconds=0.2)
    changes.ready(_by())
    first = changes.process_id
    assert first is not None
    ended = os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
    assert ended is not None and ended.si_status == 0
    changes.ready(_by())
    assert changes.process_id not in (None, first)
    changes.close()
    assert changes.process_id is None
