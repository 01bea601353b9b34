"""Requests of programs that bear a key: done once, and the answer given again to whoever sends the same again.

Follows draft-ietf-httpapi-idempotency-key-header-07. Intent: the key's row, committed before anything is done.
Effect: each transaction that the request commits says in the same commit that it was. Receipt: status and sealed
answer. Keys and requests stand there as keyed digests only; what is struck of a case takes the answers about it
along.
"""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import delete, insert, or_, select, update

from appliance.faults import DeviceFault
from appliance.records import audit
from appliance.records.schema import api_answer, case
from appliance.records.schema import audit as audit_table
from appliance.records.store import Store, StoreError, Transaction, new_id
from appliance.records.vault import Vault

KEPT_MS = 24 * 3_600_000
"""How long a key is known, from its first request on; a clock that was set back does not lengthen it by more."""
Answer = tuple[int, bytes]
"""Status and body."""


class OtherRequest(Exception):
    """This key was used for another request."""


class StillRunning(Exception):
    """The first request of this key is still worked on."""


class AnswerLost(Exception):
    """It was stored, all or a part, and its answer was lost; `code` is of the case that it was about, if any."""

    def __init__(self, code: str | None) -> None:
        super().__init__("stored, and the answer lost")
        self.code = code


class AnswerStruck(Exception):
    """It was done; what it answered was wiped with the case."""


@dataclass(frozen=True, slots=True)
class _Row:
    request: str
    stored: int
    case_id: str | None
    status: int | None
    answer: str | None


class Once:
    """The keys of one office."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store = store
        self._vault = vault
        self._running: set[str] = set()
        self._lock = threading.Lock()

    def answer(self, account_id: str, key: str, request: bytes, do: Callable[[], Answer]) -> Answer:
        """What `do` answers the first time that this person sends `request` under `key`, and the same ever after.

        What `do` raises leaves the key free, unless something was stored. Raises `OtherRequest`, `StillRunning`,
        `AnswerLost` or `AnswerStruck`, and then did nothing.
        """
        name = self._vault.digest(f"{account_id}\n{key}".encode())
        about, attempt = self._vault.digest(request), new_id()
        with self._alone(name):
            found = _begin(self._store, name, about, attempt)
            if found is not None:
                return self._again(name, about, found)
            try:
                with self._store.alongside(functools.partial(_noted, name, attempt)):
                    status, body = do()
            except BaseException:
                with contextlib.suppress(DeviceFault, StoreError):
                    _give_back(self._store, name, attempt)
                raise
            with contextlib.suppress(DeviceFault, StoreError):  # it is done; who asks again is told that
                _keep(self._store, name, attempt, status, self._vault.seal(name, body))
            return status, body

    @contextlib.contextmanager
    def _alone(self, name: str) -> Iterator[None]:
        with self._lock:
            if name in self._running:
                raise StillRunning
            self._running.add(name)
        try:
            yield
        finally:
            with self._lock:
                self._running.discard(name)

    def _again(self, name: str, about: str, found: _Row) -> Answer:
        if found.request != about:
            raise OtherRequest
        if found.status is None:
            raise AnswerLost(_code(self._store, found.case_id))
        if found.answer is None:
            raise AnswerStruck
        return found.status, self._vault.unseal(name, found.answer)


def _begin(store: Store, name: str, about: str, attempt: str) -> _Row | None:
    """Take the key, also over from a try of the same request of which nothing was stored; else what stands there.

    That other try may still be under way on another machine: it can commit nothing from then on (`_noted`).
    """
    with store.write() as tx:
        columns = (getattr(api_answer.c, one) for one in _Row.__slots__)
        row = tx.sql.execute(select(*columns).where(api_answer.c.key == name)).first()
        if row is None:
            values = {"key": name, "request": about, "attempt": attempt, "begun_at": tx.now}
            tx.sql.execute(insert(api_answer).values(**values))
            return None
        found = _Row(**row._mapping)
        if found.request == about and found.status is None and not found.stored:
            tx.sql.execute(update(api_answer).where(api_answer.c.key == name).values(attempt=attempt))
            return None
        return found


@contextlib.contextmanager
def _noted(name: str, attempt: str, tx: Transaction) -> Iterator[None]:
    """Around a transaction of the request: with it goes that it was stored, and the case that its audit names."""
    before = audit.head(tx)
    yield
    about = select(audit_table.c.case_id).where(audit_table.c.sequence > before, audit_table.c.case_id.is_not(None))
    values: dict[str, object] = {"stored": 1}
    case_id = tx.sql.execute(about.limit(1)).scalar()
    if case_id is not None:
        values["case_id"] = case_id
    mine = api_answer.c.key == name, api_answer.c.attempt == attempt, api_answer.c.status.is_(None)
    if tx.sql.execute(update(api_answer).where(*mine).values(**values)).rowcount != 1:
        raise StillRunning  # another machine took it over: of this transaction nothing is stored


def _keep(store: Store, name: str, attempt: str, status: int, sealed: str) -> None:
    with store.write() as tx:
        mine = api_answer.c.key == name, api_answer.c.attempt == attempt
        tx.sql.execute(update(api_answer).where(*mine).values(status=status, answer=sealed))


def _give_back(store: Store, name: str, attempt: str) -> None:
    with store.write() as tx:
        mine = api_answer.c.key == name, api_answer.c.attempt == attempt, api_answer.c.stored == 0
        tx.sql.execute(delete(api_answer).where(*mine))


def _code(store: Store, case_id: str | None) -> str | None:
    with store.read() as tx:
        return tx.sql.execute(select(case.c.code).where(case.c.id == case_id)).scalar()


def forget(store: Store) -> int:
    """Forget the keys whose time is over; how many. Only where the clock can be believed."""
    with store.read() as tx:
        due = or_(api_answer.c.begun_at < tx.now - KEPT_MS, api_answer.c.begun_at > tx.now + KEPT_MS)
        if tx.sql.execute(select(api_answer.c.key).where(due).limit(1)).first() is None:
            return 0
    with store.write() as tx:
        return tx.sql.execute(delete(api_answer).where(due)).rowcount
