"""The faces by HTTP: what a listener shows, who may do what, and what every answer carries."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from front_office import ANSWERS, PIN, FrontOffice, case_file, forms, post, report, sign_in, token

from appliance.casework.roles import Role
from appliance.diagnostics.board import DeviceReading
from appliance.kiosk_ui.live import Pulse, Streams
from appliance.kiosk_ui.officer.acts import ACTS, fields_of, may_ever
from appliance.kiosk_ui.resident.questions import NOT_KNOWN
from appliance.office.acts import ACTS as OFFICE_ACTS
from appliance.records import cases


def reported(place: FrontOffice) -> tuple[str, str]:
    """Code and id of a case just reported at the kiosk."""
    code = report(place.app("resident").test_client())
    (row,) = place.services.desk.work_list(place.actor(Role.PETUGAS)).rows
    return code, row.case_id


def at_desk(place: FrontOffice, role: Role) -> FlaskClient:
    client = place.app("officer").test_client()
    assert sign_in(client, role).status_code == 303
    return client


def attach(client: FlaskClient, case: str, data: bytes) -> int:
    page = client.get(case)
    upload = {"berkas": (io.BytesIO(data), "berkas.json"), "csrf_token": token(page)}
    return client.post(f"{case}/attach_file", data=upload).status_code


def test_each_listener_has_only_its_faces(place: FrontOffice) -> None:
    officer = place.app("officer").test_client()
    assert officer.get("/lapor").status_code == 404
    assert officer.get("/teknisi/masuk").status_code == 404
    assert officer.get("/").headers["Location"] == "/petugas/"
    resident = place.app("resident").test_client()
    assert resident.get("/petugas/masuk").status_code == 404
    assert resident.get("/").status_code == 200
    with pytest.raises(ValueError, match="faces"):
        place.app("kitchen")


def test_every_answer_carries_the_headers(place: FrontOffice) -> None:
    client = place.app("resident", "officer", "technician").test_client()
    for address in ("/", "/petugas/masuk", "/teknisi/masuk", "/nowhere", "/healthz"):
        headers = client.get(address).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"


def test_unknown_host_is_refused(place: FrontOffice) -> None:
    answer = place.app("resident").test_client().get("/", headers={"Host": "evil.example"})
    assert answer.status_code == 400


def test_post_without_token_is_400_in_our_words(place: FrontOffice) -> None:
    client = place.app("resident").test_client()
    answer = client.post("/status/kode", data={"code": "SG-AAAA-AA"})
    assert answer.status_code == 400
    assert "Halaman ini sudah lama" in answer.text


def test_pages_ask_for_no_other_host_and_have_no_inline_script(place: FrontOffice) -> None:
    client = place.app("resident", "officer", "technician").test_client()
    for address in ("/", "/lapor/setuju", "/status", "/petugas/masuk", "/teknisi/masuk"):
        page = client.get(address).text
        assert not re.search(r'(?:src|href|action)="(?:https?:)?//', page)
        assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=", page)


def test_cookie_holds_a_random_number_only(place: FrontOffice) -> None:
    answer = place.app("resident").test_client().get("/status")
    cookie = answer.headers["Set-Cookie"]
    assert re.fullmatch(r"visit-resident=[\w-]{32}; HttpOnly; Path=/; SameSite=Strict", cookie)


def test_report_gives_a_code_and_the_status_by_it(place: FrontOffice) -> None:
    code, _ = reported(place)
    visitor = place.app("resident").test_client()
    answer = post(visitor, "/status", "/status/kode", code=code.lower().replace("-", " "))
    assert answer.headers["Location"] == "/status/berkas"
    page = visitor.get("/status/berkas").text
    assert 'data-state="DILAPORKAN"' in page
    assert "Bapak tanpa nama" not in page


def test_report_cannot_skip_pages(place: FrontOffice) -> None:
    client = place.app("resident").test_client()
    client.get("/lapor")
    assert client.get("/lapor/kelurahan").headers["Location"] == "/lapor/setuju"
    post(client, "/lapor/setuju", "/lapor/setuju")
    wrong = post(client, "/lapor/pelapor", "/lapor/pelapor", role="presiden")
    assert wrong.status_code == 422
    assert "<title>Galat:" in wrong.text


@pytest.mark.parametrize(
    "place_known", [{"district": "tidak_tahu"}, {"district": "18.72.01", "kelurahan": "tidak_tahu"}]
)
def test_who_does_not_know_reports_all_the_same(place: FrontOffice, place_known: dict[str, str]) -> None:
    client = place.app("resident").test_client()
    client.get("/lapor")
    for slug, values in ANSWERS:
        said = {**values, "legal": "tidak_tahu"} if slug == "tempat" else values
        if slug in {"kecamatan", "kelurahan"}:
            said = {name: value for name, value in place_known.items() if name in values}
        if slug == "kelurahan" and not said:
            continue
        assert post(client, f"/lapor/{slug}", f"/lapor/{slug}", **said).status_code == 303, slug
    assert "Tidak tahu" in client.get("/lapor/periksa").text
    assert post(client, "/lapor/periksa", "/lapor/periksa").headers["Location"] == "/lapor/bukti"
    code = re.search(r"SG-\w{4}-\w{2}", client.get("/lapor/bukti").text)
    assert code
    with place.office.store.read() as tx:
        record = cases.by_code(tx, code[0])
    assert (record.report["kelurahan"], record.category.legal) == ("", "none")
    officer = place.app("officer").test_client()
    sign_in(officer, Role.PETUGAS)
    assert code[0] in officer.get("/petugas/").text


def test_finish_wipes_the_visit(place: FrontOffice) -> None:
    client = place.app("resident").test_client()
    post(client, "/lapor/setuju", "/lapor/setuju")
    assert client.get("/lapor/pelapor").status_code == 200
    post(client, "/lapor/pelapor", "/selesai")
    assert client.get("/lapor/pelapor").headers["Location"] == "/lapor/setuju"


def test_guessing_case_codes_is_slowed(place: FrontOffice) -> None:
    client = place.app("resident").test_client()
    answers = [post(client, "/status", "/status/kode", code="SG-AAAA-AA").status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]


def test_wrong_pin_and_lock_out(place: FrontOffice) -> None:
    client = place.app("officer").test_client()
    tries = [post(client, "/petugas/masuk", "/petugas/masuk", user="kasi", pin="000000") for _ in range(6)]
    assert [answer.status_code for answer in tries] == [422] * 5 + [429]
    assert "Terlalu banyak PIN salah" in tries[-1].text
    assert PIN not in tries[-1].text


def test_nobody_signed_in_sees_a_case(place: FrontOffice) -> None:
    _, case_id = reported(place)
    client = place.app("officer").test_client()
    assert client.get(f"/petugas/kasus/{case_id}").headers["Location"] == "/petugas/masuk"
    assert client.get(f"/petugas/kasus/{case_id}.json").status_code == 401


def test_technician_gets_no_cases_and_officers_no_workshop(place: FrontOffice) -> None:
    client = place.app("officer", "technician").test_client()
    assert sign_in(client, Role.TEKNISI).status_code == 403
    assert sign_in(client, Role.KASI, "teknisi").status_code == 403
    assert sign_in(client, Role.TEKNISI, "teknisi").status_code == 303
    assert client.get("/teknisi/").status_code == 200
    assert client.get("/petugas/").status_code == 403


def test_role_that_may_never_do_an_act_is_403(place: FrontOffice) -> None:
    _, case_id = reported(place)
    kasi = at_desk(place, Role.KASI)
    case = f"/petugas/kasus/{case_id}"
    assert post(kasi, case, f"{case}/pass_check").status_code == 403
    assert post(kasi, case, f"{case}/verify").status_code == 422
    assert post(kasi, case, f"{case}/make_coffee").status_code == 404


def test_file_return_letter_and_check_by_forms(place: FrontOffice) -> None:
    code, case_id = reported(place)
    petugas = at_desk(place, Role.PETUGAS)
    case = f"/petugas/kasus/{case_id}"
    assert "attach_file" in forms(petugas.get(case))
    assert attach(petugas, case, b"{}") == 422
    assert attach(petugas, case, case_file()) == 303
    page = petugas.get(case)
    assert "pass_check" not in forms(page)
    assert "return_file" in forms(page)
    nothing = post(petugas, case, f"{case}/return_file")
    assert nothing.status_code == 422
    assert "Pilih alasan." in nothing.text
    done = post(
        petugas, case, f"{case}/return_file", items="SK_DINSOS", reason="SURAT_KURANG", note="Minta di Dinsos."
    )
    assert done.status_code == 303
    visitor = place.app("resident").test_client()
    post(visitor, "/status", "/status/kode", code=code)
    assert "Surat Keterangan Dinas Sosial" in visitor.get("/status/berkas").text
    for slug, values in (
        ("surat", {"kind": "SK_DINSOS"}),
        ("nomor", {"number": "460/72/DINSOS/2026"}),
        ("tanggal", {"date_day": "6", "date_month": "10", "date_year": "2026"}),
        ("penerbit", {"issuer": "Dinas Sosial"}),
        ("penanda-tangan", {"skip": "1"}),
    ):
        assert "Surat diterima" not in visitor.get("/status/berkas").text
        assert post(visitor, f"/status/surat/{slug}", f"/status/surat/{slug}", **values).status_code == 303
    assert "Surat diterima" in visitor.get("/status/berkas").text
    with place.office.store.read() as tx:
        *_, letter = cases.letters(tx, cases.by_code(tx, code).id)
    assert letter["signer"] == NOT_KNOWN
    state = petugas.get(f"{case}.json").get_json()
    assert state["state"] == "CEK_KELENGKAPAN"
    assert "pass_check" in state["acts"]
    assert post(petugas, case, f"{case}/pass_check", opened_at="0").status_code == 303
    assert petugas.get(f"{case}.json").get_json()["state"] == "VERIFIKASI_KASI"
    assert "verify" in forms(at_desk(place, Role.KASI).get(case))


def test_case_json_holds_no_names_and_no_numbers(place: FrontOffice) -> None:
    _, case_id = reported(place)
    petugas = at_desk(place, Role.PETUGAS)
    attach(petugas, f"/petugas/kasus/{case_id}", case_file())
    text = petugas.get(f"/petugas/kasus/{case_id}.json").text
    assert "SUGENG" not in text
    assert "KENANGA" not in text


def test_blanks_are_received_by_the_store_keeper_only(place: FrontOffice) -> None:
    delivery = {"batch": "SJ-1", "first": "A00001", "last": "A00010"}
    keeper = at_desk(place, Role.GUDANG)
    assert post(keeper, "/petugas/blanko", "/petugas/blanko/terima", **delivery).status_code == 303
    assert 'data-blank="received"' in keeper.get("/petugas/blanko").text
    again = post(keeper, "/petugas/blanko", "/petugas/blanko/terima", **delivery)
    assert again.status_code == 422
    assert "sudah ada di buku" in again.text
    operator = at_desk(place, Role.OPERATOR)
    assert post(operator, "/petugas/blanko", "/petugas/blanko/terima", **delivery).status_code == 403


def test_store_keeper_sees_blanks_and_no_case(place: FrontOffice) -> None:
    _, case_id = reported(place)
    keeper = at_desk(place, Role.GUDANG)
    assert keeper.get("/petugas/").headers["Location"] == "/petugas/blanko"
    for address in (
        f"/petugas/kasus/{case_id}",
        f"/petugas/kasus/{case_id}.json",
        f"/petugas/langsung?kasus={case_id}",
    ):
        assert keeper.get(address).status_code == 403


def test_every_act_of_the_office_has_a_form() -> None:
    unknown = {name for name in OFFICE_ACTS if fields_of(name) is None}
    assert unknown == set()
    assert set(ACTS) - set(OFFICE_ACTS) == set()
    orphans = {name for name in ACTS if not any(may_ever(role, name) for role in Role)}
    assert orphans == set()


def test_home_says_before_a_resident_starts_what_does_not_work(place: FrontOffice) -> None:
    now = place.services.clock()
    place.devices += [
        DeviceReading("document_printer", "ok", asked=now),
        DeviceReading("chip_encoder", "down", ("chip_encoder.unreachable",), asked=now),
    ]
    page = place.app("resident").test_client().get("/").text
    assert "KTP-el sedang tidak bisa dibuat di sini" in page
    assert re.search(r'class="down" data-service="ktp"', page)
    assert re.search(r'class="ok" data-service="kk"', page)
    assert "chip_encoder" not in page


def test_a_device_not_asked_lately_is_unknown_never_its_old_green(place: FrontOffice) -> None:
    place.devices.append(DeviceReading("camera", "ok", asked=place.services.clock() - 60_000))
    client = place.app("technician").test_client()
    sign_in(client, Role.TEKNISI, "teknisi")
    assert client.get("/teknisi/keadaan.json").get_json()["verdict"] == "unknown"
    assert 'data-verdict="unknown"' in client.get("/teknisi/").text


def test_help_reaches_the_officers(place: FrontOffice) -> None:
    post(place.app("resident").test_client(), "/", "/bantuan")
    petugas = at_desk(place, Role.PETUGAS)
    assert "answer_call" in forms(petugas.get("/petugas/"))
    post(petugas, "/petugas/", "/petugas/panggilan", place="kios")
    assert "answer_call" not in forms(petugas.get("/petugas/"))


def test_stream_sends_the_whole_state_and_a_new_one_ends_the_old(place: FrontOffice) -> None:
    streams = Streams(heartbeat=0.01, pulse=Pulse(), devices=tuple)
    state = {"n": 1}
    first = iter(streams.stream("visit", "tab", streams.mark(), lambda: state).response)
    assert next(first) == b"retry: 1000\n\n"
    assert next(first) == b'data: {"n":1}\n\n'
    assert next(first) == b"event: beat\ndata:\n\n"
    state["n"] = 2
    assert next(first) == b'data: {"n":2}\n\n'
    second = iter(streams.stream("visit", "tab", streams.mark(), lambda: state).response)
    assert list(first) == []
    assert next(second) == b"retry: 1000\n\n"
    assert len(streams) == 1
    other = iter(streams.stream("visit", "another tab", streams.mark(), lambda: state).response)
    assert next(other) == b"retry: 1000\n\n"
    assert len(streams) == 2


def test_what_changed_before_the_first_word_is_called_stale_once() -> None:
    pulse, devices, state = Pulse(), ["ok"], {"n": 1}
    streams = Streams(heartbeat=0.01, pulse=pulse, devices=lambda: tuple(devices))

    def words(mark: str, count: int, between: Callable[[], None] = lambda: None) -> list[bytes]:
        line = iter(streams.stream("visit", "tab", mark, lambda: state).response)
        opened = [next(line) for _ in range(2)][1:]
        between()
        return opened + [next(line) for _ in range(count - 1)]

    said, beat, stale = b'data: {"n":1}\n\n', b"event: beat\ndata:\n\n", b"event: stale\ndata:\n\n"
    fresh = streams.mark()
    assert words(fresh, 3) == [said, beat, beat]
    assert words(fresh, 3, pulse.beat) == [said, stale, beat], "the beat came after the state that it was of"
    assert words(fresh, 4) == [said, stale, beat, beat], "the beat came between page and line"
    fresh = streams.mark()
    devices[0] = "down"
    assert words(fresh, 3) == [said, stale, beat]
    assert words(streams.mark(), 2, lambda: state.update(n=2)) == [said, b'data: {"n":2}\n\n']


def test_too_large_and_broken_have_pages_of_our_own(place: FrontOffice) -> None:
    client = place.app("resident").test_client()
    answer = client.post("/status/kode", data={"code": "A" * (5 * 1024 * 1024)})
    assert answer.status_code == 413
    assert "lebih besar dari 4 MB" in answer.text
    place.devices.append(None)  # type: ignore[arg-type]
    app = place.app("resident")
    app.logger.disabled = True
    answer = app.test_client().get("/")
    assert answer.status_code == 500
    assert "Yang sudah disimpan tetap aman" in answer.text
    assert "Traceback" not in answer.text


def test_screen_locks_when_nobody_is_there(place: FrontOffice) -> None:
    now = [place.services.clock()]
    place.services = replace(place.services, clock=lambda: now[0])
    client = at_desk(place, Role.KASI)
    now[0] += 299_000
    assert client.get("/petugas/").status_code == 200
    now[0] += 299_000
    assert client.get("/petugas/", headers={"X-Live": "1"}).status_code == 200
    now[0] += 2_000
    assert client.get("/petugas/").headers["Location"] == "/petugas/masuk?terkunci"
    assert client.get("/petugas/").headers["Location"] == "/petugas/masuk"


def test_signed_out_session_is_worth_nothing(place: FrontOffice) -> None:
    client = at_desk(place, Role.KASI)
    stolen = client.get_cookie("visit-officer")
    assert stolen is not None
    assert post(client, "/petugas/", "/petugas/keluar").status_code == 303
    client.set_cookie("visit-officer", stolen.value)
    assert client.get("/petugas/").headers["Location"] == "/petugas/masuk"


def test_documents_open_and_fingers_never_do(place: FrontOffice) -> None:
    _, case_id = reported(place)
    store, vault = place.office.store, place.office.vault
    with store.write() as tx:
        key = cases.get(tx, case_id).wrapped_key
        rows = {}
        for kind, data in (("kk_draft", b"%PDF-1.7\n"), ("finger", b"\x89PNG\r\n"), ("template", b"FMR\0")):
            rows[kind] = cases.add_evidence(tx, case_id, kind, position=0, blob=vault.put(case_id, key, data)).id
    client = at_desk(place, Role.KASI)
    shown = client.get(f"/petugas/kasus/{case_id}/dokumen/{rows['kk_draft']}")
    assert (shown.status_code, shown.mimetype, shown.data) == (200, "application/pdf", b"%PDF-1.7\n")
    for kind in ("finger", "template"):
        assert client.get(f"/petugas/kasus/{case_id}/dokumen/{rows[kind]}").status_code == 404


def test_a_case_is_searched_for_without_its_words_in_the_address(place: FrontOffice) -> None:
    code, case_id = reported(place)
    client = at_desk(place, Role.KASI)
    found = post(client, "/petugas/", "/petugas/cari", cari=code.lower().replace("-", " "))
    assert (found.status_code, found.headers["Location"]) == (303, f"/petugas/kasus/{case_id}")
    nobody = post(client, "/petugas/", "/petugas/cari", cari="9972010107710001")
    assert nobody.status_code == 200
    assert "Tidak ada berkas yang cocok" in nobody.text and 'value="9972010107710001"' in nobody.text
    assert client.get("/petugas/cari").status_code == 405
    assert client.post("/petugas/cari", data={"cari": code}).status_code == 400, "no token"
    keeper = at_desk(place, Role.GUDANG)
    page = keeper.get("/petugas/blanko")
    refused = keeper.post("/petugas/cari", data={"cari": code, "csrf_token": token(page)})
    assert refused.status_code == 403


def test_the_work_list_has_pages_steps_and_the_case_to_go_on_with(place: FrontOffice) -> None:
    kiosk = place.app("resident").test_client()
    for _ in range(51):
        report(kiosk)
    client = at_desk(place, Role.PETUGAS)
    first = client.get("/petugas/")
    assert first.text.count("data-case=") == 50
    assert "51 giliran Anda" in first.text and "Halaman 1 dari 2" in first.text
    oldest = re.search(r'data-case="([^"]+)"', first.text)
    assert oldest and f'href="/petugas/kasus/{oldest[1]}">' in first.text.partition("<table")[0]
    second = client.get("/petugas/?halaman=2")
    assert second.text.count("data-case=") == 1 and "Kerjakan berikutnya" not in second.text
    assert client.get("/petugas/?langkah=2").text.count("data-case=") == 50
    assert "Tidak ada berkas di langkah 5" in client.get("/petugas/?langkah=5").text
    for odd in ("?halaman=x", "?halaman=-3", "?halaman=999", "?langkah=77", "?langkah=x"):
        assert client.get(f"/petugas/{odd}").status_code == 200


def test_work_list_pulse_changes_with_a_new_report(place: FrontOffice) -> None:
    before = place.services.desk.pulse()
    reported(place)
    assert place.services.desk.pulse() != before
