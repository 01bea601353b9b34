"""The strict TLV reader: what it accepts has exactly one encoding, and nothing makes it fall over."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.chip.tlv import TlvError, element, elements, members, only

TAGS = st.one_of(
    st.integers(0x01, 0xFE).filter(lambda tag: tag & 0x1F != 0x1F),
    st.sampled_from([0x5F0E, 0x5F1F, 0x7F60, 0x7F61, 0xDF21, 0xDF33, 0x5F2E, 0x7F8101]),
)


def encode(tag: int, value: bytes) -> bytes:
    head = tag.to_bytes((tag.bit_length() + 7) // 8)
    if len(value) < 0x80:
        return head + bytes([len(value)]) + value
    size = len(value).to_bytes((len(value).bit_length() + 7) // 8)
    return head + bytes([0x80 | len(size)]) + size + value


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(TAGS, st.binary(max_size=300)), max_size=6))
def test_what_was_encoded_is_read_back(objects: list[tuple[int, bytes]]) -> None:
    data = b"".join(encode(tag, value) for tag, value in objects)
    assert list(elements(data)) == objects


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=40))
def test_accepted_bytes_have_one_encoding(data: bytes) -> None:
    try:
        objects = list(elements(data))
    except TlvError:
        return
    assert b"".join(encode(tag, value) for tag, value in objects) == data


@pytest.mark.parametrize(
    "data",
    [
        "",
        "61",
        "6102",
        "610201",
        "6180",
        "618101",
        "61820001",
        "6184000000",
        "00",
        "ff00",
        "5f80",
        "5f8181",
    ],
)
def test_malformed_objects_are_refused(data: str) -> None:
    with pytest.raises(TlvError):
        element(bytes.fromhex(data))


def test_only_and_members_refuse_more_than_there_should_be() -> None:
    assert only(bytes.fromhex("610101"), 0x61) == b"\x01"
    with pytest.raises(TlvError):
        only(bytes.fromhex("61010100"), 0x61)
    with pytest.raises(TlvError):
        only(bytes.fromhex("610101"), 0x62)
    with pytest.raises(TlvError):
        members(bytes.fromhex("8001008001ff"))
