"""The screen as a technician measured it: what a card's width tells, and what is kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from counter import PEOPLE, open_counter

from appliance.casework.roles import Role
from appliance.casework.sop import NotAllowed
from appliance.office.panel import FILE, calibrate_panel, touch_panel
from appliance.records import panel
from appliance.records.panel import Panel, measured

TECHNICIAN = PEOPLE[Role.TEKNISI]
CARD = {"card_px": "475", "ratio": "1", "width_px": "1920", "height_px": "1080"}


def test_a_card_on_the_screen_tells_pixels_an_inch_and_the_diagonal() -> None:
    ppi, inches = measured(475, 1, 1920, 1080)
    assert ppi == pytest.approx(140.9, abs=0.1) and inches == pytest.approx(15.6, abs=0.05)
    assert measured(475 / 1.468, 1.468, 1920 / 1.468, 1080 / 1.468) == pytest.approx((ppi, inches)), "already scaled"
    assert Panel(ppi=ppi).scale * 96 == pytest.approx(ppi)
    for wrong in ((0, 1, 1920, 1080), (9000, 1, 1920, 1080), (475, float("nan"), 1920, 1080), (475, 1, 10, 10)):
        with pytest.raises(ValueError, match="no screen"):
            measured(*wrong)


def test_it_is_kept_audited_and_told_to_the_browser(tmp_path: Path) -> None:
    counter = open_counter(tmp_path)
    calibrate_panel(counter.office, TECHNICIAN, CARD)
    assert (tmp_path / "run" / FILE).read_text() == "SIAGA_PANEL_SCALE=1.4682\n"
    touch_panel(counter.office, TECHNICIAN, {"off": "0.4 1.2 0.0 2.9 0.8"})
    with counter.store.read() as tx:
        found = panel.get(tx)
    assert (found.ppi, found.inches, found.touch, found.touch_good) == (140.95, 15.6, (0.4, 1.2, 0.0, 2.9, 0.8), True)
    touch_panel(counter.office, TECHNICIAN, {"off": "0.4 1.2 0.0 3.1 0.8"})
    with counter.store.read() as tx:
        assert not panel.get(tx).touch_good and panel.get(tx).ppi == 140.95
    counter.store.close()


@pytest.mark.parametrize("off", ["", "1 2 3 4", "1 2 3 4 x", "1 2 3 4 -5", "1 2 3 4 nan", "1 2 3 4 9999"])
def test_what_cannot_be_is_refused_in_words_and_nothing_is_kept(tmp_path: Path, off: str) -> None:
    counter = open_counter(tmp_path)
    with pytest.raises(NotAllowed, match="kelima titik"):
        touch_panel(counter.office, TECHNICIAN, {"off": off})
    for wrong in ({}, {**CARD, "card_px": "x"}, {**CARD, "card_px": "5"}):
        with pytest.raises(NotAllowed, match="tidak mungkin"):
            calibrate_panel(counter.office, TECHNICIAN, wrong)
    with pytest.raises(NotAllowed, match="teknisi"):
        calibrate_panel(counter.office, PEOPLE[Role.OPERATOR], CARD)
    with counter.store.read() as tx:
        assert panel.get(tx) == Panel()
    counter.store.close()
