"""Code lists of the forms F-1.01 and F-1.02 (Permendagri 109/2019): code, label; stored by code, shown by label."""

from __future__ import annotations

LIST_VERSION = "2024-10"
"""Which edition of the lists a code was taken from; a case keeps the edition it began with."""

SEX: dict[int, str] = {
    1: "LAKI-LAKI",
    2: "PEREMPUAN",
}
"""Jenis kelamin."""

RELIGION: dict[int, str] = {
    1: "ISLAM",
    2: "KRISTEN",
    3: "KATHOLIK",
    4: "HINDU",
    5: "BUDHA",
    6: "KHONGHUCU",
    7: "KEPERCAYAAN TERHADAP TUHAN YME",
}
"""Agama; 7 is printed in full since the ruling of the Constitutional Court of 2017."""

BLOOD_TYPE: dict[int, str] = {
    1: "A",
    2: "B",
    3: "AB",
    4: "O",
    5: "A+",
    6: "A-",
    7: "B+",
    8: "B-",
    9: "AB+",
    10: "AB-",
    11: "O+",
    12: "O-",
    13: "TIDAK TAHU",
}
"""Golongan darah; 13 prints as "-" on the identity card."""

MARITAL_STATUS: dict[int, str] = {
    1: "BELUM KAWIN",
    2: "KAWIN TERCATAT",
    3: "KAWIN BELUM TERCATAT",
    4: "CERAI HIDUP TERCATAT",
    5: "CERAI HIDUP BELUM TERCATAT",
    6: "CERAI MATI",
}
"""Status perkawinan on the family card."""

MARITAL_STATUS_ON_CARD: dict[int, str] = {
    1: "BELUM KAWIN",
    2: "KAWIN",
    3: "KAWIN",
    4: "CERAI HIDUP",
    5: "CERAI HIDUP",
    6: "CERAI MATI",
}
"""Status perkawinan on the identity card, which knows four values."""

FAMILY_RELATION: dict[int, str] = {
    1: "KEPALA KELUARGA",
    2: "SUAMI",
    3: "ISTRI",
    4: "ANAK",
    5: "MENANTU",
    6: "CUCU",
    7: "ORANGTUA",
    8: "MERTUA",
    9: "FAMILI LAIN",
    10: "PEMBANTU",
    11: "LAINNYA",
}
"""Status hubungan dalam keluarga (SHDK)."""

EDUCATION: dict[int, str] = {
    1: "TIDAK/BELUM SEKOLAH",
    2: "BELUM TAMAT SD/SEDERAJAT",
    3: "TAMAT SD/SEDERAJAT",
    4: "SLTP/SEDERAJAT",
    5: "SLTA/SEDERAJAT",
    6: "DIPLOMA I/II",
    7: "AKADEMI/DIPLOMA III/S. MUDA",
    8: "DIPLOMA IV/STRATA I",
    9: "STRATA II",
    10: "STRATA III",
}
"""Pendidikan, highest completed."""

CITIZENSHIP: dict[int, str] = {
    1: "WNI",
    2: "WNA",
}
CITIZEN = 1
"""Warga negara Indonesia in `CITIZENSHIP`."""
"""Kewarganegaraan."""

DISABILITY: dict[int, str] = {
    1: "FISIK",
    2: "NETRA",
    3: "RUNGU/WICARA",
    4: "MENTAL/JIWA",
    5: "FISIK DAN MENTAL",
    6: "LAINNYA",
}
"""Penyandang disabilitas as coded by F-1.01; health data, shown to few."""

OCCUPATION: dict[int, str] = {
    1: "BELUM/TIDAK BEKERJA",
    2: "MENGURUS RUMAH TANGGA",
    3: "PELAJAR/MAHASISWA",
    4: "PENSIUNAN",
    5: "PEGAWAI NEGERI SIPIL (PNS)",
    6: "TENTARA NASIONAL INDONESIA (TNI)",
    7: "KEPOLISIAN RI (POLRI)",
    8: "PERDAGANGAN",
    9: "PETANI/PEKEBUN",
    10: "PETERNAK",
    11: "NELAYAN/PERIKANAN",
    12: "INDUSTRI",
    13: "KONSTRUKSI",
    14: "TRANSPORTASI",
    15: "KARYAWAN SWASTA",
    16: "KARYAWAN BUMN",
    17: "KARYAWAN BUMD",
    18: "KARYAWAN HONORER",
    19: "BURUH HARIAN LEPAS",
    20: "BURUH TANI/PERKEBUNAN",
    21: "BURUH NELAYAN/PERIKANAN",
    22: "BURUH PETERNAKAN",
    23: "PEMBANTU RUMAH TANGGA",
    24: "TUKANG CUKUR",
    25: "TUKANG LISTRIK",
    26: "TUKANG BATU",
    27: "TUKANG KAYU",
    28: "TUKANG SOL SEPATU",
    29: "TUKANG LAS/PANDAI BESI",
    30: "TUKANG JAHIT",
    31: "TUKANG GIGI",
    32: "PENATA RIAS",
    33: "PENATA BUSANA",
    34: "PENATA RAMBUT",
    35: "MEKANIK",
    36: "SENIMAN",
    37: "TABIB",
    38: "PARAJI",
    39: "PERANCANG BUSANA",
    40: "PENTERJEMAH",
    41: "IMAM MASJID",
    42: "PENDETA",
    43: "PASTOR",
    44: "WARTAWAN",
    45: "USTADZ/MUBALIGH",
    46: "JURU MASAK",
    47: "PROMOTOR ACARA",
    48: "ANGGOTA DPR-RI",
    49: "ANGGOTA DPD",
    50: "ANGGOTA BPK",
    51: "PRESIDEN",
    52: "WAKIL PRESIDEN",
    53: "ANGGOTA MAHKAMAH KONSTITUSI",
    54: "ANGGOTA KABINET/KEMENTERIAN",
    55: "DUTA BESAR",
    56: "GUBERNUR",
    57: "WAKIL GUBERNUR",
    58: "BUPATI",
    59: "WAKIL BUPATI",
    60: "WALIKOTA",
    61: "WAKIL WALIKOTA",
    62: "ANGGOTA DPRD PROVINSI",
    63: "ANGGOTA DPRD KABUPATEN/KOTA",
    64: "DOSEN",
    65: "GURU",
    66: "PILOT",
    67: "PENGACARA",
    68: "NOTARIS",
    69: "ARSITEK",
    70: "AKUNTAN",
    71: "KONSULTAN",
    72: "DOKTER",
    73: "BIDAN",
    74: "PERAWAT",
    75: "APOTEKER",
    76: "PSIKIATER/PSIKOLOG",
    77: "PENYIAR TELEVISI",
    78: "PENYIAR RADIO",
    79: "PELAUT",
    80: "PENELITI",
    81: "SOPIR",
    82: "PIALANG",
    83: "PARANORMAL",
    84: "PEDAGANG",
    85: "PERANGKAT DESA",
    86: "KEPALA DESA",
    87: "BIARAWATI",
    88: "WIRASWASTA",
    89: "ANGGOTA LEMBAGA TINGGI LAINNYA",
    90: "ARTIS",
    91: "ATLIT",
    92: "CHEF",
    93: "MANAJER",
    94: "TENAGA TATA USAHA",
    95: "OPERATOR",
    96: "PEKERJA PENGOLAHAN KERAJINAN",
    97: "TEKNISI",
    98: "ASISTEN AHLI",
    99: "PEKERJAAN LAINNYA",
}
"""Jenis pekerjaan; sources differ from 89 on, so exports carry the label there, not the number."""

LETTERS: dict[str, str] = {
    "SK_DOMISILI": "Surat Keterangan Domisili",
    "SK_DINSOS": "Surat Keterangan Dinas Sosial",
    "SK_PANTI": "Surat Keterangan RSJ atau panti",
    "SK_POLISI_TANPA_IDENTITAS": "Surat Keterangan Polisi (tanpa identitas)",
    "SK_POLISI_KEHILANGAN": "Surat Keterangan Polisi (kehilangan)",
    "F_1_01": "Formulir F-1.01 Biodata Keluarga",
    "F_1_02": "Formulir F-1.02 Pendaftaran Peristiwa Kependudukan",
    "F_1_03": "Formulir F-1.03 Pendaftaran Perpindahan",
    "F_1_04": "Formulir F-1.04 Pernyataan Tidak Memiliki Dokumen",
    "F_1_05": "Formulir F-1.05 SPTJM Perkawinan/Perceraian Belum Tercatat",
    "F_1_07": "Formulir F-1.07 Surat Kuasa",
    "SKPTI": "Surat Keterangan Pengganti Tanda Identitas",
    "AKTA_LAHIR": "Akta Kelahiran",
    "LAINNYA": "Surat lain",
}
"""Requirement papers by short code."""

RETURN_REASONS: dict[str, str] = {
    "SURAT_KURANG": "Surat belum ada",
    "SURAT_TIDAK_TERBACA": "Surat tidak terbaca",
    "SURAT_KEDALUWARSA": "Surat sudah terlalu lama",
    "DATA_BERBEDA": "Data pada surat berbeda",
    "ALAMAT_BUKAN_METRO": "Alamat di luar Kota Metro",
    "DIDUGA_PUNYA_NIK": "Diduga sudah punya NIK",
    "FORMULIR_BELUM_TTD": "Formulir belum ditandatangani",
    "LAINNYA": "Alasan lain",
}
"""Why a file goes back to its reporter."""

VISIT_REASONS: dict[str, str] = {
    "TIDAK_ADA": "Orangnya tidak ada di tempat",
    "ALAMAT_SALAH": "Alamat tidak ditemukan",
    "MENOLAK": "Orangnya menolak",
    "SAKIT": "Orangnya sakit atau gelisah",
    "ALAT_RUSAK": "Alat perekaman tidak jalan",
    "SINYAL": "Tidak ada sinyal atau listrik",
    "TIM_BATAL": "Tim tidak berangkat",
}
"""Why a recording team came back without a recording (the register of visits tells failed ones with their reason)."""

REJECT_REASONS: dict[str, str] = {
    "BUKAN_PENDUDUK_METRO": "Bukan penduduk Kota Metro",
    "SUDAH_PUNYA_DOKUMEN": "Sudah punya NIK atau dokumen yang sah",
    "SURAT_PALSU": "Surat tidak benar",
    "DATA_TIDAK_BENAR": "Data tidak dapat dibuktikan",
    "WNA": "Bukan WNI, dirujuk ke layanan orang asing",
    "LAINNYA": "Alasan lain",
}
"""Why a case ends without documents by decision."""

CANCEL_REASONS: dict[str, str] = {
    "PINDAH": "Penduduk pindah",
    "MENINGGAL": "Penduduk meninggal",
    "GANDA": "Dilaporkan dua kali",
    "MENOLAK": "Penduduk menolak",
    "LAINNYA": "Alasan lain",
}
"""Why a case falls away: moved, died, duplicate, refused."""

FINGERS: dict[str, str] = {
    "right_thumb": "Jempol kanan",
    "right_index": "Telunjuk kanan",
    "right_middle": "Jari tengah kanan",
    "right_ring": "Jari manis kanan",
    "right_little": "Kelingking kanan",
    "left_thumb": "Jempol kiri",
    "left_index": "Telunjuk kiri",
    "left_middle": "Jari tengah kiri",
    "left_ring": "Jari manis kiri",
    "left_little": "Kelingking kiri",
}
"""The ten fingers by ISO position name."""

TAKE_OVER_REASONS: dict[str, str] = {
    "DISEPAKATI": "Sudah disepakati dengan petugas itu",
    "PERGI": "Petugas itu sudah pergi dari mejanya",
    "WARGA_MENUNGGU": "Warga menunggu, petugas itu tidak dapat dihubungi",
}
"""Why somebody goes on with a case that another officer has in hand. Our own."""

EXCEPTION_REASONS: dict[str, str] = {
    "AMPUTASI": "Jari tidak ada (amputasi)",
    "KELAINAN_BAWAAN": "Kelainan bawaan",
    "LUKA_PERBAN": "Luka atau diperban",
    "TIDAK_TERBACA": "Tidak terbaca alat",
    "TREMOR": "Gemetar",
    "MENOLAK": "Menolak",
    "KONDISI_KEJIWAAN": "Kondisi kejiwaan",
}
"""Why a finger cannot be recorded; a broken device is never among them: record again."""

SEARCH_REASONS: dict[str, str] = {**EXCEPTION_REASONS, "TANPA_ALAT": "Pemindai jari tidak ada atau rusak"}
"""Why no finger is sought in this office before a new NIK."""

SIGN_REASONS: dict[str, str] = {
    "TIDAK_MENULIS": "Tidak dapat menulis",
    **{key: words for key, words in EXCEPTION_REASONS.items() if key != "TIDAK_TERBACA"},
}
"""Why a resident does not sign."""

NO_MATCH_REASONS: dict[str, str] = {key: words for key, words in EXCEPTION_REASONS.items() if key != "MENOLAK"}
"""Why a holder's finger cannot be matched at handover; who refuses to be matched gets no card."""

SPOIL_CAUSES: dict[str, str] = {
    "CACAT_PABRIK": "Cacat pabrik",
    "SALAH_CETAK": "Salah cetak",
    "GAGAL_ENCODE": "Gagal menulis chip",
    "PITA_TERPUTUS": "Pita putus",
    "LENGKUNG_PANAS": "Melengkung karena panas",
    "DATA_BERUBAH": "Data berubah",
    "AUS": "Aus",
    "DITEMUKAN_SETELAH_HILANG": "Ditemukan setelah hilang",
    "PEMILIK_MENINGGAL": "Pemilik meninggal",
    "MACET_PRINTER": "Macet di pencetak",
}
"""Why a card is spoiled (circular 470.13/11176/SJ of 2018; the last one is this product's own)."""

KTP_END_CAUSES: dict[str, str] = {
    "MENINGGAL": "Penduduk meninggal",
    "PINDAH": "Penduduk pindah",
    "GANDA": "Orang yang sama sudah punya NIK lain",
    "MENOLAK": "Penduduk menolak",
    "SUDAH_ADA": "Kartu sudah dibuat di kantor lain",
}
"""Why a resident gets no card although one was due; the family card and the rest of the case go on."""

MISSING = "TIDAK_KEMBALI"
CARD_CAUSES: dict[str, str] = {**SPOIL_CAUSES, MISSING: "Tidak kembali ke meja"}
"""Why a card in work is given up: one that was taken from the encoder and never came back is not among the waste."""

LOST = "HILANG"
REPLACEMENT_CAUSES: dict[str, str] = {
    LOST: "Hilang di tangan pemilik",
    "AUS": SPOIL_CAUSES["AUS"],
    "DATA_BERUBAH": SPOIL_CAUSES["DATA_BERUBAH"],
}
"""Why a card that was handed over gets a successor (Perpres 96/2018 art. 20: lost, damaged, data changed)."""

LEDGER_CAUSES: dict[str, str] = {**CARD_CAUSES, **REPLACEMENT_CAUSES}
"""Every cause that the blank ledger takes."""

AWAY = frozenset({LOST, MISSING})
"""Causes of cards that nobody has in hand: they are not counted and not sealed until they are found."""

CIRCULAR_CAUSES: dict[str, str] = {
    "CACAT_PABRIK": "Rusak",
    "SALAH_CETAK": "Gagal cetak",
    "GAGAL_ENCODE": "Gagal encode",
    "PITA_TERPUTUS": "Gagal cetak",
    "LENGKUNG_PANAS": "Rusak",
    "DATA_BERUBAH": "Perubahan elemen data",
    "AUS": "Rusak",
    "DITEMUKAN_SETELAH_HILANG": "Rusak",
    "PEMILIK_MENINGGAL": "Perubahan elemen data",
    "MACET_PRINTER": "Gagal cetak",
    MISSING: "Rusak",
    LOST: "Rusak",
}
"""The four causes under which invalid cards are recorded, destroyed daily and reported monthly, by ours.

Circular 400.8.1.2/202241/Dukcapil of December 2022, known from the press: gagal encode, rusak, gagal cetak, perubahan
elemen data. Which of the four a found card, a lost one and that of a dead holder fall under it does not say.
"""

REPORTER_ROLES: dict[str, str] = {
    "kecamatan": "Petugas kecamatan",
    "kelurahan": "Petugas kelurahan",
    "pamong": "Pamong",
    "pendamping_sosial": "Pendamping sosial",
    "dinsos": "Petugas Dinas Sosial",
    "self": "Penduduk sendiri",
}

LEGAL_CATEGORIES: dict[str, str] = {
    "bencana_alam": "Korban bencana alam",
    "bencana_sosial": "Korban bencana sosial",
    "orang_terlantar": "Orang terlantar",
    "kawasan_hutan_tanah_sengketa": "Penduduk kawasan hutan, tanah negara atau tanah sengketa",
    "komunitas_terpencil": "Komunitas terpencil",
    "none": "Tidak termasuk",
}
"""Categories of Permendagri 96/2019."""

CONDITIONS: dict[str, str] = {
    "odgj": "ODGJ",
    "lansia": "Lanjut usia",
    "disabilitas": "Penyandang disabilitas",
    "sakit": "Sakit",
    "no_identity": "Tanpa identitas",
    "documents_lost": "Dokumen hilang",
    "family_card_lost": "KK hilang",
    "card_damaged": "KTP-el rusak",
    "nik_inactive": "NIK tidak aktif",
    "other_region": "Tercatat di daerah lain",
}
"""What the service has to reckon with; not the legal category."""

RECEIVERS: dict[str, str] = {
    "holder": "Yang bersangkutan",
    "family": "Anggota keluarga",
    "reporter": "Pelapor",
    "guardian": "Wali atau penerima kuasa (F-1.07)",
}
"""To whom a family card may be given (docs/guides/procedure.md)."""

SEARCHES: dict[str, str] = {
    "no_hit": "tidak ditemukan, orang baru",
    "hit_other_region": "ditemukan di daerah lain",
    "hit_inactive": "ditemukan, NIK tidak aktif",
}
"""What the national search before a new NIK may say (docs/guides/central-offices.md)."""
