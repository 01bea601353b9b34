"""Who may not read a case, or may never do an act, is refused by page and API alike, and the audit log tells it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from front_office import PIN, FrontOffice, open_office, post, report, sign_in

from appliance.casework.roles import Role
from appliance.records import audit, cases


@pytest.fixture
def place(tmp_path: Path) -> Iterator[FrontOffice]:
    found = open_office(tmp_path)
    yield found
    found.office.store.close()


def reported(place: FrontOffice) -> tuple[str, str]:
    code = report(place.app("resident").test_client())
    with place.office.store.read() as tx:
        return cases.by_code(tx, code).id, code


def refusals(place: FrontOffice) -> list[tuple[str, str, str | None, dict[str, object]]]:
    with place.office.store.read() as tx:
        lines = [line for line in audit.entries(tx) if str(line["event"]).endswith("-refused")]
    return [
        (str(one["event"]), str(one["actor"]).partition(":")[0], one["case_id"], json.loads(str(one["facts"])))  # type: ignore[misc]
        for one in lines
    ]


@pytest.mark.parametrize("role", [Role.GUDANG, Role.AUDITOR])
@pytest.mark.parametrize(
    "address", ["/petugas/kasus/{case}", "/petugas/kasus/{case}.json", "/petugas/langsung?kasus={case}"]
)
def test_a_page_of_a_case_is_refused_with_a_line_of_audit(place: FrontOffice, role: Role, address: str) -> None:
    case, _ = reported(place)
    client = place.app("officer").test_client()
    sign_in(client, role)
    answer = client.get(address.format(case=case))
    assert answer.status_code == 403
    assert refusals(place) == [("case-read-refused", str(role), case, {})]


def test_what_was_sent_as_an_id_never_stands_in_the_log(place: FrontOffice) -> None:
    client = place.app("officer").test_client()
    sign_in(client, Role.AUDITOR)
    assert client.get("/petugas/kasus/9972010107710009").status_code == 403
    assert refusals(place) == [("case-read-refused", "auditor", None, {})]


def test_an_act_that_a_role_may_never_do_leaves_a_line(place: FrontOffice) -> None:
    case, _ = reported(place)
    client = place.app("officer").test_client()
    sign_in(client, Role.KADIS)
    answer = post(client, f"/petugas/kasus/{case}", f"/petugas/kasus/{case}/pass_check")
    assert answer.status_code == 403
    told = {"act": "pass_check", "why": "NotAllowed"}
    assert refusals(place) == [("case-act-refused", "kadis", case, told)]


def test_the_api_refuses_by_the_same_rule(place: FrontOffice) -> None:
    case, code = reported(place)
    client = place.app("officer").test_client()
    entered = client.post("/api/token", json={"user": str(Role.GUDANG), "pin": PIN})
    head = {"Authorization": f"Bearer {entered.json['token']}"}
    assert client.get(f"/api/cases/{code}", headers=head).status_code == 403
    assert client.get("/api/cases/SG-AAAA-AA", headers=head).status_code == 403
    assert [(event, who, which) for event, who, which, _ in refusals(place)] == [
        ("case-read-refused", "gudang", case),
        ("case-read-refused", "gudang", None),
    ]


@pytest.mark.parametrize("role", [Role.PETUGAS, Role.KASI, Role.OPERATOR, Role.PEREKAM])
def test_whoever_works_on_cases_reads_them_and_leaves_no_line(place: FrontOffice, role: Role) -> None:
    case, _ = reported(place)
    client = place.app("officer").test_client()
    sign_in(client, role)
    assert client.get(f"/petugas/kasus/{case}").status_code == 200
    assert refusals(place) == []
