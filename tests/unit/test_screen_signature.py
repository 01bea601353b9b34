"""The signature on the screen: what a page may send, what is kept of it, and where the screen is the pad at all."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from counter import being_recorded
from flask.testing import FlaskClient
from front_office import FrontOffice, forms, open_office, post, sign_in, token
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from werkzeug.test import TestResponse

from appliance.app.rooms import devices_of
from appliance.biometrics.strokes import LARGEST_TEXT, MOST_POINTS, MOST_STROKES, read_strokes
from appliance.casework.roles import Role
from appliance.clock import Deadline, utc_millis
from appliance.devices import StrokePoint
from appliance.diagnostics import board
from appliance.drivers.catalogue import open_device
from appliance.faults import DeviceFault, FaultCode
from appliance.issuance.rack import DeviceRack
from appliance.records import audit, cases
from appliance.records.cases import Evidence

SCREEN = {"signature_pad": "browser:"}
WRITTEN = [[[10 + step, 20 + step % 7, 0.5, step * 8] for step in range(60)], [[40.5, 12.25, 0.31, 900]]]
REFUSED = [
    ("", "not JSON"),
    ("[", "not JSON"),
    ("[" * 100_000, "not JSON"),
    ("{}", "list of lists"),
    ("[1]", "list of lists"),
    ("[[]]", "stroke 1 has no point"),
    ("[[[1,2,0.5]]]", "point 1: must be four numbers"),
    ("[[[1,2,0.5,0],7]]", "point 2: must be four numbers"),
    ("[[[true,2,0.5,0]]]", "x must be a number"),
    ('[[["1",2,0.5,0]]]', "x must be a number"),
    ("[[[-0.1,2,0.5,0]]]", "x must be from 0 to 400"),
    ("[[[1,400.1,0.5,0]]]", "y must be from 0 to 400"),
    ("[[[1,NaN,0.5,0]]]", "y must be from 0 to 400"),
    ("[[[1,1e999,0.5,0]]]", "y must be from 0 to 400"),
    ("[[[1,2,1.01,0]]]", "pressure must be from 0 to 1"),
    ("[[[1,2,Infinity,0]]]", "pressure must be from 0 to 1"),
    ("[[[1,2,0.5,0.5]]]", "whole milliseconds"),
    ("[[[1,2,0.5,false]]]", "whole milliseconds"),
    ("[[[1,2,0.5,600001]]]", "whole milliseconds"),
    ("[[[1,2,0.5,9]],[[1,2,0.5,8]]]", "stroke 2, point 1: time goes backwards"),
    (json.dumps([[[1, 2, 0.5, 0]]] * (MOST_STROKES + 1)), "more than 200 strokes"),
    (json.dumps([[[1, 2, 0.5, 0]] * (MOST_POINTS + 1)]), "more than 20000 points"),
    (" " * (LARGEST_TEXT + 1), "more than 1000000 bytes"),
    ("é" * (LARGEST_TEXT // 2 + 1), "more than 1000000 bytes"),
]


@pytest.mark.parametrize(("text", "mistake"), REFUSED, ids=[mistake for _, mistake in REFUSED])
def test_a_mistake_is_named(text: str, mistake: str) -> None:
    with pytest.raises(ValueError, match=mistake):
        read_strokes(text)


def test_strokes_come_as_they_were_sent() -> None:
    assert read_strokes("[]") == ()
    assert read_strokes("[[[0,400,1,0],[1.5,2,0,600000]]]") == (
        (StrokePoint(0.0, 400.0, 1.0, 0), StrokePoint(1.5, 2.0, 0.0, 600_000)),
    )


NUMBERS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)
POINTS = st.lists(st.floats(-1, 401) | st.integers(-1, 600_001) | NUMBERS, min_size=3, max_size=5)


@settings(max_examples=200, deadline=None)
@given(st.text() | st.lists(st.lists(POINTS | NUMBERS, max_size=4) | NUMBERS, max_size=4).map(json.dumps))
def test_any_text_is_strokes_or_a_mistake(text: str) -> None:
    try:
        strokes = read_strokes(text)
    except ValueError as error:
        assert str(error).startswith("strokes: ") and len(str(error)) < 120
        return
    points = [point for stroke in strokes for point in stroke]
    assert all(0 <= one.x <= 400 and 0 <= one.y <= 400 and 0 <= one.pressure <= 1 for one in points)
    assert [one.at_ms for one in points] == sorted(one.at_ms for one in points)


def test_the_driver_says_that_the_screen_is_the_pad() -> None:
    pad = open_device("signature_pad", "browser:")
    pad.open()
    assert pad.status().level == pad.self_test().level == "ok"
    assert pad.status().detail == {"how": "signed on the officer's screen"}
    with pytest.raises(DeviceFault) as fault:
        pad.sign(Deadline.after(1))  # type: ignore[attr-defined]
    assert fault.value.code is FaultCode.PAD_ON_SCREEN
    pad.close()


def test_the_board_reads_ok(place: FrontOffice, tmp_path: Path) -> None:
    rack = DeviceRack(devices_of(place.office.settings))
    kept = board.Board(tmp_path / "board.json", utc_millis, lambda: None)
    kept.post("signature_pad", rack.owners["signature_pad"].ask())
    rack.close()
    (reading,) = board.read(tmp_path / "board.json")
    assert (reading.name, reading.level, reading.model) == ("signature_pad", "ok", "screen")
    assert board.ready((reading,))


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """An office that has hired its staff, with a resident being recorded, to be copied."""
    folder = tmp_path_factory.mktemp("office")
    case = being_recorded(folder)
    open_office(folder, (Role.PEREKAM, Role.KASI)).office.store.close()
    return folder, case


@pytest.fixture
def place(books: tuple[Path, str], tmp_path: Path) -> Iterator[FrontOffice]:
    shutil.copytree(books[0], tmp_path / "office")
    found = open_office(tmp_path / "office", devices=SCREEN)
    yield found
    with found.office.store.read() as tx:
        assert audit.verify(tx)[1] is None
    found.office.store.close()


@pytest.fixture
def case(books: tuple[Path, str]) -> str:
    return f"/petugas/kasus/{books[1]}"


def at_desk(place: FrontOffice, role: Role = Role.PEREKAM) -> FlaskClient:
    client = place.app("officer").test_client()
    assert sign_in(client, role).status_code == 303
    return client


def send(client: FlaskClient, case: str, strokes: str) -> TestResponse:
    values = {"resident": "0", "strokes": strokes}
    return post(client, f"{case}/tanda-tangan/0", f"{case}/draw_signature", **values)


def kept(place: FrontOffice, case: str) -> list[Evidence]:
    with place.office.store.read() as tx:
        return cases.evidence_of(tx, case.rpartition("/")[2], "signature", 0)


def test_a_signature_on_the_screen_is_evidence_like_a_pads_and_outlives_a_restart(
    place: FrontOffice, case: str, tmp_path: Path
) -> None:
    client = at_desk(place)
    page = client.get(case)
    assert f"{case}/tanda-tangan/0" in page.text
    assert not {"capture_signature", "draw_signature"} & forms(page)
    assert send(client, case, json.dumps(WRITTEN)).headers["Location"] == case
    place.office.store.close()
    again = open_office(tmp_path / "office", devices=SCREEN)
    (item,) = kept(again, case)
    assert (item.state, item.facts["strokes"]) == ("accepted", WRITTEN)
    with again.office.store.read() as tx:
        key = cases.get(tx, str(item.case_id)).wrapped_key
        assert [entry["event"] for entry in audit.entries(tx)].count("signature-capture-complete") == 1
    picture = Image.open(io.BytesIO(again.office.vault.get(str(item.case_id), key, str(item.blob))))
    assert (picture.size, picture.mode) == ((300, 120), "1")
    place.office = again.office


def test_who_could_not_sign_may_and_may_sign_again(place: FrontOffice, case: str) -> None:
    client = at_desk(place)
    assert post(client, case, f"{case}/cannot_sign", resident="0", reason="TREMOR").status_code == 303
    assert "Menunggu petugas kedua" in client.get(case).text
    for _ in range(2):
        assert send(client, case, json.dumps(WRITTEN)).status_code == 303
    assert [item.state for item in kept(place, case)] == ["superseded", "superseded", "accepted"]


@pytest.mark.parametrize(
    ("strokes", "sentence"),
    [
        ("", "Minta warga menulis tanda tangan."),
        ("[]", "Tanda tangan kosong atau terlalu kecil."),
        ("[[[10,10,0.5,0],[11,11,0.5,8]]]", "Tanda tangan kosong atau terlalu kecil."),
        ("[[[", "Goresan tidak terbaca."),
        ("[[[10,10,0.5,0],[1,1,2,8]]]", "Goresan tidak terbaca."),
        ("0" * (LARGEST_TEXT + 1), "Isian ini terlalu panjang."),
    ],
    ids=["none", "empty", "dot", "broken", "pressure", "long"],
)
def test_what_is_no_signature_is_refused_in_words_beside_the_box(
    place: FrontOffice, case: str, strokes: str, sentence: str
) -> None:
    answer = send(at_desk(place), case, strokes)
    assert answer.status_code == 422
    assert 'data-act="draw_signature"' in answer.text
    assert answer.text.count(sentence) == 2
    assert 'href="#f-draw_signature-strokes"' in answer.text
    assert kept(place, case) == []


def test_only_the_recorder_opens_the_page(place: FrontOffice, case: str) -> None:
    kasi = at_desk(place, Role.KASI)
    assert kasi.get(f"{case}/tanda-tangan/0").status_code == 403
    data = {"resident": "0", "strokes": json.dumps(WRITTEN), "csrf_token": token(kasi.get(case))}
    assert kasi.post(f"{case}/draw_signature", data=data).status_code == 403
    assert at_desk(place).get(f"{case}/tanda-tangan/1").status_code == 404
    assert kept(place, case) == []


def test_nobody_signs_who_is_not_being_recorded(place: FrontOffice, case: str) -> None:
    client = at_desk(place)
    with place.office.store.write() as tx:
        person = cases.resident_at(tx, case.rpartition("/")[2], 0)
        cases.change_resident(tx, person, ktp_state="DIREKAM")
    assert client.get(f"{case}/tanda-tangan/0").status_code == 404
    answer = post(client, case, f"{case}/draw_signature", resident="0", strokes=json.dumps(WRITTEN))
    assert answer.status_code == 422
    assert "tidak sedang berjalan" in answer.text
    assert kept(place, case) == []


def test_the_screen_is_no_pad_where_a_pad_is(place: FrontOffice, case: str, tmp_path: Path) -> None:
    place.office.store.close()
    other = open_office(tmp_path / "office", devices={"signature_pad": "serial:/dev/ttyS9"})
    place.office = other.office
    client = at_desk(other)
    assert "capture_signature" in forms(client.get(case))
    assert client.get(f"{case}/tanda-tangan/0").status_code == 404
    answer = post(client, case, f"{case}/draw_signature", resident="0", strokes=json.dumps(WRITTEN))
    assert answer.status_code == 422
    assert "ditulis di papan tanda tangan" in answer.text


def test_the_pad_is_not_asked_where_the_screen_is_one(place: FrontOffice, case: str) -> None:
    answer = post(at_desk(place), case, f"{case}/capture_signature", resident="0")
    assert answer.status_code == 422
    assert "ditulis di layar" in answer.text


def test_without_javascript_the_page_says_what_to_do(place: FrontOffice, case: str) -> None:
    page = at_desk(place).get(f"{case}/tanda-tangan/0").text
    words = page.partition("<noscript>")[2].partition("</noscript>")[0]
    assert "papan tanda tangan" in words and "Tidak dapat tanda tangan" in words
    assert "data-signing hidden>" in page
