"""The log that a technician reads: parsed from the journal, by level, and without anything of anybody."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from appliance.diagnostics.log import LEVELS, LONGEST, at_level, read


def line(text: object, priority: int = 6, at: int = 1_795_503_900_000_000, **more: str) -> str:
    return json.dumps({"MESSAGE": text, "PRIORITY": str(priority), "__REALTIME_TIMESTAMP": str(at), **more})


def test_the_newest_comes_first_and_nothing_personal_is_left() -> None:
    lines = [
        line("job of SUGENG RIYADI 9972010101710001, SG-7K3F-92", 4, _SYSTEMD_UNIT="siaga-web.service"),
        line("started", at=1_795_503_901_000_000, SYSLOG_IDENTIFIER="siaga"),
    ]
    newest, oldest = read(lines)
    assert (newest.text, newest.source, newest.at) == ("started", "siaga", 1_795_503_901_000)
    assert (oldest.text, oldest.source) == ("job of [nama] [angka], [kode]", "siaga-web")


def test_a_level_shows_itself_and_what_is_worse() -> None:
    found = read([line("a", 3), line("b", 4), line("c", 6)])
    assert [one.text for one in at_level(found, "galat")] == ["a"]
    assert [one.text for one in at_level(found, "peringatan")] == ["b", "a"]
    assert at_level(found, "semua") == at_level(found, "nonsense") == found
    assert [number for _, number, _ in LEVELS] == [7, 4, 3]


def test_what_is_no_line_is_left_out_and_a_long_one_is_cut() -> None:
    broken = [
        "",
        "{",
        "[]",
        "null",
        line([1, 2, 3]),
        json.dumps({"MESSAGE": "x"}),
        '{"MESSAGE": "x", "PRIORITY": {}}',
    ]
    assert read(broken) == ()
    assert len(read([line("ab " * 1000)])[0].text) <= LONGEST


@given(st.lists(st.text(max_size=60)))
def test_no_bytes_of_a_journal_make_it_stumble(lines: list[str]) -> None:
    assert all(one.text is not None for one in read([*lines, *(line(text) for text in lines)]))
