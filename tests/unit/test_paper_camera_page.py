"""The page of a paper under the camera: for who photographs papers, and while they may be photographed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from counter import Counter, open_counter
from flask.testing import FlaskClient
from front_office import FrontOffice, forms, open_office, post, sign_in

from appliance.casework.roles import Role
from appliance.documents.paper_rules import GOOD, HINTS
from appliance.issuance import paper_look
from appliance.kiosk_ui.officer import paper_camera
from appliance.queue import jobs
from appliance.queue.viewing import View

PAPER = "SK_DOMISILI"


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    found = open_counter(tmp_path)
    yield found
    found.store.close()


@pytest.fixture
def place(counter: Counter, tmp_path: Path) -> Iterator[FrontOffice]:
    found = open_office(tmp_path)
    yield found
    found.office.store.close()


def desk(
    place: FrontOffice, role: Role = Role.PETUGAS, hints: Iterable[str] = ("",)
) -> tuple[FlaskClient, list[str]]:
    aims: list[str] = []
    told = iter(hints)

    def view(aim: str, after: int) -> View:
        aims.append(aim)
        return View(after + 1, b"jpeg", next(told))

    place.services = replace(place.services, view=view)
    client = place.app("officer").test_client()
    assert sign_in(client, role).status_code == 303
    return client, aims


def test_both_sides_call_the_aim_the_same() -> None:
    assert paper_camera.AIM == paper_look.AIM


def test_the_page_has_shutter_and_one_hint(counter: Counter, place: FrontOffice) -> None:
    case = counter.attached()
    client, aims = desk(place, hints=("", *HINTS))
    home = f"/petugas/kasus/{case}"
    assert f'href="{home}/surat/{PAPER}"' in client.get(home).text
    page = client.get(f"{home}/surat/{PAPER}")
    assert "scan_paper" in forms(page)
    for words in (GOOD, *HINTS.values()):
        answer = client.get(f"{home}/surat/{PAPER}/lihat?after=6")
        assert (answer.data, answer.headers["Cache-Control"]) == (b"jpeg", "no-store")
        assert json.loads(answer.headers["X-Seen"]) == {"number": 7, "hint": words, "good": words == GOOD}
    assert set(aims) == {paper_look.AIM}


def test_its_shutter_photographs_this_paper(counter: Counter, place: FrontOffice) -> None:
    case = counter.attached()
    client, _ = desk(place)
    home = f"/petugas/kasus/{case}"
    assert post(client, f"{home}/surat/{PAPER}", f"{home}/scan_paper", kind=PAPER).status_code == 303
    with counter.store.read() as tx:
        (job,) = [one for one in jobs.unfinished(tx) if one.lane == "camera"]
    assert (job.kind, job.payload["paper"]) == ("capture-scan", PAPER)


@pytest.mark.parametrize(
    ("role", "kind", "code"),
    [(Role.KASI, PAPER, 403), (Role.GUDANG, PAPER, 403), (Role.PETUGAS, "SURAT_CINTA", 404)],
)
def test_nobody_else_looks_and_at_nothing_else(
    counter: Counter, place: FrontOffice, role: Role, kind: str, code: int
) -> None:
    case = counter.attached()
    client, aims = desk(place, role)
    for tail in ("", "/lihat"):
        assert client.get(f"/petugas/kasus/{case}/surat/{kind}{tail}").status_code == code
    assert aims == []


def test_when_papers_are_photographed_no_more_there_is_no_page(counter: Counter, place: FrontOffice) -> None:
    case = counter.searched()
    client, aims = desk(place)
    for tail in ("", "/lihat"):
        assert client.get(f"/petugas/kasus/{case}/surat/{PAPER}{tail}").status_code == 404
    assert "Lihat lewat kamera dulu" not in client.get(f"/petugas/kasus/{case}").text
    assert aims == []
