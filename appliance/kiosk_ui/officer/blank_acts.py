"""Every act on the blank ledger as data: its page, its form, its words, and whose it is."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.casework.codes import SPOIL_CAUSES
from appliance.casework.roles import Role
from appliance.casework.stock import PLACE_KINDS, shelf_name
from appliance.kiosk_ui import words
from appliance.kiosk_ui.blank_shown import LedgerView
from appliance.kiosk_ui.forms import Field
from appliance.kiosk_ui.officer.acts import Act
from appliance.office.day_close import SECOND_SIGNERS, count_field
from appliance.office.destruction import WITNESS_FIELDS, WITNESSES

_KEEPER = frozenset({Role.GUDANG})
_RANGE = (
    Field("first", "Nomor seri pertama", longest=40),
    Field("last", "Nomor seri terakhir", longest=40, hint="Sama dengan yang pertama bila hanya satu."),
)
_PLACE = (
    Field("place_kind", "Tempat", "choice", tuple(PLACE_KINDS.items())),
    Field(
        "place_number",
        "Nomor tempat",
        "number",
        longest=2,
        initial="1",
        fix="Nomor tempat 1 sampai 99.",
        hint="Misalnya Mobil 1.",
    ),
)


@dataclass(frozen=True, slots=True)
class BlankAct:
    """An act of the ledger: the last part of its address, its words, who may do it, and its fields where they stand.

    The fields of counting, sealing and destroying follow from what is in the store (`fields_of`).
    """

    slug: str
    act: Act
    roles: frozenset[Role] = _KEEPER


_ALL = (
    BlankAct("terima", Act("receive_blanks", "Terima blanko", "Catat penerimaan",
        (
            Field("batch", "Nomor kiriman", longest=60, hint="Dari surat jalan."),
            Field("first", "Nomor seri pertama", longest=40),
            Field("last", "Nomor seri terakhir", longest=40),
            Field("count", "Jumlah keping menurut surat jalan", "number", required=False, longest=5,
                fix="Jumlah keping ditulis dengan angka."),
            Field("more", "Rentang nomor lain dari kiriman ini", "words", required=False, longest=2000,
                hint="Satu baris satu rentang: A00101 A00200."),
        ), picture="box")),
    BlankAct("bagikan", Act("allot_blanks", "Bagikan blanko", "Catat pembagian", (*_PLACE, *_RANGE), picture="next",
        hint="Ke mobil, ke printer, atau ke dalam wadah kartu printer.")),
    BlankAct("kembalikan", Act("return_blanks", "Terima kembali", "Catat pengembalian", (*_PLACE, *_RANGE),
        picture="back", hint="Dari mobil, printer, atau wadah kartu kembali ke gudang.")),
    BlankAct("hitung", Act("count_blanks", "Hitung stok", "Simpan hitungan", picture="count",
        hint="Hitung kepingnya dulu, baru tulis. Angka buku sengaja tidak ditampilkan.")),
    BlankAct("tutup", Act("close_day", "Tutup hari", "Tutup hari ini",
        (Field("reason", "Keterangan bila ada selisih", "words", required=False, longest=500),), picture="lock")),
    BlankAct("susulan", Act("close_late", "Tutup hari yang lewat", "Tutup hari itu", picture="lock",
        hint="Hitung stok hari ini dulu. Angka hari itu dihitung mundur dari buku.")),
    BlankAct("rusak", Act("spoil_blanks", "Catat rusak", "Catat rusak",
        (*_RANGE, Field("cause", "Sebab", "choice", tuple(SPOIL_CAUSES.items()))), picture="spoiled_card",
        hint="Blanko cacat, atau kartu yang dikembalikan pemegangnya."),
        frozenset({Role.GUDANG, Role.OPERATOR})),
    BlankAct("segel", Act("seal_blanks", "Segel kartu rusak", "Catat penyegelan", picture="lock")),
    BlankAct("musnahkan", Act("destroy_blanks", "Musnahkan", "Catat pemusnahan dan buat berita acara", picture="fire",
        hint="Setiap hari, dengan dibakar, di depan sedikitnya dua saksi.")),
    BlankAct("setujui", Act("sign_day", "Tanda tangan kedua", "Saya ikut menandatangani", picture="pen"),
        SECOND_SIGNERS),
    BlankAct("ulangi", Act("retry_minutes", "Buat ulang berita acara", "Buat ulang",
        (Field("number", "Nomor berita acara", "hidden", longest=60),), picture="document")),
)  # fmt: skip

BLANK_ACTS: dict[str, BlankAct] = {one.slug: one for one in _ALL}
"""By the last part of the address, in the order of the page."""

PAGES = ("bagikan", "kembalikan", "hitung", "tutup", "susulan", "rusak", "segel", "musnahkan")
"""The acts with a page of their own; receiving stands on the ledger's page, the rest beside what it is about."""


def fields_of(one: BlankAct, view: LedgerView) -> tuple[Field, ...]:
    """The fields of the act's form as the store is now."""
    if one.slug == "hitung":
        return tuple(
            Field(
                count_field(shelf), shelf_name(shelf), "number", longest=6, fix=f"Isi jumlah di {shelf_name(shelf)}."
            )
            for shelf in view.to_count
        )
    if one.slug == "segel":
        cards = tuple((serial, f"{serial}: {cause}") for serial, cause in view.spoiled)
        return (
            Field("serials", "Kartu yang disegel", "choices", cards),
            Field("seal", "Nomor segel", longest=40),
            Field("found", "Kartu yang tercatat hilang sudah ditemukan", "yes", required=False),
        )
    if one.slug == "susulan":
        days = tuple((day.isoformat(), words.day(day)) for day in view.not_closed[:1])
        return (
            Field("day", "Hari yang belum ditutup", "choice", days, initial=days[0][0] if days else ""),
            Field("reason", "Keterangan bila ada selisih", "words", required=False, longest=500),
        )
    if one.slug == "musnahkan":
        return _destruction(view)
    return one.act.fields


def _destruction(view: LedgerView) -> tuple[Field, ...]:
    seals = tuple((seal, f"{seal}: {number} keping") for seal, number in view.seals)
    fields = [
        Field("seals", "Segel yang dimusnahkan", "choices", seals),
        Field("number", "Nomor berita acara", longest=60),
        Field("date", "Tanggal pemusnahan", "date", initial=view.today.isoformat()),
        Field("place", "Tempat pemusnahan", longest=100),
    ]
    for one in WITNESS_FIELDS:
        needed = one <= WITNESSES
        fields.append(Field(f"witness_{one}", f"Nama saksi {one}", longest=60, required=needed))
        hint = "Misalnya Polsek atau Satpol PP." if one == 1 else ""
        fields.append(Field(f"office_{one}", f"Instansi saksi {one}", longest=60, required=needed, hint=hint))
    return tuple(fields)
