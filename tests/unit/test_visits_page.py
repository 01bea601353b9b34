"""The register of visits: page, table and sums of a month, for those who read cases."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from counter import Counter, open_counter
from front_office import FrontOffice, open_office, sign_in

from appliance.casework.roles import Role
from appliance.clock import utc_millis
from appliance.office import visits


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    found = open_counter(tmp_path, utc_millis())
    yield found
    found.store.close()


def visited(counter: Counter) -> str:
    """A visit that failed and one on the same day that was made."""
    case, today = counter.signed(), counter.office.today()
    plan = {"day": today, "team": "Tim 2: Wahyu", "place": "Panti Harapan"}
    counter.do("schedule_visit", Role.PETUGAS, case, **plan)
    counter.clock.go(3600)
    counter.do("miss_visit", Role.PEREKAM, case, reason="SINYAL")
    counter.do("schedule_visit", Role.PETUGAS, case, **{**plan, "day": counter.office.today()})
    counter.clock.go(600)
    counter.do("start_recording", Role.PEREKAM, case)
    return case


def test_the_sums_are_those_of_the_register(counter: Counter) -> None:
    visited(counter)
    other = counter.signed()
    day = counter.office.today()
    counter.do("schedule_visit", Role.PETUGAS, other, day=day + timedelta(1), team="Tim 3", place="")
    with counter.store.read() as tx:
        found = visits.register(tx, day - timedelta(1), day + timedelta(2))
    assert dict(visits.sums(found)) == {"planned": 1, "made": 1, "missed": 1, "missed:SINYAL": 1, "moved": 0}
    took = {one.state: one.took_s for one in found}
    assert took["missed"] == pytest.approx(3600, abs=5) and took["made"] == pytest.approx(600, abs=5)
    assert took["planned"] is None
    head, *rows = csv.reader(io.StringIO(visits.table_of(found)))
    assert head[:2] == ["day", "case"] and len(rows) == 3 and "SUGENG" not in visits.table_of(found)
    assert visits.sums(()) == (("planned", 0), ("made", 0), ("missed", 0), ("moved", 0))


def test_page_and_table_tell_each_visit(counter: Counter, tmp_path: Path) -> None:
    case = visited(counter)
    code, month = counter.case(case).code, f"{counter.office.today():%Y-%m}"
    place: FrontOffice = open_office(tmp_path)
    client = place.app("officer").test_client()
    sign_in(client, Role.PEREKAM)
    page = client.get(f"/petugas/laporan/kunjungan?bulan={month}").text
    assert page.count("data-visit=") == 2 and code in page and "Panti Harapan" in page
    assert 'data-visit="missed"' in page and "tidak ada sinyal atau listrik" in page and "10 menit" in page
    assert "Kunjungan perekaman (2)" in client.get(f"/petugas/laporan?bulan={month}").text
    table = client.get(f"/petugas/laporan/kunjungan.csv?bulan={month}")
    assert table.mimetype == "text/csv" and table.text.count(code) == 2
    assert "Tidak ada kunjungan" in client.get("/petugas/laporan/kunjungan?bulan=2001-01").text
    for role in (Role.GUDANG, Role.AUDITOR):
        other = place.app("officer").test_client()
        sign_in(other, role)
        for address in ("/petugas/laporan/kunjungan", "/petugas/laporan/kunjungan.csv"):
            assert other.get(address).status_code == 403, (role, address)
    place.office.store.close()
