"""Retention under any sequence of acts: no open or held case is ever touched, and each wiped thing has one stone."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path

from books import Hours
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from appliance.casework.intake import Category
from appliance.casework.retention import DAY_MS, KINDS, Keep
from appliance.casework.roles import SYSTEM, Actor, Role
from appliance.config import Retention
from appliance.office import retention
from appliance.records import audit, cases, holds, tombstones
from appliance.records import retention as records
from appliance.records.sqlcipher import SqlcipherFile
from appliance.records.store import Store, new_id
from appliance.records.vault import BlobLost, Vault, file_name

LIMITS = Retention(raw=1, biometrics=3, scans=5, documents=5, personal=9, minutes=12).days
FILED = sorted(kind for kind, keep in KINDS.items() if keep is not Keep.PERSONAL and kind != "manifest")
CASE = st.integers(0, 5)
PERSON = Actor("id-kasi", "", Role.KASI, "test")


class Keeping(RuleBasedStateMachine):
    """A few cases beside a model of them: what each holds, when it ended, whether it is held."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.clock = Hours()
        self.store = Store(SqlcipherFile(self.folder / "siaga.db", b"k" * 32), self.clock)
        self.vault = Vault(self.folder / "vault", b"v" * 32)
        self.cases: list[str] = []
        self.ended: dict[str, int] = {}
        self.held: set[str] = set()
        self.items: dict[str, tuple[str, Keep, str, bytes]] = {}
        self.keys: dict[str, str] = {}
        self.gone: set[str] = set()

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)

    def case(self, number: int) -> str:
        return self.cases[number % len(self.cases)]

    @rule()
    def report(self) -> None:
        case_id = new_id()
        self.keys[case_id] = self.vault.new_case_key(case_id)
        with self.store.write() as tx:
            cases.create(tx, case_id, self.keys[case_id], {"person": "X"}, Category("none", ()))
        self.cases.append(case_id)

    @precondition(lambda self: self.cases)
    @rule(number=CASE, kind=st.sampled_from(FILED))
    def record(self, number: int, kind: str) -> None:
        case_id = self.case(number)
        if case_id in self.ended:
            return
        data = new_id().encode()
        blob = self.vault.put(case_id, self.keys[case_id], data)
        with self.store.write() as tx:
            digest = hashlib.sha256(data).hexdigest()
            item = cases.add_evidence(tx, case_id, kind, blob=blob, sha256=digest, strokes=[[1, 2]])
        self.items[item.id] = (case_id, KINDS[kind], blob, data)

    @precondition(lambda self: self.cases)
    @rule(number=CASE, state=st.sampled_from(["DITOLAK", "DIBATALKAN"]))
    def end(self, number: int, state: str) -> None:
        case_id = self.case(number)
        if case_id not in self.ended:
            with self.store.write() as tx:
                cases.change(tx, cases.get(tx, case_id), state=state)
            self.ended[case_id] = self.clock.now

    @precondition(lambda self: self.cases)
    @rule(number=CASE)
    def hold_or_lift(self, number: int) -> None:
        case_id = self.case(number)
        with self.store.write() as tx:
            if case_id in self.held:
                holds.lift(tx, case_id, "settled", SYSTEM)
            else:
                holds.hold(tx, case_id, "dispute", "", PERSON)
        self.held ^= {case_id}

    @rule(days=st.integers(0, 6))
    def pass_days(self, days: int) -> None:
        self.clock.now += days * DAY_MS

    @rule(crash=st.booleans())
    def wipe(self, crash: bool) -> None:
        if crash:
            self._struck_only()
        due = {
            name
            for name, (case_id, keep, _, _) in self.items.items()
            if self._due(case_id, keep) and name not in self.gone
        }
        rows = {f"case:{one}" for one in self.cases if self._due(one, Keep.PERSONAL)} - self.gone
        struck_before = len(self.gone)
        assert retention.run(self.store, self.vault, LIMITS, SYSTEM, lambda: None) == len(due | rows)
        self.gone |= due | rows
        assert len(self.gone) == struck_before + len(due | rows)

    def _struck_only(self) -> None:
        """The power goes after the first commit of one case: struck, but its files still lie there."""
        for case_id in self.cases:
            with self.store.write() as tx:
                found, there = records.standing(tx, case_id), records.items(tx, case_id)
                mine = [one for one in there if self._due(case_id, one.keep)]
                if mine:
                    self.gone |= {one.id for one in records.strike(tx, mine, LIMITS, found)}
                    return

    def _due(self, case_id: str, keep: Keep) -> bool:
        ended = self.ended.get(case_id)
        return ended is not None and case_id not in self.held and ended + LIMITS[keep] * DAY_MS <= self.clock.now

    @invariant()
    def nothing_but_what_was_due_is_gone(self) -> None:
        with self.store.read() as tx:
            keys = {one: cases.get(tx, one).wrapped_key for one in self.cases}
            assert {one.id for one in tombstones.stones(tx)} == self.gone
            assert audit.verify(tx)[1] is None
        for name, (case_id, _, blob, data) in self.items.items():
            if name not in self.gone:
                assert self.vault.get(case_id, keys[case_id], blob) == data
            else:
                assert case_id in self.ended
                with self.store.read() as tx:
                    left = [one for one in cases.evidence_of(tx, case_id) if one.id == name]
                assert all(one.blob is None and "strokes" not in one.facts for one in left)

    @invariant()
    def what_has_its_receipt_has_no_file(self) -> None:
        with self.store.read() as tx:
            receipts = {one.id for one in tombstones.stones(tx) if one.wiped_at is not None}
        for name in receipts & set(self.items):
            case_id, _, blob, _ = self.items[name]
            assert not (self.folder / "vault" / blob[:2] / file_name(blob)).exists()
            try:
                self.vault.get(case_id, self.keys[case_id], blob)
            except BlobLost:
                continue
            raise AssertionError("a wiped blob can be read")


Keeping.TestCase.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestKeeping = Keeping.TestCase
