"""No pad on a cable: the resident signs on the touch screen of the officer's face (`browser:`)."""

from __future__ import annotations

from appliance.clock import Deadline
from appliance.devices import DeviceStatus, Stroke
from appliance.faults import DeviceFault, FaultCode


class ScreenPad:
    """A SignaturePad whose strokes come with the officer's page, not from here; a status costs nothing."""

    def open(self) -> None:
        """Nothing is to be opened."""

    def close(self) -> None:
        """Nothing is held."""

    def status(self) -> DeviceStatus:
        """Always ok: a page that can be seen can be signed on; what the screen's touch does nobody here can ask."""
        return DeviceStatus("ok", model="screen", detail={"how": "signed on the officer's screen"})

    def self_test(self) -> DeviceStatus:
        """The same as status."""
        return self.status()

    def sign(self, by: Deadline) -> tuple[Stroke, ...]:
        """Always `signature_pad.on_screen`: work that was queued for a pad before the screen took its place."""
        raise DeviceFault(FaultCode.PAD_ON_SCREEN)
