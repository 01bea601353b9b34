"""What every act of the office works with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from appliance.casework.sop import NotAllowed
from appliance.clock import Clock, to_local
from appliance.config import Settings
from appliance.records.cases import CaseRecord, ResidentRecord, resident_at
from appliance.records.store import Store, Transaction
from appliance.records.vault import Vault


@dataclass(frozen=True, slots=True)
class Office:
    """The office behind the counter.

    `wake` tells the machine processes that there is work; `lend_passphrase` hands the signer's passphrase for one
    case to the network process, in memory only, and says whether that process took it. Under `ledger_key` (32 bytes)
    stands what the blank ledger keeps of a NIK.
    """

    store: Store
    vault: Vault
    ledger_key: bytes
    settings: Settings
    clock: Clock
    wake: Callable[[], None]
    lend_passphrase: Callable[[str, str], bool]

    def today(self) -> date:
        """The calendar day in the office's time zone."""
        return to_local(self.clock()).date()

    @property
    def by_hand(self) -> frozenset[str]:
        """The offices outside without a line, to which people carry: `siak`, `centre`, `esign`."""
        lines = self.settings.central
        named = {"siak": lines.siak, "centre": lines.centre, "esign": lines.esign}
        return frozenset(name for name, url in named.items() if url is None)


class FormRefused(NotAllowed):
    """The form says something that cannot be; `mistakes` are all of them, as field name and sentence."""

    def __init__(self, *mistakes: tuple[str, str]) -> None:
        super().__init__(" ".join(sentence for _, sentence in mistakes))
        self.mistakes = mistakes


Values = Mapping[str, Any]
"""What a form carried, checked and typed. `opened_at` is when the form was shown, UTC milliseconds, if it said so."""


def opened_at(values: Values) -> int | None:
    """When the person began with this act, for the touch clock."""
    value = values.get("opened_at")
    return value if isinstance(value, int) else None


def text(values: Values, name: str, why: str) -> str:
    """A text that must be there; raises `NotAllowed` saying what to fill in."""
    value = str(values.get(name) or "").strip()
    if not value:
        raise NotAllowed(why)
    return value


def resident(tx: Transaction, record: CaseRecord, values: Values) -> ResidentRecord:
    """The resident the act is about."""
    return resident_at(tx, record.id, int(values.get("resident") or 0))
