"""Tombstones: what is left of what was wiped (digest, kind, class, rule and times), and the striking out itself.

The same function works on the books and on the copies of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, delete, func, insert, or_, select, update

from appliance.casework.retention import Keep
from appliance.records.schema import (
    api_answer,
    archive,
    case,
    effect,
    evidence,
    job,
    letter,
    question,
    resident,
    tombstone,
)
from appliance.records.store import Transaction, canonical

_BIOMETRIC_FACTS = frozenset({"template", "strokes"})
"""Facts that go with the item itself; all others go with the personal data of the case."""
_KEPT_FACTS = frozenset({"uid"})
"""What stays even then: a chip's number belongs to the ledger of blanks, which answers for every card."""


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What is left of a wiped item; `rule` is class and days, `wiped_at` None until its file is gone too."""

    id: str
    case_id: str
    kind: str
    keep: Keep
    sha256: str | None
    file: str | None
    rule: str
    made_at: int
    due_at: int
    struck_at: int
    wiped_at: int | None


def _tombstone(row: Any) -> Tombstone:
    values = dict(row._mapping)
    return Tombstone(keep=Keep(values.pop("class")), **values)


def stones(tx: Transaction, case_id: str | None = None, limit: int | None = None) -> list[Tombstone]:
    """The tombstones, of one case or of all, the newest first."""
    query = select(tombstone).order_by(tombstone.c.struck_at.desc(), tombstone.c.id).limit(limit)
    if case_id is not None:
        query = query.where(tombstone.c.case_id == case_id)
    return [_tombstone(row) for row in tx.sql.execute(query)]


def find(tx: Transaction, item_id: str) -> Tombstone | None:
    """The tombstone of this item, or None."""
    row = tx.sql.execute(select(tombstone).where(tombstone.c.id == item_id)).first()
    return None if row is None else _tombstone(row)


def counts(tx: Transaction) -> dict[str, int]:
    """How many items of each class were wiped."""
    column = tombstone.c["class"]
    query = select(column, func.count()).group_by(column).order_by(column)
    return {str(keep): int(number) for keep, number in tx.sql.execute(query)}


def open_stones(tx: Transaction) -> list[Tombstone]:
    """Those whose file may still lie on the disk: a run was cut off there."""
    return [_tombstone(row) for row in tx.sql.execute(select(tombstone).where(tombstone.c.wiped_at.is_(None)))]


def bury(tx: Transaction, stones: Iterable[Tombstone]) -> None:
    """Set these tombstones, and strike out what they stand for wherever it is still written in these books.

    Also used for the copies of the database, where a newer run has set the stone.
    """
    for stone in stones:
        values = {name: getattr(stone, name) for name in Tombstone.__slots__ if name != "keep"}
        old = tx.sql.execute(select(tombstone.c.id).where(tombstone.c.id == stone.id)).first()
        if old is None:
            tx.sql.execute(insert(tombstone).values(**values, **{"class": str(stone.keep)}))
        if stone.kind == "case":
            _strike_rows(tx, stone.case_id)
        elif stone.kind == "manifest":
            tx.sql.execute(update(archive).where(archive.c.case_id == stone.case_id).values(blob=""))
        else:
            _strike_evidence(tx, stone)
        if stone.file is not None:
            _strike_mentions(tx, stone.case_id, stone.file)
        mine = api_answer.c.case_id == stone.case_id
        tx.sql.execute(update(api_answer).where(mine).values(answer=None))
        _drop_case_key(tx, stone.case_id)


def _strike_evidence(tx: Transaction, stone: Tombstone) -> None:
    row = tx.sql.execute(select(evidence.c.facts).where(evidence.c.id == stone.id)).first()
    if row is None:
        return
    facts = {name: value for name, value in json.loads(row.facts).items() if name not in _BIOMETRIC_FACTS}
    tx.sql.execute(update(evidence).where(evidence.c.id == stone.id).values(blob=None, facts=canonical(facts)))


def _strike_mentions(tx: Transaction, case_id: str, name: str) -> None:
    """A reference may stand a second time, in a job that carried it or in the facts of another item."""
    for table, key, column in (
        (job, job.c.id, job.c.payload),
        (evidence, evidence.c.id, evidence.c.facts),
        (effect, effect.c.token, effect.c.facts),
    ):
        rows = tx.sql.execute(select(key, column).where(table.c.case_id == case_id, column.contains(name)))
        for found, written in rows.all():
            without = canonical(_without(json.loads(written), name))
            tx.sql.execute(update(table).where(key == found).values({column.name: without}))


def _without(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        return {key: _without(one, name) for key, one in value.items()}
    if isinstance(value, list):
        return [_without(one, name) for one in value]
    return "" if isinstance(value, str) and name in value else value


def _strike_rows(tx: Transaction, case_id: str) -> None:
    """Everything of a person in the rows of a case; what counts and proves stays: states, clocks, chain, ledger."""
    mine = evidence.c.case_id == case_id
    for row in tx.sql.execute(select(evidence.c.id, evidence.c.facts).where(mine)).all():
        facts = {name: value for name, value in json.loads(row.facts).items() if name in _KEPT_FACTS}
        tx.sql.execute(update(evidence).where(evidence.c.id == row.id).values(facts=canonical(facts)))
    tx.sql.execute(delete(evidence).where(mine, evidence.c.kind != "card", evidence.c.blob.is_(None)))
    tx.sql.execute(delete(resident).where(resident.c.case_id == case_id))
    tx.sql.execute(delete(letter).where(letter.c.case_id == case_id))
    tx.sql.execute(delete(question).where(question.c.case_id == case_id))
    tx.sql.execute(update(job).where(job.c.case_id == case_id).values(payload="{}", detail=""))
    tx.sql.execute(update(effect).where(effect.c.case_id == case_id).values(facts="{}", evidence=None))
    empty = {"report": "{}", "category": canonical({"legal": "", "condition": []}), "household": None}
    tx.sql.execute(update(case).where(case.c.id == case_id).values(**empty, kk_number=None))


def _drop_case_key(tx: Transaction, case_id: str) -> None:
    """With the last file of a case its key goes as well, and with it whatever was sealed under it at any time."""
    left = or_(
        select(evidence.c.id).where(evidence.c.case_id == case_id, evidence.c.blob.is_not(None)).exists(),
        select(archive.c.case_id).where(archive.c.case_id == case_id, archive.c.blob != "").exists(),
    )
    tx.sql.execute(update(case).where(and_(case.c.id == case_id, ~left)).values(wrapped_key=""))
