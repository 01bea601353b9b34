"""A quick look at the blank ledger at each start, the full one at the end of the day."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from counter import PEOPLE, Counter, open_counter
from front_office import open_office, sign_in
from sqlalchemy import text
from timing import quickest

from appliance.app.books import look_at_ledger
from appliance.casework.roles import SYSTEM, Role
from appliance.office.acts import LEDGER_ACTS
from appliance.office.day_close import count_field, shelves_to_count
from appliance.records import accounts, audit, blanks, ledger_check
from appliance.records.blanks import BlankState

KEEPER = PEOPLE[Role.GUDANG]


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    found = open_counter(tmp_path)
    found.receive_blanks(6)
    with found.store.write() as tx:
        blanks.move_all(tx, ["A001", "A002"], BlankState.SPOILED, KEEPER, cause="CACAT_PABRIK")
    yield found
    found.store.close()


def close_the_day(counter: Counter) -> bool:
    with counter.store.read() as tx:
        numbers = {count_field(shelf): str(number) for shelf, number in shelves_to_count(tx).items()}
    LEDGER_ACTS["count_blanks"](counter.office, KEEPER, numbers)
    return bool(LEDGER_ACTS["close_day"](counter.office, KEEPER, {"reason": "buku diperiksa"}))


def changed(counter: Counter, *statements: str) -> None:
    with counter.store.write() as tx:
        for one in statements:
            tx.sql.execute(text(one))


def look(counter: Counter) -> str:
    with counter.store.read() as tx:
        broken = ledger_check.quick(tx)
    return "" if broken is None else broken.why


def audited(counter: Counter) -> list[dict[str, Any]]:
    with counter.store.read() as tx:
        return audit.newest(tx, "blanks-differ", 10)


def test_a_whole_ledger_and_an_empty_one_pass(counter: Counter, tmp_path: Path) -> None:
    assert look(counter) == ""
    assert close_the_day(counter)
    assert look(counter) == ""
    empty = open_counter(tmp_path / "empty")
    assert look(empty) == ""
    empty.store.close()


@pytest.mark.parametrize(
    ("statements", "why"),
    [
        (["DELETE FROM blank_entry WHERE sequence = 3"], "missing"),
        (["DELETE FROM blank_entry WHERE sequence = 8"], "count the same"),
        (["UPDATE blank_entry SET actor = 'x' WHERE sequence = 8"], "does not follow"),
        (["UPDATE blank SET state = 'received' WHERE serial = 'A001'"], "count the same"),
        (["DELETE FROM blank WHERE serial = 'A003'"], "count the same"),
        (["UPDATE blank_entry SET to_state = 'allotted' WHERE sequence = 4"], "count the same"),
    ],
)
def test_what_a_glance_can_see_is_found(counter: Counter, statements: list[str], why: str) -> None:
    changed(counter, *statements)
    assert why in look(counter)


def test_a_history_put_in_the_place_of_the_proven_one_is_found(counter: Counter) -> None:
    assert close_the_day(counter)
    with counter.store.read() as tx:
        before = [dict(row._mapping) for row in tx.sql.execute(text("SELECT * FROM blank_entry"))]
    changed(counter, "DELETE FROM blank_entry", "DELETE FROM blank")
    counter.clock.go(60)
    counter.receive_blanks(6)
    with counter.store.write() as tx:
        blanks.move_all(tx, ["A001", "A002"], BlankState.SPOILED, KEEPER, cause="CACAT_PABRIK")
        assert blanks.balance(tx)[1] is None, "the new history is whole in itself"
        assert len(before) == 8
    assert "proven last" in look(counter)


def test_what_only_the_full_check_sees_is_seen_at_the_end_of_the_day(counter: Counter) -> None:
    changed(counter, "UPDATE blank SET batch = 'K-9' WHERE serial = 'A004'")
    assert look(counter) == "", "not at a glance"
    assert close_the_day(counter) is False
    look_at_ledger(counter.store)
    with counter.store.read() as tx:
        assert "A004" in ledger_check.doubt(tx)


def test_a_start_says_what_is_wrong_once_and_the_page_shows_it(
    counter: Counter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    look_at_ledger(counter.store)
    assert (audited(counter), capsys.readouterr().err) == ([], "")
    changed(counter, "DELETE FROM blank WHERE serial = 'A003'")
    for _ in range(2):
        look_at_ledger(counter.store)
        assert "blank ledger, line 8" in capsys.readouterr().err
    assert len(audited(counter)) == 1
    place = open_office(tmp_path, roles=())
    accounts.add(place.office.store, "gudang", "Gudang", Role.GUDANG, "123456", SYSTEM)
    client = place.app("officer").test_client()
    sign_in(client, Role.GUDANG)
    assert "data-doubt" in client.get("/petugas/blanko").text
    place.office.store.close()


def test_the_glance_is_much_quicker_than_the_full_check(counter: Counter) -> None:
    counter.clock.go(60)
    serials = [f"B{number:05d}" for number in range(20_000)]
    with counter.store.write() as tx:
        blanks.receive(tx, "K-2", serials, "kantor", KEEPER)
    with counter.store.read() as tx:
        glance, whole = (quickest(partial(check, tx)) for check in (ledger_check.quick, blanks.balance))
    assert glance * 5 < whole
