"""SIAK goes out of reach and comes back: what waits is shown, tried again by one press, and sent once each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from case_files import changed
from counter import PEOPLE, Counter, open_counter

from appliance.casework.roles import Role
from appliance.central.accounts import load_accounts
from appliance.central.siak import HttpSiak
from appliance.kiosk_ui import outbox_page
from appliance.kiosk_ui.outbox_page import OutboxView
from appliance.office import outbox
from appliance.queue.breaker import LONGEST_MS
from hw_sim.central.offices import CentralOffices
from hw_sim.central.pki import Authorities
from hw_sim.central.wire import Trouble
from hw_sim.world import World


@pytest.fixture
def simulated(tmp_path: Path, state: Authorities) -> Iterator[CentralOffices]:
    offices = CentralOffices(World(0.0), tmp_path, officials=(), authorities=state)
    offices.open()
    yield offices
    offices.close()


@pytest.fixture
def counter(simulated: CentralOffices, tmp_path: Path) -> Iterator[Counter]:
    found = open_counter(tmp_path / "office")
    account = load_accounts(simulated.credentials)["siak"]
    siak = HttpSiak(simulated.server.url("siak"), account, connect_seconds=2, answer_seconds=2)
    found.offices = replace(found.offices, siak=siak)
    yield found
    found.store.close()


def shown(counter: Counter) -> OutboxView:
    return outbox_page.outbox_view(outbox.look(counter.office), signs=False)


def siak(counter: Counter) -> outbox_page.OfficeLine:
    return next(one for one in shown(counter).offices if one.key == "siak")


def entered(counter: Counter, simulated: CentralOffices, case: str) -> bool:
    """Whether SIAK itself knows it."""
    gateway = counter.offices.siak
    assert gateway is not None
    return gateway.find_registration(case) is not None


def test_siak_away_and_back_is_shown_and_one_press_sends_all(counter: Counter, simulated: CentralOffices) -> None:
    cases = [counter.searched(), counter.searched(changed("residents", 0, "full_name", to="SUGENG RAHAYU"))]
    simulated.close()
    for case in cases:
        counter.do("enter_siak", Role.OPERATOR, case)
    counter.run("siak")
    found = shown(counter)
    assert [row.wait for row in found.rows] == ["out_of_reach"] * 2
    assert [row.tried for row in found.rows] == ["dicoba 1 kali", "belum dicoba sendiri"]
    assert siak(counter).level == "down" and siak(counter).last == "Belum ada yang terkirim."
    outbox.knock(counter.office, PEOPLE[Role.OPERATOR], "siak")
    counter.run("siak")
    assert siak(counter).level == "down" and len(shown(counter).rows) == 2, "still away: nothing is lost by trying"
    simulated.open()
    assert not any(entered(counter, simulated, case) for case in cases)
    outbox.knock(counter.office, PEOPLE[Role.OPERATOR], "siak")
    counter.run("siak")
    assert shown(counter).rows == () and siak(counter).level == "ok"
    assert all(entered(counter, simulated, case) for case in cases)
    assert counter.case(cases[-1]).code in siak(counter).last


def test_it_comes_back_by_itself_without_anybody(counter: Counter, simulated: CentralOffices) -> None:
    case = counter.searched()
    simulated.close()
    counter.do("enter_siak", Role.OPERATOR, case)
    counter.run("siak")
    assert siak(counter).knock
    simulated.open()
    counter.clock.go(LONGEST_MS // 1000)
    counter.run("siak")
    assert shown(counter).rows == () and entered(counter, simulated, case)


def test_an_answer_that_was_lost_is_no_office_out_of_reach(counter: Counter, simulated: CentralOffices) -> None:
    case = counter.searched()
    simulated.troubles.cause("siak", "households", Trouble("done", answer="none"))
    counter.do("enter_siak", Role.OPERATOR, case)
    counter.run("siak")
    told = siak(counter)
    assert (told.level, told.knock) == ("limited", False)
    (row,) = shown(counter).rows
    assert row.wait == "person" and "Jangan masukkan dua kali." in row.why
    assert row.trouble is not None and row.trouble.button is not None
    counter.do("retry_job", Role.OPERATOR, case, job=row.trouble.key)
    counter.run("siak")
    assert shown(counter).rows == () and counter.person(case).nik is not None
