"""A day that nobody closed is closed later for its own date, with the figures of that date."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from counter import PEOPLE, Counter, open_counter
from front_office import open_office, post, sign_in

from appliance.casework.roles import Role
from appliance.casework.sop import NotAllowed
from appliance.clock import midnight
from appliance.office import blank_views
from appliance.office.acts import LEDGER_ACTS
from appliance.office.context import FormRefused
from appliance.office.day_close import count_field, shelves_to_count
from appliance.records import audit, stock, stock_books
from appliance.records.stock_past import days_not_closed, shelves_at

KEEPER = PEOPLE[Role.GUDANG]
DAY = 86_400


def act(counter: Counter, name: str, **values: object) -> Any:
    return LEDGER_ACTS[name](counter.office, KEEPER, values)


def count(counter: Counter, **changed: int) -> None:
    with counter.store.read() as tx:
        found = {count_field(shelf): str(number) for shelf, number in shelves_to_count(tx).items()}
    act(counter, "count_blanks", **{**found, **{name: str(number) for name, number in changed.items()}})


def allot(counter: Counter, first: str, last: str) -> None:
    act(counter, "allot_blanks", place_kind="van", place_number=1, first=first, last=last)


def lines_of(counter: Counter, day: date) -> dict[str, tuple[int, int]]:
    with counter.store.read() as tx:
        found = stock_books.closing(tx, day)
    assert found is not None
    return {one.shelf: (one.counted, one.expected) for one in found.lines}


def a_day_nobody_closed(counter: Counter) -> date:
    """Ten blanks delivered, three of them taken to the van; on the next morning two of those are spoiled."""
    day = counter.office.today()
    counter.receive_blanks(10)
    allot(counter, "A001", "A003")
    counter.clock.go(DAY)
    act(counter, "spoil_blanks", first="A001", last="A002", cause="CACAT_PABRIK")
    return day


def test_yesterday_is_closed_with_yesterdays_figures(counter: Counter) -> None:
    day = a_day_nobody_closed(counter)
    assert blank_views.ledger_state(counter.office).not_closed == (day,)
    with pytest.raises(FormRefused, match="Belum dihitung hari ini"):
        act(counter, "close_late", day=day.isoformat())
    count(counter)
    assert act(counter, "close_late", day=day.isoformat()) is True
    assert lines_of(counter, day)["kantor"] == (7, 7) and lines_of(counter, day)["van-1"] == (3, 3)
    assert lines_of(counter, day)["kantor/rusak"] == (0, 0), "spoiled a day later"
    assert blank_views.ledger_state(counter.office).not_closed == ()
    with counter.store.read() as tx:
        (entry,) = audit.newest(tx, "blanks-close-complete", 1)
    assert f'"late":"{counter.office.today().isoformat()}"' in str(entry["facts"])
    assert act(counter, "close_day") is True
    assert lines_of(counter, counter.office.today())["van-1"] == (1, 1)


def test_what_is_missing_today_is_missing_on_that_day_and_needs_two_people(counter: Counter) -> None:
    day = a_day_nobody_closed(counter)
    count(counter, n_kantor=6)
    with pytest.raises(FormRefused, match="Ada selisih"):
        act(counter, "close_late", day=day.isoformat())
    assert act(counter, "close_late", day=day.isoformat(), reason="satu keping dicari") is False
    assert lines_of(counter, day)["kantor"] == (6, 7)
    LEDGER_ACTS["sign_day"](counter.office, PEOPLE[Role.KASI], {})
    with counter.store.read() as tx:
        assert stock_books.last_closed(tx) == day


def test_days_are_closed_in_their_order_each_once_and_a_quiet_day_needs_no_closing(counter: Counter) -> None:
    first = counter.office.today()
    counter.receive_blanks(5)
    counter.clock.go(2 * DAY)
    second = counter.office.today()
    allot(counter, "A001", "A001")
    counter.clock.go(DAY)
    assert blank_views.ledger_state(counter.office).not_closed == (first, second)
    count(counter)
    for wrong in (second, first + timedelta(days=1), counter.office.today()):
        with pytest.raises(NotAllowed, match="tidak menunggu ditutup"):
            act(counter, "close_late", day=wrong.isoformat())
    assert act(counter, "close_late", day=first.isoformat()) is True
    assert act(counter, "close_late", day=second.isoformat()) is True
    assert (lines_of(counter, first)["kantor"], lines_of(counter, second)["kantor"]) == ((5, 5), (4, 4))
    with pytest.raises(NotAllowed):
        act(counter, "close_late", day=second.isoformat())


def test_closing_today_first_does_not_hide_yesterday(counter: Counter) -> None:
    day = a_day_nobody_closed(counter)
    count(counter)
    assert act(counter, "close_day") is True
    assert act(counter, "close_late", day=day.isoformat()) is True


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.GUDANG}))
def test_only_the_keeper_closes_a_day_late(counter: Counter, role: Role) -> None:
    day = a_day_nobody_closed(counter)
    count(counter)
    with pytest.raises(NotAllowed):
        LEDGER_ACTS["close_late"](counter.office, PEOPLE[role], {"day": day.isoformat()})
    assert blank_views.ledger_state(counter.office).not_closed == (day,)


def test_the_shelves_of_any_past_moment_are_those_that_were_seen_then(counter: Counter) -> None:
    seen = []

    def look() -> None:
        counter.clock.go(60)
        with counter.store.read() as tx:
            seen.append((counter.clock.now, stock.shelves(tx)))
        counter.clock.go(60)

    look()
    counter.receive_blanks(8)
    look()
    allot(counter, "A001", "A005")
    look()
    act(counter, "return_blanks", place_kind="van", place_number=1, first="A004", last="A005")
    act(counter, "spoil_blanks", first="A006", last="A007", cause="CACAT_PABRIK")
    look()
    act(counter, "seal_blanks", serials=("A006",), seal="S-1")
    look()
    with counter.store.read() as tx:
        assert [shelves_at(tx, at) for at, _ in seen] == [shelves for _, shelves in seen]


def test_the_page_names_the_day_and_closes_it(tmp_path: Path) -> None:
    place = open_office(tmp_path, roles=(Role.GUDANG,))
    yesterday = place.office.today() - timedelta(days=1)
    counter = open_counter(tmp_path, midnight(yesterday) + 36_000_000)
    counter.receive_blanks(4)
    counter.store.close()
    client = place.app("officer").test_client()
    sign_in(client, Role.GUDANG)
    home = "/petugas/blanko"
    assert 'data-not-closed="1"' in client.get(home).text
    with place.office.store.read() as tx:
        numbers = {count_field(shelf): str(number) for shelf, number in shelves_to_count(tx).items()}
    assert post(client, f"{home}/hitung", f"{home}/hitung", **numbers).status_code == 303
    late = f"{home}/susulan"
    assert post(client, late, late, day=place.office.today().isoformat()).status_code == 422
    assert post(client, late, late, day=yesterday.isoformat()).status_code == 303
    assert "data-not-closed" not in client.get(home).text
    with place.office.store.read() as tx:
        assert days_not_closed(tx, place.office.today()) == []
    place.office.store.close()
