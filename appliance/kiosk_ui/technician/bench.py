"""The bench: what the technician's pages ask of the books, and never anything of a case."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from appliance.casework.roles import Actor
from appliance.casework.stock import Forecast
from appliance.config import DEVICES, Update
from appliance.diagnostics.bundle import public_uri
from appliance.drivers.tiers import DriverFacts, driver_of
from appliance.kiosk_ui.refusals import in_words
from appliance.kiosk_ui.technician.faults import Fault, device_of, newest_first
from appliance.office import blank_views
from appliance.office import maintenance as office_maintenance
from appliance.office import panel as office_panel
from appliance.office import trials as office_trials
from appliance.office import updates as office_updates
from appliance.office.context import Office, Values
from appliance.queue import jobs
from appliance.records import audit, panel, trials
from appliance.records.panel import Panel
from appliance.records.trials import Trial

FAULTS_READ = 500
"""So many faults of work are looked through at most."""
ACTS: Mapping[str, Callable[[Office, Actor, Values], None]] = {
    "begin_trial": office_trials.begin_trial,
    "answer_trial": office_trials.answer_trial,
    "erase_trial": office_trials.erase_trial,
    "calibrate_panel": office_panel.calibrate_panel,
    "touch_panel": office_panel.touch_panel,
    "order_update": office_updates.order_update,
    "begin_maintenance": office_maintenance.begin_maintenance,
    "end_maintenance": office_maintenance.end_maintenance,
}


def _facts(entry: Mapping[str, object]) -> tuple[dict[str, str], int]:
    return json.loads(str(entry["facts"])), int(str(entry["at"]))


class Bench:
    """What one office's books tell a technician."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def address(self, device: str) -> tuple[str, DriverFacts | None]:
        """The device's URI without its secrets, and the driver that serves it; empty where it is not configured."""
        uri = self._office.settings.devices.get(device, "")
        return (public_uri(uri) if uri else "", driver_of(device, uri))

    def faults(self) -> tuple[Fault, ...]:
        """The newest faults of work and of trials, the newest first."""
        with self._office.store.read() as tx:
            met = [_facts(entry) for entry in audit.newest(tx, "job-fault", FAULTS_READ)]
            tried = [_facts(entry) for entry in audit.newest(tx, "device-try-complete", FAULTS_READ)]
        work = (
            Fault(at, facts["fault"], device_of(facts["fault"], facts.get("kind", "")), "work") for facts, at in met
        )
        trial = (Fault(at, facts["fault"], facts["device"], "trial") for facts, at in tried if facts["fault"])
        return newest_first(work, trial)

    def devices(self) -> tuple[str, ...]:
        """The configured devices, in the order of the settings' own list."""
        return tuple(name for name in DEVICES if name in self._office.settings.devices)

    def trial(self, device: str) -> Trial | None:
        """The last trial of a device, or None."""
        with self._office.store.read() as tx:
            return trials.get(tx, device)

    def progress(self, trial: Trial) -> tuple[int, int]:
        """How many steps of it are done, of how many; 0 of 0 where it has not told."""
        with self._office.store.read() as tx:
            job = jobs.by_key(tx, trials.job_key(trial))
        return (0, 0) if job is None else (job.done_steps, job.done_of)

    def taken(self, device: str) -> tuple[bytes, str] | None:
        """What was taken in the last trial and its media type, while it may still be seen."""
        return office_trials.taken(self._office, device)

    def trial_mark(self, device: str) -> str:
        """Changes whenever the trial of this device, or of any (`semua`), goes on; for open pages."""
        names = self.devices() if device == "semua" else tuple(one for one in self.devices() if one == device)
        found = [one for one in map(self.trial, names) if one is not None]
        return " ".join(f"{one.id[-6:]}.{one.state}.{bool(one.blob)}.{self.progress(one)[0]}" for one in found)

    def act(self, actor: Actor, name: str, values: Values) -> None:
        """Do the technician's act of this name; raises `ActRefused`."""
        with in_words():
            ACTS[name](self._office, actor, values)

    def panel(self) -> Panel:
        """The kiosk's screen as it was measured."""
        with self._office.store.read() as tx:
            return panel.get(tx)

    def leave(self, actor: Actor) -> None:
        """Somebody signs out: a machine that he has taken is given back."""
        office_maintenance.leave(self._office, actor)

    def touch(self, actor: Actor) -> None:
        """The technician is still there."""
        office_maintenance.touch(self._office, actor)

    def update_places(self) -> Update:
        """Where programs and updates lie."""
        return self._office.settings.update

    def update_ordered(self) -> str:
        """The id of the newest order to change the program; empty before the first."""
        return office_updates.ordered(self._office)

    def cards_left(self) -> tuple[int, Forecast]:
        """How many blanks may still be used, and for how many days they last."""
        state = blank_views.ledger_state(self._office)
        return state.ready, state.left
