"""The report as data: one question per page, seldom more than seven answers, each with a picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from werkzeug.datastructures import MultiDict

from appliance.casework.regions import DISTRICTS, SUBDISTRICTS
from appliance.kiosk_ui.forms import Field, read_form
from appliance.kiosk_ui.shown import Mistake

Draft = Mapping[str, object]
Style = Literal["consent", "tiles", "typing"]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the report: `pictures` by answer; `hint` is one short line under the question.

    Who does not know may say so where `may_skip`, or goes where `elsewhere` leads: an address of the kiosk.
    """

    slug: str
    question: str
    style: Style
    fields: tuple[Field, ...] = ()
    pictures: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    may_skip: bool = False
    elsewhere: str = ""


NOT_KNOWN = "Tidak diketahui"
"""What is kept of a word that nobody knew; the officer finds it out in step 2."""
UNKNOWN = "tidak_tahu"
"""The answer of one who does not know; the officer finds it out in step 2."""
_UNKNOWN = (UNKNOWN, "Tidak tahu", "unknown")
_ONE = "Sentuh satu gambar."
_ONE_NAME = "Sentuh satu nama."
_SOME = "Boleh lebih dari satu."
_ROLES = (
    ("self", "Saya sendiri", "person"),
    ("pamong", "Pamong, RT atau RW", "house"),
    ("kelurahan", "Petugas kelurahan", "office"),
    ("kecamatan", "Petugas kecamatan", "district"),
    ("pendamping_sosial", "Pendamping sosial", "social"),
    ("dinsos", "Petugas Dinas Sosial", "people"),
)
_CONDITIONS = (
    ("lansia", "Lanjut usia", "elder"),
    ("sakit", "Sakit", "ill"),
    ("disabilitas", "Disabilitas", "wheelchair"),
    ("odgj", "Gangguan jiwa", "mind"),
    ("no_identity", "Tidak punya KTP atau KK", "no_card"),
    ("documents_lost", "KTP atau KK hilang", "lost"),
)
_LEGAL = (
    ("none", "Rumah biasa", "house"),
    ("orang_terlantar", "Tanpa rumah", "street"),
    ("bencana_alam", "Kena bencana alam", "flood"),
    ("bencana_sosial", "Kena kerusuhan", "unrest"),
    ("kawasan_hutan_tanah_sengketa", "Hutan atau tanah sengketa", "forest"),
    ("komunitas_terpencil", "Tempat terpencil", "remote"),
    _UNKNOWN,
)
_PAPERS = (
    ("SK_DOMISILI", "Surat domisili kelurahan", "house"),
    ("SK_DINSOS", "Surat Dinas Sosial", "social"),
    ("SK_POLISI_TANPA_IDENTITAS", "Surat polisi: tanpa identitas", "police"),
    ("SK_POLISI_KEHILANGAN", "Surat polisi: kehilangan", "lost"),
    ("AKTA_LAHIR", "Akta kelahiran", "document"),
    ("LAINNYA", "Surat lain", "letter"),
)


def _tiles(
    slug: str, question: str, name: str, label: str, rows: tuple[tuple[str, str, str], ...], several: bool, hint: str
) -> Page:
    options = tuple((value, word) for value, word, _ in rows)
    fix = "Pilih satu nama." if hint == _ONE_NAME else "Pilih satu gambar."
    field = Field(name, label, "choices" if several else "choice", options, required=not several, fix=fix)
    return Page(slug, question, "tiles", (field,), tuple((value, picture) for value, _, picture in rows), hint)


_CONSENT = Page("setuju", "Boleh kami simpan data ini?", "consent")
_ROLE = _tiles("pelapor", "Siapa yang melapor?", "role", "Pelapor", _ROLES, False, _ONE)
_NAME = Page(
    "nama", "Siapa nama Anda?", "typing",
    (
        Field("reporter", "Nama lengkap", longest=60, fix="Isi nama Anda."),
        Field(
            "phone", "Nomor telepon, boleh kosong", required=False, longest=16, pattern="[0-9+ ]{6,16}",
            fix="Isi nomor seperti 0812 0000 0000.",
        ),
    ),
)  # fmt: skip
_FOR_ANOTHER = (
    Page(
        "lembaga", "Anda dari kantor mana?", "typing",
        (
            Field(
                "institution", "Kantor atau lingkungan", longest=100, fix="Isi nama kantor atau lingkungan Anda.",
            ),
        ),
        may_skip=True,
    ),
    Page(
        "penduduk", "Siapa yang perlu dokumen?", "typing",
        (Field("resident", "Nama atau ciri-ciri", longest=100, fix="Isi nama, atau ciri-ciri orangnya."),),
        hint="Tidak tahu namanya? Tulis ciri-cirinya.",
        may_skip=True,
    ),
)  # fmt: skip
_WHERE = (
    _tiles("keadaan", "Bagaimana keadaannya?", "condition", "Keadaan", _CONDITIONS, True, _SOME),
    _tiles("tempat", "Tinggal di mana?", "legal", "Tempat tinggal", _LEGAL, False, _ONE),
    _tiles(
        "kecamatan", "Di kecamatan mana?", "district", "Kecamatan",
        (*((code, label.title(), "district") for code, label in DISTRICTS.items()), _UNKNOWN), False, _ONE_NAME,
    ),
)  # fmt: skip
_PAPERS_HELD = _tiles(
    "surat", "Surat apa yang sudah ada?", "papers", "Surat", _PAPERS, True, "Belum ada? Tekan Lanjut."
)


def _kelurahan(district: str) -> Page:
    found = ((one.code, one.name.title(), "house") for one in SUBDISTRICTS.values() if one.district == district)
    return _tiles("kelurahan", "Di kelurahan mana?", "kelurahan", "Kelurahan", (*found, _UNKNOWN), False, _ONE_NAME)


_KELURAHAN = {district: _kelurahan(district) for district in DISTRICTS}
_NO_DISTRICT = _kelurahan("")


def pages(draft: Draft) -> tuple[Page, ...]:
    """The pages this report needs, in order; what was answered so far decides which."""
    others = () if draft.get("role") == "self" else _FOR_ANOTHER
    district = str(draft.get("district", ""))
    kelurahan = () if district == UNKNOWN else (_KELURAHAN.get(district, _NO_DISTRICT),)
    return (_CONSENT, _ROLE, _NAME, *others, *_WHERE, *kelurahan, _PAPERS_HELD)


def answers(draft: Draft, translate: Callable[[str], str]) -> tuple[tuple[str, str, str], ...]:
    """What was answered, for the last check: slug of its page, question, answer; what was typed stays as it is."""
    lines = []
    for page in pages(draft):
        for field in page.fields:
            value = draft.get(field.name)
            words = {NOT_KNOWN: NOT_KNOWN, **dict(field.options)}
            chosen = value if isinstance(value, tuple) else (value,) if value else ()
            answer = ", ".join(translate(words[one]) if one in words else one for one in map(str, chosen))
            if answer or field.required:
                lines.append((page.slug, page.question, answer))
    return tuple(lines)


LETTER_PAGES = (
    _tiles("surat", "Surat apa yang Anda bawa?", "kind", "Surat", _PAPERS, False, _ONE),
    Page(
        "nomor", "Apa nomor surat?", "typing",
        (Field("number", "Nomor surat", longest=60, fix="Isi nomor surat."),),
        elsewhere="/status/surat/meja",
    ),
    Page(
        "tanggal", "Tanggal berapa surat itu dibuat?", "typing",
        (Field("date", "Tanggal surat", "date", fix="Isi tanggal surat.", hint="Tanggal, bulan, tahun"),),
        elsewhere="/status/surat/meja",
    ),
    Page(
        "penerbit", "Kantor mana yang membuat surat?", "typing",
        (Field("issuer", "Kantor penerbit", longest=100, fix="Isi kantor penerbit surat."),),
        may_skip=True,
    ),
    Page(
        "penanda-tangan", "Siapa yang menandatangani surat?", "typing",
        (Field("signer", "Penanda tangan", longest=100, fix="Isi nama penanda tangan."),),
        may_skip=True,
    ),
)  # fmt: skip
"""Completing a file: one letter, a question a page. Without number and date it is no letter that can be told from
another: who cannot read them has it read at a desk."""


def read_page(page: Page, form: MultiDict[str, str]) -> tuple[dict[str, object], tuple[Mistake, ...]]:
    """The answers of a page, and every mistake in them; of one that was skipped, that nobody knew."""
    if page.may_skip and "skip" in form:
        return {field.name: NOT_KNOWN for field in page.fields}, ()
    return read_form(page.fields, form, {})
