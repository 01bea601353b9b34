"""The biometric centre by hand: search and states are entered with day and evidence, and judged by one table."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from by_hand import (
    HEAD,
    SHEET,
    WRONG,
    brought,
    events,
    open_by_hand,
    sought_here,
    state_of,
    validated,
)
from counter import PEOPLE, Counter

from appliance.casework.central_states import CENTRAL_STATES, Outcome, cannot_follow
from appliance.casework.roles import Role
from appliance.casework.sop import NotAllowed
from appliance.office.context import FormRefused
from hw_sim.central.esign import sign_pdf
from hw_sim.central.pki import Authorities


@pytest.fixture
def counter(tmp_path: Path, trust: Authorities) -> Iterator[Counter]:
    with open_by_hand(tmp_path, trust) as found:
        yield found


def test_a_hit_by_hand_is_decided_by_the_kasi_like_any_other(counter: Counter) -> None:
    case = counter.verified()
    today = counter.office.today()
    sought_here(counter, case)
    with pytest.raises(FormRefused, match="NIK yang ditemukan"):
        counter.do("enter_search", Role.PEREKAM, case, result="hit_inactive", evidence="tiket 9", seen_on=today)
    with pytest.raises(FormRefused, match="di masa depan"):
        counter.do(
            "enter_search", Role.PEREKAM, case, result="no_hit", evidence="x", seen_on=today + timedelta(days=1)
        )
    hit = {"result": "hit_other_region", "found_nik": WRONG, "evidence": "tiket 9", "seen_on": today}
    counter.do("enter_search", Role.PEREKAM, case, **hit)
    counter.do("enter_search", Role.PEREKAM, case, **hit)
    (found,) = counter.evidence(case, "search")
    assert (found.state, found.facts["nik"], found.facts["by_hand"]["officer"]) == (
        "hit_other_region", WRONG, PEOPLE[Role.PEREKAM].name,
    )  # fmt: skip
    assert counter.case(case).state == "CEK_BIOMETRIK"
    counter.do("decide_search", Role.KASI, case, decision="reject", reason="sudah terdaftar")
    assert counter.case(case).state == "DITOLAK"


def test_states_of_the_centre_are_refused_by_the_table_with_the_reason(counter: Counter, trust: Authorities) -> None:
    case = validated(counter)
    with pytest.raises(NotAllowed, match="Tidak ada rekaman"):
        state_of(counter, case, "PRINT_READY_RECORD")
    brought(counter, case, sign_pdf(SHEET, trust.officials[HEAD], "KK", "Metro"))
    counter.record_all(case)
    with pytest.raises(NotAllowed, match="tidak ada di daftar"):
        state_of(counter, case, "SIAP_CETAK")
    state_of(counter, case, "RECEIVED_AT_CENTRAL")
    with pytest.raises(NotAllowed, match="sudah lebih jauh di pusat"):
        state_of(counter, case, "PROCESSING")
    with pytest.raises(FormRefused, match="masa depan"):
        state_of(counter, case, "PRINT_READY_RECORD", counter.office.today() + timedelta(days=1))
    with pytest.raises(FormRefused, match="sebelum permintaannya"):
        state_of(counter, case, "PRINT_READY_RECORD", counter.office.today() - timedelta(days=1))
    state_of(counter, case, "ENROLL_FAILURE_AT_CENTRAL")
    assert counter.person(case).ktp_state == "GAGAL_PUSAT"
    state_of(counter, case, "ENROLL_FAILURE_AT_CENTRAL")
    with pytest.raises(NotAllowed, match="sudah memutuskan"):
        state_of(counter, case, "PRINT_READY_RECORD")
    counter.record_all(case)
    state_of(counter, case, "PRINT_READY_RECORD")
    assert counter.person(case).ktp_state == "PRR"
    told = counter.evidence(case, "central_state")
    assert [one.name for one in told] == ["RECEIVED_AT_CENTRAL", "ENROLL_FAILURE_AT_CENTRAL", "PRINT_READY_RECORD"]
    assert {one.facts["evidence"] for one in told} == {"layar SIAK"}
    assert events(counter, "central-state-enter-complete") == ["perekam:id-perekam@loket"] * 3


def test_the_order_of_the_centres_states_is_one_table() -> None:
    for before, old in CENTRAL_STATES.items():
        assert cannot_follow("", before) is None and cannot_follow(before, before) is None
        decided = old.outcome not in {Outcome.WAIT, Outcome.EXPERT}
        for name in CENTRAL_STATES.keys() - {before}:
            assert not decided or cannot_follow(before, name), (before, name)
            back = cannot_follow(name, before) is None
            assert not (back and cannot_follow(before, name) is None and not decided), (before, name)


@pytest.mark.parametrize("where", ["REGIONAL", "CENTRAL"])
def test_after_a_failed_enrolment_the_record_at_the_centre_goes_first(where: str) -> None:
    """A second recording of a NIK that the centre still holds is never compared: it stays SFE."""
    assert CENTRAL_STATES[f"ENROLL_FAILURE_AT_{where}"].remedy.startswith("Hapus rekaman di pusat lewat SIAK, lalu")
