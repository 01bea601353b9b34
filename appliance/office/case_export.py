"""One case as files that anybody can read without this program: what was said, its papers, its audit lines, digests.

Biometrics are not among them: they are named by digest only, so that an export is no second copy of them.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field

from appliance.casework.clocks import read_clocks
from appliance.casework.retention import KINDS, Keep
from appliance.casework.roles import Actor
from appliance.casework.sop import CASE_ENDS
from appliance.clock import to_datetime
from appliance.queue import effects
from appliance.records import archive, audit, cases, tombstones
from appliance.records.cases import CaseRecord, Evidence
from appliance.records.moves import stays
from appliance.records.store import Store, Transaction, canonical
from appliance.records.vault import BlobLost, Vault

REASONS: Mapping[str, str] = {
    "subject": "the person asks for the data (UU 27/2022 art. 6)",
    "inspection": "an inspection or an audit asks for it",
    "court": "a court or an investigator asks for it",
    "archive": "it goes to the office's archive",
}
BIOMETRIC = frozenset({Keep.RAW, Keep.BIOMETRICS})
_OF_THE_BOOKS = frozenset({"id", "received_at", "earlier"})
"""What the row of a letter holds beside what is told of it in a case file."""
_STORY = frozenset({"return", "decision", "handover", "shelf", "reminder"})
"""Evidence without a file of its own whose facts tell what happened; the others' are of machines and matches."""
_ENDINGS = ((b"%PDF", "pdf"), (b"\x89PNG", "png"), (b"\xff\xd8\xff", "jpg"))
READ_ME = """Satu berkas SIAGA, utuh dan dapat dibaca tanpa program SIAGA.

berkas.json       isi berkas: pelapor, keluarga, surat, keadaan, jam, semua bukti dengan sidik SHA-256
kembali.json      berkas biodata (F-1.01) seperti yang dapat dimasukkan lagi ke SIAGA, bila ada
dokumen/          dokumen dan foto surat, tepat seperti disimpan
arsip.json        daftar tersegel dari hari pengarsipan, bila berkas sudah diarsipkan
audit.jsonl       baris log audit tentang berkas ini
SHA256SUMS        sidik semua isi; periksa dengan: sha256sum -c SHA256SUMS

Jari, wajah, dan tanda tangan tidak ikut: hanya sidiknya tercantum di berkas.json.
Isinya data pribadi. Simpan terkunci, hapus bila sudah tidak perlu.
"""


@dataclass
class Export:
    """What is exported, read in one moment; `lost` fills while the files are read."""

    record: CaseRecord
    facts: dict[str, object]
    evidence: tuple[Evidence, ...]
    texts: dict[str, bytes]
    lost: list[str] = field(default_factory=list)

    @property
    def finished(self) -> bool:
        """Whether the case has ended; one that has not is exported as it stands."""
        return self.record.state in CASE_ENDS


def begin(store: Store, vault: Vault, code: str, reason: str, actor: Actor) -> Export:
    """Read the case and write down that it is being exported and why (a key of `REASONS`); raises `cases.Missing`."""
    with store.write() as tx:
        found = _read(tx, vault, cases.by_code(tx, code))
        audit.record(tx, "case-export-init", actor, found.record.id, reason=reason, state=found.record.state)
    return found


def complete(store: Store, export: Export, actor: Actor, sha256: str) -> None:
    """The file with this digest (hex) lies where it was wanted."""
    facts = {"sha256": sha256, "lost": len(export.lost)}
    with store.write() as tx:
        audit.record(tx, "case-export-complete", actor, export.record.id, **facts)


def files(export: Export, vault: Vault) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file in turn, the digests last; documents are read one at a time."""
    sums = []
    items = []

    def summed(name: str, data: bytes) -> tuple[str, bytes]:
        sums.append(f"{hashlib.sha256(data).hexdigest()}  {name}\n")
        return name, data

    yield summed("BACA-SAYA.txt", READ_ME.encode())
    for number, item in enumerate(export.evidence, 1):
        told, data = _document(export, vault, number, item)
        items.append(told)
        if data is not None:
            yield summed(str(told["file"]), data)
    for name, data in export.texts.items():
        yield summed(name, data)
    whole = {**export.facts, "evidence": items, "lost": export.lost}
    yield summed("berkas.json", (json.dumps(whole, ensure_ascii=False, indent=2) + "\n").encode())
    yield "SHA256SUMS", "".join(sums).encode()


def _document(export: Export, vault: Vault, number: int, item: Evidence) -> tuple[dict[str, object], bytes | None]:
    told: dict[str, object] = {
        "kind": item.kind, "name": item.name, "resident": item.position, "state": item.state, "sha256": item.sha256,
        "at": _when(item.created_at),
    }  # fmt: skip
    if item.kind in _STORY:
        return {**told, "facts": dict(item.facts)}, None
    if item.blob is None:
        return told, None
    if KINDS[item.kind] in BIOMETRIC:
        return {**told, "left_out": "biometric"}, None
    words = "-".join(part for part in (item.kind, re.sub(r"[^A-Za-z0-9_]+", "_", item.name)) if part)
    try:
        data = vault.get(item.case_id, export.record.wrapped_key, item.blob)
    except (BlobLost, OSError):
        export.lost.append(f"{number:03}-{words}")
        return {**told, "left_out": "lost"}, None
    ending = next((known for start, known in _ENDINGS if data.startswith(start)), "bin")
    return {**told, "file": f"dokumen/{number:03}-{words}.{ending}"}, data


def _read(tx: Transaction, vault: Vault, record: CaseRecord) -> Export:
    people, papers = cases.residents(tx, record.id), cases.letters(tx, record.id)
    lost, texts = [], {}
    try:
        shelved = archive.get(tx, vault, record)
    except (BlobLost, OSError):
        shelved = None
        lost.append("arsip.json")
    if shelved is not None and shelved["manifest"] is not None:
        texts["arsip.json"] = canonical(shelved["manifest"]).encode()
    lines = (canonical(entry) + "\n" for entry in audit.of_case(tx, record.id))
    texts["audit.jsonl"] = "".join(lines).encode()
    if record.household is not None and people and record.report.get("reporter"):
        texts["kembali.json"] = _to_bring_again(record, people, papers)
    facts: dict[str, object] = {
        "code": record.code, "state": record.state, "finished": record.state in CASE_ENDS, "sop": record.sop_version,
        "exported_at": _when(tx.now), "reported_at": _when(record.created_at), "changed_at": _when(record.changed_at),
        "report": dict(record.report), "category": asdict(record.category), "kk_state": record.kk_state,
        "kk_number": record.kk_number, "household": asdict(record.household) if record.household else None,
        "residents": [
            {"position": one.position, "nik": one.nik, "ktp_state": one.ktp_state, "note": one.note,
             **json.loads(cases.biodata_to_json(one.biodata))}
            for one in people
        ],
        "letters": [{**one, "received_at": _when(one["received_at"])} for one in papers],
        "clocks": [
            {"step": one.step.number, "name": one.step.name, "limit_s": one.step.limit_s, "touch_s": one.touch_s,
             "elapsed_s": one.elapsed_s, "waiting_s": dict(one.waiting_s), "over": one.over}
            for one in read_clocks(stays(tx, record.id), tx.now)
        ],
        "effects": [[one.token, one.state] for one in effects.of_case(tx, record.id)],
        "archive": None if shelved is None else {
            "box": shelved["box"], "shelf": shelved["shelf"], "at": _when(shelved["at"]), "sha256": shelved["sha256"],
        },
        "wiped": [
            {"kind": one.kind, "class": str(one.keep), "sha256": one.sha256, "rule": one.rule,
             "at": _when(one.struck_at)}
            for one in tombstones.stones(tx, record.id)
        ],
    }  # fmt: skip
    return Export(record, facts, tuple(cases.evidence_of(tx, record.id)), texts, lost)


def _to_bring_again(record: CaseRecord, people: list[cases.ResidentRecord], papers: list[dict[str, object]]) -> bytes:
    assert record.household is not None
    said = {
        "reporter": record.report["reporter"],
        "category": asdict(record.category),
        "household": {**asdict(record.household), "kk_number": record.kk_number},
        "residents": [{**json.loads(cases.biodata_to_json(one.biodata)), "nik": one.nik} for one in people],
        "letters": [{key: value for key, value in one.items() if key not in _OF_THE_BOOKS} for one in papers],
    }
    return (json.dumps(said, ensure_ascii=False, indent=2) + "\n").encode()


def _when(at: int) -> str:
    return f"{to_datetime(at):%Y-%m-%dT%H:%M:%SZ}"
