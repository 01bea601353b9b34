"""Times, states and clocks in the words of the office (Indonesian, WIB)."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Protocol

from appliance.biometrics.portrait_rules import Cloth
from appliance.casework.blank_life import STATE_LABELS
from appliance.casework.clocks import Reading
from appliance.casework.codes import FINGERS, LEDGER_CAUSES, LETTERS
from appliance.casework.roles import ROLE_LABELS, Role
from appliance.casework.stock import place_name
from appliance.casework.ticket import SERVICES
from appliance.clock import to_local

MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November",
    "Desember",
)  # fmt: skip
"""CLDR, locale id."""
AT = "pukul"
"""Before a time of day."""


class Month(Protocol):
    """What has a year and a month."""

    @property
    def year(self) -> int:
        """The year."""

    @property
    def month(self) -> int:
        """The month, 1 to 12."""


STATES: dict[str, str] = {
    "DILAPORKAN": "Dilaporkan",
    "CEK_KELENGKAPAN": "Periksa kelengkapan",
    "DIKEMBALIKAN": "Dikembalikan ke pelapor",
    "VERIFIKASI_KASI": "Verifikasi Kasi",
    "CEK_BIOMETRIK": "Cek biometrik",
    "INPUT_SIAK": "Input SIAK",
    "VALIDASI_KABID": "Validasi Kabid",
    "TTE_KADIS": "Tanda tangan Kadis",
    "PENERBITAN": "Penerbitan",
    "DIARSIPKAN": "Selesai, diarsipkan",
    "DITOLAK": "Ditolak",
    "DIBATALKAN": "Dibatalkan",
    "TIDAK_PERLU": "Tidak perlu",
    "MENUNGGU": "Menunggu",
    "KK_TERBIT": "KK terbit",
    "KK_DICETAK": "KK dicetak",
    "KK_DISERAHKAN": "KK diserahkan",
    "BELUM_REKAM": "Belum direkam",
    "TERJADWAL": "Kunjungan perekaman dijadwalkan",
    "MEREKAM": "Sedang direkam",
    "DIREKAM": "Sudah direkam",
    "DIKIRIM": "Dikirim ke pusat (SFE)",
    "GAGAL_PUSAT": "Gagal di pusat, rekam ulang",
    "GANDA": "Diduga ganda",
    "PRR": "Siap cetak (PRR)",
    "PEMBUATAN_KARTU": "Kartu sedang dibuat",
    "KARTU_JADI": "Kartu jadi",
    "KARTU_DISERAHKAN": "Kartu diserahkan",
    "TIDAK_TERBIT": "Berakhir tanpa kartu",
}

PAUSES: dict[str, str] = {
    "dikembalikan": "menunggu pelapor",
    "perjalanan": "perjalanan",
    "ketunggalan": "menunggu pusat",
    "belum_17": "menunggu umur 17 tahun",
    "blanko_habis": "blanko habis",
    "gangguan": "SIAK, TTE atau pusat terputus",
}


def state(code: str) -> str:
    """A state in words; one that is not in the table is shown as it is, in lower case."""
    return STATES.get(code, code.replace("_", " ").lower())


def duration(seconds: float) -> str:
    """Seconds as people say them: `4 menit 05 detik`, `2 jam 10 menit`, `3 hari 4 jam`."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} detik"
    if whole < 3600 and whole % 60 == 0:
        return f"{whole // 60} menit"
    if whole < 3600:
        return f"{whole // 60} menit {whole % 60:02d} detik"
    if whole < 86_400:
        return f"{whole // 3600} jam {whole % 3600 // 60} menit"
    return f"{whole // 86_400} hari {whole % 86_400 // 3600} jam"


Say = Callable[[str], str]
"""What says a word of ours in another language."""


def moment(millis: int, say: Say = str) -> str:
    """A moment in WIB: `24 November 2026, pukul 14.05 WIB`."""
    return f"{date_of(millis, say)}, {hour(millis, say)}"


def date_of(millis: int, say: Say = str) -> str:
    """The date of a moment in WIB: `24 November 2026`."""
    return day(to_local(millis).date(), say)


def wiped_on(millis: int) -> str:
    """What is said in the place of what the retention rules wiped."""
    return f"Dihapus sesuai jadwal retensi tanggal {date_of(millis)}."


def day(date: datetime.date, say: Say = str) -> str:
    """A date: `1 Juli 1971`."""
    return f"{date.day} {say(MONTHS[date.month - 1])} {date.year}"


def month_name(when: Month) -> str:
    """A month: `November 2026`."""
    return f"{MONTHS[when.month - 1]} {when.year}"


def hour(millis: int, say: Say = str) -> str:
    """The time of day in WIB: `pukul 14.05 WIB`."""
    return f"{say(AT)} {to_local(millis):%H.%M} WIB"


def clock_mark(reading: Reading) -> tuple[str, str]:
    """How a clock stands: a class (`good`, `soon`, `over`, `still`, `none`) and its word; never colour alone."""
    if reading.step.limit_s is None:
        return "none", "tanpa batas"
    if reading.over:
        return "over", f"lewat {duration(reading.touch_s - reading.step.limit_s)}"
    if reading.late:
        return "over", f"berjalan {duration(reading.elapsed_s)}, lewat batas"
    left = reading.step.limit_s - reading.touch_s
    if not reading.open:
        used = "kurang dari 1 detik" if reading.touch_s < 1 else duration(reading.touch_s)
        return "still", f"terpakai {used}" if reading.begun else "belum mulai"
    if left < reading.step.limit_s * 0.25:
        return "soon", f"sisa {duration(left)}"
    return "good", f"sisa {duration(left)}"


def role(code: str) -> str:
    """A role's name."""
    return ROLE_LABELS[Role(code)]


def letter(kind: str) -> str:
    """A requirement paper's name."""
    return LETTERS.get(kind, kind)


def finger(position: str) -> str:
    """A finger's name."""
    return FINGERS.get(position, position)


CLOTHS = {Cloth.RED: "merah", Cloth.BLUE: "biru", Cloth.ORANGE: "jingga"}


def cloth(one: Cloth) -> str:
    """The colour of the background."""
    return CLOTHS[one]


JOBS: dict[str, str] = {
    "search-capture": "Mengambil jari untuk pencarian",
    "search": "Mencari di pusat biometrik",
    "enter": "Input ke SIAK",
    "call-nik": "Mencari NIK di data pusat",
    "sign": "Tanda tangan elektronik",
    "capture": "Mengambil jari",
    "capture-photo": "Mengambil foto",
    "capture-scan": "Memfoto surat",
    "capture-hand": "Memotret tangan",
    "recapture": "Mencocokkan telunjuk",
    "capture-signature": "Mengambil tanda tangan",
    "capture-thumb": "Mengambil cap jempol",
    "keep-officer-finger": "Mencatat jari petugas",
    "enrol": "Mengirim perekaman ke pusat",
    "enrolment-state": "Menunggu jawaban pusat",
    "prepare": "Menyiapkan kartu",
    "personalise": "Meminta paket kartu",
    "encode": "Menulis chip",
    "print-card": "Mencetak kartu",
    "print-kk": "Mencetak KK",
    "resume-queue": "Membuka lagi antrean printer",
    "withdraw-prints": "Menarik cetakan yang dihentikan",
    "read-fingers": "Mencocokkan jari dengan chip",
    "see-face": "Membaca foto di chip dan memotret",
    "void": "Membatalkan kartu di pusat",
    "report-card": "Melaporkan kartu ke pusat",
    "kk-draft": "Membuat draf KK",
    "read-slip": "Membaca bukti laporan",
    "read-family-card": "Membaca kode KK",
    "check-card": "Memeriksa KTP-el",
    "print-ticket": "Mencetak nomor antrean",
    "print-code": "Mencetak kode berkas",
    "try-device": "Mencoba alat",
    "erase-trial": "Menghapus gambar uji",
}

JOB_STATES: dict[str, str] = {
    "ready": "menunggu giliran",
    "leased": "sedang dikerjakan",
    "done": "selesai",
    "hold": "berhenti",
}

BLANKS: dict[str, str] = {str(state): label for state, label in STATE_LABELS.items()}


def job(kind: str) -> str:
    """Machine work in words; a kind that is not in the table is document work."""
    return JOBS.get(kind, "Membuat dokumen")


def job_state(state: str) -> str:
    """How machine work stands."""
    return JOB_STATES.get(state, state)


def blank(state: str) -> str:
    """A state of the ledger of blanks."""
    return BLANKS.get(state, state)


def cause(code: str) -> str:
    """Why a blank was spoiled."""
    return LEDGER_CAUSES.get(code, code)


def pause(kind: str) -> str:
    """A class of waiting."""
    return PAUSES.get(kind, kind)


def paper_title(title: str, name: str) -> str:
    """What a paper of a case is, with whose or what for: `Tanda terima KTP-el penduduk 1`."""
    card = re.fullmatch(r"KTP-(\d+)", name)
    if card:
        return f"{title} KTP-el penduduk {int(card[1]) + 1}"
    return title if name in title else f"{title} {name}"


def ticket_service(key: str) -> str:
    """What a number of the queue is for."""
    return SERVICES.get(key, key)


def note(finding: str) -> str:
    """A finding of the file check without its key: `residents[0].birth_date: x` is `Penduduk 1: x`."""
    key = re.match(r"(?:residents\[(\d+)\])?[a-z_.\[\]0-9]*: ", finding)
    if key is None:
        return finding
    rest = finding[key.end() :]
    return f"Penduduk {int(key[1]) + 1}: {rest}" if key[1] else rest[:1].upper() + rest[1:]


def day_to_type(text: str) -> str:
    """A day as it is typed here, `05-10-2026`, whether it was stored year first or typed already."""
    return re.sub(r"^(\d{4})-(\d\d)-(\d\d)$", r"\3-\2-\1", text)


FILTERS: dict[str, Callable[..., object]] = {
    "state": state,
    "duration": duration,
    "moment": moment,
    "hour": hour,
    "clock_mark": clock_mark,
    "role": role,
    "letter": letter,
    "finger": finger,
    "pause": pause,
    "paper_title": paper_title,
    "day": day,
    "day_to_type": day_to_type,
    "date": date_of,
    "wiped_on": wiped_on,
    "month_name": month_name,
    "job": job,
    "job_state": job_state,
    "blank_state": blank,
    "blank_place": place_name,
    "cause": cause,
    "ticket_service": ticket_service,
}
