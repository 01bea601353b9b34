"""Forms of Permendagri 109/2019 and the draft SKPTI, filled as far as a case knows, to be completed and signed.

The signed paper comes back as a letter of the case with its picture; nothing of the print is kept. The ministry's
own drawing of the forms is not public in full: titles, parts and columns are those of the annex, the layout is ours.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from appliance.casework import codes
from appliance.casework.requirements import family_card_lost, required
from appliance.casework.roles import Actor
from appliance.casework.sop import CASE_ENDS, NotAllowed
from appliance.clock import to_local
from appliance.config import Settings
from appliance.documents.forms import BLANK, Facts, Form, Grid, NewPage, Section, Signatures, Ticks, Words
from appliance.office.context import Office
from appliance.office.family_form import born, case_form, family_form, identity, nik_of, or_blank
from appliance.records import audit, cases
from appliance.records.cases import CaseRecord, ResidentRecord

FORMS: dict[str, str] = {key: codes.LETTERS[key] for key in ("F_1_01", "F_1_02", "F_1_04", "SKPTI")}
"""What can be printed for a case, by the kind of letter as which it comes back."""


def offered(record: CaseRecord, people: list[ResidentRecord], today: date) -> tuple[str, ...]:
    """The forms that this case needs by the law, whatever its office asks for; the first two before its file."""
    if record.state in CASE_ENDS:
        return ()
    kinds = _named(record, people, today) | (set() if people else {"F_1_01", "F_1_02"})
    return tuple(kind for kind in FORMS if kind in kinds)


def form(office: Office, actor: Actor, case_id: str, kind: str) -> Form:
    """One of the forms that are offered; enters that it was made. Raises `Missing`, `NotAllowed`."""
    with office.store.write() as tx:
        record = cases.get(tx, case_id)
        people = cases.residents(tx, case_id)
        if kind not in FORMS:
            raise cases.Missing("Formulir ini tidak ada.")
        if kind not in offered(record, people, office.today()):
            raise NotAllowed("Berkas ini tidak memerlukan formulir ini.")
        audit.record(tx, "form-typeset-complete", actor, case_id, kind=kind)
    return _MAKERS[kind](office.settings, record, people, office.today())


def _named(record: CaseRecord, people: list[ResidentRecord], today: date) -> set[str]:
    """The kinds of paper that the law names for this case."""
    needed = required(record.category, tuple(one.biodata for one in people), "national", today)
    return {kind for paper in needed for kind in paper.kinds}


def _f_1_02(settings: Settings, record: CaseRecord, people: list[ResidentRecord], today: date) -> Form:
    home = record.household
    new_family = not people or any(nik_of(one) == BLANK for one in people)
    told = record.category.condition
    lost, damaged, moved = (one in told for one in ("documents_lost", "card_damaged", "other_region"))
    family_card = family_card_lost(record.category)
    card = not people or any(one.ktp_state != "TIDAK_PERLU" for one in people)
    first = people[0] if people else None
    named = _named(record, people, today)
    return case_form(
        settings,
        record,
        "F-1.02",
        "FORMULIR PENDAFTARAN PERISTIWA KEPENDUDUKAN",
        "Peraturan Menteri Dalam Negeri Nomor 109 Tahun 2019",
        Facts(
            "I. Data pemohon",
            (
                ("Nama lengkap", first.biodata.full_name.upper() if first else BLANK),
                ("NIK", nik_of(first) if first else BLANK),
                ("Nomor KK", (home.kk_number if home else None) or record.kk_number or BLANK),
                ("Nomor telepon", BLANK),
                ("Alamat surel", BLANK),
            ),
        ),
        Ticks(
            "II. Jenis permohonan: Kartu Keluarga",
            (
                ("Baru: membentuk keluarga baru", False),
                ("Baru: rentan administrasi kependudukan", new_family and not moved),
                ("Baru: pindah datang", moved),
                ("Perubahan data", False),
                ("Hilang", family_card and not new_family),
                ("Rusak", False),
            ),
        ),
        Ticks(
            "Jenis permohonan: KTP-el",
            (
                ("Baru", card and not (lost or damaged or moved or family_card)),
                ("Penggantian: pindah datang", card and moved and not (lost or damaged)),
                ("Penggantian: hilang", card and lost),
                ("Penggantian: rusak", card and damaged and not lost),
                ("Penggantian: perubahan data", False),
                ("Luar domisili", False),
                ("Kartu Identitas Anak (KIA)", False),
            ),
        ),
        Ticks(
            "III. Persyaratan yang dilampirkan", tuple((word, kind in named) for kind, word in codes.LETTERS.items())
        ),
        Signatures((("Pemohon / wali / pendamping", BLANK), ("Petugas Dukcapil", BLANK))),
    )


def _f_1_04(settings: Settings, record: CaseRecord, people: list[ResidentRecord], _: date) -> Form:
    sections: list[Section] = []
    without: list[ResidentRecord | None] = [one for one in people if nik_of(one) == BLANK]
    for number, one in enumerate(without or [None]):
        sections += [NewPage()] if number else []
        sections += [
            Words("Yang bertanda tangan di bawah ini menyatakan dengan sebenarnya, tentang orang berikut:"),
            Facts("Identitas", identity(record, one)),
            Ticks(
                "Tidak memiliki dokumen kependudukan",
                tuple(
                    (word, True)
                    for word in (
                        "Akta kelahiran",
                        "Kartu Keluarga",
                        "KTP-el atau KTP lama",
                        "Ijazah",
                        "Buku nikah / akta perkawinan",
                    )
                ),
            ),
            Facts(
                "Sebab",
                (
                    ("Sebab tidak memiliki dokumen", BLANK),
                    ("Sebab yang bersangkutan tidak dapat menandatangani", BLANK),
                ),
            ),
            Ticks(
                "Yang menandatangani",
                tuple((word, False) for word in ("Yang bersangkutan", "Wali", "Pendamping", "Pimpinan lembaga")),
            ),
            Words(
                "Pernyataan ini dibuat tanpa paksaan. Bila ternyata tidak benar, saya bersedia dituntut sesuai "
                "peraturan perundang-undangan, dan dokumen yang terbit karenanya batal."
            ),
            Facts("", (("Tempat dan tanggal", BLANK),)),
            Signatures((("Yang menyatakan", BLANK), ("Saksi 1", BLANK), ("Saksi 2", BLANK))),
        ]
    return case_form(
        settings,
        record,
        "F-1.04",
        "SURAT PERNYATAAN TIDAK MEMILIKI DOKUMEN KEPENDUDUKAN",
        "Peraturan Menteri Dalam Negeri Nomor 109 Tahun 2019",
        *sections,
    )


def _skpti(settings: Settings, record: CaseRecord, people: list[ResidentRecord], _: date) -> Form:
    rows = tuple(
        (
            str(number),
            one.biodata.full_name.upper(),
            codes.SEX[one.biodata.sex],
            f"{one.biodata.birth_place.upper()}, {born(one)}",
            codes.FAMILY_RELATION[one.biodata.family_relation],
        )
        for number, one in enumerate(people, 1)
    )
    category = codes.LEGAL_CATEGORIES.get(record.category.legal, "-")
    day = to_local(record.created_at).strftime("%d-%m-%Y")
    return case_form(
        settings,
        record,
        "",
        "SURAT KETERANGAN PENGGANTI TANDA IDENTITAS",
        "Peraturan Menteri Dalam Negeri Nomor 96 Tahun 2019",
        Facts("", (("Nomor", BLANK),)),
        Words(
            f"Kepala {settings.office.name} menerangkan bahwa orang berikut adalah penduduk rentan administrasi "
            f"kependudukan ({category}), dilaporkan pada {day} dengan nomor berkas {record.code}, dan telah "
            "didata oleh Tim Pendataan:"
        ),
        Grid(
            "Orang yang diterangkan",
            (
                ("No.", 9),
                ("Nama", 66),
                ("Jenis kelamin", 24),
                ("Tempat, tanggal lahir", 49),
                ("Hubungan keluarga", 30),
            ),
            rows or (("1", or_blank(str(record.report.get("person") or "")), BLANK, BLANK, BLANK),),
            9.0,
        ),
        Facts("Tempat tinggal sekarang", identity(record, people[0] if people else None)[4:]),
        Facts("Pendataan", (("Tanggal kunjungan", BLANK), ("Ketua Tim Pendataan", BLANK))),
        Words(
            "Surat ini dipakai sebagai persyaratan penerbitan dokumen kependudukan dan tidak berlaku sebagai "
            "pengganti KTP-el. Draf ini belum berlaku sebelum bernomor dan ditandatangani."
        ),
        Signatures((("Ketua Tim Pendataan", BLANK), ("Kepala Dinas", settings.office.head_name))),
        draft=True,
    )


_MAKERS: dict[str, Callable[[Settings, CaseRecord, list[ResidentRecord], date], Form]] = {
    "F_1_01": lambda settings, record, people, _: family_form(settings, record, people),
    "F_1_02": _f_1_02,
    "F_1_04": _f_1_04,
    "SKPTI": _skpti,
}
