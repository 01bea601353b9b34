"""A child that reads bytes from outside and ends: data on its standard input, what it made of them on its output."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence


class ChildLate(Exception):
    """It was not done in time and was ended."""


def read_by(command: Sequence[str], data: bytes, seconds: float) -> bytes | None:
    """What the child answered, None if it failed or was killed by its limits; raises `ChildLate`.

    Nothing that it says on standard error is kept: it may quote the document.
    """
    try:
        done = subprocess.run(
            command, input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        # `from None`: the exception being handled carries what was read.
        raise ChildLate from None
    return done.stdout if done.returncode == 0 else None
