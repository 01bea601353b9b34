"""Wiping what is due: keys struck out and tombstones set in one transaction, then files removed, then the receipt.

From the first commit on nobody can read what was struck, so a power cut at any later point only leaves noise on the
disk, and the next run goes on there. The tombstone keeps digest, kind, class, rule and times: no person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, func, literal, or_, select, update

from appliance.casework.retention import KINDS, Keep, Limits, Standing, due, due_at
from appliance.casework.roles import Actor
from appliance.casework.sop import CASE_ENDS
from appliance.records import audit, holds
from appliance.records.schema import archive, case, effect, evidence, job, question, resident, stay, tombstone
from appliance.records.store import Store, Transaction
from appliance.records.tombstones import Tombstone, bury
from appliance.records.vault import Vault, file_name

_OPEN_JOBS = ("ready", "leased", "hold")
_OPEN_EFFECTS = ("intent", "unknown")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that has a retention class: `id` is the evidence's, or `case:ID` and `manifest:ID`."""

    id: str
    case_id: str
    kind: str
    keep: Keep
    reference: str | None
    sha256: str | None
    made_at: int


def standing(tx: Transaction, case_id: str) -> Standing:
    """What keeps or ends this case."""
    row = tx.sql.execute(select(case).where(case.c.id == case_id)).one()
    shelved = tx.sql.execute(select(archive.c.at).where(archive.c.case_id == case_id)).scalar()
    states = tx.sql.execute(select(resident.c.ktp_state).where(resident.c.case_id == case_id)).scalars()
    last = select(func.coalesce(func.max(func.coalesce(stay.c.until, stay.c.since)), 0))
    answered = tx.sql.execute(last.where(stay.c.case_id == case_id, stay.c.machine == "ktp")).scalar_one()
    ended = row.state in CASE_ENDS
    return Standing(
        state=row.state,
        ended_at=max(shelved or 0, row.changed_at) if ended else None,
        answered_at=int(answered),
        ktp_states=tuple(states),
        unfinished=_unfinished(tx, case_id),
        archived=shelved is not None,
        held=holds.standing(tx, case_id) is not None,
    )


def _unfinished(tx: Transaction, case_id: str) -> bool:
    wanted = (
        select(job.c.id).where(job.c.case_id == case_id, job.c.state.in_(_OPEN_JOBS)),
        select(effect.c.token).where(effect.c.case_id == case_id, effect.c.state.in_(_OPEN_EFFECTS)),
        select(question.c.id).where(question.c.case_id == case_id, question.c.answer.is_(None)),
    )
    return any(tx.sql.execute(query.limit(1)).first() is not None for query in wanted)


def items(tx: Transaction, case_id: str) -> list[Item]:
    """Everything of this case that is still there and has a class: files, and the rows of the case as one item.

    A kind without a row in `KINDS` is a mistake of this program and raises `KeyError`: nothing is kept by oversight.
    """
    there = select(evidence).where(evidence.c.case_id == case_id, evidence.c.blob.is_not(None))
    found = [
        Item(row.id, case_id, row.kind, KINDS[row.kind], row.blob, row.sha256, row.created_at)
        for row in tx.sql.execute(there.order_by(evidence.c.created_at, evidence.c.id))
    ]
    shelved = tx.sql.execute(select(archive).where(archive.c.case_id == case_id, archive.c.blob != "")).first()
    if shelved is not None:
        sha256 = shelved.manifest_sha256
        found.append(
            Item(f"manifest:{case_id}", case_id, "manifest", KINDS["manifest"], shelved.blob, sha256, shelved.at)
        )
    rows = f"case:{case_id}"
    if tx.sql.execute(select(tombstone.c.id).where(tombstone.c.id == rows)).first() is None:
        at = tx.sql.execute(select(case.c.created_at).where(case.c.id == case_id)).scalar_one()
        found.append(Item(rows, case_id, "case", Keep.PERSONAL, None, None, at))
    return found


def holding(tx: Transaction, keep: Keep, until: int, limit: int | None = None) -> list[str]:
    """The cases that ended by `until` (UTC milliseconds) and still hold something of this class, the oldest first."""
    kinds = [kind for kind, one in KINDS.items() if one is keep]
    there = evidence.c.case_id == case.c.id, evidence.c.kind.in_(kinds), evidence.c.blob.is_not(None)
    parts: list[ColumnElement[bool]] = [exists().where(*there)]
    if keep is Keep.MINUTES:
        parts.append(exists().where(archive.c.case_id == case.c.id, archive.c.blob != ""))
    if keep is Keep.PERSONAL:
        parts = [~exists().where(tombstone.c.id == literal("case:") + case.c.id)]
    query = select(case.c.id).where(case.c.state.in_(CASE_ENDS), case.c.changed_at <= until, or_(*parts))
    return list(tx.sql.execute(query.order_by(case.c.changed_at).limit(limit)).scalars())


def strike(tx: Transaction, struck: Iterable[Item], limits: Limits, case_now: Standing) -> list[Tombstone]:
    """Strike these items of one case out of the books, keys and all, and set their tombstones."""
    made = []
    for one in struck:
        at = due_at(case_now, one.keep, limits)
        assert at is not None, "only an ended case is struck"
        stone = Tombstone(
            one.id, one.case_id, one.kind, one.keep, one.sha256,
            None if one.reference is None else file_name(one.reference),
            f"{one.keep} {limits[one.keep]}", one.made_at, at, tx.now, None,
        )  # fmt: skip
        made.append(stone)
    bury(tx, made)
    return made


def wipe_case(store: Store, vault: Vault, case_id: str, limits: Limits, actor: Actor) -> int:
    """Wipe what is due of this case now; returns how many items. Decided and struck in one transaction.

    Raises `DeviceFault` if the disk does not take it; what was struck by then stays struck.
    """
    with store.write() as tx:
        found, there = standing(tx, case_id), items(tx, case_id)
        classes = due(found, {one.keep for one in there}, limits, tx.now)
        made = strike(tx, [one for one in there if one.keep in classes], limits, found)
        for keep, number in _counted(made).items():
            audit.record(tx, "retention-wipe-init", actor, case_id, keep=keep, items=number)
    finish(store, vault, made, actor)
    return len(made)


def finish(store: Store, vault: Vault, struck: list[Tombstone], actor: Actor) -> None:
    """Remove the files of what was struck, then write the receipt; may be done again from the start."""
    for stone in struck:
        if stone.file is not None:
            vault.drop(stone.file)
    by_case: dict[str, list[Tombstone]] = {}
    for stone in struck:
        by_case.setdefault(stone.case_id, []).append(stone)
    for case_id, mine in by_case.items():
        with store.write() as tx:
            still = tombstone.c.wiped_at.is_(None), tombstone.c.id.in_([one.id for one in mine])
            done = tx.sql.execute(update(tombstone).where(*still).values(wiped_at=tx.now)).rowcount
            if done:
                digests = [one.sha256 for one in mine if one.sha256]
                audit.record(tx, "retention-wipe-complete", actor, case_id, items=done, sha256=digests)


def _counted(made: Iterable[Tombstone]) -> Mapping[str, int]:
    counts: dict[str, int] = {}
    for one in made:
        counts[str(one.keep)] = counts.get(str(one.keep), 0) + 1
    return counts
