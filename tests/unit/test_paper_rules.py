"""What keeps a paper from being read: one hint at a time, in the order in which they help."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.documents import paper_rules
from appliance.documents.paper_rules import BLOWN, BLURRED, DARK, FAR, HINTS, NIGHT, PaperSeen, hint_of

GOOD = PaperSeen(edges=True, inside=True, share=FAR, brightness=DARK, sharpness=BLURRED, blown=BLOWN)
LOST = replace(GOOD, edges=False, inside=False, share=0.0)


@pytest.mark.parametrize(
    ("seen", "hint"),
    [
        (GOOD, ""),
        (replace(GOOD, brightness=DARK - 1), "paper.dark"),
        (replace(GOOD, sharpness=BLURRED - 1), "paper.blurred"),
        (replace(GOOD, blown=BLOWN + 0.01), "paper.glare"),
        (replace(GOOD, share=FAR - 0.01), "paper.far"),
        (replace(GOOD, inside=False), "paper.cut_off"),
        (LOST, "paper.no_edges"),
        (replace(LOST, brightness=NIGHT), "paper.no_edges"),
        (replace(LOST, brightness=NIGHT - 1), "paper.dark"),
        (replace(GOOD, inside=False, share=0.2, blown=0.5, sharpness=0.0), "paper.cut_off"),
        (replace(GOOD, brightness=10.0, sharpness=0.0), "paper.dark"),
    ],
)
def test_the_first_rule_that_does_not_hold_is_told(seen: PaperSeen, hint: str) -> None:
    assert hint_of(seen) == hint
    assert hint == "" or hint in HINTS


@pytest.mark.parametrize("brightness", [DARK - 1, DARK])
@pytest.mark.parametrize("sharpness", [BLURRED - 1, BLURRED])
def test_what_would_be_kept_as_doubtful_is_never_called_good(brightness: float, sharpness: float) -> None:
    seen = replace(GOOD, brightness=brightness, sharpness=sharpness)
    assert bool(paper_rules.doubt_of(brightness, sharpness)) == bool(hint_of(seen))
