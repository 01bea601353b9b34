"""Whatever an office answers, only a fault with a meaning comes out, never another exception."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from property.answering import Answering, http, web

from appliance.central.centre import HttpCentre
from appliance.central.esign import BsreV2, SignRequest
from appliance.central.siak import HttpSiak
from appliance.faults import DeviceFault, FaultCode


@pytest.fixture(scope="module")
def office() -> Answering:
    return web()


def calls(url: str) -> dict[str, Callable[[], object]]:
    siak, centre, esign = (kind(url, None, answer_seconds=2) for kind in (HttpSiak, HttpCentre, BsreV2))
    assert isinstance(siak, HttpSiak)
    assert isinstance(centre, HttpCentre)
    assert isinstance(esign, BsreV2)
    return {
        "register": lambda: siak.register("token-0001", {}, [{"index": 0, "nik": None}]),
        "find": lambda: siak.find_registration("token-0001"),
        "resident": lambda: siak.resident("9972010107710001"),
        "names": lambda: siak.search("A B", "1971-07-01", "-"),
        "search": lambda: centre.search("token-0001", ()),
        "enrolment": lambda: centre.find_enrolment("token-0001"),
        "packet": lambda: centre.personalise("token-0001", "9972010107710001", b"\x04" * 7, b"", "KTP-1"),
        "status": lambda: esign.status("9972010107710001"),
        "sign": lambda: esign.sign(SignRequest(b"%PDF-", "9972010107710001", "KK", "Metro"), "kunci"),
    }


NAMES = sorted(calls("http://127.0.0.1:1"))
KEYS = st.sampled_from(
    ["kk_number", "residents", "nik", "index", "status", "state", "packet", "file", "result", "error"]
)
LEAVES = st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["9972010107710001", "aktif", "no_hit", ""])
ANSWERS = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(NAMES), status=st.sampled_from([200, 201, 302, 400, 401, 404, 409, 422, 500]), answer=ANSWERS
)
def test_any_json_is_an_answer_or_a_fault(office: Answering, name: str, status: int, answer: object) -> None:
    office.answer = http(json.dumps(answer).encode(), status=status)
    call(office, name)


@pytest.mark.parametrize("name", NAMES)
def test_after_a_broken_answer_a_change_is_unknown_and_a_question_unreachable(office: Answering, name: str) -> None:
    office.answer = http(b"[]")
    with pytest.raises(DeviceFault) as caught:
        calls(office.url)[name]()
    changes = {
        "register": FaultCode.SIAK_UNKNOWN,
        "search": FaultCode.CENTRE_UNKNOWN,
        "packet": FaultCode.CENTRE_UNKNOWN,
        "sign": FaultCode.ESIGN_UNKNOWN,
    }
    expected = changes.get(name)
    assert caught.value.code is expected if expected else caught.value.code.value.endswith(".unreachable")


def call(office: Answering, name: str) -> None:
    try:
        calls(office.url)[name]()
    except DeviceFault as fault:
        assert "9972010107710001" not in str(fault)
