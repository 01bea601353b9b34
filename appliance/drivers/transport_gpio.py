"""Output lines of a GPIO chip through libgpiod, as switches.

Not proven on hardware: `tests/system` has driven lines of the kernel's own, no chip of silicon.
"""

from __future__ import annotations

from typing import Any

from appliance.drivers.wire_log import NOTHING, Tap, no_tap

_READ_WRONGLY = frozenset({"mcp2221_gpio"})
"""Labels of chips whose lines their kernel driver reads at the wrong place: hid-mcp2221 takes the direction for the
value (seen with Linux 6.1.192 and answers as the bridge's data sheet DS20005565 §3.1.12 gives them)."""


class GpioLines:
    """Lines of `/dev/CHIP` taken as outputs; they go back to the kernel's default when closed.

    Raises ConnectionError if gpiod is not installed, or the chip or a line cannot be had.
    """

    def __init__(self, chip: str, offsets: tuple[int, ...], tap: Tap = no_tap) -> None:
        self._tap = tap
        self._offsets = offsets
        self._chip = chip
        try:
            import gpiod
        except ImportError as error:
            raise ConnectionError("gpiod is not installed") from error
        self._values = (gpiod.line.Value.INACTIVE, gpiod.line.Value.ACTIVE)
        setting = gpiod.LineSettings(direction=gpiod.line.Direction.OUTPUT)
        try:
            with gpiod.Chip(f"/dev/{chip}") as found:
                self._tells = found.get_info().label not in _READ_WRONGLY
            self._request: Any = gpiod.request_lines(f"/dev/{chip}", {offsets: setting}, consumer="siaga")
        except (OSError, ValueError) as error:
            raise ConnectionError(f"/dev/{chip}: {type(error).__name__}") from error

    @property
    def model(self) -> str:
        """What it is."""
        return f"GPIO {self._chip}"

    def set(self, closed: tuple[bool, ...]) -> None:
        """Drive the lines; ConnectionError if the chip is gone."""
        self._tap("out", _levels(closed), NOTHING)
        values = {offset: self._values[on] for offset, on in zip(self._offsets, closed, strict=True)}
        try:
            self._request.set_values(values)
        except (OSError, ValueError) as error:
            raise ConnectionError(f"/dev/{self._chip}: {type(error).__name__}") from error

    def read(self) -> tuple[bool, ...] | None:
        """How the lines are driven, None where that cannot be read; ConnectionError if the chip is gone."""
        try:
            found = self._request.get_values(list(self._offsets))
        except (OSError, ValueError) as error:
            raise ConnectionError(f"/dev/{self._chip}: {type(error).__name__}") from error
        closed = tuple(value is self._values[True] for value in found)
        self._tap("in", _levels(closed), NOTHING)
        return closed if self._tells else None

    def close(self) -> None:
        """Give the lines back; never raises."""
        try:
            self._request.release()
        except OSError:
            return


def _levels(closed: tuple[bool, ...]) -> bytes:
    """The lines in their order as a wire log keeps them: `0010`."""
    return "".join(str(int(one)) for one in closed).encode()
