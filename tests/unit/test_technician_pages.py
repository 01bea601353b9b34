"""The technician's pages by HTTP: what each one tells, and that none of it is about people."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from front_office import FrontOffice, open_office, post, sign_in

from appliance.casework.roles import SYSTEM, Role
from appliance.diagnostics.board import DeviceReading
from appliance.diagnostics.history import Past, Span
from appliance.diagnostics.log import read
from appliance.diagnostics.rest import Rest
from appliance.diagnostics.supplies import Wear
from appliance.kiosk_ui.technician import checklist
from appliance.kiosk_ui.technician.checklist import HOW
from appliance.kiosk_ui.technician.faults import Fault, counted, device_of, newest_first, watched
from appliance.queue import jobs
from appliance.records import audit, notes, trials
from appliance.records.trials import Trial

HOUR = 3_600_000


@pytest.fixture
def place(tmp_path: Path) -> Iterator[FrontOffice]:
    uris = {"card_printer": "ipp://user:secret@127.0.0.1:631/printers/KTP", "camera": "v4l2:/dev/video0?pin=9"}
    found = open_office(tmp_path, (Role.TEKNISI, Role.KASI), devices=uris)
    yield found
    found.office.store.close()


@pytest.fixture
def client(place: FrontOffice) -> FlaskClient:
    client = place.app("technician").test_client()
    assert sign_in(client, Role.TEKNISI, "teknisi").status_code == 303
    return client


def test_a_stopped_queue_is_opened_again_from_the_printers_page(place: FrontOffice, client: FlaskClient) -> None:
    page, open_again = "/teknisi/alat/card_printer", "/teknisi/alat/card_printer/antrean"
    now = place.services.clock()
    place.devices.append(DeviceReading("card_printer", "ok", since=now, asked=now))
    assert open_again not in client.get(page).text
    place.devices[:] = [DeviceReading("card_printer", "down", ("printer.paused",), since=now, asked=now)]
    assert open_again in client.get(page).text
    assert post(client, page, open_again).status_code == 303
    with place.office.store.read() as tx:
        (job,) = jobs.unfinished(tx)
        assert (job.lane, job.kind, len(audit.newest(tx, "queue-resume-init", 9))) == (
            "card_printer",
            "resume-queue",
            1,
        )
    assert post(client, page, "/teknisi/alat/camera/antrean").status_code == 422


def test_a_device_page_tells_state_address_driver_supplies_and_faults(
    place: FrontOffice, client: FlaskClient
) -> None:
    now = place.services.clock()
    detail = {"marker-levels": "18"}
    place.devices.append(
        DeviceReading("card_printer", "down", ("printer.media-jam",), "P1", "77", detail, now - HOUR, now)
    )
    place.pasts["card_printer"] = Past(
        (Span(now - 5 * HOUR, now - HOUR, "ok"), Span(now - HOUR, now, "down", ("printer.media-jam",))),
        Wear({"ribbon": 18}, {}),
        Rest("412", now - HOUR),
    )
    with place.office.store.write() as tx:
        audit.record(tx, "job-fault", SYSTEM, None, kind="print-card", fault="printer.media-empty", resident=None)
        audit.record(tx, "job-fault", SYSTEM, None, kind="print-kk", fault="printer.media-needed", resident=None)
    page = client.get("/teknisi/alat/card_printer").text
    assert "Belum pernah dicoba" in page
    with place.office.store.write() as tx:
        trials.put(tx, Trial("t", "card_printer", "cut", now, "who"))
    assert "Uji terakhir terputus" in client.get("/teknisi/alat/card_printer").text
    assert 'class="state-bar"' in page and "tidak bisa 1 jam" in page
    assert "secret" not in page and "ipp://127.0.0.1:631/printers/KTP" in page
    assert 'data-tier="silver"' in page
    assert "<dt>Terakhir mencetak</dt>" in page
    assert "<strong>18 %</strong>" in page and "belum cukup" in page and "Blanko siap pakai" in page
    assert 'data-fault="printer.media-empty"' in page, "met by work"
    assert 'data-fault="printer.media-jam"' in page, "seen by the watch"
    assert "media-needed" not in page, "another printer's"
    place.devices.append(DeviceReading("storage", "ok", detail={"free_mb": "900"}, asked=now))
    disk = client.get("/teknisi/alat/storage").text
    assert "Terakhir mencetak" not in disk, "it prints nothing"
    assert "bagian dari mesin ini" in disk and "Belum ada catatan" in disk and "Coba alat ini" not in disk
    assert client.get("/teknisi/alat/camera").status_code == 404, "not on the board"
    assert client.get("/teknisi/alat/nothing").status_code == 404


def test_faults_are_told_by_device_in_order_and_counted() -> None:
    assert device_of("printer.media-jam", "print-kk") == "document_printer"
    assert device_of("printer.media-jam", "receipt") == "printer"
    assert device_of("sam.absent", "encode") == "secure_access_module"
    pasts = {"camera": Past((Span(5, 9, "down", ("camera.frozen",)), Span(9, 11, "ok")))}
    work = (Fault(7, "camera.frozen", "camera", "work"),)
    found = newest_first(work, watched(pasts))
    assert [(one.at, one.by) for one in found] == [(7, "work"), (5, "watch")]
    (row,) = counted(found)
    assert (row.count, row.first, row.last) == (2, 5, 7)


def test_the_fault_page_tells_cause_and_remedy_counts_and_filters(place: FrontOffice, client: FlaskClient) -> None:
    assert "Tidak ada gangguan tercatat." in client.get("/teknisi/gangguan").text
    with place.office.store.write() as tx:
        for _ in range(3):
            audit.record(tx, "job-fault", SYSTEM, None, kind="capture", fault="fingerprint_scanner.timeout")
        audit.record(
            tx, "device-try-complete", SYSTEM, None, device="camera", outcome="failed", fault="camera.frozen"
        )
        audit.record(tx, "device-try-complete", SYSTEM, None, device="camera", outcome="done", fault="")
    now = place.services.clock()
    place.pasts["card_printer"] = Past((Span(now - HOUR, now, "down", ("printer.media-jam",)),))
    page = client.get("/teknisi/gangguan").text
    assert (
        page.count('data-fault="fingerprint_scanner.timeout"') == 3 and page.count('data-fault="camera.frozen"') == 1
    )
    assert "saat dicoba" in page and "saat bekerja" in page and "saat diawasi" in page
    assert page.index('data-code="fingerprint_scanner.timeout"') < page.index('data-code="camera.frozen"')
    only = client.get("/teknisi/gangguan?alat=camera").text
    assert "fingerprint_scanner.timeout" not in only and 'data-fault="camera.frozen"' in only
    assert client.get("/teknisi/gangguan?alat=%3Cscript%3E").status_code == 200


def test_the_log_page_says_so_where_there_is_no_journal(tmp_path: Path) -> None:
    lines = read([json.dumps({"MESSAGE": "disk slow", "PRIORITY": "4", "__REALTIME_TIMESTAMP": "1795503900000000"})])
    for log, level, said in (
        (lambda: None, "", "tidak dapat dibaca"),
        (lambda: lines, "?tingkat=peringatan", "disk slow"),
        (lambda: lines, "?tingkat=galat", "Tidak ada baris"),
    ):
        place = open_office(tmp_path, (Role.TEKNISI,), log=log)
        client = place.app("technician").test_client()
        sign_in(client, Role.TEKNISI, "teknisi")
        assert said in client.get(f"/teknisi/catatan{level}").text
        place.office.store.close()


def test_the_checklist_holds_every_point_that_no_test_can_see(client: FlaskClient) -> None:
    """H and D points of the list of rules; what is in it is the project's own words and names its standard."""
    groups = checklist.load()
    points = [point for group in groups for point in group.points]
    assert {point.number for point in points} == {13, 20, 21, 22, 23, 25, 26, 27, 28, 29, 30, 36, 37}
    assert {point.how for point in points} == set(HOW)
    assert all(point.text.endswith(".") and point.source for point in points)
    page = client.get("/teknisi/daftar-periksa").text
    assert page.count("data-point=") == len(points)


def test_a_note_of_another_version_is_still_read(place: FrontOffice, client: FlaskClient) -> None:
    with place.office.store.write() as tx:
        row = {"id": "t", "device": "camera", "state": "done", "at": 1, "by": "who", "of_tomorrow": 7}
        notes.put(tx, "trial:camera", json.dumps(row))
        notes.put(tx, "panel", json.dumps({"ppi": 96.0, "of_tomorrow": 7}))
    assert client.get("/teknisi/coba/camera").status_code == client.get("/teknisi/layar").status_code == 200
