"""The technician's pages by HTTP: what each one tells, and that none of it is about people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from front_office import FrontOffice, open_office, sign_in

from appliance.casework.roles import SYSTEM, Role
from appliance.diagnostics.history import Past, Span
from appliance.diagnostics.supplies import Wear
from appliance.kiosk_ui.shown import DeviceReading
from appliance.kiosk_ui.technician.faults import Fault, counted, device_of, newest_first, watched
from appliance.records import audit

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
    )
    with place.office.store.write() as tx:
        audit.record(tx, "job-fault", SYSTEM, None, kind="print-card", fault="printer.media-empty", resident=None)
        audit.record(tx, "job-fault", SYSTEM, None, kind="print-kk", fault="printer.media-needed", resident=None)
    page = client.get("/teknisi/alat/card_printer").text
    assert 'class="state-bar"' in page and "tidak bisa 1 jam" in page
    assert "secret" not in page and "ipp://127.0.0.1:631/printers/KTP" in page
    assert 'data-tier="silver"' in page
    assert "<strong>18 %</strong>" in page and "belum cukup" in page and "Blanko siap pakai" in page
    assert 'data-fault="printer.media-empty"' in page, "met by work"
    assert 'data-fault="printer.media-jam"' in page, "seen by the watch"
    assert "media-needed" not in page, "another printer's"
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
