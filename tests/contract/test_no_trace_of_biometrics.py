"""After a recording its pictures and templates stand in the vault, sealed, and nowhere else: not in the database's
bytes, not in a row, the audit, a log, the wire log or what the process and its child say."""

from __future__ import annotations

import base64
import io
import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from counter import Counter, Portrait, Prepared, prepare
from sqlalchemy import text

from appliance.biometrics import compact, fmr
from appliance.biometrics.engine import FingerEngine
from appliance.casework.roles import Role
from appliance.devices import FingerPosition as Finger
from appliance.drivers.catalogue import open_device
from appliance.drivers.wire_log import WireLog
from appliance.issuance.glass import AIM, SCANNER, UNJUDGED, GlassViewfinder
from appliance.issuance.rack import DeviceRack
from appliance.issuance.viewfinder import Viewfinder
from appliance.queue import viewing
from hw_sim.faces import draw
from hw_sim.fingers import FingerCache, pregenerate
from hw_sim.people import Person
from hw_sim.sbi_identity import make_identity
from hw_sim.sbi_service import SERIAL, SbiService
from hw_sim.world import World

CACHE = FingerCache(Path(__file__).parents[2] / "build" / "fingers")
PERSON = Person("Uji Coba", 9001)
FINGER = Finger.RIGHT_INDEX
WINDOW = 18
"""Bytes of a needle, a multiple of three: in base64 it is found wherever it begins."""


def needles(secret: bytes) -> set[bytes]:
    """Pieces of it, plain, as hex, and in both base64 alphabets at every alignment; none that is all one byte."""
    found = set()
    for start in range(len(secret) // 4, len(secret) - WINDOW, max(1, len(secret) // 12)):
        piece = secret[start : start + WINDOW]
        if len(set(piece)) < 6:
            continue
        found |= {piece, piece.hex().encode(), piece.hex().upper().encode()}
        for cut in range(3):
            aligned = piece[cut : cut + WINDOW - 3]
            found |= {base64.b64encode(aligned), base64.urlsafe_b64encode(aligned)}
    return found


def traces(secrets: dict[str, set[bytes]], places: dict[str, bytes]) -> list[tuple[str, str]]:
    return [
        (what, where) for where, held in places.items() for what, pieces in secrets.items()
        if any(piece in held for piece in pieces)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    def so_far(counter: Counter) -> str:
        case = counter.signed()
        counter.do("start_recording", Role.PEREKAM, case)
        return case

    pregenerate(CACHE.directory, [(PERSON.finger_seed(FINGER.value), "normal")], takes=1)
    return prepare(tmp_path_factory.mktemp("office"), so_far)


@pytest.fixture
def counter(prepared: Prepared, tmp_path: Path) -> Iterator[Counter]:
    """The books, a scanner on the wire with a log of it, and the real engine."""
    identity, root = make_identity(SERIAL)
    service = SbiService(World(speed=0), CACHE, identity, ports=(0,))
    service.world.people["at_scanner"] = PERSON
    service.start()
    log = WireLog(tmp_path / "wire")
    scanner = open_device("fingerprint_scanner", service.uri, scanner_roots=root, tap=log.tap("fingerprint_scanner"))
    found = prepared.copy(tmp_path)
    devices = {**found.devices, "fingerprint_scanner": scanner}
    found.machines = replace(found.machines, rack=DeviceRack(devices), fingers=FingerEngine(seconds=60))
    yield found
    found.machines.fingers.close()
    found.store.close()
    log.close()
    service.stop()


@contextmanager
def seen_live(rack: DeviceRack, folder: Path, whose: str) -> Iterator[set[bytes]]:
    """The glass is asked for as a page does, over the socket of whoever owns the scanner, until the block ends."""
    finder = Viewfinder(rack, UNJUDGED, device=SCANNER)
    glass = GlassViewfinder(finder)
    rack.owners[SCANNER].lending = glass.lent
    window = viewing.Window(folder / "glass.sock", glass.look)
    pictures, after, enough, left = set[bytes](), 0, threading.Event(), threading.Event()

    def page() -> None:
        nonlocal after
        while not left.is_set():
            seen = viewing.view(folder / "glass.sock", f"{AIM} {whose}", after)
            after = seen.number if seen else 0
            if seen and seen.jpeg:
                pictures.add(seen.jpeg)
                enough.set()

    threads = [threading.Thread(target=one, daemon=True) for one in (finder.run, window.run, page)]
    for one in threads:
        one.start()
    try:
        assert enough.wait(20)
        yield pictures
    finally:
        left.set()
        threads[-1].join(10)
        window.close()


def face() -> bytes:
    out = io.BytesIO()
    draw(9001, 1971).resize((480, 640)).save(out, "JPEG")
    return out.getvalue()


@pytest.mark.timeout(300)
def test_nothing_of_a_recording_is_left_where_it_can_be_read(
    counter: Counter,
    prepared: Prepared,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    case = prepared.case
    counter.machines.portraits.says.append(Portrait(crop=face()))  # type: ignore[attr-defined]
    counter.do("capture_finger", Role.PEREKAM, case, position=[FINGER.value])
    counter.do("capture_photo", Role.PEREKAM, case)
    counter.do("capture_signature", Role.PEREKAM, case)
    with seen_live(counter.machines.rack, tmp_path, f"{case}:0") as live:
        counter.run("scanner", "camera", "pad")

    record = counter.case(case)
    secrets: dict[str, set[bytes]] = {}
    for kind in ("finger", "template", "photo", "signature"):
        for item in counter.evidence(case, kind):
            content = counter.office.vault.get(case, record.wrapped_key, str(item.blob))
            secrets[f"{kind} {item.name}"] = needles(content)
            if kind == "template":
                secrets[f"card form of {item.name}"] = needles(compact.write(fmr.read(content).template))
    assert len(secrets) == 5 and all(secrets.values())
    secrets |= {f"live picture {number}": needles(one) for number, one in enumerate(live)}
    assert len(secrets) > 5

    with counter.store.read() as tx:
        tables = [name for (name,) in tx.sql.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'"))]
        rows = {
            f"rows of {name}": b"|".join(
                cell if isinstance(cell, bytes) else str(cell).encode()
                for row in tx.sql.execute(text(f'SELECT * FROM "{name}"'))
                for cell in row
            )
            for name in tables
        }
    assert b"finger-capture-complete" in b"".join(rows.values())
    files = {str(path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    wire = b"".join(bytes.fromhex(json.loads(line)["bytes"]) for line in (tmp_path / "wire").read_text().splitlines())
    assert b"RCAPTURE" in wire and b"STREAM" in wire and any("vault" in name for name in files)
    said = capfd.readouterr()
    logs = {
        "wire log": wire,
        "logs": "\n".join(one.getMessage() for one in caplog.records).encode() + caplog.text.encode(),
        "said": (said.out + said.err).encode(),
    }
    assert traces(secrets, {**files, **rows, **logs}) == []

    # The search finds what it looks for: in the open, in hex, and as base64 in the middle of a text.
    picture = CACHE.impression(PERSON.finger_seed("right_index"), 0)
    for where, held in (
        ("plain", picture),
        ("hex", picture.hex().encode()),
        ("base64", base64.b64encode(b"x" + picture)),
        ("url", base64.urlsafe_b64encode(b"xy" + picture)),
    ):
        assert ("finger right_index", where) in traces(secrets, {where: held}), where
