"""The officers' own index fingers, so that none of them is recorded as a resident's: card forms, never a picture."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from sqlalchemy import delete, insert, select

from appliance.casework.roles import Actor
from appliance.casework.sop import NotAllowed
from appliance.records import audit, notes
from appliance.records.schema import account, officer_finger
from appliance.records.store import Transaction

NAMES = ("right_index", "left_index")
KEPT_LOOKED_AT = 1_000


@dataclass(frozen=True, slots=True)
class OfficerFinger:
    """One finger of an account's holder: its ISO position and its 180 bytes (`biometrics.compact`)."""

    account_id: str
    name: str
    form: bytes


def keep(tx: Transaction, login: str, name: str, form: bytes, by: Actor) -> None:
    """Keep a finger of an account in place of an earlier one; raises `NotAllowed` if there is no such account."""
    owner = _account(tx, login)
    if name not in NAMES:
        raise ValueError("an officer's finger is an index finger")
    of_him = (officer_finger.c.account_id == owner) & (officer_finger.c.name == name)
    tx.sql.execute(delete(officer_finger).where(of_him))
    tx.sql.execute(insert(officer_finger).values(account_id=owner, name=name, form=form.hex()))
    audit.record(tx, "officer-finger-keep-complete", by, None, account=owner, finger=name)


def forget(tx: Transaction, login: str, by: Actor) -> int:
    """Delete every finger of an account and say how many; raises `NotAllowed` if there is no such account."""
    owner = _account(tx, login)
    gone = tx.sql.execute(delete(officer_finger).where(officer_finger.c.account_id == owner)).rowcount
    audit.record(tx, "officer-finger-forget-complete", by, None, account=owner, fingers=gone)
    return int(gone)


def all_of_them(tx: Transaction) -> list[OfficerFinger]:
    """Every finger of every account."""
    rows = tx.sql.execute(select(officer_finger).order_by(officer_finger.c.account_id, officer_finger.c.name))
    return [OfficerFinger(row.account_id, row.name, bytes.fromhex(row.form)) for row in rows]


def _account(tx: Transaction, login: str) -> str:
    found = tx.sql.execute(select(account.c.id).where(account.c.login == login)).scalar()
    if found is None:
        raise NotAllowed(f"no account {login}")
    return str(found)


def since(tx: Transaction) -> dict[tuple[str, str], int]:
    """When each kept finger was last kept (UTC milliseconds), by account and ISO name, as the audit log has it."""
    there = {(one.account_id, one.name) for one in all_of_them(tx)}
    found: dict[tuple[str, str], int] = {}
    for entry in audit.newest(tx, "officer-finger-keep-complete", KEPT_LOOKED_AT):
        facts = json.loads(str(entry["facts"]))
        key = (str(facts["account"]), str(facts["finger"]))
        if key in there:
            found.setdefault(key, int(str(entry["at"])))
    return found


@dataclass(frozen=True, slots=True)
class Capture:
    """The last capture of an officer's finger that was asked for on the page.

    `state` is waiting, kept, poor (with its `cause`), another (it is another officer's), gone (no such account any
    more), cut (the power went), late (nobody served it for minutes) or failed (with its `fault`).
    """

    id: str
    login: str
    finger: str
    state: str
    at: int
    cause: str = ""
    fault: str = ""


def last_capture(tx: Transaction) -> Capture | None:
    """There is one scanner, so one capture; None before the first."""
    text = notes.get(tx, "officer-finger")
    return None if text is None else Capture(**json.loads(text))


def put_capture(tx: Transaction, capture: Capture) -> None:
    """Keep it in place of the one before."""
    notes.put(tx, "officer-finger", json.dumps(asdict(capture)))
