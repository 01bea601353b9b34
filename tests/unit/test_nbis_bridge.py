"""The private record layouts of the two engine wheels, byte by byte."""

from __future__ import annotations

import struct

import pytest

from appliance.biometrics.finger_port import EngineAbsent
from appliance.biometrics.minutiae import Kind, Minutia, Template
from appliance.biometrics.nbis_bridge import Bridge2005, bridge_2011, on_card_scale

# The header nbis-python 0.1.21 writes for a picture of 251 x 283 with 49 minutiae.
HEADER_2011 = bytes.fromhex(
    "464d5200303330000000015c0001000000014dffffffffffffffffff00000000000140000f00000000006300630000fb011b6031"
)
TEMPLATE = Template(400, 480, (Minutia(30, 7, 90, Kind.ENDING, 100), Minutia(10, 20, 180, Kind.BIFURCATION, 0)))
POINTS = bytes.fromhex("800a00148000" + "401e0007403f")


class Recorded:
    """Keeps the record instead of loading it."""

    def load_iso_19794_2_2005(self, record: bytes) -> bytes:
        return record

    def load_iso_19794_2_2011(self, record: bytes) -> bytes:
        return record


def test_the_short_header_of_the_older_wheel() -> None:
    record = Bridge2005(Recorded()).load(TEMPLATE)
    assert record[26:] == POINTS
    assert (
        record[:26].hex() == "464d520020323000" + "00000026" + "0000" + "0190" + "01e0" + "00000000" + "0000" + "0002"
    )


def test_the_borrowed_header_of_the_newer_wheel() -> None:
    own = HEADER_2011 + bytes(49 * 6) + b"\0\0"
    record = bridge_2011(Recorded(), own, 251, 283).load(TEMPLATE)
    assert record[52:] == POINTS + b"\0\0"
    assert struct.unpack_from(">I", record, 8) == (len(record),)
    assert struct.unpack_from(">I", record, 15) == (len(record) - 15,)
    assert struct.unpack_from(">HH", record, 46) == (400, 480)
    assert record[51] == 2
    assert record[19:46] == HEADER_2011[19:46]


def test_an_unknown_layout_is_no_engine() -> None:
    for own in (b"", b"XYZ" + HEADER_2011[3:] + b"\0\0", HEADER_2011 + b"\0\0\0"):
        with pytest.raises(EngineAbsent):
            bridge_2011(Recorded(), own, 251, 283)


def spread(count: int) -> Template:
    """As many minutiae."""
    return Template(400, 480, tuple(Minutia(at % 400, at, 0, Kind.ENDING, 50) for at in range(count)))


@pytest.mark.parametrize(
    ("score", "ours", "theirs", "worth"),
    [
        (42, 60, 60, 42),
        (42, 105, 104, 24),  # two dense fingers of different people
        (51, 119, 94, 29),
        (86, 90, 60, 70),  # a live print against the card
        (60, 30, 60, 60),  # none counts for more than it is
        (60, 0, 255, 60),
    ],
)
def test_two_dense_prints_count_as_two_of_the_cards_size(score: int, ours: int, theirs: int, worth: int) -> None:
    assert on_card_scale(score, spread(ours), spread(theirs)) == worth
    assert on_card_scale(score, spread(theirs), spread(ours)) == worth
