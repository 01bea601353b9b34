"""The work that a power cut strikes: cases, scans, jobs, effects, blanks and copies in the appliance's own books.

`power_work.py FOLDER PREFIX SEED` works on FOLDER until it is killed and prints one JSON line for each thing
*after* it was committed: what stands on such a line must be there after any cut. `lost` says what of them is not.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import random
import sys
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import text

from appliance.casework.intake import Category
from appliance.casework.roles import Actor, Role
from appliance.clock import utc_millis
from appliance.queue import effects, jobs
from appliance.records import audit, blanks, cases
from appliance.records.blanks import BlankState
from appliance.records.restore import damage
from appliance.records.sqlcipher import SqlcipherFile
from appliance.records.store import Store, new_id
from appliance.records.vault import BlobLost, Vault

KEEPER = Actor("keeper", "", Role.GUDANG, "test")
OPERATOR = Actor("operator", "", Role.OPERATOR, "test")
MACHINE = Actor("machine", "", Role.SYSTEM, "test")
DATABASE_KEY, VAULT_KEY = b"d" * 32, b"v" * 32
BLANK_ORDER = [str(state) for state in BlankState]
Line = tuple[str, ...]


def open_all(folder: Path) -> tuple[Store, Vault]:
    """The books and the vault below `folder`."""
    return Store(SqlcipherFile(folder / "siaga.db", DATABASE_KEY), utc_millis), Vault(folder / "vault", VAULT_KEY)


class Worker:
    """One office that never rests; `tell` is called after each commit."""

    def __init__(self, folder: Path, prefix: str, seed: int) -> None:
        self.store, self.vault = open_all(folder)
        self._prefix = prefix
        self._lot = random.Random(f"{prefix}{seed}")

    @staticmethod
    def tell(*words: str) -> None:
        print(json.dumps(words), flush=True)

    def receive(self, number: int) -> list[str]:
        """Ten blanks from the store into the printer."""
        serials = [f"{self._prefix}{number:05d}{place}" for place in range(10)]
        with self.store.write() as tx:
            blanks.receive(tx, f"batch-{self._prefix}{number}", serials, "kantor", KEEPER)
        with self.store.write() as tx:
            blanks.move_all(tx, serials, BlankState.LOADED, KEEPER, place="printer-1")
        for serial in serials:
            self.tell("blank", serial, "loaded")
        return serials

    def one_card(self, serial: str) -> None:
        """A case, two scans, one job with its effect, and a blank that becomes its card."""
        case_id = new_id()
        wrapped = self.vault.new_case_key(case_id)
        with self.store.write() as tx:
            cases.create(tx, case_id, wrapped, {}, Category("none", ()))
            jobs.put(tx, f"lane-{self._prefix}", "make", f"make:{serial}", case_id=case_id)
            audit.record(tx, "case-report-complete", MACHINE, case_id)
        self.tell("case", case_id)
        for kind in ("photo", "finger"):
            data = self._lot.randbytes(self._lot.choice((700, 9_000, 60_000)))
            name = self.vault.put(case_id, wrapped, data)
            digest = hashlib.sha256(data).hexdigest()
            with self.store.write() as tx:
                cases.add_evidence(tx, case_id, kind, position=0, name=serial, blob=name, sha256=digest)
            self.tell("scan", case_id, name, digest)
        with self.store.write() as tx:
            told = {"case_id": case_id, "position": 0, "nik_digest": hashlib.sha256(serial.encode()).hexdigest()}
            blanks.move(tx, serial, BlankState.ENCODING, OPERATOR, **told)  # type: ignore[arg-type]
        self.tell("blank", serial, "encoding")
        job = jobs.claim(self.store, f"lane-{self._prefix}", "power")
        assert job is not None
        effects.intend(self.store, f"act:{serial}", "chip_encoder", "x", case_id=case_id)
        self.tell("effect", f"act:{serial}", "intent")
        with self.store.write() as tx:
            effects.outcome(tx, f"act:{serial}", "done", {"uid": "04"})
            blanks.move(tx, serial, BlankState.ENCODED, MACHINE, uid=f"{self._lot.getrandbits(56):014x}")
            audit.record(tx, "card-encode-complete", MACHINE, case_id, blank=serial)
            jobs.finish(tx, job)
        self.tell("effect", f"act:{serial}", "done")
        self.tell("job", job.key, "done")
        self.tell("blank", serial, "encoded")

    def run(self) -> None:
        """Until the power goes."""
        jobs.release_leases(self.store, [f"lane-{self._prefix}"])
        for number in itertools.count():
            for serial in self.receive(number):
                self.one_card(serial)


def lost(folder: Path, acknowledged: Iterable[Line]) -> list[str]:
    """Everything that was told of and is not there, and everything that does not hold; empty when all is well.

    The file's pages are looked at as the appliance looks at its start: what the log holds is brought in first. A page
    that was torn while it was brought in is whole in the log.
    """
    torn = damage(folder / "siaga.db", DATABASE_KEY, folder / "copies")
    wrong = [torn] if torn else []
    store, vault = open_all(folder)
    with store.read() as tx:
        for pragma, good in (("integrity_check", ["ok"]), ("foreign_key_check", [])):
            said = [str(row[0]) for row in tx.sql.execute(text(f"PRAGMA {pragma}"))]
            if said != good:
                wrong.append(f"{pragma}: {said[:3]}")
        broken = audit.verify(tx)[1]
        if broken is not None:
            wrong.append(f"audit: entry {broken.sequence} {broken.why}")
        difference = blanks.balance(tx)[1]
        if difference is not None:
            wrong.append(f"ledger: entry {difference.sequence} {difference.why}")
        blank_states = {str(row["serial"]): str(row["state"]) for row in blanks.rows(tx)}
        known = {record.id: record for record in cases.open_cases(tx)}
        for kind, name, *rest in acknowledged:
            if kind == "case" and name not in known:
                wrong.append(f"case {name} is gone")
            elif kind == "scan":
                wrong += _scan_lost(tx, vault, known, name, *rest)
            elif kind == "blank":
                here = blank_states.get(name)
                if here is None or BLANK_ORDER.index(here) < BLANK_ORDER.index(rest[0]):
                    wrong.append(f"blank {name} was {rest[0]}, is {here}")
            elif kind == "job":
                job = jobs.by_key(tx, name)
                if job is None or job.state != rest[0]:
                    wrong.append(f"job {name} was {rest[0]}")
            elif kind == "effect":
                effect = effects.find(tx, name)
                if effect is None or effect.state not in {rest[0], "done"}:
                    wrong.append(f"effect {name} was {rest[0]}")
    store.close()
    return wrong


def _scan_lost(
    tx: object, vault: Vault, known: dict[str, cases.CaseRecord], case_id: str, name: str, digest: str
) -> list[str]:
    record = known.get(case_id)
    rows = [one for kind in ("photo", "finger") for one in cases.evidence_of(tx, case_id, kind)]  # type: ignore[arg-type]
    if record is None or name not in {one.blob for one in rows}:
        return [f"the row of scan {name[:12]} is gone"]
    try:
        data = vault.get(record.id, record.wrapped_key, name)
    except BlobLost as error:
        return [str(error)]
    return [] if hashlib.sha256(data).hexdigest() == digest else [f"scan {name[:12]} is another"]


if __name__ == "__main__":
    Worker(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])).run()
