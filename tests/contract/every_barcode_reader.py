"""What every code reader's driver must hold: the code that is held before it now, whole, or a refusal in words."""

from __future__ import annotations

import threading
from typing import Protocol

import pytest
from every_device import DeviceContract, Hands, refusal

from appliance.clock import Deadline
from appliance.devices import BarcodeReader
from appliance.faults import FaultCode

LONGEST = "SG-" + "A7" * 600


class ReaderHands(Hands, Protocol):
    """What can be done at a code reader."""

    def show(self, code: str) -> None:
        """Hold a QR code with this text before the reader."""


def scanned_while(device: BarcodeReader, hands: ReaderHands, code: str, seconds: float = 10) -> str:
    """Scan while the code is held before the reader, as people do: until the reader has it."""
    read = threading.Event()

    def hold() -> None:
        hands.show(code)
        while not read.wait(0.02):
            hands.show(code)

    holding = threading.Thread(target=hold)
    holding.start()
    try:
        return device.scan(Deadline.after(seconds))
    finally:
        read.set()
        holding.join()


class BarcodeReaderContract(DeviceContract):
    """Codes as they stand on the paper."""

    kind = "barcode_reader"
    unreachable = FaultCode.BARCODE_UNREACHABLE

    @pytest.mark.parametrize("code", ["SG-4K7M-27", "https://dukcapil.example/cek?k=9", "KELUARGA É 漢", LONGEST])
    def test_the_code_comes_as_it_stands(self, device: BarcodeReader, hands: ReaderHands, code: str) -> None:
        assert scanned_while(device, hands, code) == code

    def test_two_codes_come_one_after_the_other(self, device: BarcodeReader, hands: ReaderHands) -> None:
        assert scanned_while(device, hands, "SG-0001-11") == "SG-0001-11"
        assert scanned_while(device, hands, "SG-0002-22") == "SG-0002-22"

    def test_a_code_that_was_shown_too_early_is_not_taken_for_the_next(
        self, device: BarcodeReader, hands: ReaderHands
    ) -> None:
        hands.show("SG-OLD1-11")
        assert scanned_while(device, hands, "SG-NEW2-22") == "SG-NEW2-22"

    def test_no_code_ends_at_the_deadline(self, device: BarcodeReader) -> None:
        assert refusal(device.scan, Deadline.after(0.2)) is FaultCode.BARCODE_TIMEOUT

    def test_unplugged_while_it_waits(self, device: BarcodeReader, hands: ReaderHands) -> None:
        hands.unplug()
        assert refusal(device.scan, Deadline.after(5)) is FaultCode.BARCODE_UNREACHABLE
        hands.plug()
        assert scanned_while(device, hands, "SG-0003-33") == "SG-0003-33"
