"""Pages, API and kiosk after a wiping: everything still opens, and says plainly what was wiped and when."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from counter import Counter, Prepared, prepare
from flask.testing import FlaskClient
from front_office import PIN, FrontOffice, forms, open_office, post, sign_in
from wiping import LIMITS, archived, later, wipe

from appliance.casework.retention import LABELS, Keep
from appliance.casework.roles import SYSTEM, Role
from appliance.clock import to_local
from appliance.kiosk_ui.words import day
from appliance.records import accounts, cases, tombstones

HOME = "/petugas/retensi"
ROLES = (Role.PETUGAS, Role.KASI, Role.KABID, Role.KADIS, Role.AUDITOR)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    def so_far(counter: Counter) -> str:
        for role in ROLES:
            accounts.add(counter.store, str(role), str(role).title(), role, PIN, SYSTEM)
        return archived(counter)

    return prepare(tmp_path_factory.mktemp("office"), so_far)


@pytest.fixture
def opened(prepared: Prepared, tmp_path: Path) -> Counter:
    return prepared.copy(tmp_path)


@pytest.fixture
def faces(counter: Counter) -> Iterator[FrontOffice]:
    found = open_office(counter.office.settings.data_dir)
    yield found
    found.office.store.close()


def client(faces: FrontOffice, role: Role) -> FlaskClient:
    found = faces.app("officer", "resident").test_client()
    assert sign_in(found, role).status_code == 303
    return found


def today(counter: Counter) -> str:
    return f"Dihapus sesuai jadwal retensi tanggal {day(to_local(counter.clock.now).date())}."


@pytest.mark.parametrize("days", [8, 31, 366, 2000, 4000])
def test_the_case_opens_at_every_age_and_says_what_was_wiped(
    counter: Counter, case: str, faces: FrontOffice, days: int
) -> None:
    with counter.store.read() as tx:
        documents = {one.id: one.kind for one in cases.evidence_of(tx, case) if one.blob is not None}
    later(counter, days)
    wipe(counter)
    officer = client(faces, Role.PETUGAS)
    page = officer.get(f"/petugas/kasus/{case}")
    assert page.status_code == 200
    gone = {keep for keep in Keep if LIMITS[keep] < days}
    assert {keep for keep in Keep if f'data-wiped="{keep}"' in page.text} == gone
    assert today(counter) in page.text
    assert officer.get(f"/petugas/kasus/{case}.json").get_json()["code"] == counter.case(case).code
    with counter.store.read() as tx:
        wiped = {one.id for one in tombstones.stones(tx, case)}
    for one, kind in documents.items():
        answer = officer.get(f"/petugas/kasus/{case}/dokumen/{one}")
        shown = kind not in {"finger", "template", "packet", "search_finger"}
        assert answer.status_code == (410 if one in wiped else 200) if shown else answer.status_code == 404
        assert not (one in wiped and shown) or today(counter) in answer.text
    assert officer.get(f"/petugas/kasus/{case}/dokumen/none").status_code == 404
    code = counter.case(case).code
    found = post(officer, "/petugas/", "/petugas/cari", cari=code)
    assert found.headers["Location"] == f"/petugas/kasus/{case}"
    assert officer.get("/petugas/").status_code == 200
    assert officer.get("/petugas/laporan").status_code == 200
    assert faces.services.desk.status(code) is not None


def test_the_api_says_the_same(counter: Counter, case: str, faces: FrontOffice) -> None:
    with counter.store.read() as tx:
        (photo,) = cases.evidence_of(tx, case, "photo")
    later(counter, 4000)
    wipe(counter)
    api = faces.app("officer").test_client()
    token = api.post("/api/token", json={"user": "petugas", "pin": PIN}).get_json()["token"]
    headers = {"Authorization": f"Bearer {token}"}
    code = counter.case(case).code
    told = api.get(f"/api/cases/{code}", headers=headers).get_json()
    assert {one["keep"] for one in told["wiped"]} == set(Keep)
    answer = api.get(f"/api/cases/{code}/documents/{photo.id}", headers=headers)
    assert (answer.status_code, answer.get_json()["detail"]) == (410, today(counter))


def test_the_report_before_anything_ended_and_for_whom_it_is(tmp_path: Path) -> None:
    place = open_office(tmp_path / "new")
    auditor = client(place, Role.AUDITOR)
    assert auditor.get("/petugas/").headers["Location"] == HOME
    page = auditor.get(HOME).text
    for sentence in ("Belum ada berkas yang berakhir", "Tidak ada berkas yang ditahan", "Belum ada yang dihapus"):
        assert sentence in page
    assert "Mesin belum pernah memeriksa" in page
    for role in (Role.PETUGAS, Role.OPERATOR, Role.GUDANG, Role.PEREKAM):
        assert client(place, role).get(HOME).status_code == 403
    place.office.store.close()


def test_the_report_says_what_is_due_when_and_what_was_wiped(counter: Counter, case: str, faces: FrontOffice) -> None:
    later(counter, 8)
    wipe(counter)
    auditor = client(faces, Role.AUDITOR)
    page = auditor.get(HOME).text
    for keep in Keep:
        assert LABELS[keep] in page
        assert (f'data-due="{keep}"' in page) == (keep is not Keep.RAW)
    assert 'data-stone="raw"' in page and counter.case(case).code in page
    assert "SUGENG" not in page and case not in page
    assert forms(auditor.get(HOME)) == {"sign_out"}
    assert auditor.get(f"/petugas/kasus/{case}").status_code == 403
    assert auditor.get(f"/petugas/kasus/{case}.json").status_code == 403


def test_a_case_is_held_and_let_go_on_the_page(counter: Counter, case: str, faces: FrontOffice) -> None:
    code = counter.case(case).code
    kasi = client(faces, Role.KASI)
    refused = post(kasi, HOME, HOME, code="SG-AAAA-AA", reason="dispute")
    assert (refused.status_code, "Kode berkas ini tidak ada." in refused.text) == (422, True)
    assert post(kasi, HOME, HOME, code=code).status_code == 422
    assert post(kasi, HOME, HOME, code=code.lower(), reason="dispute", note="12/2026").status_code == 303
    assert "Ada sengketa atau keberatan, 12/2026" in kasi.get(HOME).text
    assert forms(kasi.get(HOME)) == {"sign_out", "hold_case"}
    assert post(kasi, HOME, f"{HOME}/lepas", code=code, reason="settled").status_code == 403
    later(counter, 4000)
    assert wipe(counter) == 0
    kadis = client(faces, Role.KADIS)
    assert "Ditahan petugas" in kadis.get(HOME).text
    assert post(kadis, HOME, f"{HOME}/lepas", code=code, reason="settled").status_code == 303
    assert "Tidak ada berkas yang ditahan" in kadis.get(HOME).text
    assert wipe(counter) > 0
