"""The month's report of the SOP: from the books, held against the audit log; as values, table and paper."""

from __future__ import annotations

import csv
import io
from datetime import date

from appliance.casework.sop_month import Count, SopMonth, StepMonth, steps_of, times_of, waits_of
from appliance.clock import midnight, month_after
from appliance.records import sop_month
from appliance.records.store import Transaction


def month_report(tx: Transaction, year: int, month: int) -> SopMonth:
    """What happened in this month by the calendar of the office."""
    first = date(year, month, 1)
    begin, end = midnight(first), midnight(month_after(first))
    books, audited = sop_month.in_books(tx, begin, end), sop_month.in_audit(tx, begin, end)
    return SopMonth(
        year=year,
        month=month,
        counts=tuple(Count(what, number, audited[what]) for what, number in books.items()),
        open_at_end=sop_month.open_at(tx, min(end, tx.now + 1)),
        steps=steps_of(sop_month.ended_stays(tx, begin, end)),
        waits=waits_of(sop_month.waits(tx, begin, end), begin, end, tx.now),
        times=times_of(sop_month.times_in_books(tx, begin, end), sop_month.times_in_audit(tx, begin, end)),
    )


def table_of(report: SopMonth) -> str:
    """The report as CSV (RFC 4180) with one line a number: section, what, measure, value; times in seconds."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("section", "what", "measure", "value"))
    for count in report.counts:
        writer.writerow(("case", count.what, "books", count.books))
        writer.writerow(("case", count.what, "audit", count.audited))
    writer.writerow(("case", "open", "books", report.open_at_end))
    for step in report.steps:
        writer.writerows(("step", step.step.number, measure, value) for measure, value in _measures(step))
    for wait in report.waits:
        writer.writerow(("wait", wait.pause, "number", wait.number))
        writer.writerow(("wait", wait.pause, "seconds", f"{wait.waited_s:.1f}"))
    for one in report.times:
        for told, (passed, touched) in (("books", one.books), ("audit", one.audited)):
            writer.writerow((f"{one.kind}_stopped", one.what, f"elapsed_s_{told}", f"{passed / 1000:.3f}"))
            writer.writerow((f"{one.kind}_stopped", one.what, f"touch_s_{told}", f"{touched / 1000:.3f}"))
    return out.getvalue()


def _measures(step: StepMonth) -> tuple[tuple[str, object], ...]:
    return (
        ("ended", step.ended),
        ("limit_s", "" if step.step.limit_s is None else step.step.limit_s),
        ("over", step.over),
        ("touch_s", f"{step.touch_s:.1f}"),
        ("touch_median_s", f"{step.touch_median_s:.1f}"),
        ("elapsed_median_s", f"{step.elapsed_median_s:.1f}"),
        ("elapsed_longest_s", f"{step.elapsed_longest_s:.1f}"),
    )
