"""SIAK behind a line that a test cuts."""

from __future__ import annotations

from counter import Counter

from appliance.faults import DeviceFault


class SiakLine:
    """The line of this counter: the `fault` it meets, None while SIAK answers; `knocks` counts who came."""

    def __init__(self, counter: Counter, fault: DeviceFault | None = None) -> None:
        self.fault = fault
        self.knocks = 0
        siak = counter.siak
        self._register, self._find = siak.register, siak.find_registration
        siak.register, siak.find_registration = self.register, self.find  # type: ignore[method-assign, assignment]

    def _knock(self) -> None:
        self.knocks += 1
        if self.fault is not None:
            raise self.fault

    def register(self, *asked: object) -> object:
        self._knock()
        return self._register(*asked)  # type: ignore[arg-type]

    def find(self, token: str) -> object:
        self._knock()
        return self._find(token)
