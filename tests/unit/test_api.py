"""The API by HTTP: its description against its routes, its sign-in, its roles and its refusals."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from front_office import PIN, FrontOffice, case_file, report, sign_in

from appliance.casework.roles import Role
from appliance.kiosk_ui.officer.acts import ABOUT_WORK, ACTS


def entered(client: FlaskClient, role: Role) -> dict[str, str]:
    answer = client.post("/api/token", json={"user": str(role), "pin": PIN})
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json['token']}"}


def described(app: Flask) -> dict[str, Any]:
    found = app.test_client().get("/api/openapi.json").json
    assert isinstance(found, dict)
    return found


def test_each_route_is_described_and_each_described_route_exists(place: FrontOffice) -> None:
    app = place.app("officer")
    served = {
        (re.sub(r"<(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for method in (rule.methods or set()) - {"HEAD"}
    }
    told = {(path, method) for path, methods in described(app)["paths"].items() for method in methods}
    assert served == told
    acts = {path.rpartition("/")[2] for path, _ in told if "/acts/" in path}
    assert acts == {*ACTS, *ABOUT_WORK}


def test_no_route_but_the_door_and_the_description_answers_without_a_token(place: FrontOffice) -> None:
    app = place.app("officer")
    client = app.test_client()
    assert sign_in(client, Role.KASI).status_code == 303  # the cookie of a page opens nothing here
    for path, methods in described(app)["paths"].items():
        for method, told in methods.items():
            if told["security"]:
                address = path.format(code="SG-AAAA-AA", document="x")
                answer = client.open(address, method=method.upper(), json={})
                assert (answer.status_code, answer.mimetype) == (401, "application/problem+json"), path


def test_a_case_goes_on_by_the_api_as_by_the_pages(place: FrontOffice) -> None:
    code = report(place.app("resident").test_client())
    client = place.app("officer").test_client()
    petugas = entered(client, Role.PETUGAS)
    assert [one["code"] for one in client.get("/api/work", headers=petugas).json["cases"]] == [code]
    found = client.post("/api/find", headers=petugas, json={"words": code}).json
    assert [one["code"] for one in found["cases"]] == [code]
    data = base64.b64encode(case_file()).decode()
    case = client.post(f"/api/cases/{code}/acts/attach_file", headers=petugas, json={"berkas": data})
    assert case.status_code == 200, case.text
    assert (case.status_code, case.json["state"]) == (200, "CEK_KELENGKAPAN")
    lacking = [one["label"] for one in case.json["requirements"] if one["required"] and not one["in_hand"]]
    assert len(lacking) == 1
    early = client.post(f"/api/cases/{code}/acts/pass_check", headers=petugas, json={})
    assert early.status_code == 422 and early.json["errors"][0]["detail"]
    kasi = entered(client, Role.KASI)
    assert client.post(f"/api/cases/{code}/acts/pass_check", headers=kasi, json={}).status_code == 403


def test_a_whole_file_is_a_case_or_nothing_is_stored(place: FrontOffice) -> None:
    client = place.app("officer").test_client()
    petugas, kasi = entered(client, Role.PETUGAS), entered(client, Role.KASI)
    whole = {"berkas": base64.b64encode(case_file()).decode()}
    wrong = {"berkas": base64.b64encode(case_file(letters=[{"kind": "X"}], more=1)).decode()}
    assert client.post("/api/cases", headers=kasi, json=whole).status_code == 403
    refused = client.post("/api/cases", headers=petugas, json=wrong)
    assert refused.status_code == 422 and len(refused.json["errors"]) > 4
    assert client.get("/api/work", headers=petugas).json["open_cases"] == 0
    code = client.post("/api/cases", headers=petugas, json=whole).json["code"]
    case = client.get(f"/api/cases/{code}", headers=petugas).json
    assert (case["state"], case["residents"][0]["name"]) == ("CEK_KELENGKAPAN", "SUGENG RIYADI")


def test_every_mistake_is_named(place: FrontOffice) -> None:
    code = report(place.app("resident").test_client())
    client = place.app("officer").test_client()
    sent = {"kind": "LETTER", "number": 7, "date": "31-12", "signer": "\ud800", "more": True}
    answer = client.post(f"/api/cases/{code}/acts/add_letter", headers=entered(client, Role.PETUGAS), json=sent)
    assert answer.status_code == 422
    assert {one["field"] for one in answer.json["errors"]} == {"kind", "number", "date", "issuer", "signer", "more"}


def test_roles_are_those_of_the_pages(place: FrontOffice) -> None:
    code = report(place.app("resident").test_client())
    client = place.app("officer").test_client()
    gudang = entered(client, Role.GUDANG)
    assert client.get("/api/blanks", headers=gudang).status_code == 200
    for path in ("/api/work", f"/api/cases/{code}", "/api/reports/sop"):
        assert client.get(path, headers=gudang).status_code == 403
    assert client.post("/api/token", json={"user": "teknisi", "pin": PIN}).status_code == 403
    assert place.app("resident").test_client().get("/api/openapi.json").status_code == 404


def test_a_wrong_pin_locks_as_on_the_page_and_a_form_is_no_json(place: FrontOffice) -> None:
    client = place.app("officer").test_client()
    assert client.post("/api/token", data={"user": "kasi", "pin": PIN}).status_code == 415
    for _ in range(5):
        assert client.post("/api/token", json={"user": "kasi", "pin": "000000"}).status_code == 422
    assert client.post("/api/token", json={"user": "kasi", "pin": PIN}).status_code == 429


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"[" * 100_000, b'{"words": ' + b"1" * 5000 + b"}", b"NaN"])
def test_a_body_that_is_no_object_is_refused(place: FrontOffice, body: bytes) -> None:
    client = place.app("officer").test_client()
    headers = entered(client, Role.KASI)
    answer = client.post("/api/find", headers=headers, data=body, content_type="application/json")
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")


def test_a_token_left_unused_ends_like_a_locked_page(place: FrontOffice) -> None:
    now = [0.0]
    place.services = replace(place.services, ticks=lambda: now[0], lock_after=300)
    client = place.app("officer").test_client()
    kasi = entered(client, Role.KASI)
    for now[0] in (299.0, 598.0):
        assert client.get("/api/me", headers=kasi).status_code == 200
    for now[0] in (899.0, 600.0):
        assert client.get("/api/me", headers=kasi).status_code == 401
    assert client.get("/api/me", headers={"Authorization": "Bearer x"}).status_code == 401


def test_a_token_ends_with_sign_out_and_what_is_strange_is_refused(place: FrontOffice) -> None:
    client = place.app("officer").test_client()
    kasi = entered(client, Role.KASI)
    assert client.get("/api/me", headers=kasi).json["role"] == "kasi"
    assert client.get("/api/work?page=0", headers=kasi).status_code == 400
    assert client.get("/api/work?nik=1", headers=kasi).status_code == 400
    assert client.get("/api/cases/SG-AAAA-AA", headers=kasi).status_code == 404
    assert client.get("/api/nowhere", headers=kasi).mimetype == "application/problem+json"
    put = client.put("/api/me", headers=kasi)
    assert (put.status_code, put.headers["Allow"]) == (405, "GET, HEAD")
    assert client.delete("/api/token", headers=kasi).status_code == 204
    assert client.get("/api/me", headers=kasi).status_code == 401
