"""What is shown of devices at a moment: as they were when they were asked, unknown when that is not lately."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.diagnostics import board
from appliance.diagnostics.board import DeviceReading
from appliance.kiosk_ui.machine_shown import Snapshot
from appliance.kiosk_ui.status import levels, nothing_stored, service_lines

NOW = 1_800_000_000_000
MOMENTS = st.integers(NOW - 2 * board.STALE_MS, NOW + 2 * board.CORRECTED_MS)


@given(st.lists(MOMENTS, max_size=5))
def test_one_that_was_not_asked_lately_is_unknown_and_the_others_are_not(asked: list[int]) -> None:
    devices = tuple(DeviceReading(str(number), "ok", (), asked=moment) for number, moment in enumerate(asked))
    found = levels(Snapshot(devices), NOW)
    assert [level == "ok" for _, level, _ in found] == [board.recent(moment, NOW) for moment in asked]
    assert {level for _, level, _ in found} <= {"ok", "unknown"}


def test_a_snapshot_grows_old_while_it_is_kept() -> None:
    kept = Snapshot((DeviceReading("camera", "ok", asked=NOW),))
    lines = [service_lines(levels(kept, NOW + later)) for later in (0, board.STALE_MS, board.STALE_MS + 1)]
    assert [line.level for (line,) in lines] == ["ok", "ok", "unknown"]


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_worst_device_speaks_for_its_service(language: str) -> None:
    readings = (
        DeviceReading("camera", "limited", asked=NOW),
        DeviceReading("fingerprint_scanner", "down", ("fingerprint_scanner.unreachable",), asked=NOW),
        DeviceReading("storage", "down", ("storage.full",), asked=NOW),
    )
    known = levels(Snapshot(readings), NOW)
    (line,) = service_lines(known, language)
    assert (line.key, line.level) == ("rekam", "down") and line.sentence
    assert nothing_stored(known, language) != ""
    assert nothing_stored(known[:2], language) == ""
