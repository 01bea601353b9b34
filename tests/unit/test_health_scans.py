"""The picture of a letter is shown to those who may read what it says, on the page, as a file and over the API."""

from __future__ import annotations

from pathlib import Path

import pytest
from counter import Counter, open_counter
from front_office import PIN, FrontOffice, open_office, sign_in

from appliance.casework.letters import DETAILS
from appliance.casework.roles import Role

HEALTH, PLAIN = "SK_DINSOS", "F_1_01"
READERS = (Role.PETUGAS, Role.KASI, Role.KABID)
OTHERS = (Role.OPERATOR, Role.PEREKAM, Role.KADIS)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> tuple[FrontOffice, str, str, dict[str, str]]:
    """An office, a case of it by id and code, and the pictures of two of its letters."""
    folder: Path = tmp_path_factory.mktemp("office")
    counter: Counter = open_counter(folder)
    case = counter.attached()
    for kind in (HEALTH, PLAIN, "LAINNYA"):
        counter.do("upload_scan", Role.PETUGAS, case, kind=kind, berkas=f"%PDF-1.7 {kind}".encode())
    code = counter.case(case).code
    scans = {one.name: one.id for one in counter.evidence(case, "scan")}
    counter.store.close()
    return open_office(folder), case, code, scans


@pytest.mark.parametrize("role", [*READERS, *OTHERS])
def test_who_may_not_read_the_letter_gets_no_picture_of_it(
    opened: tuple[FrontOffice, str, str, dict[str, str]], role: Role
) -> None:
    place, case, code, scans = opened
    sees = role in READERS
    app = place.app("officer")
    client = app.test_client()
    sign_in(client, role)
    page = client.get(f"/petugas/kasus/{case}").text
    api = app.test_client()
    said = api.post("/api/token", json={"user": str(role), "pin": PIN}).json
    assert said is not None
    by = {"Authorization": f"Bearer {said['token']}"}
    told = api.get(f"/api/cases/{code}", headers=by).json
    assert told is not None
    listed = {one["id"] for one in told["documents"]}
    for kind, seen in ((HEALTH, sees), ("LAINNYA", sees), (PLAIN, True)):
        status = 200 if seen else 404
        assert client.get(f"/petugas/kasus/{case}/dokumen/{scans[kind]}").status_code == status, kind
        assert (scans[kind] in listed) == seen, kind
        assert api.get(f"/api/cases/{code}/documents/{scans[kind]}", headers=by).status_code == status, kind
    assert (scans[HEALTH] in page) == sees
    assert "Surat Keterangan Dinas Sosial" in page, "that the paper is there is no secret"


def test_the_letters_with_details_are_those_of_the_register() -> None:
    assert {HEALTH, "SK_PANTI"} <= DETAILS.keys() and PLAIN not in DETAILS
