"""Wiping: what is due goes with its key, what is not stays readable, and a tombstone says what was there."""

from __future__ import annotations

import ast
import dataclasses
import re
from pathlib import Path

import pytest
from counter import PEOPLE, Counter, Prepared, open_counter, prepare
from wiping import LIMITS, archived, killed_at, later, plain_pages, wipe

from appliance.app.rooms import database_key
from appliance.app.wiping import Wiper
from appliance.casework.retention import KINDS, Keep
from appliance.casework.roles import SYSTEM, Role
from appliance.casework.sop import NotAllowed
from appliance.config import ConfigError, parse
from appliance.faults import DeviceFault, FaultCode
from appliance.office import retention, views
from appliance.office.retention import NotNow
from appliance.records import archive, audit, cases, copies, copy_wiping, tombstones
from appliance.records.cases import Evidence
from appliance.records.schema import metadata
from appliance.records.signatures import add_thumb_mark
from appliance.records.sqlcipher import SqlcipherFile
from appliance.records.store import Store
from appliance.records.tombstones import Tombstone
from appliance.records.vault import BlobLost, file_name

ROOT = Path(__file__).parents[2]
KEY = b"k" * 32


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(tmp_path_factory.mktemp("office"), archived)


@pytest.fixture
def opened(prepared: Prepared, tmp_path: Path) -> Counter:
    return prepared.copy(tmp_path)


def there(counter: Counter, case: str) -> dict[str, Evidence]:
    with counter.store.read() as tx:
        return {one.id: one for one in cases.evidence_of(tx, case) if one.blob is not None}


def stones(counter: Counter, case: str | None = None) -> list[Tombstone]:
    with counter.store.read() as tx:
        return tombstones.stones(tx, case)


def files(counter: Counter) -> set[str]:
    return {one.name for one in (counter.office.settings.data_dir / "vault").rglob("*") if one.is_file()}


def test_every_kind_of_evidence_that_this_program_makes_has_a_class() -> None:
    made: set[str] = set()
    for source in (ROOT / "appliance").rglob("*.py"):
        text = source.read_text()
        for call in (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)):
            if ast.unparse(call.func).endswith("add_evidence"):
                (kind,) = call.args[2:3] or [ast.Constant("?")]
                made.add(ast.literal_eval(kind) if isinstance(kind, ast.Constant) else ast.unparse(kind))
        made |= set(re.findall(r'_paper\(machines, record, "(\w+)"', text))
    assert made - set(KINDS) == {"SCAN", "kind", "item.kind"}, "scans, papers and see_face, second_look"
    assert {"template", "scan", "receipt", "slip", "face_today"} <= set(KINDS)
    assert set(KINDS.values()) == set(Keep) == set(LIMITS) - {"torn"}


def test_biometrics_go_first_and_everything_else_stays_readable(counter: Counter, case: str) -> None:
    before = there(counter, case)
    later(counter, 8)
    raw = [one for one in before.values() if KINDS[one.kind] is Keep.RAW]
    assert {one.kind for one in raw} >= {"finger", "face_today", "face_on_card", "hand_photo"}
    assert wipe(counter) == len(raw)
    assert set(there(counter, case)) == set(before) - {one.id for one in raw}
    for one in there(counter, case).values():
        assert views.document(counter.office, PEOPLE[Role.PETUGAS], case, one.id)[1]
    record = counter.case(case)
    for one in raw:
        assert file_name(str(one.blob)) not in files(counter)
        with pytest.raises(cases.Missing):
            views.document(counter.office, PEOPLE[Role.PETUGAS], case, one.id)
        with pytest.raises(BlobLost):
            counter.office.vault.get(case, record.wrapped_key, str(one.blob))
    assert {one.id for one in stones(counter)} == {one.id for one in raw}
    assert {one.sha256 for one in stones(counter)} == {one.sha256 for one in raw}
    assert {(one.rule, one.keep) for one in stones(counter)} == {("raw 7", Keep.RAW)}
    assert wipe(counter) == 0


def test_a_thumb_in_place_of_the_signature_goes_with_the_biometrics(counter: Counter, case: str) -> None:
    record, data = counter.case(case), b"mark of a thumb"
    kept = {"blob": counter.office.vault.put(case, record.wrapped_key, data), "sha256": "0" * 64}
    with counter.store.write() as tx:
        add_thumb_mark(tx, case, 0, "right_thumb", "accepted", kept, SYSTEM, reason="TREMOR", quality=70, cause="")
    later(counter, 8)
    wipe(counter)
    (mark,) = [one for one in there(counter, case).values() if one.kind == "signature" and one.state == "accepted"]
    assert counter.office.vault.get(case, record.wrapped_key, str(mark.blob)) == data
    later(counter, 31)
    wipe(counter)
    with pytest.raises(BlobLost):
        counter.office.vault.get(case, record.wrapped_key, kept["blob"])
    assert {one.keep for one in stones(counter) if one.kind == "signature"} == {Keep.BIOMETRICS}
    assert not [one for one in there(counter, case).values() if one.kind == "signature"]


def test_years_later_nothing_of_the_person_is_left_and_the_books_still_hold(counter: Counter, case: str) -> None:
    later(counter, 4000)
    assert wipe(counter) == len(stones(counter))
    assert files(counter) == set()
    record = counter.case(case)
    assert (record.wrapped_key, record.kk_number, record.household, dict(record.report)) == ("", None, None, {})
    with counter.store.read() as tx:
        assert cases.residents(tx, case) == []
        assert {one.kind for one in cases.evidence_of(tx, case)} == {"card"}
        entry = archive.get(tx, counter.office.vault, record)
        assert entry is not None and entry["manifest"] is None
        told = "".join(str(one["facts"]) for one in audit.entries(tx) if "retention" in str(one["event"]))
    assert "SUGENG" not in told and "9972010107710001" not in told
    for role in (Role.PETUGAS, Role.KASI, Role.OPERATOR, Role.KADIS):
        assert counter.state(case, role).acts == ()


def test_an_open_a_held_and_an_unfinished_case_are_not_touched(counter: Counter, case: str) -> None:
    open_case = counter.signed()
    mine = there(counter, open_case)
    retention.hold(counter.office, PEOPLE[Role.KASI], {"code": counter.case(case).code, "reason": "dispute"})
    later(counter, 4000)
    assert wipe(counter) == 0
    assert there(counter, open_case) == mine
    counter.do("cancel", Role.KASI, open_case, cause="LAINNYA", reason="pindah")
    with counter.store.write() as tx:
        jobs_open = "INSERT INTO job (id, key, lane, kind, case_id, payload, state, created_at, changed_at, priority,"
        jobs_open += " run_after, attempts, detail, done_of, done_steps, overtaken)"
        tx.sql.exec_driver_sql(
            f"{jobs_open} VALUES ('j', 'j', 'centre', 'enrol', ?, '{{}}', 'hold', 1, 1, 1, 0, 0, '', 0, 0, 0)",
            (open_case,),
        )
    later(counter, 4000)
    assert wipe(counter) == 0
    with counter.store.read() as tx:
        blocks = {one.code: one.block for one in retention.report(tx, LIMITS, counter.office.settings.data_dir).lines}
    assert blocks == {counter.case(case).code: "held", counter.case(open_case).code: "unfinished"}


def test_a_hold_is_set_and_lifted_by_two_people_of_the_right_rank(counter: Counter, case: str) -> None:
    code = counter.case(case).code
    for role in (Role.PETUGAS, Role.AUDITOR, Role.TEKNISI, Role.OPERATOR):
        with pytest.raises(NotAllowed):
            retention.hold(counter.office, PEOPLE[role], {"code": code, "reason": "court"})
    retention.hold(counter.office, PEOPLE[Role.KABID], {"code": code, "reason": "court", "note": "12/PID"})
    with pytest.raises(NotAllowed, match="sudah ditahan"):
        retention.hold(counter.office, PEOPLE[Role.KASI], {"code": code, "reason": "court"})
    for role in (Role.KASI, Role.KABID, Role.AUDITOR):
        with pytest.raises(NotAllowed):
            retention.lift(counter.office, PEOPLE[role], {"code": code, "reason": "settled"})
    later(counter, 8)
    assert wipe(counter) == 0
    retention.lift(counter.office, PEOPLE[Role.KADIS], {"code": code, "reason": "settled"})
    assert wipe(counter) > 0


def test_a_clock_in_doubt_wipes_nothing(counter: Counter) -> None:
    later(counter, 4000)
    trouble = DeviceFault(FaultCode.CLOCK_JUMPED)
    with pytest.raises(NotNow, match="clock"):
        retention.run(counter.store, counter.office.vault, LIMITS, PEOPLE[Role.KADIS], lambda: trouble)
    assert stones(counter) == []


def secrets_of(counter: Counter, case: str) -> list[bytes]:
    """What must be found nowhere afterwards: keys of the blobs, strokes of the signature, name, numbers."""
    keys = [str(one.blob).partition(".")[2].encode() for one in there(counter, case).values()]
    with counter.store.read() as tx:
        (stroke,) = [one for one in cases.evidence_of(tx, case, "signature") if one.blob]
        person = cases.residents(tx, case)[0]
        assert person.nik is not None
        letters = [paper["number"].encode() for paper in cases.letters(tx, case)]
    points = tombstones.canonical(stroke.facts["strokes"]).encode()[:80]
    return [*keys, points, person.biodata.full_name.encode(), person.nik.encode(), *letters]


def found(path: Path, secrets: list[bytes]) -> list[bytes]:
    pages = b"".join(plain_pages(path, KEY))
    return [one for one in secrets if one in pages]


def test_nothing_of_it_is_left_in_any_byte_of_the_database_its_log_or_its_copies(counter: Counter, case: str) -> None:
    path, folder = counter.store.path, counter.office.settings.copies
    secrets = secrets_of(counter, case)
    copies.make(counter.store, folder, KEY, counter.clock)
    assert found(path, secrets) == secrets, "the search itself must be able to find them"
    (copy,) = copies.copies(folder)
    assert found(copy.path, secrets) == secrets
    later(counter, 4000)
    wipe(counter)
    assert found(path, secrets) == []
    assert copy_wiping.unreached(counter.store, folder, KEY) == 1
    assert copy_wiping.reach(counter.store, folder, KEY, counter.clock) == ()
    assert copy_wiping.unreached(counter.store, folder, KEY) == 0
    assert copies.copies(folder) == [copy]
    assert found(copy.path, secrets) == []
    assert copies.prove(copy.path, KEY, counter.clock) == copy.sequence
    assert [one.name for one in folder.iterdir()] == [copy.path.name]


def test_a_copy_that_does_not_hold_is_named_and_left(counter: Counter) -> None:
    folder = counter.office.settings.copies
    copy = copies.make(counter.store, folder, KEY, counter.clock)
    data = bytearray(copy.path.read_bytes())
    data[5000:5100] = bytes(100)
    copy.path.write_bytes(data)
    later(counter, 8)
    wipe(counter)
    assert copy_wiping.reach(counter.store, folder, KEY, counter.clock) == (copy.path.name,)
    assert copy.path.read_bytes() == data


def wipe_later(counter: Counter) -> None:
    later(counter, 4000)
    wipe(counter)


def test_killed_at_any_point_the_next_run_goes_on_and_wipes_each_thing_once(
    prepared: Prepared, tmp_path: Path
) -> None:
    whole = prepared.copy(tmp_path / "whole")
    later(whole, 4000)
    number = wipe(whole)
    whole.store.close()
    points, killed = 0, True
    while killed:
        points += 1
        (tmp_path / str(points)).mkdir()
        office = prepared.copy(tmp_path / str(points))
        folder = office.office.settings.data_dir
        office.store.close()
        killed = killed_at(folder, prepared.now, points, wipe_later)
        again = open_counter(folder, prepared.now)
        later(again, 4001)
        struck = len(stones(again))
        assert wipe(again) == number - struck
        assert files(again) == set()
        assert len(stones(again)) == number and all(one.wiped_at is not None for one in stones(again))
        assert again.case(prepared.case).wrapped_key == ""
        with again.store.read() as tx:
            assert audit.verify(tx)[1] is None
            said = [one for one in audit.entries(tx) if one["event"] == "retention-wipe-complete"]
        assert len(said) == 1
        again.store.close()
    assert points > number, "commits and files: each of them was a point"


def test_a_copy_of_before_put_back_is_wiped_again(counter: Counter, case: str, tmp_path: Path) -> None:
    copy = copies.make(counter.store, tmp_path / "medium", KEY, counter.clock)
    later(counter, 8)
    first = wipe(counter)
    old = Store(SqlcipherFile(copy.path, KEY), counter.clock)
    try:
        assert retention.run(old, counter.office.vault, LIMITS, PEOPLE[Role.KADIS], lambda: None) == first
        with old.read() as tx:
            assert {one.id for one in tombstones.stones(tx)} == {one.id for one in stones(counter)}
    finally:
        old.close()


def test_a_tombstone_holds_no_field_for_a_person() -> None:
    assert {one.name for one in dataclasses.fields(Tombstone)} == {
        "id", "case_id", "kind", "keep", "sha256", "file", "rule", "made_at", "due_at", "struck_at", "wiped_at",
    }  # fmt: skip


def test_the_appliance_does_it_once_a_day_and_strikes_each_copy_it_has_not_seen(
    counter: Counter, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = counter.office.settings
    settings.key_file.write_text("6b" * 32)
    key = database_key(settings)
    # The counter's own books are under another key than the appliance derives.
    store = Store(SqlcipherFile(settings.data_dir / "appliance.db", key), counter.clock)
    with counter.store.read() as tx:
        rows = {table.name: tx.sql.execute(table.select()).mappings().all() for table in metadata.sorted_tables}
    with store.write() as tx:
        for table in metadata.sorted_tables:
            if rows[table.name]:
                tx.sql.execute(table.insert(), [dict(one) for one in rows[table.name]])
    doubt: list[DeviceFault] = [DeviceFault(FaultCode.CLOCK_JUMPED)]
    wiper = Wiper(settings, store, counter.office.vault, lambda: doubt[0] if doubt else None, counter.clock)
    copies.make(store, settings.copies, key, counter.clock)
    later(counter, 8)
    for _ in range(2):
        wiper.look()
    assert capsys.readouterr().err == "siaga: nothing is wiped: the clock cannot be believed: clock.jumped\n"
    doubt.clear()
    wiper.look()
    with store.read() as tx:
        first = retention.last_run(tx)
        assert len(tombstones.stones(tx)) > 0
    assert copy_wiping.unreached(store, settings.copies, key) == 0
    wiper.look()
    with store.read() as tx:
        assert retention.last_run(tx) == first
    later(counter, 1)
    wiper.look()
    with store.read() as tx:
        assert retention.last_run(tx) != first
    store.close()


def test_limits_are_days_and_every_mistake_is_named(counter: Counter) -> None:
    with pytest.raises(ConfigError) as refused:
        parse("[retention]\nraw_days = 40\nscans_days = -1\npapers_days = 3\n")
    told = [one for one in refused.value.mistakes if one.startswith("retention")]
    assert told == [
        "retention.scans_days: must be a whole number from 0 to 36500",
        "retention.raw_days: must not be more than biometrics_days",
        "retention.papers_days: not a setting",
    ]
