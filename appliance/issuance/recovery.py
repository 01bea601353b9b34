"""After a restart nothing that was under way is believed: each open intent is settled by its job, which asks."""

from __future__ import annotations

from collections.abc import Iterable

from appliance.casework.roles import SYSTEM
from appliance.queue import effects, jobs
from appliance.records import audit
from appliance.records.store import Store


def take_over(store: Store, lanes: Iterable[str], devices: Iterable[str]) -> int:
    """Free the leases of the process that died and note what it left open; returns how many intents that are.

    The jobs run again; a handler that finds its intent asks the card's journal, the print queue and counter, or the
    office by token, and only where none of them can tell does a person get a question.
    """
    jobs.release_leases(store, lanes)
    wanted = set(devices)
    with store.write() as tx:
        left = [effect for effect in effects.open_effects(tx) if effect.device in wanted]
        if left:
            tokens = [effect.token for effect in left]
            audit.record(tx, "recovery-init", SYSTEM, None, effects=tokens)
    return len(left)
