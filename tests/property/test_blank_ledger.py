"""The store of blanks under any sequence of acts: nothing lost, nothing twice, nothing changed unseen."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from front_office import open_office
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import text

from appliance.casework.blank_life import LIVE, READY, BlankState, move_between
from appliance.casework.codes import LEDGER_CAUSES
from appliance.casework.roles import Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.casework.stock import may_lie, shelf_of
from appliance.office.acts import LEDGER_ACTS
from appliance.office.day_close import count_field, shelves_to_count
from appliance.office.ledger import book
from appliance.records import audit, blanks, stock
from appliance.records.blanks import LedgerError

PEOPLE = {role: Actor(f"id-{role}", str(role), role, "test") for role in Role}
KEEPER = PEOPLE[Role.GUDANG]
NUMBERS = st.integers(0, 11)
CAUSES = st.sampled_from(["CACAT_PABRIK", "AUS", "GAGAL_ENCODE", "BOSAN"])
WITNESSES = {"witness_1": "Andi", "office_1": "Polsek", "witness_2": "Sri", "office_2": "Satpol PP"}


_WAY = [
    BlankState.ENCODING,
    BlankState.ENCODED,
    BlankState.PRINTED,
    BlankState.VERIFIED,
    BlankState.HANDED_OVER,
]


def serial(number: int) -> str:
    return f"B{number:02d}"


class Ledger(RuleBasedStateMachine):
    """A small store beside a model of it; every act is done, or refused with a line of audit and nothing else."""

    fresh: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        shutil.copytree(self.fresh, self.folder / "office")
        self.office = open_office(self.folder / "office").office
        self.model: dict[str, tuple[BlankState, str, str | None]] = {}
        self.holder: dict[str, str] = {}
        self.seals: dict[str, list[str]] = {}
        self.numbers = 0

    def teardown(self) -> None:
        self.office.store.close()
        shutil.rmtree(self.folder)

    # What stands in the books

    def marks(self) -> tuple[str, int, int]:
        """Rows, number of entries, number of audit lines."""
        with self.office.store.read() as tx:
            entries = tx.sql.execute(text("SELECT count(*) FROM blank_entry")).scalar_one()
            lines = tx.sql.execute(text("SELECT count(*) FROM audit")).scalar_one()
            return repr(blanks.rows(tx)), entries, lines

    def tried(self, do: Callable[[], object], expected: bool) -> bool:
        """Do it; it must be done just when the model says so, and leave one line of audit where it was refused."""
        before = self.marks()
        try:
            do()
        except (LedgerError, NotAllowed):
            rows, entries, lines = self.marks()
            assert (rows, entries) == before[:2], "a refused act left something"
            assert lines == before[2] + 1, "a refused act leaves one line of audit"
            assert not expected, "a legal act was refused"
            return False
        assert expected, "an illegal act was done"
        return True

    def act(self, name: str, expected: bool, actor: Actor = KEEPER, **values: Any) -> bool:
        return self.tried(lambda: LEDGER_ACTS[name](self.office, actor, values), expected)

    def move(self, which: str, new: BlankState, actor: Actor, expected: bool, **facts: str | int) -> bool:
        def do() -> None:
            with book(self.office, actor, "move") as tx:
                blanks.move(tx, which, new, actor, **facts)

        return self.tried(do, expected)

    def range(self, first: int, last: int) -> list[str]:
        return [serial(number) for number in range(first, last + 1)]

    def next_number(self, stem: str) -> str:
        self.numbers += 1
        return f"{stem}-{self.numbers}"

    # What people do

    @initialize()
    def a_first_delivery(self) -> None:
        self.receive(0, 5, Role.GUDANG)

    @rule(first=NUMBERS, last=NUMBERS, role=st.sampled_from([Role.GUDANG, Role.GUDANG, Role.OPERATOR]))
    def receive(self, first: int, last: int, role: Role) -> None:
        which = self.range(first, last)
        gap = self.model and which and first > max(int(one[1:]) for one in self.model) + 1
        expected = role is Role.GUDANG and bool(which) and not set(which) & set(self.model) and not gap
        values = {"batch": "K", "first": serial(first), "last": serial(last)}
        if self.act("receive_blanks", expected, PEOPLE[role], **values):
            self.model |= dict.fromkeys(which, (BlankState.RECEIVED, "kantor", None))

    @rule(first=NUMBERS, last=NUMBERS, kind=st.sampled_from(["van", "printer", "hopper"]), number=st.integers(0, 2))
    def allot(self, first: int, last: int, kind: str, number: int) -> None:
        which = self.range(first, last)
        new = BlankState.LOADED if kind == "hopper" else BlankState.ALLOTTED
        able = all(one in self.model and move_between(self.model[one][0], new) for one in which)
        values = {"place_kind": kind, "place_number": number, "first": serial(first), "last": serial(last)}
        if self.act("allot_blanks", bool(which) and able and number > 0, **values):
            self.model |= dict.fromkeys(which, (new, f"{kind}-{number}", None))

    @rule(first=NUMBERS, last=NUMBERS, kind=st.sampled_from(["van", "printer", "hopper"]), number=st.integers(1, 2))
    def give_back(self, first: int, last: int, kind: str, number: int) -> None:
        which, place = self.range(first, last), f"{kind}-{number}"
        out = {BlankState.ALLOTTED, BlankState.LOADED}
        able = all(one in self.model and self.model[one][0] in out and self.model[one][1] == place for one in which)
        values = {"place_kind": kind, "place_number": number, "first": serial(first), "last": serial(last)}
        if self.act("return_blanks", bool(which) and able, **values):
            self.model |= dict.fromkeys(which, (BlankState.RECEIVED, "kantor", None))

    @rule(first=NUMBERS, cause=CAUSES)
    def spoil(self, first: int, cause: str) -> None:
        one = serial(first)
        state, place, _ = self.model.get(one, (None, "", None))
        able = state in READY or state is BlankState.HANDED_OVER
        values = {"first": one, "last": one, "cause": cause}
        if self.act("spoil_blanks", able and cause in LEDGER_CAUSES, **values):
            self.model[one] = (BlankState.SPOILED, place if state in READY else "kantor", cause)

    @rule(chosen=st.sets(NUMBERS, max_size=3))
    def put_under_seal(self, chosen: set[int]) -> None:
        which = sorted(serial(number) for number in chosen)
        able = all(self.model.get(one, (None,))[0] is BlankState.SPOILED for one in which)
        seal = self.next_number("S")
        if self.act("seal_blanks", bool(which) and able, serials=which, seal=seal):
            self.seals[seal] = which
            self.model |= {one: (BlankState.SEALED, "kantor", self.model[one][2]) for one in which}

    @rule(alone=st.booleans(), data=st.data())
    def burn(self, alone: bool, data: st.DataObject) -> None:
        seal = data.draw(st.sampled_from([*self.seals, "S-none"]))
        witnesses = {**WITNESSES, "witness_2": "andi"} if alone else WITNESSES
        values = {"seals": (seal,), "number": self.next_number("BA"), "date": self.office.today(), "place": "Halaman"}
        if self.act("destroy_blanks", seal in self.seals and not alone, **values, **witnesses):
            for one in self.seals.pop(seal):
                self.model[one] = (BlankState.DESTROYED, "kantor", self.model[one][2])

    @rule(number=NUMBERS, new=st.sampled_from(BlankState), role=st.sampled_from(Role), person=st.integers(1, 2))
    def any_move(self, number: int, new: BlankState, role: Role, person: int) -> None:
        self.make(number, new, role, person)

    def make(self, number: int, new: BlankState, role: Role, person: int) -> None:
        """Whatever anybody may try at the ledger itself, with everything told that could be."""
        one = serial(number)
        state, place, cause = self.model.get(one, (None, "", None))
        target = "van-1" if new is BlankState.ALLOTTED else place or "kantor"
        digest = f"person-{person}"
        facts: dict[str, str | int] = {"place": target, "cause": cause or "AUS", "seal": "S-x", "minute": "BA-x"}
        facts |= {"case_id": "c", "position": 0, "nik_digest": self.holder.get(one, digest)}
        facts |= {"uid": f"04{number:012d}", "print_job": f"print-card:{one}:1"}
        move = None if state is None else move_between(state, new)
        other = any(self.holder.get(two) == digest and self.model[two][0] in LIVE for two in self.holder)
        allowed = move is not None and role in move.roles
        allowed = allowed and not (new is BlankState.ENCODING and other)
        if new in {BlankState.SEALED, BlankState.DESTROYED}:
            allowed, role = False, Role.KADIS  # only through the acts, which the model follows by seal
        if not self.move(one, new, PEOPLE[role], allowed, **facts):
            return
        if new is BlankState.ENCODING:
            self.holder[one] = digest
        where = "kantor" if new is BlankState.RECEIVED else target
        self.model[one] = (new, where, cause or "AUS")

    @rule(number=st.integers(0, 3), person=st.integers(1, 2), steps=st.integers(1, 6), spoiled=st.booleans())
    def onward(self, number: int, person: int, steps: int, spoiled: bool) -> None:
        """What happens to a card on its way to its holder, by those whose work it is."""
        line = [BlankState.LOADED, *_WAY]
        for step in range(steps):
            state = self.model.get(serial(number), (None,))[0]
            if state not in READY and state not in line[:-1]:
                return
            new = line[line.index(state) + 1] if state in line else BlankState.LOADED
            new = BlankState.SPOILED if spoiled and step == steps - 1 else new
            move = move_between(state, new)
            assert move is not None
            self.make(number, new, min(move.roles), person)

    @precondition(lambda self: len(self.model) > 0)
    @rule(wrong=st.integers(-1, 1))
    def count(self, wrong: int) -> None:
        with self.office.store.read() as tx:
            found = {count_field(shelf): number for shelf, number in shelves_to_count(tx).items()}
        numbers = {**found, "n_kantor": max(0, found["n_kantor"] + wrong)}
        self.act("count_blanks", True, **numbers)

    # What always holds

    @invariant()
    def the_books_are_the_store(self) -> None:
        with self.office.store.read() as tx:
            counts, broken = blanks.balance(tx)
            assert broken is None
            assert audit.verify(tx)[1] is None
            assert counts == Counter(str(state) for state, _, _ in self.model.values())
            rows = {str(row["serial"]): row for row in blanks.rows(tx)}
            assert {one: (row["state"], row["place"]) for one, row in rows.items()} == {
                one: (str(state), place) for one, (state, place, _) in self.model.items()
            }
            shelves = Counter(filter(None, (shelf_of(*told) for told in self.model.values())))
            assert stock.shelves(tx) == dict(shelves)
        assert all(may_lie(state, place) for state, place, _ in self.model.values())
        live = Counter(self.holder[one] for one in self.holder if self.model[one][0] in LIVE)
        assert all(number == 1 for number in live.values()), "somebody has two cards"


def test_no_sequence_of_acts_loses_a_blank_or_doubles_one(tmp_path: Path) -> None:
    open_office(tmp_path / "office", ()).office.store.close()
    Ledger.fresh = tmp_path / "office"
    case = Ledger.TestCase
    case.settings = settings(
        max_examples=8, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
    )
    case("runTest").runTest()
