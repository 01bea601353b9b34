"""The finger engine and the portrait checks as the rest of the appliance calls them: values in, values out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from appliance.biometrics import compact, finger_port, fmr, rules
from appliance.biometrics.child import PictureChild
from appliance.biometrics.minutiae import BadTemplate, Template
from appliance.biometrics.portrait_rules import Cloth, Measure, PortraitReport
from appliance.devices import FingerPosition
from appliance.faults import DeviceFault, FaultCode

_BATCH = 200
"""Comparisons per question to the child: about half a second."""


_SEARCHED = 20_000
"""Stored fingers a question: about a second."""


@dataclass(frozen=True, slots=True)
class Found:
    """A stored finger that a search came upon: its place in the gallery, and the engine's score."""

    index: int
    score: int


class FingerEngine:
    """Extracts and compares fingers in a child process. Every call raises `finger_engine.*` when it cannot.

    `seconds` bounds each call; `engine` is the name of an installed engine (`finger_port.installed`).
    """

    def __init__(
        self, child: PictureChild | None = None, seconds: float = 15.0, engine: str = finger_port.BUILT_IN.name
    ) -> None:
        self.child = child or PictureChild()
        self._seconds = seconds
        self._engine = engine

    def _ask(self, verb: str, blobs: Sequence[bytes] = ()) -> tuple[dict[str, object], list[bytes]]:
        return self.child.ask({"verb": verb, "engine": self._engine}, blobs, self._seconds)

    def start(self) -> None:
        """Start the child and prove the engine, so that the first capture need not wait (about 0.6 s)."""
        self._ask("start")

    def extract(self, png: bytes) -> tuple[Template, int]:
        """Template and NFIQ 2 (0-100) of an 8-bit grey PNG at 500 ppi; `finger_engine.no_finger` if it shows none."""
        reply, out = self._ask("extract", (png,))
        return _template(out[0]), int(cast("int", reply["nfiq2"]))

    def cause(self, png: bytes) -> str:
        """Why a poor capture is poor (a key of `ridges.Cause`); `finger_engine.no_finger` for what is no picture."""
        return str(self._ask("cause", (png,))[0]["cause"])

    def mark(self, png: bytes) -> bytes:
        """The thumb's mark in place of a signature (`thumb_mark`): a one-bit PNG; `finger_engine.no_finger`."""
        return self._ask("mark", (png,))[1][0]

    def cut(self, png: bytes, wanted: Sequence[FingerPosition]) -> dict[FingerPosition, bytes]:
        """The fingers of a slap as a PNG each (`slap.cut_png`).

        `fingerprint_scanner.wrong_count` if another number lies there, `finger_engine.no_finger` for what is no slap.
        """
        _, out = self.child.ask({"verb": "cut", "wanted": list(wanted)}, (png,), self._seconds)
        return dict(zip(wanted, out, strict=True))

    def match(self, probe: Template, gallery: Template) -> int:
        """The score of two templates, 0 and up; `rules.judge` says what it means."""
        return self.match_many(probe, (gallery,))[0]

    def match_many(self, probe: Template, gallery: Sequence[Template]) -> tuple[int, ...]:
        """Scores of the probe against each of the gallery, in its order; 1 to 36 ms a comparison."""
        ours = _record(probe)
        scores: list[int] = []
        for start in range(0, len(gallery), _BATCH):
            theirs = [_record(one) for one in gallery[start : start + _BATCH]]
            reply, _ = self._ask("match", (ours, *theirs))
            scores.extend(cast("list[int]", reply["scores"]))
        return tuple(scores)

    def search(
        self, probe: Template, gallery: Sequence[bytes], shortlist: int = rules.SHORTLIST
    ) -> tuple[Found, ...]:
        """The likeliest fingers among the gallery's card forms (`compact`), compared by the engine, best first.

        At most `shortlist` of them; about 0.05 ms a stored finger, and the comparisons.
        """
        best = self._likeliest(probe, gallery, shortlist)
        scores = self.match_many(probe, [compact.read(gallery[at]) for at in best])
        found = (Found(at, score) for at, score in zip(best, scores, strict=True))
        return tuple(sorted(found, key=lambda one: -one.score))

    def recognise(
        self, probe: Template, gallery: Sequence[bytes], enough: int, shortlist: int = rules.SHORTLIST
    ) -> Found | None:
        """The finger among the gallery's card forms that scores `enough` against the probe, or None.

        Two prints of one finger cost the engine ten times what others do, and ever more with their minutiae. So the
        likeliest is first held against the probe's best `QUICK_MINUTIAE` alone: fewer minutiae score less, so that
        whoever reaches `enough` by them is as surely found, and the `shortlist` need not be compared in full.
        """
        likeliest = self._likeliest(probe, gallery, shortlist)
        for ours, those in ((probe.best(rules.QUICK_MINUTIAE), likeliest[:1]), (probe, likeliest)):
            scores = self.match_many(ours, [compact.read(gallery[at]) for at in those])
            best = max(zip(scores, those, strict=True), default=(0, 0))
            if best[0] >= enough:
                return Found(best[1], best[0])
        return None

    def _likeliest(self, probe: Template, gallery: Sequence[bytes], count: int) -> list[int]:
        ours = _record(probe)
        likely: list[tuple[int, int]] = []
        for start in range(0, len(gallery), _SEARCHED):
            forms = gallery[start : start + _SEARCHED]
            sizes = b"".join(len(form).to_bytes(2) for form in forms)
            reply, _ = self._ask("shortlist", (ours, sizes, b"".join(forms)))
            likely += [(start + at, votes) for at, votes in cast("list[tuple[int, int]]", reply["likely"])]
        return [at for at, _ in sorted(likely, key=lambda one: -one[1])[:count]]

    def picture_of_wsq(self, wsq: bytes) -> bytes:
        """The PNG of a WSQ file, where its codec is installed; `finger_engine.no_finger` if it cannot be decoded."""
        return self._ask("wsq", (wsq,))[1][0]

    def close(self) -> None:
        """End the child and give its memory back."""
        self.child.close()


class PortraitEngine:
    """Judges and crops portraits in the same child; works where no finger engine is installed."""

    def __init__(self, child: PictureChild | None = None, seconds: float = 15.0) -> None:
        self.child = child or PictureChild()
        self._seconds = seconds

    def examine(self, jpeg: bytes, cloth: Cloth | None) -> PortraitReport:
        """Every rule with its measured value, and the 480 × 640 crop; `cloth` None leaves the background unjudged."""
        reply, out = self.child.ask(
            {"verb": "portrait", "cloth": cloth.value if cloth else None}, (jpeg,), self._seconds
        )
        measures = cast("list[tuple[str, float, bool]]", reply["measures"])
        return PortraitReport(tuple(Measure(*one) for one in measures), out[0] if reply["cropped"] else None)

    def redraw(self, picture: bytes) -> bytes:
        """A chip's portrait (JPEG 2000 or JPEG) as a JPEG for a page; raises `camera.broken_frame` for neither."""
        return self.child.ask({"verb": "redraw"}, (picture,), self._seconds)[1][0]

    def close(self) -> None:
        """End the child and give its memory back."""
        self.child.close()


def _record(template: Template) -> bytes:
    return fmr.write(FingerPosition.RIGHT_INDEX, 0, template.best(255))


def _template(record: bytes) -> Template:
    try:
        return fmr.read(record).template
    except BadTemplate as error:
        raise DeviceFault(FaultCode.ENGINE_TIMEOUT, f"engine answered nonsense: {error}") from error
