"""The finger engine: NBIS (mindtct, Bozorth3) and NFIQ 2 through whichever of its two wheels is installed.

Both wheels import as `nbis` and find the same minutiae and scores, but neither reads the standard record: each
wants its own private layout back, which is made here. Runs only in the child process (170 MB, may hang on noise).
"""

from __future__ import annotations

import importlib
import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from appliance.biometrics import selftest
from appliance.biometrics.finger_port import EngineAbsent, NoFinger, png_size
from appliance.biometrics.minutiae import CARD_MINUTIAE, Kind, Minutia, Template

_RELIABILITY = 63
"""The wheels store reliability 0-1 as 0-63."""


class Bridge(Protocol):
    """Builds the engine's own object from minutiae sorted for matching."""

    def load(self, template: Template) -> Any:
        """The engine's object."""


def _points(template: Template) -> bytes:
    return b"".join(
        struct.pack(
            ">HHBB",
            one.kind << 14 | one.x,
            one.y,
            round(one.angle * 256 / 360) % 256,
            round(one.quality * _RELIABILITY / 100),
        )
        for one in template.for_matching()
    )


@dataclass(frozen=True, slots=True)
class Bridge2005:
    """nbis-py 0.1.3: a 26-byte header without resolution, view count and extended-data length."""

    extractor: Any

    def load(self, template: Template) -> Any:
        points = _points(template)
        count = len(template.minutiae)
        header = struct.pack(
            ">8sIHHHIHBB", b"FMR\0 20\0", 26 + len(points), 0, template.width, template.height, 0, 0, 0, count
        )
        return self.extractor.load_iso_19794_2_2005(header + points)


@dataclass(frozen=True, slots=True)
class Bridge2011:
    """nbis-python 0.1.21: a 52-byte header and a 2-byte trailer, taken from a record this engine wrote itself.

    `size_at` is where that header holds width and height; the count is its last byte.
    """

    extractor: Any
    header: bytes
    trailer: bytes
    size_at: int

    def load(self, template: Template) -> Any:
        points = _points(template)
        record = bytearray(self.header + points + self.trailer)
        struct.pack_into(">I", record, 8, len(record))
        struct.pack_into(">I", record, 15, len(record) - 15)
        struct.pack_into(">HH", record, self.size_at, template.width, template.height)
        record[len(self.header) - 1] = len(template.minutiae)
        return self.extractor.load_iso_19794_2_2011(bytes(record))


def bridge_2011(extractor: Any, own_record: bytes, width: int, height: int) -> Bridge2011:
    """The bridge of a wheel that wrote `own_record` for a picture of this size; may raise EngineAbsent."""
    header = own_record[:52]
    size_at = header.find(struct.pack(">HH", width, height), 19)
    if not header.startswith(b"FMR\0") or size_at < 0 or (len(own_record) - 54) % 6:
        raise EngineAbsent("the engine writes an unknown record layout")
    return Bridge2011(extractor, header, own_record[-2:], size_at)


def on_card_scale(score: int, probe: Template, stored: Template) -> int:
    """What Bozorth3's score of two prints is worth beside one of two prints of the card's sixty minutiae.

    What different fingers score by chance grows as the geometric mean of the numbers of minutiae, so a score of two
    dense prints counts for less; none counts for more (docs/decisions/0047).
    """
    minutiae = math.sqrt(len(probe.minutiae) * len(stored.minutiae))
    return score if minutiae <= CARD_MINUTIAE else round(score * CARD_MINUTIAE / minutiae)


class NbisEngine:
    """Extracts and matches; the wheel's layout is learnt from the self-test's picture."""

    name = "nbis"

    def __init__(self) -> None:
        try:
            self._nbis = importlib.import_module("nbis")
        except (ImportError, OSError) as error:
            raise EngineAbsent(f"no finger engine: {error}") from error
        settings = self._nbis.NbisExtractorSettings(
            min_quality=0.0, get_center=False, check_fingerprint=True, compute_nfiq2=True, ppi=None
        )
        self._extractor = self._nbis.new_nbis_extractor(settings)
        self._bridge: Bridge
        if hasattr(self._extractor, "load_iso_19794_2_2011"):
            probe = selftest.picture()
            own = bytes(self._extractor.extract_minutiae(probe).to_iso_19794_2_2011())
            self._bridge = bridge_2011(self._extractor, own, *png_size(probe))
        else:
            self._bridge = Bridge2005(self._extractor)

    def extract(self, picture: bytes) -> tuple[Template, int]:
        """Template (at most 255 minutiae) and NFIQ 2 of an 8-bit grey PNG at 500 ppi; raises NoFinger."""
        width, height = png_size(picture)
        try:
            found = self._extractor.extract_minutiae(picture)
            points = found.get()
            quality = int(found.quality().score) if points else 0
        except self._nbis.NbisError as error:
            raise NoFinger(type(error).__name__) from error
        if not points:
            raise NoFinger("no ridges found")
        minutiae = tuple(self._minutia(one) for one in points if 0 <= one.x() < width and 0 <= one.y() < height)
        return Template(width, height, minutiae).best(255), max(0, min(100, quality))

    def quality(self, picture: bytes) -> int:
        """NFIQ 2 alone, which costs as much as the whole extraction; raises NoFinger."""
        return self.extract(picture)[1]

    def _minutia(self, one: Any) -> Minutia:
        kind = Kind.ENDING if one.kind() == self._nbis.MinutiaKind.RIDGE_ENDING else Kind.BIFURCATION
        return Minutia(one.x(), one.y(), round(one.angle()) % 360, kind, round(one.reliability() * 100))

    def match(self, probe: Template, gallery: Sequence[Template]) -> list[int]:
        """Bozorth3's scores of the probe against each of the gallery, `on_card_scale`."""
        ours = self._bridge.load(probe)
        return [on_card_scale(int(ours.compare(self._bridge.load(theirs))), probe, theirs) for theirs in gallery]

    def self_test(self) -> None:
        """Raises EngineAbsent unless it finds and scores what this engine always did."""
        selftest.prove(self)
