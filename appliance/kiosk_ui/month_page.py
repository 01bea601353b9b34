"""The month's report of the SOP in words: for its page and its paper."""

from __future__ import annotations

from appliance.casework.codes import VISIT_REASONS
from appliance.casework.sop_month import SopMonth
from appliance.clock import to_local
from appliance.config import Settings
from appliance.documents.values import Letterhead, SopMonthPaper
from appliance.kiosk_ui import words

COUNTS = {
    "reported": "Laporan masuk",
    "returned": "Dikembalikan kepada pelapor",
    "kk_signed": "KK ditandatangani",
    "cards_handed": "KTP-el diserahkan",
    "archived": "Berkas selesai dan diarsipkan",
    "rejected": "Berkas ditolak",
    "cancelled": "Berkas dibatalkan",
}


VISIT_STATES = {"planned": "direncanakan", "made": "terlaksana", "missed": "gagal", "moved": "dipindah ke hari lain"}


def visit_words(key: str) -> str:
    """What a sum of visits is of (`visits.sums`): a state, or a missed visit's reason."""
    state, _, reason = key.partition(":")
    return f"gagal: {VISIT_REASONS[reason].lower()}" if reason else VISIT_STATES[state]


def step_rows(report: SopMonth) -> tuple[tuple[str, ...], ...]:
    """One row a step: number, name, limit, passages, over the limit, touch in all and in the middle, elapsed."""
    return tuple(
        (
            str(one.step.number),
            one.step.name,
            "tanpa batas" if one.step.limit_s is None else words.duration(one.step.limit_s),
            str(one.ended),
            "-" if one.step.limit_s is None else str(one.over),
            *(
                words.duration(seconds) if one.ended else "-"
                for seconds in (one.touch_s, one.touch_median_s, one.elapsed_median_s, one.elapsed_longest_s)
            ),
        )
        for one in report.steps
        if one.step.number > 1
    )


def wait_rows(report: SopMonth) -> tuple[tuple[str, int, str], ...]:
    """One row a class of waiting: its name, how often, how long in all."""
    return tuple(
        (words.pause(one.pause), one.number, words.duration(one.waited_s) if one.number else "-")
        for one in report.waits
    )


def count_rows(report: SopMonth) -> tuple[tuple[str, int, int], ...]:
    """One row a number: what, by the books, by the audit log."""
    return tuple((COUNTS[one.what], one.books, one.audited) for one in report.counts)


def differing_rows(report: SopMonth) -> tuple[tuple[str, ...], ...]:
    """Each sum of times of which books and audit log do not say the same: what, elapsed by each, touch by each.

    To the millisecond: a difference that rounding hides would not be seen.
    """
    return tuple(
        (
            f"Langkah {one.what}" if one.kind == "step" else words.pause(str(one.what)),
            *(_exactly(ms) for of in zip(one.books, one.audited, strict=True) for ms in of),
        )
        for one in report.differing
    )


def _exactly(ms: int) -> str:
    return f"{ms // 1000:,}".replace(",", ".") + f",{ms % 1000:03d} detik"


def paper(report: SopMonth, settings: Settings, now: int) -> SopMonthPaper:
    """The report as its paper says it."""
    return SopMonthPaper(
        letterhead=Letterhead(settings.office.city.title(), settings.office.name),
        month=words.month_name(report),
        counts=count_rows(report),
        open_at_end=report.open_at_end,
        steps=step_rows(report),
        waits=wait_rows(report),
        differing=differing_rows(report),
        agrees=report.agrees,
        issued_at=now,
        printed_on=to_local(now).strftime("%d-%m-%Y pukul %H.%M WIB"),
        specimen=settings.specimen,
    )
