"""A technician who tries devices, over the books of a whole office."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from counter import PEOPLE, Counter, open_counter

from appliance.casework.roles import Role
from appliance.office.trials import begin_trial
from appliance.records import audit, trials
from appliance.records.trials import Trial

TECHNICIAN = PEOPLE[Role.TEKNISI]


def bench(folder: Path) -> Counter:
    """An office in whose settings the devices of a `Counter` stand."""
    found = open_counter(folder)
    settings = replace(found.office.settings, devices=dict.fromkeys(found.devices, "test:"))
    found.office = replace(found.office, settings=settings)
    found.machines = replace(found.machines, settings=settings)
    return found


def begin(counter: Counter, device: str, **values: Any) -> Trial:
    begin_trial(counter.office, TECHNICIAN, {"device": device, **values})
    return last(counter, device)


def last(counter: Counter, device: str) -> Trial:
    with counter.store.read() as tx:
        found = trials.get(tx, device)
    assert found is not None
    return found


def events(counter: Counter, name: str) -> list[str]:
    with counter.store.read() as tx:
        return [str(entry["facts"]) for entry in audit.newest(tx, name, 10)]
