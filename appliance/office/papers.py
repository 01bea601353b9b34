"""The checklist of a case: what it needs, what of it counts, and what a letter says (docs/guides/procedure.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from appliance.casework import letters
from appliance.casework.people import Biodata
from appliance.casework.requirements import (
    LACKS,
    InHand,
    Lack,
    PaperRules,
    Requirement,
    lack_of,
    lacks_of,
    required,
    too_old,
)
from appliance.casework.roles import Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.config import Settings
from appliance.office.context import FormRefused, Office, Values
from appliance.records import audit, cases
from appliance.records.cases import CaseRecord, Evidence
from appliance.records.moves import touch
from appliance.records.scans import SCAN, scans_now
from appliance.records.store import Transaction

DESCRIBED_IN = frozenset({"CEK_KELENGKAPAN", "DIKEMBALIKAN", "VERIFIKASI_KASI"})
READS_DETAILS = frozenset({Role.PETUGAS, Role.KASI, Role.KABID})
"""Who checks what a letter says. What Dinsos writes of somebody's mind is health data (UU 27/2022 art. 4)."""
_SAYS_AS_MUCH = frozenset(letters.DETAILS) | {"LAINNYA"}
"""Letters whose picture tells what their details tell; of one without a name nobody knows what it tells."""


def rules_now(settings: Settings) -> PaperRules:
    """What a case that begins now keeps."""
    papers = settings.papers
    return PaperRules(settings.sop_profile, papers.scans, papers.details, papers.oldest_months)


def rules_as_kept(settings: Settings) -> dict[str, object]:
    """The same as the report of a case keeps it."""
    return asdict(rules_now(settings))


def rules_of(settings: Settings, record: CaseRecord) -> PaperRules:
    """The rules that this case began with; one from before they were kept goes by those of now, without pictures."""
    kept = record.report.get("rules")
    if isinstance(kept, Mapping):
        return PaperRules(**kept)
    return PaperRules(settings.sop_profile, scans=False, details=False, oldest_months=0)


def required_of(office: Office, record: CaseRecord, people: Iterable[Biodata]) -> tuple[Requirement, ...]:
    """The papers that this case needs by its own rules."""
    return required(record.category, tuple(people), rules_of(office.settings, record).profile, office.today())


@dataclass(frozen=True, slots=True)
class Line:
    """One paper of the checklist and what keeps it from counting, None if nothing does; `lacks` says it of each paper
    in hand that might stand for it, by its id."""

    paper: Requirement
    lack: Lack | None
    lacks: Mapping[str, Lack | None]

    @property
    def words(self) -> str:
        """The paper with what is wrong with it."""
        return f"{self.paper.label} ({LACKS[self.lack]})" if self.lack else self.paper.label


def checklist(
    office: Office, tx: Transaction, record: CaseRecord, in_hand: Sequence[Mapping[str, Any]]
) -> tuple[Line, ...]:
    """Every paper that the case needs; `in_hand` are its letters."""
    people = (person.biodata for person in cases.residents(tx, record.id))
    rules, have = rules_of(office.settings, record), _in_hand(tx, record.id, in_hand)
    found = ((paper, lacks_of(paper, rules, have)) for paper in required_of(office, record, people))
    return tuple(Line(paper, lack_of(tuple(lacks.values())), lacks) for paper, lacks in found)


def _in_hand(tx: Transaction, case_id: str, in_hand: Iterable[Mapping[str, Any]]) -> tuple[InHand, ...]:
    pictures = scans_now(tx, case_id)
    returns = cases.evidence_of(tx, case_id, "return")
    given_back = {str(kind): item.created_at for item in returns for kind in item.facts["items"]}
    found = []
    for one in in_hand:
        kind, letter = str(one["kind"]), str(one["id"])
        scan = pictures.get((kind, letter))
        again = one["received_at"] >= given_back.get(kind, 0)
        state = None if scan is None else scan.state
        found.append(InHand(letter, kind, letters.whole(kind, one), state, not again))
    return tuple(found)


def which(tx: Transaction, case_id: str, kind: str, values: Values) -> dict[str, Any] | None:
    """The letter of this kind that a form is about: `paper` is its id, needed where there are several.

    None while none of the kind is in hand; raises `NotAllowed` for one that is not there, or not told apart.
    """
    mine = [one for one in cases.letters(tx, case_id) if one["kind"] == kind]
    wanted = str(values.get("paper") or "")
    named = [one for one in mine if one["id"] == wanted] if wanted else mine
    if wanted and not named:
        raise NotAllowed("Surat ini tidak ada di berkas ini.")
    if len(named) > 1:
        raise NotAllowed("Ada beberapa surat jenis ini. Pilih salah satu di daftar surat.")
    return named[0] if named else None


def lacking(lines: Iterable[Line]) -> tuple[Line, ...]:
    """What keeps the file from being complete."""
    return tuple(line for line in lines if line.paper.must and line.lack is not None)


def old_letters(office: Office, record: CaseRecord, in_hand: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """The kinds of letters in hand that are older than the rules of the case like: a warning, and recorded."""
    months, today = rules_of(office.settings, record).oldest_months, office.today()
    old = (str(one["kind"]) for one in in_hand if too_old(letters.of_day(one), today, months))
    return tuple(dict.fromkeys(old))


def must_be_complete(office: Office, tx: Transaction, record: CaseRecord) -> tuple[str, ...]:
    """Raises `NotAllowed` naming every paper that does not count and why; else the letters that are old."""
    if not cases.residents(tx, record.id):
        raise NotAllowed("Lampirkan dulu biodata keluarga.")
    in_hand = cases.letters(tx, record.id)
    wrong = lacking(checklist(office, tx, record, in_hand))
    if wrong:
        raise NotAllowed("Belum lengkap: " + "; ".join(line.words for line in wrong) + ".")
    return old_letters(office, record, in_hand)


def seen_by(actor: Actor, in_hand: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Any], ...]:
    """The letters as this person may read them."""
    hidden = set() if actor.role in READS_DETAILS else {"details"}
    return tuple({key: value for key, value in one.items() if key not in hidden} for one in in_hand)


def may_see(actor: Actor, item: Evidence) -> bool:
    """Whether this person may see a piece of evidence: the picture of a letter only who may read what it says."""
    return item.kind != SCAN or item.name not in _SAYS_AS_MUCH or actor.role in READS_DETAILS


def describe_letter(office: Office, actor: Actor, case_id: str, values: Values) -> None:
    """Record what the letter of this `kind` says: the fields of `casework.letters`, all of them at once.

    Of several of the kind `paper` names the one.
    """
    if actor.role is not Role.PETUGAS:
        raise NotAllowed("Langkah ini hanya untuk petugas.")
    kind = str(values.get("kind") or "")
    if kind not in letters.DETAILS:
        raise NotAllowed("Surat jenis ini tidak perlu rincian.")
    said = {one.key: " ".join(str(values.get(one.key) or "").split()) for one in letters.DETAILS[kind]}
    said = {key: value for key, value in said.items() if value}
    wrong = letters.mistakes_in(kind, said)
    if wrong:
        raise FormRefused(*wrong)
    opened = values.get("opened_at")
    with office.store.write() as tx:
        record = cases.get(tx, case_id)
        if record.state not in DESCRIBED_IN:
            raise NotAllowed("Isi surat dicatat selama kelengkapan berkas masih diperiksa.")
        letter = which(tx, case_id, kind, values)
        if letter is None:
            raise NotAllowed("Catat dulu suratnya: nomor, tanggal, penerbit.")
        cases.describe_letter(tx, letter["id"], said)
        touch(tx, case_id, 2, opened if isinstance(opened, int) else None)
        audit.record(tx, "letter-describe-complete", actor, case_id, kind=kind)
