"""What a finger engine must do, and which ones are installed: a second one is a package, no caller changes.

An engine is an entry point of the group `siaga.finger_engines`; its value is a callable without arguments that
makes an `Engine`. It is only ever loaded in the child process, which may be killed at any moment.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Protocol

from appliance.biometrics.minutiae import Template

GROUP = "siaga.finger_engines"
BUILT_IN = EntryPoint("nbis", "appliance.biometrics.nbis_bridge:NbisEngine", GROUP)
"""Named here beside pyproject.toml: a checkout whose installed metadata is older than the group has it as well."""

MIN_SIDE, MAX_SIDE = 100, 800
"""Pixels; a larger picture costs seconds to minutes."""
MAX_BYTES = 2_000_000


class EngineAbsent(ImportError):
    """The finger engine is not installed, or it does not work on this machine."""


class NoFinger(ValueError):
    """The picture is not one, is too large, or shows no finger."""


class Engine(Protocol):
    """Finds minutiae and compares them. One process, one thread, no state between calls.

    Pictures are 8-bit grey PNG at 500 ppi that have passed `png_size`. Scores are whole numbers from 0 on the scale
    of `rules.py`, where 40 accepts; an engine with another scale brings its scores to this one.
    """

    @property
    def name(self) -> str:
        """The name under which it is installed."""

    def extract(self, picture: bytes) -> tuple[Template, int]:
        """Template (at most 255 minutiae) and NFIQ 2 (0-100); raises NoFinger."""

    def quality(self, picture: bytes) -> int:
        """NFIQ 2 alone, 0-100; raises NoFinger."""

    def match(self, probe: Template, gallery: Sequence[Template]) -> list[int]:
        """The probe's score against each of the gallery, whatever the order of a template's minutiae."""

    def self_test(self) -> None:
        """Raises EngineAbsent unless it finds and scores what it always did."""


def installed() -> Mapping[str, EntryPoint]:
    """Every engine that is installed, by name; nobody else takes the name of the built-in one."""
    return {**{one.name: one for one in entry_points(group=GROUP)}, BUILT_IN.name: BUILT_IN}


def proven(name: str) -> Engine:
    """The engine of this name after its self-test; raises EngineAbsent."""
    known = installed()
    if name not in known:
        raise EngineAbsent(f"no finger engine {name!r} (installed: {', '.join(sorted(known))})")
    try:
        make: Callable[[], Engine] = known[name].load()
        engine = make()
    except (ImportError, AttributeError, OSError) as error:
        raise EngineAbsent(f"finger engine {name!r} cannot be loaded: {error}") from error
    engine.self_test()
    return engine


def png_size(picture: bytes) -> tuple[int, int]:
    """Width and height from the header of a PNG, before anything decodes it; raises NoFinger beyond the bounds."""
    width, height = png_header(picture)
    bounded(width, height, len(picture))
    return width, height


def png_header(picture: bytes) -> tuple[int, int]:
    """Width and height that the header of a PNG names, unbounded; raises NoFinger unless it is one of 8-bit grey."""
    if picture[:16] != b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" or len(picture) < 33:
        raise NoFinger("not a PNG")
    width, height, depth, colour = struct.unpack_from(">IIBB", picture, 16)
    if (depth, colour) != (8, 0):
        raise NoFinger("not an 8-bit grey picture")
    return width, height


def bounded(width: int, height: int, size: int) -> None:
    """Raises NoFinger for a picture of this many pixels and bytes that no engine should be given."""
    if size > MAX_BYTES:
        raise NoFinger(f"more than {MAX_BYTES // 1_000_000} MB")
    if not (MIN_SIDE <= width <= MAX_SIDE and MIN_SIDE <= height <= MAX_SIDE):
        raise NoFinger(f"{width} x {height} pixels; a finger has {MIN_SIDE} to {MAX_SIDE} a side")
