"""Somebody without any finger gets his card all the same, on the word of two officers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from played import Played, play

CASE = Path(__file__).parent / "cases" / "no-finger-left.json"

pytestmark = [pytest.mark.daemons, pytest.mark.whole]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return play(CASE, tmp_path_factory.mktemp("out"))


def test_the_card_is_handed_over_without_a_match(played: Played) -> None:
    assert played.code == 0, played.output
    assert not played.facts("card-match-init")
    assert [facts["cause"] for facts in played.facts("card-face-init")] == ["AMPUTASI"]
    assert len(played.facts("card-face-complete")) == len(played.facts("ktp-confirm_face:same-complete")) == 1
    (chip,) = played.chips()
    assert chip["verdict"]["valid"]
    assert not {"FP1", "FP2"} & set(chip["files"])


def test_two_different_people_stand_behind_it_and_minutes_are_kept(played: Played) -> None:
    events = {entry["event"]: entry["actor"] for entry in played.audit()}
    assert events["card-face-init"] != events["ktp-confirm_face:same-complete"]
    assert [facts["name"] for facts in played.facts("minutes-typeset-complete")] == ["KTP-0"]
    ledger = json.loads((played.out / "blanks.json").read_text(encoding="utf-8"))
    assert ledger["balanced"] and ledger["states"] == {"handed_over": 1, "received": 19}
