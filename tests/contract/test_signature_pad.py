"""The pen tablet's driver against a tablet on a pseudo-terminal."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from contract.every_signature_pad import SignaturePadContract, Written

from appliance.clock import Deadline
from appliance.drivers.isdv4_pad import IsdV4Pad, from_uri
from appliance.faults import DeviceFault, FaultCode
from hw_sim.people import Person
from hw_sim.signature_pad import SignaturePad
from hw_sim.world import World

PERSON = Person("Uji Coba", 9001)


@pytest.fixture
def tablet() -> Iterator[SignaturePad]:
    tablet = SignaturePad(World(speed=0))
    tablet.world.people["at_pad"] = PERSON
    tablet.start()
    yield tablet
    tablet.stop()


@pytest.fixture
def pad(tablet: SignaturePad) -> Iterator[IsdV4Pad]:
    pad = IsdV4Pad(tablet.path, 38400, rest_s=0.15)
    pad.open()
    yield pad
    pad.close()


def refused(pad: IsdV4Pad, seconds: float = 3) -> FaultCode:
    with pytest.raises(DeviceFault) as fault:
        pad.sign(Deadline.after(seconds))
    return fault.value.code


@pytest.mark.parametrize("noise", [False, True])
def test_the_strokes_arrive_as_written(tablet: SignaturePad, pad: IsdV4Pad, noise: bool) -> None:
    tablet.levers.noise = noise
    strokes = pad.sign(Deadline.after(5))
    written = PERSON.signature()
    assert [len(stroke) for stroke in strokes] == [len(stroke) for stroke in written]
    for ours, theirs in zip(strokes, written, strict=True):
        for got, meant in zip(ours, theirs, strict=True):
            assert abs(got.x - meant.x) <= 0.01 and abs(got.y - meant.y) <= 0.01
            assert abs(got.pressure - meant.pressure) < 0.002
    times = [point.at_ms for stroke in strokes for point in stroke]
    assert times == sorted(times)


def test_two_signatures_after_each_other(pad: IsdV4Pad) -> None:
    assert len(pad.sign(Deadline.after(5))) == len(pad.sign(Deadline.after(5)))


def test_status_tells_the_size(tablet: SignaturePad) -> None:
    pad = from_uri(tablet.uri)
    assert pad.status().detail["size_mm"] == "100x50"
    assert pad.self_test().level == "ok"
    pad.close()


def test_nobody_writes(tablet: SignaturePad, pad: IsdV4Pad) -> None:
    del tablet.world.people["at_pad"]
    assert refused(pad, 0.3) is FaultCode.PAD_TIMEOUT


def test_a_pen_that_stays_down(tablet: SignaturePad, pad: IsdV4Pad) -> None:
    tablet.levers.pen_stuck = True
    assert refused(pad, 1) is FaultCode.PAD_TIMEOUT


def test_a_silent_tablet(tablet: SignaturePad, pad: IsdV4Pad) -> None:
    tablet.levers.silent = True
    assert refused(pad, 0.3) is FaultCode.PAD_TIMEOUT
    assert pad.status().reasons == (FaultCode.PAD_UNREACHABLE.value,)
    tablet.levers.silent = False
    assert pad.status().level == "ok"


def test_unplugged(tablet: SignaturePad, pad: IsdV4Pad) -> None:
    tablet.unplug()
    assert refused(pad) is FaultCode.PAD_UNREACHABLE
    assert pad.status().level == "down"


def test_no_tablet_at_all() -> None:
    with pytest.raises(DeviceFault) as fault:
        IsdV4Pad("/dev/does-not-exist").open()
    assert fault.value.code is FaultCode.PAD_UNREACHABLE


class SimulatedPadHands:
    """Does by levers what a person does at the pad."""

    def __init__(self, tablet: SignaturePad) -> None:
        self._tablet = tablet

    def unplug(self) -> None:
        self._tablet.unplug()

    def plug(self) -> None:
        self._tablet.plug()

    def write(self) -> Written:
        self._tablet.world.people["at_pad"] = PERSON
        return [[(one.x, one.y, one.pressure) for one in stroke] for stroke in PERSON.signature()]

    def leave(self) -> None:
        del self._tablet.world.people["at_pad"]

    def keep_pen_down(self) -> None:
        self._tablet.levers.pen_stuck = True

    def silence(self) -> None:
        self._tablet.levers.silent = True


@pytest.fixture
def hands(tablet: SignaturePad) -> SimulatedPadHands:
    return SimulatedPadHands(tablet)


@pytest.fixture
def device(pad: IsdV4Pad) -> IsdV4Pad:
    return pad


class TestSerialPad(SignaturePadContract):
    """Every promise of a signature pad, over a serial line."""

    schemes = ("serial",)
