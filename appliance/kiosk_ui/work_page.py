"""From the office's work list to the lines of its page."""

from __future__ import annotations

from appliance.kiosk_ui import words
from appliance.kiosk_ui.case_page import place, title, waits_for
from appliance.kiosk_ui.shown import WorkRow, WorkView
from appliance.office.work_list import WorkItem, WorkPage


def work_row(item: WorkItem) -> WorkRow:
    """One line."""
    record, reading = item.record, item.reading
    waiting = "" if reading is None else waits_for(record, reading)
    return WorkRow(
        record.id, record.code, title(record, item.name), place(record), record.state, item.step, reading, item.mine,
        waiting, words.job(item.stands) if item.stands else "",
    )  # fmt: skip


def work_view(page: WorkPage, step: int | None) -> WorkView:
    """One page with its neighbours; the case to go on with stands first on the first page."""
    rows = tuple(work_row(item) for item in page.items)
    following = rows[0].case_id if rows and rows[0].mine and page.page == 1 else ""
    return WorkView(rows, page.page, page.pages, page.mine, page.open_cases, step, following)
