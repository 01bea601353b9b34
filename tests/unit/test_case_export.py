"""`siaga case export`: one file that strangers' programs can read, closed to others, never over another file."""

from __future__ import annotations

import hashlib
import io
import json
import os
import resource
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from counter import PEOPLE, Counter, Prepared, prepare
from front_office import CASE_FILE, case_file
from wiping import archived, later, wipe

from appliance.__main__ import main, parser
from appliance.app.rooms import open_store
from appliance.casework.intake import read_case_file
from appliance.casework.roles import Role
from appliance.clock import to_local, utc_millis
from appliance.config import load
from appliance.office import bringing, case_export
from appliance.office.context import Office
from appliance.records import audit, cases, vault

GOOD, WRONG, USAGE, MISSING = 0, 1, 2, 3
SCAN, FINGER = b"\xff\xd8\xffa paper", b"a finger's ridges"


@dataclass
class House:
    """An installation with one open case that has a scan and a finger, and a terminal before it."""

    config: Path
    folder: Path
    code: str
    say: Callable[..., tuple[int, str, str]]

    def export(self, *more: str, code: str = "") -> tuple[int, dict[str, Any]]:
        words = ("case", "export", code or self.code, "--reason", "subject", *more, "--json")
        number, out, _ = self.say(*words)
        return number, json.loads(out)

    def lines(self, event: str) -> list[dict[str, Any]]:
        store, _ = open_store(load(self.config))
        with store.read() as tx:
            assert audit.verify(tx)[1] is None
            found = [json.loads(str(one["facts"])) for one in audit.newest(tx, event, 9)]
        store.close()
        return found


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[House]:
    (tmp_path / "key").write_text("5a" * 32)
    config = tmp_path / "siaga.toml"
    names = ("name", "city", "province", "region", "head_name", "head_nip", "head_nik")
    config.write_text(
        f'data_dir = "{tmp_path}/data"\nkey_file = "{tmp_path}/key"\nspecimen = true\n'
        '[listen]\nofficer = "127.0.0.1:8082"\n[office]\n' + "\n".join(f'{name} = "x"' for name in names)
    )
    mask = os.umask(0o022)
    store, safe = open_store(load(config))
    office = Office(store, safe, b"l" * 32, load(config), utc_millis, lambda: None, lambda case_id, passphrase: True)
    code = bringing.bring_case(office, PEOPLE[Role.PETUGAS], case_file())
    with store.write() as tx:
        record = cases.by_code(tx, code)
        for kind, name, data in (("scan", "SK_DOMISILI", SCAN), ("finger", "right_index", FINGER)):
            blob = safe.put(record.id, record.wrapped_key, data)
            digest = hashlib.sha256(data).hexdigest()
            facts = {"template": "dGVtcGxhdGU="} if kind == "finger" else {}
            cases.add_evidence(tx, record.id, kind, position=0, name=name, blob=blob, sha256=digest, **facts)
    store.close()
    os.umask(0o022)  # what a terminal has
    monkeypatch.chdir(tmp_path)

    def say(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["siaga", *words, "--config", str(config)])
        capsys.readouterr()
        number = main()
        said = capsys.readouterr()
        return number, said.out, said.err

    yield House(config, tmp_path, code, say)
    os.umask(mask)


def test_an_open_case_is_written_as_it_stands_and_strangers_can_read_it(house: House) -> None:
    number, said = house.export()
    file = house.folder / f"{house.code}.zip"
    assert (number, said["file"], said["finished"], said["lost"]) == (GOOD, str(file), False, [])
    assert (file.stat().st_mode & 0o777, said["open_to_others"]) == (0o600, False)
    assert hashlib.sha256(file.read_bytes()).hexdigest() == said["sha256"] and said["bytes"] == file.stat().st_size
    out = house.folder / "out"
    subprocess.run([sys.executable, "-m", "zipfile", "-e", str(file), str(out)], check=True, timeout=60)
    checked = subprocess.run(["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=out, check=True, capture_output=True)
    assert checked.stdout.count(b": OK") == len([one for one in out.rglob("*") if one.is_file()]) - 1
    told = json.loads((out / "berkas.json").read_text())
    assert (told["code"], told["state"], told["finished"]) == (house.code, "CEK_KELENGKAPAN", False)
    assert told["residents"][0]["full_name"] == "SUGENG RIYADI" and len(told["letters"]) == 2
    assert [one.read_bytes() for one in (out / "dokumen").iterdir()] == [SCAN]
    today = to_local(utc_millis()).date()
    again = read_case_file((out / "kembali.json").read_bytes(), today, specimen=True)
    assert again == read_case_file(json.dumps(CASE_FILE).encode(), today, specimen=True)
    assert not [one for one in house.folder.iterdir() if one.name.endswith(".partial")]


def test_no_biometrics_and_no_key_are_in_it(house: House) -> None:
    house.export("--out", "x.zip")
    with zipfile.ZipFile(house.folder / "x.zip") as packed:
        everything = b"".join(packed.read(name) for name in packed.namelist())
        told = json.loads(packed.read("berkas.json"))
    (finger,) = (one for one in told["evidence"] if one["kind"] == "finger")
    assert (finger["left_out"], finger["sha256"]) == ("biometric", hashlib.sha256(FINGER).hexdigest())
    store, _ = open_store(load(house.config))
    with store.read() as tx:
        record = cases.by_code(tx, house.code)
        blobs = [vault.file_name(one.blob) for one in cases.evidence_of(tx, record.id) if one.blob]
    store.close()
    for secret in (FINGER, b"dGVtcGxhdGU", record.wrapped_key.encode(), *(one.encode() for one in blobs)):
        assert secret not in everything


def test_it_is_audited_before_and_behind_with_its_reason_and_no_name(house: House) -> None:
    _, said = house.export()
    assert house.lines("case-export-init") == [{"reason": "subject", "state": "CEK_KELENGKAPAN"}]
    assert house.lines("case-export-complete") == [{"sha256": said["sha256"], "lost": 0}]


def test_every_mistake_is_told_and_nothing_is_written_or_audited(house: House) -> None:
    there = house.folder / "there.zip"
    there.write_text("mine")
    for words, code, number, told in (
        (("--out", str(there)), house.code, USAGE, ["is there already"]),
        (("--out", str(there)), "SG-AAAA-AA", MISSING, ["no case SG-AAAA-AA", "is there already"]),
        (("--out", str(house.folder / "no" / "x.zip")), house.code, USAGE, ["there is no folder"]),
        ((), "nonsense", MISSING, ["there is no case nonsense"]),
    ):
        got, said = house.export(*words, code=code)
        assert got == number and len(said["errors"]) == len(told)
        assert all(part in one for part, one in zip(told, said["errors"], strict=True))
    (house.folder / "dangling.zip").symlink_to(house.folder / "elsewhere.zip")
    assert house.export("--out", "dangling.zip")[0] == USAGE
    assert there.read_text() == "mine" and not (house.folder / "elsewhere.zip").exists()
    assert house.lines("case-export-init") == []
    with pytest.raises(SystemExit):
        house.say("case", "export", house.code)
    for reason in case_export.REASONS:
        assert parser().parse_args(["case", "export", house.code, "--reason", reason]).reason == reason


def test_a_full_disk_leaves_nothing_behind_and_says_so(house: House) -> None:
    """A limit on a file's size stands for the full disk (setrlimit(2)): a write beyond it fails as one there does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    # The books are already larger than the limit, so only what is new is refused: a write beyond it is EFBIG.
    size = (house.folder / "data" / "siaga.db").stat().st_size
    store, safe = open_store(load(house.config))
    with store.write() as tx:
        record = cases.by_code(tx, house.code)
        data = os.urandom(4 * size + 1_000_000)
        blob = safe.put(record.id, record.wrapped_key, data)
        cases.add_evidence(tx, record.id, "scan", name="BIG", blob=blob, sha256=hashlib.sha256(data).hexdigest())
    store.close()
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2 * size + 500_000, before[1]))
        number, said = house.export("--out", "x.zip")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert (number, said["fault"]) == (WRONG, "storage.failed")
    assert not [one for one in house.folder.iterdir() if "x.zip" in one.name]
    assert house.lines("case-export-init") and not house.lines("case-export-complete")
    assert house.export("--out", "x.zip")[0] == GOOD


def test_a_stick_without_links_takes_it_and_keeps_what_is_there(house: House) -> None:
    """FAT knows no links; the kernel's own refusal is had by a filter of system calls in the child."""
    tests = Path(__file__).parents[1]

    def around(path: Path) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(path)}

    def export(name: str) -> tuple[int, dict[str, Any]]:
        words = ("case", "export", house.code, "--reason", "subject", "--out", name, "--json")
        line = [sys.executable, str(tests / "no_links.py"), "appliance", *words, "--config", str(house.config)]
        ran = subprocess.run(line, capture_output=True, timeout=60, check=False, env=around(tests.parent))
        return ran.returncode, json.loads(ran.stdout)

    link = "import os, no_links; no_links.forbid_links(); os.link('key', 'other')"
    command = [sys.executable, "-c", link]
    tried = subprocess.run(command, cwd=house.folder, env=around(tests), capture_output=True, check=False)
    assert b"PermissionError" in tried.stderr, "the child's kernel makes no links"
    number, said = export("stick.zip")
    file = house.folder / "stick.zip"
    assert (number, said["sha256"]) == (GOOD, hashlib.sha256(file.read_bytes()).hexdigest())
    assert zipfile.ZipFile(file).testzip() is None
    assert house.lines("case-export-complete") == [{"sha256": said["sha256"], "lost": 0}]
    assert export("stick.zip")[0] == USAGE
    assert hashlib.sha256(file.read_bytes()).hexdigest() == said["sha256"]
    assert sorted(one.name for one in house.folder.glob("*stick*")) == ["stick.zip"]


def test_what_was_left_by_a_cut_is_written_anew(house: House) -> None:
    (house.folder / ".x.zip.partial").write_bytes(b"half")
    assert house.export("--out", "x.zip")[0] == GOOD
    assert sorted(one.name for one in house.folder.glob("*x.zip*")) == ["x.zip"]
    assert not (house.folder / ".x.zip.partial").exists()


def test_a_lost_document_is_named_and_the_rest_is_written(house: House) -> None:
    store, _ = open_store(load(house.config))
    with store.read() as tx:
        record = cases.by_code(tx, house.code)
        (scan,) = cases.evidence_of(tx, record.id, "scan")
    store.close()
    name = vault.file_name(str(scan.blob))
    (house.folder / "data" / "vault" / name[:2] / name).unlink()
    number, said = house.export("--out", "x.zip")
    assert number == WRONG and [one.endswith("scan-SK_DOMISILI") for one in said["lost"]] == [True]
    with zipfile.ZipFile(house.folder / "x.zip") as packed:
        assert packed.testzip() is None
        assert json.loads(packed.read("berkas.json"))["lost"] == said["lost"]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(tmp_path_factory.mktemp("office"), archived)


@pytest.fixture
def opened(prepared: Prepared, tmp_path: Path) -> Counter:
    return prepared.copy(tmp_path)


def packed_of(counter: Counter, case: str) -> zipfile.ZipFile:
    safe = counter.office.vault
    found = case_export.begin(counter.store, safe, counter.case(case).code, "archive", PEOPLE[Role.KASI])
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as packed:
        for name, content in case_export.files(found, safe):
            packed.writestr(name, content)
    assert found.lost == []
    return zipfile.ZipFile(data)


def test_an_archived_case_brings_its_sealed_list_whose_digest_the_audit_log_has(counter: Counter, case: str) -> None:
    packed = packed_of(counter, case)
    digest = hashlib.sha256(packed.read("arsip.json")).hexdigest()
    told = json.loads(packed.read("berkas.json"))
    assert told["finished"] and told["archive"] == {**told["archive"], "box": "K-1", "shelf": "R-2", "sha256": digest}
    lines = [json.loads(one) for one in packed.read("audit.jsonl").splitlines()]
    assert digest in next(one["facts"] for one in lines if one["event"] == "case-archive-complete")
    listed = {one["sha256"] for one in json.loads(packed.read("arsip.json"))["evidence"]}
    papers = [name for name in packed.namelist() if name.startswith("dokumen/")]
    assert len(papers) >= 4 and {hashlib.sha256(packed.read(name)).hexdigest() for name in papers} <= listed
    kinds = {one["kind"] for one in told["evidence"] if one.get("left_out") == "biometric"}
    assert {"finger", "template", "photo", "signature", "packet", "face_today", "hand_photo"} <= kinds
    assert not any(kind in name for kind in kinds for name in papers)


def test_what_was_wiped_is_there_as_its_stone(counter: Counter, case: str) -> None:
    later(counter, 2000)
    wipe(counter)
    packed = packed_of(counter, case)
    told = json.loads(packed.read("berkas.json"))
    assert {one["class"] for one in told["wiped"]} >= {"raw", "biometrics", "scans", "personal"}
    assert told["residents"] == [] and "kembali.json" not in packed.namelist()
    assert "SUGENG" not in "".join(packed.read(name).decode("latin-1") for name in packed.namelist())
