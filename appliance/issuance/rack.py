"""The rack: each configured device has one owner, who alone opens it, lends it to a step, and asks it how it is."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Protocol

from appliance.devices import Device, DeviceStatus
from appliance.faults import FAULTS, Category, DeviceFault, FaultCode

ABSENT: dict[str, FaultCode] = {
    "chip_encoder": FaultCode.ENCODER_UNREACHABLE,
    "secure_access_module": FaultCode.SAM_ABSENT,
    "card_printer": FaultCode.PRINTER_UNREACHABLE,
    "document_printer": FaultCode.PRINTER_UNREACHABLE,
    "fingerprint_scanner": FaultCode.SCANNER_UNREACHABLE,
    "camera": FaultCode.CAMERA_UNREACHABLE,
    "signature_pad": FaultCode.PAD_UNREACHABLE,
    "receipt_printer": FaultCode.PRINTER_UNREACHABLE,
    "barcode_reader": FaultCode.BARCODE_UNREACHABLE,
    "signal_light": FaultCode.LIGHT_UNREACHABLE,
    "power_supply": FaultCode.POWER_UNREACHABLE,
}
"""The fault of a device that this appliance has not got."""

QUESTION_SECONDS = 20.0
"""How long a step waits for a question that a device does not answer; drivers give up sooner by themselves."""

_LINK_CODES = frozenset(code.value for code, row in FAULTS.items() if row.category is Category.LINK)


LOOK_SECONDS = 0.05
"""How soon it is seen that a step has opened the device that somebody wants to look through."""


class Lending(Protocol):
    """Told of each use: for whom, and that it lasts as long as the context does."""

    def __call__(self, whose: str) -> AbstractContextManager[object]: ...


class Owner:
    """The one who touches a device: one use or question at a time, opened when wanted, let go when its link broke."""

    def __init__(self, device: Device, absent: FaultCode, question_seconds: float = QUESTION_SECONDS) -> None:
        self._device = device
        self._absent = absent
        self._question_seconds = question_seconds
        self._lock = threading.RLock()
        self._asking = False
        self._open = False
        self._gone = False
        self._word: DeviceStatus | None = None
        self.lending: Lending = lambda whose: nullcontext()

    @contextmanager
    def use(self, whose: str = "") -> Iterator[Any]:
        """The device, open and ours until the block ends; `whose` finger or card it is used for, if anybody's.

        Waits for another step's use as long as that lasts; a question that hangs is waited for 20 s, then the
        device counts as unreachable.
        """
        with self._turn() as device, self.lending(whose):
            yield device

    @contextmanager
    def _turn(self) -> Iterator[Any]:
        self._take()
        try:
            if not self._open:
                came_back = self._gone
                self._take_device()
                self._word = self._device.status() if came_back else None
            yield self._device
        except DeviceFault as fault:
            if fault.row.category is Category.LINK:
                self._let_go()
                self._gone = True
            raise
        finally:
            self._lock.release()

    def look(self) -> Device:
        """The device, open, for its live picture: also while a step has it, unless that is only opening it.

        Raises as `use` does if it must be opened and cannot.
        """
        while not self._open:
            if self._lock.acquire(timeout=LOOK_SECONDS):
                try:
                    with self._turn():
                        break
                finally:
                    self._lock.release()
        return self._device

    def ask(self) -> DeviceStatus | None:
        """How the device is; None while a step has it, save what it said when that step found it back again.

        Never waits for a step and never raises.

        A device whose link is gone is let go and tried to be opened anew, so that one plugged in again is found here.
        """
        if not self._lock.acquire(blocking=False):
            word, self._word = self._word, None
            return word
        self._asking = True
        try:
            if self._gone:
                return self._sought(None)
            said = self._device.status()
            if not _link_is_gone(said):
                return said
            self._let_go()
            self._gone = True
            return self._sought(said)
        finally:
            self._asking = False
            self._lock.release()

    def close(self) -> None:
        """Let the device go; one that is busy is left to the end of the process."""
        if self._lock.acquire(timeout=1.0):
            self._let_go()
            self._lock.release()

    def _take(self) -> None:
        while not self._lock.acquire(timeout=self._question_seconds):
            if self._asking:
                raise DeviceFault(self._absent, f"no answer to the last question in {self._question_seconds:g} s")

    def _sought(self, said: DeviceStatus | None) -> DeviceStatus:
        """Its status if it can be opened again; else its last word, or why it cannot."""
        try:
            self._take_device()
        except DeviceFault as fault:
            self._let_go()
            return said or DeviceStatus("down", (fault.code.value,), detail={"why": fault.detail})
        return self._device.status()

    def _take_device(self) -> None:
        self._device.open()
        self._open, self._gone = True, False

    def _let_go(self) -> None:
        self._device.close()
        self._open = False


class Undriven:
    """A device of the settings that no driver here can serve: it is down, in words, and closes nothing but itself."""

    def __init__(self, absent: FaultCode, why: str) -> None:
        self._absent = absent
        self._why = why

    def open(self) -> None:
        """Raises the device's `unreachable` fault."""
        raise DeviceFault(self._absent, self._why)

    def close(self) -> None:
        """There is nothing to let go."""

    def status(self) -> DeviceStatus:
        """Down, with the reason why no driver serves it."""
        return DeviceStatus("down", (self._absent.value,), detail={"why": self._why})

    def self_test(self) -> DeviceStatus:
        """The same as `status`."""
        return self.status()


def _link_is_gone(said: DeviceStatus) -> bool:
    return said.level == "down" and not _LINK_CODES.isdisjoint(said.reasons)


class DeviceRack:
    """The owners of the appliance's devices, by the device's name in the configuration."""

    def __init__(self, devices: Mapping[str, Device]) -> None:
        self.owners = {name: Owner(device, ABSENT[name]) for name, device in devices.items()}

    @contextmanager
    def use(self, name: str, whose: str = "") -> Iterator[Any]:
        """The device, open and ours until the block ends; raises its `unreachable` fault if it is not there."""
        with self._owner(name).use(whose) as device:
            yield device

    def look(self, name: str) -> Any:
        """The device, open, for its live picture (`Owner.look`); raises its `unreachable` fault."""
        return self._owner(name).look()

    def _owner(self, name: str) -> Owner:
        owner = self.owners.get(name)
        if owner is None:
            raise DeviceFault(ABSENT[name], "not configured")
        return owner

    def close(self) -> None:
        """Let every device go."""
        for owner in self.owners.values():
            owner.close()
