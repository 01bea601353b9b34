"""A small office for the tests of the faces: real store, real vault, real accounts, an appliance without devices."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from postgres import Cluster
from werkzeug.test import TestResponse

from appliance.casework.roles import SYSTEM, Actor, Role
from appliance.clock import Clock, utc_millis
from appliance.config import Central, Papers, Settings, Trust, Update
from appliance.config import Office as OfficeFacts
from appliance.diagnostics.board import DeviceReading
from appliance.diagnostics.history import Past
from appliance.diagnostics.log import LogLine
from appliance.kiosk_ui.bell import Bell
from appliance.kiosk_ui.desk import Desk
from appliance.kiosk_ui.machine_shown import Snapshot
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.voice import Voice
from appliance.kiosk_ui.web import create_app
from appliance.office import maintenance
from appliance.office.context import Office
from appliance.queue import jobs
from appliance.queue.jobs import Job
from appliance.queue.worker import Result, work_one
from appliance.records import accounts
from appliance.records.postgres import PostgresServer
from appliance.records.sqlcipher import SqlcipherFile
from appliance.records.store import Store
from appliance.records.vault import Vault

PIN = "123456"
QUICK_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PIN)
"""Of that PIN, and cheap: a dozen accounts are there at once. What a real one costs is of the tests of accounts."""
CONNECTED = Central("http://siak.invalid", "http://centre.invalid", "http://esign.invalid", None)
LISTED = Papers(scans=False, details=False)
"""Letters count as soon as they are listed: what they say and how they look is of the tests about that."""
NO_UPDATES = Update(Path("/nonexistent"), None, Path("/nonexistent"))
BY_HAND = Central(None, None, None, None)
CASE_FILE = {
    "reporter": {"name": "Ratna Puspitasari", "role": "pendamping_sosial", "institution": "Dinsos", "phone": None},
    "category": {"legal": "orang_terlantar", "condition": ["odgj", "no_identity"]},
    "household": {
        "address": "JL. KENANGA NO. 14",
        "rt": "003",
        "rw": "002",
        "kelurahan": "18.72.01.1005",
        "postal_code": "34111",
        "kk_number": None,
    },
    "residents": [
        {
            "full_name": "SUGENG RIYADI",
            "nik": None,
            "sex": 1,
            "birth_place": "METRO",
            "birth_date": "1971-07-01",
            "birth_date_estimated": True,
            "religion": 1,
            "blood_type": 13,
            "marital_status": 1,
            "education": 3,
            "occupation": 1,
            "citizenship": 1,
            "family_relation": 1,
            "father_name": "-",
            "mother_name": "-",
            "disability": 4,
        }
    ],
    "letters": [
        {
            "kind": "SK_DOMISILI",
            "number": "474/118/KEL-YSM/2026",
            "date": "2026-10-05",
            "issuer": "Kelurahan Yosomulyo",
            "signer": "Hendra Wijaya",
        },
        {
            "kind": "SK_POLISI_TANPA_IDENTITAS",
            "number": "SKET/31/X/2026/POLSEK",
            "date": "2026-10-07",
            "issuer": "Polsek Metro Pusat",
            "signer": "Agus Setiawan",
        },
    ],
}
"""An invented man without documents; the letter of Dinas Sosial is missing."""


@dataclass
class FrontOffice:
    """An office with one account per role, its services, and what its devices are said to be."""

    office: Office
    services: Services
    devices: list[DeviceReading] = field(default_factory=list)
    pasts: dict[str, Past] = field(default_factory=dict)

    def app(self, *faces: str) -> Flask:
        return create_app(frozenset(faces), self.services)

    def actor(self, role: Role) -> Actor:
        return accounts.sign_in(self.office.store, str(role), PIN, "test")[0]


def open_store(folder: Path, clock: Clock, server: Cluster | None) -> Store:
    """The books below `folder`, or in a database of `server`."""
    if server is not None:
        folder.mkdir(exist_ok=True)
        return Store(PostgresServer(server.url(folder), folder), clock)
    return Store(SqlcipherFile(folder / "siaga.db", b"k" * 32), clock)


def open_office(
    folder: Path,
    roles: Iterable[Role] = tuple(Role),
    devices: Mapping[str, str] | None = None,
    voice: Voice | None = None,
    esign_roots: bytes = b"",
    bundle: Callable[[], bytes] = bytes,
    log: Callable[[], tuple[LogLine, ...] | None] = tuple,
    central: Central = CONNECTED,
    clock: Clock = utc_millis,
    server: Cluster | None = None,
    papers: Papers = LISTED,
    languages: tuple[str, ...] = ("id", "en"),
    store: Store | None = None,
    update: Update = NO_UPDATES,
) -> FrontOffice:
    """An office below `folder`, with its accounts if it is new; user names are the roles' names.

    `devices` is what its configuration says of them, `central` which offices outside it has a line to; the books
    look at `clock` at the start of each transaction, and lie in a database of `server` if there is one; `store` is
    one that is open already.
    """
    settings = Settings(
        data_dir=folder,
        specimen=True,
        sop_profile="sop",
        listen={},
        devices=devices or {},
        office=OfficeFacts("Dinas Dukcapil Kota Metro", "Metro", "Lampung", "18.72", "Kepala", "0", "99"),
        central=central,
        trust=Trust(None, None, None, None),
        key_file=folder / "key",
        sam_pin_file=None,
        papers=papers,
        languages=languages,
        update=update,
    )
    office = Office(
        store=store or open_store(folder, clock, server),
        vault=Vault(folder / "vault", b"v" * 32),
        ledger_key=b"l" * 32,
        settings=settings,
        clock=clock,
        wake=lambda: None,
        lend_passphrase=lambda case_id, passphrase: True,
    )
    for role in () if accounts.count(office.store) else roles:
        accounts.enter(office.store, str(role), str(role).title(), role, QUICK_HASH, SYSTEM)
    readings: list[DeviceReading] = []
    pasts: dict[str, Past] = {}
    services = Services(
        desk=Desk(office, esign_roots),
        snapshot=lambda: Snapshot(tuple(readings), maintenance=maintenance.state(office)),
        office_name=settings.office.name,
        bell=Bell(office.store),
        languages=settings.languages,
        specimen=True,
        heartbeat=0.2,
        voice=voice or Voice(),
        bundle=bundle,
        history=lambda: pasts,
        log=log,
    )
    return FrontOffice(office, services, readings, pasts)


def token(page: TestResponse) -> str:
    """The CSRF token of a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found, page.text[:2000]
    return found[1]


def forms(page: TestResponse) -> set[str]:
    """The acts whose forms stand on a page."""
    return set(re.findall(r'data-act="([a-z_]+)"', page.text))


def post(client: FlaskClient, page: str, address: str, **values: object) -> TestResponse:
    """Open `page`, then send its form to `address` like a browser, without following the redirect."""
    data = {**values, "csrf_token": token(client.get(page))}
    return client.post(address, data=data)


def sign_in(client: FlaskClient, role: Role, face: str = "petugas") -> TestResponse:
    """Sign in by the form; user names are the roles' names."""
    return post(client, f"/{face}/masuk", f"/{face}/masuk", user=str(role), pin=PIN)


ANSWERS: tuple[tuple[str, dict[str, object]], ...] = (
    ("setuju", {}),
    ("pelapor", {"role": "pendamping_sosial"}),
    ("nama", {"reporter": "Ratna Puspitasari", "phone": ""}),
    ("lembaga", {"institution": "Dinas Sosial Kota Metro"}),
    ("penduduk", {"resident": "Bapak tanpa nama, 55 tahun"}),
    ("keadaan", {"condition": ["odgj", "no_identity"]}),
    ("tempat", {"legal": "orang_terlantar"}),
    ("kecamatan", {"district": "18.72.01"}),
    ("kelurahan", {"kelurahan": "18.72.01.1005"}),
    ("surat", {"papers": ["SK_DOMISILI", "SK_POLISI_TANPA_IDENTITAS"]}),
)
"""The report at the kiosk, page by page."""


def report(client: FlaskClient) -> str:
    """Report a resident at the kiosk; returns the case code of the receipt."""
    client.get("/lapor")
    for slug, values in ANSWERS:
        answer = post(client, f"/lapor/{slug}", f"/lapor/{slug}", **values)
        assert answer.status_code == 303, (slug, answer.text)
    assert post(client, "/lapor/periksa", "/lapor/periksa").status_code == 303
    found = re.search(r"data-code>([A-Z0-9-]+)<", client.get("/lapor/bukti").text)
    assert found
    return found[1]


def with_reader(place: FrontOffice) -> None:
    """A code reader that is well for the next minute."""
    now = place.services.clock()
    place.devices.append(DeviceReading("barcode_reader", "ok", since=now, asked=now + 60_000))


def reader_saw(place: FrontOffice, kind: str = "read-slip", **found: str) -> None:
    """The look that is under way has ended: `code`, or `why` there is none.

    Whoever does work wakes the open pages afterwards, also one whose line opens only after the work is done.
    """

    def step(job: Job) -> Result:
        return lambda tx: jobs.tell(tx, job, **{"code": "", "why": "", **found})

    assert work_one(place.office.store, "code_reader", "test", {kind: step})
    place.services.pulse.beat()


def case_file(**changes: object) -> bytes:
    """The case file as bytes, with top-level keys changed."""
    return json.dumps({**CASE_FILE, **changes}).encode()
