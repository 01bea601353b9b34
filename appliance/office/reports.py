"""Step 1: a report comes in, and later the papers that were missing."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from appliance.casework.codes import LETTERS
from appliance.casework.intake import Category, Letter, Reporter
from appliance.casework.letters import identity
from appliance.casework.roles import KIOSK, Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.office import roll
from appliance.office.context import Office, Values, opened_at, text
from appliance.office.papers import rules_as_kept, which
from appliance.queue import jobs
from appliance.records import audit, cases
from appliance.records.cases import CaseRecord
from appliance.records.moves import move_case, open_stay, touch
from appliance.records.store import Transaction, new_id

OPEN_FOR_LETTERS = frozenset({"CEK_KELENGKAPAN", "DIKEMBALIKAN", "VERIFIKASI_KASI"})
"""Once the Kasi has verified the papers, none of them is replaced behind his back; a return opens the file again."""
CODE_SLIP = "print-code"
_WORDS = ("number", "issuer", "signer")


def report(
    office: Office,
    reporter: Reporter,
    category: Category,
    person: str,
    kelurahan: str,
    papers: tuple[str, ...],
    actor: Actor = KIOSK,
    printed: bool = False,
) -> str:
    """Store a report of a resident without documents and return the case code.

    `person` is a name or a description; `papers` are kinds of letters said to be in hand, to be checked in step 2.
    With `printed` the receipt printer is asked for the code on paper too; the report counts whatever becomes of it.
    """
    with office.store.write() as tx:
        _, code = reported(office, tx, reporter, category, person, kelurahan, papers, actor)
        if printed:
            jobs.put(tx, "receipt_printer", CODE_SLIP, _slip_key(code), code=code)
    office.wake()
    return code


def reported(
    office: Office,
    tx: Transaction,
    reporter: Reporter,
    category: Category,
    person: str,
    kelurahan: str,
    papers: tuple[str, ...],
    actor: Actor,
) -> tuple[str, str]:
    """The same within a transaction: the id and the code of the new case."""
    case_id = new_id()
    facts = {"reporter": asdict(reporter), "person": person, "kelurahan": kelurahan, "papers": list(papers)}
    facts["rules"] = rules_as_kept(office.settings)
    code = cases.create(tx, case_id, office.vault.new_case_key(case_id), facts, category)
    open_stay(tx, case_id, "case", None, 2)
    jobs.put(tx, "render", "report-slip", f"report-slip:{case_id}", case_id=case_id)
    audit.record(tx, "case-report-complete", actor, case_id, role=reporter.role, papers=sorted(papers))
    return case_id, code


def paper_of(office: Office, code: str) -> str:
    """What became of the paper with this code: `none` was asked for, `printing`, `printed`, or `failed`."""
    return roll.paper_of(office, _slip_key(code))


def _slip_key(code: str) -> str:
    return f"{CODE_SLIP}:{code}"


def missing_kinds(tx: Any, case_id: str) -> tuple[str, ...]:
    """The kinds of paper the newest return asked for that have not come since."""
    returns = cases.evidence_of(tx, case_id, "return")
    if not returns:
        return ()
    have = {paper["kind"] for paper in cases.letters(tx, case_id) if paper["received_at"] >= returns[-1].created_at}
    return tuple(kind for kind in returns[-1].facts["items"] if kind not in have)


def add_letter(office: Office, code: str, letter: Letter, actor: Actor = KIOSK) -> None:
    """Add one paper to the file of this code; a returned file whose papers are complete goes back to the check."""
    with office.store.write() as tx:
        _received(office, tx, cases.by_code(tx, code), letter, actor)
    office.wake()


def letter_brought(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """The petugas adds one paper: `kind`, `number`, `date`, `issuer`, `signer`; `about`, if it is one resident's."""
    letter = _told(actor, values)
    with office.store.write() as tx:
        _received(office, tx, cases.get(tx, case_id), letter, actor)
    office.wake()


def correct_letter(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """What was told of a paper of this `kind` was wrong: told anew with the same fields, and kept as it was told.

    Of several of the kind `paper` names the one.
    """
    letter = _told(actor, values)
    with office.store.write() as tx:
        record = cases.get(tx, case_id)
        _may_come(office, tx, record, letter)
        before = which(tx, case_id, letter.kind, values)
        if before is None:
            raise NotAllowed("Surat ini belum tercatat.")
        facts = cases.letter_facts(letter)
        there = {identity(one["kind"], one) for one in cases.letters(tx, case_id) if one["id"] != before["id"]}
        if identity(letter.kind, facts) in there:
            raise NotAllowed("Surat seperti ini sudah tercatat di berkas ini.")
        if identity(letter.kind, facts) == identity(letter.kind, before):
            return
        cases.correct_letter(tx, before, facts)
        audit.record(tx, "letter-correct-complete", actor, case_id, kind=letter.kind, letter=before["id"])
        touch(tx, case_id, 2, opened_at(values))


def _told(actor: Actor, values: Values) -> Letter:
    """The letter of a petugas's form."""
    if actor.role is not Role.PETUGAS:
        raise NotAllowed("Langkah ini hanya untuk petugas.")
    day = values.get("date")
    kind = str(values.get("kind") or "")
    if kind not in LETTERS or not isinstance(day, date):
        raise NotAllowed("Pilih jenis surat dan isi tanggalnya.")
    number, issuer, signer = (text(values, key, "Isi nomor, penerbit dan penanda tangan surat.") for key in _WORDS)
    about = values.get("about")
    return Letter(kind, number, day, issuer, signer, about=about if isinstance(about, int) else None)


def keep_letter(tx: Transaction, case_id: str, letter: Letter, actor: Actor) -> None:
    """A paper came in, and what it says of itself is noted."""
    cases.add_letter(tx, case_id, letter.kind, cases.letter_facts(letter))
    audit.record(tx, "letter-receive-complete", actor, case_id, kind=letter.kind)


def _received(office: Office, tx: Transaction, record: CaseRecord, letter: Letter, actor: Actor) -> None:
    """A paper came in for a file that waits for it."""
    _may_come(office, tx, record, letter)
    keep_letter(tx, record.id, letter, actor)
    if record.state == "DIKEMBALIKAN" and not missing_kinds(tx, record.id):
        move_case(tx, record, "resubmit", actor)


def _may_come(office: Office, tx: Transaction, record: CaseRecord, letter: Letter) -> None:
    """Raises `NotAllowed` while no paper is waited for, and for one of tomorrow or of nobody in the family."""
    if record.state not in OPEN_FOR_LETTERS:
        raise NotAllowed("Berkas ini tidak sedang menunggu surat.")
    if letter.date > office.today():
        raise NotAllowed("Tanggal surat di masa depan.")
    if letter.about is not None:
        cases.resident_at(tx, record.id, letter.about)
