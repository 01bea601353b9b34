"""Readers are named, never numbered."""

import pytest

from appliance.drivers.transport_pcsc import PcscAddress, choose_reader, parse_uri
from appliance.faults import DeviceFault, FaultCode

NAMES = ["Other CCID 01 00", "ACS ACR39U ICC Reader (SN42) 00 01", "ACS ACR39U ICC Reader (SN42) 00 00"]


def test_a_uri_names_reader_slot_and_service() -> None:
    assert parse_uri("pcsc:ACS%20ACR39U?slot=1&socket=/run/a/pcscd.comm") == PcscAddress(
        "ACS ACR39U", 1, "/run/a/pcscd.comm"
    )
    assert parse_uri("pcsc:ACS ACR39U") == PcscAddress("ACS ACR39U")


@pytest.mark.parametrize("uri", ["usb:1:2", "pcsc:", "pcsc:A?slot=x", "pcsc:A?index=1", "pcsc:A?slot"])
def test_another_shape_is_refused(uri: str) -> None:
    with pytest.raises(ValueError):
        parse_uri(uri)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        (PcscAddress("ACS ACR39U", 0), NAMES[2]),
        (PcscAddress("ACS ACR39U", 1), NAMES[1]),
        (PcscAddress(NAMES[1]), NAMES[1]),
        (PcscAddress("Other"), NAMES[0]),
    ],
)
def test_one_name_is_chosen(address: PcscAddress, name: str) -> None:
    assert choose_reader(NAMES, address) == name


@pytest.mark.parametrize("address", [PcscAddress("ACS ACR39U"), PcscAddress("Omnikey"), PcscAddress("Other", 2)])
def test_none_or_several_are_unreachable(address: PcscAddress) -> None:
    with pytest.raises(DeviceFault) as fault:
        choose_reader(NAMES, address)
    assert fault.value.code is FaultCode.ENCODER_UNREACHABLE
