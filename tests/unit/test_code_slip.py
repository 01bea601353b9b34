"""The code of a report on paper: once, without a name, and never late; the page says what became of it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import zxingcpp
from counter import Counter, Printer, open_counter
from front_office import FrontOffice, post, report
from PIL import Image

from appliance.casework.intake import Category, Reporter
from appliance.casework.roles import KIOSK
from appliance.casework.slip_code import case_code
from appliance.diagnostics.board import DeviceReading
from appliance.documents.code_slip import CodeSlip, code_slip
from appliance.faults import DeviceFault, FaultCode
from appliance.issuance.code_slip import NEXT_STEP
from appliance.issuance.rack import DeviceRack
from appliance.office import reports
from appliance.queue import jobs
from appliance.queue.jobs import Job
from appliance.queue.worker import Result, work_one
from appliance.records import cases

RATNA = Reporter("RATNA PUSPITASARI", "pamong", "RT 03", None)


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    found = open_counter(tmp_path)
    found.devices["receipt_printer"] = Printer()
    found.machines = replace(found.machines, rack=DeviceRack(found.devices))
    yield found
    found.store.close()


def reported(counter: Counter, printed: bool = True) -> str:
    return reports.report(counter.office, RATNA, Category("none", ()), "SUGENG", "", (), KIOSK, printed)


@pytest.mark.parametrize("said", [None, DeviceFault(FaultCode.PRINTER_UNSETTLED)])
def test_a_report_puts_its_code_on_paper_once(counter: Counter, said: DeviceFault | None) -> None:
    printer = counter.devices["receipt_printer"]
    if said is not None:
        printer.next.append(said)
    code = reported(counter)
    assert reports.paper_of(counter.office, code) == "printing"
    counter.run("receipt_printer")
    assert reports.paper_of(counter.office, code) == "printed"
    assert [media for _, media in printer.submitted] == ["custom_receipt_80x200mm"] and printer.purged == []


def test_without_paper_the_report_counts_and_no_late_paper_comes_out(counter: Counter) -> None:
    printer = counter.devices["receipt_printer"]
    printer.next.append(DeviceFault(FaultCode.PRINTER_MEDIA_EMPTY))
    code = reported(counter)
    counter.run("receipt_printer")
    assert reports.paper_of(counter.office, code) == "failed" and printer.purged == [printer.submitted[0][0]]
    late = reported(counter)
    counter.clock.go(61)
    counter.run("receipt_printer")
    assert reports.paper_of(counter.office, late) == "failed" and len(printer.submitted) == 1
    with counter.store.read() as tx:
        assert jobs.held(tx) == [] and cases.by_code(tx, code).state == cases.by_code(tx, late).state == "DILAPORKAN"


def test_nothing_of_a_person_goes_to_the_printer(counter: Counter) -> None:
    code = reported(counter)
    with counter.store.read() as tx:
        (job,) = [one for one in jobs.unfinished(tx) if one.kind == "print-code"]
    assert job.payload == {"code": code} and job.case_id is None
    assert reports.paper_of(counter.office, reported(counter, printed=False)) == "none"


@pytest.mark.parametrize("paper", [58, 80])
def test_what_stands_on_it_is_on_the_paper_and_a_reader_reads_it(paper: int) -> None:
    office = "Dinas Kependudukan dan Pencatatan Sipil Kota Metro"
    slip = CodeSlip(office, "SG-7K3F-92", "SIAGA:SG-7K3F-92", NEXT_STEP, "24-11-2026 pukul 14.05 WIB")
    with Image.open(io.BytesIO(code_slip(slip, paper))) as page:
        assert page.width == {58: 384, 80: 576}[paper]
        grey = page.convert("L")
    left, top, right, bottom = grey.point(lambda dot: 255 - dot).getbbox() or (0, 0, 0, 0)
    assert left >= 4 and right <= grey.width - 4 and top >= 8 and bottom <= grey.height - 8
    (found,) = zxingcpp.read_barcodes(grey)
    assert case_code(found.text) == "SG-7K3F-92"


def test_the_page_says_what_became_of_the_paper(place: FrontOffice) -> None:
    client = place.app("resident").test_client()
    report(client)
    page = client.get("/lapor/bukti").text
    assert 'data-paper="none"' in page and "Tidak bisa menulis? Panggil petugas." in page
    now = place.services.clock()
    place.devices.append(DeviceReading("receipt_printer", "ok", since=now, asked=now + 60_000))
    post(client, "/", "/selesai")
    code = report(client)
    page = client.get("/lapor/bukti").text
    assert 'data-paper="printing"' in page and "tulis kodenya" not in page

    def empty(job: Job) -> Result:
        return lambda tx: jobs.tell(tx, job, why="printer.media-empty")

    assert work_one(place.office.store, "receipt_printer", "test", {"print-code": empty})
    assert reports.paper_of(place.office, code) == "failed"
    assert "Foto layar ini atau tulis kodenya." in client.get("/lapor/bukti").text
