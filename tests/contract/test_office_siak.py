"""SIAK over HTTP: numbers are given once, and a lost answer is asked for, not repeated."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from enrolments import HOUSEHOLD, resident

from appliance.central.accounts import Account, load_accounts
from appliance.central.http import OfficeRefusal
from appliance.central.siak import HttpSiak, ManualSiak
from appliance.faults import DeviceFault, FaultCode
from hw_sim.central.offices import CentralOffices
from hw_sim.central.pki import Authorities
from hw_sim.central.wire import Trouble
from hw_sim.world import When, World

KNOWN = {**resident(), "nik": "9972014507410003", "full_name": "SITI AMINAH", "sex": 2, "mother_name": "WAGINEM"}


@pytest.fixture
def offices(tmp_path: Path, state: Authorities) -> Iterator[CentralOffices]:
    offices = CentralOffices(World(0.0), tmp_path, officials=(), authorities=state)
    offices.siak.seed([KNOWN], {**HOUSEHOLD, "kk_number": "9972010403110007"})
    offices.open()
    yield offices
    offices.close()


@pytest.fixture
def siak(offices: CentralOffices) -> HttpSiak:
    account = load_accounts(offices.credentials)["siak"]
    return HttpSiak(offices.server.url("siak"), account, connect_seconds=2, answer_seconds=2)


def fault(call: object, *arguments: object) -> DeviceFault:
    assert callable(call)
    with pytest.raises(DeviceFault) as caught:
        call(*arguments)
    return caught.value


def test_numbers_have_their_structure(siak: HttpSiak) -> None:
    wife = resident(1, full_name="DEWI SARTIKA", sex=2, birth_date="1983-11-19", family_relation=3)
    given = siak.register("token-0001", HOUSEHOLD, [resident(), wife])
    assert given.niks == {0: "9972010107710001", 1: "9972015911830001"}
    assert given.kk_number.startswith("997201")
    registered = siak.resident(given.niks[1])
    assert registered is not None
    assert registered.active
    assert registered.kk_number == given.kk_number
    assert registered.biodata["full_name"] == "DEWI SARTIKA"
    assert registered.biodata["kelurahan"] == "18.72.01.1005"


def test_the_same_token_registers_once(siak: HttpSiak) -> None:
    assert siak.find_registration("token-0001") is None
    first = siak.register("token-0001", HOUSEHOLD, [resident()])
    assert siak.register("token-0001", HOUSEHOLD, [resident()]) == first
    assert siak.find_registration("token-0001") == first


def test_nobody_gets_a_second_nik(siak: HttpSiak) -> None:
    first = siak.register("token-0001", HOUSEHOLD, [resident()])
    refused = fault(siak.register, "token-0002", HOUSEHOLD, [resident()])
    assert isinstance(refused, OfficeRefusal)
    assert (refused.code, refused.status, refused.error) == (FaultCode.SIAK_REFUSED, 409, "already_registered")
    again = siak.register("token-0003", HOUSEHOLD, [resident(nik=first.niks[0])])
    assert again.niks == first.niks
    assert again.kk_number != first.kk_number


def test_twins_get_two_numbers(siak: HttpSiak) -> None:
    twin = resident(1, full_name="SUGENG RAHAYU", family_relation=4)
    given = siak.register("token-0001", HOUSEHOLD, [resident(), twin])
    assert given.niks == {0: "9972010107710001", 1: "9972010107710002"}


def test_every_mistake_is_named_and_nothing_stored(siak: HttpSiak) -> None:
    wrong = resident(birth_date="1971-02-30", religion=9)
    refused = fault(siak.register, "token-0001", {**HOUSEHOLD, "rt": "3"}, [wrong])
    assert isinstance(refused, OfficeRefusal)
    assert refused.status == 422
    assert refused.mistakes == ("household.rt", "residents[0].birth_date", "residents[0].religion")
    assert siak.find_registration("token-0001") is None


def test_people_are_found_by_name(siak: HttpSiak, offices: CentralOffices) -> None:
    found = siak.search("Siti Aminah", "1971-07-01", "WAGINEM")
    assert [(one.nik, one.active) for one in found] == [("9972014507410003", True)]
    assert siak.search("SITI AMINAH", "1971-07-02", "WAGINEM") == ()
    offices.siak.seed([{**KNOWN, "status": "nonaktif"}], HOUSEHOLD)
    assert [one.active for one in siak.search("SITI AMINAH", "1971-07-01", "-")] == [False]
    assert siak.resident("9999999999999999") is None


@pytest.mark.parametrize("answer", ["none", "garbage", "status"])
def test_a_lost_answer_is_asked_for(siak: HttpSiak, offices: CentralOffices, answer: str) -> None:
    offices.troubles.cause("siak", "households", Trouble("done", answer=answer))  # type: ignore[arg-type]
    assert fault(siak.register, "token-0001", HOUSEHOLD, [resident()]).code is FaultCode.SIAK_UNKNOWN
    found = siak.find_registration("token-0001")
    assert found is not None
    assert found.niks == {0: "9972010107710001"}


def test_a_request_lost_on_the_way_changed_nothing(siak: HttpSiak, offices: CentralOffices) -> None:
    rule = When("siak", {"call": "households", "phase": "received"})
    offices.server.world.on(rule, offices.trouble("siak", "households", Trouble("received", answer="none")))
    assert fault(siak.register, "token-0001", HOUSEHOLD, [resident()]).code is FaultCode.SIAK_UNKNOWN
    assert siak.find_registration("token-0001") is None
    assert siak.register("token-0001", HOUSEHOLD, [resident()]).niks == {0: "9972010107710001"}


def test_a_client_that_dies_in_its_request_changes_nothing(
    siak: HttpSiak, offices: CentralOffices, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.create_connection(("127.0.0.1", offices.server.port)) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.sendall(b"POST /siak/households HTTP/1.1\r\nContent-Length: 400\r\n\r\n{")
    assert siak.find_registration("token-0001") is None
    assert "Traceback" not in capfd.readouterr().err


def test_a_late_answer_is_no_answer(offices: CentralOffices, siak: HttpSiak) -> None:
    account = load_accounts(offices.credentials)["siak"]
    hasty = HttpSiak(offices.server.url("siak"), account, answer_seconds=0.2)
    offices.troubles.cause("siak", "households", Trouble("done", late_seconds=0.6))
    assert fault(hasty.register, "token-0001", HOUSEHOLD, [resident()]).code is FaultCode.SIAK_UNKNOWN
    assert siak.find_registration("token-0001") is not None


def test_a_question_without_an_answer_is_only_unreachable(siak: HttpSiak, offices: CentralOffices) -> None:
    offices.troubles.cause("siak", "resident", Trouble("received", answer="status", status=503))
    trouble = fault(siak.resident, "9972014507410003")
    assert trouble.code is FaultCode.SIAK_UNREACHABLE
    assert "9972014507410003" not in str(trouble)


def test_a_cut_network_is_never_sent_and_heals(siak: HttpSiak, offices: CentralOffices) -> None:
    offices.close()
    assert fault(siak.register, "token-0001", HOUSEHOLD, [resident()]).code is FaultCode.SIAK_UNREACHABLE
    offices.open()
    assert siak.find_registration("token-0001") is None


def test_a_wrong_account_is_refused(offices: CentralOffices) -> None:
    siak = HttpSiak(offices.server.url("siak"), Account("siaga-simulasi", "salah"))
    refused = fault(siak.register, "token-0001", HOUSEHOLD, [resident()])
    assert isinstance(refused, OfficeRefusal)
    assert (refused.code, refused.status) == (FaultCode.SIAK_REFUSED, 401)
    assert "salah" not in str(refused)


def test_silence_ends_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        siak = HttpSiak(f"http://127.0.0.1:{port}", None, answer_seconds=0.2)
        assert fault(siak.find_registration, "token-0001").code is FaultCode.SIAK_UNREACHABLE


def test_without_a_connection_a_person_must_do_it() -> None:
    by_hand = ManualSiak()
    assert by_hand.by_hand
    assert fault(by_hand.register, "token-0001", HOUSEHOLD, [resident()]).code is FaultCode.SIAK_BY_HAND
    assert by_hand.find_registration("token-0001") is None
