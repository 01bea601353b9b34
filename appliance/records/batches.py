"""Batches of cards as rows: whose cards, in which order, and whether it goes on; nothing about a card itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update

from appliance.casework.card_batch import ENDED, PAUSED, RUNNING
from appliance.casework.roles import Actor, Role
from appliance.records.schema import card_batch, card_batch_item
from appliance.records.store import Transaction, canonical, new_id


@dataclass(frozen=True, slots=True)
class Item:
    """One card of a batch: its number from 1, and whose it is."""

    number: int
    case_id: str
    position: int
    left_out: bool


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch; `state` is running, paused or ended, `actor` who began it, `at` when (UTC milliseconds)."""

    id: str
    state: str
    actor: Actor
    at: int
    items: tuple[Item, ...]

    @property
    def paused(self) -> bool:
        """Whether nothing is begun now."""
        return self.state == PAUSED


def start(tx: Transaction, actor: Actor, residents: Sequence[tuple[str, int]]) -> str:
    """A new running batch of these residents (case and position), in this order; returns its id."""
    batch_id = new_id()
    who = canonical([actor.id, actor.name, actor.device])
    row = {"id": batch_id, "state": RUNNING, "actor": who, "at": tx.now, "changed_at": tx.now}
    tx.sql.execute(insert(card_batch).values(**row))
    items = [
        {"batch_id": batch_id, "number": number, "case_id": case_id, "position": position, "left_out": 0}
        for number, (case_id, position) in enumerate(residents, 1)
    ]
    tx.sql.execute(insert(card_batch_item), items)
    return batch_id


def _batch(tx: Transaction, row: Any) -> Batch:
    query = select(card_batch_item).where(card_batch_item.c.batch_id == row.id).order_by(card_batch_item.c.number)
    items = tuple(
        Item(item.number, item.case_id, item.position, bool(item.left_out)) for item in tx.sql.execute(query)
    )
    account, name, device = json.loads(row.actor)
    return Batch(row.id, row.state, Actor(account, name, Role.OPERATOR, device), row.at, items)


def newest(tx: Transaction) -> Batch | None:
    """The batch that was begun last, open or ended; None before the first."""
    row = tx.sql.execute(select(card_batch).order_by(card_batch.c.at.desc(), card_batch.c.id.desc()).limit(1)).first()
    return None if row is None else _batch(tx, row)


def holding(tx: Transaction, case_id: str | None, position: int | None) -> Batch | None:
    """The batch that is not ended and has this resident's card in it, or None."""
    query = (
        select(card_batch)
        .join(card_batch_item, card_batch_item.c.batch_id == card_batch.c.id)
        .where(card_batch.c.state != ENDED, card_batch_item.c.left_out == 0)
        .where(card_batch_item.c.case_id == case_id, card_batch_item.c.position == position)
    )
    row = tx.sql.execute(query.limit(1)).first()
    return None if row is None else _batch(tx, row)


def turn(tx: Transaction, batch: Batch, state: str) -> None:
    """Let it run, pause or end."""
    where = card_batch.c.id == batch.id
    tx.sql.execute(update(card_batch).where(where).values(state=state, changed_at=tx.now))


def leave_out(tx: Transaction, batch: Batch, number: int) -> None:
    """This card is no longer in the batch's hands."""
    where = (card_batch_item.c.batch_id == batch.id, card_batch_item.c.number == number)
    tx.sql.execute(update(card_batch_item).where(*where).values(left_out=1))
