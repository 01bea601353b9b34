"""The serial code reader's driver against a reader on a pseudo-terminal."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from every_barcode_reader import BarcodeReaderContract, ReaderHands, scanned_while

from appliance.devices import BarcodeReader
from appliance.drivers.catalogue import open_device
from appliance.drivers.code_lines import MAX_BYTES
from appliance.faults import DeviceFault, FaultCode
from hw_sim.barcode_reader import BarcodeReader as Reader
from hw_sim.world import World


class AtTheReader:
    """Hands at the simulated reader."""

    def __init__(self, reader: Reader) -> None:
        self.show, self.plug, self.unplug = reader.show, reader.port.plug, reader.port.unplug


@pytest.fixture
def reader() -> Iterator[Reader]:
    reader = Reader(World(speed=0))
    reader.start()
    yield reader
    reader.stop()


@pytest.fixture
def device(reader: Reader) -> Iterator[BarcodeReader]:
    device = open_device("barcode_reader", reader.uri)
    device.open()
    yield device  # type: ignore[misc]
    device.close()


@pytest.fixture
def hands(reader: Reader) -> AtTheReader:
    return AtTheReader(reader)


class TestSerialBarcodeReader(BarcodeReaderContract):
    """Every assertion of every code reader."""

    schemes = ("serial",)


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n", b"\n\r"])
def test_every_end_of_a_line_will_do(device: BarcodeReader, reader: Reader, hands: ReaderHands, end: bytes) -> None:
    reader.levers.end = end
    assert scanned_while(device, hands, "SG-4K7M-27") == "SG-4K7M-27"


@pytest.mark.parametrize(
    ("code", "noise"), [("A" * (MAX_BYTES + 1), b""), ("SG-4K7M-27", b"\x02\x00"), ("SG-4K7M-27", b"\xff\xfe")]
)
def test_a_line_that_is_no_code_is_refused_without_its_content(
    device: BarcodeReader, reader: Reader, hands: ReaderHands, code: str, noise: bytes
) -> None:
    reader.levers.noise = noise
    with pytest.raises(DeviceFault) as fault:
        scanned_while(device, hands, code)
    assert fault.value.code is FaultCode.BARCODE_UNREADABLE
    assert "SG-" not in fault.value.detail and "AAA" not in fault.value.detail
    reader.levers.noise = b""
    assert scanned_while(device, hands, "SG-4K7M-27") == "SG-4K7M-27"


def test_half_a_code_is_not_the_beginning_of_the_next(
    device: BarcodeReader, reader: Reader, hands: ReaderHands
) -> None:
    reader.levers.torn = True
    hands.show("SG-4K7M-27")
    reader.levers.torn = False
    assert scanned_while(device, hands, "SG-NEW2-22") == "SG-NEW2-22"


def test_a_reader_without_an_end_of_line_is_told_so(
    device: BarcodeReader, reader: Reader, hands: ReaderHands
) -> None:
    reader.levers.end = b""
    with pytest.raises(DeviceFault) as fault:
        scanned_while(device, hands, "SG-4K7M-27", seconds=0.3)
    assert (fault.value.code, "end" in fault.value.detail) == (FaultCode.BARCODE_UNREADABLE, True)


def test_status_costs_next_to_nothing(device: BarcodeReader) -> None:
    begun = time.process_time()
    for _ in range(100):
        assert device.status().level == "ok"
    assert time.process_time() - begun < 0.5
