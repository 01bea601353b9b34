"""The disk full and the disk read-only, on real small file systems: said plainly, nothing half stored, on again."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from books import CLERK, KEY, Hours, open_books
from running import (
    books,
    fill_report,
    installed,
    person,
    resident,
    send_report,
    settings,
    until,
    words,
)
from small_disk import SmallDisk, small_disk

from appliance.casework.roles import Role
from appliance.faults import DeviceFault, FaultCode
from appliance.queue import effects, jobs
from appliance.queue.jobs import Job
from appliance.queue.worker import Result, work_lane
from appliance.records import audit, cases, copies
from appliance.records.vault import Vault
from hw_sim.demo.appliance import Appliance
from hw_sim.demo.browser import PageRefused

pytestmark = pytest.mark.daemons


@pytest.fixture
def disk() -> Iterator[SmallDisk]:
    # A socket has 107 bytes for its address (unix(7)): too few for pytest's folder beside workers and what is in it.
    with tempfile.TemporaryDirectory(prefix="siaga-") as folder, small_disk(Path(folder) / "disk", 16) as disk:
        yield disk


def hidden(folder: Path) -> list[Path]:
    """What was left half written."""
    return [one for one in folder.rglob("*") if one.name.startswith(".") or one.name.endswith((".new", ".making"))]


# One write path after another


def test_a_row_that_finds_no_room_is_a_fault_and_nothing_of_its_transaction_is_there(disk: SmallDisk) -> None:
    store = open_books(disk.path)
    with store.write() as tx:
        audit.record(tx, "test-write-complete", CLERK, None, number=0)
    disk.fill()
    with pytest.raises(DeviceFault) as fault, store.write() as tx:
        for number in range(1, 5000):
            audit.record(tx, "test-write-complete", CLERK, None, number=number)
    assert fault.value.code is FaultCode.STORAGE_FULL
    assert store.refused is FaultCode.STORAGE_FULL
    with store.read() as tx:
        assert audit.verify(tx) == (1, None), "reads go on, and nothing of it is there"
    disk.free()
    with store.write() as tx:
        audit.record(tx, "test-write-complete", CLERK, None, number=1)
    assert store.refused is None
    store.close()


def test_a_blob_that_finds_no_room_leaves_nothing_behind(disk: SmallDisk) -> None:
    vault = Vault(disk.path / "vault", b"v" * 32)
    key = vault.new_case_key("case")
    first = vault.put("case", key, b"whole")
    disk.fill(40_000)
    with pytest.raises(DeviceFault) as fault:
        vault.put("case", key, bytes(200_000))
    assert fault.value.code is FaultCode.STORAGE_FULL
    assert hidden(disk.path) == []
    assert vault.get("case", key, first) == b"whole"
    disk.free()
    assert vault.get("case", key, vault.put("case", key, bytes(200_000))) == bytes(200_000)


def test_a_blob_on_a_read_only_disk_is_a_fault_of_its_own(disk: SmallDisk) -> None:
    vault = Vault(disk.path / "vault", b"v" * 32)
    key = vault.new_case_key("case")
    first = vault.put("case", key, b"whole")
    disk.remount("ro")
    with pytest.raises(DeviceFault) as fault:
        vault.put("case", key, b"another")
    assert fault.value.code is FaultCode.STORAGE_READ_ONLY
    assert vault.get("case", key, first) == b"whole"
    disk.remount("rw")
    vault.put("case", key, b"another")


def test_what_a_killed_writer_left_is_swept_and_what_a_living_one_writes_is_not(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "vault", b"v" * 32)
    name = vault.put("case", vault.new_case_key("case"), b"whole")
    folder = tmp_path / "vault" / name[:2]
    (folder / ".half.999999999").touch()
    living = folder / f".half.{threading.get_native_id()}"
    living.touch()
    assert vault.sweep() == 1
    assert hidden(tmp_path) == [living]


def test_a_copy_that_finds_no_room_is_a_fault_and_the_old_copies_stay(disk: SmallDisk, tmp_path: Path) -> None:
    store = open_books(tmp_path / "books", Hours())
    with store.write() as tx:
        audit.record(tx, "test-write-complete", CLERK)
    folder, clock = disk.path / "copies", Hours()
    good = copies.make(store, folder, KEY, clock)
    with store.write() as tx:
        audit.record(tx, "test-write-complete", CLERK)
    disk.fill(64 * 1024)
    with pytest.raises(DeviceFault) as fault:
        copies.make(store, folder, KEY, clock)
    assert fault.value.code is FaultCode.STORAGE_FULL
    assert [one.name for one in folder.iterdir()] == [good.path.name]
    disk.remount("ro")
    with pytest.raises(DeviceFault) as fault:
        copies.make(store, folder, KEY, clock)
    assert fault.value.code is FaultCode.STORAGE_READ_ONLY
    disk.remount("rw")
    disk.free()
    assert copies.make(store, folder, KEY, clock).sequence == good.sequence + 1
    store.close()


def test_an_act_whose_receipt_finds_no_room_is_asked_about_and_done_once(disk: SmallDisk) -> None:
    """The card came out and the disk was full: the lane waits, and then the step finds its intent and asks."""
    store = open_books(disk.path)
    world: list[str] = []
    full, done, stop, wake = threading.Event(), threading.Event(), threading.Event(), threading.Event()
    seen: list[bool] = []

    def step(job: Job) -> Result:
        old = effects.intend(store, "act:1", "card_printer", "x")
        seen.append(old is not None)
        if old is None or not world:
            world.append("printed")
        if not full.is_set():
            disk.fill()
            full.set()

        def receipt(tx: object) -> None:
            effects.outcome(tx, "act:1", "done", {"counter": 1})  # type: ignore[arg-type]
            for number in range(2000):
                audit.record(tx, "test-write-complete", CLERK, None, number=number)  # type: ignore[arg-type]
            if old is not None:
                done.set()

        return receipt

    with store.write() as tx:
        jobs.put(tx, "lane", "act", "act")
    lane = threading.Thread(target=work_lane, args=(store, "lane", {"act": step}, wake, stop, lambda: None, 0.1))
    lane.start()
    try:
        assert full.wait(20)
        until(lambda: store.refused is FaultCode.STORAGE_FULL, "the receipt refused")
        with store.read() as tx:
            effect, job = effects.find(tx, "act:1"), jobs.by_key(tx, "act")
            assert effect is not None and effect.state == "intent"
            assert job is not None and job.state == "leased"
        disk.free()
        assert done.wait(20)
    finally:
        stop.set()
        wake.set()
        lane.join(20)
    assert (world, seen) == (["printed"], [False, True])
    with store.read() as tx:
        effect, job = effects.find(tx, "act:1"), jobs.by_key(tx, "act")
        assert effect is not None and effect.state == "done"
        assert job is not None and job.state == "done"
        assert audit.verify(tx)[1] is None
    store.close()


# The running appliance


@pytest.fixture
def appliance(disk: SmallDisk) -> Iterator[Appliance]:
    appliance = installed(disk.path / "appliance")
    yield appliance
    appliance.kill()


def many_cases(appliance: Appliance) -> int:
    store = books(appliance)
    with store.read() as tx:
        assert audit.verify(tx)[1] is None
        number = len(cases.open_cases(tx))
    store.close()
    return number


def test_a_full_disk_is_said_on_three_faces_and_the_appliance_goes_on_when_there_is_room(
    disk: SmallDisk, appliance: Appliance
) -> None:
    appliance.start()
    kasi, technician, reporter = person(appliance, Role.KASI), person(appliance, Role.TEKNISI), resident(appliance)
    technician.get("/teknisi/")
    assert "Daftar kerja" in words(kasi, "/petugas/")
    fill_report(reporter)
    disk.fill()

    with pytest.raises(PageRefused, match="belum tersimpan") as refused:
        send_report(reporter)
    assert refused.value.status == 503
    until(lambda: "belum tersimpan" in words(resident(appliance), "/"), "the resident's first page")
    assert "Daftar kerja" in words(kasi, "/petugas/"), "reads go on"
    assert "Penyimpanan mesin penuh" in words(kasi, "/petugas/")
    said = technician.json("/teknisi/keadaan.json")
    assert said["verdict"] == "down" and "storage.full" in str(said)
    with pytest.raises(PageRefused, match="Penyimpanan mesin penuh"):
        person(appliance, Role.PETUGAS).get("/petugas/")
    assert many_cases(appliance) == 0
    assert hidden(disk.path / "appliance" / "data") == []

    disk.free()
    reporter.get("/lapor/periksa")
    code = send_report(reporter)
    assert many_cases(appliance) == 1, "what he had filled in was not lost"
    until(lambda: "storage.full" not in str(technician.json("/teknisi/keadaan.json")), "the technician's page")
    assert code in words(kasi, "/petugas/")
    store = books(appliance)

    def slip_made() -> bool:
        with store.read() as tx:
            (case,) = cases.open_cases(tx)
            return all(job.state == "done" for job in jobs.of_case(tx, case.id))

    until(slip_made, "the slip of the report")
    store.close()
    assert "Traceback" not in appliance.log.read_text()


def test_started_on_a_full_disk_it_shows_what_it_has_and_works_when_there_is_room(
    disk: SmallDisk, appliance: Appliance
) -> None:
    appliance.start()
    reporter = resident(appliance)
    kasi = person(appliance, Role.KASI)
    kasi.get("/petugas/")
    fill_report(reporter)
    code = send_report(reporter)
    appliance.kill()
    disk.fill()
    appliance.start()
    assert code not in words(resident(appliance), "/")
    assert "belum tersimpan" in words(resident(appliance), "/")
    disk.free()
    technician = person(appliance, Role.TEKNISI)
    technician.get("/teknisi/")
    until(lambda: "storage.full" not in str(technician.json("/teknisi/keadaan.json")), "the technician's page")
    assert code in words(person(appliance, Role.KASI), "/petugas/")
    fill_report(again := resident(appliance))
    send_report(again)
    assert "Traceback" not in appliance.log.read_text()


def test_started_on_a_read_only_disk_it_says_so_and_opens_by_itself_once_it_can_write(
    disk: SmallDisk, appliance: Appliance
) -> None:
    disk.remount("ro")
    starter = threading.Thread(target=_start_late, args=(appliance,))
    with_log = appliance.directory.parent.parent / "log"
    appliance.log = with_log
    starter.start()
    try:
        until(lambda: "503" in words(resident(appliance), "/"), "the closed page")
        assert "Panggil petugas" in words(resident(appliance), "/")
        assert "hanya bisa dibaca" in words(person(appliance, Role.KASI), "/petugas/")
        assert "EROFS" in words(person(appliance, Role.TEKNISI), "/teknisi/")
        told = with_log.read_text()
        assert "storage.read_only" in told and "Traceback" not in told
        disk.remount("rw")
    finally:
        starter.join()
    until(lambda: "Apa yang Anda perlukan" in words(resident(appliance), "/"), "the first page")
    assert settings(appliance).copies.parent.exists()
    assert "Traceback" not in with_log.read_text()


def _start_late(appliance: Appliance) -> None:
    appliance.start()
