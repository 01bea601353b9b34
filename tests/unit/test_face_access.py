"""Who may open which page: every route of a face that is not one's own is shut, with a real case behind it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from front_office import FrontOffice, open_office, report, sign_in, token
from pypdfium2 import PdfDocument
from werkzeug.test import TestResponse

from appliance.casework.roles import Role

OFFICERS = (Role.PETUGAS, Role.KASI, Role.OPERATOR, Role.KABID, Role.KADIS, Role.PEREKAM, Role.GUDANG)
DOORS = ("/masuk", "/keluar")
"""Signing in is open to everybody, signing out ends only one's own session."""


@pytest.fixture(scope="module")
def staffed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("office")
    open_office(folder, (Role.TEKNISI, *OFFICERS), devices={"camera": "v4l2:/dev/video0"}).office.store.close()
    return folder


@pytest.fixture
def place(staffed: Path, tmp_path: Path) -> Iterator[FrontOffice]:
    shutil.copytree(staffed, tmp_path / "office")
    found = open_office(tmp_path / "office", devices={"camera": "v4l2:/dev/video0"})
    yield found
    found.office.store.close()


def case_of(place: FrontOffice) -> tuple[str, str]:
    code = report(place.app("resident").test_client())
    (row,) = place.services.desk.work_list(place.actor(Role.PETUGAS)).rows
    return code, row.case_id


def address_of(rule: str, case_id: str) -> str:
    """The rule with every gap filled: with the case's id where one is asked for."""
    return re.sub(
        "<(?:([a-z]+):)?([a-z_]+)>",
        lambda gap: "0" if gap[1] == "int" else "camera" if gap[2] == "device" else case_id,
        rule,
    )


def pages_of(app: Flask, face: str, case_id: str) -> list[tuple[str, str]]:
    """Every method and address of a face but its doors."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(f"/{face}/") and not rule.rule.endswith(DOORS):
            methods = sorted((rule.methods or set()) & {"GET", "POST"})
            found += [(method, address_of(rule.rule, case_id)) for method in methods]
    return found


def ask(client: FlaskClient, method: str, address: str, csrf: str) -> TestResponse:
    return client.get(address) if method == "GET" else client.post(address, data={"csrf_token": csrf, "act": "x"})


def is_shut(answer: TestResponse, face: str) -> bool:
    """403 for somebody of another face; the way to the door, or 401, for nobody."""
    if answer.status_code in {302, 303}:
        return urlsplit(answer.headers["Location"]).path == f"/{face}/masuk"
    return answer.status_code in {401, 403}


def test_a_technician_opens_no_page_of_an_officer(place: FrontOffice) -> None:
    code, case_id = case_of(place)
    app = place.app("officer", "technician")
    client = app.test_client()
    assert sign_in(client, Role.TEKNISI, "teknisi").status_code == 303
    csrf = token(client.get("/teknisi/"))
    pages = pages_of(app, "petugas", case_id)
    assert len(pages) > 20 and any(case_id in address for _, address in pages)
    for method, address in pages:
        answer = ask(client, method, address, csrf)
        assert answer.status_code == 403, (method, address, answer.status_code)
        assert code not in answer.text


@pytest.mark.parametrize("role", OFFICERS)
def test_an_officer_opens_no_page_of_the_technician(place: FrontOffice, role: Role) -> None:
    app = place.app("officer", "technician")
    client = app.test_client()
    assert sign_in(client, role).status_code == 303
    csrf = token(client.get("/petugas/", follow_redirects=True))
    pages = pages_of(app, "teknisi", "x")
    assert {"/teknisi/", "/teknisi/coba/camera/mulai", "/teknisi/catatan", "/teknisi/layar/buka"} <= {
        address for _, address in pages
    }
    for method, address in pages:
        assert ask(client, method, address, csrf).status_code == 403, (method, address)


def test_a_resident_opens_no_page_of_the_staff(place: FrontOffice) -> None:
    """He is on a listener of his own, where they do not exist; and on one with all faces nobody is let in."""
    _, case_id = case_of(place)
    app, kiosk = place.app("resident", "officer", "technician"), place.app("resident")
    client, at_kiosk = app.test_client(), kiosk.test_client()
    csrf, at_kiosk_csrf = token(client.get("/")), token(at_kiosk.get("/"))
    for face in ("petugas", "teknisi"):
        for method, address in pages_of(app, face, case_id):
            answer = ask(client, method, address, csrf)
            assert is_shut(answer, face), (method, address, answer.status_code)
            assert ask(at_kiosk, method, address, at_kiosk_csrf).status_code == 404, address


def words_on(paper: bytes) -> str:
    return " ".join(one.get_textpage().get_text_range() for one in PdfDocument(paper))


def test_nothing_of_a_case_is_on_any_page_of_the_technician(place: FrontOffice) -> None:
    code, case_id = case_of(place)
    app = place.app("technician")
    client = app.test_client()
    sign_in(client, Role.TEKNISI, "teknisi")
    for method, address in pages_of(app, "teknisi", case_id):
        if method == "GET" and not address.endswith("/langsung"):
            answer = client.get(address)
            paper = answer.mimetype == "application/pdf"
            page = (
                " ".join(one.get_textpage().get_text_range() for one in PdfDocument(answer.data))
                if paper
                else answer.text
            )
            assert code not in page and case_id not in page and "Bapak tanpa nama" not in page, address
