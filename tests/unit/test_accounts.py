"""Accounts: who may come in, how long, and what stops guessing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from books import Hours, open_books
from sqlalchemy import text
from timing import quickest

from appliance.casework.roles import SYSTEM, Role
from appliance.records import accounts, audit
from appliance.records.accounts import SESSION_MS, SignInFailed
from appliance.records.store import Store

PIN, WRONG = "271828", "314159"


@pytest.fixture(scope="module")
def hired(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Books with two accounts, to be copied: a PIN's hash is slow by design."""
    folder = tmp_path_factory.mktemp("hired")
    store = open_books(folder, Hours())
    accounts.add(store, "rina", "Rina", Role.PETUGAS, PIN, SYSTEM)
    accounts.add(store, "budi", "Budi", Role.KASI, PIN, SYSTEM)
    store.close()
    return folder


@dataclass
class Place:
    folder: Path
    hours: Hours
    store: Store

    def reopen(self) -> None:
        """As after a power cut."""
        self.store.close()
        self.store = open_books(self.folder, self.hours)

    def fail(self, times: int, login: str = "rina") -> None:
        for _ in range(times):
            with pytest.raises(SignInFailed) as refused:
                accounts.sign_in(self.store, login, WRONG, "test")
            assert refused.value.wait_s == 0

    def wait(self, pin: str = PIN) -> int:
        """How long the account is locked, in seconds."""
        with pytest.raises(SignInFailed) as refused:
            accounts.sign_in(self.store, "rina", pin, "test")
        return refused.value.wait_s


@pytest.fixture
def place(hired: Path, tmp_path: Path) -> Iterator[Place]:
    shutil.copytree(hired, tmp_path / "books")
    hours = Hours()
    found = Place(tmp_path / "books", hours, open_books(tmp_path / "books", hours))
    yield found
    found.store.close()


def test_user_and_pin_open_a_session(place: Place) -> None:
    actor, token = accounts.sign_in(place.store, "rina", PIN, "loket-1")
    assert (actor.name, actor.role, actor.device) == ("Rina", Role.PETUGAS, "loket-1")
    assert accounts.who(place.store, token) == actor
    assert accounts.count(place.store) == 2


@pytest.mark.parametrize(("login", "pin"), [("rina", WRONG), ("rina", ""), ("nobody", PIN), ("", ""), ("RINA", PIN)])
def test_whoever_does_not_fit_is_refused_without_saying_what_was_wrong(place: Place, login: str, pin: str) -> None:
    with pytest.raises(SignInFailed) as refused:
        accounts.sign_in(place.store, login, pin, "test")
    assert str(refused.value) == "sign-in failed"


def test_guessing_locks_for_1_5_and_15_minutes_and_a_restart_does_not_help(place: Place) -> None:
    for minutes in (1, 5, 15, 15):
        place.fail(accounts.TRIES)
        assert place.wait() == minutes * 60 + 1
        place.reopen()
        assert place.wait() == minutes * 60 + 1
        place.hours.go(minutes * 60 - 1)
        assert place.wait() == 2
        place.hours.go(2)
    assert accounts.sign_in(place.store, "rina", PIN, "test")[0].name == "Rina"


def test_four_mistakes_do_not_lock_and_a_success_forgets_them(place: Place) -> None:
    place.fail(accounts.TRIES - 1)
    accounts.sign_in(place.store, "rina", PIN, "test")
    place.fail(accounts.TRIES - 1)
    accounts.sign_in(place.store, "rina", PIN, "test")


def test_one_locked_account_locks_nobody_else(place: Place) -> None:
    place.fail(accounts.TRIES)
    assert accounts.sign_in(place.store, "budi", PIN, "test")[0].role is Role.KASI


def test_tries_while_locked_do_not_count(place: Place) -> None:
    place.fail(accounts.TRIES)
    for _ in range(accounts.TRIES * 2):
        assert place.wait(WRONG) == 61
    place.hours.go(61)
    accounts.sign_in(place.store, "rina", PIN, "test")


def test_a_session_ends_after_the_working_day_also_over_a_restart(place: Place) -> None:
    _, token = accounts.sign_in(place.store, "rina", PIN, "test")
    place.hours.now += SESSION_MS
    place.reopen()
    assert accounts.who(place.store, token) is not None
    place.hours.now += 1
    assert accounts.who(place.store, token) is None


def test_signing_out_ends_this_session_and_no_other(place: Place) -> None:
    _, one = accounts.sign_in(place.store, "rina", PIN, "test")
    _, other = accounts.sign_in(place.store, "rina", PIN, "test")
    accounts.sign_out(place.store, one)
    assert accounts.who(place.store, one) is None
    assert accounts.who(place.store, other) is not None
    accounts.sign_out(place.store, "no such token")


def test_ended_sessions_are_swept_away(place: Place) -> None:
    accounts.sign_in(place.store, "rina", PIN, "test")
    place.hours.now += SESSION_MS + 1
    accounts.sign_in(place.store, "budi", PIN, "test")
    with place.store.read() as tx:
        assert tx.sql.execute(text("SELECT count(*) FROM session")).scalar_one() == 1


def test_a_new_pin_takes_over_from_the_old_one_unlocks_and_ends_old_sessions(place: Place) -> None:
    before, token = accounts.sign_in(place.store, "rina", PIN, "test")
    place.fail(accounts.TRIES)
    accounts.add(place.store, "rina", "Rina S", Role.OPERATOR, WRONG, SYSTEM)
    assert accounts.who(place.store, token) is None
    after, _ = accounts.sign_in(place.store, "rina", WRONG, "test")
    assert (after.id, after.name, after.role) == (before.id, "Rina S", Role.OPERATOR)
    with pytest.raises(SignInFailed):
        accounts.sign_in(place.store, "rina", PIN, "test")
    assert accounts.count(place.store) == 2


@pytest.mark.parametrize("pin", ["", "12345", "1234567", "12345a", " 12345", "١٢٣٤٥٦"])
def test_a_pin_has_six_digits(place: Place, pin: str) -> None:
    with pytest.raises(ValueError, match="six digits"):
        accounts.add(place.store, "tono", "Tono", Role.KABID, pin, SYSTEM)
    assert accounts.count(place.store) == 2


def test_neither_pin_nor_token_is_stored_or_audited(place: Place) -> None:
    _, token = accounts.sign_in(place.store, "rina", PIN, "test")
    place.fail(1)
    with place.store.read() as tx:
        rows = (
            tx.sql.execute(text("SELECT * FROM account")).all() + tx.sql.execute(text("SELECT * FROM session")).all()
        )  # type: ignore[operator]
        entries = list(audit.entries(tx))
        assert audit.verify(tx)[1] is None
    told = repr(rows) + repr(entries)
    assert not any(secret in told for secret in (PIN, WRONG, token))
    assert "rina" not in repr(entries).lower()
    events = ["account-set-complete", "account-set-complete", "sign-in-complete", "sign-in-refused"]
    assert [entry["event"] for entry in entries] == events


def test_a_name_that_nobody_has_takes_as_long_as_a_wrong_pin(place: Place) -> None:
    """Else whoever guesses would learn the names first."""

    def refused(login: str) -> None:
        with pytest.raises(SignInFailed):
            accounts.sign_in(place.store, login, WRONG, "office-1")

    known, unknown = (quickest(partial(refused, login)) for login in ("rina", "nobody"))
    assert 0.5 < unknown / known < 2
