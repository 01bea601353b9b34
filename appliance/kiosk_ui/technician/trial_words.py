"""What a trial of each kind of device asks of the person who does it, and its measured values in words. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from appliance.kiosk_ui.notices import Notice, notice
from appliance.kiosk_ui.technician.columns import columns
from appliance.records.trials import Trial


@dataclass(frozen=True, slots=True)
class TrialWords:
    """`first` is what to do before it begins, `now` while it runs, `look` the question about what came out."""

    picture: str
    first: str
    now: str
    look: str = ""


PAGE_LOOK = "Cocokkan dengan penggaris: bingkai lurus, jaraknya sama di semua tepi, 100 mm memang 100 mm?"
WORDS: Mapping[str, TrialWords] = {
    "fingerprint_scanner": TrialWords(
        "finger", "Telunjuk kanan Anda sendiri akan diambil, ditampilkan, lalu dihapus.", "Letakkan telunjuk kanan."
    ),
    "camera": TrialWords(
        "camera", "Satu foto akan diambil, ditampilkan, lalu dihapus. Pasang bagan uji bila ada.", "Foto diambil.",
        "Gambarnya tajam, warnanya benar, dan tidak ada bercak?",
    ),
    "chip_encoder": TrialWords(
        "put_card", "Letakkan kartu uji di pembaca. Kartu hanya dibaca, tidak ditulis.", "Kartu sedang dibaca."
    ),
    "secure_access_module": TrialWords("key", "Modul kunci akan dibuka sekali.", "Modul kunci sedang dibuka."),
    "document_printer": TrialWords("printer", "Satu lembar A4 akan dicetak.", "Lembar uji dicetak.", PAGE_LOOK),
    "card_printer": TrialWords(
        "blank_card", "Keluarkan semua blanko dari printer, lalu pasang satu kartu uji.", "Kartu uji sedang dicetak.",
        "Cocokkan dengan penggaris: bingkai 3 mm dari tepi, warna rata, tidak ada garis putih?",
    ),
    "receipt_printer": TrialWords(
        "paper", "Satu struk akan dicetak.", "Struk sedang dicetak.", "Penggarisnya benar dan kertasnya terpotong?"
    ),
    "signature_pad": TrialWords(
        "pen", "Coretan Anda akan ditampilkan, lalu dihapus.", "Gambar garis lurus dan lingkaran di papan.",
        "Garisnya sama dengan yang Anda gambar, tanpa putus?",
    ),
    "barcode_reader": TrialWords(
        "code", "Siapkan kertas dengan kode QR apa pun. Isinya tidak disimpan.", "Dekatkan kode ke pembaca."
    ),
    "signal_light": TrialWords(
        "lamp", "Semua lampu akan menyala bergantian, dengan satu bunyi.", "Lihat lampunya.",
        "Merah, kuning, hijau menyala dan bunyinya terdengar?",
    ),
    "power_supply": TrialWords("plug", "Catu daya akan ditanya sekali.", "Catu daya sedang ditanya."),
}  # fmt: skip
ANSWERS: tuple[tuple[str, str, str], ...] = (
    ("good", "good", "Ya, benar"),
    ("wrong", "wrong", "Ada, tetapi tidak benar"),
    ("nothing", "empty_tray", "Tidak ada yang keluar"),
)
"""Answer, pictogram, words."""
EYES = (ANSWERS[0], ("wrong", "wrong", "Tidak"))
ANSWERS_OF = {
    "camera": EYES, "signature_pad": EYES, "signal_light": (ANSWERS[0], ("wrong", "wrong", "Tidak semuanya")),
}  # fmt: skip
"""Where nothing is printed there is nothing that might not come out."""
DOUBTS: Mapping[str, str] = {
    "dark": "Gambarnya terlalu gelap. Buka tutup lensa atau nyalakan lampu, lalu coba lagi.",
    "bright": "Gambarnya terlalu terang. Jauhkan lampu dari lensa, lalu coba lagi.",
    "burnt": "Sebagian besar gambar putih karena cahaya. Hindari lampu atau jendela di depan lensa, lalu coba lagi.",
    "flat": "Gambarnya kabur atau kosong. Bersihkan lensa, arahkan ke wajah atau bagan, lalu coba lagi.",
    "unread": "Gambarnya ada, tetapi pola jari tidak terbaca. Bersihkan kaca dan jari, lalu coba lagi.",
}
"""What is wrong by the measures, and what to do."""
FACTS: Mapping[str, str] = {
    "size": "Ukuran gambar (piksel)",
    "device_quality": "Mutu menurut pemindai (0-100)",
    "nfiq2": "Mutu NFIQ 2 (0-100)",
    "minutiae": "Jumlah titik ciri",
    "engine": "Mesin pencocok",
    "seconds": "Lama (detik)",
    "brightness": "Terang rata-rata (0-255)",
    "sharpness": "Ketajaman",
    "burnt": "Bagian terlalu terang",
    "light_held": "Cahaya dan warna dikunci saat memotret",
    "exchange": "Lama satu perintah, nilai tengah (milidetik)",
    "slowest": "Lama satu perintah, yang terlama (milidetik)",
    "atr": "Jawaban reset (ATR)",
    "answer": "Jawaban perintah SELECT",
    "keys_level": "Modul kunci",
    "keys_reasons": "Sebab modul kunci",
    "level": "Keadaan",
    "reasons": "Sebab",
    "page": "Halaman uji",
    "counter_moved": "Penghitung printer maju",
    "strokes": "Jumlah coretan",
    "points": "Jumlah titik pena",
    "pressure": "Tekanan pena (0-1)",
    "length": "Panjang isi kode (huruf)",
    "symbology": "Jenis kode",
    "mains": "Listrik PLN",
    "starved": "Tegangan kurang",
    "battery": "Baterai",
    "seconds_left": "Sisa baterai (detik)",
}
VALUES: Mapping[str, str] = {
    "yes": "ya",
    "no": "tidak",
    "unknown": "tidak diketahui",
    "untold": "tidak disebut oleh pembaca",
    "other": "jenis lain",
    "ok": "siap",
    "limited": "terbatas",
    "down": "tidak bisa",
    "completed": "tercetak",
    "sent": "terkirim, printer tidak menghitung",
    "never queued": "tidak sampai ke printer",
    "pending": "masih antre, sekarang dibatalkan",
    "printing": "sedang dicetak, sekarang dibatalkan",
    "canceled": "dibatalkan",
    "aborted": "dihentikan oleh printer",
}
DRAWN = frozenset({"exchange_ms"})
"""What is shown as a picture instead."""
STATES: Mapping[str, tuple[str, str, str]] = {
    "waiting": ("unknown", "waiting", "menunggu giliran"),
    "running": ("limited", "now", "sedang dicoba"),
    "asked": ("limited", "warning", "menunggu jawaban Anda"),
    "done": ("ok", "good", "berhasil"),
    "failed": ("down", "over", "gagal"),
    "cut": ("limited", "soon", "terputus"),
}
"""Level for the colour, pictogram and word of each state."""
CUT = "Listrik atau layanan mesin terputus saat uji ini. Uji tidak diulang sendiri. Lihat alatnya, lalu mulai lagi."


def told(trial: Trial) -> tuple[tuple[str, str], ...]:
    """The measured values with their names."""
    shown = ((name, value) for name, value in trial.facts.items() if value and name not in DRAWN)
    return tuple((FACTS.get(name, name), VALUES.get(value, _comma(value))) for name, value in shown)


def drawn(trial: Trial) -> Markup | None:
    """The exchanges of a card as columns, where it was tried."""
    text = trial.facts.get("exchange_ms", "")
    return columns([float(one) for one in text.split()], "Lama tiap perintah", "milidetik") if text else None


def _comma(value: str) -> str:
    """Decimals as they are written here."""
    return re.sub(r"(\d)\.(\d)", r"\1,\2", value)


def trouble(trial: Trial) -> Notice | None:
    """The fault that ended it, in words."""
    return notice(trial.fault) if trial.fault else None
