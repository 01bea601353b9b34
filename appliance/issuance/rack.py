"""The rack: each configured device has one owner, who alone opens it, lends it to a step, and asks it how it is."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

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


class Owner:
    """The one who touches a device: one use or question at a time, opened when wanted, let go when its link broke."""

    def __init__(self, device: Device, absent: FaultCode, question_seconds: float = QUESTION_SECONDS) -> None:
        self._device = device
        self._absent = absent
        self._question_seconds = question_seconds
        self._lock = threading.RLock()
        self._asking = False
        self._open = False

    @contextmanager
    def use(self) -> Iterator[Any]:
        """The device, open and ours until the block ends.

        Waits for another step's use as long as that lasts; a question that hangs is waited for 20 s, then the
        device counts as unreachable.
        """
        self._take()
        try:
            if not self._open:
                self._device.open()
                self._open = True
            yield self._device
        except DeviceFault as fault:
            if fault.row.category is Category.LINK:
                self._let_go()
            raise
        finally:
            self._lock.release()

    def ask(self) -> DeviceStatus | None:
        """How the device is; None while a step has it. Never waits for a step and never raises.

        A device whose link is gone is let go and opened anew, so that one plugged in again is found here.
        """
        if not self._lock.acquire(blocking=False):
            return None
        self._asking = True
        try:
            said = self._device.status()
            if _link_is_gone(said):
                self._let_go()
                return self._asked_anew(said)
            return said
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

    def _asked_anew(self, said: DeviceStatus) -> DeviceStatus:
        try:
            self._device.open()
        except DeviceFault:
            self._let_go()
            return said
        self._open = True
        return self._device.status()

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
    def use(self, name: str) -> Iterator[Any]:
        """The device, open and ours until the block ends; raises its `unreachable` fault if it is not there."""
        owner = self.owners.get(name)
        if owner is None:
            raise DeviceFault(ABSENT[name], "not configured")
        with owner.use() as device:
            yield device

    def close(self) -> None:
        """Let every device go."""
        for owner in self.owners.values():
            owner.close()
