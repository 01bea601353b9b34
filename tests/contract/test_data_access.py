"""The registry's data service over HTTP: its odd answers read right, its account in the body, nothing kept of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from enrolments import HOUSEHOLD, resident

from appliance.casework.nik_look import LookResult, differences
from appliance.casework.people import Biodata
from appliance.central.accounts import Account, load_accounts
from appliance.central.data_access import DataAccess, read_answer
from appliance.config import ConfigError, parse
from appliance.faults import DeviceFault, FaultCode
from hw_sim.central.offices import CentralOffices
from hw_sim.central.pki import Authorities
from hw_sim.central.wire import Trouble
from hw_sim.world import World

NIK = "9972014507410003"
KNOWN = {**resident(), "nik": NIK, "full_name": "SITI AMINAH", "sex": 2, "mother_name": "WAGINEM"}
SLEEPING = {**KNOWN, "nik": "9972014507410004", "status": "nonaktif"}
SAID = Biodata(
    full_name="Siti Aminah", nik=NIK, sex=2, birth_place="Metro", birth_date=date(1971, 7, 1),
    birth_date_estimated=False, religion=1, blood_type=13, marital_status=1, education=3, occupation=1, citizenship=1,
    family_relation=1, father_name="-", mother_name="-", disability=None,
)  # fmt: skip


@pytest.fixture
def offices(tmp_path: Path, state: Authorities) -> Iterator[CentralOffices]:
    offices = CentralOffices(World(0.0), tmp_path, officials=(), authorities=state)
    offices.siak.seed([KNOWN, SLEEPING], {**HOUSEHOLD, "kk_number": "9972010403110007"})
    offices.open()
    yield offices
    offices.close()


@pytest.fixture
def data(offices: CentralOffices) -> DataAccess:
    account = load_accounts(offices.credentials)["data_access"]
    return DataAccess(offices.config()["central"]["data_access"], account, connect_seconds=2, answer_seconds=2)


def fault(data: DataAccess, nik: str = NIK) -> FaultCode:
    with pytest.raises(DeviceFault) as caught:
        data.call_nik(nik)
    assert nik not in str(caught.value)
    return caught.value.code


def test_a_person_is_read_through_every_quirk_of_the_answer(data: DataAccess, offices: CentralOffices) -> None:
    found = data.call_nik(NIK)
    assert (found.result, found.left) == (LookResult.FOUND, 999)
    person = found.person
    assert person is not None and "SITI" not in repr(found)
    assert (person.full_name, person.sex, person.birth_place) == ("SITI AMINAH", 2, str(KNOWN["birth_place"]).upper())
    assert (person.birth_date, person.mother_name) == (date.fromisoformat(str(KNOWN["birth_date"])), "WAGINEM")
    (asked,) = offices.data.asked
    assert set(asked) == {"nik", "user_id", "password", "ip_user"} and asked["ip_user"] == "127.0.0.1"


def test_errors_inside_200_are_results(data: DataAccess, offices: CentralOffices) -> None:
    offices.data.dead.add("9972010101500001")
    offices.data.double.add("9972010101500002")
    for nik, result in (
        ("9972010101500001", LookResult.DEAD),
        ("9972010101500002", LookResult.DOUBLE),
        ("9972010101500003", LookResult.UNKNOWN),
        ("9972014507410004", LookResult.INACTIVE),
        ("99720101015", LookResult.MALFORMED),
    ):
        found = data.call_nik(nik)
        assert (found.result, found.person) == (result, None)


def test_no_answer_and_no_right_are_told_apart(data: DataAccess, offices: CentralOffices) -> None:
    url = offices.config()["central"]["data_access"]
    assert fault(DataAccess(url, Account("x", "y"))) is FaultCode.DATA_REFUSED
    assert fault(DataAccess(f"{url}/more", Account("x", "y"))) is FaultCode.DATA_REFUSED
    offices.data.quota = 0
    assert fault(data) is FaultCode.DATA_REFUSED, "a code that is none of the five"
    for trouble in (
        Trouble("done", answer="none"),
        Trouble("received", answer="garbage"),
        Trouble("received", answer="status", status=500),
    ):
        offices.troubles.cause("data", "call-nik", trouble)
        assert fault(data) is FaultCode.DATA_UNREACHABLE
    offices.close()
    assert fault(data) is FaultCode.DATA_UNREACHABLE


def test_an_answer_about_another_person_is_no_answer() -> None:
    for content in ([{"NIK": "9972014507410009"}], [], None, [{}], "x", [[1]]):
        with pytest.raises(DeviceFault) as caught:
            read_answer({"content": content, "quotaLimiter": "many"}, NIK)
        assert caught.value.code is FaultCode.DATA_UNREACHABLE
    found = read_answer({"content": [{"nik": f" {NIK} ", "TGL_LHR": "31-02-1971", "JENIS_KLMIN": "X"}]}, NIK)
    assert found.person is not None and (found.person.birth_date, found.person.sex, found.left) == (None, 0, None)
    assert read_answer({"RESPON": "013 tidak ada"}, NIK).result is LookResult.UNKNOWN


def test_what_either_does_not_know_is_no_difference(data: DataAccess) -> None:
    person = data.call_nik(NIK).person
    assert person is not None
    born = replace(SAID, birth_date=person.birth_date or SAID.birth_date, birth_place=person.birth_place)
    assert differences(born, person) == ()
    assert differences(replace(born, mother_name="Painem", sex=1), person) == ("sex", "mother_name")
    assert differences(replace(born, full_name="Siti Aminah Ningsih"), replace(person, birth_date=None)) == (
        "full_name",
    )


def test_account_and_numbers_never_go_over_an_open_line(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("5a" * 32)
    (tmp_path / "accounts.toml").write_text('[data_access]\naccount = "a"\nsecret = "b"\n')
    names = ("name", "city", "province", "region", "head_name", "head_nip", "head_nik")
    office = "\n".join(f'{name} = "x"' for name in names)

    def configured(url: str, more: str = "") -> str:
        text = f'data_dir = "{tmp_path}"\nkey_file = "{tmp_path}/key"\nspecimen = true\n'
        text += '[listen]\nofficer = "127.0.0.1:1"\n'
        text += f'[office]\n{office}\n[central]\ndata_access = "{url}"\n{more}'
        try:
            return str(parse(text).central.data_access)
        except ConfigError as error:
            return json.dumps(error.mistakes)

    credentials = f'credentials = "{tmp_path}/accounts.toml"\n'
    assert configured("https://data.example.go.id/dukcapil/get_json/1872/x", credentials).startswith("https://")
    assert configured("http://127.0.0.1:9/x", credentials) == "http://127.0.0.1:9/x"
    assert "must be an https address" in configured("http://10.0.0.1/x", credentials)
    assert "needs credentials" in configured("https://data.example.go.id/x")
    assert "data_quota" in configured("https://data.example.go.id/x", credentials + "data_quota = 0\n")
