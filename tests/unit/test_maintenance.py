"""The maintenance switch: what waits, who is told, and every way back into service."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from front_office import FrontOffice, open_office, post, sign_in

from appliance.casework.roles import Role
from appliance.office.maintenance import BUSY, CARD_BETWEEN, TAKEN, state
from appliance.queue import jobs
from appliance.queue.holding import held_by_a_case
from appliance.records import audit, maintenance
from appliance.records.maintenance import IDLE_MS

PAGE, BEGIN, END = "/teknisi/perawatan", "/teknisi/perawatan/mulai", "/teknisi/perawatan/selesai"
START = 1_795_000_000_000


@dataclass
class Hour:
    """A clock that goes when it is told to."""

    now: int = START

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def hour() -> Hour:
    return Hour()


@pytest.fixture
def place(tmp_path: Path, hour: Hour) -> Iterator[FrontOffice]:
    found = open_office(tmp_path, (Role.TEKNISI, Role.PETUGAS), clock=hour)
    found.services = replace(found.services, clock=hour, lock_after=3600)
    yield found
    found.office.store.close()


@pytest.fixture
def client(place: FrontOffice) -> FlaskClient:
    client = place.app("technician").test_client()
    sign_in(client, Role.TEKNISI, "teknisi")
    return client


def events(place: FrontOffice, name: str) -> list[str]:
    with place.office.store.read() as tx:
        return [str(one["facts"]) for one in audit.newest(tx, name, 9)]


def test_the_kiosk_says_so_the_board_says_who_and_a_press_ends_it(
    place: FrontOffice, client: FlaskClient, hour: Hour
) -> None:
    resident, officer = place.app("resident").test_client(), place.app("officer").test_client()
    sign_in(officer, Role.PETUGAS)
    assert resident.get("/").status_code == 200 and resident.get("/tutup").headers["Location"] == "/"
    assert post(client, PAGE, BEGIN).status_code == 303
    for address in ("/", "/sambutan", "/lapor/setuju", "/status/kode", "/nomor", "/periksa"):
        assert resident.get(address).headers["Location"] == "/tutup", address
    page = resident.get("/tutup").text
    assert "Mesin sedang dirawat" in page and "Panggil petugas" in page and 'data-idle="0"' in page
    assert post(resident, "/tutup", "/bahasa", language="en").status_code == 303
    assert "The machine is being serviced" in resident.get("/tutup").text
    board = officer.get("/petugas/").text
    assert "data-maintenance" in board and "Teknisi" in board and "sejak" in board
    answer = post(client, PAGE, BEGIN)
    assert answer.status_code == 422 and TAKEN in answer.text
    assert post(client, PAGE, END).status_code == 303
    assert resident.get("/").status_code == 200 and "data-maintenance" not in officer.get("/petugas/").text
    assert (len(events(place, "maintenance-init")), events(place, "maintenance-complete")) == (1, ['{"by":"hand"}'])
    assert post(client, PAGE, END).status_code == 422


def test_who_has_begun_at_the_kiosk_goes_on_to_his_end(place: FrontOffice, client: FlaskClient) -> None:
    resident = place.app("resident").test_client()
    post(resident, "/lapor/setuju", "/lapor/setuju")
    post(client, PAGE, BEGIN)
    assert resident.get("/lapor/pelapor").status_code == 200
    assert resident.get("/").headers["Location"] == "/tutup"
    post(resident, "/lapor/pelapor", "/selesai")
    assert resident.get("/lapor/setuju").headers["Location"] == "/tutup"


def test_work_on_devices_waits_and_they_are_free_to_be_tried(place: FrontOffice, client: FlaskClient) -> None:
    store = place.office.store
    with store.write() as tx:
        jobs.put(tx, "scanner", "capture", "capture:1")
        jobs.put(tx, "card_printer", "resume-queue", "resume:1")
        jobs.put(tx, "trial", "try-device", "try-device:1")
        jobs.put(tx, "siak", "submit", "submit:1")
        assert held_by_a_case(tx, "fingerprint_scanner")
    post(client, PAGE, BEGIN)
    with store.read() as tx:
        assert not held_by_a_case(tx, "fingerprint_scanner")
    assert jobs.claim(store, "scanner", "me") is None
    for lane in ("card_printer", "trial", "siak"):
        assert jobs.claim(store, lane, "me") is not None, lane
    post(client, PAGE, END)
    assert jobs.claim(store, "scanner", "me") is not None


def test_it_is_refused_while_a_device_works_for_a_case(place: FrontOffice, client: FlaskClient) -> None:
    with place.office.store.write() as tx:
        jobs.put(tx, "scanner", "capture", "capture:1")
    assert jobs.claim(place.office.store, "scanner", "me") is not None
    answer = post(client, PAGE, BEGIN)
    assert answer.status_code == 422 and BUSY in answer.text and CARD_BETWEEN not in answer.text
    assert state(place.office) is None


def test_signing_out_gives_the_machine_back_and_another_persons_does_not(
    place: FrontOffice, client: FlaskClient
) -> None:
    officer = place.app("officer").test_client()
    sign_in(officer, Role.PETUGAS)
    post(client, PAGE, BEGIN)
    post(officer, "/petugas/", "/petugas/keluar")
    assert state(place.office) is not None
    post(client, PAGE, "/teknisi/keluar")
    assert state(place.office) is None
    assert events(place, "maintenance-complete") == ['{"by":"sign-out"}']


def test_ten_minutes_after_the_last_touch_it_comes_back_by_itself_also_over_a_restart(
    place: FrontOffice, client: FlaskClient, hour: Hour
) -> None:
    post(client, PAGE, BEGIN)
    hour.now += IDLE_MS - 1_000
    assert client.get("/teknisi/coba").status_code == 200, "a touch"
    hour.now += IDLE_MS - 1_000
    assert state(place.office) is not None
    assert client.get(PAGE, headers={"X-Live": "1"}).status_code == 200, "the page itself, and nobody's touch"
    again = place.app("resident").test_client()
    assert again.get("/").headers["Location"] == "/tutup", "it is in the books"
    hour.now += 2_000
    assert again.get("/").status_code == 200
    assert events(place, "maintenance-complete") == ['{"by":"idle"}']
    with place.office.store.read() as tx:
        assert maintenance.kept(tx) is None


def test_a_clock_that_is_set_back_does_not_keep_it_closed(
    place: FrontOffice, client: FlaskClient, hour: Hour
) -> None:
    post(client, PAGE, BEGIN)
    hour.now -= IDLE_MS + 1_000
    assert state(place.office) is None
