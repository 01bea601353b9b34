"""A play in which some parts come several times, so that each turn can be cut elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hw_sim.demo.play import LONG, Play

MOST_BLANKS, MOST_WRONG_FINGERS = 19, 3
"""Of twenty blanks the last one is issued; of four tries at handover the last one may be the holder's."""


@dataclass(slots=True)
class Rehearsal(Play):
    """`blanks` cards are written and spoiled before the one that is issued; `wrong_fingers` tries fail before."""

    blanks: int = 0
    wrong_fingers: int = 0

    def write_chip(self, index: int) -> str:
        """Write one blank after the other; each but the last is spoiled once its chip is proven."""
        for _ in range(self.blanks):
            Play.write_chip(self, index)
            self._spoil(index)
        return Play.write_chip(self, index)

    def _spoil(self, index: int) -> None:
        self.turn("spoil")
        self.spoiled.append(self.cards.pop(index))
        self.crew.act("operator", "look_card", {"result": "spoiled", "cause": "CACAT_PABRIK"}, resident=index)

        def revoked(state: Mapping[str, object]) -> bool:
            jobs = state["jobs"]
            assert isinstance(jobs, list)
            return not any(job["kind"] == "void" for job in jobs)

        self.crew.wait("operator", "the revocation", revoked, LONG)

    def match(self, index: int, finger: str) -> bool:
        """First the fingers that are not the holder's."""
        levers = self.station.scanner.levers
        while self.wrong_fingers > 0:
            self.wrong_fingers -= 1
            hand, _, _ = finger.partition("_")
            levers.swapped = {finger: f"{hand}_middle"}
            Play.match(self, index, finger)
            levers.swapped = {}
        return Play.match(self, index, finger)
