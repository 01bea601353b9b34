"""The audit log on the auditor's page: who may read it, what is found, how far its chain was checked."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from books import Hours, open_books
from flask.testing import FlaskClient
from front_office import FrontOffice, case_file, sign_in
from postgres import Cluster
from sqlalchemy import event as sql_event
from sqlalchemy import insert, text

from appliance.casework.retention import DAY_MS
from appliance.casework.roles import SYSTEM, Actor, Role
from appliance.clock import to_local, utc_millis
from appliance.diagnostics import board, storage
from appliance.diagnostics.board import DeviceReading
from appliance.faults import Actor as FaultActor
from appliance.faults import FaultCode
from appliance.kiosk_ui.machine_shown import Snapshot
from appliance.kiosk_ui.officer.audit import THINGS, about, person
from appliance.kiosk_ui.status import device_lines
from appliance.kiosk_ui.technician.readiness import readiness
from appliance.records import audit, audit_reading, chain_watch, copies
from appliance.records.audit_reading import LOOKED_AT, Wish
from appliance.records.schema import audit as table
from appliance.records.store import Store, canonical

sys.path.insert(0, str(Path(__file__).parents[2] / ".ci"))
HOME = "/petugas/audit"
WORKERS = tuple(role for role in Role if role not in {Role.RESIDENT, Role.SYSTEM, Role.TEKNISI, Role.AUDITOR})
KASI = Actor("0190-kasi", "", Role.KASI, "meja")


def client(place: FrontOffice, role: Role) -> FlaskClient:
    found = place.app("officer").test_client()
    assert sign_in(found, role).status_code == 303
    return found


@pytest.mark.parametrize("role", WORKERS)
def test_nobody_but_the_auditor_reads_it(place: FrontOffice, role: Role) -> None:
    found = client(place, role)
    assert [found.get(path).status_code for path in (HOME, f"{HOME}.csv")] == [403, 403]
    assert HOME not in found.get("/petugas/", follow_redirects=True).text


def test_the_auditor_finds_by_day_case_person_and_kind(place: FrontOffice) -> None:
    code = place.services.desk.bring_case(place.actor(Role.PETUGAS), case_file())
    auditor = client(place, Role.AUDITOR)
    page = auditor.get(HOME).text
    assert HOME in page and "case-attach_file-complete" in page and code in page and "sign-in-complete" in page
    assert "SUGENG" not in page and "Petugas" in page
    events = {"case-report-complete", "case-attach_file-complete"}
    for query, kept in (
        (f"kode={code}", events),
        (f"kode={code.lower()}&kejadian=case-report-complete", {"case-report-complete"}),
        ("kejadian=case-report-complete", {"case-report-complete"}),
        (f"hari={to_local(utc_millis()).date()}&kode={code}", events),
        ("hari=2020-01-01", set()),
        (f"pelaku=nobody&kode={code}", set()),
    ):
        shown = auditor.get(f"{HOME}?{query}").text
        lines = shown[shown.find("</form>") :]
        assert {one for one in events if f"<code>{one}</code>" in lines} == kept, query
        assert ("Tidak ada baris yang cocok" in shown) == (not kept)
    assert auditor.post(HOME).status_code in {400, 405}


def test_each_mistake_of_the_question_stands_at_its_field(place: FrontOffice) -> None:
    auditor = client(place, Role.AUDITOR)
    wrong = auditor.get(f"{HOME}?hari=2026-02-31&kode=SG-AAAA-AA")
    assert wrong.status_code == 422
    assert "Kode berkas ini tidak ada." in wrong.text and "Tanggal harus tanggal yang ada" in wrong.text
    assert auditor.get(f"{HOME}.csv?hari=x").status_code == 422
    for strange in ("sebelum=x", "sebelum=-1", "sebelum=99999999999999999999", "kejadian=%00", "pelaku=%F0%9F%90%9C"):
        assert auditor.get(f"{HOME}?{strange}").status_code in {200, 422}
    for day in ("0001-01-01", "9999-12-31"):
        assert auditor.get(f"{HOME}?hari={day}").status_code in {200, 422}


def test_the_table_holds_what_the_chain_is_made_of(place: FrontOffice) -> None:
    code = place.services.desk.bring_case(place.actor(Role.PETUGAS), case_file())
    auditor = client(place, Role.AUDITOR)
    answer = auditor.get(f"{HOME}.csv")
    assert answer.mimetype == "text/csv" and "attachment" in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))[::-1]
    previous = audit.GENESIS
    for row in rows:  # as somebody would check it who has only this file
        fields = {
            "sequence": int(row["sequence"]), "at": int(row["at"]), "event": row["event"], "actor": row["actor"],
            "case_id": row["case_id"] or None, "facts": row["facts"],
        }  # fmt: skip
        said = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        previous = hashlib.sha256((previous + said).encode()).hexdigest()
        assert (row["hash"], row["time"][:4]) == (previous, str(to_local(fields["at"]).year))
    assert len(list(csv.DictReader(io.StringIO(auditor.get(f"{HOME}.csv?kode={code}").text)))) == 2


def test_taking_the_log_away_leaves_a_line_of_who_and_which_part_before_anything_goes_out(place: FrontOffice) -> None:
    code = place.services.desk.bring_case(place.actor(Role.PETUGAS), case_file())
    auditor = client(place, Role.AUDITOR)
    store = place.office.store

    def taken() -> list[dict[str, object]]:
        with store.read() as tx:
            return audit.newest(tx, "audit-export-init", 9)

    assert auditor.get(f"{HOME}.csv?hari=x").status_code == 422
    auditor.get(HOME)
    assert taken() == [], "nothing went out"
    with store.read() as tx:
        head = audit.head(tx)
    text_of = auditor.get(f"{HOME}.csv?kode={code}&kejadian=case-report-complete").text
    (line,) = taken()
    assert line["sequence"] == head + 1 and line["case_id"] is not None
    assert str(line["actor"]).startswith("auditor:")
    assert json.loads(str(line["facts"])) == {"of_event": "case-report-complete", "to": head}
    assert "audit-export-init" not in text_of and len(text_of.splitlines()) == 2
    auditor.get(f"{HOME}.csv?hari=2026-10-05")
    assert json.loads(str(taken()[0]["facts"])) == {"day": "2026-10-05", "to": head + 1}
    assert taken()[0]["case_id"] is None
    assert "Log audit, dimulai" in auditor.get(HOME).text


def test_a_broken_chain_is_a_fault_of_the_machine_that_everybody_concerned_reads(tmp_path: Path) -> None:
    clock = Hours()
    store = open_books(tmp_path, clock)
    write(store, 4)

    def word() -> tuple[bool, str, str | None]:
        with store.read() as tx:
            said = storage.status(store, tx, tmp_path / "copies", DAY_MS)
        return str(FaultCode.STORAGE_ALTERED) in said.reasons, said.level, said.detail.get("audit_broken_at")

    copies.make(store, tmp_path / "copies", b"k" * 32, clock)
    chain_watch.look(store, DAY_MS)
    assert word() == (False, "ok", None)
    with store.write() as tx:
        tx.sql.execute(text("UPDATE audit SET facts = '{}' WHERE sequence = 3"))
    chain_watch.look(store, 0)
    assert word() == (True, "limited", "3"), "work goes on: nobody stops an office so"
    with store.read() as tx:
        said = board.reading("storage", storage.status(store, tx, tmp_path / "copies", DAY_MS), clock.now, None)
    shown = DeviceReading("storage", said.level, said.reasons, "", "", said.detail, said.since, clock.now)
    (line,) = device_lines(Snapshot((shown,)), clock.now)
    (told,) = line.notices
    assert "tidak utuh" in told.officer and "siaga audit verify" in told.technician and "Kepala Dinas" in told.remedy
    assert "log" not in told.resident.lower() and told.actor is FaultActor.TECHNICIAN
    assert readiness((line,)).headline == "Siap berangkat dengan catatan"
    write(store, 1)
    chain_watch.look(store, 0)
    assert word()[2] == "3", "no chain mends itself"
    store.close()


def test_the_page_says_how_far_the_chain_holds(place: FrontOffice) -> None:
    auditor = client(place, Role.AUDITOR)
    store = place.office.store
    assert 'data-chain="checking"' in auditor.get(HOME).text
    chain_watch.look(store, DAY_MS)
    page = auditor.get(HOME).text
    assert 'data-chain="whole"' in page and "Rantai utuh" in page
    with store.write() as tx:
        tx.sql.execute(text('UPDATE audit SET facts = \'{"role":"kadis"}\' WHERE sequence = 3'))
    chain_watch.look(store, 0)
    page = auditor.get(HOME).text
    assert "Rantai putus di baris 3" in page and "diubah setelah ditulis" in page


@pytest.fixture
def books(tmp_path: Path, server: Cluster | None) -> Iterator[tuple[Store, Hours]]:
    clock = Hours()
    store = open_books(tmp_path, clock, server=server)
    yield store, clock
    store.close()


def write(store: Store, number: int, event: str = "case-look", actor: Actor = SYSTEM) -> None:
    with store.write() as tx:
        for _ in range(number):
            audit.record(tx, event, actor, None, digest="x")


def known(store: Store) -> chain_watch.Checked:
    with store.read() as tx:
        return chain_watch.checked(tx)


def test_the_chain_is_checked_in_turns_and_anew_each_day(books: tuple[Store, Hours]) -> None:
    store, clock = books
    write(store, 25)
    assert [chain_watch.look(store, DAY_MS, 10) for _ in range(4)] == [True, True, False, False]
    assert (known(store).to, known(store).whole_to, known(store).whole_at) == (25, 25, clock.now)
    write(store, 5)
    assert not chain_watch.look(store, DAY_MS, 10) and known(store).whole_to == 30
    with store.write() as tx:
        tx.sql.execute(text("UPDATE audit SET actor = 'kadis:x@y' WHERE sequence = 7"))
    assert not chain_watch.look(store, DAY_MS, 10) and known(store).broken is None, "an old one, within the day"
    clock.go(25 * 3600)
    assert not chain_watch.look(store, DAY_MS, 10)
    assert (known(store).broken, known(store).to) == (7, 6)
    write(store, 1)
    clock.go(25 * 3600)
    assert not chain_watch.look(store, DAY_MS, 10) and known(store).broken == 7, "no chain mends itself"


@pytest.mark.parametrize(
    ("harm", "broken", "why"),
    [
        ("DELETE FROM audit WHERE sequence = 12", 12, "an entry is missing"),
        ("DELETE FROM audit WHERE sequence > 18", 19, "an entry is missing"),
        ("UPDATE audit SET previous = 'x' WHERE sequence = 15", 15, "does not continue the entry before"),
    ],
)
def test_every_kind_of_harm_is_met(books: tuple[Store, Hours], harm: str, broken: int, why: str) -> None:
    store, clock = books
    write(store, 20)
    chain_watch.look(store, DAY_MS)
    with store.write() as tx:
        tx.sql.execute(text(harm))
    clock.go(25 * 3600)
    chain_watch.look(store, DAY_MS)
    assert (known(store).broken, known(store).why) == (broken, why)


def many(store: Store, number: int) -> None:
    """As many entries, without hashes: what reads them by page looks at none."""
    rows = [
        {"sequence": one, "at": one * 1000, "event": "sign-in-complete" if one % 5000 == 1 else "job-fault",
         "actor": "kasi:a-b@meja" if one % 7 == 0 else "system:system@mesin", "case_id": None,
         "facts": canonical({}), "previous": "", "hash": ""}
        for one in range(1, number + 1)
    ]  # fmt: skip
    with store.write() as tx:
        tx.sql.execute(insert(table), rows)


def test_a_page_looks_at_a_bounded_part_and_goes_on_from_there(books: tuple[Store, Hours]) -> None:
    store, _ = books
    number = 3 * LOOKED_AT
    many(store, number)
    with store.read() as tx:
        newest = audit_reading.page(tx, Wish())
        assert [one["sequence"] for one in newest.lines] == list(range(number, number - 50, -1))
        assert audit_reading.page(tx, Wish(), newest.older).lines[0]["sequence"] == number - 50
        nothing = audit_reading.page(tx, Wish(event="job-fault", actor="never"))
        assert nothing.lines == () and nothing.older is not None, "it has not looked at everything"
        found, before, pages = [], None, 0
        while True:
            page = audit_reading.page(tx, Wish(event="sign-in-complete", actor="kasi:a-b@meja"), before)
            found += [one["sequence"] for one in page.lines]
            pages, before = pages + 1, page.older
            if before is None:
                break
        assert found == [one for one in range(number, 0, -1) if one % 5000 == 1 and one % 7 == 0] and pages == 1
        day = audit_reading.page(tx, Wish(actor="kasi:a-b@meja", since=7_000_000, until=7_100_000))
        assert [one["sequence"] for one in day.lines] == [one for one in range(7099, 6999, -1) if one % 7 == 0]
        assert day.older is None
        assert audit_reading.events(tx) == ["job-fault", "sign-in-complete"]
        assert audit_reading.actors(tx) == ["kasi:a-b@meja", "system:system@mesin"]
    every = [one["sequence"] for one in audit_reading.everything(store, Wish(actor="kasi:a-b@meja"))]
    assert every == [one for one in range(number, 0, -1) if one % 7 == 0]


def test_each_wish_goes_by_an_index(tmp_path: Path) -> None:
    """The plan of every question is a search; none reads the whole log or sorts it."""
    store = open_books(tmp_path, Hours())
    many(store, 100)
    plans = []

    def explain(_: object, cursor: object, statement: str, values: object, *__: object) -> None:
        if statement.startswith("SELECT") and "audit" in statement:
            with store.read() as tx:
                rows = tx.sql.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()  # type: ignore[arg-type]
            plans.append((statement, [row[3] for row in rows]))

    sql_event.listen(store._database.engine, "before_cursor_execute", explain)
    with store.read() as tx:
        for wish in (
            Wish(), Wish(case_id="x"), Wish(event="x"), Wish(actor="x"), Wish(since=1, until=2000),
            Wish(actor="kasi:a-b@meja", event="x", since=1, until=2000),
        ):  # fmt: skip
            audit_reading.page(tx, wish)
        audit_reading.events(tx)
        audit_reading.actors(tx)
    sql_event.remove(store._database.engine, "before_cursor_execute", explain)
    store.close()
    assert len(plans) > 12
    for statement, steps in plans:
        plain = [step for step in steps if "audit" in step and "looked_at" not in step]
        bad = [step for step in plain if step.startswith("SCAN audit") and "INDEX" not in step]
        assert not bad, (statement, steps)


def test_every_event_has_an_indonesian_word() -> None:
    from manual_audit import events

    lacking = {name.split("-")[0] for name in events()} - THINGS.keys() - {"*"}
    assert not lacking
    assert about("case-verify-complete") == "Berkas, selesai"
    assert about("xyz") == "Lainnya"
    assert person("kasi:01a21b8e-5243-713c-92c0-2336c5b904b7@meja") == "Kepala Seksi · c5b904b7 · meja"
    assert person("system:system@mesin") == "Mesin · system · mesin"
    assert person("strange") == "strange"
