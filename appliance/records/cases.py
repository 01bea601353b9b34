"""Cases, their residents, papers and evidence, as rows in and values out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, insert, select, update

from appliance.casework.intake import CaseFile, Category, Household, Letter
from appliance.casework.letters import IDENTITY, identity
from appliance.casework.people import Biodata
from appliance.casework.sop import CASE_ENDS, SOP_VERSION
from appliance.records.schema import biodata_birth_date, biodata_name, case, evidence, letter, resident
from appliance.records.store import Transaction, canonical, new_id

_CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Letters and digits that cannot be mistaken for one another when read aloud or written by hand."""


class Missing(LookupError):
    """There is no such case or resident."""


class ChangedMeanwhile(RuntimeError):
    """Somebody else moved the case since it was read."""


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """One case; `report` is what was said at step 1, `household` None until the file is attached."""

    id: str
    code: str
    sop_version: str
    state: str
    kk_state: str
    kk_number: str | None
    version: int
    report: Mapping[str, Any]
    category: Category
    household: Household | None
    wrapped_key: str
    created_at: int
    changed_at: int


@dataclass(frozen=True, slots=True)
class ResidentRecord:
    """One resident of a case; `position` counts from 0, the head of the family first."""

    case_id: str
    position: int
    biodata: Biodata
    nik: str | None
    ktp_state: str
    note: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing recorded for a case: `kind` finger, photo, signature, document …; `blob` names it in the vault."""

    id: str
    case_id: str
    position: int | None
    kind: str
    name: str
    attempt: int
    state: str
    quality: int | None
    blob: str | None
    sha256: str | None
    facts: Mapping[str, Any]
    created_at: int


def case_of_row(row: Any, *but: str) -> CaseRecord:
    """A case from its row; `but` names columns of the row that are not the case's own."""
    values = {name: value for name, value in row._mapping.items() if name not in but}
    category = json.loads(values["category"])
    values["report"] = json.loads(values["report"])
    values["category"] = Category(category["legal"], tuple(category["condition"]))
    values["household"] = Household(**json.loads(values["household"])) if values["household"] else None
    return CaseRecord(**values)


def biodata_from_json(text: str) -> Biodata:
    """Biodata from its canonical JSON."""
    values = json.loads(text)
    days = {key: date.fromisoformat(values[key]) for key in ("birth_date", "marriage_date") if key in values}
    return Biodata(**{**values, **days})


def biodata_to_json(person: Biodata) -> str:
    """Biodata as canonical JSON; a day of marriage that is not known is left out."""
    values = {**asdict(person), "birth_date": person.birth_date.isoformat()}
    married = values.pop("marriage_date")
    return canonical(values if married is None else {**values, "marriage_date": married.isoformat()})


def create(tx: Transaction, case_id: str, wrapped_key: str, report: Mapping[str, object], category: Category) -> str:
    """A new case in state DILAPORKAN; returns its code for paper and mouth, like `SG-7K2M-QX`."""
    number = int.from_bytes(case_id.replace("-", "")[-12:].encode(), "big") ^ tx.now
    letters = ""
    for _ in range(6):
        number, index = divmod(number, len(_CODE_LETTERS))
        letters += _CODE_LETTERS[index]
    code = f"SG-{letters[:4]}-{letters[4:]}"
    while tx.sql.execute(select(case.c.id).where(case.c.code == code)).first():
        number, index = divmod(number * 31 + 7, len(_CODE_LETTERS))
        code = code[:-1] + _CODE_LETTERS[index]
    tx.sql.execute(
        insert(case).values(
            id=case_id,
            code=code,
            sop_version=SOP_VERSION,
            state="DILAPORKAN",
            kk_state="TIDAK_PERLU",
            version=1,
            report=canonical(dict(report)),
            category=canonical(asdict(category)),
            wrapped_key=wrapped_key,
            created_at=tx.now,
            changed_at=tx.now,
        )
    )
    return code


def get(tx: Transaction, case_id: str) -> CaseRecord:
    """The case; raises `Missing`."""
    row = tx.sql.execute(select(case).where(case.c.id == case_id)).first()
    if row is None:
        raise Missing("Berkas tidak ditemukan.")
    return case_of_row(row)


def exists(tx: Transaction, case_id: str) -> bool:
    """Whether there is a case with this id."""
    return tx.sql.execute(select(case.c.id).where(case.c.id == case_id)).first() is not None


def spelled(code: str) -> str:
    """A case code as it is written, however it was typed (case, spaces, dashes and its SG do not matter)."""
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    plain = f"SG{plain}" if len(plain) == 6 else plain
    return f"{plain[:2]}-{plain[2:6]}-{plain[6:]}"


def by_code(tx: Transaction, code: str) -> CaseRecord:
    """The case with this code, however it was typed; raises `Missing`."""
    row = tx.sql.execute(select(case).where(case.c.code == spelled(code))).first()
    if row is None:
        raise Missing("Kode berkas tidak ditemukan.")
    return case_of_row(row)


def known(tx: Transaction, code: str) -> bool:
    """Whether there is a case with this code."""
    return tx.sql.execute(select(case.c.id).where(case.c.code == spelled(code))).first() is not None


def codes(tx: Transaction, ids: Iterable[str]) -> dict[str, str]:
    """The codes of these cases by their ids."""
    rows = tx.sql.execute(select(case.c.id, case.c.code).where(case.c.id.in_(tuple(ids))))
    return {row.id: row.code for row in rows}


def open_cases(tx: Transaction) -> list[CaseRecord]:
    """All cases that have not ended, the oldest first."""
    query = select(case).where(case.c.state.not_in(CASE_ENDS)).order_by(case.c.created_at)
    return [case_of_row(row) for row in tx.sql.execute(query)]


def in_state(tx: Transaction, state: str) -> list[CaseRecord]:
    """The cases in this state, the oldest first."""
    query = select(case).where(case.c.state == state).order_by(case.c.created_at)
    return [case_of_row(row) for row in tx.sql.execute(query)]


def ended_cases(tx: Transaction, limit: int = 50) -> list[CaseRecord]:
    """The cases that ended last."""
    # Coalesced, so that the newest are found by the index over time and not all ended ones sorted.
    ended = func.coalesce(case.c.state, "").in_(CASE_ENDS)
    query = select(case).where(ended).order_by(case.c.changed_at.desc()).limit(limit)
    return [case_of_row(row) for row in tx.sql.execute(query)]


def change(tx: Transaction, record: CaseRecord, **values: object) -> CaseRecord:
    """Write new values if nobody changed the case since `record` was read; raises `ChangedMeanwhile`."""
    query = update(case).where(case.c.id == record.id, case.c.version == record.version)
    done = tx.sql.execute(query.values(version=record.version + 1, changed_at=tx.now, **values))
    if done.rowcount != 1:
        raise ChangedMeanwhile("Berkas ini baru saja diubah petugas lain. Muat ulang halaman.")
    return get(tx, record.id)


def residents(tx: Transaction, case_id: str) -> list[ResidentRecord]:
    """The residents of a case in the order of the family card."""
    rows = tx.sql.execute(select(resident).where(resident.c.case_id == case_id).order_by(resident.c.position))
    return [
        ResidentRecord(row.case_id, row.position, biodata_from_json(row.biodata), row.nik, row.ktp_state, row.note)
        for row in rows
    ]


def resident_at(tx: Transaction, case_id: str, position: int) -> ResidentRecord:
    """One resident; raises `Missing`."""
    for person in residents(tx, case_id):
        if person.position == position:
            return person
    raise Missing("Penduduk tidak ada di berkas ini.")


def change_resident(tx: Transaction, person: ResidentRecord, **values: object) -> None:
    """Write new values if the identity-card state is still the one read; raises `ChangedMeanwhile`."""
    query = update(resident).where(
        resident.c.case_id == person.case_id,
        resident.c.position == person.position,
        resident.c.ktp_state == person.ktp_state,
    )
    if tx.sql.execute(query.values(**values)).rowcount != 1:
        raise ChangedMeanwhile("Data penduduk ini baru saja diubah. Muat ulang halaman.")


def attach_file(
    tx: Transaction, record: CaseRecord, file: CaseFile, kk_state: str, ktp_states: Sequence[str]
) -> None:
    """Store a checked file with the case, replacing what an earlier file said; papers are added, never dropped."""
    change(
        tx,
        record,
        category=canonical(asdict(file.category)),
        household=canonical(asdict(file.household)),
        kk_state=kk_state,
        kk_number=file.household.kk_number,
    )
    moved = _places(residents(tx, record.id), file.residents)
    for there in letters(tx, record.id):
        if "about" in there:
            _tell_again(tx, there["id"], {"about": moved.get(there["about"])})
    tx.sql.execute(delete(resident).where(resident.c.case_id == record.id))
    for position, person in enumerate(file.residents):
        tx.sql.execute(
            insert(resident).values(
                case_id=record.id,
                position=position,
                biodata=biodata_to_json(person),
                nik=person.nik,
                ktp_state=ktp_states[position],
            )
        )
    for paper in file.letters:
        add_letter(tx, record.id, paper.kind, letter_facts(paper))


def _places(before: Sequence[ResidentRecord], people: Sequence[Biodata]) -> dict[int, int]:
    """Where the residents of the file before stand in this one, as far as they are there."""

    def who(one: Biodata) -> tuple[object, ...]:
        return one.full_name.upper(), one.birth_date, one.mother_name.upper()

    now = {who(one): place for place, one in enumerate(people)}
    found = {one.position: now[who(one.biodata)] for one in before if who(one.biodata) in now}
    free = set(range(len(people))) - set(found.values())
    return found | {
        one.position: one.position for one in before if one.position not in found and one.position in free
    }


def letter_facts(paper: Letter) -> dict[str, object]:
    """What a letter says of itself, as its row keeps it."""
    facts: dict[str, object] = {"number": paper.number, "date": paper.date.isoformat()}
    facts |= {"issuer": paper.issuer, "signer": paper.signer}
    facts |= {} if paper.about is None else {"about": paper.about}
    return {**facts, "details": dict(paper.details)} if paper.details else facts


def add_letter(tx: Transaction, case_id: str, kind: str, facts: Mapping[str, object]) -> None:
    """Add a paper beside those that are there; the same one told again came again and keeps its contents."""
    for before in letters(tx, case_id):
        if identity(before["kind"], before) == identity(kind, facts):
            _tell_again(tx, before["id"], facts, tx.now)
            return
    row = {"id": new_id(), "case_id": case_id, "kind": kind, "facts": canonical(dict(facts)), "received_at": tx.now}
    tx.sql.execute(insert(letter).values(**row))


def _tell_again(tx: Transaction, letter_id: str, facts: Mapping[str, object], received_at: int | None = None) -> None:
    """Give a letter's row these facts beside those that it has; None takes one away."""
    mine = letter.c.id == letter_id
    row = tx.sql.execute(select(letter).where(mine)).one()
    told = {key: value for key, value in {**json.loads(row.facts), **facts}.items() if value is not None}
    values = {"facts": canonical(told), "received_at": row.received_at if received_at is None else received_at}
    tx.sql.execute(update(letter).where(mine).values(**values))


def letters(tx: Transaction, case_id: str) -> list[dict[str, Any]]:
    """The papers in hand in the order in which they first came: id, kind, number, date, issuer, signer, `about` (a
    resident's place, where it is one's own), `details`, and `earlier`, as it was told before it was corrected."""
    rows = tx.sql.execute(select(letter).where(letter.c.case_id == case_id).order_by(letter.c.id))
    return [{"id": row.id, "kind": row.kind, "received_at": row.received_at, **json.loads(row.facts)} for row in rows]


def describe_letter(tx: Transaction, letter_id: str, details: Mapping[str, str]) -> None:
    """Keep what this letter says."""
    _tell_again(tx, letter_id, {"details": dict(details)})


def correct_letter(tx: Transaction, before: Mapping[str, Any], facts: Mapping[str, object]) -> None:
    """Tell a letter otherwise than it was told; how it was told before is kept with it."""
    told = {key: before[key] for key in IDENTITY if key in before}
    _tell_again(tx, before["id"], {"about": None, **facts, "earlier": [*before.get("earlier", ()), told]})


def add_evidence(
    tx: Transaction,
    case_id: str,
    kind: str,
    *,
    position: int | None = None,
    name: str = "",
    state: str = "accepted",
    attempt: int = 1,
    quality: int | None = None,
    blob: str | None = None,
    sha256: str | None = None,
    **facts: object,
) -> Evidence:
    """Add one piece of evidence; its blob must already be durable in the vault."""
    item = Evidence(new_id(), case_id, position, kind, name, attempt, state, quality, blob, sha256, facts, tx.now)
    tx.sql.execute(insert(evidence).values(**{**_columns(item), "facts": canonical(facts)}))
    return item


def _columns(item: Evidence) -> dict[str, object]:
    return {name: getattr(item, name) for name in Evidence.__slots__}


def evidence_of(
    tx: Transaction, case_id: str, kind: str | None = None, position: int | None = None, name: str | None = None
) -> list[Evidence]:
    """Evidence of a case, oldest first, narrowed by what is given."""
    query = select(evidence).where(evidence.c.case_id == case_id).order_by(evidence.c.created_at, evidence.c.id)
    for column, value in ((evidence.c.kind, kind), (evidence.c.position, position), (evidence.c.name, name)):
        if value is not None:
            query = query.where(column == value)
    return [Evidence(**{**dict(row._mapping), "facts": json.loads(row.facts)}) for row in tx.sql.execute(query)]


def visits_between(tx: Transaction, since: str, until: str) -> list[Evidence]:
    """Visits of recording teams planned for these days (ISO dates, both included), by day."""
    rows = tx.sql.execute(select(evidence).where(evidence.c.kind == "visit").order_by(evidence.c.created_at))
    found = [Evidence(**{**dict(row._mapping), "facts": json.loads(row.facts)}) for row in rows]
    return sorted((one for one in found if since <= one.facts["day"] <= until), key=lambda one: str(one.facts["day"]))


def cards_with_chip(tx: Transaction, uid: str) -> list[Evidence]:
    """The cards that were ever begun with this chip, whatever became of them, oldest first; `uid` in lower case."""
    query = select(evidence).where(evidence.c.kind == "card", evidence.c.facts.contains(f'"uid":"{uid}"'))
    rows = tx.sql.execute(query.order_by(evidence.c.created_at, evidence.c.id))
    return [Evidence(**{**dict(row._mapping), "facts": json.loads(row.facts)}) for row in rows]


def change_evidence(tx: Transaction, item: Evidence, state: str, **facts: object) -> Evidence:
    """Give a piece of evidence a new state and add facts to it."""
    changed = replace(item, state=state, facts={**item.facts, **facts})
    values = {"state": state, "facts": canonical(changed.facts)}
    tx.sql.execute(update(evidence).where(evidence.c.id == item.id).values(**values))
    return changed


def same_family(tx: Transaction, kk_number: str | None, niks: Sequence[str], but_not_case: str) -> CaseRecord | None:
    """The newest other case of this family card, or else with a resident of these NIKs; not one that was ended
    without documents, nor one whose people were wiped."""
    others = case.c.id != but_not_case, case.c.state.not_in(("DITOLAK", "DIBATALKAN"))
    there = case.c.id.in_(select(resident.c.case_id))
    held = case.c.id.in_(select(resident.c.case_id).where(resident.c.nik.in_(list(niks))))
    for condition in ([case.c.kk_number == kk_number] if kk_number else []) + ([held] if niks else []):
        query = select(case).where(condition, there, *others).order_by(case.c.changed_at.desc()).limit(1)
        row = tx.sql.execute(query).first()
        if row is not None:
            return case_of_row(row)
    return None


def same_person(tx: Transaction, person: Biodata, but_not_case: str) -> list[str]:
    """Codes of other cases that hold a person of the same NIK, or of the same name and date of birth."""
    alike: list[ColumnElement[bool]] = [
        and_(biodata_birth_date == person.birth_date.isoformat(), biodata_name == person.full_name.upper())
    ]
    if person.nik:
        alike.append(resident.c.nik == person.nik)
    others = case.c.id != but_not_case, case.c.state.not_in(("DITOLAK", "DIBATALKAN"))
    found: dict[str, None] = {}
    for condition in alike:
        query = select(case.c.code).join(resident, case.c.id == resident.c.case_id).where(condition, *others)
        found.update(dict.fromkeys(tx.sql.execute(query.order_by(case.c.created_at)).scalars()))
    return list(found)
