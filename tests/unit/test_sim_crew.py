"""An officer of the demo whose line broke looks at the case before he presses again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hw_sim.demo.appliance import Appliance
from hw_sim.demo.browser import Browser
from hw_sim.demo.people import Crew
from hw_sim.demo.timeline import Timeline
from hw_sim.world import World


class Counter(Browser):
    """A case page on which one act may come again and again; the answer to the first is lost on the way."""

    def __init__(self, taken: bool) -> None:
        super().__init__("http://127.0.0.1:1")
        self._taken = taken
        self.attempts = 0
        self.sent = 0

    def get(self, path: str) -> Any:
        return None

    def offers(self, act: str, resident: int | None = None) -> bool:
        return True

    def json(self, path: str) -> dict[str, object]:
        return {"attempts": self.attempts}

    def submit(self, act: str, *fields: Any, **more: Any) -> Any:
        self.sent += 1
        if self.sent > 1 or self._taken:
            self.attempts += 1
        if self.sent == 1:
            raise ConnectionResetError


@pytest.mark.parametrize(("taken", "sent"), [(True, 1), (False, 2)], ids=["answer lost", "never arrived"])
def test_an_act_that_may_come_again_is_taken_once(tmp_path: Path, taken: bool, sent: int) -> None:
    browser = Counter(taken)
    crew = Crew(Appliance(tmp_path, "", {}), Timeline(World(0.0), 0.0), browsers={"petugas": browser})
    crew.act("petugas", "hand_over_card", resident=0, done=lambda state: state["attempts"] > 0)
    assert (browser.sent, browser.attempts) == (sent, 1)
