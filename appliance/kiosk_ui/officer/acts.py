"""Every act of the officer's face as data: its form, its words, and which are put away as rare or grave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from appliance.biometrics.strokes import LARGEST_TEXT
from appliance.casework.central_states import CENTRAL_STATES
from appliance.casework.codes import (
    CANCEL_REASONS,
    CARD_CAUSES,
    EXCEPTION_REASONS,
    FINGERS,
    KTP_END_CAUSES,
    LETTERS,
    NO_MATCH_REASONS,
    RECEIVERS,
    REJECT_REASONS,
    REPLACEMENT_CAUSES,
    RETURN_REASONS,
    SEARCH_REASONS,
    SEARCHES,
    SIGN_REASONS,
    TAKE_OVER_REASONS,
    VISIT_REASONS,
)
from appliance.casework.letters import KEYS
from appliance.casework.roles import Role
from appliance.casework.sop import TABLE
from appliance.casework.uncollected import HOW, RESULTS
from appliance.kiosk_ui.forms import Field, Option

Weight = Literal["main", "plain", "rare"]


@dataclass(frozen=True, slots=True)
class Act:
    """One thing an officer does to a case: `name` is the last part of the address and the form's `data-act`.

    `resident` says that it concerns one person of the case; `weight` whether the button is the main one, a plain one,
    or put away behind a line of text.
    """

    name: str
    title: str
    button: str
    fields: tuple[Field, ...] = ()
    resident: bool = False
    weight: Weight = "main"
    picture: str = ""
    hint: str = ""


def _options(table: Mapping[str, str]) -> tuple[Option, ...]:
    return tuple(table.items())


_FINGERS = _options(FINGERS)
_THUMBS = tuple(one for one in _FINGERS if one[0].endswith("thumb"))
_PAPER = Field("kind", "Surat", "choice", _options(LETTERS))
_WHICH = Field("paper", "Surat yang mana", "hidden", required=False, longest=60)
_TOLD = (
    Field("number", "Nomor surat", longest=60),
    Field("date", "Tanggal surat", "date"),
    Field("issuer", "Penerbit", longest=100),
    Field("signer", "Penanda tangan", longest=100),
    Field("about", "Surat ini milik siapa", "number", required=False),
)
"""What a letter says of itself; the page lists the people of the case for `about`, counted from 0."""
SCANS = ("describe_letter", "correct_letter", "scan_paper", "upload_scan", "keep_scan", "undo_scan")
"""Acts that stand at the paper's own line of the checklist."""
_SHELF = Field("shelf", "Rak atau laci", longest=40, hint="Tempat dokumen menunggu diambil.")
_DETAILS = tuple(
    Field(one.key, one.label, "choice" if one.options else "text", _options(one.options or {}), required=False)
    for one in KEYS.values()
)
"""What any letter may say; the page asks of each letter what its own kind carries."""
_REASON = Field("reason", "Alasan", "words", longest=500)

_NUMBERS = (
    Field("kk_number", "Nomor KK", longest=30, fix="Isi nomor KK dari SIAK."),
    Field("niks", "NIK", "several", longest=30, required=False),
)
_SEEN = (
    Field("seen_on", "Tanggal dilihat", "date"),
    Field("evidence", "Bukti", "words", longest=300, hint="Di layar mana terlihat, nomor tiket, atau kata siapa."),
)

_ALL = (
    Act("attach_file", "Masukkan berkas biodata", "Masukkan berkas",
        (Field("berkas", "Berkas biodata (JSON)", "file", hint="Berkas F-1.01 dari pelapor."),), picture="document"),
    Act("add_letter", "Tambah surat", "Tambah surat",
        (
            Field("kind", "Jenis surat", "choice", _options(LETTERS)),
            *_TOLD,
        ), weight="rare", picture="letter"),
    Act("describe_letter", "Catat isi surat", "Simpan isi surat", (_PAPER, _WHICH, *_DETAILS), picture="letter"),
    Act("correct_letter", "Perbaiki catatan surat", "Simpan perbaikan", (_PAPER, _WHICH, *_TOLD), picture="letter"),
    Act("scan_paper", "Foto surat", "Foto surat", (_PAPER, _WHICH), picture="camera"),
    Act("upload_scan", "Unggah surat", "Unggah",
        (_PAPER, _WHICH, Field("berkas", "Foto (JPEG, PNG) atau PDF", "file", fix="Pilih berkas.",
            hint="Paling besar 3,5 MB.")), picture="document"),
    Act("keep_scan", "Pakai foto ini", "Tetap pakai",
        (_PAPER, _WHICH, Field("reason", "Alasan foto ini tetap dipakai", longest=300)), picture="done"),
    Act("undo_scan", "Batalkan foto", "Batalkan foto", (_PAPER, _WHICH), picture="back"),
    Act("pass_check", "Berkas lengkap", "Lengkap, teruskan ke Kasi", picture="done"),
    Act("return_file", "Kembalikan ke pelapor", "Kembalikan berkas",
        (
            Field("reason", "Alasan", "choice", _options(RETURN_REASONS)),
            Field("items", "Surat yang kurang", "choices", _options(LETTERS), required=False),
            Field("note", "Pesan untuk pelapor", "words", required=False, longest=500),
        ), weight="rare", picture="back"),
    Act("verify", "Verifikasi", "Verifikasi dan teruskan",
        (Field("reason", "Alasan bila orang yang sama ada di berkas lain", required=False, longest=500),),
        picture="done"),
    Act("decide_search", "Putuskan hasil cek biometrik", "Simpan keputusan",
        (
            Field("decision", "Keputusan", "choice", (
                ("proceed", "Bukan orang itu: lanjutkan, minta NIK baru"),
                ("known", "Orang itu: pakai NIK yang ditemukan"),
                ("reject", "Tolak berkas"),
            )),
            _REASON,
            Field("about", "Orang yang ditemukan, bila lebih dari satu", "number", required=False),
        ), picture="finger"),
    Act("reject", "Tolak berkas", "Tolak berkas",
        (Field("cause", "Sebab", "choice", _options(REJECT_REASONS)), _REASON), weight="rare", picture="wrong"),
    Act("cancel", "Batalkan berkas", "Batalkan berkas",
        (Field("cause", "Sebab", "choice", _options(CANCEL_REASONS)), _REASON), weight="rare", picture="wrong"),
    Act("enter_siak", "Masukkan ke SIAK", "Kirim ke SIAK", picture="network"),
    Act("submit_draft", "Ajukan draf KK", "Ajukan ke Kabid", picture="sheet"),
    Act("validate", "Validasi", "Sahkan, ajukan ke Kadis", picture="done"),
    Act("send_back", "Kembalikan ke operator", "Kembalikan ke operator", (_REASON,), weight="rare", picture="back"),
    Act("sign", "Tanda tangani KK", "Tanda tangani",
        (Field("passphrase", "Frasa sandi TTE", "secret", hint="Tidak disimpan di mesin ini."),), picture="pen"),
    Act("type_numbers", "Input ke SIAK dengan tangan", "Simpan ketikan pertama", _NUMBERS, picture="document"),
    Act("confirm_numbers", "Ketik nomor sekali lagi", "Cocokkan dan simpan", _NUMBERS, picture="document"),
    Act("import_signed", "Masukkan KK bertanda tangan", "Masukkan KK",
        (Field("berkas", "KK yang sudah ditandatangani (PDF)", "file",
            hint="Draf dari halaman ini atau KK dari SIAK, setelah ditandatangani Kepala Dinas. Jangan dipindai."),),
        picture="pen"),
    Act("redraft", "Buat ulang draf KK", "Buat ulang draf", picture="sheet",
        hint="Draf ini atas nama pejabat lain. Datanya tetap seperti yang disahkan Kabid."),
    Act("print_kk", "Cetak KK", "Cetak KK", picture="printer"),
    Act("hand_over_kk", "Serahkan KK", "Serahkan KK",
        (
            Field("receiver", "Nama penerima", longest=60),
            Field("relation", "Hubungan dengan penduduk", "choice", _options(RECEIVERS)),
            Field("number", "Nomor surat kuasa, bila belum dicatat", longest=60, required=False),
            Field("date", "Tanggal surat kuasa", "date", required=False),
            Field("issuer", "Penerbit surat kuasa", longest=100, required=False),
            Field("signer", "Penanda tangan surat kuasa", longest=100, required=False),
        ), picture="sheet", hint="Cetak tanda terimanya, lalu minta penerima menandatangani di kertas."),
    Act("shelve_kk", "Catat rak KK", "Simpan rak", (_SHELF,), weight="rare", picture="box"),
    Act("remind", "Catat bahwa keluarga diingatkan", "Simpan",
        (
            Field("how", "Cara", "choice", _options(HOW)),
            Field("result", "Hasil", "choice", _options(RESULTS)),
        ), weight="rare", picture="clock"),
    Act("archive", "Arsipkan berkas", "Arsipkan",
        (
            Field("box", "Boks", longest=20),
            Field("shelf", "Rak", longest=20),
        ), picture="box"),
    Act("search_biometrics", "Cek biometrik sebelum NIK baru", "Ambil jari dan cari",
        (Field("positions", "Jari lain, bila telunjuk tidak bisa", "choices", _FINGERS, required=False),),
        resident=True, picture="search"),
    Act("search_without_fingers", "Jarinya tidak dapat diambil", "Lanjutkan tanpa jari",
        (Field("reason", "Alasan", "choice", _options(SEARCH_REASONS)),),
        resident=True, weight="rare", picture="none",
        hint="Coba jari lain dulu. Tanpa jari, Kasi memutuskan setelah jawaban pusat."),
    Act("enter_search", "Isi hasil cek biometrik", "Simpan hasil",
        (
            Field("result", "Hasil di aplikasi pusat", "choice", _options(SEARCHES)),
            Field("found_nik", "NIK yang ditemukan", longest=30, required=False),
            *_SEEN,
        ), resident=True, picture="search", hint="Cari dulu dengan sidik jari di aplikasi pusat."),
    Act("enter_central_state", "Isi status perekaman di pusat", "Simpan status",
        (
            Field("central", "Status di pusat", "choice",
                tuple((name, f"{name}: {one.words}") for name, one in CENTRAL_STATES.items())),
            *_SEEN,
        ), resident=True, picture="network", hint="Kirim rekaman di aplikasi pusat, lalu salin statusnya ke sini."),
    Act("schedule_visit", "Jadwalkan kunjungan perekaman", "Simpan jadwal",
        (
            Field("day", "Hari kunjungan", "date"),
            Field("team", "Siapa yang berangkat", longest=100),
            Field("place", "Tempat, bila bukan di alamatnya", longest=200, required=False),
        ), resident=True, weight="rare", picture="person"),
    Act("miss_visit", "Kunjungan gagal", "Catat kunjungan gagal",
        (Field("reason", "Sebab", "choice", _options(VISIT_REASONS)),), resident=True, weight="rare", picture="back"),
    Act("record_early", "Rekam sebelum umur 17 tahun", "Rekam sekarang", resident=True, weight="rare",
        picture="finger", hint="Sejak umur 16 tahun, bila ia mau. Kartu dibuat saat ia 17; berkas menunggu."),
    Act("start_recording", "Mulai perekaman", "Mulai merekam", resident=True, picture="finger"),
    Act("photo_first", "Warga tidak dapat duduk diam", "Foto dulu", resident=True, weight="plain", picture="camera",
        hint="Urutannya menjadi foto, tanda tangan, lalu jari, juga bila dihentikan dan diteruskan."),
    Act("capture_finger", "Ambil jari", "Ambil jari",
        (Field("position", "Jari", "choices", _FINGERS),), resident=True, weight="plain", picture="finger"),
    Act("except_finger", "Jari tidak dapat direkam", "Catat pengecualian",
        (
            Field("position", "Jari", "choice", _FINGERS),
            Field("reason", "Alasan", "choice", _options(EXCEPTION_REASONS)),
            Field("permanent", "Tetap begitu seterusnya", "yes", required=False),
            Field("no_photo", "Sebab tangannya tidak difoto", required=False, longest=200,
                hint="Kosongkan bila kamera ada: tangannya difoto setelah tombol ditekan."),
        ), resident=True, weight="rare", picture="none", hint="Minta warga menunjukkan tangannya ke kamera."),
    Act("confirm_exceptions", "Jari yang dikecualikan: jawaban petugas kedua", "Simpan jawaban",
        (
            Field("result", "Jari-jari itu memang tidak dapat direkam?", "choice",
                (("yes", "Ya, kecualikan"), ("no", "Tidak, rekam jari itu"))),
        ), resident=True, picture="finger",
        hint="Lihat sendiri tangannya dan fotonya. Nama Anda dicatat bersama petugas yang meminta."),
    Act("recapture_index", "Kedua telunjuk sekali lagi", "Cocokkan telunjuk", resident=True, picture="finger",
        hint="Telunjuk kanan, lalu telunjuk kiri: dicocokkan dengan rekaman pertama."),
    Act("answer_recheck", "Telunjuk tidak cocok dengan rekaman pertama", "Simpan jawaban",
        (
            Field("result", "Apa yang terjadi?", "choice", (
                ("swap", "Tangan kanan dan kiri tertukar waktu direkam: tukar semuanya"),
                ("retake", "Yang direkam tadi bukan telunjuknya: rekam telunjuk lagi"),
                ("keep", "Jarinya benar, hanya sulit terbaca: pakai rekaman pertama"))),
            Field("reason", "Alasan bila rekaman pertama tetap dipakai", required=False, longest=200),
        ), resident=True, weight="plain", picture="warning"),
    Act("capture_photo", "Ambil foto", "Ambil foto",
        (Field("reason", "Alasan bila foto tetap dipakai", required=False, longest=200),),
        resident=True, weight="plain", picture="camera"),
    Act("capture_signature", "Ambil tanda tangan", "Ambil tanda tangan",
        resident=True, weight="plain", picture="pen"),
    Act("draw_signature", "Tanda tangan di layar", "Simpan tanda tangan",
        (Field("strokes", "Tanda tangan", "words", longest=LARGEST_TEXT, fix="Minta warga menulis tanda tangan."),),
        resident=True, weight="plain", picture="pen"),
    Act("mark_with_thumb", "Cap jempol sebagai pengganti tanda tangan", "Ambil cap jempol",
        (
            Field("position", "Jempol", "choice", _THUMBS, initial="right_thumb"),
            Field("reason", "Alasan tidak tanda tangan", "choice", _options(SIGN_REASONS)),
        ), resident=True, weight="rare", picture="finger",
        hint="Katakan kepada warga bahwa jempolnya menggantikan tanda tangan dan tercetak di kartu. "
        "Jempol itu dicocokkan dengan yang sudah direkam."),
    Act("cannot_sign", "Tidak dapat tanda tangan", "Minta pengecualian",
        (Field("reason", "Alasan", "choice", _options(SIGN_REASONS)),),
        resident=True, weight="rare", picture="none",
        hint="Hanya bila cap jempol juga tidak dapat diambil. Petugas kedua melihat sendiri, lalu menjawab."),
    Act("confirm_cannot_sign", "Tidak dapat tanda tangan: jawaban petugas kedua", "Simpan jawaban",
        (
            Field("result", "Warga ini memang tidak dapat tanda tangan dan tidak dapat cap jempol?", "choice",
                (("yes", "Ya, tanpa tanda tangan"), ("no", "Tidak, ambil tanda tangan atau cap jempol"))),
        ), resident=True, picture="pen",
        hint="Temui sendiri orangnya. Nama Anda dicatat bersama petugas yang meminta."),
    Act("stop_recording", "Berhenti dulu", "Berhenti, simpan yang sudah ada", resident=True, weight="rare",
        picture="back", hint="Jari, foto dan tanda tangan yang sudah diterima tetap tersimpan. "
        "Siapa pun dapat meneruskan, mulai dari mana saja."),
    Act("finish_recording", "Selesai merekam", "Selesai, kirim ke pusat", resident=True, picture="done"),
    Act("send_again", "Kirim ulang rekaman yang ada", "Kirim ulang ke pusat", resident=True, picture="network",
        hint="Orangnya tidak perlu datang lagi."),
    Act("record_again", "Suruh rekam ulang", "Suruh rekam ulang", (_REASON,), resident=True, picture="back",
        hint="Rekaman yang sekarang di pusat tidak ditunggu lagi."),
    Act("end_ktp", "Akhiri KTP-el orang ini tanpa kartu", "Akhiri tanpa kartu",
        (
            Field("cause", "Sebab", "choice", _options(KTP_END_CAUSES)),
            Field("kept_nik", "NIK yang dipertahankan, bila data ganda", longest=30, required=False),
            Field("ticket", "Nomor tiket permintaan HAPUS, bila data ganda", longest=60, required=False),
        ), resident=True, weight="rare", picture="wrong"),
    Act("reprint", "Sudah pernah direkam: cetak ulang tanpa rekam", "Teruskan ke cetak ulang",
        (
            Field("cause", "Sebab kartu baru", "choice", _options(REPLACEMENT_CAUSES)),
            Field("evidence", "Di mana terlihat bahwa ia sudah direkam", "words", longest=300,
                hint="Layar aplikasi pusat, tanggal, statusnya."),
        ), resident=True, weight="rare", picture="card",
        hint="Jarinya dicocokkan dengan chip kartu baru waktu diserahkan. Kartu lama dicatat rusak di buku blanko."),
    Act("undo_reprint", "Pusat tidak punya rekamannya: rekam dulu", "Batalkan cetak ulang", resident=True,
        weight="rare", picture="back"),
    Act("issue_card", "Buat KTP-el", "Tulis chip dan cetak",
        (
            Field("blank_serial", "Nomor seri blanko", longest=40, hint="Tertera di belakang blanko."),
            Field("cause", "Sebab penggantian, bila sudah punya KTP-el", "choice", _options(REPLACEMENT_CAUSES),
                required=False),
        ),
        resident=True, picture="chip_encoder"),
    Act("import_packet", "Masukkan paket kartu dari pusat", "Masukkan paket",
        (Field("berkas", "Paket kartu (berkas dari pusat)", "file"),), resident=True, picture="chip_encoder",
        hint="Bawa permintaan paket di bawah ini ke aplikasi pusat, lalu masukkan paket yang diberikannya."),
    Act("print_card", "Cetak muka kartu", "Cetak kartu", resident=True, picture="printer",
        hint="Pindahkan kartu yang sama dari penulis chip ke printer."),
    Act("look_card", "Periksa kartu", "Simpan",
        (
            Field("result", "Keadaan kartu", "choice", (("ok", "Baik"), ("spoiled", "Rusak"))),
            Field("cause", "Sebab rusak", "choice", _options(CARD_CAUSES), required=False),
        ), resident=True, picture="search"),
    Act("surrender_card", "Terima kartu lama", "Catat kartu lama",
        (
            Field("result", "Kartu lama", "choice",
                (("taken", "Diterima: potong sudutnya, simpan dengan kartu rusak"),
                 ("lost", "Hilang, dengan surat kehilangan dari polisi"))),
            Field("number", "Nomor surat kehilangan, bila belum dicatat", longest=60, required=False),
            Field("date", "Tanggal surat kehilangan", "date", required=False),
            Field("issuer", "Penerbit surat kehilangan", longest=100, required=False),
            Field("signer", "Penanda tangan surat kehilangan", longest=100, required=False),
        ), resident=True, picture="card",
        hint="Kartu lama tidak berlaku lagi. Kartu baru diserahkan sesudah ini."),
    Act("hand_over_card", "Serahkan KTP-el", "Cocokkan jari dan serahkan",
        (Field("position", "Jari yang ditempelkan", "choice", _FINGERS, initial="right_index"),),
        resident=True, picture="card"),
    Act("look_up_nik", "Cari NIK di data pusat", "Cari NIK", resident=True, weight="rare", picture="search",
        hint="Memakai kuota kantor. Yang disimpan hanya apakah datanya sama."),
    Act("shelve_card", "Catat rak KTP-el", "Simpan rak", (_SHELF,), resident=True, weight="rare", picture="box"),
    Act("compare_face", "Serahkan KTP-el dengan pencocokan wajah", "Baca foto di chip dan potret pemilik",
        (Field("cause", "Sebab jari tidak dapat dicocokkan", "choice", _options(NO_MATCH_REASONS)),),
        resident=True, picture="camera",
        hint="Letakkan kartu di pembaca, pemilik menghadap kamera. Setelah itu petugas lain membandingkan."),
    Act("confirm_face", "Bandingkan wajah", "Simpan jawaban",
        (
            Field("result", "Orang yang sama dengan foto di chip?", "choice",
                (("same", "Ya, orang yang sama: serahkan kartu"), ("other", "Bukan, kartu tetap di kantor"))),
        ), resident=True, picture="person",
        hint="Lihat sendiri orangnya dan kedua foto di atas. Jawaban Anda dicatat di berita acara."),
)  # fmt: skip

ACTS: dict[str, Act] = {act.name: act for act in _ALL}
"""By name, in the order in which the case page shows them."""

OPENED_AT = Field("opened_at", "Dibuka", "hidden", required=False, longest=15)

ABOUT_WORK: Mapping[str, tuple[Field, ...]] = {
    "answer_question": (Field("question", "Pertanyaan", "hidden"), Field("answer", "Jawaban")),
    "retry_job": (Field("job", "Pekerjaan", "hidden"),),
    "call_technician": (Field("job", "Pekerjaan", "hidden"),),
    "give_up_job": (Field("job", "Pekerjaan", "hidden"), Field("reason", "Sebab dihentikan", "words", longest=300)),
    "open_form": (OPENED_AT,),
    "leave_form": (),
    "take_over": (Field("reason", "Alasan", "choice", _options(TAKE_OVER_REASONS)),),
}
"""Acts about machine work (picture questions of recovery, what helps work that stands still) and about who works.

The pages draw them beside what they are about; anybody who works on cases may do them.
"""

RESIDENT = Field("resident", "Penduduk", "number")

_MACHINE = {
    "search_biometrics": {Role.PEREKAM},
    "capture_finger": {Role.PEREKAM},
    "except_finger": {Role.PEREKAM},
    "confirm_exceptions": {Role.PETUGAS, Role.PEREKAM, Role.KASI},
    "recapture_index": {Role.PEREKAM},
    "answer_recheck": {Role.PEREKAM},
    "capture_photo": {Role.PEREKAM},
    "photo_first": {Role.PEREKAM},
    "stop_recording": {Role.PEREKAM},
    "capture_signature": {Role.PEREKAM},
    "draw_signature": {Role.PEREKAM},
    "mark_with_thumb": {Role.PEREKAM},
    "cannot_sign": {Role.PEREKAM},
    "confirm_cannot_sign": {Role.PETUGAS, Role.PEREKAM, Role.KASI},
    "enter_siak": {Role.OPERATOR},
    "look_up_nik": {Role.KASI, Role.OPERATOR},
    "type_numbers": {Role.OPERATOR},
    "confirm_numbers": {Role.OPERATOR},
    "import_signed": {Role.OPERATOR},
    "import_packet": {Role.OPERATOR},
    "redraft": {Role.KADIS, Role.OPERATOR},
    "search_without_fingers": {Role.PEREKAM},
    "enter_search": {Role.PEREKAM},
    "enter_central_state": {Role.PEREKAM, Role.OPERATOR},
    "print_kk": {Role.OPERATOR},
    "print_card": {Role.OPERATOR},
    "look_card": {Role.OPERATOR},
    "add_letter": {Role.PETUGAS},
    "surrender_card": {Role.PETUGAS},
    "describe_letter": {Role.PETUGAS},
    **{name: {Role.PETUGAS} for name in ("shelve_kk", "shelve_card", "remind", *SCANS)},
}


def may_ever(role: Role, name: str) -> bool:
    """Whether this role may do this act at all, now or at another time; what it may do now the office decides."""
    if name in ABOUT_WORK:
        return True
    roles = set(_MACHINE.get(name, ()))
    roles.update(*(move.roles for move in TABLE if move.event.partition(":")[0] == name))
    return role in roles


def fields_of(name: str) -> tuple[Field, ...] | None:
    """The fields of the act's form, or None if there is no such act."""
    if name in ABOUT_WORK:
        return ABOUT_WORK[name]
    act = ACTS.get(name)
    if act is None:
        return None
    return (*((RESIDENT,) if act.resident else ()), *act.fields, OPENED_AT)
