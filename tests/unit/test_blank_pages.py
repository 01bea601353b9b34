"""The ledger's pages: what each person finds on them, forms with every mistake beside its field, no script needed."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from front_office import FrontOffice, forms, post, sign_in
from werkzeug.test import TestResponse

from appliance.casework.roles import Role
from appliance.kiosk_ui.officer.blank_acts import BLANK_ACTS, PAGES
from appliance.office.acts import LEDGER_ACTS
from appliance.office.day_close import count_field, shelves_to_count
from appliance.records import blanks, stock_books

HOME = "/petugas/blanko"


def at_desk(place: FrontOffice, role: Role) -> FlaskClient:
    client = place.app("officer").test_client()
    assert sign_in(client, role).status_code == 303
    return client


@pytest.fixture
def keeper(place: FrontOffice) -> FlaskClient:
    return at_desk(place, Role.GUDANG)


def send(client: FlaskClient, slug: str, **values: object) -> TestResponse:
    return post(client, HOME, f"{HOME}/{slug}", **values)


def done(client: FlaskClient, slug: str, **values: object) -> str:
    answer = send(client, slug, **values)
    assert answer.status_code == 303, answer.text
    return client.get(answer.headers["Location"]).text


def receive(client: FlaskClient) -> str:
    return done(client, "terima", batch="SJ-1", first="A001", last="A020", count="20")


def wrong_fields(answer: TestResponse) -> set[str]:
    """The fields that the summary links to, each of which shows its sentence beside the field too."""
    assert answer.status_code == 422
    assert "<title>Galat:" in answer.text or 'role="alert"' in answer.text
    named = set(re.findall(r'<a href="#f-(\w+)">', answer.text))
    for field in named:
        assert re.search(rf'govuk-form-group--error.*?id="f-{field}"', answer.text, re.DOTALL), field
    return named


def counted(place: FrontOffice, **changed: int) -> dict[str, object]:
    with place.office.store.read() as tx:
        found: dict[str, object] = {count_field(shelf): number for shelf, number in shelves_to_count(tx).items()}
    return {**found, **changed}


def test_stock_is_shown_by_place_with_picture_and_number(keeper: FlaskClient) -> None:
    assert "Belum ada blanko" in keeper.get(HOME).text
    assert "Tercatat: Terima blanko." in receive(keeper)
    page = done(keeper, "bagikan", place_kind="van", place_number="1", first="A001", last="A004")
    for name, number in (("Gudang kantor", 16), ("Mobil 1", 4)):
        found = re.search(rf'data-place="{name}">(.*?)</section>', page, re.DOTALL)
        assert found is not None
        assert "<svg" in found[1]
        assert f"<dd>{number}</dd>" in found[1]
    assert "belum cukup data" in page
    page = done(keeper, "kembalikan", place_kind="van", place_number="1", first="A001", last="A004")
    assert "Mobil 1" not in page


def test_every_mistake_of_a_delivery_stands_beside_its_field(place: FrontOffice, keeper: FlaskClient) -> None:
    receive(keeper)
    answer = send(keeper, "terima", batch="", first="A020", last="A022", count="dua", more="A024 A025\nfoo")
    assert wrong_fields(answer) == {"batch", "last", "count", "more"}
    for sentence in ("Nomor blanko sudah ada di buku: A020.", "Ada nomor yang terlewat: A023.", "terakhir: foo."):
        assert sentence in answer.text
    assert 'value="A022"' in answer.text, "what was typed is still there"
    assert wrong_fields(send(keeper, "terima", batch="SJ-1", first="A021", last="A022", count="x")) == {"count"}
    with place.office.store.read() as tx:
        assert blanks.balance(tx) == ({"received": 20}, None)


def test_the_days_end_on_the_pages(place: FrontOffice, keeper: FlaskClient) -> None:
    receive(keeper)
    page = keeper.get(f"{HOME}/hitung")
    assert forms(page) >= {"count_blanks"}
    assert not re.search(r"\b20\b", page.text.partition("<main")[2]), "who counts is not told what to find"
    assert "Hitung stok" in keeper.get(f"{HOME}/tutup").text
    assert wrong_fields(send(keeper, "hitung", n_kantor="", n_kantor_kartu="0", n_kantor_rusak="x")) == {
        "n_kantor", "n_kantor_rusak",
    }  # fmt: skip
    done(keeper, "hitung", **counted(place, n_kantor=19))
    assert wrong_fields(send(keeper, "tutup", reason="")) == {"reason"}
    page = done(keeper, "tutup", reason="Satu keping dicari.")
    assert "Tercatat" not in page
    assert "dihitung 19, menurut buku 20" in page
    assert "sign_day" not in page
    kasi = at_desk(place, Role.KASI)
    assert "sign_day" in forms(kasi.get(HOME))
    assert "Hari ini sudah ditutup." in done(kasi, "setujui")
    assert send(kasi, "setujui").status_code == 422
    assert "Hari ini sudah ditutup." in keeper.get(f"{HOME}/hitung").text
    assert send(keeper, "hitung", **counted(place)).status_code == 422


def test_waste_is_sealed_and_burnt_on_the_pages(place: FrontOffice, keeper: FlaskClient) -> None:
    receive(keeper)
    for slug in ("segel", "musnahkan"):
        assert not forms(keeper.get(f"{HOME}/{slug}")) & {"seal_blanks", "destroy_blanks"}
    done(keeper, "rusak", first="A001", last="A002", cause="CACAT_PABRIK")
    assert wrong_fields(send(keeper, "segel", serials="A001")) == {"seal"}
    assert 'value="A001" checked' in send(keeper, "segel", serials="A001").text
    done(keeper, "segel", serials=["A001", "A002"], seal="SG-1")
    today = place.office.today().isoformat()
    sent = {"seals": "SG-1", "number": "470/1/BA", "date": today, "place": "Halaman", "witness_1": "Andi"}
    assert wrong_fields(send(keeper, "musnahkan", **sent)) == {"office_1", "witness_2", "office_2"}
    sent |= {"office_1": "Polsek", "office_2": "Satpol PP"}
    assert wrong_fields(send(keeper, "musnahkan", **sent, witness_2="andi")) == {"witness_2"}
    page = done(keeper, "musnahkan", **sent, witness_2="Sri")
    assert "470/1/BA" in page
    assert "sedang dibuat" in page
    assert keeper.get(f"{HOME}/berita-acara?nomor=470/1/BA").status_code == 404
    with place.office.store.write() as tx:
        found = stock_books.destruction(tx, "470/1/BA")
        assert found is not None
        blob = place.office.vault.put("minutes:470/1/BA", found.wrapped_key, b"%PDF-")
        stock_books.keep_paper(tx, found.number, blob, "-")
    answer = keeper.get(f"{HOME}/berita-acara?nomor=470/1/BA")
    assert (answer.data, answer.mimetype) == (b"%PDF-", "application/pdf")
    month = keeper.get(f"{HOME}/laporan").text
    assert re.search(r'data-line="Rusak"><td[^>]*>Rusak</td><td[^>]*>2<', month)
    assert "470/1/BA" in month
    assert "Laporan blanko Februari 2026" in keeper.get(f"{HOME}/laporan?bulan=2026-02").text
    for odd in ("2026-13", "x", "", "9999-12", "2026-02-01", "\u0662026-02"):
        assert keeper.get(f"{HOME}/laporan", query_string={"bulan": odd}).status_code == 200


def test_one_blank_is_found_by_its_number(keeper: FlaskClient) -> None:
    receive(keeper)
    page = keeper.get(f"{HOME}/nomor?nomor=A003").text
    assert "Blanko A003" in page
    assert "SJ-1" in page
    answer = keeper.get(f"{HOME}/nomor", query_string={"nomor": "<b>A999</b>"})
    assert answer.status_code == 404
    assert "tidak ada di buku" in answer.text
    assert "<b>A999" not in answer.text


@pytest.mark.parametrize("role", sorted({Role.PETUGAS, Role.KASI, Role.OPERATOR, Role.KADIS, Role.PEREKAM}))
def test_who_is_not_the_keeper_sees_stock_and_no_forms_of_his(place: FrontOffice, role: Role) -> None:
    client = at_desk(place, role)
    found = forms(client.get(HOME))
    assert not found & {name for name in LEDGER_ACTS if name != "sign_day"}
    for slug, one in BLANK_ACTS.items():
        if role not in one.roles:
            assert send(client, slug).status_code == 403
            assert client.get(f"{HOME}/{slug}").status_code == 403
    assert client.get(f"{HOME}/laporan").status_code == 200
    assert client.get(f"{HOME}/nothing").status_code == 404


def test_every_act_of_the_ledger_has_its_page_and_no_page_needs_a_script(keeper: FlaskClient) -> None:
    assert {one.act.name for one in BLANK_ACTS.values()} == set(LEDGER_ACTS)
    receive(keeper)
    for slug in PAGES:
        page = keeper.get(f"{HOME}/{slug}").text
        assert f'action="{HOME}/{slug}"' in page or "empty" in page
        assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=", page)


def test_nobody_without_a_session_sees_the_ledger(place: FrontOffice) -> None:
    client = place.app("officer").test_client()
    for address in (HOME, *(f"{HOME}/{slug}" for slug in (*PAGES, "nomor", "laporan", "berita-acara"))):
        assert client.get(address).headers["Location"].startswith("/petugas/masuk"), address
