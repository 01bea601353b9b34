"""The bench: what the technician's pages ask of the books, and never anything of a case."""

from __future__ import annotations

import json

from appliance.casework.stock import Forecast
from appliance.diagnostics.bundle import public_uri
from appliance.drivers.tiers import DriverFacts, driver_of
from appliance.kiosk_ui.technician.faults import Fault, device_of
from appliance.office import blank_views
from appliance.office.context import Office
from appliance.records import audit

FAULTS_READ = 500
"""So many faults of work are looked through at most."""


class Bench:
    """What one office's books tell a technician."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def address(self, device: str) -> tuple[str, DriverFacts | None]:
        """The device's URI without its secrets, and the driver that serves it; empty where it is not configured."""
        uri = self._office.settings.devices.get(device, "")
        return (public_uri(uri) if uri else "", driver_of(device, uri))

    def faults(self) -> tuple[Fault, ...]:
        """The newest faults of work, the newest first."""
        with self._office.store.read() as tx:
            entries = audit.newest(tx, "job-fault", FAULTS_READ)
        told = [(json.loads(str(entry["facts"])), int(str(entry["at"]))) for entry in entries]
        return tuple(
            Fault(at, str(facts["fault"]), device_of(str(facts["fault"]), str(facts.get("kind", ""))), "work")
            for facts, at in told
        )

    def cards_left(self) -> tuple[int, Forecast]:
        """How many blanks may still be used, and for how many days they last."""
        state = blank_views.ledger_state(self._office)
        return state.ready, state.left
