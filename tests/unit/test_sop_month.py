"""The month's report: time of people and of the calendar, waiting apart, and every number held against the audit."""

from __future__ import annotations

import csv
import io
import itertools
import re
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from case_files import as_bytes, complete
from counter import Counter, open_counter
from front_office import open_office, sign_in
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from appliance.casework.clocks import PAUSES, STEPS, Stay
from appliance.casework.roles import Role
from appliance.casework.sop import NotAllowed
from appliance.casework.sop_month import SopMonth, StepMonth, steps_of, waits_of
from appliance.clock import midnight, month_after, to_local
from appliance.documents.render import Renderer
from appliance.documents.values import SopMonthPaper
from appliance.kiosk_ui import month_page
from appliance.office.sop_month import month_report, table_of

DAY_S = 24 * 3600
DAY = DAY_S * 1000


def step(steps: tuple[StepMonth, ...], number: int) -> StepMonth:
    return next(one for one in steps if one.step.number == number)


def test_all_stays_of_a_passage_count_together_and_the_limit_is_on_touch() -> None:
    ended = [
        ("first", Stay(2, 0, 100_000, 200_000)),
        ("first", Stay(2, 500_000, 600_000, 100_001)),
        ("second", Stay(2, 0, 900_000, 60_000)),
        ("second", Stay(3, 0, 900_000, 60_000)),
        ("third", Stay(2, 0, DAY, 0, "dikembalikan")),
    ]
    found = step(steps_of(ended), 2)
    assert (found.ended, found.over, found.touch_s) == (2, 1, 360.001)
    assert (found.elapsed_median_s, found.elapsed_longest_s) == (550, 900)
    assert step(steps_of(ended), 3).ended == 1
    assert [one.step for one in steps_of([])] == list(STEPS)


def test_a_wait_counts_in_each_month_with_its_part_only() -> None:
    stays = [Stay(2, 0, 3 * DAY, 0, "dikembalikan"), Stay(7, DAY, None, 0, "ketunggalan")]
    first = {one.pause: one for one in waits_of(stays, 0, 2 * DAY, 10 * DAY)}
    second = {one.pause: one for one in waits_of(stays, 2 * DAY, 4 * DAY, 10 * DAY)}
    assert (first["dikembalikan"].waited_s, second["dikembalikan"].waited_s) == (2 * DAY_S, DAY_S)
    assert (first["ketunggalan"].waited_s, second["ketunggalan"].waited_s) == (DAY_S, 2 * DAY_S)
    assert first["gangguan"].number == 0
    assert waits_of(stays, 20 * DAY, 30 * DAY, 10 * DAY)[2].number == 0, "nothing has waited in the future"


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.builds(
            lambda since, lasts, pause: Stay(2, since, None if lasts is None else since + lasts, 0, pause),
            st.integers(0, 100),
            st.none() | st.integers(1, 100),
            st.sampled_from(PAUSES),
        )
    ),
    st.lists(st.integers(0, 200), min_size=1, max_size=5),
)
def test_months_add_up_to_all_the_waiting_there_was(stays: list[Stay], edges: list[int]) -> None:
    borders, now = sorted({0, 300, *edges}), 250
    told = sum(one.waited_s for begin, end in itertools.pairwise(borders) for one in waits_of(stays, begin, end, now))
    assert told * 1000 == pytest.approx(sum((stay.until or now) - stay.since for stay in stays))


def test_a_month_ends_where_the_next_begins() -> None:
    assert month_after(date(2026, 12, 1)) == date(2027, 1, 1)
    assert to_local(midnight(date(2026, 11, 1))).isoformat() == "2026-11-01T00:00:00+07:00"


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    found = open_counter(tmp_path)
    yield found
    found.store.close()


def a_month(counter: Counter) -> tuple[str, SopMonth]:
    """One case to its end, one returned, one refused, one cancelled; and the report of that month."""
    done = counter.ready_to_print()
    counter.card_made(done)
    counter.do("print_kk", Role.OPERATOR, done)
    counter.run("document_printer")
    counter.do("hand_over_kk", Role.PETUGAS, done, receiver="Ratna Puspitasari", relation="reporter")
    counter.do("hand_over_card", Role.PETUGAS, done)
    counter.matched(done)
    counter.run("render")
    counter.do("archive", Role.PETUGAS, done, box="1", shelf="1")
    returned, refused, cancelled = (counter.report() for _ in range(3))
    file = complete()
    counter.do("attach_file", Role.PETUGAS, returned, berkas=as_bytes({**file, "letters": file["letters"][:1]}))
    lacking = file["letters"][1]["kind"]
    counter.do("return_file", Role.PETUGAS, returned, items=(lacking,), reason="SURAT_KURANG", note="")
    counter.clock.go(3600)
    counter.do("reject", Role.KASI, refused, cause="LAINNYA", reason="bukan penduduk rentan")
    counter.do("cancel", Role.KASI, cancelled, cause="LAINNYA", reason="pelapor menarik laporan")
    return done, report_of(counter)


def report_of(counter: Counter) -> SopMonth:
    today = to_local(counter.clock()).date()
    with counter.store.read() as tx:
        return month_report(tx, today.year, today.month)


def test_every_number_of_the_books_is_that_of_the_audit_log(counter: Counter) -> None:
    _, report = a_month(counter)
    assert report.agrees
    books = {one.what: one.books for one in report.counts}
    assert {what: books[what] for what in ("reported", "kk_signed", "cards_handed", "archived")} == {
        "reported": 4,
        "kk_signed": 1,
        "cards_handed": 1,
        "archived": 1,
    }
    assert (books["returned"], books["rejected"], books["cancelled"], report.open_at_end) == (1, 1, 1, 1)
    waited = {one.pause: one for one in report.waits}
    assert (waited["dikembalikan"].number, waited["dikembalikan"].waited_s) == (1, pytest.approx(3600, abs=5))
    assert step(report.steps, 9).ended >= 1
    assert {one.pause for one in report.waits} == set(PAUSES)


def test_a_month_before_the_first_case_is_empty_and_a_later_one_knows_what_is_open(counter: Counter) -> None:
    a_month(counter)
    with counter.store.read() as tx:
        before = month_report(tx, 2001, 1)
    assert {one.books for one in before.counts} == {0} and before.open_at_end == 0 and before.times == ()
    counter.clock.go(40 * DAY_S)
    later = report_of(counter)
    assert {one.books for one in later.counts} == {0} and later.open_at_end == 1


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("DELETE FROM audit WHERE event = 'case-archive-complete'", "archived"),
        ("UPDATE case_file SET state = 'DITOLAK' WHERE state = 'DIBATALKAN'", "rejected"),
        ("UPDATE audit SET event = 'kk-sign-complete' WHERE event = 'case-validate-complete'", "kk_signed"),
    ],
)
def test_books_that_differ_from_the_audit_log_are_said_so(counter: Counter, change: str, what: str) -> None:
    a_month(counter)
    with counter.store.write() as tx:
        tx.sql.execute(text(change))
    report = report_of(counter)
    assert not report.agrees
    assert what in {one.what for one in report.counts if not one.agrees}


def test_the_sums_of_times_are_those_of_the_audit_log(counter: Counter) -> None:
    """Touch, elapsed and every class of waiting, from lines that tell what they stopped."""
    counter.clock.go(10)
    late = counter.attached()
    shown = counter.clock.now
    counter.clock.go(90)
    counter.do("pass_check", Role.PETUGAS, late, opened_at=shown)
    _, report = a_month(counter)
    told = {(one.kind, one.what): one for one in report.times}
    assert report.agrees and not report.differing
    assert told["step", 2].books[1] == pytest.approx(90_000, abs=50), "the hands were on it for a minute and a half"
    assert told["step", 2].books[0] >= told["step", 2].books[1]
    for one in report.steps:
        if ("step", one.step.number) in told:
            assert one.touch_s * 1000 == pytest.approx(told["step", one.step.number].audited[1])
    assert {what for kind, what in told if kind == "wait"} >= {"ketunggalan", "perjalanan"}
    with counter.store.read() as tx:
        stopped = tx.sql.execute(text("SELECT sum(until - since), sum(touch_ms) FROM stay WHERE until IS NOT NULL"))
        assert stopped.one() == tuple(sum(one.audited[at] for one in report.times) for at in (0, 1))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE stay SET touch_ms = touch_ms + 1000 WHERE step = 3 AND pause IS NULL AND until IS NOT NULL",
        "UPDATE stay SET since = since - 60000 WHERE pause = 'ketunggalan'",
        "DELETE FROM audit WHERE event = 'case-validate-complete'",
        "UPDATE stay SET told = NULL WHERE step = 9",
    ],
)
def test_times_that_differ_from_the_audit_log_are_said_so(counter: Counter, change: str) -> None:
    a_month(counter)
    with counter.store.write() as tx:
        tx.sql.execute(text(change))
    report = report_of(counter)
    assert not report.agrees and all(one.agrees for one in report.counts)
    ((what, *times),) = month_page.differing_rows(report)
    assert len(report.differing) == 1 and (times[0], times[2]) != (times[1], times[3])
    told = " ".join(printed(month_page.paper(report, counter.office.settings, counter.clock.now)).split())
    assert "Jumlah waktu yang berbeda" in told and "Jangan dipakai" in told
    assert " ".join((what, *times)) in told, "the sheet names the sum, each with both sides"


def test_a_second_that_rounding_hides_stands_on_the_sheet(counter: Counter) -> None:
    a_month(counter)
    with counter.store.write() as tx:
        tx.sql.execute(
            text("UPDATE stay SET touch_ms = touch_ms + 1 WHERE step = 3 AND pause IS NULL AND until IS NOT NULL")
        )
    (row,) = month_page.differing_rows(report_of(counter))
    assert row[0] == "Langkah 3" and row[1] == row[2] and row[3] != row[4]


def printed(paper: SopMonthPaper) -> str:
    sheet = Renderer().render_sop_month(paper)
    told = subprocess.run(["pdftotext", "-layout", "-", "-"], input=sheet, capture_output=True, check=True)
    return told.stdout.decode()


def test_clocks_from_before_they_were_told_count_in_neither(counter: Counter) -> None:
    a_month(counter)
    with counter.store.write() as tx:
        tx.sql.execute(text("UPDATE stay SET told = NULL"))
        tx.sql.execute(text("""UPDATE audit SET facts = replace(facts, '"clock"', '"was"')"""))
    report = report_of(counter)
    assert report.agrees and report.times == () and step(report.steps, 2).ended


def test_a_case_that_is_not_at_its_end_is_not_archived_and_nothing_is_kept(counter: Counter) -> None:
    case = counter.report()
    with pytest.raises(NotAllowed, match="tidak bisa sekarang"):
        counter.do("archive", Role.PETUGAS, case, box="1", shelf="1")
    assert not list((counter.office.settings.data_dir / "vault").glob("*/*"))


def test_the_table_holds_each_number_once(counter: Counter) -> None:
    _, report = a_month(counter)
    head, *rows = csv.reader(io.StringIO(table_of(report)))
    assert head == ["section", "what", "measure", "value"]
    assert len({tuple(row[:3]) for row in rows}) == len(rows)
    told = {tuple(row[:3]): row[3] for row in rows}
    assert told["case", "reported", "books"] == told["case", "reported", "audit"] == "4"
    assert float(told["step", "2", "touch_s"]) == pytest.approx(step(report.steps, 2).touch_s, abs=0.05)


def test_page_table_and_paper_tell_the_same_and_name_nobody(tmp_path: Path) -> None:
    place = open_office(tmp_path / "data")
    client = place.app("officer").test_client()
    sign_in(client, Role.KASI)
    page = client.get("/petugas/laporan?bulan=2026-11").text
    assert "Laporan SOP November 2026" in page and "Ada angka buku" not in page
    assert page.count('data-step="') == 8
    table = client.get("/petugas/laporan.csv?bulan=2026-11")
    assert (table.mimetype, table.text.splitlines()[0]) == ("text/csv", "section,what,measure,value")
    paper = client.get("/petugas/laporan.pdf?bulan=2026-11")
    told = subprocess.run(["pdftotext", "-layout", "-", "-"], input=paper.data, capture_output=True, check=True)
    words = told.stdout.decode()
    assert "LAPORAN BULANAN" in words and "Semua angka buku sama dengan jejak audit." in words
    assert all(label in words for label in ("Laporan masuk", "menunggu pelapor", "Perekaman biometrik"))
    assert re.search(r"\b\d{16}\b", page + words) is None
    store_keeper = place.app("officer").test_client()
    sign_in(store_keeper, Role.GUDANG)
    assert store_keeper.get("/petugas/laporan").status_code == 403
    place.office.store.close()


def test_every_number_has_its_words(counter: Counter) -> None:
    report = report_of(counter)
    assert {one.what for one in report.counts} == month_page.COUNTS.keys()
