"""The pictures of papers in docs/papers are what this program prints; RENEW_LOOKS=1 writes them anew."""

from __future__ import annotations

import io
import os
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from case_files import somebody
from cryptography.hazmat.primitives.asymmetric import ec
from PIL import Image, ImageChops, ImageStat
from test_documents import HEAD, ISSUED, RECEIPT, RENDERER, RETURN_SLIP, _eleven

from appliance.casework.intake import Category, Household
from appliance.casework.stock import CountLine
from appliance.central.paper_seal import PaperKey
from appliance.config import Central, Settings, Trust
from appliance.config import Office as OfficeFacts
from appliance.documents.values import SopMonthPaper
from appliance.issuance.paper_values import sealed
from appliance.kiosk_ui import sheet_page
from appliance.office.blank_views import MonthReport
from appliance.office.case_forms import FORMS
from appliance.office.day_sheet import DaySheet
from appliance.office.family_form import family_form
from appliance.records.cases import CaseRecord, ResidentRecord

PAPERS = Path(__file__).parents[2] / "docs" / "papers"
DPI = 80
SETTINGS = Settings(
    data_dir=Path(),
    specimen=True,
    sop_profile="national",
    listen={},
    devices={},
    office=OfficeFacts(HEAD.office, HEAD.city, "Lampung", "18.72", "Drs. CONTOH PEJABAT, M.Si.", "0", "99"),
    central=Central(None, None, None, None),
    trust=Trust(None, None, None, None),
    key_file=Path(),
    sam_pin_file=None,
)
SEALING = PaperKey(ec.derive_private_key(60, ec.SECP256R1()))
"""A key that anybody may know, so that the picture is always the same."""
STEPS = (
    (
        "2",
        "Periksa kelengkapan",
        "5 menit",
        "41",
        "6",
        "2 jam 51 menit",
        "3 menit 40 detik",
        "5 jam 12 menit",
        "9 hari",
    ),
    ("3", "Verifikasi", "5 menit", "38", "2", "1 jam 58 menit", "2 menit 50 detik", "1 hari 2 jam", "6 hari"),
    ("4", "Input SIAK", "5 menit", "31", "9", "3 jam 04 menit", "4 menit 55 detik", "40 menit", "2 hari"),
    ("5", "Validasi", "2 menit", "31", "0", "34 menit", "1 menit 02 detik", "3 jam 10 menit", "1 hari"),
    ("6", "Tanda tangan elektronik", "1 menit", "30", "0", "11 menit", "22 detik", "2 jam 01 menit", "3 hari"),
    ("7", "Perekaman biometrik", "5 menit", "27", "25", "8 jam 06 menit", "17 menit", "4 hari", "21 hari"),
    ("8", "Penerbitan KK dan KTP-el", "2 menit", "25", "3", "52 menit", "1 menit 44 detik", "6 hari", "30 hari"),
    ("9", "Penyerahan dan arsip", "1 menit", "24", "1", "21 menit", "48 detik", "2 hari", "12 hari"),
)


def _f_1_01() -> bytes:
    home = Household("JL. KENANGA NO. 14", "003", "002", "18.72.01.1005", "34111", None)
    record = CaseRecord(
        id="", code="SG-4K7M-27", sop_version="", state="CEK_KELENGKAPAN", kk_state="MENUNGGU", kk_number=None,
        version=1,
        report={}, category=Category("orang_terlantar", ("no_identity",)), household=home, wrapped_key="",
        created_at=ISSUED, changed_at=ISSUED,
    )  # fmt: skip
    return RENDERER.render_form(
        family_form(SETTINGS, record, [ResidentRecord("", 0, somebody(), None, "BELUM_REKAM", "")])
    )


def _month() -> bytes:
    counts = (
        ("Laporan masuk", 44, 44), ("Dikembalikan kepada pelapor", 9, 9), ("KK ditandatangani", 30, 30),
        ("KTP-el diserahkan", 22, 22), ("Berkas selesai dan diarsipkan", 21, 21), ("Berkas ditolak", 1, 1),
        ("Berkas dibatalkan", 2, 2),
    )  # fmt: skip
    waits = (("menunggu pelapor", 9, "31 hari"), ("menunggu pusat", 24, "88 hari"), ("blanko habis", 0, "-"))
    paper = SopMonthPaper(
        letterhead=HEAD, month="November 2026", counts=counts, open_at_end=37, steps=STEPS, waits=waits, differing=(),
        agrees=True, issued_at=ISSUED, printed_on="30-11-2026 pukul 15.40 WIB", specimen=True,
    )  # fmt: skip
    return RENDERER.render_sop_month(paper)


def _day() -> bytes:
    shelves = (CountLine("kantor", 118, 119), CountLine("kantor/kartu", 3, 3), CountLine("van-1", 20, 20))
    books = (
        CountLine("hari/berkas", 37, 37), CountLine("hari/audit", 0, 0), CountLine("hari/kk", 6, 6),
        CountLine("hari/kartu", 5, 5), CountLine("hari/mesin", 0, 0), CountLine("hari/tanda-terima", 8, 8),
    )  # fmt: skip
    numbers = {"reported": 3, "returned": 1, "kk_signed": 6, "cards_handed": 4, "archived": 3, "rejected": 0}
    sheet = DaySheet(
        date(2026, 11, 24), shelves, books, numbers, "Satu keping jatuh ke belakang lemari, dicari besok.", False,
        "RINA WULANDARI", "AGUS SETIAWAN", True, ISSUED,
    )  # fmt: skip
    return RENDERER.render_form(sheet_page.day_form(sheet, SETTINGS))


def _blank_month() -> bytes:
    report = MonthReport(
        2026, 11, 500, 214, 198, {"GAGAL_ENCODE": 3, "SALAH_CETAK": 5, "CACAT_PABRIK": 1, "DATA_BERUBAH": 2},
        {"Gagal cetak": 5, "Gagal encode": 3, "Perubahan elemen data": 2, "Rusak": 1}, 11,
        {"GAGAL_ENCODE": 3, "SALAH_CETAK": 4}, ("470/12/BA/2026",),
    )  # fmt: skip
    return RENDERER.render_form(sheet_page.blank_month_form(report, SETTINGS, ISSUED))


SHOWN: dict[str, Callable[[], bytes]] = {
    "family-card": lambda: RENDERER.render_family_card(sealed(_eleven(), SEALING)),
    "receipt": lambda: RENDERER.render_receipt(RECEIPT),
    "return-slip": lambda: RENDERER.render_return_slip(RETURN_SLIP),
    "f-1-01": _f_1_01,
    "sop-month": _month,
    "blank-month": _blank_month,
    "day": _day,
}


def picture(pdf: bytes) -> Image.Image:
    """Its first page."""
    command = ["pdftoppm", "-r", str(DPI), "-f", "1", "-l", "1", "-png", "-"]
    return Image.open(io.BytesIO(subprocess.run(command, input=pdf, capture_output=True, check=True).stdout)).convert(
        "RGB"
    )


@pytest.mark.parametrize("name", SHOWN)
def test_the_picture_is_of_the_paper_as_it_is_printed_now(name: str) -> None:
    now = picture(SHOWN[name]())
    file = PAPERS / f"{name}.png"
    if os.environ.get("RENEW_LOOKS"):
        PAPERS.mkdir(exist_ok=True)
        now.quantize(64).save(file, optimize=True)
    kept = Image.open(file).convert("RGB")
    assert kept.size == now.size
    assert max(ImageStat.Stat(ImageChops.difference(now, kept)).mean) < 1.5


def test_every_picture_is_of_a_paper_and_named_in_the_readme() -> None:
    assert {one.stem for one in PAPERS.glob("*.png")} == set(SHOWN)
    told = (PAPERS / "README.md").read_text()
    assert all(f"]({name}.png)" in told for name in SHOWN)
    assert len(FORMS) == 4
