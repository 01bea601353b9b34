"""What is kept of a device for 24 hours: spans, supplies, and how they are drawn."""

from __future__ import annotations

import datetime
import re
import threading
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from appliance.devices import DeviceStatus
from appliance.diagnostics import history
from appliance.diagnostics.board import STALE_MS, DeviceReading
from appliance.diagnostics.history import KEPT_MS, SPANS_MOST, History, Past, Span, grown
from appliance.diagnostics.rest import TOO_LONG_MS, Rest, rested, with_rest
from appliance.diagnostics.supplies import Wear, days_left, levels_in, worn
from appliance.faults import FaultCode
from appliance.kiosk_ui.technician.state_bar import Stretch, bar, said, shares, stretches

NOW = 1_795_503_900_000
DAY = datetime.date(2026, 11, 24)


def told(level: str, *reasons: str, **detail: str) -> DeviceReading:
    return DeviceReading("printer", level, reasons, detail=detail)  # type: ignore[arg-type]


def test_equal_answers_are_one_span_and_a_pause_is_a_gap() -> None:
    spans: tuple[Span, ...] = ()
    for second in range(0, 60, 2):
        spans = grown(spans, told("ok"), NOW + second * 1000)
    assert spans == (Span(NOW, NOW + 58_000, "ok"),)
    spans = grown(spans, told("down", "printer.media-jam"), NOW + 60_000)
    assert spans[0].until == spans[1].since == NOW + 60_000
    later = grown(spans, told("down", "printer.media-jam"), NOW + 60_000 + STALE_MS + 1)
    assert len(later) == 3 and later[1].until == NOW + 60_000, "nobody asked in between"


@given(st.lists(st.tuples(st.sampled_from(["ok", "limited", "down"]), st.integers(-KEPT_MS, KEPT_MS)), max_size=600))
def test_the_ring_is_bounded_ordered_and_drawn_without_a_gap_whatever_the_clock_does(
    answers: list[tuple[str, int]],
) -> None:
    spans: tuple[Span, ...] = ()
    now = NOW
    for level, step in answers:
        now += step // 50
        spans = grown(spans, told(level), now)
    assert len(spans) <= SPANS_MOST
    parts = stretches(spans, now)
    assert parts[0].since == now - KEPT_MS and parts[-1].until == now
    assert all(one.until == two.since for one, two in pairwise(parts))
    assert sum(shares(parts).values()) == KEPT_MS


def test_it_survives_the_process_and_a_file_cut_in_half(tmp_path: Path) -> None:
    path, now = tmp_path / history.FILE, [NOW]
    first = History(path, lambda: now[0])
    first.note(told("ok", **{"marker-names": "ribbon", "marker-levels": "40"}))
    now[0] += 10_000
    first.note(told("down", "printer.media-jam"))
    first.save()
    kept = history.read(path)["printer"]
    assert [span.level for span in kept.spans] == ["ok", "down"] and kept.wear.levels == {"ribbon": 40}
    second = History(path, lambda: now[0])
    now[0] += 5_000
    second.note(told("down", "printer.media-jam"))
    now[0] += 61_000
    second.note(told("ok"))
    second.save()
    assert [span.level for span in history.read(path)["printer"].spans] == ["ok", "down", "ok"]
    path.write_text(path.read_text()[:40])
    assert history.read(path) == {}
    assert history.read(tmp_path / "none") == {}


def test_an_answer_writes_nothing_and_the_keeper_saves_what_changed(tmp_path: Path) -> None:
    path, stop, looked = tmp_path / history.FILE, threading.Event(), threading.Event()
    kept = History(path, lambda: NOW)
    kept.note(told("ok"))
    assert not path.exists(), "no disk holds a watcher up"
    keeper = threading.Thread(target=kept.run, args=(stop, 0.001), daemon=True)
    keeper.start()
    while not path.exists():
        assert not looked.wait(0.001)
    kept.note(told("down", "printer.media-jam"))
    stop.set()
    keeper.join(10)
    assert [span.level for span in history.read(path)["printer"].spans] == ["ok", "down"]


def test_a_disk_that_takes_nothing_is_no_bug(tmp_path: Path) -> None:
    kept = History(tmp_path / "no folder" / history.FILE, lambda: NOW)
    kept.note(told("ok"))
    kept.save()


def test_supplies_are_read_from_what_the_printer_says() -> None:
    assert levels_in({"marker-names": "ribbon", "marker-levels": "62"}) == {"ribbon": 62}
    assert levels_in({"marker-names": "YMCKO ribbon", "marker-levels": "62"}) == {"YMCKO ribbon": 62}
    assert levels_in({"marker-names": "black toner, cyan", "marker-levels": "5, -2"}) == {"black toner": 5}
    assert levels_in({"marker-names": "YMC, K, film", "marker-levels": "5, 90"}) == {"1": 5, "2": 90}
    assert levels_in({"marker-levels": "7"}) == {"1": 7}
    assert levels_in({}) == {}


def test_days_left_come_from_real_use_and_a_new_ribbon_is_no_use() -> None:
    wear = Wear()
    for day, level in enumerate((90, 80, 70, 100, 90)):
        wear = worn(wear, {"ribbon": level}, DAY + datetime.timedelta(days=day))
    today = DAY + datetime.timedelta(days=4)
    assert sum(of.get("ribbon", 0) for of in wear.used.values()) == 30
    left = days_left(wear, "ribbon", today)
    assert left.days == 90 * 4 // 30, "30 points on the four days since it was first used"
    assert days_left(Wear({"ribbon": 90}, {}), "ribbon", today).days is None
    later = worn(wear, {"ribbon": 80}, today + datetime.timedelta(days=30))
    assert list(later.used) == [(today + datetime.timedelta(days=30)).isoformat()]


COUNT = "printer-media-sheets-completed"
RESTED = FaultCode.PRINTER_RESTED.value


def test_a_printer_that_counts_no_sheet_for_a_week_is_a_warning_until_it_prints(tmp_path: Path) -> None:
    path, now = tmp_path / history.FILE, [NOW]

    def asked(kept: History, detail: dict[str, str], level: str = "ok") -> DeviceStatus:
        answer = kept.told("printer", DeviceStatus(level, (), detail=detail))  # type: ignore[arg-type]
        kept.note(DeviceReading("printer", answer.level, answer.reasons, detail=answer.detail))
        return answer

    kept = History(path, lambda: now[0])
    assert asked(kept, {COUNT: "412"}).level == "ok"
    kept.save()
    now[0] += TOO_LONG_MS
    kept = History(path, lambda: now[0])
    assert asked(kept, {COUNT: "412"}).level == "ok"
    now[0] += 1
    answer = asked(kept, {COUNT: "412"})
    assert (answer.level, answer.reasons, answer.detail) == ("limited", (RESTED,), {COUNT: "412"})
    assert asked(kept, {}).reasons == (RESTED,), "it told no count this time"
    assert asked(kept, {COUNT: "412"}, "down").reasons == (), "what is down has more to tell"
    assert asked(kept, {COUNT: "413"}).level == "ok"
    assert kept.told("camera", DeviceStatus("ok")).level == "ok", "what does not count does not rest"


def test_a_file_of_before_is_read_and_the_rest_begins_now(tmp_path: Path) -> None:
    path = tmp_path / history.FILE
    path.write_text('{"printer": {"spans": [[1, 2, "ok", []]], "wear": {"levels": {}, "used": {}}}}')
    assert history.read(path)["printer"] == Past((Span(1, 2, "ok"),))


@given(
    st.lists(st.tuples(st.sampled_from(["", "7", "8"]), st.integers(-2 * TOO_LONG_MS, 2 * TOO_LONG_MS)), max_size=40)
)
def test_a_rest_ends_with_a_new_count_and_with_nothing_else(answers: list[tuple[str, int]]) -> None:
    rest, now = Rest(), NOW
    for count, step in answers:
        now = max(now + step, 1)
        before, rest = rest, rested(rest, {COUNT: count} if count else {}, now)
        assert rest == (Rest(count, now) if count and count != before.count else before)
        said = with_rest(DeviceStatus("ok"), rest, now)
        assert (said.level == "limited") == (rest.since > 0 and now > rest.since + TOO_LONG_MS)


def test_a_clock_that_is_behind_for_a_while_makes_no_rest_longer() -> None:
    rest, earlier = rested(Rest(), {COUNT: "7"}, NOW), NOW - 30 * TOO_LONG_MS
    behind = rested(rest, {COUNT: "7"}, earlier)
    assert with_rest(DeviceStatus("ok"), behind, earlier).level == "ok"
    assert with_rest(DeviceStatus("ok"), behind, NOW + 1).level == "ok"


def test_the_bar_says_in_words_what_it_draws() -> None:
    hour = 3_600_000
    spans = (Span(NOW - 3 * hour, NOW - hour, "ok"), Span(NOW - hour, NOW, "down", ("printer.media-jam",)))
    assert (
        said(stretches(spans, NOW)) == "tidak bisa 1 jam 0 menit, tidak diketahui 21 jam 0 menit, siap 2 jam 0 menit"
    )
    drawn = bar(spans, NOW)
    heights = dict(re.findall(r'class="(\w+)"[^>]* height="(\d+)"', drawn))
    assert len(set(heights.values())) == 3, "told apart by height as well"
    assert 'role="img"' in drawn and "style=" not in drawn
    assert stretches((), NOW) == (Stretch(NOW - KEPT_MS, NOW, "unknown"),)
    assert Past().spans == ()
