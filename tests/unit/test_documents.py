"""The papers, read back by programs that nobody here wrote: poppler, qpdf and zxing."""

from __future__ import annotations

import io
import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import segno
import zxingcpp
from paper_keys import OFFICE, sealer
from PIL import Image, ImageDraw

from appliance.casework.family_card_code import family_card_code
from appliance.documents.family_card_record import record_digest
from appliance.documents.qr import qr_svg
from appliance.documents.render import Renderer
from appliance.documents.sheets import FAMILY_CARD_QR_MM, card_face_data, family_card_data
from appliance.documents.values import (
    CardFace,
    DestructionMinutes,
    DocumentFailed,
    DocumentRefused,
    FaceMinutes,
    FamilyCard,
    FamilyMember,
    HandedDocument,
    Letterhead,
    MissingPaper,
    Receipt,
    ReportSlip,
    ReturnSlip,
    SpoiledCard,
    TextDoesNotFit,
    Witness,
)
from appliance.issuance.paper_values import sealed

RENDERER = Renderer()
LINK = "https://periksa.example.go.id/kk/9Qd73fKx22Lm8aTz?d=5f1c9e0ab1d24c77"
STATUS = "https://siaga.example.go.id/s/7K3F92QD"
ISSUED = 1_795_512_000_000
SIXTY = "MUHAMMAD KHOIRUL ANWAR SYARIFUDDIN PRAWIRODIRJO WICAKSONO AB"
HEAD = Letterhead("Kota Metro", "Dinas Kependudukan dan Pencatatan Sipil", "Jalan Contoh Nomor 1")


def _nik(number: int) -> str:
    return f"997201010771{number:04d}"


def _member(number: int, full_name: str = "SUGENG RIYADI") -> FamilyMember:
    return FamilyMember(
        full_name=full_name,
        nik=_nik(number),
        sex="PEREMPUAN",
        birth_place="LAMPUNG TENGAH",
        birth_date=date(1971, 7, 1),
        religion="KEPERCAYAAN TERHADAP TUHAN YME / LAINNYA",
        education="AKADEMI/DIPLOMA III/S. MUDA",
        occupation="PEKERJA PENGOLAHAN KERAJINAN",
        blood_type="-",
        marital_status="CERAI HIDUP BELUM TERCATAT",
        marriage_date=date(1999, 12, 31),
        family_relation="KEPALA KELUARGA",
        citizenship="WNI",
        passport_number="",
        stay_permit_number="",
        father_name="-",
        mother_name="-",
    )


def _card(members: tuple[FamilyMember, ...]) -> FamilyCard:
    return FamilyCard(
        kk_number="9972011011260003",
        head_name=members[0].full_name,
        address="JL. KENANGA NO. 14",
        rt="003",
        rw="002",
        postal_code="34112",
        village="YOSOMULYO",
        district="METRO PUSAT",
        city="KOTA METRO",
        province="LAMPUNG",
        members=members,
        issued_on=date(2026, 11, 24),
        signer_title="KEPALA DINAS KEPENDUDUKAN DAN PENCATATAN SIPIL KOTA METRO",
        signer_name="Drs. CONTOH PEJABAT, M.Si.",
        signer_nip="990001011990031001",
        verification_link=LINK,
        issued_at=ISSUED,
        specimen=True,
    )


def _picture(width: int, height: int, form: str) -> bytes:
    image = Image.new("RGB", (width, height), (190, 30, 30))
    ImageDraw.Draw(image).line((0, 0, width, height), fill=(0, 0, 0), width=9)
    content = io.BytesIO()
    image.save(content, form)
    return content.getvalue()


FACE = CardFace(
    province="LAMPUNG",
    city="KOTA METRO",
    nik=_nik(1),
    full_name="SUGENG RIYADI",
    birth_place="METRO",
    birth_date=date(1971, 7, 1),
    sex="LAKI-LAKI",
    blood_type="-",
    address="JL. KENANGA NO. 14",
    rt="003",
    rw="002",
    village="YOSOMULYO",
    district="METRO PUSAT",
    religion="ISLAM",
    marital_status="BELUM KAWIN",
    occupation="BELUM/TIDAK BEKERJA",
    citizenship="WNI",
    valid_until="SEUMUR HIDUP",
    photo=_picture(480, 640, "JPEG"),
    signature=_picture(600, 200, "PNG"),
    signature_note="-",
    issue_place="Kota Metro",
    issued_on=date(2026, 11, 24),
    specimen=False,
)
RECEIPT = Receipt(
    letterhead=HEAD,
    case_code="SIAGA-7K3F-92QD",
    documents=(HandedDocument("Kartu Keluarga", "9972011011260003"), HandedDocument("KTP-el", _nik(1))),
    receiver_name="SUGENG RIYADI",
    relation="yang bersangkutan",
    verification="Sidik jari 1:1 dengan cip (telunjuk kanan)",
    officer_name="RINA WULANDARI",
    place="Kelurahan Yosomulyo",
    handed_over_at="24-11-2026 pukul 14.05 WIB",
    issued_at=ISSUED,
    specimen=True,
)
RETURN_SLIP = ReturnSlip(
    letterhead=HEAD,
    case_code="SIAGA-7K3F-92QD",
    missing=(
        MissingPaper("Surat Keterangan Dinas Sosial", "Diperlukan untuk orang terlantar.", "Datang ke Dinas Sosial."),
    ),
    note="",
    returned_at="24-11-2026 pukul 09.12 WIB",
    officer_role="Petugas Dukcapil",
    status_link=STATUS,
    issued_at=ISSUED,
    specimen=True,
)
REPORT_SLIP = ReportSlip(
    letterhead=HEAD,
    case_code="SIAGA-7K3F-92QD",
    next_steps=("Petugas memeriksa kelengkapan surat.", "Perekaman di tempat tinggal penduduk."),
    reported_at="24-11-2026 pukul 08.40 WIB",
    status_link=STATUS,
    issued_at=ISSUED,
    specimen=True,
)


def _run(*command: str, content: bytes) -> str:
    return subprocess.run(command, input=content, capture_output=True, check=True).stdout.decode()


def _text(pdf: bytes) -> str:
    return _run("pdftotext", "-layout", "-", "-", content=pdf)


def _pages(pdf: bytes) -> int:
    found = re.search(r"^Pages:\s+(\d+)", _run("pdfinfo", "-", content=pdf), re.MULTILINE)
    assert found
    return int(found.group(1))


def _qr_texts(pdf: bytes, dpi: int, page: int) -> list[str]:
    picture = subprocess.run(
        ["pdftoppm", "-r", str(dpi), "-f", str(page), "-l", str(page), "-gray", "-"],
        input=pdf,
        capture_output=True,
        check=True,
    ).stdout
    return [code.text for code in zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))]


def _eleven() -> FamilyCard:
    case = json.loads((Path(__file__).parents[2] / "hw_sim/cases/family-of-eleven.json").read_text())
    members = tuple(
        replace(
            _member(number, resident["full_name"]),
            nik=_nik(number),
            birth_date=date.fromisoformat(resident["birth_date"]),
            father_name=resident["father_name"],
            mother_name=resident["mother_name"],
        )
        for number, resident in enumerate(case["residents"], start=1)
    )
    return _card(members)


@pytest.fixture(scope="module")
def eleven() -> bytes:
    return RENDERER.render_family_card(_eleven())


@pytest.mark.parametrize(("members", "pages"), [(1, 1), (10, 1), (21, 3), (30, 3)])
def test_ten_members_to_a_sheet(members: int, pages: int) -> None:
    card = _card(tuple(_member(number, SIXTY) for number in range(1, members + 1)))
    pdf = RENDERER.render_family_card(card)
    assert _pages(pdf) == pages
    assert f"Lembar {pages} dari {pages}" in _text(pdf)


def test_family_of_eleven_has_a_second_sheet_with_its_heads_repeated(eleven: bytes) -> None:
    text = _text(eleven)
    assert _pages(eleven) == 2
    assert text.count("KARTU KELUARGA") == 2
    assert text.count("Nama Lengkap") == 2
    for number in range(1, 18):
        assert text.count(f"({number})") == 2
    assert [text.count(_nik(number)) for number in range(1, 12)] == [1] * 11


def test_each_sheet_carries_the_qr_code_that_office_printers_can_print(eleven: bytes) -> None:
    assert _qr_texts(eleven, dpi=200, page=1) == [LINK]
    assert _qr_texts(eleven, dpi=300, page=2) == [LINK]


@pytest.mark.parametrize("members", [1, 30])
def test_a_sealed_code_is_read_from_each_sheet_and_its_modules_are_wide_enough(members: int) -> None:
    """Also of the longest code there will be: a second of twelve hexadecimal digits."""
    office = sealer(OFFICE)
    card = _card(tuple(_member(number) for number in range(1, members + 1)))
    card = sealed(card, office.key)
    pdf = RENDERER.render_family_card(card)
    assert _pages(pdf) == -(-members // 10)
    for page in range(1, _pages(pdf) + 1):
        for dpi in (200, 300):
            assert _qr_texts(pdf, dpi=dpi, page=page) == [card.verification_link]
    code = family_card_code(card.verification_link)
    assert code is not None and code.seal is not None
    assert office.known.judge(code).office == OFFICE and code.seal.body.record == record_digest(card)
    assert pdf == RENDERER.render_family_card(sealed(card, office.key)), "sealed again, the same bytes"
    name, number, _, seal = card.verification_link.split(":", 3)
    longest = segno.make(":".join((name, number, "F" * 12, seal)), error="m", micro=False, boost_error=False)
    assert (longest.mode, longest.version) == ("alphanumeric", 8)
    assert FAMILY_CARD_QR_MM / longest.symbol_size(border=4)[0] >= 0.42


def test_no_text_leaves_the_printable_page(eleven: bytes) -> None:
    margin = 5 * 72 / 25.4
    # Without the diagonal mark, whose words poppler boxes as upright.
    pdf = RENDERER.render_family_card(
        replace(_eleven(), specimen=False, address="JL. LETNAN JENDERAL SUPRAPTO GANG MELATI PUTIH NO. 117 B")
    )
    boxes = _run("pdftotext", "-bbox", "-", "-", content=pdf)
    words = re.findall(r'<word xMin="(.+?)" yMin="(.+?)" xMax="(.+?)" yMax="(.+?)">', boxes)
    assert len(words) > 300
    for left, top, right, bottom in (map(float, word) for word in words):
        assert left >= margin and top >= margin
        assert right <= 841.9 - margin and bottom <= 595.3 - margin


def test_family_card_is_sound_archivable_pdf_ready_for_signing(eleven: bytes, tmp_path: Path) -> None:
    file = tmp_path / "kk.pdf"
    file.write_bytes(eleven)
    checked = subprocess.run(["qpdf", "--check", str(file)], capture_output=True, check=False)
    assert checked.returncode == 0, checked.stdout
    assert re.search(rb"<pdfaid:part>2</pdfaid:part>", eleven)
    assert re.search(rb"<pdfaid:conformance>A</pdfaid:conformance>", eleven)
    assert b"<pdfuaid:part>1</pdfuaid:part>" in eleven
    assert eleven.endswith(b"%%EOF\n")
    fonts = _run("pdffonts", "-", content=eleven).splitlines()[2:]
    assert fonts and all("LiberationSans" in line for line in fonts)


def test_equal_values_give_equal_bytes(eleven: bytes) -> None:
    assert RENDERER.render_family_card(_eleven()) == eleven
    assert RENDERER.render_card_face(FACE) == RENDERER.render_card_face(FACE)


def test_sixty_letter_names_stand_in_full() -> None:
    long = replace(_member(1, SIXTY), father_name=SIXTY, mother_name=SIXTY)
    pdf = RENDERER.render_family_card(_card((long,)))
    boxes = _run("pdftotext", "-bbox", "-", "-", content=pdf)
    for word in SIXTY.split():
        assert boxes.count(f">{word}<") == 5  # head of family above and below, member, father, mother


def test_text_too_long_is_refused_by_the_name_of_its_field() -> None:
    name = "SUGENG " * 40
    with pytest.raises(TextDoesNotFit) as refused:
        RENDERER.render_family_card(_card((_member(1), _member(2, name))))
    assert refused.value.field == "members.2.column_1"
    assert "SUGENG" not in str(refused.value)
    with pytest.raises(TextDoesNotFit) as refused:
        RENDERER.render_card_face(replace(FACE, occupation="PEMBANTU " * 6))
    assert refused.value.field == "occupation"
    with pytest.raises(TextDoesNotFit) as refused:
        RENDERER.render_card_face(replace(FACE, village="Y" * 60))
    assert refused.value.field == "village"


def test_character_without_a_glyph_is_refused_and_never_printed_as_a_box() -> None:
    with pytest.raises(DocumentRefused):
        RENDERER.render_family_card(_card((_member(1, "SUGENG 李"),)))
    with pytest.raises(DocumentRefused):
        RENDERER.render_card_face(replace(FACE, full_name="SUGENG 李"))


def test_empty_rows_and_empty_cells_are_dashes() -> None:
    sheets = family_card_data(_card((_member(1),)))["sheets"]
    assert isinstance(sheets, list)
    assert len(sheets[0]) == 10
    assert sheets[0][9] == ["-"] * 17
    assert sheets[0][0][13:15] == ["-", "-"]


def test_card_face_lines_stand_in_the_printed_order() -> None:
    rows = card_face_data(FACE)["rows"]
    assert isinstance(rows, list)
    assert [row[1] for row in rows] == [
        "Nama",
        "Tempat/Tgl Lahir",
        "Jenis Kelamin",
        "Alamat",
        "RT/RW",
        "Kel/Desa",
        "Kecamatan",
        "Agama",
        "Status Perkawinan",
        "Pekerjaan",
        "Kewarganegaraan",
        "Berlaku Hingga",
    ]
    assert rows[1][2] == "METRO, 01-07-1971"


def _dark(image: Image.Image, box: tuple[int, int, int, int]) -> int:
    return sum(image.convert("L").crop(box).histogram()[:100])


def test_card_face_fills_a_cr80_blank_with_photo_right_and_signature_beneath() -> None:
    image = Image.open(io.BytesIO(RENDERER.render_card_face(FACE)))
    assert image.size == (1012, 638)
    assert image.getpixel((950, 200)) != (255, 255, 255)  # photo
    assert _dark(image, (760, 500, 990, 600)) > 500  # signature
    edges = [(0, 0, 1012, 20), (0, 618, 1012, 638), (0, 0, 20, 638), (992, 0, 1012, 638)]
    assert [_dark(image, edge) for edge in edges] == [0, 0, 0, 0]


def test_longest_legal_card_still_fits_and_a_person_who_cannot_sign_gets_a_note() -> None:
    face = replace(
        FACE,
        full_name=SIXTY,
        address="JL. LETNAN JENDERAL SUPRAPTO GANG MELATI PUTIH NO. 117 B",
        birth_place="OGAN KOMERING ULU TIMUR",
        religion="KEPERCAYAAN TERHADAP TUHAN YME",
        signature=None,
        signature_note="CAP JEMPOL",
    )
    image = Image.open(io.BytesIO(RENDERER.render_card_face(face)))
    assert _dark(image, (760, 530, 990, 580)) > 100
    assert _dark(image, (0, 618, 1012, 638)) == 0


def test_values_alone_are_printed_on_blanks_that_carry_the_labels() -> None:
    full = Image.open(io.BytesIO(RENDERER.render_card_face(FACE)))
    bare = Image.open(io.BytesIO(RENDERER.render_card_face(replace(FACE, labels=False))))
    names = (20, 175, 230, 620)
    assert _dark(full, names) > 0
    assert _dark(bare, names) == 0


def test_slips_carry_the_case_code_and_a_readable_qr_code() -> None:
    for pdf in (RENDERER.render_return_slip(RETURN_SLIP), RENDERER.render_report_slip(REPORT_SLIP)):
        assert _pages(pdf) == 1
        assert "SIAGA-7K3F-92QD" in _text(pdf)
        assert _qr_texts(pdf, 200, 1) == [STATUS]


def test_receipt_names_documents_and_receiver_and_leaves_him_room_to_sign() -> None:
    text = _text(RENDERER.render_receipt(RECEIPT))
    for expected in (
        "Kartu Keluarga",
        "KTP-el",
        "yang bersangkutan",
        "tanda tangan atau cap jempol",
        "RINA WULANDARI",
    ):
        assert expected in text


def test_specimens_say_so_on_every_paper_and_real_ones_do_not(eleven: bytes) -> None:
    papers = (
        eleven,
        RENDERER.render_receipt(RECEIPT),
        RENDERER.render_return_slip(RETURN_SLIP),
        RENDERER.render_report_slip(REPORT_SLIP),
    )
    for pdf in papers:
        assert _text(pdf).count("SPECIMEN / SIMULASI") == _pages(pdf)
    real = RENDERER.render_receipt(replace(RECEIPT, specimen=False))
    assert "SPECIM" not in _text(real)
    plain = Image.open(io.BytesIO(RENDERER.render_card_face(FACE))).convert("L")
    marked = Image.open(io.BytesIO(RENDERER.render_card_face(replace(FACE, specimen=True)))).convert("L")
    assert plain.histogram()[230] < 500 < marked.histogram()[230]


def test_papers_that_say_nothing_are_refused() -> None:
    with pytest.raises(DocumentRefused, match="members"):
        family_card_data(replace(_card((_member(1),)), members=()))
    with pytest.raises(DocumentRefused, match="documents"):
        RENDERER.render_receipt(replace(RECEIPT, documents=()))
    with pytest.raises(DocumentRefused, match="missing"):
        RENDERER.render_return_slip(replace(RETURN_SLIP, missing=()))
    with pytest.raises(DocumentRefused, match="photo"):
        RENDERER.render_card_face(replace(FACE, photo=b"BM"))
    with pytest.raises(DocumentRefused, match="link"):
        qr_svg("https://periksa.example.go.id/" + "x" * 200, 24, "link")


def test_destruction_minutes_list_every_blank_once_and_count_the_causes() -> None:
    cards = tuple(SpoiledCard(f"BLK-{n:05d}", "Gagal encode" if n % 3 else "Salah cetak") for n in range(60))
    minutes = DestructionMinutes(
        letterhead=HEAD,
        number="470/12/BA/2026",
        destroyed_on=date(2026, 11, 24),
        place="halaman kantor",
        method="dibakar",
        cards=cards,
        officer=Witness("RINA WULANDARI", "Bendahara barang"),
        witnesses=(Witness("AGUS SETIAWAN", "Polsek Metro Pusat"), Witness("DEDI KURNIAWAN", "Satpol PP")),
        issued_at=ISSUED,
        specimen=False,
    )
    text = _text(RENDERER.render_destruction_minutes(minutes))
    assert all(text.count(card.blank) == 1 for card in cards)
    assert "Halaman 3 dari 3" in text
    assert re.search(r"Gagal encode +40\b", text) and re.search(r"Salah cetak +20\b", text)
    with pytest.raises(DocumentRefused, match="twice"):
        RENDERER.render_destruction_minutes(replace(minutes, cards=(cards[0], cards[0])))
    first, second = minutes.witnesses
    for alone in ((), (first,), (first, Witness(" agus setiawan", "-")), (second, Witness("Rina Wulandari", "-"))):
        with pytest.raises(DocumentRefused, match="two witnesses"):
            RENDERER.render_destruction_minutes(replace(minutes, witnesses=alone))


def test_minutes_of_a_handover_by_face_name_two_different_officers_and_every_try() -> None:
    minutes = FaceMinutes(
        letterhead=HEAD,
        case_code="SG-4K7M-27",
        nik="••••••••••••0001",
        holder_name=SIXTY,
        cause="Tidak terbaca alat",
        tries=("1. Telunjuk kanan", "2. Telunjuk kiri", "3. Jempol kanan", "4. Jempol kiri"),
        place="Kota Metro",
        handed_over_at="24-11-2026 pukul 14.05 WIB",
        officer=Witness("RINA WULANDARI", "Petugas Dukcapil"),
        second=Witness("AGUS SETIAWAN", "Kepala Seksi"),
        issued_at=ISSUED,
        specimen=True,
    )
    text = _text(RENDERER.render_face_minutes(minutes))
    for word in ("SG-4K7M-27", "4. Jempol kiri", "RINA WULANDARI", "AGUS SETIAWAN", "Tidak terbaca alat"):
        assert word in text
    assert text.count("SPECIMEN / SIMULASI") == 1
    assert "tidak ada jari di chip" in _text(RENDERER.render_face_minutes(replace(minutes, tries=())))
    with pytest.raises(DocumentRefused, match="second"):
        RENDERER.render_face_minutes(replace(minutes, second=Witness("Rina Wulandari ", "-")))


MINUTES = FaceMinutes(
    letterhead=HEAD,
    case_code="SG-4K7M-27",
    nik="••••••••••••0001",
    holder_name="SUGENG RIYADI",
    cause="Tidak terbaca alat",
    tries=("1. Telunjuk kanan",),
    place="Kota Metro",
    handed_over_at="24-11-2026 pukul 14.05 WIB",
    officer=Witness("RINA WULANDARI", "Petugas Dukcapil"),
    second=Witness("AGUS SETIAWAN", "Kepala Seksi"),
    issued_at=ISSUED,
    specimen=True,
)
DESTRUCTION = DestructionMinutes(
    letterhead=HEAD,
    number="470/12/BA/2026",
    destroyed_on=date(2026, 11, 24),
    place="halaman kantor",
    method="dibakar",
    cards=(SpoiledCard("BLK-00001", "Gagal encode"),),
    officer=Witness("RINA WULANDARI", "Bendahara barang"),
    witnesses=(Witness("AGUS SETIAWAN", "Polsek"), Witness("DEDI KURNIAWAN", "Satpol PP")),
    issued_at=ISSUED,
    specimen=True,
)
LONG = "SUGENG " * 60
WIDE = "Y" * 140
PAPERS: dict[str, tuple[Callable[[Any], bytes], Any, dict[str, dict[str, object]]]] = {
    "receipt": (
        RENDERER.render_receipt,
        RECEIPT,
        {"receiver_name": {"receiver_name": LONG}, "relation": {"relation": WIDE}, "place": {"place": WIDE}},
    ),
    "return slip": (
        RENDERER.render_return_slip,
        RETURN_SLIP,
        {
            "case_code": {"case_code": LONG},
            "note": {"note": WIDE},
            "missing.1.remedy": {"missing": (MissingPaper("Surat", "Perlu", WIDE),)},
        },
    ),
    "report slip": (RENDERER.render_report_slip, REPORT_SLIP, {"case_code": {"case_code": LONG}}),
    "face minutes": (
        RENDERER.render_face_minutes,
        MINUTES,
        {"officers.0": {"officer": Witness(LONG, "-")}, "cause": {"cause": WIDE}},
    ),
    "destruction": (
        RENDERER.render_destruction_minutes,
        DESTRUCTION,
        {
            "officer": {"officer": Witness(LONG, "-")},
            "place": {"place": WIDE},
            "cards.1.detail": {"cards": (SpoiledCard("BLK-00001", "Rusak", WIDE),)},
        },
    ),
}


@pytest.mark.parametrize("name", PAPERS)
def test_every_paper_is_archivable_the_same_each_time_and_refuses_what_does_not_fit(name: str) -> None:
    render, values, unfit = PAPERS[name]
    pdf = render(values)
    assert pdf == render(values)
    assert b"<pdfaid:part>2</pdfaid:part>" in pdf and b"<pdfaid:conformance>A</pdfaid:conformance>" in pdf
    assert b"<pdfuaid:part>1</pdfuaid:part>" in pdf and pdf.endswith(b"%%EOF\n")
    assert _text(pdf).count("SPECIMEN / SIMULASI") == _pages(pdf)
    assert "SPECIM" not in _text(render(replace(values, specimen=False)))
    for field, changes in unfit.items():
        with pytest.raises(TextDoesNotFit) as refused:
            render(replace(values, **changes))
        assert refused.value.field == field
        assert "SUGENG" not in str(refused.value) and "YYY" not in str(refused.value)


def test_late_typesetting_fails_in_time_without_naming_anybody() -> None:
    with pytest.raises(DocumentFailed) as failed:
        Renderer(seconds=0.01).render_card_face(FACE)
    assert _nik(1) not in str(failed.value)
    assert failed.value.__cause__ is None
