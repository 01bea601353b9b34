"""Before a new NIK this office's own fingers are searched, also where the centre is asked by hand.

Who has no finger to give, or meets a broken scanner, goes on by an officer's reason and the Kasi's decision.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from by_hand import open_by_hand, searched, sought_here
from counter import PEOPLE, Counter
from test_local_search import alike

from appliance.casework.codes import SEARCH_REASONS
from appliance.casework.roles import Role
from appliance.casework.sop import NotAllowed
from appliance.devices import FingerPosition
from appliance.faults import DeviceFault, FaultCode
from appliance.kiosk_ui.case_page import case_view
from appliance.office.work_list import work_page
from appliance.records import audit
from hw_sim.central.pki import Authorities


@pytest.fixture
def counter(tmp_path: Path, trust: Authorities) -> Iterator[Counter]:
    with open_by_hand(tmp_path, trust) as found:
        yield found


def centre_says(counter: Counter, case: str, result: str = "no_hit") -> None:
    today = counter.office.today()
    counter.do("enter_search", Role.PEREKAM, case, result=result, evidence="tiket 12", seen_on=today)


def facts(counter: Counter, case: str, event: str) -> list[dict[str, object]]:
    with counter.store.read() as tx:
        lines = [one for one in audit.entries(tx) if one["case_id"] == case and one["event"] == event]
    return [json.loads(one["facts"]) for one in lines]


def test_somebody_alike_in_this_office_waits_for_the_kasi_though_the_centre_found_nobody(counter: Counter) -> None:
    first = searched(counter)
    assert counter.case(first).state == "INPUT_SIAK"
    second = counter.verified()
    alike(counter, [60, 3], [3, 3])
    sought_here(counter, second)
    (found,) = counter.evidence(second, "local_search")
    assert [(one["case"], one["level"]) for one in found.facts["alike"]] == [(first, "one_finger")]
    assert counter.case(second).state == "CEK_BIOMETRIK", "the centre has said nothing yet"
    assert "decide_search" not in counter.state(second, Role.KASI).acts
    centre_says(counter, second)
    assert counter.case(second).state == "CEK_BIOMETRIK", "a person decides"
    state = counter.state(second, Role.KASI)
    assert "decide_search" in state.acts and [pair.other.case.id for pair in state.alike] == [first]
    counter.do("decide_search", Role.KASI, second, decision="proceed", reason="sudah dibandingkan")
    assert counter.case(second).state == "INPUT_SIAK"


def test_the_fingers_stay_here_and_nothing_waits_for_a_line(counter: Counter) -> None:
    case = searched(counter)
    assert len(counter.evidence(case, "search_finger")) == 2
    with counter.store.read() as tx:
        assert tx.sql.exec_driver_sql("SELECT count(*) FROM job WHERE lane = 'centre'").scalar_one() == 0


def test_the_centres_answer_is_not_taken_before_this_office_was_searched(counter: Counter) -> None:
    case = counter.verified()
    with pytest.raises(NotAllowed, match="belum dicari di kantor ini"):
        centre_says(counter, case)
    sought_here(counter, case)
    with pytest.raises(NotAllowed, match="Sudah dicari di kantor ini"):
        counter.do("search_biometrics", Role.PEREKAM, case)
    with pytest.raises(NotAllowed, match="Sudah dicari di kantor ini"):
        counter.do("search_without_fingers", Role.PEREKAM, case, reason="AMPUTASI")
    centre_says(counter, case)
    assert counter.case(case).state == "INPUT_SIAK"


@pytest.mark.parametrize("reason", SEARCH_REASONS)
def test_who_has_no_finger_to_give_goes_on_by_an_officers_reason_and_the_kasis_decision(
    counter: Counter, reason: str
) -> None:
    case = counter.verified()
    before = len(counter.wakes)
    counter.do("search_without_fingers", Role.PEREKAM, case, reason=reason)
    assert len(counter.wakes) > before, "open pages look again"
    assert facts(counter, case, "search-except-complete") == [{"resident": 0, "reason": reason}]
    assert counter.state(case, Role.PEREKAM).residents[0].acts == ("enter_search",)
    centre_says(counter, case)
    assert counter.case(case).state == "CEK_BIOMETRIK", "one officer's word is not enough for a new NIK"
    (line,) = work_page(counter.office, PEOPLE[Role.KASI]).items
    assert line.mine
    (note,) = [one for one in case_view(counter.state(case, Role.KASI), (), "").notes if "tidak dicari" in one]
    assert SEARCH_REASONS[reason] in note and PEOPLE[Role.PEREKAM].name in note
    counter.do("decide_search", Role.KASI, case, decision="proceed", reason="tanpa tangan, dilihat langsung")
    assert counter.case(case).state == "INPUT_SIAK"


def test_a_reason_is_asked_of_the_recording_officer_only(counter: Counter) -> None:
    case = counter.verified()
    for role, reason in ((Role.PEREKAM, ""), (Role.PEREKAM, "MALAS"), (Role.KASI, "AMPUTASI")):
        with pytest.raises(NotAllowed):
            counter.do("search_without_fingers", role, case, reason=reason)
    assert counter.evidence(case, "local_search") == []


def test_a_scanner_that_fails_holds_nobody_and_its_work_is_over_then(counter: Counter) -> None:
    case = counter.verified()
    counter.devices["fingerprint_scanner"].fault = DeviceFault(FaultCode.SCANNER_NO_FINGER)
    counter.do("search_biometrics", Role.PEREKAM, case)
    counter.run("scanner")
    assert counter.job(f"search-capture:{case}:0").state == "hold"
    counter.do("search_without_fingers", Role.PEREKAM, case, reason="TIDAK_TERBACA")
    assert counter.job(f"search-capture:{case}:0").state == "dead"
    counter.devices["fingerprint_scanner"].fault = None
    counter.run("scanner")
    assert counter.evidence(case, "search_finger") == [], "nothing is taken from whoever comes next"
    centre_says(counter, case)
    assert "decide_search" in counter.state(case, Role.KASI).acts


def test_other_fingers_are_taken_where_the_indexes_cannot_be(counter: Counter) -> None:
    case = counter.verified()
    thumb = FingerPosition.RIGHT_THUMB.value
    counter.do("search_biometrics", Role.PEREKAM, case, positions=(thumb,))
    counter.run("scanner")
    assert [one.name for one in counter.evidence(case, "search_finger")] == [thumb]


def test_a_line_that_comes_after_the_fingers_were_taken_sends_those(counter: Counter) -> None:
    case = counter.verified()
    sought_here(counter, case)
    settings = counter.office.settings
    lined = replace(settings, central=replace(settings.central, centre="http://127.0.0.1:1"))
    counter.office = replace(counter.office, settings=lined)
    counter.do("search_biometrics", Role.PEREKAM, case)
    assert counter.job(f"search:{case}:0").lane == "centre"
    assert len(counter.evidence(case, "search_finger")) == 2
