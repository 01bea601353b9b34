"""Stopped work on the pages: told in words with the one button, which does a real act."""

from __future__ import annotations

import re

from flask.testing import FlaskClient
from front_office import FrontOffice, post, report, sign_in

from appliance.casework.roles import Role
from appliance.clock import utc_millis
from appliance.diagnostics.board import DeviceReading
from appliance.queue import jobs
from appliance.queue.jobs import Job
from appliance.records import audit, cases

KEY = "print-kk:c"


def client_of(place: FrontOffice, role: Role, face: str = "petugas") -> FlaskClient:
    client = place.app("officer" if face == "petugas" else "technician").test_client()
    assert sign_in(client, role, face).status_code == 303
    return client


def stopped(place: FrontOffice, fault: str, kind: str = "print-kk", lane: str = "document_printer") -> str:
    """A case with a job that this fault holds; the case's id."""
    report(place.app("resident").test_client())
    case = place.services.desk.work_list(place.actor(Role.PETUGAS)).rows[0].case_id
    with place.office.store.write() as tx:
        jobs.put(tx, lane, kind, KEY, case_id=case, position=0)
        jobs.hold(tx, job_in(place, tx), fault)
    return case


def job_in(place: FrontOffice, tx: object) -> Job:
    job = jobs.by_key(tx, KEY)  # type: ignore[arg-type]
    assert job is not None
    return job


def job(place: FrontOffice) -> Job:
    with place.office.store.read() as tx:
        return job_in(place, tx)


def audited(place: FrontOffice, event: str) -> int:
    with place.office.store.read() as tx:
        return len(audit.newest(tx, event, 10))


def test_nothing_stopped_is_said_so(place: FrontOffice) -> None:
    assert "Pekerjaan mesin yang berhenti" not in client_of(place, Role.PETUGAS).get("/petugas/").text
    assert "Tidak ada pekerjaan yang berhenti." in client_of(place, Role.TEKNISI, "teknisi").get("/teknisi/").text


def test_stopped_work_stands_in_the_work_list_and_on_its_case_with_one_button(place: FrontOffice) -> None:
    case = stopped(place, "printer.media-empty")
    client = client_of(place, Role.OPERATOR)
    for page in (client.get("/petugas/").text, client.get(f"/petugas/kasus/{case}").text):
        assert page.count('data-act="retry_job"') == 1
        assert "Lembar KK belum tersentuh" in page and "yang bertindak: petugas" in page and "sejak" in page
    before = place.services.desk.pulse()
    answer = post(client, "/petugas/", f"/petugas/kasus/{case}/retry_job", job=KEY)
    assert answer.status_code == 303
    assert job(place).state == "ready" and audited(place, "job-retry-init") == 1
    assert place.services.desk.pulse() != before, "an open work list must hear of it"
    assert client.post(f"/petugas/kasus/{case}/retry_job", data={"job": KEY}).status_code == 400, "no CSRF token"


def test_the_technician_is_called_once_and_sets_it_going(place: FrontOffice) -> None:
    case = stopped(place, "printer.unreachable")
    desk, bench = client_of(place, Role.OPERATOR), client_of(place, Role.TEKNISI, "teknisi")
    assert "Panggil teknisi" in desk.get("/petugas/").text
    call = f"/petugas/kasus/{case}/call_technician"
    assert post(desk, "/petugas/", call, job=KEY).status_code == 303
    assert post(desk, "/petugas/", call, job=KEY).status_code == 422
    assert audited(place, "technician-call-init") == 1
    page = bench.get("/teknisi/").text
    assert "teknisi dipanggil pukul" in page and "Sudah diperbaiki, coba lagi" in page
    assert case not in page and "SG-" not in page, "no case on the technician's page"
    assert post(bench, "/teknisi/", "/teknisi/pekerjaan", job=job(place).id).status_code == 303
    assert job(place).state == "ready"
    assert post(bench, "/teknisi/", "/teknisi/pekerjaan", job=job(place).id).status_code == 422


def test_a_device_that_is_well_again_is_simply_tried_again(place: FrontOffice) -> None:
    case = stopped(place, "printer.unreachable")
    client = client_of(place, Role.OPERATOR)
    address = f"/petugas/kasus/{case}"

    def helps() -> str:
        """What the case's data says; its page must offer the same, or who follows the data meets a refusal."""
        (told,) = (one["trouble"] for one in client.get(f"{address}.json").get_json()["jobs"] if one["trouble"])
        assert f'data-act="{told["help"]}"' in client.get(address).text
        return str(told["help"])

    assert helps() == "call_technician"
    now = utc_millis()
    place.devices.append(DeviceReading("document_printer", "ok", since=now, asked=now))
    assert helps() == "retry_job"
    page = client.get("/petugas/").text
    assert "Coba lagi" in page and "Panggil teknisi" not in page


def test_work_is_given_up_only_with_its_cause(place: FrontOffice) -> None:
    case = stopped(place, "printer.media-jam")
    client = client_of(place, Role.OPERATOR)
    address, page = f"/petugas/kasus/{case}/give_up_job", f"/petugas/kasus/{case}"
    assert post(client, page, address, job=KEY, reason="").status_code == 422
    assert job(place).state == "hold"
    assert post(client, page, address, job=KEY, reason="Printer dibawa").status_code == 303
    assert (job(place).state, job(place).detail) == ("dead", "Printer dibawa")
    assert 'data-job="print-kk"' not in client.get(page).text


def test_what_may_never_be_tried_again_has_no_such_button_and_refuses_it(place: FrontOffice) -> None:
    case = stopped(place, "chip_encoder.card_full", "encode", "encoder")
    client = client_of(place, Role.OPERATOR)
    page = client.get(f"/petugas/kasus/{case}").text
    assert "Nyatakan kartu rusak" in page and 'data-act="retry_job"' not in page
    assert post(client, "/petugas/", f"/petugas/kasus/{case}/retry_job", job=KEY).status_code == 422
    assert post(client, "/petugas/", f"/petugas/kasus/{case}/give_up_job", job=KEY, reason="x").status_code == 422
    assert job(place).state == "hold"


def test_a_worker_that_hangs_is_shown_live_and_its_job_taken_from_it(place: FrontOffice) -> None:
    report(place.app("resident").test_client())
    with place.office.store.write() as tx:
        jobs.put(tx, "camera", "capture-photo", KEY)
    before = place.services.desk.pulse()
    taken = jobs.claim(place.office.store, "camera", "old")
    assert taken is not None and place.services.desk.pulse() == before
    with place.office.store.write() as tx:
        tx.sql.exec_driver_sql("UPDATE job SET changed_at = changed_at - 600000")
    assert place.services.desk.pulse() != before, "time alone makes it trouble"
    bench = client_of(place, Role.TEKNISI, "teknisi")
    assert re.search(r'data-stopped="capture-photo" data-why="silent"', bench.get("/teknisi/").text)
    assert post(bench, "/teknisi/", "/teknisi/pekerjaan", job=taken.id).status_code == 303
    assert job(place).state == "ready" and audited(place, "job-revoke-init") == 1


def test_only_who_may_sign_is_led_to_the_passphrase_the_others_are_told_who_is_waited_for(place: FrontOffice) -> None:
    case = stopped(place, "esign.passphrase_needed", "sign", "esign")
    with place.office.store.write() as tx:
        cases.change(tx, cases.get(tx, case), state="TTE_KADIS")
    for role in (Role.KADIS, Role.KASI, Role.PETUGAS):
        client = client_of(place, role)
        own = role is Role.KADIS
        for page in (client.get("/petugas/").text, client.get(f"/petugas/kasus/{case}").text):
            assert ("Ketik frasa sandi<" in page) is own, role
            assert ("#f-sign-passphrase" in page) is own, role
            assert ("Menunggu Kepala Dinas mengetik frasa sandinya." in page) is not own, role
        assert ('id="f-sign-passphrase"' in client.get(f"/petugas/kasus/{case}").text) is own, role
