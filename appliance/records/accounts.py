"""Accounts of the officers: user, PIN as an Argon2 hash, role, lock-out; and their sessions."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import secrets
from dataclasses import replace

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from argon2.low_level import ARGON2_VERSION
from sqlalchemy import delete, insert, select, update

from appliance.casework.roles import Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.records import audit, leases, officials
from appliance.records.schema import account, session
from appliance.records.store import Store, Transaction, new_id

LOCK_MINUTES = (1, 5, 15)
TRIES = 5
SESSION_MS = 10 * 3_600_000
"""A working day; the page locks itself much earlier. One that would last longer is of a clock set back since."""
SLEW_MS = 120_000
"""What a clock is corrected by in passing."""

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""OWASP's smaller recommendation: 19 MiB, so that four people signing in at once fit a 1 GB board."""


class SignInFailed(Exception):
    """User and PIN do not fit, or the account is locked for `wait_s` more seconds."""

    def __init__(self, wait_s: int = 0) -> None:
        super().__init__("sign-in failed")
        self.wait_s = wait_s


def add(store: Store, login: str, name: str, role: Role, pin: str, by: Actor) -> None:
    """`enter` an account with this PIN in clear; raises ValueError unless it is six digits."""
    if not re.fullmatch(r"[0-9]{6}", pin):
        raise ValueError("a PIN has six digits")
    enter(store, login, name, role, _HASHER.hash(pin), by)


def enter(store: Store, login: str, name: str, role: Role, pin_hash: str, by: Actor) -> None:
    """Add an account, or give an existing one a new PIN, which ends its sessions.

    `pin_hash` is the PIN's (PHC string of Argon2id, RFC 9106), at whatever cost it was hashed.
    """
    with store.write() as tx:
        old = tx.sql.execute(select(account.c.id).where(account.c.login == login)).first()
        if old:
            values = {"pin_hash": pin_hash, "failed": 0, "locked_until": 0, "name": name, "role": str(role)}
            tx.sql.execute(update(account).where(account.c.login == login).values(**values))
            tx.sql.execute(delete(session).where(session.c.account_id == old.id))
            leases.leave_all(tx, old.id)
        else:
            row = {"id": new_id(), "login": login, "name": name, "role": str(role), "pin_hash": pin_hash}
            tx.sql.execute(insert(account).values(**row))
        audit.record(tx, "account-set-complete", by, None, role=str(role))


def sign_in(store: Store, login: str, pin: str, device: str) -> tuple[Actor, str]:
    """Who this is and a session token; raises `SignInFailed`. The PIN is checked outside of any transaction."""
    with store.read() as tx:
        now = tx.now
        row = tx.sql.execute(select(account).where(account.c.login == login)).first()
    # A lock that reaches farther than any lock does is of a clock that was set back since.
    if row is not None and now < row.locked_until <= now + LOCK_MINUTES[-1] * 60_000:
        raise SignInFailed((row.locked_until - now) // 1000 + 1)
    try:
        _HASHER.verify(row.pin_hash if row is not None else _NOBODY, pin)
        fits = row is not None
    except VerifyMismatchError:
        fits = False
    if row is None or not fits:
        _count_failure(store, row)
        raise SignInFailed
    actor = Actor(row.id, row.name, Role(row.role), device)
    token = secrets.token_urlsafe(32)
    with store.write() as tx:
        tx.sql.execute(update(account).where(account.c.id == row.id).values(failed=0, locked_until=0))
        tx.sql.execute(delete(session).where(session.c.expires < tx.now))
        digest = hashlib.sha256(token.encode()).hexdigest()
        values = {"token_digest": digest, "account_id": row.id, "device": device, "expires": tx.now + SESSION_MS}
        tx.sql.execute(insert(session).values(**values))
        audit.record(tx, "sign-in-complete", actor)
    return actor, token


def _of_nobody() -> str:
    """A hash of no PIN at all, to check when there is no such user: it takes as long and never fits.

    Not computed, as that would take 30 ms of every start.
    """
    salt, digest = (base64.b64encode(os.urandom(size)).decode().rstrip("=") for size in (16, 32))
    cost = f"m={_HASHER.memory_cost},t={_HASHER.time_cost},p={_HASHER.parallelism}"
    return f"$argon2id$v={ARGON2_VERSION}${cost}${salt}${digest}"


_NOBODY = _of_nobody()


def _count_failure(store: Store, row: object) -> None:
    if row is None:
        return
    with store.write() as tx:
        fresh = tx.sql.execute(select(account).where(account.c.id == getattr(row, "id", ""))).one()
        failed = fresh.failed + 1
        values = {"failed": failed}
        if failed % TRIES == 0:
            minutes = LOCK_MINUTES[min(failed // TRIES, len(LOCK_MINUTES)) - 1]
            values["locked_until"] = tx.now + minutes * 60_000
        tx.sql.execute(update(account).where(account.c.id == fresh.id).values(**values))
        audit.record(tx, "sign-in-refused", Actor(fresh.id, "", Role(fresh.role)), None, failed=failed)


def who(store: Store, token: str) -> Actor | None:
    """The person of this session, or None if it has ended."""
    digest = hashlib.sha256(token.encode()).hexdigest()
    query = select(
        account.c.id, account.c.name, account.c.role, session.c.device, session.c.expires, session.c.acting
    )
    query = query.join(session, session.c.account_id == account.c.id).where(session.c.token_digest == digest)
    with store.read() as tx:
        row = tx.sql.execute(query).first()
        if row is None or not tx.now <= row.expires <= tx.now + SESSION_MS + SLEW_MS:
            return None
        own = Actor(row.id, row.name, Role(row.role), row.device)
        held = next((one for one in officials.offered_to(tx, own.id) if one.id == row.acting), None)
    return own if held is None else replace(own, role=held.role, acting=held.acting)


def act_as(store: Store, token: str, appointment_id: str | None) -> None:
    """Take up an office that this session's person was appointed to for today, or with None his own again.

    Raises `NotAllowed` if he was not. On the day after his last one the session is in his own role by itself.
    """
    actor = who(store, token)
    digest = hashlib.sha256(token.encode()).hexdigest()
    with store.write() as tx:
        if actor is None or (
            appointment_id is not None
            and appointment_id not in {one.id for one in officials.offered_to(tx, actor.id)}
        ):
            raise NotAllowed("Tidak ada penunjukan untuk Anda yang berlaku hari ini.")
        tx.sql.execute(update(session).where(session.c.token_digest == digest).values(acting=appointment_id))
        audit.record(tx, "acting-take-complete", actor, None, appointment=appointment_id)


def sign_out(store: Store, token: str) -> None:
    """End the session; its person has no case in hand any more."""
    digest = hashlib.sha256(token.encode()).hexdigest()
    mine = session.c.token_digest == digest
    with store.write() as tx:
        account_id = tx.sql.execute(select(session.c.account_id).where(mine)).scalar()
        tx.sql.execute(delete(session).where(mine))
        if account_id is not None:
            leases.leave_all(tx, account_id)


def people(store: Store) -> list[tuple[str, str, Role]]:
    """Every account by name: user name, name, role."""
    with store.read() as tx:
        rows = tx.sql.execute(select(account.c.login, account.c.name, account.c.role).order_by(account.c.name))
        return [(row.login, row.name, Role(row.role)) for row in rows]


def login_of(store: Store, account_id: str) -> str:
    """The user name of this account, empty if there is none."""
    with store.read() as tx:
        return str(tx.sql.execute(select(account.c.login).where(account.c.id == account_id)).scalar() or "")


def name_of(tx: Transaction, account_id: str) -> str:
    """The name of who holds this account, empty if there is none."""
    return str(tx.sql.execute(select(account.c.name).where(account.c.id == account_id)).scalar() or "")


def count(store: Store) -> int:
    """How many accounts there are."""
    with store.read() as tx:
        return len(tx.sql.execute(select(account.c.id)).all())


def ids(tx: Transaction) -> dict[str, str]:
    """The id of every account by its user name."""
    return {row.login: row.id for row in tx.sql.execute(select(account.c.login, account.c.id))}
