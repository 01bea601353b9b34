"""The print system dies or stops under a job: what is said meanwhile, and that one sheet comes out in the end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from beginnings import Books, set_out
from benches import Bench
from counter import PEOPLE
from works import Works

from appliance.casework.roles import Role
from appliance.clock import Deadline
from appliance.devices import PrintDocument
from appliance.faults import FAULTS, Actor, FaultCode, Item
from appliance.issuance.machines import newest
from appliance.issuance.power import LOOK_AGAIN_MS
from appliance.issuance.printing import SHEET_MEDIA
from appliance.office.troubles import repair, troubles
from appliance.queue import effects
from appliance.records import audit
from hw_sim.cupsd import OPEN_POLICY
from hw_sim.world import Event, When

pytestmark = pytest.mark.daemons


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Works]:
    with Works(tmp_path_factory.mktemp("works")) as works:
        yield works


@pytest.fixture
def bench(works: Works, tmp_path: Path) -> Iterator[Bench]:
    works.mend()
    bench = set_out(works, Books(tmp_path / "books"), "print-kk", tmp_path)
    yield bench
    bench.counter.store.close()
    works.clear_away()


@pytest.mark.parametrize("event", ["print-job", "printed"], ids=["before the sheet", "after the sheet"])
def test_a_print_system_that_dies_is_asked_again_until_it_answers(works: Works, bench: Bench, event: str) -> None:
    sheets = works.sheet_printer.counter

    def dies(_: Event) -> None:
        works.cups.cut_power()

    bench.world.on(When(event, {"printer": "sheet"}), dies)
    job = bench.do()
    assert (job.state, job.fault) == ("ready", FaultCode.PRINTER_SILENT.value)
    assert FAULTS[FaultCode.PRINTER_SILENT].item is Item.UNKNOWN
    works.cups.start()
    for _ in range(50):
        bench.counter.clock.now += LOOK_AGAIN_MS
        job = bench.do()
        if job.state != "ready":
            break
    asked = [one["kind"] for one in bench.counter.state(bench.case, Role.OPERATOR).questions]
    came = works.sheet_printer.counter - sheets
    assert came == 1 and (job.state == "done" or asked == ["sheet-print-unknown"])


@pytest.mark.parametrize("lever", ["hang_up", "talk_nonsense"])
def test_a_printer_that_answers_nobody_any_more_is_asked_until_it_does_and_prints_once(
    works: Works, bench: Bench, lever: str
) -> None:
    sheets = works.sheet_printer.counter
    bench.world.on(When("printing", {"printer": "sheet"}), lambda _: getattr(works.sheet_printer, lever)())
    for _ in range(3):
        job = bench.do()
        assert (job.state, job.fault) == ("ready", FaultCode.PRINTER_SILENT.value), "told, and tried again by itself"
        bench.counter.clock.now += LOOK_AGAIN_MS
    works.sheet_printer.clear()
    assert bench.do().state == "done"
    assert works.sheet_printer.counter == sheets + 1


def test_a_stopped_queue_is_opened_again_by_whoever_tries_again(works: Works, bench: Bench) -> None:
    sheets = works.sheet_printer.counter
    works.cups.run("cupsdisable", "KK")
    assert bench.do().fault == FaultCode.PRINTER_STOPPED.value
    bench.counter.do("retry_job", Role.OPERATOR, bench.case, job=bench.key)
    bench.counter.run("document_printer")
    assert bench.counter.job(bench.key).state == "done"
    assert works.sheet_printer.counter == sheets + 1
    with bench.counter.store.read() as tx:
        assert audit.newest(tx, "queue-resume-complete", 1)


def test_a_queue_that_cups_keeps_closed_is_the_technicians(works: Works, bench: Bench) -> None:
    counter = bench.counter
    works.cups.run("cupsdisable", "KK")
    works.cups.run("lpadmin", "-p", "KK", "-o", "printer-op-policy=default")
    try:
        assert bench.do().fault == FaultCode.PRINTER_STOPPED.value
        counter.do("retry_job", Role.OPERATOR, bench.case, job=bench.key)
        counter.run("document_printer")
        held = {one.job.kind: (one.fault, one.actor) for one in troubles(counter.office)}
        assert held["resume-queue"] == (FaultCode.PRINTER_START_REFUSED, Actor.TECHNICIAN)
        assert held["print-kk"][0] is FaultCode.PRINTER_STOPPED
    finally:
        works.cups.run("lpadmin", "-p", "KK", "-o", f"printer-op-policy={OPEN_POLICY}")
    held_job = next(one.job.id for one in troubles(counter.office) if one.job.kind == "resume-queue")
    repair(counter.office, PEOPLE[Role.TEKNISI], held_job)
    counter.run("document_printer")
    counter.do("retry_job", Role.OPERATOR, bench.case, job=bench.key)
    counter.run("document_printer")
    assert counter.job(bench.key).state == "done"


def test_what_waits_in_a_stopped_queue_never_comes_out_by_itself(works: Works, bench: Bench) -> None:
    """A printer that takes no job lets CUPS try for ever; the queue is stopped by hand meanwhile."""
    sheets = works.sheet_printer.counter
    works.sheet_printer.busy()
    token, counter = f"print-kk:{bench.case}:1", bench.counter
    data = newest(counter.store, counter.office.vault, counter.case(bench.case), "kk_signed")
    assert data is not None
    effects.intend(counter.store, token, "document_printer", "KK", case_id=bench.case)
    works.devices["document_printer"].submit(PrintDocument(data, "application/pdf", SHEET_MEDIA, "KK"), token)
    works.cups.run("cupsdisable", "KK")
    assert bench.do().fault == FaultCode.PRINTER_STOPPED.value
    bench.counter.do("retry_job", Role.OPERATOR, bench.case, job=bench.key)
    works.sheet_printer.clear()
    bench.counter.run("document_printer")
    questions = [one["kind"] for one in bench.counter.state(bench.case, Role.OPERATOR).questions]
    assert questions == ["sheet-print-unknown"] and works.sheet_printer.counter == sheets


def test_a_sheet_given_up_before_an_empty_tray_stays_away_when_it_is_filled(works: Works, bench: Bench) -> None:
    sheets, counter, printer = works.sheet_printer.counter, bench.counter, works.devices["document_printer"]
    works.sheet_printer.media_empty()
    assert bench.do().fault == FaultCode.PRINTER_MEDIA_EMPTY.value
    counter.do("give_up_job", Role.OPERATOR, bench.case, job=bench.key, reason="Kertas habis")
    counter.run("document_printer")
    works.sheet_printer.clear()
    data = newest(counter.store, counter.office.vault, counter.case(bench.case), "kk_signed")
    assert data is not None
    printer.submit(PrintDocument(data, "application/pdf", SHEET_MEDIA, "another"), "another:1")
    printer.settle("another:1", Deadline.after(20))
    assert works.sheet_printer.counter == sheets + 1, "only the other one"
