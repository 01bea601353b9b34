"""What every signature pad must hold: strokes as written, and a name for each trouble."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Protocol

from contract.every_device import DeviceContract, Hands, compared, refusal

from appliance.clock import Deadline
from appliance.devices import SignaturePad
from appliance.faults import FaultCode

Written = Sequence[Sequence[tuple[float, float, float]]]


class PadHands(Hands, Protocol):
    """What can be done at a pad."""

    def write(self) -> Written | None:
        """Let somebody sign when asked; x, y in millimetres and pressure of each point, None if nobody knows them."""

    def leave(self) -> None:
        """Nobody writes."""

    def keep_pen_down(self) -> None:
        """Rest the pen on the pad at the end."""

    def silence(self) -> None:
        """Answer nothing more."""


class SignaturePadContract(DeviceContract):
    """A signature and its troubles."""

    kind = "signature_pad"
    unreachable: ClassVar[FaultCode] = FaultCode.PAD_UNREACHABLE

    def test_strokes_arrive_as_written_with_time_and_pressure(self, device: SignaturePad, hands: PadHands) -> None:
        written = hands.write()
        strokes = device.sign(Deadline.after(20))
        assert strokes and all(strokes)
        compared([len(stroke) for stroke in strokes], written and [len(stroke) for stroke in written], "the points")
        for ours, theirs in zip(strokes, written or (), strict=written is not None):
            for got, (x, y, pressure) in zip(ours, theirs, strict=True):
                assert abs(got.x - x) <= 0.01 and abs(got.y - y) <= 0.01
                assert abs(got.pressure - pressure) < 0.002
        times = [point.at_ms for stroke in strokes for point in stroke]
        assert times == sorted(times)

    def test_nobody_writes(self, device: SignaturePad, hands: PadHands) -> None:
        hands.leave()
        assert refusal(device.sign, Deadline.after(0.3)) is FaultCode.PAD_TIMEOUT

    def test_a_pen_that_stays_down(self, device: SignaturePad, hands: PadHands) -> None:
        hands.write()
        hands.keep_pen_down()
        assert refusal(device.sign, Deadline.after(1)) is FaultCode.PAD_TIMEOUT

    def test_a_silent_pad(self, device: SignaturePad, hands: PadHands) -> None:
        hands.silence()
        assert refusal(device.sign, Deadline.after(0.3)) is FaultCode.PAD_TIMEOUT
        assert device.status().level == "down"

    def test_unplugged_while_it_waits_for_the_pen(self, device: SignaturePad, hands: PadHands) -> None:
        hands.unplug()
        assert refusal(device.sign, Deadline.after(2)) is FaultCode.PAD_UNREACHABLE
        hands.plug()
