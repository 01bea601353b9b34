"""The support bundle: enough to help, small, and no trace of any person in it."""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from counter import Counter
from front_office import open_office, sign_in, token
from hypothesis import given
from hypothesis import strategies as st

from appliance.app.support import bundle
from appliance.casework.roles import Role
from appliance.diagnostics.bundle import LARGEST, LOG_LINES, log_text, packed, public_uri, redacted
from appliance.records import trials
from appliance.records.trials import Trial


def opened(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


def words_of(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for one in value.values():
            yield from words_of(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from words_of(one)
    elif isinstance(value, str) and len(value) > 4:
        yield value


def test_nothing_of_a_resident_is_in_it_after_his_whole_case(counter: Counter) -> None:
    case = counter.ready_to_print()
    counter.receive_blanks()
    counter.do("issue_card", Role.OPERATOR, case, blank_serial="A001")
    record, person = counter.case(case), counter.person(case)
    files = opened(bundle(counter.office.settings, counter.store))
    assert set(files) == {
        "books.json", "devices.json", "faults.json", "history.json", "log.txt", "machine.json", "screen.json",
        "settings.json", "stopped.json", "trials.json",
    }  # fmt: skip
    theirs = {str(person.nik), str(record.kk_number), record.code, record.id}
    theirs |= set(words_of(json.loads(json.dumps(asdict(person.biodata), default=str))))
    theirs |= set(words_of(json.loads(json.dumps(asdict(record), default=str))))
    common = {"ISLAM", "LAKI_LAKI", "PEREMPUAN", "INDONESIA", "KEPALA KELUARGA"}
    text = "\n".join(files.values()).upper()
    assert [word for word in sorted(theirs - common) if word.upper() in text] == []
    assert len(theirs) > 15
    books = json.loads(files["books.json"])
    assert books["audit_entries"] > 10 and books["blanks"]["encoding"] == 1
    machine = json.loads(files["machine.json"])
    assert machine["packages"]["sqlalchemy" if "sqlalchemy" in machine["packages"] else "SQLAlchemy"]


def test_a_trial_is_told_without_its_key_and_its_person(counter: Counter) -> None:
    settings = replace(counter.office.settings, devices={"camera": "v4l2:/dev/video0"})
    taken = Trial(
        "t-1", "camera", "done", 1, "who-1", 2, {"size": "1x1"}, blob="blob-1", wrapped_key="key-1", erase_at=3
    )
    with counter.store.write() as tx:
        trials.put(tx, taken)
    files = opened(bundle(settings, counter.store))
    assert json.loads(files["trials.json"])[0]["facts"] == {"size": "1x1"}
    assert not [word for word in ("who-1", "blob-1", "key-1", "t-1") if word in "".join(files.values())]


def test_the_settings_tell_devices_without_their_secrets(counter: Counter) -> None:
    told = json.loads(opened(bundle(counter.office.settings, counter.store))["settings.json"])
    assert set(told["devices"]) == set(counter.office.settings.devices)
    for secret in (counter.office.settings.office.head_nik, str(counter.office.settings.key_file)):
        assert secret not in json.dumps(told)


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("pcsc:Reader%2000?pin=271828", "pcsc:Reader%2000?pin=…"),
        ("ipp://user:secret@127.0.0.1:631/printers/KTP", "ipp://127.0.0.1:631/printers/KTP"),
        ("serial:/dev/siaga/pad?baud=19200", "serial:/dev/siaga/pad?baud=…"),
        ("browser:", "browser:"),
    ],
)
def test_a_uri_keeps_no_value(uri: str, told: str) -> None:
    assert public_uri(uri) == told


def test_a_log_keeps_no_number_code_or_name_of_anybody() -> None:
    line = "cupsd: job of SUGENG RIYADI 9972010101710001, SG-7K3F-92, page 2 of 3, port 631"
    assert redacted(line) == "cupsd: job of [nama] [angka], [kode], page 2 of 3, port 631"
    assert log_text(str(number) for number in range(LOG_LINES + 7)).splitlines()[0] == "7"


@given(st.dictionaries(st.sampled_from("abc"), st.text(max_size=200), min_size=1, max_size=3))
def test_equal_texts_give_equal_bytes_and_come_back(files: dict[str, str]) -> None:
    assert packed(files) == packed(dict(reversed(files.items())))
    assert opened(packed(files)) == files


def test_it_is_never_larger_than_can_be_sent() -> None:
    noise = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789 \n", k=12_000_000))
    data = packed({"log.txt": noise, "machine.json": "{}"})
    assert len(data) <= LARGEST
    files = opened(data)
    assert files["machine.json"] == "{}" and noise.endswith(files["log.txt"]) and files["log.txt"]


def test_the_technician_takes_it_from_his_page_and_nobody_else(tmp_path: Path) -> None:
    place = open_office(tmp_path / "data", bundle=lambda: packed({"a.txt": "x"}))
    client = place.app("technician").test_client()
    assert client.post("/teknisi/paket-bantuan").status_code in {302, 303, 400, 401}
    sign_in(client, Role.TEKNISI, "teknisi")
    page = client.get("/teknisi/")
    answer = client.post("/teknisi/paket-bantuan", data={"csrf_token": token(page)})
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    assert opened(answer.data) == {"a.txt": "x"}
    officer = place.app("officer").test_client()
    sign_in(officer, Role.KASI)
    sent = {"csrf_token": token(officer.get("/petugas/"))}
    assert officer.post("/teknisi/paket-bantuan", data=sent).status_code == 404
    place.office.store.close()
