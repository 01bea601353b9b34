"""The outside offices as the network steps know them; each request is found again before it is ever sent twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from appliance.central.centre import HttpCentre
from appliance.central.data_access import DataAccess
from appliance.central.esign import Signer
from appliance.central.siak import SiakGateway
from appliance.clock import Clock
from appliance.config import Settings
from appliance.faults import DeviceFault, FaultCode
from appliance.issuance.timing import TimeTrouble, believed
from appliance.queue import effects
from appliance.queue.jobs import Job
from appliance.records.store import Store
from appliance.records.vault import Vault

T = TypeVar("T")


def nothing_kept(*_: str) -> None:
    """Where no passphrase outlives the step that takes it."""


@dataclass(frozen=True, slots=True)
class Offices:
    """What the handlers of network jobs need; an office that is None works by hand in this installation."""

    store: Store
    vault: Vault
    settings: Settings
    clock: Clock
    siak: SiakGateway | None
    centre: HttpCentre | None
    signer: Signer | None
    packet_roots: bytes
    esign_roots: bytes
    take_passphrase: Callable[[str], str | None]
    time_trouble: TimeTrouble = believed
    forget_passphrases: Callable[[], None] = nothing_kept
    return_passphrase: Callable[[str, str], None] = nothing_kept
    data_access: DataAccess | None = None

    def the_siak(self) -> SiakGateway:
        """SIAK, or the fault that it is not connected."""
        if self.siak is None:
            raise DeviceFault(FaultCode.SIAK_REFUSED, "not configured: work in manual mode")
        return self.siak

    def the_centre(self) -> HttpCentre:
        """The biometric centre, or the fault that it is not connected."""
        if self.centre is None:
            raise DeviceFault(FaultCode.CENTRE_BY_HAND, "not configured")
        return self.centre


def once(
    offices: Offices, job: Job, device: str, token: str, find: Callable[[], T | None], send: Callable[[], T]
) -> T:
    """Send a request once: with an intent before it, and after any doubt by asking for its token first."""
    effects.doubt(offices.store, token, device, case_id=job.case_id, position=job.position)
    old = effects.intend(offices.store, token, device, token, case_id=job.case_id, position=job.position)
    answer = find() if old is not None else None
    return answer if answer is not None else send()
