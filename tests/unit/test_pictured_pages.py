"""Every page has its picture in `docs/screens`, or is named here as having none, with the reason."""

from __future__ import annotations

from pathlib import Path

from front_office import FrontOffice, sign_in

from appliance.casework.roles import Role

SCREENS = Path(__file__).parents[2] / "docs" / "screens"
PICTURED = {
    "/": "kiosk-home",
    "/bantuan": "resident/id/help",
    "/lapor/<slug>": "resident/id/condition",
    "/lapor/bukti": "resident/id/receipt",
    "/lapor/periksa": "resident/id/check",
    "/lapor/tidak-setuju": "resident/id/consent-refused",
    "/nomor": "resident/id/queue",
    "/nomor/anda": "resident/id/number",
    "/nomor/dahulukan": "resident/id/who-goes-first",
    "/periksa": "resident/id/documents",
    "/periksa/hasil": "resident/id/document",
    "/periksa/tunggu": "resident/id/hold-a-document",
    "/sambutan": "resident/id/attract",
    "/tutup": "resident/id/closed",
    "/ukuran": "technician/measure",
    "/status": "resident/id/find",
    "/status/berkas": "resident/id/status",
    "/status/bukti": "resident/id/hold-a-slip",
    "/status/kode": "resident/id/code",
    "/status/surat/<slug>": "resident/id/letter",
    "/status/surat/meja": "resident/id/letter-unread",
    "/status/tanpa-kode": "resident/id/no-code",
    "/petugas/": "officer/work-list",
    "/petugas/audit": "officer/audit",
    "/petugas/blanko": "officer/blanks",
    "/petugas/blanko/<slug>": "officer/blanks-bagikan",
    "/petugas/blanko/laporan": "officer/blank-month",
    "/petugas/blanko/nomor": "officer/blank",
    "/petugas/jari-petugas": "officer/fingers",
    "/petugas/kasus/<case_id>": "officer/case",
    "/petugas/kasus/<case_id>/jari/<int:resident>": "officer/ten-fingers",
    "/petugas/kasus/<case_id>/siak": "officer/siak",
    "/petugas/laporan/kunjungan": "officer/visits",
    "/petugas/belum-diambil": "officer/uncollected",
    "/petugas/kasus/<case_id>/potret/<int:resident>": "officer-portrait",
    "/petugas/kasus/<case_id>/surat/<mark>": "officer/paper-camera",
    "/petugas/kasus/<case_id>/tanda-tangan/<int:resident>": "officer/signature",
    "/petugas/kumpulan": "officer/batch",
    "/petugas/kunjungan": "officer/kiosk-visit",
    "/petugas/kiriman": "officer/outbox",
    "/petugas/laporan": "officer/month",
    "/petugas/masuk": "officer/sign-in",
    "/petugas/pejabat": "officer/officials",
    "/petugas/periksa": "officer/document-check",
    "/petugas/retensi": "officer/retention",
    "/petugas/tanda-tangan": "officer/sign-batch-drafts",
    "/teknisi/": "technician/kesiapan",
    "/teknisi/alat/<name>": "technician/alat",
    "/teknisi/catatan": "technician/catatan",
    "/teknisi/coba": "technician/coba",
    "/teknisi/coba/<device>": "technician/coba-kamera-hasil",
    "/teknisi/daftar-periksa": "technician/daftar-periksa",
    "/teknisi/gangguan": "technician/gangguan",
    "/teknisi/layar": "technician/layar",
    "/teknisi/perawatan": "technician/perawatan",
    "/teknisi/pembaruan": "technician/pembaruan",
    "/teknisi/mesin": "technician/mesin",
    "/teknisi/masuk": "technician/masuk",
}
"""A page that answers GET, and a picture of it."""
NO_PICTURE: dict[str, str] = {}
"""A page without a picture, and why."""
NO_PAGE = {
    "/healthz": "JSON",
    "/hidup": "nothing",
    "/langsung": "events",
    "/lapor": "leads to the first question",
    "/nomor/suara": "sound",
    "/suara": "sound",
    "/suara/contoh": "sound",
    "/suara/kata": "sound",
    "/suara/masih": "sound",
    "/static/<path:filename>": "files",
    "/petugas/blanko/berita-acara": "a paper",
    "/petugas/kasus/<case_id>.json": "JSON",
    "/petugas/kasus/<case_id>/dokumen/<document_id>": "a paper",
    "/petugas/blanko/laporan.pdf": "a paper",
    "/petugas/blanko/tutup-hari.pdf": "a paper",
    "/petugas/kasus/<case_id>/formulir/<kind>": "a paper",
    "/petugas/kasus/<case_id>/paket/<int:resident>": "a file",
    "/petugas/kasus/<case_id>/jari/<int:resident>/lihat": "a picture",
    "/petugas/kasus/<case_id>/potret/<int:resident>/lihat": "a picture",
    "/petugas/kasus/<case_id>/surat/<mark>/lihat": "a picture",
    "/petugas/kumpulan.json": "JSON",
    "/petugas/langsung": "events",
    "/petugas/audit.csv": "a table",
    "/petugas/laporan.csv": "a table",
    "/petugas/laporan.pdf": "a paper",
    "/petugas/laporan/kunjungan.csv": "a table",
    "/teknisi/coba/<device>/gambar": "a picture",
    "/teknisi/keadaan.json": "JSON",
    "/teknisi/kesiapan.pdf": "a paper",
    "/teknisi/langsung": "events",
}
"""What answers GET with something else."""


def test_every_page_has_its_picture_or_a_reason_for_having_none(place: FrontOffice) -> None:
    rules = place.app("resident", "officer", "technician").url_map.iter_rules()
    asked = {rule.rule for rule in rules if "GET" in (rule.methods or ()) and not rule.rule.startswith("/api")}
    told = [*PICTURED, *NO_PICTURE, *NO_PAGE]
    assert len(told) == len(set(told))
    assert sorted(asked - set(told)) == [], "neither picture nor reason"
    assert sorted(set(told) - asked) == [], "no such page"


def test_every_picture_of_a_page_is_there() -> None:
    pictures = {str(picture.relative_to(SCREENS).with_suffix("")) for picture in SCREENS.rglob("*.png")}
    assert sorted(set(PICTURED.values()) - pictures) == []
    assert len(set(PICTURED.values())) == len(PICTURED)


def test_what_is_no_page_answers_with_none(place: FrontOffice) -> None:
    client = place.app("resident", "officer", "technician").test_client()
    sign_in(client, Role.KASI)
    for address in (rule for rule in NO_PAGE if "<" not in rule and "langsung" not in rule):
        answer = client.get(address)
        assert answer.status_code != 200 or b"<main" not in answer.data, address
