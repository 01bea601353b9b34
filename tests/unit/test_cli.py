"""`siaga` in a terminal: what it answers, and with which exit code, on an empty, a used and a broken installation."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from counter import PEOPLE
from sqlalchemy import text

from appliance.__main__ import main
from appliance.app.places import board_path, own_the_hardware
from appliance.app.rooms import open_store
from appliance.casework.intake import Category
from appliance.casework.roles import Role
from appliance.central.paper_seal import PaperKey
from appliance.clock import to_local, utc_millis
from appliance.config import Settings, load
from appliance.diagnostics import board
from appliance.faults import FaultCode
from appliance.kiosk_ui.notices import NOTICES
from appliance.queue import jobs
from appliance.records import accounts, audit, blanks, cases
from appliance.records.moves import open_stay
from appliance.records.store import Store, new_id
from hw_sim.paper_key import make_paper_key

GOOD, WRONG, USAGE, MISSING = 0, 1, 2, 3
SAMPLES = Path(__file__).parents[2] / "hw_sim" / "cases"
KEY = "5a" * 32
WELL = {"storage": {"level": "ok", "reasons": []}, "clock": {"level": "ok", "reasons": []}}
"""Disk and clock of a machine that has nothing to complain of."""


@dataclass
class Installation:
    """A configuration with its data folder, and a terminal before it."""

    config: Path
    run: Callable[..., tuple[int, str, str]]

    @property
    def settings(self) -> Settings:
        return load(self.config)

    def json(self, *words: str) -> tuple[int, dict[str, object]]:
        code, out, _ = self.run(*words, "--json")
        return code, json.loads(out)

    def change(self, statement: str) -> None:
        store = self.store()
        with store.write() as tx:
            assert tx.sql.execute(text(statement)).rowcount > 0
        store.close()

    def store(self) -> Store:
        return open_store(self.settings)[0]


@pytest.fixture
def place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Installation]:
    (tmp_path / "key").write_text(KEY + "\n")
    config = tmp_path / "siaga.toml"
    names = ("name", "city", "province", "region", "head_name", "head_nip", "head_nik")
    office = "\n".join(f'{name} = "x"' for name in names)
    config.write_text(
        f'data_dir = "{tmp_path}/data"\nkey_file = "{tmp_path}/key"\nspecimen = true\n'
        f'[listen]\nofficer = "127.0.0.1:8082"\n[office]\n{office}\n'
    )

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["siaga", *words, "--config", str(config)])
        capsys.readouterr()
        code = main()
        said = capsys.readouterr()
        return code, said.out, said.err

    mask = os.umask(0o022)
    yield Installation(config, run)
    os.umask(mask)


def test_copies_of_a_database_on_a_server_are_not_ours_to_make(place: Installation) -> None:
    address = "postgresql+psycopg://siaga@/siaga?host=/nowhere"
    place.config.write_text(f'database = "{address}"\n{place.config.read_text()}')
    for act in ("list", "make", "verify", "restore"):
        code, _, said = place.run("backup", act)
        assert (code, said.count("\n")) == (2, 1) and "on a PostgreSQL server" in said
    code, _, said = place.run("audit", "verify")
    assert code == 2 and "cannot be opened: storage.unreachable" in said


@pytest.fixture
def used(place: Installation) -> Installation:
    """An installation with one case and three blanks."""
    store = place.store()
    case_id = new_id()
    with store.write() as tx:
        cases.create(tx, case_id, "", {"person": "SUGENG RIYADI"}, Category("none", ()))
        tx.sql.execute(text("UPDATE case_file SET code = 'SG-ABCD-EF'"))
        open_stay(tx, case_id, "case", None, 2)
        audit.record(tx, "case-report-complete", PEOPLE[Role.PETUGAS], case_id)
        audit.record(tx, "case-look", PEOPLE[Role.KASI], case_id)
        blanks.receive(tx, "K-1", ["A1", "A2", "A3"], "kantor", PEOPLE[Role.GUDANG])
        blanks.move(tx, "A2", blanks.BlankState.SPOILED, PEOPLE[Role.OPERATOR], cause="AUS")
    store.close()
    return place


def test_an_empty_installation_is_sound(place: Installation) -> None:
    assert place.json("audit", "verify") == (GOOD, {"entries": 0, "intact": True, "break": None})
    empty = {"states": {}, "balanced": True, "difference": None, "shelves": {}, "days_left": None, "blanks": []}
    assert place.json("blanks", "balance") == (GOOD, empty)
    assert place.run("audit", "verify")[1] == "0 entries, chain intact\n"
    assert place.run("blanks", "balance")[1] == "ledger balances\n"


def test_a_used_installation_tells_what_is_there(used: Installation, tmp_path: Path) -> None:
    assert used.json("audit", "verify")[1]["entries"] == 2
    code, facts = used.json("blanks", "balance")
    assert (code, facts["states"], facts["balanced"]) == (GOOD, {"received": 2, "spoiled": 1}, True)
    assert (facts["shelves"], facts["days_left"]) == ({"kantor": 2, "kantor/rusak": 1}, None)
    assert facts["blanks"][1]["cause"] == "AUS"  # type: ignore[index]
    assert used.run("audit", "verify", "--export", str(tmp_path / "out.jsonl"))[0] == GOOD
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [line["sequence"] for line in lines] == [1, 2, 3]
    assert (lines[2]["event"], lines[2]["facts"]) == ("audit-export-init", '{"to":2}'), "who takes it away is in it"


def test_a_changed_audit_entry_is_told_with_its_number(used: Installation) -> None:
    used.change("UPDATE audit SET event = 'nothing' WHERE sequence = 2")
    code, facts = used.json("audit", "verify")
    assert (code, facts["intact"]) == (WRONG, False)
    assert facts["break"] == {"sequence": 2, "why": "was changed after it was written"}
    assert used.run("audit", "verify")[:2] == (WRONG, "entry 2 was changed after it was written\n")


def test_a_ledger_difference_is_told_with_the_blank(used: Installation) -> None:
    used.change("UPDATE blank SET state = 'received' WHERE serial = 'A2'")
    code, facts = used.json("blanks", "balance")
    assert (code, facts["balanced"]) == (WRONG, False)
    assert "A2" in facts["difference"]["why"]  # type: ignore[index]
    assert "DIFFERENCE at entry 4" in used.run("blanks", "balance")[1]


def test_what_became_of_a_blank_is_one_answer(used: Installation) -> None:
    code, facts = used.json("blanks", "show", "A2")
    assert (code, facts["state"], facts["cause"], facts["batch"]) == (GOOD, "spoiled", "AUS", "K-1")
    assert [entry["to_state"] for entry in facts["entries"]] == ["received", "spoiled"]  # type: ignore[attr-defined]
    assert (facts["print_job"], facts["handover"], facts["uid"], facts["minute"]) == (None, None, None, None)
    code, out, _ = used.run("blanks", "show", "A2")
    assert (code, out.splitlines()[0]) == (GOOD, "A2  spoiled  at kantor  batch K-1")
    assert used.json("blanks", "show", "A9") == (MISSING, {"missing": "A9"})
    assert used.run("blanks", "show", "A9") == (MISSING, "", "there is no blank A9\n")


def test_a_month_of_the_ledger_is_told_by_cause(used: Installation) -> None:
    now = to_local(utc_millis())
    code, facts = used.json("blanks", "report", f"{now:%Y-%m}")
    assert (code, facts["received"], facts["spoiled"], facts["destroyed"]) == (GOOD, 3, {"AUS": 1}, {})
    assert facts["circular"] == {"Gagal cetak": 0, "Gagal encode": 0, "Perubahan elemen data": 0, "Rusak": 1}
    assert "spoiled           1  AUS" in used.run("blanks", "report", f"{now:%Y-%m}")[1]
    assert used.json("blanks", "report", "2001-01")[1]["received"] == 0
    for month in ("2026-13", "2026-1", "november", "1999-01"):
        assert used.json("blanks", "report", month)[0] == USAGE


def test_a_month_of_the_sop_is_told_and_written_down(used: Installation, tmp_path: Path) -> None:
    now = to_local(utc_millis())
    table, paper = tmp_path / "month.csv", tmp_path / "month.pdf"
    code, facts = used.json("case", "report", f"{now:%Y-%m}", "--csv", str(table), "--pdf", str(paper))
    assert (code, facts["agrees"], facts["open_at_end"]) == (GOOD, True, 1)
    assert "case,reported,books,1" in table.read_text().splitlines()
    assert paper.read_bytes().startswith(b"%PDF-")
    assert "reported           1" in used.run("case", "report", f"{now:%Y-%m}")[1]
    used.change("UPDATE audit SET event = 'case-cancel-complete' WHERE event = 'case-report-complete'")
    code, out, _ = used.run("case", "report", f"{now:%Y-%m}")
    assert code == WRONG and "cancelled          0  DIFFERS: audit 1" in out
    assert used.run("case", "report", "november")[0] == USAGE


@pytest.mark.parametrize("code", ["SG-ABCD-EF", "sgabcdef"])
def test_a_case_is_shown_without_anybodys_name(used: Installation, code: str) -> None:
    answer, facts = used.json("case", "show", code)
    assert (answer, facts["state"], facts["residents"]) == (GOOD, "DILAPORKAN", [])
    assert len(facts["clocks"]) == 9  # type: ignore[arg-type]
    _, out, _ = used.run("case", "show", code)
    assert "DILAPORKAN" in out
    assert "SUGENG" not in out + json.dumps(facts)


def test_a_case_that_is_not_there_is_exit_3(used: Installation) -> None:
    code, out, err = used.run("case", "show", "SG-NONE-XX")
    assert (code, out, err) == (MISSING, "", "there is no case SG-NONE-XX\n")
    assert used.json("case", "show", "SG-NONE-XX") == (MISSING, {"missing": "SG-NONE-XX"})


def test_without_devices_nothing_is_ready(place: Installation) -> None:
    assert place.json("check") == (WRONG, {"ready": False, "devices": {}, "machine": WELL, "paper_key": None})
    assert place.run("check")[1].splitlines()[-1] == "NOT READY"


def test_the_machine_itself_is_asked_too(place: Installation) -> None:
    with_devices(place, signal_light="sbi://127.0.0.1:9")
    place.store().close()
    database = place.settings.data_dir / "siaga.db"
    database.write_bytes(b"x" * database.stat().st_size)
    code, facts = place.json("check")
    assert (code, facts["ready"]) == (WRONG, False)
    assert facts["machine"] == {"storage": {"level": "down", "reasons": ["storage.damaged"]}}
    assert NOTICES["en"][FaultCode.STORAGE_DAMAGED].remedy in place.run("check")[1]


def with_devices(place: Installation, **devices: str) -> None:
    lines = "\n".join(f'{name} = "{uri}"' for name, uri in devices.items())
    place.config.write_text(place.config.read_text() + f"[devices]\n{lines}\n")


def test_a_device_that_does_not_answer_is_down_and_named(place: Installation) -> None:
    with_devices(place, camera="mjpeg+http://127.0.0.1:9/stream")
    code, facts = place.json("check")
    assert (code, facts["ready"]) == (WRONG, False)
    assert facts["devices"]["camera"]["level"] == "down"  # type: ignore[index]
    assert facts["devices"]["camera"]["reasons"] == ["camera.unreachable"]  # type: ignore[index]


def test_all_devices_are_asked_and_what_is_wrong_is_said_in_words(place: Installation) -> None:
    with_devices(place, camera="mjpeg+http://127.0.0.1:9/stream", signature_pad="serial:/dev/not-there")
    code, out, _ = place.run("check")
    camera, pad, *_, verdict = out.splitlines()
    assert (code, verdict) == (WRONG, "NOT READY: camera, signature_pad")
    assert camera.startswith("camera                 down     ") and "(camera.unreachable)" in camera
    assert NOTICES["en"][FaultCode.PAD_UNREACHABLE].remedy in pad


def test_a_device_that_no_driver_serves_closes_itself_only_and_an_optional_one_not_the_machine(
    place: Installation,
) -> None:
    with_devices(place, signal_light="sbi://127.0.0.1:9")
    assert place.json("check")[1]["ready"] is True
    code, out, _ = place.run("check")
    assert (code, out.splitlines()[-1]) == (GOOD, "READY, with limits: signal_light")


def test_where_another_process_owns_the_hardware_its_fresh_answer_is_taken(place: Installation) -> None:
    with_devices(place, camera="mjpeg+http://127.0.0.1:9/stream")
    lock = own_the_hardware(place.settings)
    assert lock is not None
    assert own_the_hardware(place.settings) is None
    later = utc_millis() + 3_600_000
    board.write(
        board_path(place.settings), {"camera": board.DeviceReading("camera", "ok", (), "M", "S", {}, 1, later)}
    )
    code, facts = place.json("check")
    os.close(lock)
    assert (code, facts) == (
        GOOD,
        {
            "ready": True,
            "devices": {"camera": {"level": "ok", "reasons": [], "model": "M"}},
            "machine": WELL,
            "paper_key": None,
        },
    )


def test_whether_family_cards_are_sealed_is_said_and_what_is_no_key_ends_it(place: Installation) -> None:
    plain = place.config.read_text()
    assert "Family cards bear no seal" in place.run("check")[1]
    key, papers = make_paper_key(place.config.parent, "Disdukcapil Kota Metro")
    place.config.write_text(f"paper_key_file = {json.dumps(str(key))}\n{plain}")
    of_key = PaperKey.from_pem(key.read_bytes()).key_id.hex()
    assert place.json("check")[1]["paper_key"] == {"id": of_key, "known_as": []}
    assert "Not among trust.papers" in place.run("check")[1]
    place.config.write_text(place.config.read_text() + f"[trust]\npapers = {json.dumps(str(papers))}\n")
    assert place.json("check")[1]["paper_key"] == {"id": of_key, "known_as": ["Disdukcapil Kota Metro"]}
    assert f"{of_key} Disdukcapil Kota Metro" in place.run("check")[1]
    key.write_bytes(papers.read_bytes())
    papers.write_text("no certificate")
    code, out, err = place.run("check")
    assert (code, out) == (USAGE, "")
    assert err.splitlines() == [
        "configuration cannot be used:",
        "  paper_key_file: no private key in PEM, or one under a passphrase",
        "  trust.papers: no certificates in PEM",
    ]


@pytest.mark.parametrize("verb", ["read", "verify"])
def test_a_card_cannot_be_read_without_encoder(place: Installation, verb: str) -> None:
    facts = {"fault": "chip_encoder.unreachable", "detail": "not configured"}
    assert place.json("card", verb) == (WRONG, facts)
    assert place.run("card", verb)[1] == "chip_encoder.unreachable: not configured\n"


ASKING_THE_BOOKS = [
    ("audit", "verify"),
    ("blanks", "balance"),
    ("blanks", "show", "A1"),
    ("case", "show", "SG-ABCD-EF"),
]


@pytest.mark.parametrize("words", ASKING_THE_BOOKS, ids=" ".join)
@pytest.mark.parametrize("broken", ["wrong key", "no key", "binary key", "damaged", "folder"])
def test_books_that_cannot_be_opened_are_one_sentence_and_exit_2(
    used: Installation, words: tuple[str, ...], broken: str
) -> None:
    key, database = used.settings.key_file, used.settings.data_dir / "siaga.db"
    if broken == "wrong key":
        key.write_text("00" * 32)
    elif broken == "no key":
        key.write_text("none")
    elif broken == "binary key":
        key.write_bytes(bytes(range(200, 232)))
    elif broken == "damaged":
        database.write_bytes(b"x" * 8192)
    else:
        for path in used.settings.data_dir.glob("siaga.db*"):
            path.unlink()
        database.mkdir()
    code, out, err = used.run(*words)
    assert (code, out, err.count("\n")) == (USAGE, "", 1)
    assert "Traceback" not in err
    assert KEY not in err
    code, facts = used.json(*words)
    assert (code, list(facts)) == (USAGE, ["error"])


@pytest.mark.parametrize("words", [*ASKING_THE_BOOKS, ("check",), ("card", "read"), ("serve",)], ids=" ".join)
def test_a_broken_configuration_names_every_mistake_and_is_exit_2(
    place: Installation, words: tuple[str, ...]
) -> None:
    place.config.write_text('data_dir = 3\n[listen]\nofficer = "x"\n')
    code, out, err = place.run(*words)
    assert (code, out) == (USAGE, "")
    assert err.startswith("configuration cannot be used:\n")
    for key in ("data_dir", "key_file", "listen.officer", "office.name"):
        assert f"  {key}: " in err


def test_open_cases_are_listed_without_names(used: Installation) -> None:
    code, told = used.json("case", "list")
    (one,) = told["cases"]  # type: ignore[misc]
    assert (code, one["code"], one["state"], one["step"]) == (GOOD, "SG-ABCD-EF", "DILAPORKAN", 2)
    assert (one["over"], one["late"]) == (False, False)
    assert used.json("case", "list", "--step", "9")[1] == {"cases": []}
    assert used.run("case", "list", "--step", "9")[1] == "no open case\n"
    out = used.run("case", "list")[1]
    assert out.startswith("SG-ABCD-EF  step 2  DILAPORKAN") and "SUGENG" not in out


def test_an_officer_brings_a_case_file_in(
    place: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bring(file: Path, login: str = "rina", pin: str = "271828") -> tuple[int, dict[str, object]]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(pin + "\n"))
        return place.json("case", "import", str(file), "--login", login)

    store = place.store()
    accounts.add(store, "rina", "Rina", Role.PETUGAS, "271828", PEOPLE[Role.TEKNISI])
    accounts.add(store, "budi", "Budi", Role.KASI, "271828", PEOPLE[Role.TEKNISI])
    good, bad = SAMPLES / "terlantar-no-identity.json", tmp_path / "bad.json"
    bad.write_text(good.read_text().replace('"1971-07-01"', '"1971-13-41"'))
    assert bad.read_text() != good.read_text()
    code, refused = bring(bad)
    assert code == WRONG and any("birth_date" in one for one in refused["mistakes"])  # type: ignore[attr-defined]
    assert bring(good, pin="000000") == (WRONG, {"error": "sign-in failed"})
    assert bring(good, login="budi")[0] == USAGE
    assert bring(tmp_path / "none.json")[0] == MISSING
    assert place.json("case", "list")[1] == {"cases": []}
    code, told = bring(good)
    (one,) = place.json("case", "list")[1]["cases"]  # type: ignore[misc]
    assert (code, told) == (GOOD, {"code": one["code"]})
    with store.read() as tx:
        assert tx.sql.execute(text("SELECT count(*) FROM session")).scalar() == 0
    store.close()


@pytest.mark.parametrize("words", [(), ("fly",), ("card",), ("case", "show"), ("account", "set", "a", "king", "A")])
def test_a_command_that_does_not_exist_is_exit_2(place: Installation, words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as left:
        place.run(*words)
    assert left.value.code == USAGE


def test_an_account_is_set_by_a_pin_that_is_typed(place: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("271828\n"))
    assert place.json("account", "set", "rina", "petugas", "Rina S") == (GOOD, {"login": "rina", "role": "petugas"})
    store = place.store()
    assert accounts.sign_in(store, "rina", "271828", "t")[0].role is Role.PETUGAS
    store.close()
    monkeypatch.setattr(sys, "stdin", io.StringIO("123\n"))
    assert place.run("account", "set", "budi", "kasi", "Budi")[0] == USAGE


def test_who_stands_in_is_entered_by_decree_listed_and_ended(
    place: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def typed(text: str) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO(text + "\n"))

    day = to_local(utc_millis()).date().isoformat()
    words = ("acting", "set", "rina", "plt", "kadis", "--decree", "821/7/2026", "--since", day, "--until", day)
    typed("271828")
    place.json("account", "set", "rina", "kabid", "Rina S")
    typed("12")
    assert place.run(*words, "--nip", "1972")[0] == USAGE
    typed("9972015203720002")
    code, said = place.json(*words, "--nip", "1972")
    assert (code, said["title"], said["role"], said["until"]) == (GOOD, "Plt.", "kadis", day)
    assert "9972015203720002" not in repr(said)
    typed("9972015203720002")
    assert place.run(*words, "--nip", "1972")[0] == WRONG, "nobody stands in twice on one day"
    ((listed),) = place.json("acting", "list")[1]["appointments"]
    assert place.json("acting", "end", listed["id"])[0] == GOOD
    assert place.run("acting", "end", listed["id"])[0] == WRONG


def test_the_installed_command_answers_as_json_with_its_exit_code(used: Installation) -> None:
    siaga = Path(sys.executable).with_name("siaga")
    words = [str(siaga), "case", "show", "SG-NONE-XX", "--json", "--config", str(used.config)]
    said = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert (said.returncode, json.loads(said.stdout)) == (MISSING, {"missing": "SG-NONE-XX"})
    help_text = subprocess.run([str(siaga), "--help"], capture_output=True, text=True, check=True, timeout=60).stdout
    for word in ("serve", "check", "card", "audit", "blanks", "case", "account", "Exit codes"):
        assert word in help_text


def stopped(place: Installation, fault: str) -> str:
    """A job that is held by this fault; its id."""
    store = place.store()
    with store.write() as tx:
        jobs.put(tx, "encoder", "encode", "encode:A1")
        job = jobs.by_key(tx, "encode:A1")
        assert job is not None
        jobs.hold(tx, job, fault, "SW=6982")
    store.close()
    return job.id


def test_an_empty_queue_is_good(place: Installation) -> None:
    assert place.run("queue", "list")[:2] == (GOOD, "nothing waits\n")
    assert place.json("queue", "list") == (GOOD, {"stuck": 0, "jobs": []})
    assert place.json("queue", "show", "nobody") == (MISSING, {"missing": "nobody"})
    assert place.run("queue", "retry", "nobody")[0] == MISSING


def test_a_stuck_job_is_told_with_cause_and_goes_on_where_its_fault_allows(place: Installation) -> None:
    job = stopped(place, "chip_encoder.card_absent")
    code, told = place.json("queue", "list", "--stuck")
    (line,) = told["jobs"]  # type: ignore[misc]
    assert (code, told["stuck"], line["id"]) == (WRONG, 1, job)
    assert (line["stuck"]["why"], line["stuck"]["item"], line["stuck"]["help"]) == ("held", "untouched", "card_back")
    code, out, _ = place.run("queue", "show", "encode:A1")
    assert code == WRONG
    assert NOTICES["en"][FaultCode.CARD_ABSENT].remedy in out and "SW=6982" in out
    assert place.run("queue", "retry", job)[0] == GOOD
    assert place.json("queue", "list")[0] == GOOD
    assert place.run("queue", "retry", job)[0] == WRONG


@pytest.mark.parametrize("fault", ["chip_encoder.auth_failed", "chip_encoder.card_full", "card-print-unknown"])
def test_what_may_not_be_tried_again_is_refused(place: Installation, fault: str) -> None:
    job = stopped(place, fault)
    code, told = place.json("queue", "retry", job)
    assert code == WRONG and job in str(told["refused"])
    store = place.store()
    with store.read() as tx:
        found = jobs.by_id(tx, job)
    store.close()
    assert found is not None and (found.state, found.fault) == ("hold", fault)


def test_the_sentences_to_be_recorded_are_listed_with_their_files(used: Installation) -> None:
    code, facts = used.json("voice", "list", "id")
    assert code == GOOD
    clips = {one["sentence"]: one for one in facts["clips"]}  # type: ignore[attr-defined]
    assert not clips["Selesai"]["recorded"]
    folder = Path(str(facts["folder"]))
    folder.mkdir(parents=True)
    (folder / str(clips["Selesai"]["file"])).touch()
    assert f"+ {clips['Selesai']['file']}  Selesai" in used.run("voice", "list", "id")[1]
    assert used.json("voice", "list", "en")[1]["clips"] != facts["clips"]
    assert used.json("voice", "list", "ljp")[0] == MISSING


def test_a_document_that_is_none_is_not_genuine_and_a_missing_file_is_said_so(
    used: Installation, tmp_path: Path
) -> None:
    (tmp_path / "kk.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    code, facts = used.json("verify", str(tmp_path / "kk.pdf"))
    assert (code, facts["genuine"], facts["currency"], facts["case"]) == (WRONG, False, "unknown", None)
    assert used.run("verify", str(tmp_path / "kk.pdf"))[1].startswith("NOT GENUINE: ")
    assert used.json("verify", str(tmp_path / "none.pdf"))[0] == USAGE
    with (tmp_path / "large.pdf").open("wb") as large:
        large.truncate(21 * 1024 * 1024)
    assert used.json("verify", str(tmp_path / "large.pdf"))[0] == USAGE


def test_retention_is_reported_rehearsed_and_run(used: Installation) -> None:
    code, empty = used.json("retention", "report")
    assert (code, empty["due"], empty["wiped"], empty["copies_unreached"], empty["last_run"]) == (
        GOOD,
        [],
        {},
        0,
        None,
    )
    assert used.run("retention", "run")[1].splitlines() == ["nothing is due", "0 items wiped"]
    used.change(
        f"UPDATE case_file SET state = 'DIBATALKAN', changed_at = {utc_millis() - 2000 * 86_400_000} "
        "WHERE code = 'SG-ABCD-EF'"
    )
    assert used.run("backup", "make")[0] == GOOD
    code, said = used.json("retention", "run", "--dry-run")
    (due,) = said["due"]  # type: ignore[misc]
    assert (code, due["code"], due["keep"], due["block"]) == (GOOD, "SG-ABCD-EF", "personal", None)
    assert used.json("retention", "report")[1]["wiped"] == {}, "a rehearsal wipes nothing"
    code, said = used.json("retention", "run")
    assert (code, said["wiped"], said["copies_unreached"]) == (GOOD, 1, [])
    code, told = used.json("retention", "report")
    assert (code, told["wiped"], told["unfinished"], told["copies_unreached"]) == (GOOD, {"personal": 1}, 0, 0)
    assert "wiped 1 of personal" in used.run("retention", "report")[1]
    assert used.json("audit", "verify")[1]["intact"] is True
    assert used.json("blanks", "balance")[1]["balanced"] is True
    assert used.run("case", "show", "SG-ABCD-EF")[0] == GOOD
    assert used.json("backup", "verify")[0] == GOOD
    store = used.store()
    with store.read() as tx:
        assert "SUGENG" not in str(tx.sql.execute(text("SELECT * FROM case_file")).all())
    store.close()


def test_nothing_is_wiped_while_restored_books_wait(used: Installation) -> None:
    used.run("backup", "make")
    assert used.run("backup", "restore")[0] == GOOD
    code, said = used.json("retention", "run")
    assert (code, said) == (WRONG, {"error": "restored books wait for their officer"})
