"""A simulated card that counts the bytes which it is sent and sends: what really went over the reader's contacts."""

from __future__ import annotations

from hw_sim.vpcd import Chip


class CountedCard:
    """Any card of the simulated world, for a slot of the reader."""

    def __init__(self, card: Chip) -> None:
        self._card = card
        self.count = 0

    @property
    def atr(self) -> bytes:
        return self._card.atr

    @property
    def uid(self) -> bytes:
        return self._card.uid

    @property
    def pages_written(self) -> int:
        return self._card.pages_written

    def reset(self) -> None:
        self._card.reset()

    def process(self, apdu: bytes) -> bytes:
        answer = self._card.process(apdu)
        self.count += len(apdu) + len(answer)
        return answer
