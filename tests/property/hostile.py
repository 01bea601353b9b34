"""What every parser of foreign bytes is put through: damage, swelling, and the measuring of what that costs."""

from __future__ import annotations

import contextlib
import random
import sys
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from types import CodeType
from typing import Any

from hypothesis import strategies as st
from timing import quickest

from appliance.faults import DeviceFault

SWOLLEN_BYTES = 96 << 10


@dataclass(frozen=True, slots=True)
class Row:
    """One parser, or several that take the same bytes one after the other.

    `works` are the parsers that it runs, which a good sample must really reach; `samples` are good bytes, made by
    others than the appliance where there are others; `swollen` are large inputs of the worst kind known. `mend`
    makes damaged bytes pass an outermost check (a sum, a signature), so that what is behind it is met as well.
    A parse may raise `refusals` only, take `seconds` of processor time, and hold `holds` times its input at its
    peak and `beside` bytes more (what a library loads, a picture decoded).
    """

    name: str
    parse: Callable[[bytes], object]
    works: Sequence[Callable[..., Any]]
    samples: Callable[[], Sequence[bytes]]
    refusals: tuple[type[Exception], ...] = (DeviceFault,)
    swollen: Callable[[], Sequence[bytes]] = tuple
    mend: Callable[[bytes], bytes] = bytes
    holds: float = 24
    beside: int = 1 << 20
    seconds: float = 0.5
    examples: int = 80


def name_of(parser: Callable[..., Any]) -> str:
    """`module:function` or `module:Class.method`, as the walk over the packages finds them."""
    return f"{parser.__module__.removeprefix('appliance.')}:{parser.__qualname__}"


TRACED = 4
"""How many times slower Python is while its allocator is watched."""


def put(row: Row, data: bytes, slower: int = 1) -> None:
    """Parse; fails for any other exception than a refusal, and for one that takes too long."""

    def parse() -> None:
        with contextlib.suppress(*row.refusals):
            row.parse(data)

    spent = quickest(parse, slower * row.seconds)
    assert spent <= slower * row.seconds, f"{spent:.2f} s for {len(data)} bytes"


def peak(row: Row, data: bytes) -> int:
    """Bytes held at the peak of a parse, by what Python's allocator counts."""
    tracemalloc.start()
    try:
        put(row, data, TRACED)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def reached(row: Row, data: bytes) -> set[CodeType]:
    """Which functions a parse of these bytes ran."""
    found: set[CodeType] = set()

    def look(frame: Any, event: str, _: object) -> None:
        if event == "call":
            found.add(frame.f_code)

    sys.setprofile(look)
    try:
        put(row, data)
    finally:
        sys.setprofile(None)
    return found


@cache
def samples_of(row: Row) -> tuple[bytes, ...]:
    """The row's good bytes, made once."""
    return tuple(row.samples())


@st.composite
def damaged(draw: st.DrawFn, row: Row) -> bytes:
    """A good sample with some of its bytes flipped, cut out, said again or put between."""
    data = bytearray(draw(st.sampled_from(samples_of(row))))
    for _ in range(draw(st.integers(1, 4))):
        at, length = draw(st.integers(0, len(data))), draw(st.integers(1, 40))
        match draw(st.sampled_from(("flip", "cut", "end", "again", "between"))):
            case "flip" if at < len(data):
                data[at] ^= draw(st.integers(1, 255))
            case "cut":
                del data[at : at + length]
            case "end":
                del data[at:]
            case "again":
                data[at:at] = data[at : at + length] * draw(st.integers(1, 9))
            case _:
                data[at:at] = draw(st.binary(max_size=24))
    return row.mend(bytes(data))


def large(row: Row) -> Iterator[bytes]:
    """Some hundred kilobytes: samples and their pieces said again and again, noise, and the row's own worst."""
    chance = random.Random(row.name)
    yield chance.randbytes(SWOLLEN_BYTES)
    for sample in samples_of(row)[:2]:
        yield row.mend(sample * (1 + SWOLLEN_BYTES // max(1, len(sample))))
        at = chance.randrange(len(sample))
        piece = sample[at : at + chance.randrange(2, 64)] or b"\0"
        yield row.mend(sample[:at] + piece * (SWOLLEN_BYTES // len(piece)) + sample[at:])
    yield from row.swollen()
