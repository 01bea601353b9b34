"""Forms of the law filled from a case, and the sheets of a day, a month and a machine; read by programs not ours."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from front_office import CASE_FILE, FrontOffice, case_file, post, sign_in

from appliance.casework.intake import Category, Reporter
from appliance.casework.roles import Role
from appliance.clock import to_local, utc_millis
from appliance.diagnostics.board import DeviceReading
from appliance.documents.forms import BLANK, Facts, Form, Grid, NewPage, Signatures, Ticks, Words, form_data
from appliance.documents.render import Renderer
from appliance.documents.values import DocumentRefused, Letterhead, TextDoesNotFit
from appliance.office import case_forms
from appliance.office.day_close import count_field, shelves_to_count
from appliance.queue import effects, jobs
from appliance.records import audit

RENDERER = Renderer()
FORM = Form(
    letterhead=Letterhead("Kota Metro", "Dinas Kependudukan dan Pencatatan Sipil", "Jalan Contoh Nomor 1"),
    code="F-9.99",
    title="FORMULIR CONTOH",
    basis="Peraturan Contoh",
    reference="SG-4K7M-27",
    sections=(
        Facts("Data", (("Nama", "SUGENG RIYADI"), ("Telepon", BLANK), ("Surel", ""))),
        Grid("Tabel", (("No.", 10), ("Nama", 60)), (("1", "SITI AMINAH"), ("2", BLANK))),
        Ticks("Pilihan", (("Baru", True), ("Hilang", False))),
        NewPage(),
        Words("Dengan sebenarnya."),
        Signatures((("Pemohon", BLANK), ("Petugas", "RINA WULANDARI"))),
    ),
    issued_at=1_795_512_000_000,
    specimen=True,
)


def _read(pdf: bytes) -> str:
    return subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    ).stdout.decode()


def _lines(pdf: bytes) -> str:
    """The texts in the order of the page's content, which the mark beneath does not cut apart."""
    return subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()


def _pages(pdf: bytes) -> int:
    told = subprocess.run(["pdfinfo", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    return int(re.findall(r"^Pages:\s+(\d+)", told, re.MULTILINE)[0])


def _changed(*sections: object) -> Form:
    return replace(FORM, sections=sections)  # type: ignore[arg-type]


def test_a_form_is_archivable_the_same_each_time_and_marked_on_every_page() -> None:
    pdf = RENDERER.render_form(FORM)
    assert pdf == RENDERER.render_form(FORM)
    assert b"<pdfaid:part>2</pdfaid:part>" in pdf and b"<pdfuaid:part>1</pdfuaid:part>" in pdf
    text = _read(pdf)
    assert _pages(pdf) == 2 and text.count("SPECIMEN / SIMULASI") == 2 and text.count("SG-4K7M-27") == 2
    for word in ("F-9.99", "SUGENG RIYADI", "SITI AMINAH", "RINA WULANDARI", "Dengan sebenarnya."):
        assert text.count(word) == 1
    assert re.search(r"Surel +: +-", text) and re.search(r"Telepon +:\s*$", text, re.MULTILINE)
    assert "DRAF" not in text
    real = _read(RENDERER.render_form(replace(FORM, specimen=False, draft=True)))
    assert "SPECIM" not in real and real.count("DRAF: BELUM DITANDATANGANI") == 2


@pytest.mark.parametrize(
    ("section", "field"),
    [
        (Facts("", (("Nama", "SUGENG " * 40),)), "sections.1.row_1"),
        (Grid("", (("No.", 10), ("Nama", 30)), (("1", "SITI"), ("2", "SUGENG " * 20))), "sections.1.row_2.column_2"),
        (Grid("", (("Kolom " * 30, 20),), (("1",),)), "sections.1.head_1"),
        (Signatures((("Pemohon", "SUGENG " * 30),)), "sections.1.place_1"),
        (Words("Y" * 140), "sections.1.words"),
    ],
)
def test_text_that_does_not_fit_is_an_error_by_the_name_of_its_place(section: object, field: str) -> None:
    with pytest.raises(TextDoesNotFit) as refused:
        RENDERER.render_form(_changed(section))
    assert refused.value.field == field and "SUGENG" not in str(refused.value)


def test_a_form_that_cannot_be_is_refused_before_it_is_typeset() -> None:
    for sections, why in (
        ((), "says something"),
        ((Grid("", (("Nama", 200),), ()),), "wider than the page"),
        ((Grid("", (("Nama", 20),), (("1", "2"),)),), "another number of columns"),
    ):
        with pytest.raises(DocumentRefused, match=why):
            form_data(_changed(*sections))
    with pytest.raises(DocumentRefused):
        RENDERER.render_form(_changed(Words("SUGENG 李")))


def _client(place: FrontOffice, role: Role) -> FlaskClient:
    found = place.app("officer", "technician").test_client()
    face = "teknisi" if role is Role.TEKNISI else "petugas"
    assert sign_in(found, role, face).status_code == 303
    return found


@pytest.fixture
def case(place: FrontOffice) -> str:
    code = place.services.desk.bring_case(place.actor(Role.PETUGAS), case_file())
    return place.services.desk.case_id(code)


def _forms_of(page: str) -> list[str]:
    return re.findall(r'/formulir/(\w+)"', page)


def test_every_form_a_case_needs_is_offered_filled_and_audited(place: FrontOffice, case: str) -> None:
    client = _client(place, Role.PETUGAS)
    page = client.get(f"/petugas/kasus/{case}").text
    assert _forms_of(page) == ["F_1_01", "F_1_02", "F_1_04", "SKPTI"]
    told = {}
    for kind in _forms_of(page):
        answer = client.get(f"/petugas/kasus/{case}/formulir/{kind}")
        assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
        told[kind] = _read(answer.data)
        assert ("SUGENG RIYADI" in told[kind] and "YOSOMULYO" in told[kind]) or kind == "F_1_02"
        assert "SPECIMEN / SIMULASI" in told[kind] and "GRATIS" in told[kind]
    assert "1 LAKI-LAKI" in told["F_1_01"] and "01-07-1971 (perkiraan)" in told["F_1_01"]
    assert "13 TIDAK TAHU" in told["F_1_01"] and "1 KEPALA KELUARGA" in told["F_1_01"]
    assert re.search(r"X *Baru: rentan administrasi kependudukan", told["F_1_02"])
    assert "Saksi 2" in told["F_1_04"] and "Pimpinan lembaga" in told["F_1_04"]
    assert told["SKPTI"].count("DRAF: BELUM DITANDATANGANI") == 1 and "Orang terlantar" in told["SKPTI"]
    with place.office.store.read() as tx:
        entered = [json.loads(str(one["facts"])) for one in audit.newest(tx, "form-typeset-complete", 9)]
    assert [one["kind"] for one in entered] == ["SKPTI", "F_1_04", "F_1_02", "F_1_01"]
    assert "SUGENG" not in json.dumps(entered)


def test_what_a_case_does_not_need_is_neither_offered_nor_made(place: FrontOffice) -> None:
    known = {**CASE_FILE, "category": {"legal": "none", "condition": ["lansia"]}}
    known["residents"] = [{**CASE_FILE["residents"][0], "nik": "9972010107710001"}]  # type: ignore[index]
    known["household"] = {**CASE_FILE["household"], "kk_number": "9972010711260001"}  # type: ignore[dict-item]
    code = place.services.desk.bring_case(place.actor(Role.PETUGAS), json.dumps(known).encode())
    case = place.services.desk.case_id(code)
    client = _client(place, Role.PETUGAS)
    assert _forms_of(client.get(f"/petugas/kasus/{case}").text) == ["F_1_02"]
    assert "9972010107710001" in _read(client.get(f"/petugas/kasus/{case}/formulir/F_1_02").data)
    assert client.get(f"/petugas/kasus/{case}/formulir/F_1_04").status_code == 422
    assert client.get(f"/petugas/kasus/{case}/formulir/F_9").status_code == 404
    assert client.get("/petugas/kasus/none/formulir/F_1_02").status_code == 404
    for role in (Role.GUDANG, Role.AUDITOR):
        assert _client(place, role).get(f"/petugas/kasus/{case}/formulir/F_1_02").status_code == 403


def test_before_the_file_is_in_the_forms_come_with_room_to_write(place: FrontOffice) -> None:
    code = place.services.desk.report(
        Reporter("Ratna", "dinsos", "Dinsos", None), Category("orang_terlantar", ()), "SUGENG", "18.72.01.1005", ()
    )
    case = place.services.desk.case_id(code)
    form = case_forms.form(place.office, place.actor(Role.PETUGAS), case, "F_1_01")
    (table, *_) = (one for one in form.sections if isinstance(one, Grid))
    assert len(table.rows) == 4 and set(table.rows[0][1:]) == {BLANK}
    assert "YOSOMULYO" in _read(RENDERER.render_form(form))


def test_a_family_of_thirty_has_its_form_and_every_name_once(place: FrontOffice) -> None:
    people = []
    for number in range(30):
        one = dict(CASE_FILE["residents"][0])  # type: ignore[index]
        one |= {"full_name": f"ANAK {chr(65 + number % 26)}{chr(65 + number // 26)} RIYADI"}
        one |= {"family_relation": 1 if number == 0 else 9, "birth_date": f"19{60 + number}-07-01"}
        people.append(one)
    code = place.services.desk.bring_case(
        place.actor(Role.PETUGAS), json.dumps({**CASE_FILE, "residents": people}).encode()
    )
    case = place.services.desk.case_id(code)
    form = case_forms.form(place.office, place.actor(Role.PETUGAS), case, "F_1_01")
    pdf = RENDERER.render_form(form)
    text = _read(pdf)
    assert _pages(pdf) >= 4 and f"Halaman 1 dari {_pages(pdf)}" in text
    for one in people[1:]:
        assert text.count(one["full_name"]) == 1
    statements = RENDERER.render_form(case_forms.form(place.office, place.actor(Role.PETUGAS), case, "F_1_04"))
    assert _pages(statements) == 30, "one statement a person"


def _close(place: FrontOffice, keeper: FlaskClient, **said: str) -> int:
    with place.office.store.read() as tx:
        shelves: dict[str, object] = {count_field(shelf): number for shelf, number in shelves_to_count(tx).items()}
    home = "/petugas/blanko"
    assert post(keeper, home, f"{home}/hitung", **shelves).status_code == 303
    return post(keeper, home, f"{home}/tutup", **said).status_code


def test_the_day_s_sheet_is_a_draft_until_the_day_is_closed(place: FrontOffice, case: str) -> None:
    keeper = _client(place, Role.GUDANG)
    sheet = "/petugas/blanko/tutup-hari.pdf"
    text = _lines(keeper.get(sheet).data)
    assert "DRAF: BELUM DITANDATANGANI" in text and "belum dihitung" in text
    assert re.search(r"Laporan masuk\s+1\b", text) and re.search(r"Berkas terbuka\s+1\s+1\s+0", text)
    assert "SUGENG" not in text
    with place.office.store.write() as tx:  # the file's slip is made by deviced, which these pages do without
        for job in jobs.of_case(tx, case):
            jobs.drop(tx, job.key)
    assert _close(place, keeper) == 303
    text = _lines(keeper.get(sheet).data)
    assert "DRAF" not in text and "ditutup tanpa selisih" in text and "Gudang" in text
    assert re.search(r"Gudang kantor: blanko\s+0\s+0\s+0", text)
    before = _read(keeper.get(f"{sheet}?hari=2026-01-05").data)
    assert "05-01-2026" in before and "DRAF" in before
    for odd in ("9999-12-31", "x", "0001-01-01"):
        assert to_local(utc_millis()).strftime("%d-%m-%Y") in _read(keeper.get(f"{sheet}?hari={odd}").data)


def test_work_that_nobody_has_settled_keeps_the_day_open_until_two_people_sign(place: FrontOffice, case: str) -> None:
    keeper = _client(place, Role.GUDANG)
    effects.intend(place.office.store, f"print-kk:{case}:1", "document_printer", "x", case_id=case)
    page = keeper.get("/petugas/blanko").text
    assert "Pekerjaan mesin yang belum jelas hasilnya: <strong>1</strong>, seharusnya 0" in page
    assert _close(place, keeper) == 422
    told = post(keeper, "/petugas/blanko", "/petugas/blanko/tutup").text
    assert "Pekerjaan mesin yang belum jelas hasilnya: 1, seharusnya 0." in told
    reason = "Listrik padam saat mencetak. " + "Dicari lagi besok pagi. " * 15
    assert _close(place, keeper, reason=reason.strip()) == 303
    kasi = _client(place, Role.KASI)
    assert "Pekerjaan mesin yang belum jelas hasilnya: dihitung 1" in kasi.get("/petugas/blanko").text
    assert post(kasi, "/petugas/blanko", "/petugas/blanko/setujui").status_code == 303
    text = _read(kasi.get("/petugas/blanko/tutup-hari.pdf").data)
    assert "Listrik padam saat mencetak." in text and "dengan selisih" in text
    told = _lines(kasi.get("/petugas/blanko/tutup-hari.pdf").data).replace("\n", " ")
    assert told.count("Dicari lagi besok pagi.") == 15
    assert "Gudang" in text and "Kasi" in text


def test_the_month_of_blanks_is_a_paper_by_the_four_causes(place: FrontOffice) -> None:
    keeper = _client(place, Role.GUDANG)
    home = "/petugas/blanko"
    assert post(keeper, home, f"{home}/terima", batch="SJ-1", first="A001", last="A005", count="5").status_code == 303
    assert post(keeper, home, f"{home}/rusak", first="A001", last="A002", cause="CACAT_PABRIK").status_code == 303
    page = keeper.get(f"{home}/laporan").text
    (link,) = re.findall(r'href="(/petugas/blanko/laporan\.pdf\?bulan=\d{4}-\d\d)"', page)
    text = _lines(keeper.get(link).data)
    for line in ("Diterima 5", "Rusak 2", "Gagal encode 0", "Gagal cetak 0", "Perubahan elemen data 0", "Jumlah 2"):
        assert re.search(line.replace(" ", r"\s+"), text), line
    assert "Cacat pabrik" in text and "SPECIMEN / SIMULASI" in text


def test_the_readiness_report_names_each_part_and_nobody(place: FrontOffice) -> None:
    now = utc_millis()
    place.devices[:] = [
        DeviceReading("chip_encoder", "ok", (), "ACR1281", "S-77", {}, now, now),
        DeviceReading("camera", "down", ("camera.unreachable",), "", "", {}, now, now),
    ]
    technician = _client(place, Role.TEKNISI)
    assert "/teknisi/kesiapan.pdf" in technician.get("/teknisi/").text
    text = _read(technician.get("/teknisi/kesiapan.pdf").data)
    for word in ("LAPORAN KESIAPAN MESIN", "Belum siap", "ACR1281", "S-77", "Kamera", "Teknisi"):
        assert word in text
    assert _client(place, Role.KASI).get("/teknisi/kesiapan.pdf").status_code in {302, 303, 403}
