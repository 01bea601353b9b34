"""A short soak of the drivers that are quick to work; `make soak` works all of them ten thousand times."""

from __future__ import annotations

import pytest
from bench.soak import soak

pytestmark = pytest.mark.daemons


def test_a_hundred_rounds_keep_no_memory() -> None:
    rows = list(soak(100, ("chip_encoder", "camera", "signature_pad")))
    assert [row.cycles for row in rows] == [100, 100, 100]
    assert all(row.ok for row in rows), rows
