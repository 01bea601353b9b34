"""Power supply watched by NUT (`nut://127.0.0.1:3493/NAME`): reads its variables from upsd without logging in.

A client of our own: PyNUTClient is GPL-3, nut2 has not been released since 2019; what is needed is one command.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from appliance.clock import Deadline
from appliance.devices import DeviceStatus, Power
from appliance.drivers.nut import error_of, power_of, variable
from appliance.drivers.power_words import status_of
from appliance.drivers.transport_tcp import TextLine
from appliance.drivers.wire_log import Tap, no_tap
from appliance.faults import DeviceFault, FaultCode

PORT = 3493
ANSWER_SECONDS = 1.5
MAX_VARIABLES = 500


class NutSupply:
    """A PowerSupply. `status` and `power` cost one exchange of some 40 lines on the loopback."""

    def __init__(self, host: str, port: int, ups: str, tap: Tap = no_tap) -> None:
        self._tap = tap
        self._address, self._ups = (host, port), ups
        self._line: TextLine | None = None

    def open(self) -> None:
        """Connect and ask once."""
        self.close()
        self.power()

    def close(self) -> None:
        """Hang up."""
        line, self._line = self._line, None
        if line is not None:
            line.close()

    def status(self) -> DeviceStatus:
        """Ask upsd, connecting if need be."""
        try:
            variables = self._variables()
            power = self._power(variables)
        except DeviceFault as fault:
            return DeviceStatus("down", (fault.code.value,), detail={"why": fault.detail})
        model = " ".join(filter(None, (_first(variables, "mfr"), _first(variables, "model"))))
        detail = {"status": variables.get("ups.status", ""), "driver": variables.get("driver.name", "")}
        return status_of(power, model or self._ups, _first(variables, "serial"), detail)

    def self_test(self) -> DeviceStatus:
        """The same as status: a battery test would cost the battery."""
        return self.status()

    def power(self) -> Power:
        """How it is now; `power_supply.unreachable` also when upsd's own driver has lost the supply (DATA-STALE)."""
        return self._power(self._variables())

    def _power(self, variables: Mapping[str, str]) -> Power:
        power = power_of(variables)
        if power is None:
            raise DeviceFault(FaultCode.POWER_UNREACHABLE, f"ups.status is {variables.get('ups.status', '')[:40]!r}")
        return power

    def _variables(self) -> dict[str, str]:
        # upsd may have been restarted since: an old line that fails is replaced once.
        fresh = self._line is None
        try:
            return self._ask()
        except (ConnectionError, TimeoutError) as error:
            self.close()
            if fresh or isinstance(error, TimeoutError):
                raise DeviceFault(FaultCode.POWER_UNREACHABLE, f"upsd: {error}") from error
        try:
            return self._ask()
        except (ConnectionError, TimeoutError) as error:
            self.close()
            raise DeviceFault(FaultCode.POWER_UNREACHABLE, f"upsd: {error}") from error

    def _ask(self) -> dict[str, str]:
        by = Deadline.after(ANSWER_SECONDS)
        if self._line is None:
            self._line = TextLine(*self._address, by, self._tap)
        line = self._line
        line.write(f"LIST VAR {self._ups}", by)
        said = line.read(by)
        wrong = error_of(said)
        if wrong is not None:
            raise DeviceFault(FaultCode.POWER_UNREACHABLE, f"upsd says {wrong[:40]}")
        if said != f"BEGIN LIST VAR {self._ups}":
            raise ConnectionError("not upsd's answer")
        found: dict[str, str] = {}
        while (said := line.read(by)) != f"END LIST VAR {self._ups}":
            pair = variable(said, self._ups)
            if pair is None or len(found) >= MAX_VARIABLES:
                raise ConnectionError("not upsd's answer")
            found[pair[0]] = pair[1]
        return found


def _first(variables: Mapping[str, str], what: str) -> str:
    return (variables.get(f"device.{what}") or variables.get(f"ups.{what}") or "").strip()


def from_uri(uri: str, tap: Tap = no_tap) -> NutSupply:
    """The supply of `nut://host[:3493]/NAME`, NAME being its section in ups.conf."""
    parts = urlsplit(uri)
    return NutSupply(parts.hostname or "127.0.0.1", parts.port or PORT, parts.path.strip("/"), tap)
