"""Documents that nobody has come for: where they lie, when their family is reminded, and what is told of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from counter import Counter, Prepared, prepare
from front_office import PIN, post
from wiping import later

from appliance.casework.roles import SYSTEM, Role
from appliance.casework.sop import NotAllowed
from appliance.casework.uncollected import DAY_MS, LONG_DAYS, REMIND_DAYS, remind_at
from appliance.kiosk_ui.case_page import case_view
from appliance.kiosk_ui.desk import Desk
from appliance.kiosk_ui.machine_shown import Snapshot
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.web import create_app
from appliance.office import uncollected
from appliance.records import accounts, audit


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """A case with its family card printed and its card made, neither collected."""

    def so_far(counter: Counter) -> str:
        counter.receive_blanks()
        case = counter.signed()
        counter.do("print_kk", Role.OPERATOR, case)
        counter.run("document_printer")
        counter.do("start_recording", Role.PEREKAM, case)
        counter.record_quickly(case)
        counter.centre_goes_on()
        return case

    return prepare(tmp_path_factory.mktemp("office"), so_far)


@pytest.fixture
def opened(prepared: Prepared, tmp_path: Path) -> Counter:
    return prepared.copy(tmp_path)


def acts(counter: Counter, case: str, role: Role) -> set[str]:
    state = counter.state(case, role)
    return set(state.acts).union(*(one.acts for one in state.residents))


def test_the_next_reminder_is_a_week_after_the_last_word() -> None:
    week = REMIND_DAYS * DAY_MS
    assert remind_at(5, ()) == 5 + week
    assert remind_at(5, (9, 40)) == 40 + week


def test_a_printed_paper_is_put_on_a_shelf_and_its_family_reminded(counter: Counter, case: str) -> None:
    assert counter.case(case).kk_state == "KK_DICETAK"
    assert {"shelve_kk", "remind"} <= acts(counter, case, Role.PETUGAS)
    assert not {"shelve_kk", "remind"} & acts(counter, case, Role.OPERATOR)
    (one,), now = uncollected.waiting(counter.office)
    assert (one.position, one.shelf, one.reminded, one.since) == (None, "", (), one.since)
    assert 0 <= now - one.since < DAY_MS and uncollected.to_remind(counter.office) == 0
    counter.do("shelve_kk", Role.PETUGAS, case, shelf="R-2")
    counter.do("shelve_kk", Role.PETUGAS, case, shelf="Laci 7")
    later(counter, REMIND_DAYS)
    assert uncollected.to_remind(counter.office) == 1
    counter.do("remind", Role.PETUGAS, case, how="telepon", result="not_reached")
    assert uncollected.to_remind(counter.office) == 0
    later(counter, REMIND_DAYS)
    counter.do("remind", Role.PETUGAS, case, how="kunjungan", result="gone")
    (one,), now = uncollected.waiting(counter.office)
    assert (one.shelf, len(one.reminded), one.result, one.long(now)) == ("Laci 7", 2, "gone", True)
    assert one.remind_at == one.reminded[-1] + REMIND_DAYS * DAY_MS
    with counter.store.read() as tx:
        told = [str(line["facts"]) for line in audit.of_case(tx, case) if "remind" in str(line["event"])]
    assert told == ['{"how":"telepon","result":"not_reached"}', '{"how":"kunjungan","result":"gone"}']
    view = case_view(counter.state(case, Role.PETUGAS), (), "")
    assert "KK ada di Laci 7." in view.notes


def test_who_waits_for_a_quarter_is_looked_into(counter: Counter, case: str) -> None:
    later(counter, LONG_DAYS - 1)
    (one,), now = uncollected.waiting(counter.office)
    assert not one.long(now)
    later(counter, 2)
    (one,), now = uncollected.waiting(counter.office)
    assert one.long(now)


def test_what_is_collected_waits_no_longer_and_cannot_be_shelved(counter: Counter, case: str) -> None:
    counter.do("shelve_kk", Role.PETUGAS, case, shelf="R-2")
    counter.do("hand_over_kk", Role.PETUGAS, case, receiver="SUGENG RIYADI", relation="holder")
    assert uncollected.waiting(counter.office)[0] == ()
    assert not {"shelve_kk", "remind"} & acts(counter, case, Role.PETUGAS)
    for act, values in (("shelve_kk", {"shelf": "R"}), ("remind", {"how": "telepon", "result": "reached"})):
        with pytest.raises(NotAllowed, match="menunggu diambil"):
            counter.do(act, Role.PETUGAS, case, **values)
    assert "R-2" not in " ".join(case_view(counter.state(case, Role.PETUGAS), (), "").notes)


def test_a_finished_card_waits_on_its_own_shelf(counter: Counter, case: str) -> None:
    with pytest.raises(NotAllowed, match="menunggu diambil"):
        counter.do("shelve_card", Role.PETUGAS, case, resident=0, shelf="R-9")
    counter.do("issue_card", Role.OPERATOR, case, blank_serial="A001")
    counter.chip_written(case, "A001")
    counter.do("print_card", Role.OPERATOR, case)
    counter.run("card_printer")
    counter.do("look_card", Role.OPERATOR, case, result="ok")
    assert "shelve_card" in acts(counter, case, Role.PETUGAS)
    counter.do("shelve_card", Role.PETUGAS, case, resident=0, shelf="Brankas")
    waiting, _ = uncollected.waiting(counter.office)
    assert {(one.position, one.shelf) for one in waiting} == {(None, ""), (0, "Brankas")}
    assert (
        f"KTP-el {counter.person(case).biodata.full_name} ada di Brankas."
        in case_view(counter.state(case, Role.PETUGAS), (), "").notes
    )


@pytest.mark.parametrize(
    ("act", "role", "values"),
    [
        ("shelve_kk", Role.PETUGAS, {"shelf": "  "}),
        ("shelve_kk", Role.PETUGAS, {"shelf": "x" * 41}),
        ("shelve_kk", Role.OPERATOR, {"shelf": "R"}),
        ("remind", Role.KASI, {"how": "telepon", "result": "reached"}),
        ("remind", Role.PETUGAS, {"how": "burung", "result": "reached"}),
        ("remind", Role.PETUGAS, {"how": "telepon", "result": ""}),
    ],
)
def test_what_is_wrong_is_refused_and_stored_nowhere(
    counter: Counter, case: str, act: str, role: Role, values: dict[str, str]
) -> None:
    before = len(counter.evidence(case, "shelf")) + len(counter.evidence(case, "reminder"))
    with pytest.raises(NotAllowed):
        counter.do(act, role, case, **values)
    assert len(counter.evidence(case, "shelf")) + len(counter.evidence(case, "reminder")) == before


def test_the_page_lists_what_waits_and_the_work_list_says_how_many(counter: Counter, case: str) -> None:
    accounts.add(counter.store, "rina", "Rina", Role.PETUGAS, PIN, SYSTEM)
    accounts.add(counter.store, "gudang", "Gudang", Role.GUDANG, PIN, SYSTEM)
    services = Services(desk=Desk(counter.office), snapshot=Snapshot, office_name="Dinas", specimen=True)
    app = create_app(frozenset({"officer"}), services)
    client = app.test_client()
    post(client, "/petugas/masuk", "/petugas/masuk", user="rina", pin=PIN)
    assert 'data-remind="0"' in client.get("/petugas/").text
    later(counter, REMIND_DAYS)
    post(client, "/petugas/masuk", "/petugas/masuk", user="rina", pin=PIN)
    assert "1 keluarga perlu diingatkan" in client.get("/petugas/").text
    page = client.get("/petugas/belum-diambil").text
    code = counter.case(case).code
    assert re.search(rf'data-waiting="{code}" data-due="yes"', page) and "Ingatkan sekarang" in page
    assert post(client, f"/petugas/kasus/{case}", f"/petugas/kasus/{case}/shelve_kk", shelf="R-2").status_code == 303
    answer = post(client, f"/petugas/kasus/{case}", f"/petugas/kasus/{case}/remind", how="telepon", result="reached")
    assert answer.status_code == 303
    page = client.get("/petugas/belum-diambil").text
    assert 'data-due="no"' in page and "R-2" in page and "Akan datang" in page and "1 kali" in page
    other = app.test_client()
    post(other, "/petugas/masuk", "/petugas/masuk", user="gudang", pin=PIN)
    assert other.get("/petugas/belum-diambil").status_code == 403
