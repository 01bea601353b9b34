"""What counts as a case code before the reader."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.casework.slip_code import case_code


@pytest.mark.parametrize("text", ["SIAGA:SG-4K7M-27", "SG-4K7M-27", " siaga:sg-4k7m-27\n"])
def test_slip_and_receipt_say_the_same_code(text: str) -> None:
    assert case_code(text) == "SG-4K7M-27"


@pytest.mark.parametrize(
    "text",
    ["", "SIAGA:", "1871040107710001", "SIAGA-KK:1872010101260001:6743a0", "SG-4K7M-27 SG-4K7M-28", "SG-4K7M-277"],
)
def test_anything_else_is_no_code(text: str) -> None:
    assert case_code(text) is None


@given(st.text(max_size=200))
def test_whatever_is_held_up_gives_a_code_of_that_shape_or_nothing(text: str) -> None:
    assert (found := case_code(text)) is None or len(found) == 10
