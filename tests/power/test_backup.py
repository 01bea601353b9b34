"""The database torn: found at the start, kept aside, the last good copy in its place, said, nothing done twice."""

from __future__ import annotations

import contextlib
import json
import random
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from books import CLERK, KEY, Hours, new_case, open_books
from running import books, installed, person, resident, until, words

from appliance.casework.roles import Actor, Role
from appliance.casework.stock import SHELVES_ALWAYS
from appliance.office.day_close import count_field
from appliance.queue import effects, jobs
from appliance.records import audit, blanks, cases, copies, restoration
from appliance.records.restore import open_checked, suspect_mark
from appliance.records.store import Store, StoreError, Torn
from hw_sim.demo.appliance import Appliance
from hw_sim.demo.browser import PageRefused

KEEPER = Actor("keeper", "", Role.GUDANG, "test")
PAGE = 4096


@pytest.fixture
def hours() -> Hours:
    return Hours()


class Place:
    """A folder with a database and its copies."""

    def __init__(self, folder: Path, hours: Hours) -> None:
        self.folder, self.hours = folder, hours
        self.path, self.copies = folder / "siaga.db", folder / "copies"

    def open(self, key: bytes = KEY) -> Store:
        return open_checked(self.path, key, self.hours, self.copies)

    def add(self, entries: int = 300) -> str:
        """Some work; the id of its case."""
        store = open_books(self.folder, self.hours)
        with store.write() as tx:
            case = new_case(tx)
            for number in range(entries):
                audit.record(tx, "test-write-complete", CLERK, case, number=number)
        store.close()
        return case

    def copy(self) -> copies.Copy:
        store = open_books(self.folder, self.hours)
        made = copies.make(store, self.copies, KEY, self.hours)
        store.close()
        return made

    def tear(self, path: Path, offset: int, length: int = 512) -> bytes:
        """Overwrite a sector with noise; what the file then holds."""
        with path.open("r+b") as file:
            file.seek(offset)
            file.write(random.Random(offset).randbytes(length))
        return path.read_bytes()


@pytest.fixture
def place(tmp_path: Path, hours: Hours) -> Place:
    return Place(tmp_path, hours)


@pytest.mark.parametrize("page", [0, 1, 7, -1], ids=["first page", "schema", "amid", "last"])
def test_a_torn_file_is_kept_as_it_was_and_the_last_good_copy_takes_its_place(place: Place, page: int) -> None:
    kept = place.add()
    made = place.copy()
    place.hours.go(600)
    gone = place.add()
    pages = place.path.stat().st_size // PAGE
    torn = place.tear(place.path, page % pages * PAGE + 1024)

    store = place.open()
    with store.read() as tx:
        assert [one.id for one in cases.open_cases(tx)] == [kept]
        found = restoration.awaited(tx)
        (entry,) = audit.newest(tx, "database-restore-complete", 1)
        assert audit.verify(tx)[1] is None
    assert found is not None and found.open and found.by == "system"
    assert (found.copy_name, found.copy_sequence, found.copy_at) == (made.path.name, made.sequence, made.at)
    assert "damaged" in found.why
    assert json.loads(str(entry["facts"]))["copy"] == made.path.name
    (aside,) = (place.folder / "torn").iterdir()
    assert str(aside.relative_to(place.folder)) == found.torn
    assert (aside / "siaga.db").read_bytes() == torn, "kept as it was found"
    assert gone not in str(found.readable)
    store.close()

    again = place.open()
    with again.read() as tx:
        assert restoration.awaited(tx) == found, "a second start restores nothing"
    again.close()


def test_what_the_damaged_file_still_tells_of_the_lost_time_is_told(place: Place) -> None:
    place.add(900)
    place.copy()
    place.hours.go(60)
    gone = place.add(3)
    store = open_books(place.folder, place.hours)
    with store.write() as tx:
        blanks.receive(tx, "batch", ["A001", "A002"], "kantor", KEEPER)
        code = cases.get(tx, gone).code
    store.close()
    size = place.path.stat().st_size
    readable = []
    for offset in range(8 * PAGE, size, size // 6):
        shutil.rmtree(place.folder / "try", ignore_errors=True)
        shutil.copytree(place.folder, place.folder.parent / "try")
        one = Place(place.folder.parent / "try", place.hours)
        one.tear(one.path, offset)
        store = one.open()
        with store.read() as tx:
            found = restoration.awaited(tx)
        store.close()
        shutil.rmtree(one.folder)
        assert found is not None
        readable.append(dict(found.readable))
    assert {"cases": [code], "blanks": ["A001 received", "A002 received"]} in readable


def test_damage_in_the_log_that_was_never_brought_in_is_none(place: Place) -> None:
    """A page torn while it was brought in from the log is whole in the log: SQLite's own way back, not ours."""
    case = place.add()
    place.copy()
    store = open_books(place.folder, place.hours)
    with store.write() as tx:
        audit.record(tx, "test-write-complete", CLERK)
    with store.read() as tx:
        last = audit.head(tx)
    for name in ("siaga.db", "siaga.db-wal"):
        shutil.copy(place.folder / name, place.folder / f"left-{name}")
    store.close()
    for name in ("siaga.db", "siaga.db-wal"):
        (place.folder / f"left-{name}").replace(place.folder / name)
    log = (place.folder / "siaga.db-wal").read_bytes()
    number = int.from_bytes(log[32:36], "big")  # the first frame's page (sqlite.org/fileformat2.html §4.1)
    place.tear(place.path, (number - 1) * PAGE + 512)
    again = place.open()
    with again.read() as tx:
        assert (audit.head(tx), restoration.current(tx)) == (last, None)
        assert [one.id for one in cases.open_cases(tx)] == [case]
    again.close()


@pytest.mark.parametrize("empty", [False, True], ids=["no file", "empty file"])
def test_a_database_that_is_gone_is_not_silently_made_anew(place: Place, empty: bool) -> None:
    kept = place.add()
    place.copy()
    place.path.unlink()
    if empty:
        place.path.touch()
    store = place.open()
    with store.read() as tx:
        assert [one.id for one in cases.open_cases(tx)] == [kept]
        found = restoration.awaited(tx)
    assert found is not None and "gone" in found.why
    store.close()


def test_a_copy_that_does_not_hold_is_passed_over_and_set_aside(place: Place) -> None:
    first = place.add()
    good = place.copy()
    place.hours.go(60)
    place.add()
    bad = place.copy()
    place.tear(bad.path, bad.path.stat().st_size - PAGE)
    place.tear(place.path, 5 * PAGE)
    store = place.open()
    with store.read() as tx:
        found = restoration.awaited(tx)
        assert [one.id for one in cases.open_cases(tx)] == [first]
    assert found is not None and found.copy_name == good.path.name
    assert [one.path.name for one in copies.copies(place.copies)] == [good.path.name]
    assert (place.folder / found.torn / bad.path.name).exists(), "never deleted"
    store.close()


@pytest.mark.parametrize("copied", [True, False], ids=["all copies bad", "no copy"])
def test_without_a_good_copy_nothing_is_touched(place: Place, copied: bool) -> None:
    place.add()
    if copied:
        place.tear(place.copy().path, 4 * PAGE)
    place.tear(place.path, 5 * PAGE)
    before = {one: one.read_bytes() for one in place.folder.rglob("*.db")}
    with pytest.raises(Torn, match="no good copy"):
        place.open()
    assert {one: one.read_bytes() for one in place.folder.rglob("*.db")} == before
    assert not (place.folder / "torn").exists()


def test_a_wrong_key_is_no_damage_to_be_repaired(place: Place) -> None:
    case = place.add()
    place.copy()
    with pytest.raises(Torn):
        place.open(b"w" * 32)
    store = place.open()
    with store.read() as tx:
        assert [one.id for one in cases.open_cases(tx)] == [case]
        assert restoration.current(tx) is None
    store.close()


def test_who_uses_the_database_is_not_robbed_of_it(place: Place) -> None:
    place.add()
    place.copy()
    user = open_books(place.folder, place.hours)
    other = place.open()
    other.close()
    suspect_mark(place.path).touch()
    with pytest.raises(StoreError, match="waiting for the other processes"):
        place.open()
    assert suspect_mark(place.path).exists(), "looked at only by one that has it alone"
    user.close()
    place.open().close()
    assert not suspect_mark(place.path).exists()


def test_copies_are_few_one_moment_each_and_unreadable_without_the_key(place: Place) -> None:
    place.add(20)
    store = open_books(place.folder, place.hours)
    writing, over = threading.Event(), threading.Event()

    def write() -> None:
        while not over.is_set():
            with store.write() as tx:
                audit.record(tx, "test-write-complete", CLERK)
            writing.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(12):
            assert writing.wait(10)
            writing.clear()
            place.hours.go(8 * 3600)
            made = copies.make(store, place.copies, KEY, place.hours)
            assert copies.prove(made.path, KEY, place.hours) == made.sequence
    finally:
        over.set()
        writer.join()
        store.close()
    left = copies.copies(place.copies)
    assert len(left) <= copies.NEWEST_KEPT + copies.DAYS_KEPT
    assert left[0] == made
    assert sorted(one.name for one in place.copies.iterdir()) == sorted(one.path.name for one in left)
    assert b"test-write" not in made.path.read_bytes() and b"SQLite format" not in made.path.read_bytes()
    with pytest.raises(StoreError):
        copies.prove(made.path, b"w" * 32, place.hours)


@pytest.fixture
def restored(place: Place) -> Iterator[tuple[Store, str, Hours]]:
    """Books that were restored; a case that was there before."""
    case = place.add(5)
    store = open_books(place.folder, place.hours)
    with store.write() as tx:
        jobs.put(tx, "siak", "enter", "enter:1", case_id=case)
    effects.intend(store, "print-kk:old:1", "document_printer", "x", case_id=case)
    store.close()
    place.copy()
    place.hours.go(60)
    place.tear(place.path, 3 * PAGE)
    store = place.open()
    yield store, case, place.hours
    store.close()


def test_jobs_wait_for_the_officer_and_old_acts_are_doubted_for_good(restored: tuple[Store, str, Hours]) -> None:
    store, case, hours = restored
    hours.go(5)
    assert jobs.claim(store, "siak", "test") is None
    with store.write() as tx:
        restoration.confirm(tx, CLERK)
        younger = new_case(tx)
    job = jobs.claim(store, "siak", "test")
    assert job is not None and job.key == "enter:1"

    def doubted(token: str, case_id: str) -> bool:
        found = effects.doubt(store, token, "esign", case_id=case_id, position=None)
        with store.read() as tx:
            effect = effects.find(tx, token)
        assert (effect is not None and effect.state == "unknown") == found
        return found

    hours.go(5)
    assert doubted("sign:a:1", case), "may have been done in the lost time"
    assert doubted("sign:a:1", case), "and is so until it is settled"
    assert doubted("print-kk:old:1", case), "begun before the copy, and perhaps ended after it"
    assert doubted("siak:a", case)
    assert effects.intend(store, "siak:a", "siak", "x", case_id=case) is not None, "so the office is asked first"
    with store.write() as tx:
        younger = new_case(tx)
    assert not doubted("sign:b:1", younger), "its whole life is in the books"
    with store.write() as tx:
        effects.outcome(tx, "sign:a:1", "failed", {"answer": "again"})
        assert effects.next_token(tx, "sign:a") == "sign:a:2"
    assert not doubted("sign:a:2", case), "the person has answered"


# The running appliance


@pytest.fixture
def appliance(tmp_path: Path) -> Iterator[Appliance]:
    appliance = installed(tmp_path / "appliance")
    yield appliance
    appliance.kill()


def has_copies(appliance: Appliance) -> bool:
    return bool(copies.copies(appliance.directory / "data" / "copies"))


@pytest.mark.daemons
def test_the_appliance_says_so_on_its_faces_and_an_officer_lets_it_go_on(appliance: Appliance) -> None:
    appliance.start()
    until(lambda: has_copies(appliance), "the first copy, made by itself")
    appliance.stop()
    store = books(appliance)
    with store.write() as tx:
        lost = new_case(tx)
        code = cases.get(tx, lost).code
    store.close()
    database = appliance.directory / "data" / "siaga.db"
    with database.open("r+b") as file:
        file.seek(3 * PAGE + 100)
        file.write(b"\0" * 512)

    appliance.start()
    told = appliance.log.read_text()
    assert "restored from the copy of" in told and "Traceback" not in told
    kasi, keeper, technician = (person(appliance, role) for role in (Role.KASI, Role.GUDANG, Role.TEKNISI))
    page = words(kasi, "/petugas/")
    assert "dipulihkan dari salinan" in page and "Belum dihitung" in page
    assert "dipulihkan dari salinan" in words(technician, "/teknisi/")
    readings = technician.json("/teknisi/keadaan.json")
    assert readings["verdict"] == "down" and "storage.restored" in str(readings)
    assert code not in words(resident(appliance), "/")

    with pytest.raises(PageRefused, match="Belum dihitung sejak pemulihan"):
        kasi.get("/petugas/")
        kasi.submit("confirm_restoration")
    keeper.get("/petugas/blanko/hitung")
    keeper.submit("count_blanks", {count_field(shelf): "0" for shelf in SHELVES_ALWAYS})
    kasi.get("/petugas/")
    kasi.submit("confirm_restoration")
    assert "dipulihkan dari salinan" not in words(kasi, "/petugas/")
    until(lambda: "storage.restored" not in str(technician.json("/teknisi/keadaan.json")), "the technician's page")
    store = books(appliance)
    with store.read() as tx:
        assert audit.newest(tx, "database-restore-confirm-complete", 1)
    store.close()


@pytest.mark.daemons
def test_damage_met_while_it_runs_ends_in_the_last_good_copy(appliance: Appliance) -> None:
    appliance.start()
    until(lambda: has_copies(appliance), "the first copy, made by itself")
    technician = person(appliance, Role.TEKNISI)
    technician.get("/teknisi/")
    database = appliance.directory / "data" / "siaga.db"
    with database.open("r+b") as file:
        for page in range(2, database.stat().st_size // PAGE):
            file.seek(page * PAGE + 100)
            file.write(b"\0" * 512)
    with contextlib.suppress(PageRefused):
        person(appliance, Role.KASI).get("/petugas/")
    until(lambda: "dipulihkan dari salinan" in words(technician, "/teknisi/"), "the copy in its place")
    until(lambda: not suspect_mark(database).exists(), "all pages were looked at")
    assert "Traceback" not in appliance.log.read_text()


@pytest.mark.daemons
def test_without_a_good_copy_every_face_says_what_to_do(appliance: Appliance) -> None:
    database = appliance.directory / "data" / "siaga.db"
    whole = database.read_bytes()
    database.write_bytes(whole[: 2 * PAGE] + bytes(PAGE) + whole[3 * PAGE :])
    starter = threading.Thread(target=appliance.start)
    starter.start()
    try:
        until(lambda: "503" in words(resident(appliance), "/"), "the closed page")
        assert "Panggil petugas" in words(resident(appliance), "/")
        assert "tidak ada salinan yang baik" in words(person(appliance, Role.KASI), "/petugas/")
        assert "siaga.db is damaged" in words(person(appliance, Role.TEKNISI), "/teknisi/")
        told = appliance.log.read_text()
        assert "there is no good copy" in told and "Traceback" not in told
        database.write_bytes(whole)
    finally:
        starter.join()
    assert "503" not in words(resident(appliance), "/"), "it goes on by itself once the file is whole"


@pytest.mark.daemons
def test_the_commands_list_make_verify_and_restore(appliance: Appliance) -> None:
    def ask(*arguments: str, code: int = 0) -> dict[str, object]:
        said: dict[str, object] = json.loads(appliance.run("backup", *arguments, "--json", expect=(code,)))
        return said

    assert ask("list", code=3)["copies"] == []
    assert ask("verify", code=3)
    made = ask("make")
    listed = ask("list")["copies"]
    assert isinstance(listed, list) and [one["name"] for one in listed] == [made["name"]]
    assert ask("verify", str(made["name"]))["copies"][0]["good"] is True  # type: ignore[index]
    assert ask("restore", "siaga-000000000009-0000000000009.db", code=3)
    user = books(appliance)
    with user.write() as tx:
        new_case(tx)
    assert "in use" in str(ask("restore", code=2))
    user.close()
    told = ask("restore")
    assert (
        told["copy_name"] == made["name"] and (appliance.directory / "data" / str(told["torn"]) / "siaga.db").exists()
    )
    path = appliance.directory / "data" / "copies" / str(made["name"])
    with path.open("r+b") as file:
        file.seek(PAGE)
        file.write(bytes(512))
    assert ask("verify", code=1)["copies"][0]["good"] is False  # type: ignore[index]
    assert "no copy holds" in str(ask("restore", code=2))
