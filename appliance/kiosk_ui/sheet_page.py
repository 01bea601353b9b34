"""The sheets that an office files: the end of a day, a month of blanks by cause, the machine's readiness."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.casework.codes import LEDGER_CAUSES
from appliance.casework.stock import CountLine, shelf_name
from appliance.clock import to_local
from appliance.config import Settings
from appliance.documents.forms import BLANK, Facts, Form, Grid, Section, Signatures, Words
from appliance.documents.values import Letterhead
from appliance.kiosk_ui import words
from appliance.kiosk_ui.month_page import COUNTS
from appliance.kiosk_ui.status import DeviceLine
from appliance.kiosk_ui.technician.readiness import Readiness
from appliance.office.blank_views import MonthReport
from appliance.office.day_sheet import DaySheet


def _sheet(settings: Settings, title: str, reference: str, at: int, draft: bool, sections: Sequence[Section]) -> Form:
    return Form(
        letterhead=Letterhead(settings.office.city.title(), settings.office.name),
        code="",
        title=title,
        basis="",
        reference=reference,
        sections=tuple(sections),
        issued_at=at,
        specimen=settings.specimen,
        draft=draft,
    )


def _compared(title: str, lines: Sequence[CountLine], found: str) -> Grid:
    rows = tuple(
        (
            shelf_name(one.shelf),
            str(one.counted),
            str(one.expected),
            f"{one.difference:+d}" if one.difference else "0",
        )
        for one in lines
    )
    return Grid(title, (("Yang dibandingkan", 92), (found, 28), ("Seharusnya", 28), ("Selisih", 28)), rows)


def day_form(sheet: DaySheet, settings: Settings) -> Form:
    """The end-of-day sheet; a draft until the day is closed."""
    day = sheet.day.strftime("%d-%m-%Y")
    differences = [one for one in (*sheet.shelves, *sheet.books) if one.difference]
    if not sheet.closed:
        told = "Hari ini belum ditutup. Angka di bawah ini sampai saat dicetak."
    elif differences or sheet.broken:
        told = "Hari ini ditutup dengan selisih, atas tanda tangan dua orang."
    else:
        told = "Hari ini ditutup tanpa selisih."
    happened = tuple((COUNTS[what], str(number)) for what, number in sheet.numbers.items())
    counted = _compared("Hitungan blanko dan kartu", sheet.shelves, "Dihitung")
    return _sheet(
        settings,
        "LEMBAR TUTUP HARI",
        day,
        sheet.at,
        not sheet.closed,
        (
            Facts("", (("Hari", day), ("Keadaan", told), ("Waktu", words.moment(sheet.at)))),
            Grid("Yang terjadi hari ini", (("Peristiwa", 120), ("Jumlah", 40)), happened),
            counted if sheet.shelves else Words("Blanko dan kartu belum dihitung pada hari ini."),
            _compared("Buku dibandingkan dengan buku lain", sheet.books, "Menurut buku"),
            *((Words("Rantai buku blanko tidak utuh."),) if sheet.broken else ()),
            *((Words(f"Keterangan selisih: {sheet.reason}"),) if sheet.reason else ()),
            Signatures(
                (
                    ("Bendahara barang", sheet.first or BLANK),
                    ("Atasan (hanya bila ada selisih)", sheet.second or BLANK),
                )
            ),
        ),
    )


def blank_month_form(report: MonthReport, settings: Settings, now: int) -> Form:
    """A month of blanks: what came and went, and the spoiled by the four causes of the circular of 2022."""
    month = words.month_name(report)

    def table(title: str, rows: Sequence[tuple[str, int]]) -> Grid:
        return Grid(
            title,
            (("Hal", 120), ("Keping", 40)),
            tuple((name, str(number)) for name, number in rows) or (("Tidak ada", "0"),),
        )

    by_cause = [(LEDGER_CAUSES.get(cause, cause), number) for cause, number in report.spoiled.items()]
    destroyed = [(LEDGER_CAUSES.get(cause, cause), number) for cause, number in report.destroyed.items()]
    circular = [*report.circular.items(), ("Jumlah", sum(report.circular.values()))]
    moved = (
        ("Diterima", report.received),
        ("Mulai dibuat menjadi kartu", report.begun),
        ("Diserahkan", report.handed_over),
        ("Disegel", report.sealed),
    )
    minutes = ", ".join(report.minutes) or "tidak ada"
    return _sheet(
        settings,
        "LAPORAN BULANAN BLANGKO KTP-EL",
        month,
        now,
        False,
        (
            Facts("", (("Bulan", month), ("Dicetak", words.moment(now)))),
            table("Peredaran", moved),
            table("Rusak menurut empat sebab surat edaran", circular),
            table("Rusak menurut sebab di kantor ini", by_cause),
            table("Dimusnahkan", destroyed),
            Words(f"Nomor berita acara pemusnahan: {minutes}."),
            Signatures((("Bendahara barang", BLANK), ("Kepala Dinas", settings.office.head_name))),
        ),
    )


def readiness_form(lines: Sequence[DeviceLine], told: Readiness, settings: Settings, now: int) -> Form:
    """The machine's readiness as it is filed before a van leaves; nothing of any person."""
    parts = tuple(
        (
            line.name,
            line.word,
            line.reading.model or "-",
            line.reading.serial or "-",
            words.hour(line.reading.asked) if line.reading.asked else "belum pernah",
        )
        for line in lines
    )
    heads = (("Bagian", 48), ("Keadaan", 26), ("Model", 46), ("Nomor seri", 34), ("Ditanya", 22))
    reasons = tuple((one.name, one.found, one.todo) for one in told.reasons)
    day = to_local(now).strftime("%d-%m-%Y")
    return _sheet(
        settings,
        "LAPORAN KESIAPAN MESIN",
        day,
        now,
        False,
        (
            Facts("", (("Waktu", words.moment(now)), ("Keputusan", told.headline), ("Artinya", told.sentence))),
            Grid("Semua bagian", heads, parts or (("Tidak ada alat dalam pengaturan", "-", "-", "-", "-"),)),
            *(
                (
                    Grid(
                        "Yang harus diperhatikan",
                        (("Bagian", 40), ("Ditemukan", 68), ("Yang dikerjakan", 68)),
                        reasons,
                        13.0,
                    ),
                )
                if reasons
                else ()
            ),
            Signatures((("Teknisi", BLANK),)),
        ),
    )
