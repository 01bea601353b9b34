"""The test files themselves."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

TESTS = Path(__file__).parent.parent


def test_no_two_files_share_a_name_so_that_one_call_of_pytest_takes_any_of_them() -> None:
    named = Counter(file.name for file in TESTS.glob("*/test_*.py"))
    assert len(named) > 200
    assert not [name for name, times in named.items() if times > 1]
