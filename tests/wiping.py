"""Ended cases for the tests of retention, and the stored bytes as a thief with every key would read them."""

from __future__ import annotations

import hashlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from case_files import changed
from counter import Counter, open_counter
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from sqlalchemy import event

from appliance.casework.retention import DAY_MS, Limits
from appliance.casework.roles import SYSTEM, Role
from appliance.config import Retention
from appliance.office import retention
from appliance.queue import jobs
from appliance.records import cases

LIMITS: Limits = Retention().days
REMOVALS = frozenset({"os.remove", "os.rmdir"})
PAGE, RESERVE = 4096, 80
"""SQLCipher 4: pages of 4 KiB, of which the last 80 bytes are IV and HMAC (zetetic.net/sqlcipher/design)."""


def archived(counter: Counter) -> str:
    """A case of a man who had a NIK, from report to archive, with everything that can lie in the vault."""
    value = changed("residents", 0, "nik", to="9972010107710001")
    value["household"]["kk_number"] = "9972010403110007"
    case = counter.verified(value)
    counter.record_all(case)
    counter.centre_goes_on()
    with counter.store.write() as tx:
        record = cases.get(tx, case)
        for kind in ("scan", "face_today", "face_on_card", "hand_photo", "minutes", "packet"):
            data = f"{kind} of the resident".encode()
            blob = counter.office.vault.put(case, record.wrapped_key, data)
            facts = {"doubt": "", "picture": True} if kind == "scan" else {}
            cases.add_evidence(
                tx, case, kind, position=0, name="SK_DOMISILI" if kind == "scan" else "x", blob=blob,
                sha256=hashlib.sha256(data).hexdigest(), **facts,
            )  # fmt: skip
    counter.card_made(case)
    counter.do("hand_over_card", Role.PETUGAS, case)
    counter.matched(case)
    counter.run("render")
    counter.do("archive", Role.PETUGAS, case, box="K-1", shelf="R-2")
    with counter.store.write() as tx:
        for one in jobs.of_case(tx, case):
            if one.state != "done":
                assert one.lane in {"encoder", "centre"}, "what only a chip and the centre can do"
                jobs.hold(tx, one, "test")
                jobs.drop(tx, one.key)
    return case


def later(counter: Counter, days: int) -> None:
    """Let days pass."""
    counter.clock.now += days * DAY_MS


def wipe(counter: Counter, limits: Limits = LIMITS) -> int:
    """One run of today."""
    return retention.run(counter.store, counter.office.vault, limits, SYSTEM, lambda: None)


def plain_pages(path: Path, key: bytes) -> Iterator[bytes]:
    """Every page of the database file and every frame of its log, decrypted, used or not."""
    data = path.read_bytes()
    for start in range(0, len(data), PAGE):
        yield _plain(data[start : start + PAGE], key, 16 if start == 0 else 0)
    log = Path(f"{path}-wal")
    frames = log.read_bytes()[32:] if log.exists() else b""
    for start in range(0, len(frames), PAGE + 24):
        number = int.from_bytes(frames[start : start + 4])
        yield _plain(frames[start + 24 : start + 24 + PAGE], key, 16 if number == 1 else 0)


def _plain(page: bytes, key: bytes, salt: int) -> bytes:
    iv = page[PAGE - RESERVE : PAGE - RESERVE + 16]
    opened = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
    return opened.update(page[salt : PAGE - RESERVE]) + opened.finalize()


def killed_at(folder: Path, now: int, number: int, work: Callable[[Counter], object]) -> bool:
    """A process of its own that does this work on the books below `folder` and dies before its commit or removal of
    this number; false if there were not so many."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            counter, left = open_counter(folder, now), [number]

            def point(*_: object) -> None:
                left[0] -= 1
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

            event.listen(counter.store._database.engine, "commit", point)
            sys.addaudithook(lambda name, _: point() if name in REMOVALS else None)
            work(counter)
            code = 0
        finally:
            os._exit(code)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)
