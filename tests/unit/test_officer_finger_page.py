"""Officers' own fingers on a page of the Kadis and Kabid: taken with the scanner, listed, forgotten, audited."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from books import Ticking
from counter import Counter, counter_of
from flask.testing import FlaskClient
from front_office import FrontOffice, open_office, post, sign_in
from werkzeug.test import TestResponse

from appliance.casework.roles import SYSTEM, Role
from appliance.clock import utc_millis
from appliance.faults import DeviceFault, FaultCode
from appliance.queue import jobs
from appliance.records import accounts, audit, officer_fingers

HOME = "/petugas/jari-petugas"
ROLES = (Role.KADIS, Role.KABID, Role.KASI, Role.PETUGAS, Role.OPERATOR, Role.PEREKAM, Role.GUDANG, Role.AUDITOR)
ASKED = {"login": "perekam", "finger": "right_index", "agreed": "1"}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[FrontOffice]:
    found = open_office(tmp_path, ROLES, {"fingerprint_scanner": "usb:1a86:7523"})
    yield found
    with found.office.store.read() as tx:
        assert audit.verify(tx)[1] is None
    found.office.store.close()


@pytest.fixture
def machines(place: FrontOffice) -> Counter:
    return counter_of(place.office, Ticking(utc_millis()), [], {})


def at_desk(place: FrontOffice, role: Role = Role.KABID) -> FlaskClient:
    client = place.app("officer").test_client()
    assert sign_in(client, role).status_code == 303
    return client


def record(client: FlaskClient, **values: str) -> TestResponse:
    return post(client, HOME, HOME, **{name: value for name, value in {**ASKED, **values}.items() if value})


def kept(place: FrontOffice) -> list[tuple[str, str]]:
    with place.office.store.read() as tx:
        names = {account: login for login, account in accounts.ids(tx).items()}
        return [(names[one.account_id], one.name) for one in officer_fingers.all_of_them(tx)]


def state(place: FrontOffice) -> str:
    with place.office.store.read() as tx:
        capture = officer_fingers.last_capture(tx)
    return capture.state if capture else ""


def test_a_finger_is_taken_listed_and_forgotten(place: FrontOffice, machines: Counter) -> None:
    client = at_desk(place)
    assert 'data-officer="perekam" data-fingers="0"' in client.get(HOME).text
    assert record(client).headers["Location"] == HOME
    assert "Telunjuk kanan Perekam: tempelkan di kaca pemindai sekarang." in client.get(HOME).text
    machines.run("scanner")
    page = client.get(HOME).text
    assert 'data-officer="perekam" data-fingers="1"' in page and "Telunjuk kanan, sejak " in page
    assert 'data-capture="kept"' in page
    record(client, finger="left_index")
    machines.run("scanner")
    assert kept(place) == [("perekam", "left_index"), ("perekam", "right_index")]
    assert post(client, HOME, f"{HOME}/lupakan", login="perekam").status_code == 303
    assert kept(place) == [] and 'data-officer="perekam" data-fingers="0"' in client.get(HOME).text
    with place.office.store.read() as tx:
        told = [(str(one["event"]), json.loads(str(one["facts"]))) for one in audit.entries(tx)]
        account = accounts.ids(tx)["perekam"]
    mine = [(event, facts.get("finger")) for event, facts in told if event.startswith("officer-finger")]
    assert mine == [
        ("officer-finger-keep-init", "right_index"), ("officer-finger-keep-complete", "right_index"),
        ("officer-finger-keep-init", "left_index"), ("officer-finger-keep-complete", "left_index"),
        ("officer-finger-forget-complete", None),
    ]  # fmt: skip
    assert all(facts["account"] == account for event, facts in told if event.startswith("officer-finger"))
    assert list((place.office.settings.data_dir / "vault").rglob("*.*")) == [], "no picture is kept of it"


@pytest.mark.parametrize("role", [role for role in ROLES if role not in {Role.KADIS, Role.KABID}])
def test_it_is_nobody_elses_page(place: FrontOffice, role: Role) -> None:
    client = at_desk(place, role)
    assert HOME not in client.get("/petugas/", follow_redirects=True).text
    assert client.get(HOME).status_code == 403
    for address in (HOME, f"{HOME}/lupakan"):
        assert post(client, "/petugas/blanko", address, **ASKED).status_code == 403
    assert client.get("/petugas/langsung?jari&tab=1").status_code == 403
    assert kept(place) == [] and state(place) == ""


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"agreed": ""}, "hanya dicatat bila ia setuju"),
        ({"login": "nobody"}, "Pilih petugas"),
        ({"login": ""}, "Pilih petugas"),
        ({"finger": "right_thumb"}, "Pilih jari"),
    ],
)
def test_only_of_who_agrees_and_only_an_index_finger(
    place: FrontOffice, values: dict[str, str], sentence: str
) -> None:
    answer = record(at_desk(place), **values)
    assert answer.status_code == 422 and sentence in answer.text
    assert state(place) == ""


def test_a_scanner_in_use_is_left_alone(place: FrontOffice, machines: Counter) -> None:
    client = at_desk(place)
    record(client)
    assert "Pemindai sedang dipakai" in record(client, login="petugas").text
    machines.run("scanner")
    assert record(client, login="petugas").status_code == 303


def test_what_goes_wrong_is_told_and_nothing_is_held(place: FrontOffice, machines: Counter) -> None:
    client, scanner = at_desk(place), machines.devices["fingerprint_scanner"]
    scanner.fault = DeviceFault(FaultCode.SCANNER_UNREACHABLE)
    record(client)
    machines.run("scanner")
    assert state(place) == "failed" and "Periksa kabel USB pemindai" in client.get(HOME).text
    scanner.fault = None
    machines.machines.fingers.found["right_index"] = [(30, 20)]  # type: ignore[attr-defined]
    record(client)
    machines.run("scanner")
    assert state(place) == "poor" and "terlalu kering" in client.get(HOME).text
    with place.office.store.write() as tx:
        officer_fingers.keep(tx, "petugas", "right_index", b"form", SYSTEM)
    machines.machines.fingers.alike = [[90]]  # type: ignore[attr-defined]
    record(client)
    machines.run("scanner")
    assert state(place) == "another" and kept(place) == [("petugas", "right_index")]
    with place.office.store.read() as tx:
        assert [job.kind for job in jobs.unfinished(tx)] == []


def test_a_capture_that_waited_or_was_cut_is_not_taken_of_whoever_stands_there_now(
    place: FrontOffice, machines: Counter
) -> None:
    client = at_desk(place)
    record(client)
    with place.office.store.write() as tx:
        capture = officer_fingers.last_capture(tx)
        assert capture is not None
        officer_fingers.put_capture(tx, replace(capture, at=capture.at - 600_000))
    machines.run("scanner")
    assert state(place) == "late" and kept(place) == []
    record(client)
    with place.office.store.write() as tx:
        tx.sql.exec_driver_sql("UPDATE job SET attempts = 1 WHERE kind = 'keep-officer-finger' AND state = 'ready'")
    machines.run("scanner")
    assert state(place) == "cut" and kept(place) == []


def test_without_a_scanner_it_is_said(tmp_path: Path) -> None:
    place = open_office(tmp_path, (Role.KADIS, Role.PEREKAM))
    answer = record(at_desk(place, Role.KADIS))
    assert answer.status_code == 422 and "tidak ada pemindai jari" in answer.text
    place.office.store.close()
