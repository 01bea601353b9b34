"""How long an act takes, told apart from what the machine does beside."""

from __future__ import annotations

import time
from collections.abc import Callable


def quickest(act: Callable[[], object], enough: float = 0) -> float:
    """Processor seconds of the shortest of three tries (fewer if one took `enough` or less).

    What the machine does beside, a first import, a collection of garbage can only add to an act's time.
    """
    spent = []
    for _ in range(3):
        began = time.thread_time()
        act()
        spent.append(time.thread_time() - began)
        if spent[-1] <= enough:
            break
    return min(spent)
