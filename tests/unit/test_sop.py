"""The table: every state, event and role gives its target or a sentence; no state leads nowhere."""

from __future__ import annotations

import itertools

import pytest

from appliance.casework.roles import CHAIN_LINKS, ROLE_LABELS, Role
from appliance.casework.sop import (
    CASE_ENDS,
    CASE_STATES,
    KK_ENDS,
    KK_STATES,
    KTP_ENDS,
    KTP_STATES,
    STATE_STEP,
    TABLE,
    NotAllowed,
    after_verification,
    allowed_events,
    finished,
    fire,
)

MACHINES = {"case": CASE_STATES, "kk": KK_STATES, "ktp": KTP_STATES}
ENDS = {"case": CASE_ENDS, "kk": KK_ENDS, "ktp": KTP_ENDS}
STARTS = {"case": ("DILAPORKAN",), "kk": ("MENUNGGU", "TIDAK_PERLU"), "ktp": ("BELUM_REKAM", "TIDAK_PERLU")}
EVENTS = sorted({row.event for row in TABLE} | {"no_such_event", ""})


@pytest.mark.parametrize("machine", sorted(MACHINES))
def test_every_state_event_and_role_moves_as_the_table_says_or_is_refused_in_words(machine: str) -> None:
    for state, event, role in itertools.product(MACHINES[machine], EVENTS, Role):
        rows = [row for row in TABLE if row.machine == machine and state in row.sources and row.event == event]
        assert len(rows) <= 1, "a state has two rows for the same event"
        wanted = next((row for row in rows if role in row.roles), None)
        if wanted is None:
            with pytest.raises(NotAllowed) as refused:
                fire(machine, state, event, role)
            sentence = str(refused.value)
            assert sentence.startswith("Langkah ini")
            assert sentence.endswith(".")
            assert ("peran" in sentence) is bool(rows)
        else:
            assert fire(machine, state, event, role) is wanted
        assert (event in allowed_events(machine, state, role)) is (wanted is not None)


@pytest.mark.parametrize("machine", sorted(MACHINES))
def test_no_state_but_an_end_is_a_dead_end_and_an_end_is_final(machine: str) -> None:
    """But for who needs no card yet and wishes to be recorded: his leg is no document's end; and for a family card
    that was handed over with a NIK which is deleted."""
    for state in MACHINES[machine]:
        ways = [
            row
            for row in TABLE
            if row.machine == machine and state in row.sources and row.event not in {"record_early", "withdraw_kk"}
        ]
        leads_on = any(row.target != state for row in ways)
        assert leads_on is (state not in ENDS[machine]), state


def test_what_people_must_judge_is_left_by_ending_the_case() -> None:
    for event in ("reject", "cancel"):
        assert fire("case", "PENERBITAN", event, Role.KASI).target in CASE_ENDS


@pytest.mark.parametrize("machine", sorted(MACHINES))
def test_every_state_is_reached_from_a_start(machine: str) -> None:
    reached = set(STARTS[machine])
    while True:
        more = {row.target for row in TABLE if row.machine == machine and reached & set(row.sources)} - reached
        if not more:
            break
        reached |= more
    assert reached == set(MACHINES[machine])


@pytest.mark.parametrize("machine", sorted(MACHINES))
def test_from_every_open_state_the_good_end_can_still_be_reached(machine: str) -> None:
    good = {"case": "DIARSIPKAN", "kk": "KK_DISERAHKAN", "ktp": "KARTU_DISERAHKAN"}[machine]
    leads = {good}
    while True:
        rows = (row for row in TABLE if row.machine == machine and row.target in leads)
        more = {source for row in rows for source in row.sources} - leads
        if not more:
            break
        leads |= more
    open_states = set(MACHINES[machine]) - ENDS[machine]
    assert open_states <= leads


def test_rows_name_only_known_states_steps_and_somebody_to_act() -> None:
    for row in TABLE:
        assert set(row.sources) | {row.target} <= set(MACHINES[row.machine])
        assert row.roles
        assert {row.opens, row.closes} <= {None, *range(2, 10)}
        assert row.pause is None or row.opens is not None
    assert set(STATE_STEP) <= {state for states in MACHINES.values() for state in states}


def test_every_open_state_of_the_case_stands_in_a_step_of_the_sop() -> None:
    assert set(CASE_STATES) - CASE_ENDS == set(STATE_STEP) & set(CASE_STATES)


@pytest.mark.parametrize(
    ("state", "role"),
    [("CEK_KELENGKAPAN", Role.PETUGAS), ("VERIFIKASI_KASI", Role.KASI), ("VALIDASI_KABID", Role.KABID)],
)
def test_a_file_can_be_returned_from_steps_2_3_and_5(state: str, role: Role) -> None:
    assert fire("case", state, "return_file", role).target == "DIKEMBALIKAN"
    assert fire("case", state, "return_file", role).pause == "dikembalikan"


def test_only_the_kasi_ends_a_case_without_documents() -> None:
    for state in set(CASE_STATES) - CASE_ENDS:
        for event, role in itertools.product(("reject", "cancel"), Role):
            assert (event in allowed_events("case", state, role)) is (role is Role.KASI)


def test_the_links_of_the_chain_are_events_of_the_case() -> None:
    assert {row.event.partition(":")[0] for row in TABLE if row.machine == "case"} >= CHAIN_LINKS
    assert set(ROLE_LABELS) == set(Role)


@pytest.mark.parametrize(
    ("search", "family_card", "entry", "event", "target"),
    [
        (True, True, True, "verify:search", "CEK_BIOMETRIK"),
        (False, True, True, "verify:enter", "INPUT_SIAK"),
        (False, True, False, "verify:reissue", "VALIDASI_KABID"),
        (False, False, False, "verify:card_only", "PENERBITAN"),
        (True, False, True, "verify:card_only", "PENERBITAN"),
    ],
)
def test_verification_leads_to_search_entry_validation_or_card(
    search: bool, family_card: bool, entry: bool, event: str, target: str
) -> None:
    assert after_verification(search=search, family_card=family_card, entry=entry) == event
    assert fire("case", "VERIFIKASI_KASI", event, Role.KASI).target == target


@pytest.mark.parametrize(
    ("kk", "ktp", "done"),
    [
        ("KK_DISERAHKAN", ["KARTU_DISERAHKAN", "TIDAK_PERLU"], True),
        ("TIDAK_PERLU", ["KARTU_DISERAHKAN"], True),
        ("KK_DICETAK", ["KARTU_DISERAHKAN"], False),
        ("KK_DISERAHKAN", ["KARTU_DISERAHKAN", "GANDA"], False),
        ("KK_DISERAHKAN", ["KARTU_JADI"], False),
    ],
)
def test_a_case_is_finished_when_every_leg_has_ended(kk: str, ktp: list[str], done: bool) -> None:
    assert finished(kk, ktp) is done
