"""Papers of the checklist as pictures: photographed under the camera, or brought as a file."""

from __future__ import annotations

import hashlib

from appliance.casework.codes import LETTERS
from appliance.casework.roles import Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.documents.scanning import NotAPaper, scan_of
from appliance.office.context import FormRefused, Office, Values, text
from appliance.office.papers import which
from appliance.queue import jobs
from appliance.records import audit, cases
from appliance.records.cases import CaseRecord, Evidence
from appliance.records.scans import add_scan, keep_scan, scans_now, undo_scan
from appliance.records.store import Transaction

OPEN_FOR_SCANS = frozenset({"CEK_KELENGKAPAN", "DIKEMBALIKAN", "VERIFIKASI_KASI"})
SCAN_ACTS = ("describe_letter", "correct_letter", "scan_paper", "upload_scan", "keep_scan", "undo_scan")
LARGEST_PDF = 3_500_000
"""Bytes; the request around it may have 4 MiB."""


def may_scan(actor: Actor, record: CaseRecord) -> bool:
    """Whether this officer may take pictures of the papers now."""
    return actor.role is Role.PETUGAS and record.state in OPEN_FOR_SCANS


def _paper(tx: Transaction, case_id: str, values: Values) -> tuple[str, str]:
    kind = text(values, "kind", "Pilih surat.")
    if kind not in LETTERS:
        raise NotAllowed("Pilih surat dari daftar.")
    letter = which(tx, case_id, kind, values)
    return kind, "" if letter is None else str(letter["id"])


def _open(tx: Transaction, actor: Actor, case_id: str) -> CaseRecord:
    record = cases.get(tx, case_id)
    if not may_scan(actor, record):
        raise NotAllowed("Surat difoto petugas, selama kelengkapan berkas masih diperiksa.")
    return record


def _current(tx: Transaction, case_id: str, values: Values) -> Evidence:
    item = scans_now(tx, case_id).get(_paper(tx, case_id, values))
    if item is None:
        raise NotAllowed("Belum ada foto surat ini.")
    return item


def scan_paper(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Have the camera photograph the paper of this `kind`; again replaces what was taken of it before."""
    with office.store.write() as tx:
        _open(tx, actor, case_id)
        kind, letter = _paper(tx, case_id, values)
        waiting = [job for job in jobs.of_case(tx, case_id) if job.kind == "capture-scan" and job.state in jobs.OPEN]
        if waiting:
            raise NotAllowed("Foto surat sedang diambil. Tunggu sebentar.")
        who = [actor.id, actor.name, actor.device]
        audit.record(tx, "paper-scan-init", actor, case_id, paper=kind)
        key = f"capture-scan:{case_id}:{kind}:{tx.now}"
        jobs.put(tx, "camera", "capture-scan", key, case_id=case_id, paper=kind, letter=letter, actor=who)
    office.wake()


def upload_scan(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Keep a paper that is a file already (`berkas`: JPEG or PNG, made straight; PDF, as it is)."""
    data = values.get("berkas")
    with office.store.read() as tx:
        _open(tx, actor, case_id)
        paper = _paper(tx, case_id, values)
    if not isinstance(data, bytes):
        raise FormRefused(("berkas", "Pilih berkas."))
    doubt, edges, picture = "", False, False
    if data.startswith(b"%PDF-"):
        if len(data) > LARGEST_PDF:
            raise FormRefused(("berkas", "PDF paling besar 3,5 MB."))
    else:
        try:
            found = scan_of(data)
        except NotAPaper as error:
            raise FormRefused(("berkas", "Pilih foto JPEG atau PNG, atau PDF, yang utuh.")) from error
        data, doubt, edges, picture = found.jpeg, found.doubt, found.edges, True
    digest = hashlib.sha256(data).hexdigest()
    with office.store.write() as tx:
        record = _open(tx, actor, case_id)
        blob = office.vault.put(case_id, record.wrapped_key, data)
        add_scan(tx, case_id, paper, blob, digest, doubt, actor, edges=edges, picture=picture, source="file")


def keep(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Keep a dark or blurred picture as it is, with a `reason`."""
    reason = text(values, "reason", "Tulis alasan foto ini tetap dipakai.")
    with office.store.write() as tx:
        _open(tx, actor, case_id)
        item = _current(tx, case_id, values)
        if item.state != "doubtful":
            raise NotAllowed("Foto surat ini tidak perlu alasan.")
        keep_scan(tx, item, reason, actor)


def undo(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Take the newest picture of this paper back; the one before it stands again."""
    with office.store.write() as tx:
        _open(tx, actor, case_id)
        undo_scan(tx, _current(tx, case_id, values), actor)
