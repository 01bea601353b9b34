"""A child that reads bytes from outside and ends: data on its standard input, what it made of them on its output."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable, Sequence

MEMORY = 2 << 30
"""Bytes of address space: libraries map much more than they use."""


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


def answer(work: Callable[[bytes], bytes | None], processor_seconds: int) -> int:
    """The child's side: standard input through `work` to standard output; its exit code, 1 where there is no answer.

    It may use `MEMORY` and, beyond what its start took, so much of the processor; it leaves no core dump, which would
    hold the document.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    spent = int(resource.getrusage(resource.RUSAGE_SELF).ru_utime) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (spent + processor_seconds, spent + processor_seconds))
    try:
        made = work(sys.stdin.buffer.read())
    except MemoryError:
        return 1
    if made is None:
        return 1
    sys.stdout.buffer.write(made)
    return 0
