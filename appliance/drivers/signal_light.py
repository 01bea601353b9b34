"""Tower light with a buzzer on four switches: red, yellow, green, buzzer.

`serial:/dev/…?baud=9600` is a board of four relays, `gpio:gpiochip0/5,6,13,19` four lines of a GPIO chip, of a USB
bridge `gpio:siaga/gpio-bridge/0,1,2,3` by the name that it keeps. Colours as IEC 60073 §4.2 gives them: red is a
fault, yellow asks for attention, green is normal.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

from appliance.devices import DeviceStatus, Signal
from appliance.drivers.serial_relays import SerialRelays
from appliance.drivers.wire_log import Tap, no_tap
from appliance.faults import DeviceFault, FaultCode

TONE_SECONDS = 0.3
_LAMPS: dict[Signal, tuple[bool, ...]] = {
    Signal.OFF: (False, False, False),
    Signal.READY: (False, False, True),
    Signal.WORKING: (False, True, True),
    Signal.CALL: (False, True, False),
    Signal.FAULT: (True, False, False),
}
_BY_LAMPS: dict[tuple[bool, ...], Signal] = {lamps: signal for signal, lamps in _LAMPS.items()}
_GPIO = re.compile(r"gpio:((?:siaga/)?[a-z0-9-]+)/(\d{1,4}),(\d{1,4}),(\d{1,4}),(\d{1,4})")


class Switches(Protocol):
    """Four outputs; all raise ConnectionError when they cannot be reached."""

    @property
    def model(self) -> str:
        """What they are."""

    def set(self, closed: tuple[bool, ...]) -> None:
        """Close and open them."""

    def read(self) -> tuple[bool, ...] | None:
        """How they are; None where nothing tells."""

    def close(self) -> None:
        """Let them go."""


class TowerLight:
    """A SignalLight; `reach` opens its switches."""

    def __init__(self, reach: Callable[[], Switches], tone_seconds: float = TONE_SECONDS) -> None:
        self._reach = reach
        self._tone_seconds = tone_seconds
        self._switches: Switches | None = None

    def open(self) -> None:
        """Reach the switches; raises `signal_light.unreachable`."""
        self.close()
        try:
            self._switches = self._reach()
        except ConnectionError as error:
            raise DeviceFault(FaultCode.LIGHT_UNREACHABLE, str(error)) from error

    def close(self) -> None:
        """Let the switches go; the lamps stay as they are on relays."""
        switches, self._switches = self._switches, None
        if switches is not None:
            switches.close()

    def status(self) -> DeviceStatus:
        """What it shows, by the switches' own word where they give one."""
        try:
            switches = self._opened()
            closed = switches.read()
        except (DeviceFault, ConnectionError) as error:
            self.close()
            return DeviceStatus("down", (FaultCode.LIGHT_UNREACHABLE.value,), detail={"why": str(error)})
        shown = "not told" if closed is None else str(_BY_LAMPS.get(closed[:3], "other"))
        return DeviceStatus("ok", model=switches.model, detail={"shows": shown})

    def self_test(self) -> DeviceStatus:
        """Every lamp and one tone, one after the other, for a person to see; then as it was."""
        try:
            before = self._opened().read()
            for signal in (Signal.FAULT, Signal.CALL, Signal.READY):
                self.show(signal, sound=signal is Signal.READY)
            self._switch(before or _LAMPS[Signal.OFF] + (False,))
        except DeviceFault as fault:
            return DeviceStatus("down", (fault.code.value,), detail={"why": fault.detail})
        except ConnectionError as error:
            self.close()
            return DeviceStatus("down", (FaultCode.LIGHT_UNREACHABLE.value,), detail={"why": str(error)})
        return self.status()

    def show(self, signal: Signal, sound: bool = False) -> None:
        """Show a signal; with `sound` it returns after the tone.

        Raises `signal_light.unreachable`, or `signal_light.refused` if the switches say that they are not so.
        """
        self._switch((*_LAMPS[signal], sound))
        if sound:
            time.sleep(self._tone_seconds)
            self._switch((*_LAMPS[signal], False))

    def _opened(self) -> Switches:
        if self._switches is None:
            self.open()
        assert self._switches is not None
        return self._switches

    def _switch(self, closed: tuple[bool, ...]) -> None:
        try:
            switches = self._opened()
            switches.set(closed)
            found = switches.read()
        except ConnectionError as error:
            self.close()
            raise DeviceFault(FaultCode.LIGHT_UNREACHABLE, str(error)) from error
        if found is not None and found != closed:
            raise DeviceFault(FaultCode.LIGHT_REFUSED, f"told {_bits(closed)}, is {_bits(found)}")


def _bits(closed: tuple[bool, ...]) -> str:
    return "".join(str(int(one)) for one in closed)


def on_serial_relay(uri: str, tap: Tap = no_tap) -> TowerLight:
    """The light of `serial:/dev/…[?baud=9600]`."""
    parts = urlsplit(uri)
    baud = int(parse_qs(parts.query).get("baud", ["9600"])[0])
    return TowerLight(lambda: SerialRelays(parts.path, baud, 4, tap))


def on_gpio(uri: str, tap: Tap = no_tap) -> TowerLight:
    """The light of `gpio:CHIP/line,line,line,line`; ValueError for another form."""
    found = _GPIO.fullmatch(uri)
    if found is None:
        raise ValueError("signal_light: must be gpio:CHIP/red,yellow,green,buzzer")
    lines = tuple(int(found[at]) for at in range(2, 6))

    def reach() -> Switches:
        from appliance.drivers.transport_gpio import GpioLines

        return GpioLines(found[1], lines, tap)

    return TowerLight(reach)
