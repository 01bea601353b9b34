"""From the office's state of the blank ledger to the values of its pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from appliance.casework.blank_life import STATE_LABELS, BlankState
from appliance.casework.codes import LEDGER_CAUSES
from appliance.casework.roles import ROLE_LABELS, Role
from appliance.casework.stock import OFFICE, kind_of_place, place_name, shelf_name
from appliance.kiosk_ui.blank_shown import (
    BlankHistoryLine,
    BlankRow,
    BlankView,
    ClosingView,
    LedgerView,
    MinutesLine,
    PlaceView,
)
from appliance.office.blank_views import LedgerState
from appliance.records.stock_books import Closing

PLACE_PICTURES = {OFFICE: "house", "van": "van", "printer": "printer", "hopper": "hopper"}
SOON_DAYS = 7
"""With fewer days left than this the page says that blanks must be asked for."""


def ledger_view(state: LedgerState) -> LedgerView:
    """The ledger's page."""
    places = sorted({shelf.partition("/")[0] for shelf in state.shelves} | {OFFICE}, key=_order)
    counted = {line.shelf for line in state.counted}
    return LedgerView(
        rows=tuple(BlankRow(str(one), state.states[one]) for one in BlankState if one in state.states),
        places=tuple(
            PlaceView(
                place_name(place),
                PLACE_PICTURES[str(kind_of_place(place))],
                state.shelves.get(place, 0),
                state.shelves.get(f"{place}/kartu", 0),
                state.shelves.get(f"{place}/rusak", 0),
            )
            for place in places
        ),
        ready=state.ready,
        days=state.left.days,
        per_day=state.left.per_day,
        soon=state.left.days is not None and state.left.days < SOON_DAYS,
        today=state.today,
        last_closed=state.last_closed,
        counted_all=set(state.to_count) <= counted,
        closed=state.closing is not None and state.closing.closed_at is not None,
        unsigned=tuple(_closing(one) for one in state.unsigned),
        to_count=state.to_count,
        spoiled=tuple((serial, LEDGER_CAUSES.get(str(cause), "")) for serial, cause in state.spoiled),
        seals=tuple(state.seals.items()),
        minutes=tuple(
            MinutesLine(one.number, one.day, len(one.facts["cards"]), one.blob is not None, one.number in state.held)
            for one in state.destructions
        ),
        not_closed=state.not_closed,
        doubt=bool(state.doubt),
        books=tuple((shelf_name(one.shelf), one.counted, one.expected) for one in state.books),
    )


def _order(place: str) -> tuple[int, str]:
    return list(PLACE_PICTURES).index(str(kind_of_place(place))), place


def _closing(one: Closing) -> ClosingView:
    lines = tuple((shelf_name(line.shelf), line.counted, line.expected) for line in one.lines if line.difference)
    return ClosingView(one.day, lines, one.reason or "", one.chain is not None, one.first_by)


_GONE = frozenset({BlankState.HANDED_OVER, BlankState.DESTROYED})


def blank_view(told: Mapping[str, Any], *, with_case: bool) -> BlankView:
    """One blank's story; `with_case` is false for who may not know whose card it became."""
    print_job, handover = told["print_job"], told["handover"]
    other = [one["serial"] for one in told["other_cards"]]
    evidence = (print_job or {}).get("evidence") or {}
    facts = [
        ("Kiriman", told["batch"]),
        ("Keadaan", STATE_LABELS[BlankState(told["state"])]),
        ("Tempat", None if told["state"] in _GONE else place_name(told["place"])),
        ("Nomor chip (UID)", told["uid"]),
        ("Berkas", told["case"] if with_case else None),
        ("Antrean cetak", evidence.get("queue_id") if print_job else None),
        ("Sebab rusak", LEDGER_CAUSES.get(told["cause"] or "")),
        ("Nomor segel", told["seal"]),
        ("Berita acara", told["minute"]),
        ("Tanda terima", (handover or {}).get("receipt_sha256") if with_case else None),
        (
            "Kartu lain orang yang sama",
            ", ".join(other) if with_case else None,
        ),
    ]
    history = tuple(
        BlankHistoryLine(
            entry["at"], STATE_LABELS[BlankState(entry["to_state"])], _who(entry["actor"]), _detail(entry)
        )
        for entry in told["entries"]
    )
    shown = tuple((label, str(value)) for label, value in facts if value)
    return BlankView(told["serial"], shown, history)


def _who(actor: str) -> str:
    return ROLE_LABELS[Role(actor.partition(":")[0])]


def _detail(entry: Mapping[str, Any]) -> str:
    facts = entry["facts"]
    if "cause" in facts:
        return LEDGER_CAUSES.get(facts["cause"], "")
    if "seal" in facts or "minute" in facts:
        return str(facts.get("seal") or facts["minute"])
    return place_name(facts["place"]) if "place" in facts else ""


def month_of(text: str, today: date) -> tuple[int, int]:
    """Year and month of `2026-11`; this month for anything else."""
    year, _, month = text.partition("-")
    if year.isascii() and year.isdecimal() and month.isascii() and month.isdecimal():
        number, of = int(month), int(year)
        if len(text) <= 7 and 1 <= number <= 12 and 2000 <= of <= 9998:
            return of, number
    return today.year, today.month
