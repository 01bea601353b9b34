"""Templates keep what they hold through the record, the card and back, and refuse what is not one."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.biometrics import cbeff, compact, fmr
from appliance.biometrics.minutiae import BadTemplate, Kind, Minutia, Template
from appliance.devices import FingerPosition

QUICK = settings(max_examples=60, deadline=None)

minutiae = st.builds(
    Minutia,
    x=st.integers(0, 399),
    y=st.integers(0, 479),
    angle=st.integers(0, 359),
    kind=st.sampled_from(Kind),
    quality=st.integers(0, 100),
)
templates = st.builds(Template, st.just(400), st.just(480), st.lists(minutiae, min_size=1, max_size=90).map(tuple))


def _turn(one: int, other: int) -> int:
    return min((one - other) % 360, (other - one) % 360)


@QUICK
@given(templates, st.sampled_from(FingerPosition), st.integers(0, 100))
def test_a_record_gives_back_its_finger(template: Template, position: FingerPosition, quality: int) -> None:
    record = fmr.write(position, quality, template)
    assert len(record) == 24 + 4 + 6 * len(template.minutiae) + 2
    again = fmr.read(record)
    assert (again.position, again.quality) == (position, quality)
    for before, after in zip(template.minutiae, again.template.minutiae, strict=True):
        assert (before.x, before.y, before.kind, before.quality) == (after.x, after.y, after.kind, after.quality)
        assert _turn(before.angle, after.angle) <= 1


def test_the_record_has_the_bytes_of_the_standard() -> None:
    point = Minutia(10, 20, 90, Kind.BIFURCATION, 80)
    record = fmr.write(FingerPosition.LEFT_INDEX, 66, Template(400, 480, (point,)))
    assert record.hex() == (
        "464d520020323000" + "00000024" + "0000" + "0190" + "01e0" + "00c5" + "00c5" + "01" + "00"
        "07" + "00" + "42" + "01" + "800a" + "0014" + "40" + "50" + "0000"
    )


@QUICK
@given(templates, st.data())
def test_a_damaged_record_is_refused_or_still_a_template(template: Template, data: st.DataObject) -> None:
    record = bytearray(fmr.write(FingerPosition.RIGHT_THUMB, 50, template))
    record[data.draw(st.integers(0, len(record) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        again = fmr.read(bytes(record))
    except BadTemplate:
        return
    assert all(0 <= one.x < again.template.width and one.quality <= 100 for one in again.template.minutiae)


@QUICK
@given(st.binary(max_size=200))
def test_noise_is_no_template(noise: bytes) -> None:
    for read in (fmr.read, cbeff.read):
        with pytest.raises(BadTemplate):
            read(noise)


@QUICK
@given(templates)
def test_the_card_keeps_sixty_minutiae_in_a_fixed_order(template: Template) -> None:
    data = compact.write(template)
    assert len(data) == 3 * min(60, len(template.minutiae))
    places = [(data[at + 1], data[at]) for at in range(0, len(data), 3)]
    assert places == sorted(places)
    again = compact.read(data)
    left, top = min(one.x for one in template.best(60).minutiae), min(one.y for one in template.best(60).minutiae)
    originals = {(one.x - left, one.y - top, one.kind) for one in template.minutiae}
    for one in again.minutiae:
        near = [o for o in originals if abs(o[0] - one.x) <= 1 and abs(o[1] - one.y) <= 1 and o[2] == one.kind]
        assert near


def _group(subtype: int, data: bytes, algorithm: bytes = b"\x00\x05") -> bytes:
    header = b"\x80\x02\x01\x01\x81\x01\x08\x82\x01" + bytes((subtype,)) + b"\x87\x02\x01\x01\x88\x02" + algorithm
    body = b"\xa1" + bytes((len(header),)) + header + b"\x5f\x2e" + _length(data) + data
    template = b"\x7f\x60" + _length(body) + body
    return b"\x7f\x61" + _length(b"\x02\x01\x01" + template) + b"\x02\x01\x01" + template


def _length(data: bytes) -> bytes:
    return bytes((len(data),)) if len(data) < 0x80 else b"\x81" + bytes((len(data),))


def test_a_chip_file_names_its_finger() -> None:
    data = struct.pack("BBB", 12, 200, 0x40 | 5) * 40
    position, template = cbeff.read(_group(2 << 2 | 1, data))
    assert position is FingerPosition.RIGHT_INDEX
    assert len(template.minutiae) == 40
    assert cbeff.read(_group(1 << 2 | 2, data))[0] is FingerPosition.LEFT_THUMB


@pytest.mark.parametrize("bad", [_group(0, b"abc"), _group(9, b"abcd"), _group(9, b"abc", b"\0\1"), _group(9, b"")])
def test_a_chip_file_that_is_none_is_refused(bad: bytes) -> None:
    with pytest.raises(BadTemplate):
        cbeff.read(bad)


def test_templates_are_sorted_for_the_matcher() -> None:
    points = tuple(Minutia(x, y, 0, Kind.ENDING) for x, y in ((5, 1), (1, 9), (1, 2), (3, 3)))
    assert [(one.x, one.y) for one in Template(9, 9, points).for_matching()] == [(1, 2), (1, 9), (3, 3), (5, 1)]
