"""Base45 by the examples of RFC 9285 and by what it must refuse."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.casework.base45 import ALPHABET, decode, encode


@pytest.mark.parametrize(
    ("data", "text"),
    [(b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581"), (b"ietf!", "QED8WEX0"), (b"", "")],
)
def test_the_examples_of_the_standard(data: bytes, text: str) -> None:
    assert (encode(data), decode(text)) == (text, data)


@pytest.mark.parametrize("text", ["GGW", ":::", "BB8:::", "V5", "::", "BB8V5", "0", "BB80", "bb8", "BBÄ", "!!"])
def test_what_no_bytes_give_is_refused(text: str) -> None:
    assert decode("FGWU5") == b"\xff\xff\xff", "the largest that are held"
    with pytest.raises(ValueError, match=r"letter|letters"):
        decode(text)


@given(st.binary(max_size=120))
def test_bytes_go_there_and_back(data: bytes) -> None:
    assert decode(encode(data)) == data


@given(st.text(ALPHABET, max_size=60))
def test_each_content_has_one_spelling(text: str) -> None:
    try:
        data = decode(text)
    except ValueError:
        return
    assert encode(data) == text
