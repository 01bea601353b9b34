"""The queue: each number once a day, whatever happens; who goes first; and what becomes of the paper."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from counter import Counter, Printer, open_counter
from front_office import FrontOffice, open_office, post, sign_in
from PIL import Image

from appliance.casework.roles import Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.casework.ticket import SERVICES
from appliance.diagnostics.board import DeviceReading
from appliance.documents.ticket_slip import TicketSlip, ticket_slip
from appliance.faults import DeviceFault, FaultCode
from appliance.issuance.rack import DeviceRack
from appliance.kiosk_ui.ticket_desk import TicketDesk
from appliance.office import tickets
from appliance.queue import jobs
from appliance.records.sqlcipher import SqlcipherFile
from appliance.records.store import Store

DAY = 86_400
ANI = Actor("a", "Ani", Role.PETUGAS, "meja 1")
BUDI = Actor("b", "Budi", Role.PEREKAM, "meja 2")


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    found = open_counter(tmp_path)
    found.devices["receipt_printer"] = Printer()
    found.machines = replace(found.machines, rack=DeviceRack(found.devices))
    yield found
    found.store.close()


def take(counter: Counter, first: bool = False) -> str:
    return tickets.take(counter.office, "lapor", first, printed=False).label


def in_hand(counter: Counter, who: Actor) -> str:
    found = tickets.in_hand(counter.office, who)
    return "" if found is None else found.label


def test_numbers_go_on_through_a_power_cut_and_begin_anew_each_day(counter: Counter, tmp_path: Path) -> None:
    assert [take(counter), take(counter, first=True)] == ["A001", "P002"]
    again = Store(SqlcipherFile(tmp_path / "siaga.db", b"k" * 32), counter.clock)
    assert tickets.take(replace(counter.office, store=again), "lain", False, printed=False).label == "A003"
    again.close()
    counter.clock.go(DAY)
    assert take(counter) == "A001"
    assert tickets.queue(counter.office).waiting == 1, "yesterday's are gone home"
    counter.clock.go(-DAY)
    assert take(counter) == "A004", "a day that comes again goes on where it was"


def test_two_at_once_never_get_the_same_number(counter: Counter) -> None:
    found: list[str] = []

    def many() -> None:
        for _ in range(10):
            found.append(take(counter))

    threads = [threading.Thread(target=many) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(found) == [f"A{number:03}" for number in range(1, 41)]


def test_the_queue_is_looked_up_for_all_pages_together_and_is_never_older_than_the_last_act(counter: Counter) -> None:
    desk, of_another_process = TicketDesk(counter.office), TicketDesk(counter.office)
    assert desk.queue().taken == 0
    of_another_process.take("lapor", False, printed=False)
    assert (desk.queue().taken, of_another_process.queue().taken) == (0, 1), "asked for in the same second"
    counter.clock.go(1)
    assert desk.queue().taken == 1
    desk.act(ANI, "call_next")
    assert [one.label for one in desk.queue().called] == ["A001"]
    counter.clock.go(-DAY)
    assert desk.queue().called == (), "a clock that was set back does not hold the old queue"


def test_who_has_taken_a_number_never_sees_a_queue_without_it(counter: Counter) -> None:
    desk = TicketDesk(counter.office)
    seen: list[bool] = []

    def many() -> None:
        for _ in range(10):
            number = desk.take("lapor", False, printed=False).number
            seen.append(desk.queue().taken >= number)

    threads = [threading.Thread(target=many) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert seen == [True] * 40


def test_who_goes_first_is_called_first_and_two_officers_never_call_the_same(counter: Counter) -> None:
    for first in (False, False, True, False):
        take(counter, first)
    office = counter.office
    tickets.call_next(office, ANI)
    tickets.call_next(office, BUDI)
    assert (in_hand(counter, ANI), in_hand(counter, BUDI)) == ("P003", "A001")
    counter.clock.go(60)
    tickets.call_again(office, ANI)
    queue = tickets.queue(office)
    assert [one.call for one in queue.called] == ["P003-2", "A001-1"]
    tickets.absent(office, BUDI)
    assert in_hand(counter, BUDI) == ""
    tickets.call_next(office, ANI)
    tickets.call_next(office, ANI)
    tickets.call_next(office, ANI)
    queue = tickets.queue(office)
    assert (queue.taken, queue.waiting, queue.served, queue.absent, queue.called) == (4, 0, 3, 1, ())
    tickets.call_next(office, ANI)
    assert in_hand(counter, ANI) == "", "nobody waits, nobody is called"


def test_a_call_leaves_the_screens_after_ten_minutes_and_stays_in_the_officers_hand(counter: Counter) -> None:
    take(counter)
    tickets.call_next(counter.office, ANI)
    counter.clock.go(601)
    assert tickets.queue(counter.office).called == () and in_hand(counter, ANI) == "A001"


def test_there_is_no_number_for_a_service_that_is_not_there(counter: Counter) -> None:
    with pytest.raises(NotAllowed):
        tickets.take(counter.office, "rahasia", False, printed=False)


def printed(counter: Counter, said: DeviceFault | None) -> tuple[str, Printer]:
    printer = counter.devices["receipt_printer"]
    if said is not None:
        printer.next.append(said)
    given = tickets.take(counter.office, "lapor", False, printed=True)
    assert tickets.paper_of(counter.office, given.day, given.number) == "printing"
    counter.run("receipt_printer")
    return tickets.paper_of(counter.office, given.day, given.number), printer


@pytest.mark.parametrize("said", [None, DeviceFault(FaultCode.PRINTER_UNSETTLED)])
def test_a_number_is_printed_once(counter: Counter, said: DeviceFault | None) -> None:
    """A roll printer counts nothing: sent is the most that is known."""
    assert printed(counter, said)[0] == "printed"
    printer = counter.devices["receipt_printer"]
    assert [media for _, media in printer.submitted] == ["custom_receipt_80x200mm"] and printer.purged == []


@pytest.mark.parametrize(
    "code", [FaultCode.PRINTER_MEDIA_EMPTY, FaultCode.PRINTER_COVER_OPEN, FaultCode.PRINTER_UNREACHABLE]
)
def test_without_paper_the_number_stays_and_no_late_paper_comes_out(counter: Counter, code: FaultCode) -> None:
    paper, printer = printed(counter, DeviceFault(code))
    assert paper == "failed" and printer.purged == [printer.submitted[0][0]]
    with counter.store.read() as tx:
        assert jobs.held(tx) == []
    tickets.call_next(counter.office, ANI)
    assert in_hand(counter, ANI) == "A001"


def test_a_paper_nobody_waits_for_any_more_is_not_printed(counter: Counter) -> None:
    given = tickets.take(counter.office, "lapor", False, printed=True)
    counter.clock.go(61)
    counter.run("receipt_printer")
    assert tickets.paper_of(counter.office, given.day, given.number) == "failed"
    assert counter.devices["receipt_printer"].submitted == []


@pytest.mark.parametrize("paper", [58, 80])
def test_everything_on_the_slip_is_on_the_paper(paper: int, tmp_path: Path) -> None:
    slip = TicketSlip("Dinas Kependudukan dan Pencatatan Sipil Kota Metro", "P888", SERVICES["ambil"], "24-11-2026")
    (tmp_path / "slip.png").write_bytes(ticket_slip(slip, paper))
    with Image.open(tmp_path / "slip.png") as page:
        assert page.width == {58: 384, 80: 576}[paper]
        left, top, right, bottom = page.convert("L").point(lambda dot: 255 - dot).getbbox() or (0, 0, 0, 0)
    assert left >= 4 and right <= page.width - 4 and top >= 8 and bottom <= page.height - 8


@pytest.fixture
def place(tmp_path: Path) -> Iterator[FrontOffice]:
    found = open_office(tmp_path)
    yield found
    found.office.store.close()


def test_a_visit_takes_three_numbers_at_most_and_the_officer_calls_them(place: FrontOffice) -> None:
    visitor = place.app("resident").test_client()
    assert visitor.get("/nomor/anda").headers["Location"] == "/nomor"
    assert post(visitor, "/nomor", "/nomor", service="rahasia").headers["Location"] == "/nomor"
    for number in range(1, 5):
        assert post(visitor, "/nomor", "/nomor", service="rekam").headers["Location"] == "/nomor/dahulukan"
        answer = post(visitor, "/nomor/dahulukan", "/nomor/dahulukan", first="ya" if number == 2 else "tidak")
        assert answer.status_code == (303 if number < 4 else 429)
    page = visitor.get("/nomor/anda").text
    assert "data-ticket>A003<" in page and "data-ahead>2<" in page and 'data-paper="none"' in page
    officer = place.app("officer").test_client()
    sign_in(officer, Role.PETUGAS)
    for act, expected in (("berikutnya", "P002"), ("lagi", "P002"), ("tidak-hadir", ""), ("berikutnya", "A001")):
        assert post(officer, "/petugas/", f"/petugas/antrean/{act}").status_code == 303
        found = re.search(r'data-in-hand="(\w+)"', officer.get("/petugas/").text)
        assert (found[1] if found else "") == expected
        if expected:
            assert f"Dipanggil: <strong>{expected}</strong>" in " ".join(visitor.get("/").text.split())
    assert post(officer, "/petugas/", "/petugas/antrean/apa").status_code == 404
    keeper = place.app("officer").test_client()
    sign_in(keeper, Role.GUDANG)
    assert post(keeper, "/petugas/blanko", "/petugas/antrean/berikutnya").status_code == 403


def test_with_a_printer_that_is_well_the_paper_is_asked_for(place: FrontOffice) -> None:
    now = place.services.clock()
    place.devices.append(DeviceReading("receipt_printer", "ok", since=now, asked=now + 60_000))
    visitor = place.app("resident").test_client()
    post(visitor, "/nomor", "/nomor", service="ambil")
    post(visitor, "/nomor/dahulukan", "/nomor/dahulukan", first="tidak")
    assert 'data-paper="printing"' in visitor.get("/nomor/anda").text
