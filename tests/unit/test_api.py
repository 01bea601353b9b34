"""The API by HTTP: its description against its routes, its sign-in, its roles and its refusals."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from counter import open_counter
from flask import Flask
from flask.testing import FlaskClient
from front_office import PIN, FrontOffice, case_file, open_office, report, sign_in

from appliance.casework.roles import Role
from appliance.kiosk_ui.officer.acts import ABOUT_WORK, ACTS
from appliance.office.acts import BATCH_ACTS, LEDGER_ACTS


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
    acts = {path.rpartition("/")[2] for path, _ in told if path.startswith("/api/cases/") and "/acts/" in path}
    assert acts == {*ACTS, *ABOUT_WORK}
    assert {path.rpartition("/")[2] for path, _ in told if "/blanks/acts/" in path} == set(LEDGER_ACTS)
    assert {path.rpartition("/")[2] for path, _ in told if "/card-batch/acts/" in path} == set(BATCH_ACTS)


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


def test_the_ledger_of_blanks_goes_on_by_the_api_as_by_the_pages(place: FrontOffice) -> None:
    client = place.app("officer").test_client()
    gudang, kasi = entered(client, Role.GUDANG), entered(client, Role.KASI)

    def act(name: str, status: int = 200, who: dict[str, str] = gudang, **body: Any) -> Any:
        answer = client.post(f"/api/blanks/acts/{name}", headers=who, json=body)
        assert answer.status_code == status, answer.text
        return answer.json

    def states(told: Any) -> dict[str, int]:
        return {one["state"]: one["count"] for one in told["states"]}

    delivery = {"batch": "K-7", "first": "A00001", "last": "A00010", "count": 10}
    act("receive_blanks", 403, kasi, **delivery)
    assert sum(states(act("receive_blanks", **delivery)).values()) == 10
    act("receive_blanks", 422, **delivery)
    van = {"place_kind": "van", "place_number": 1, "first": "A00001", "last": "A00004"}
    assert {one["name"]: one["ready"] for one in act("allot_blanks", **van)["places"]}["Mobil 1"] == 4
    back = act("return_blanks", **{**van, "last": "A00001"})
    assert {one["name"]: one["ready"] for one in back["places"]}["Mobil 1"] == 3
    torn = act("spoil_blanks", first="A00010", last="A00010", cause="SALAH_CETAK")
    assert [one["serial"] for one in torn["spoiled"]] == ["A00010"]
    fields = [one["field"] for one in torn["to_count"]]
    assert {one["field"] for one in act("count_blanks", 422, more=1)["errors"]} == {*fields, "more"}
    act("count_blanks", **dict.fromkeys(fields, 1))
    wrong = act("seal_blanks", 422, serials=["A00009"], seal="S-1")
    assert wrong["errors"][0]["field"] == "serials"
    assert act("seal_blanks", serials=["A00010"], seal="S-1")["seals"] == [{"seal": "S-1", "count": 1}]
    burnt = {"seals": ["S-1"], "number": "BA-1", "date": "2026-11-24", "place": "Halaman", "witness_1": "Ani"}
    act("destroy_blanks", 422, **burnt)
    told = described(place.app("officer"))
    assert "A00010" not in str(told) and "S-1" not in str(told), "the description is open to everybody"


def test_a_document_is_looked_at_and_not_kept(place: FrontOffice) -> None:
    client = place.app("officer").test_client()
    body = {"berkas": base64.b64encode(b"%PDF-1.7 no more").decode()}
    found = client.post("/api/documents/check", headers=entered(client, Role.KASI), json=body).json
    assert (found["genuine"], found["why"]) == (False, "Berkas ini bukan PDF yang utuh.")
    gudang = entered(client, Role.GUDANG)
    assert client.post("/api/documents/check", headers=gudang, json=body).status_code == 403


def test_a_stand_in_is_appointed_acts_and_is_ended(place: FrontOffice) -> None:
    client = place.app("officer").test_client()
    kadis, kabid = entered(client, Role.KADIS), entered(client, Role.KABID)
    today = place.office.today().isoformat()
    body = {"title": "Plh.", "role": "kasi", "login": "kabid", "decree": "800/1", "since": today, "until": today}
    assert (
        client.post("/api/officials/acts/appoint", headers=entered(client, Role.KASI), json=body).status_code == 403
    )
    nobody = client.post("/api/officials/acts/appoint", headers=kadis, json={**body, "login": "siapa"})
    assert [one["field"] for one in nobody.json["errors"]] == ["login"]
    told = client.post("/api/officials/acts/appoint", headers=kadis, json=body).json
    ((one,)) = told["appointments"]
    assert one["can_end"] and one["appointment"]["decree"] == "800/1"
    name = one["appointment"]["id"]
    assert [office["id"] for office in client.get("/api/acting", headers=kabid).json["offices"]] == [name]
    assert client.post("/api/acting", headers=kabid, json={"appointment": name}).json["acting"] == name
    assert client.get("/api/me", headers=kabid).json["role"] == "kasi"
    assert client.post("/api/acting", headers=kabid, json={}).json["acting"] is None
    assert client.get("/api/me", headers=kabid).json["role"] == "kabid"
    ended = client.post(
        "/api/officials/acts/end_appointment", headers=kadis, json={"appointment": name, "reason": "back"}
    )
    assert ended.status_code == 200, ended.text
    assert client.get("/api/acting", headers=kabid).json["offices"] == []


def test_only_the_kadis_signs_many_and_each_refusal_names_its_case(place: FrontOffice) -> None:
    code = report(place.app("resident").test_client())
    client = place.app("officer").test_client()
    kadis = entered(client, Role.KADIS)
    assert client.get("/api/signatures", headers=kadis).json == {"cases": []}
    body = {"cases": [code], "passphrase": "kuda-terbang"}
    told = client.post("/api/signatures", headers=kadis, json=body).json
    assert [one["code"] for one in told["refused"]] == [code]
    assert client.get(f"/api/signatures/signed?batch={told['batch']}", headers=kadis).json == {"signed": []}
    assert client.post("/api/signatures", headers=kadis, json={**body, "cases": ["SG-AAAA-AA"]}).status_code == 404
    assert client.post("/api/signatures", headers=kadis, json={**body, "cases": []}).status_code == 422
    assert client.post("/api/signatures", headers=entered(client, Role.KABID), json=body).status_code == 403


def test_a_case_with_all_its_parts_is_as_described(tmp_path: Path) -> None:
    counter = open_counter(tmp_path)
    recorded = counter.ready_to_print()
    stopped = counter.validated()
    counter.lent.clear()
    counter.do("sign", Role.KADIS, stopped, passphrase="x")
    counter.lent.clear()
    counter.run("esign")
    place = open_office(tmp_path)
    client = place.app("officer").test_client()
    petugas = entered(client, Role.PETUGAS)
    told = described(place.app("officer"))["paths"]["/api/cases/{code}"]["get"]["responses"]["200"]
    schema = told["content"]["application/json"]["schema"]
    assert loose(schema) == [], "nothing in it may be just anything"
    cases = [client.get(f"/api/cases/{counter.case(one).code}", headers=petugas).json for one in (recorded, stopped)]
    for case in cases:
        jsonschema_rs.validate(schema, case)
    assert cases[0]["residents"][0]["fingers"] and cases[0]["documents"] and cases[1]["jobs"][0]["trouble"]
    counter.store.close()
    place.office.store.close()


def test_a_batch_of_cards_goes_on_by_the_api_as_by_its_page(tmp_path: Path) -> None:
    counter = open_counter(tmp_path)
    codes = [counter.case(counter.ready_to_print()).code for _ in range(2)]
    counter.receive_blanks()
    counter.store.close()
    place = open_office(tmp_path)
    client = place.app("officer").test_client()
    operator = entered(client, Role.OPERATOR)
    paths = described(place.app("officer"))["paths"]
    told = paths["/api/card-batch"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert loose(told) == []

    def act(name: str, status: int = 200, who: dict[str, str] = operator, **body: Any) -> Any:
        answer = client.post(f"/api/card-batch/acts/{name}", headers=who, json=body)
        assert answer.status_code == status, answer.text
        if status == 200:
            jsonschema_rs.validate(told, answer.json)
        return answer.json

    def stands() -> Any:
        now = client.get("/api/card-batch", headers=operator).json
        jsonschema_rs.validate(told, now)
        return now

    assert (stands()["state"], stands()["cards"]) == ("none", [])
    ready = client.get("/api/card-batch/residents", headers=operator).json["residents"]
    assert {one["code"] for one in ready} == set(codes) and all(one["name"] and one["place"] for one in ready)
    for role in (Role.KASI, Role.PETUGAS, Role.GUDANG):
        other = entered(client, role)
        assert client.get("/api/card-batch", headers=other).status_code == 403
        assert client.get("/api/card-batch/residents", headers=other).status_code == 403
        act("start_batch", 403, other, all=True)
        act("pause_batch", 403, other)
    assert act("pause_batch", 422)["errors"]
    assert act("start_batch", 422)["errors"][0]["field"] == "residents"
    assert act("start_batch", 422, residents=["nobody:0"])["errors"][0]["field"] == "residents"
    begun = act("start_batch", residents=[one["key"] for one in ready])
    assert (begun["state"], [one["hand"] for one in begun["cards"]]) == ("running", ["lay", ""])
    assert begun["next_blank"] == "A001" and {one["code"] for one in begun["cards"]} == set(codes)
    act("start_batch", 422, all=True)
    assert act("pause_batch")["state"] == "paused"
    assert act("lay_card", 422, number=1, blank_serial="A001")["errors"]
    assert act("resume_batch")["state"] == "running"
    wrong = act("lay_card", 422, number="1", blank_serial="", more=1)["errors"]
    assert {one["field"] for one in wrong} == {"number", "blank_serial", "more"}
    laid = act("lay_card", number=1, blank_serial="A001")["cards"][0]
    assert (laid["stage"], laid["serial"], laid["work_state"]) == ("chip", "A001", "ready")
    act("leave_out", 422, number=1)
    left = act("leave_out", number=2)["cards"]
    assert [one["stage"] for one in left] == ["chip", "gone"]
    assert act("spoil_batch_card", number=1, cause="CACAT_PABRIK")["spoiled"] == 1
    assert act("end_batch")["state"] == "ended" == stands()["state"]
    spoken = str(described(place.app("officer")))
    assert not any(words in spoken for one in ready for words in (one["code"], one["key"]))
    place.office.store.close()


def loose(schema: Any) -> list[Any]:
    """The parts of a schema that let any object through."""
    if isinstance(schema, list):
        return [one for part in schema for one in loose(part)]
    if not isinstance(schema, dict):
        return []
    here = [schema] if schema.get("type") == "object" and "additionalProperties" not in schema else []
    return here + [one for part in schema.values() for one in loose(part)]


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
