"""From the restart after a cut until the appliance knows again what is true, where the hardware can tell."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event as Flag

from issuing import IssuingOffice
from rows import Row

from appliance.clock import Deadline
from appliance.queue import effects
from appliance.records.store import Store
from hw_sim.world import When, World

LIMIT = 5.0
AMID = 60
"""Of the some hundred and thirty commands that a card is asked."""


def rows() -> Iterator[Row]:
    """A cut amid the chip and one as the card moves in the printer; devices at no time."""
    with TemporaryDirectory(prefix="siaga-bench-", dir="/tmp") as directory:
        folder = Path(directory)
        folder.chmod(0o755)
        with IssuingOffice(folder, World(speed=0.0), grown=1, blanks=2) as office:
            office.operator.begin()
            chip = _settled(office, When("apdu-done", {"slot": 0, "n": AMID}), "encode:A001")
            card = _settled(office, When("printing", {"printer": "card"}), "print-card:A001:1")
    yield Row("settled after a cut amid the chip", chip, 0, "s", LIMIT)
    yield Row("settled after a cut as the card moves", card, 0, "s", LIMIT)


def _settled(office: IssuingOffice, moment: When, token: str) -> float:
    """Cut the power at this moment, bring it back; seconds from the start until the effect has its outcome."""
    cut = Flag()

    def power_goes(_: object) -> None:
        office.appliance.kill()
        cut.set()

    office.world.on(moment, power_goes)
    by = Deadline.after(60)
    while not cut.is_set():
        assert not by.passed, f"{token}: the moment of the cut did not come"
        told = office.operator.told_or_nothing()
        if told is None or not office.operator.step(told):
            cut.wait(0.05)
    with office.books() as store:
        assert _state(store, token) == "intent"
        began = time.monotonic()
        office.appliance.start()
        while _state(store, token) != "done":
            assert time.monotonic() - began < 60, token
            time.sleep(0.01)
        return time.monotonic() - began


def _state(store: Store, token: str) -> str:
    with store.read() as tx:
        found = effects.find(tx, token)
    return "" if found is None else found.state
