"""The appliance at rest with every device attached: percent of one core."""

from __future__ import annotations

from collections.abc import Iterator

import idle_cost
from rows import Row


def rows() -> Iterator[Row]:
    """All processes of the appliance together; there is no floor, the limit is the figure itself."""
    found = idle_cost.measure(30.0)
    yield Row(
        "appliance at rest, all devices attached", found["appliance"], 0.0, "% of a core", idle_cost.LIMIT_PERCENT
    )
