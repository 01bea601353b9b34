"""The search among the fingers of this office's own cases before a new NIK: whom the Kasi must look at.

Nothing is decided here, and nothing more is stored of anybody: the stored records are read from the vault and held
as card forms in this process's memory only. What the vault no longer gives (its key dropped by the retention rule)
is gone from the memory at the next search.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from appliance.biometrics import compact, fmr, rules
from appliance.biometrics.engine import FingerEngine
from appliance.biometrics.minutiae import BadTemplate, Template
from appliance.casework.roles import SYSTEM
from appliance.records import accounts, audit, cases
from appliance.records.store import Store, Transaction
from appliance.records.stored_fingers import StoredFinger, stored_fingers
from appliance.records.vault import BlobLost, Vault

Who = tuple[str, int]
"""A person: his case and his place in it."""


@dataclass(frozen=True, slots=True)
class Alike:
    """Somebody who may be the same person: which of his stored fingers, and how sure; no score."""

    who: Who
    fingers: tuple[str, ...]
    level: rules.Alert


@dataclass(frozen=True, slots=True)
class Searched:
    """What came of a search: how many stored fingers were compared, how many could not be read, and who is alike."""

    compared: int
    unread: int
    alike: tuple[Alike, ...]


class KnownFingers:
    """Card forms of the stored fingers, read once each: about 0.3 ms a finger at first use, 0.4 KB of memory."""

    def __init__(self) -> None:
        self._forms: dict[str, bytes | None] = {}

    def of(self, store: Store, vault: Vault) -> list[tuple[StoredFinger, bytes | None]]:
        """Every stored finger with its card form, None where it cannot be read; what is gone is forgotten."""
        with store.read() as tx:
            there = stored_fingers(tx)
        self._forms = {
            one.id: self._forms[one.id] if one.id in self._forms else _card_form(vault, one) for one in there
        }
        return [(one, self._forms[one.id]) for one in there]


def _card_form(vault: Vault, one: StoredFinger) -> bytes | None:
    try:
        return compact.write(fmr.read(vault.get(one.case_id, one.wrapped_key, one.blob)).template)
    except (BlobLost, BadTemplate):
        return None


def search(
    engine: FingerEngine, probes: Iterable[Template], known: Collection[tuple[StoredFinger, bytes | None]], but: Who
) -> Searched:
    """Who of the known may be the person whose fingers these are; `but` is that person himself."""
    others = [(one, form) for one, form in known if (one.case_id, one.position) != but]
    read = [(one, form) for one, form in others if form is not None]
    forms = [form for _, form in read]
    scores: dict[Who, dict[str, int]] = defaultdict(dict)
    for probe in probes:
        for found in engine.search(probe, forms):
            one, _ = read[found.index]
            of_him = scores[one.case_id, one.position]
            of_him[one.name] = max(found.score, of_him.get(one.name, 0))
    return Searched(len(read), len(others) - len(read), tuple(_alike(scores)))


def _alike(scores: Mapping[Who, Mapping[str, int]]) -> Iterable[Alike]:
    for who, by_finger in scores.items():
        level = rules.alert(tuple(by_finger.values()))
        if level is not None:
            fingers = (name for name, score in by_finger.items() if score >= rules.SEARCH_TWO_FINGERS_SCORE)
            yield Alike(who, tuple(sorted(fingers)), level)


def add_local_search(
    tx: Transaction, case_id: str, position: int, found: Searched, officers: Mapping[str, str]
) -> None:
    """Keep whom the search in this office came upon: who, which fingers, how sure; never a score.

    `officers` are the fingers that look like an officer's own, by ISO name, and whose account. A person asks whose
    finger lay on the glass: the search is neither refused nor repeated for that.
    """
    alike = [
        {"case": one.who[0], "position": one.who[1], "fingers": one.fingers, "level": one.level}
        for one in found.alike
    ]
    state = "alike" if alike or officers else "clear"
    own = [
        {"finger": finger, "account": account, "name": accounts.name_of(tx, account)}
        for finger, account in officers.items()
    ]
    cases.add_evidence(tx, case_id, "local_search", position=position, state=state, alike=alike, officers=own)
    codes = sorted({cases.get(tx, one.who[0]).code for one in found.alike})
    audit.record(
        tx, "search-local-complete", SYSTEM, case_id,
        resident=position, compared=found.compared, unread=found.unread, alike=codes,
        officers=sorted(set(officers.values())),
    )  # fmt: skip
