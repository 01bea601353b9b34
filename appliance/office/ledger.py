"""What every act on the blank ledger goes through: one transaction, and a line of audit where it was refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from appliance.casework.roles import Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.office.context import FormRefused, Office, Values
from appliance.records import audit
from appliance.records.blanks import LedgerError
from appliance.records.store import Transaction


@contextmanager
def book(
    office: Office,
    actor: Actor,
    act: str,
    case_id: str | None = None,
    audited: tuple[type[Exception], ...] = (LedgerError, NotAllowed),
) -> Iterator[Transaction]:
    """An act on the blank ledger was refused and left nothing else; this is the transaction that it is tried in."""
    try:
        with office.store.write() as tx:
            yield tx
    except audited as refused:
        fields = sorted({field for field, _ in getattr(refused, "mistakes", ())})
        with office.store.write() as tx:
            why = type(refused).__name__
            audit.record(tx, "blanks-act-refused", actor, case_id, act=act, why=why, fields=fields)
        raise


def keeper_only(actor: Actor) -> None:
    """Raises `NotAllowed` unless this is the keeper of the store of blanks."""
    if actor.role is not Role.GUDANG:
        raise NotAllowed("Langkah ini hanya untuk petugas gudang blanko.")


def line(values: Values, name: str) -> str:
    """A field as one line of text, empty where nothing was sent."""
    value = values.get(name)
    return "" if value is None else " ".join(str(value).split())


class Mistakes:
    """Collects every mistake of a form, to refuse it once with all of them.

    `unread` in the values names fields that the page could not read and has its own sentences for: the form is then
    refused whatever else is found.
    """

    def __init__(self, values: Values) -> None:
        self._found: list[tuple[str, str]] = []
        self._unread = bool(values.get("unread"))

    def __bool__(self) -> bool:
        return bool(self._found) or self._unread

    def add(self, field: str, *sentences: str) -> None:
        """Note what is wrong with a field ("" for the form as a whole)."""
        self._found += [(field, sentence) for sentence in sentences]

    def need(self, values: Values, name: str, sentence: str) -> str:
        """The text of a field that must not be empty."""
        value = line(values, name)
        if not value:
            self.add(name, sentence)
        return value

    def stop(self) -> None:
        """Raise `FormRefused` if anything is wrong."""
        if self._found or self._unread:
            raise FormRefused(*self._found)
