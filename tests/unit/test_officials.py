"""Plh. and Plt.: within their days by their decree, named as such, and never two links of one case by one person."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from counter import Counter, open_counter
from front_office import PIN, open_office, post, sign_in

from appliance.casework.roles import SYSTEM, Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.office import officials as own
from appliance.office.acts import ACTS
from appliance.records import accounts, audit, officials
from appliance.records.officials import Appointment

DECREE = "800.1.3/112/2026"
NIK, NIP = "9972015203720002", "197203121998032001"


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    found = open_counter(tmp_path)
    for role in (Role.KASI, Role.KABID, Role.KADIS):
        accounts.add(found.store, str(role), f"Orang {role}", role, PIN, SYSTEM)
    yield found
    with found.store.read() as tx:
        assert audit.verify(tx)[1] is None
        assert NIK not in "".join(str(one["facts"]) for one in audit.entries(tx))
    found.store.close()


def appointed(
    counter: Counter,
    login: str = "kasi",
    role: Role = Role.KABID,
    since: int = 0,
    until: int = 3,
    title: str = "Plh.",
) -> Appointment:
    today = counter.office.today()
    days = today + timedelta(days=since), today + timedelta(days=until)
    with counter.store.write() as tx:
        return officials.appoint(tx, login, role, title, DECREE, *days, SYSTEM, NIP, NIK)


def signed_in(counter: Counter, login: str) -> tuple[Actor, str]:
    return accounts.sign_in(counter.store, login, PIN, "loket")


def acting(counter: Counter, appointment: Appointment, login: str) -> tuple[Actor, str]:
    _, token = signed_in(counter, login)
    accounts.act_as(counter.store, token, appointment.id)
    found = accounts.who(counter.store, token)
    assert found is not None
    return found, token


def submitted(counter: Counter) -> str:
    case = counter.entered()
    counter.do("submit_draft", Role.OPERATOR, case)
    return case


def newest(counter: Counter, event: str) -> dict[str, object]:
    with counter.store.read() as tx:
        (found,) = audit.newest(tx, event, 1)
    return dict(found)


def test_an_acting_kabid_validates_within_his_days_and_stands_in_the_audit_as_such(counter: Counter) -> None:
    case = submitted(counter)
    actor, _ = acting(counter, appointed(counter), "kasi")
    assert (actor.role, str(actor.acting)) == (Role.KABID, f"Plh. {DECREE}")
    ACTS["validate"](counter.office, actor, case, {})
    assert counter.case(case).state == "TTE_KADIS"
    entry = newest(counter, "case-validate-complete")
    assert str(entry["actor"]).startswith("kabid:")
    assert json.loads(str(entry["facts"]))["acting"] == f"Plh. {DECREE}"


def test_after_his_last_day_he_holds_no_link_even_with_an_open_page(counter: Counter) -> None:
    case = submitted(counter)
    actor, token = acting(counter, appointed(counter, until=1), "kasi")
    counter.clock.go(2 * 24 * 3600)
    with pytest.raises(NotAllowed, match=r"Plh\. Kepala Bidang tidak berlaku hari ini"):
        ACTS["validate"](counter.office, actor, case, {})
    assert counter.case(case).state == "VALIDASI_KABID"
    assert accounts.who(counter.store, token) is None, "the session is over by then"
    counter.clock.go(-24 * 3600)
    renewed = accounts.who(counter.store, signed_in(counter, "kasi")[1])
    assert renewed is not None and renewed.role is Role.KASI


def test_the_session_falls_back_to_his_own_role_when_the_days_are_over(counter: Counter) -> None:
    appointment = appointed(counter)
    _, token = acting(counter, appointment, "kasi")
    with counter.store.write() as tx:
        officials.end(tx, appointment.id, SYSTEM)
    found = accounts.who(counter.store, token)
    assert found is not None and (found.role, found.acting) == (Role.KASI, None)


def test_before_the_first_day_and_for_another_person_nothing_can_be_taken_up(counter: Counter) -> None:
    later = appointed(counter, since=1)
    _, token = signed_in(counter, "kasi")
    with pytest.raises(NotAllowed):
        accounts.act_as(counter.store, token, later.id)
    now = appointed(counter, role=Role.KADIS)
    _, stranger = signed_in(counter, "kabid")
    with pytest.raises(NotAllowed):
        accounts.act_as(counter.store, stranger, now.id)


def test_who_made_the_appointment_up_holds_no_link(counter: Counter) -> None:
    case = submitted(counter)
    actor, _ = acting(counter, appointed(counter), "kasi")
    for wrong in (replace(actor, id="somebody"), replace(actor, role=Role.KADIS)):
        with pytest.raises(NotAllowed, match=r"tidak berlaku hari ini|hanya untuk peran"):
            ACTS["validate"](counter.office, wrong, case, {})


def test_one_person_never_holds_two_links_by_acting(counter: Counter) -> None:
    case = counter.attached()
    counter.do("pass_check", Role.PETUGAS, case)
    own, _ = signed_in(counter, "kasi")
    ACTS["verify"](counter.office, own, case, {})
    counter.do("search_biometrics", Role.PEREKAM, case)
    counter.run("scanner", "centre")
    counter.do("enter_siak", Role.OPERATOR, case)
    counter.run("siak", "render")
    counter.do("submit_draft", Role.OPERATOR, case)
    actor, _ = acting(counter, appointed(counter), "kasi")
    with pytest.raises(NotAllowed, match="harus petugas lain"):
        ACTS["validate"](counter.office, actor, case, {})


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"login": "nobody"}, "Nama pengguna"),
        ({"login": "kabid", "role": Role.KABID}, "sudah memegang"),
        ({"role": Role.OPERATOR}, "hanya untuk Kasi"),
        ({"title": "Wakil"}, "hanya untuk Kasi"),
        ({"decree": " "}, "nomor surat perintah"),
        ({"until": date(2026, 11, 23)}, "Tanggal selesai"),
        ({"nik": "123"}, "NIP dan NIK"),
        ({"nip": ""}, "NIP dan NIK"),
    ],
)
def test_an_appointment_that_cannot_be_is_refused(counter: Counter, changes: dict[str, object], match: str) -> None:
    today = counter.office.today()
    values = {
        "login": "kabid", "role": Role.KADIS, "title": "Plt.", "decree": DECREE, "since": today, "until": today,
        "by": SYSTEM, "nip": NIP, "nik": NIK,
    } | changes  # fmt: skip
    with pytest.raises(NotAllowed, match=match), counter.store.write() as tx:
        officials.appoint(tx, **values)  # type: ignore[arg-type]
    with counter.store.read() as tx:
        assert officials.all_of_them(tx) == []


def test_nobody_stands_in_beside_another_on_the_same_day(counter: Counter) -> None:
    appointed(counter, since=0, until=3)
    with pytest.raises(NotAllowed, match="sudah ada penggantinya"):
        appointed(counter, login="kadis", since=3, until=5)
    appointed(counter, login="kadis", since=4, until=5)


def test_the_office_is_taken_up_and_laid_down_on_the_page(tmp_path: Path) -> None:
    place = open_office(tmp_path, roles=(Role.KASI, Role.KABID))
    client = place.app("officer").test_client()
    sign_in(client, Role.KASI)
    assert "data-office" not in client.get("/petugas/").text
    today = place.office.today()
    with place.office.store.write() as tx:
        found = officials.appoint(tx, "kasi", Role.KABID, "Plh.", DECREE, today, today + timedelta(days=2), SYSTEM)
    assert 'data-office="kabid"' in client.get("/petugas/").text
    assert post(client, "/petugas/", "/petugas/peran", appointment=found.id).status_code == 303
    page = client.get("/petugas/").text
    assert 'data-acting="kabid"' in page and "Plh. Kepala Bidang" in page and DECREE in page
    assert post(client, "/petugas/", "/petugas/peran").status_code == 303
    assert "data-acting" not in client.get("/petugas/").text
    stranger = place.app("officer").test_client()
    sign_in(stranger, Role.KABID)
    assert post(stranger, "/petugas/", "/petugas/peran", appointment=found.id).status_code == 403
    place.office.store.close()


HOME = "/petugas/pejabat"


def test_the_kadis_enters_a_stand_in_on_the_page_and_ends_it_early(tmp_path: Path) -> None:
    place = open_office(tmp_path)
    client, kasi = place.app("officer").test_client(), place.app("officer").test_client()
    sign_in(client, Role.KADIS)
    today = place.office.today()
    days = {"since": today.isoformat(), "until": (today + timedelta(days=3)).isoformat()}
    form = {"title": "Plh.", "role": "kabid", "login": "kasi", "decree": DECREE, **days}
    assert post(client, HOME, HOME, **form).status_code == 303
    page = client.get(HOME).text
    assert 'data-appointment="kabid"' in page and DECREE in page
    sign_in(kasi, Role.KASI)
    assert "Plh. Kepala Bidang" in kasi.get("/petugas/").text
    twice = post(client, HOME, HOME, **(form | {"login": "operator"}))
    assert twice.status_code == 422 and "sudah ada penggantinya" in twice.text
    with place.office.store.read() as tx:
        (one,) = officials.all_of_them(tx)
    without = post(client, HOME, f"{HOME}/akhiri", appointment=one.id, reason="")
    assert without.status_code == 422 and "Pilih alasan" in without.text
    assert post(client, HOME, f"{HOME}/akhiri", appointment=one.id, reason="back").status_code == 303
    assert 'data-appointment="kabid"' not in client.get(HOME).text
    assert "data-office" not in kasi.get("/petugas/").text
    with place.office.store.read() as tx:
        (told,) = audit.newest(tx, "acting-end-complete", 5)
        (entered,) = audit.newest(tx, "acting-set-complete", 5)
    assert json.loads(str(told["facts"]))["reason"] == "back"
    assert json.loads(str(entered["facts"]))["decree"] == DECREE
    place.office.store.close()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"login": "kadis"}, "Pilih yang ditunjuk"),
        ({"login": "teknisi"}, "Pilih yang ditunjuk"),
        ({"decree": ""}, "Isi nomor surat perintah"),
        ({"until": "2026-01-01"}, "sudah lewat"),
        ({"since": "2026-13-01"}, "tanggal yang ada"),
        ({"role": "kasi"}, "sudah memegang jabatan itu"),
        ({"role": "kadis"}, "16"),
        ({"role": "kadis", "nik": NIK, "nip": "12"}, "NIP terdiri dari 18 angka"),
        ({"role": "petugas"}, "Pilih jabatan"),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_nothing_is_entered(
    tmp_path: Path, changes: dict[str, object], said: str
) -> None:
    place = open_office(tmp_path)
    client = place.app("officer").test_client()
    sign_in(client, Role.KADIS)
    today = place.office.today()
    days = {"since": today.isoformat(), "until": today.isoformat()}
    form = {"title": "Plh.", "role": "kabid", "login": "kasi", "decree": DECREE, **days}
    answer = post(client, HOME, HOME, **(form | changes))
    assert answer.status_code == 422 and said in answer.text
    with place.office.store.read() as tx:
        assert officials.all_of_them(tx) == []
    place.office.store.close()


def test_nobody_else_has_the_page_neither_one_who_acts(counter: Counter, tmp_path: Path) -> None:
    place = open_office(tmp_path / "page")
    for role in (Role.PETUGAS, Role.OPERATOR, Role.KASI, Role.GUDANG):
        client = place.app("officer").test_client()
        sign_in(client, role)
        assert client.get(HOME).status_code == 403, role
        assert "Pejabat</a>" not in client.get("/petugas/blanko").text
    place.office.store.close()
    actor, _ = acting(counter, appointed(counter), "kasi")
    with pytest.raises(NotAllowed, match="dalam jabatannya sendiri"):
        own.appoint(counter.office, actor, {})


def test_nobody_appoints_himself_whatever_the_form_says(counter: Counter) -> None:
    actor, _ = signed_in(counter, "kabid")
    today = counter.office.today()
    values = {"title": "Plt.", "role": "kadis", "login": "kabid", "decree": DECREE, "since": today, "until": today}
    with pytest.raises(NotAllowed, match="diri sendiri"):
        own.appoint(counter.office, actor, {**values, "nip": NIP, "nik": NIK})
    own.appoint(counter.office, actor, {**values, "login": "kasi", "nip": NIP, "nik": NIK})
    with counter.store.read() as tx:
        assert officials.in_force(tx, Role.KADIS, today) is not None
