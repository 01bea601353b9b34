"""The last trial of each device: when, by whom, what came of it, and for two minutes what was taken in it.

A trial belongs to no case and touches no blank. What it took (a finger, a picture, strokes) is a person's: it lies in
the vault under a key of its own that stands here only until it is erased.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from appliance.records import notes
from appliance.records.store import Store, Transaction
from appliance.records.vault import BlobLost, Vault

SHOWN_MS = 120_000
OPEN = frozenset({"waiting", "running"})


@dataclass(frozen=True, slots=True)
class Trial:
    """`state` is waiting, running, asked (a person must look), done, failed or cut (the power went meanwhile).

    `facts` are measured values by name; `doubt` is what is wrong by them; `answer` is good, wrong or nothing where a
    person looked; `blob` and `wrapped_key` name what was taken, until `erase_at` (UTC milliseconds, as `at` and
    `ended`).
    """

    id: str
    device: str
    state: str
    at: int
    by: str
    ended: int = 0
    facts: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""
    detail: str = ""
    doubt: str = ""
    answer: str = ""
    blob: str = ""
    wrapped_key: str = ""
    media_type: str = ""
    erase_at: int = 0


def job_key(trial: Trial) -> str:
    """The key of the job that does the trial."""
    return f"try-device:{trial.id}"


def get(tx: Transaction, device: str) -> Trial | None:
    """The last trial of a device, or None."""
    text = notes.get(tx, f"trial:{device}")
    return None if text is None else _trial(json.loads(text))


def _trial(row: dict[str, Any]) -> Trial:
    """A note of another version may hold less or more."""
    return Trial(**{one.name: row[one.name] for one in fields(Trial) if one.name in row})


def put(tx: Transaction, trial: Trial) -> None:
    """Keep it in place of the one before."""
    notes.put(tx, f"trial:{trial.device}", json.dumps(asdict(trial)))


def taken(store: Store, vault: Vault, device: str) -> tuple[bytes, str] | None:
    """What was taken in the last trial and its media type, while it may still be seen; else None."""
    with store.read() as tx:
        trial, now = get(tx, device), tx.now
    if trial is None or not trial.blob or not 0 <= trial.erase_at - now <= SHOWN_MS:
        return None
    try:
        return vault.get(trial.id, trial.wrapped_key, trial.blob), trial.media_type
    except BlobLost:
        return None


def erased(trial: Trial) -> Trial:
    """The trial without what was taken in it: the key is gone, so the file is nothing any more."""
    return replace(trial, blob="", wrapped_key="", media_type="", erase_at=0)
