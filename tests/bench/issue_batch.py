"""A batch of cards against the card printer's own rate: the same printer, fed without anybody else's work."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from issuing import IssuingOffice
from PIL import Image
from printing import RawQueue
from rows import Row

from appliance.drivers.picture_pdf import pdf_of
from hw_sim.world import When, World

CARDS, BARE = 5, 3
LIMIT = 1 / 0.95


def rows() -> Iterator[Row]:
    """Seconds from one card that comes out to the next, devices at the speed of life."""
    with TemporaryDirectory(prefix="siaga-bench-", dir="/tmp") as directory:
        folder = Path(directory)
        folder.chmod(0o755)
        with IssuingOffice(folder, World(speed=0.0), grown=CARDS, blanks=CARDS + 2) as office:
            office.world.speed = 1.0
            floor = _a_card(office.world, lambda: _bare(office))
            began = time.monotonic()
            ours = _a_card(office.world, lambda: _batch(office))
            whole = (time.monotonic() - began) / CARDS
    yield Row("batch: from one card out to the next", ours, floor, "s", LIMIT)
    yield Row("batch: cards an hour", 3600 / ours, 3600 / floor, "cards/h")
    yield Row(f"batch: a card, from the first act to the end of {CARDS}", whole, floor, "s")


def _a_card(world: World, act: Callable[[], None]) -> float:
    out: list[float] = []
    world.on(When("printed", {"printer": "card"}), lambda _: out.append(time.monotonic()), once=False)
    act()
    return (out[-1] - out[0]) / (len(out) - 1)


def _batch(office: IssuingOffice) -> None:
    office.operator.begin()
    told = office.operator.run(60 * CARDS)
    assert told["good"] == CARDS, told


def _picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (1012, 638), "#c02020").save(out, "PNG", dpi=(300, 300))
    return out.getvalue()


def _bare(office: IssuingOffice) -> None:
    """All jobs at once to the queue by bare IPP; somebody feeds a card each time the one before is drawn in."""
    printer, world = office.station.card_printer, office.world
    before = world.count("printed")
    for number in range(1, BARE):
        world.on(When("printing", {"printer": "card", "count": number}), lambda _: printer.load("a card"))
    printer.load("a card")
    assert office.station.cups is not None
    queue = RawQueue(office.station.cups.card_printer_uri, "om_id-1_54x86mm", pdf_of(_picture()))
    for _ in range(BARE):
        queue.submit()
    assert world.wait_for(lambda now: now.count("printed") == before + BARE, 60 * BARE)
