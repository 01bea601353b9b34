"""One officer at a time works on a case: who fills in a form has it in hand until he is done, leaves or stops."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from books import Hours
from counter import PEOPLE, Counter, open_counter
from flask.testing import FlaskClient
from front_office import PIN, FrontOffice, case_file, forms, open_office, post, report, sign_in

from appliance.casework.codes import LETTERS
from appliance.casework.roles import KIOSK, Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.office import reports, sign_batch
from appliance.office.acts import ACTS, BATCH_ACTS
from appliance.office.context import FormRefused
from appliance.office.one_at_a_time import in_hand, meanwhile
from appliance.records import accounts, audit, cases, leases
from appliance.records.blanks import LedgerError
from appliance.records.cases import ChangedMeanwhile

COLLEAGUE = Actor("id-perekam-2", "Wahyu", Role.PEREKAM, "meja-2")
BUSY = "Petugas lain sedang mengerjakan"


def lines(counter: Counter, event: str) -> list[dict[str, Any]]:
    with counter.store.read() as tx:
        return [json.loads(str(one["facts"])) for one in reversed(audit.newest(tx, event, 50))]


def holder(counter: Counter, case: str) -> list[tuple[str, str]]:
    with counter.store.read() as tx:
        return [(one.work, one.account_id) for one in leases.of_case(tx, case)]


def test_a_form_that_is_open_keeps_the_acts_of_others_out_and_lets_them_read(counter: Counter) -> None:
    case = counter.attached()
    counter.do("open_form", Role.PETUGAS, case)
    with pytest.raises(NotAllowed, match=BUSY):
        counter.do("verify", Role.KASI, case)
    for act in ("open_form", "cancel"):
        with pytest.raises(NotAllowed, match=BUSY):
            counter.do(act, Role.KASI, case, cause="PINDAH", reason="pindah")
    seen = counter.state(case, Role.KASI).in_hand
    assert seen is not None and not seen.mine and seen.whole
    assert seen.until - (seen.since or 0) == leases.CASE_MS
    own = counter.state(case, Role.PETUGAS).in_hand
    assert own is not None and own.mine
    assert [one["act"] for one in lines(counter, "case-act-refused")] == ["verify", "open_form", "cancel"]
    assert counter.case(case).state == "CEK_KELENGKAPAN"


def test_whoever_is_done_has_let_go_so_that_the_relay_never_waits(counter: Counter) -> None:
    case = counter.report()
    relay: tuple[tuple[str, Role, dict[str, Any]], ...] = (
        ("attach_file", Role.PETUGAS, {"berkas": case_file()}),
        ("add_letter", Role.PETUGAS, {"kind": "SK_DINSOS", "number": "1", "date": counter.office.today(),
            "issuer": "Dinsos", "signer": "Rina"}),
        ("pass_check", Role.PETUGAS, {}),
        ("verify", Role.KASI, {"reason": ""}),
    )  # fmt: skip
    for act, role, values in relay:
        counter.do("open_form", role, case, opened_at=counter.clock())
        counter.do(act, role, case, **values)
        assert holder(counter, case) == [], act
    assert counter.case(case).state == "CEK_BIOMETRIK"
    assert lines(counter, leases.TAKEN_OVER) == []


def test_an_act_that_is_refused_leaves_the_form_in_the_hand(counter: Counter) -> None:
    case = counter.attached()
    counter.do("open_form", Role.PETUGAS, case)
    with pytest.raises(NotAllowed):
        counter.do("archive", Role.PETUGAS, case, box="1", shelf="1")
    assert holder(counter, case) == [("case", "id-petugas")]


def test_nor_does_the_ledger_let_go_of_it_by_entering_its_refusal(counter: Counter) -> None:
    case = counter.ready_to_print()
    counter.do("open_form", Role.OPERATOR, case)
    with pytest.raises(LedgerError):
        counter.do("issue_card", Role.OPERATOR, case, blank_serial="Z999")
    assert ("case", "id-operator") in holder(counter, case)


def test_leaving_the_form_lets_go_and_only_of_ones_own(counter: Counter) -> None:
    case = counter.attached()
    counter.do("open_form", Role.PETUGAS, case)
    counter.do("leave_form", Role.KASI, case)
    assert holder(counter, case) == [("case", "id-petugas")]
    counter.do("leave_form", Role.PETUGAS, case)
    assert holder(counter, case) == []


def test_a_word_that_comes_after_its_own_act_takes_nothing(counter: Counter) -> None:
    """The page said that somebody types, and the act came in before it."""
    case = counter.attached()
    shown = counter.clock()
    counter.do("pass_check", Role.PETUGAS, case, opened_at=shown)
    counter.do("open_form", Role.PETUGAS, case, opened_at=shown)
    assert holder(counter, case) == []
    counter.do("open_form", Role.PETUGAS, case, opened_at=counter.clock())
    assert holder(counter, case) == [("case", "id-petugas")]


def test_typing_renews_it_and_silence_ends_it(counter: Counter) -> None:
    case = counter.attached()
    counter.do("open_form", Role.PETUGAS, case)
    with counter.store.read() as tx:
        (first,) = leases.of_case(tx, case)
    counter.clock.go(9 * 60)
    counter.do("open_form", Role.PETUGAS, case)
    with counter.store.read() as tx:
        (again,) = leases.of_case(tx, case)
    assert again.since == first.since and again.until - first.until >= 9 * 60_000
    counter.clock.go(9 * 60)
    with pytest.raises(NotAllowed, match=BUSY):
        counter.do("cancel", Role.KASI, case, cause="PINDAH", reason="pindah")
    counter.clock.go(61)
    counter.do("cancel", Role.KASI, case, cause="PINDAH", reason="pindah")
    assert lines(counter, leases.TAKEN_OVER) == [{"held_by": "id-petugas", "work": "case"}]


def test_a_clock_set_back_locks_nobody_out(counter: Counter) -> None:
    case = counter.attached()
    counter.do("open_form", Role.PETUGAS, case)
    counter.clock.go(-86_400)
    assert holder(counter, case) == [] and counter.state(case, Role.KASI).in_hand is None
    counter.do("open_form", Role.KASI, case)
    assert holder(counter, case) == [("case", "id-kasi")]


def test_a_colleague_takes_over_and_all_that_was_recorded_is_there(counter: Counter) -> None:
    """Fingers that the first recorded stay; what he types afterwards is refused and both sides are told."""
    case = counter.signed()
    counter.do("start_recording", Role.PEREKAM, case)
    for finger in ("right_index", "left_index"):
        counter.do("capture_finger", Role.PEREKAM, case, position=finger)
    counter.run("scanner")
    before = counter.evidence(case, "finger")
    shown = counter.clock()
    counter.do("open_form", Role.PEREKAM, case, opened_at=shown)
    with pytest.raises(NotAllowed, match=BUSY):
        ACTS["capture_finger"](counter.office, COLLEAGUE, case, {"resident": 0, "position": "left_thumb"})
    with pytest.raises(FormRefused):
        ACTS["take_over"](counter.office, COLLEAGUE, case, {"reason": "karena"})
    ACTS["take_over"](counter.office, COLLEAGUE, case, {"reason": "PERGI"})
    assert holder(counter, case) == [("case", COLLEAGUE.id)]
    ACTS["capture_finger"](counter.office, COLLEAGUE, case, {"resident": 0, "position": "left_thumb"})
    counter.run("scanner")
    after = counter.evidence(case, "finger")
    assert [one for one in after if one in before] == before and len(after) == 3
    assert counter.state(case, Role.PEREKAM).residents[0].fingers[:2] == tuple(before)
    late = {"position": "left_little", "reason": "TREMOR", "opened_at": shown}
    with pytest.raises(ChangedMeanwhile, match="diambil alih"):
        counter.do("except_finger", Role.PEREKAM, case, **late)
    told = [one.event for one in meanwhile(counter.office, PEOPLE[Role.PEREKAM], case, shown)]
    assert told[:2] == [leases.TAKEN_OVER] * 2, "the case and the recording of it"
    assert lines(counter, leases.TAKEN_OVER) == [
        {"held_by": "id-perekam", "reason": "PERGI", "work": "case"},
        {"held_by": "id-perekam", "reason": "PERGI", "work": "recording:0"},
    ]


def test_what_was_taken_from_another_stops_nobody_else(counter: Counter) -> None:
    case, shown = counter.attached(), counter.clock()
    counter.do("open_form", Role.KASI, case)
    counter.do("take_over", Role.OPERATOR, case, reason="DISEPAKATI")
    counter.do("leave_form", Role.OPERATOR, case)
    counter.do("pass_check", Role.PETUGAS, case, opened_at=shown)
    with pytest.raises(ChangedMeanwhile):
        counter.do("verify", Role.KASI, case, reason="", opened_at=shown)
    counter.do("verify", Role.KASI, case, reason="", opened_at=counter.clock())


def test_a_form_of_a_time_that_has_not_come_is_as_old_as_any(counter: Counter) -> None:
    """The clock was set back after the form was shown."""
    case = counter.attached()
    counter.do("open_form", Role.KASI, case)
    counter.do("take_over", Role.OPERATOR, case, reason="DISEPAKATI")
    counter.do("leave_form", Role.OPERATOR, case)
    counter.do("pass_check", Role.PETUGAS, case)
    with pytest.raises(ChangedMeanwhile):
        counter.do("verify", Role.KASI, case, reason="", opened_at=counter.clock() + 3_600_000)


def test_there_is_nothing_to_take_over_where_nobody_works(counter: Counter) -> None:
    case = counter.attached()
    for holds in (False, True):
        if holds:
            counter.do("open_form", Role.KASI, case)
        with pytest.raises(NotAllowed, match="tidak sedang dikerjakan"):
            counter.do("take_over", Role.KASI, case, reason="PERGI")


def test_machines_and_the_kiosk_are_not_hindered(counter: Counter) -> None:
    case = counter.verified()
    counter.do("search_biometrics", Role.PEREKAM, case)
    counter.do("open_form", Role.KASI, case)
    counter.run("scanner", "centre")
    assert counter.case(case).state == "INPUT_SIAK"
    other = counter.attached()
    counter.do("open_form", Role.KASI, other)
    letter = reports.Letter("SK_DOMISILI", "1", counter.office.today(), "Kelurahan", "Hendra")
    reports.add_letter(counter.office, counter.case(other).code, letter)
    with counter.store.read() as tx:
        assert any(KIOSK.id in str(one["actor"]) for one in audit.of_case(tx, other))
    assert holder(counter, other) == [("case", "id-kasi")]


def test_a_batch_of_cards_and_of_signatures_keep_the_same_rule(counter: Counter) -> None:
    case = counter.ready_to_print()
    counter.receive_blanks()
    BATCH_ACTS["start_batch"](counter.office, PEOPLE[Role.OPERATOR], {"all": True})
    counter.do("open_form", Role.PETUGAS, case)
    laid = {"number": 1, "blank_serial": "A001"}
    with pytest.raises(NotAllowed, match=BUSY):
        BATCH_ACTS["lay_card"](counter.office, PEOPLE[Role.OPERATOR], laid)
    counter.do("leave_form", Role.PETUGAS, case)
    BATCH_ACTS["lay_card"](counter.office, PEOPLE[Role.OPERATOR], laid)
    counter.do("open_form", Role.PETUGAS, case)
    with pytest.raises(NotAllowed, match=BUSY):
        BATCH_ACTS["spoil_batch_card"](counter.office, PEOPLE[Role.OPERATOR], {"number": 1, "cause": "SALAH_CETAK"})


def test_of_many_to_sign_the_one_in_other_hands_is_left_out(counter: Counter) -> None:
    first, second = (counter.shown_draft(counter.validated()) for _ in range(2))
    counter.do("open_form", Role.OPERATOR, first)
    chosen = {"cases": (first, second), "passphrase": "kuda-terbang"}
    _, refused = sign_batch.sign_batch(counter.office, PEOPLE[Role.KADIS], chosen)
    assert list(refused) == [first] and BUSY in refused[first]
    assert list(counter.lent) == [second]


def test_it_stands_in_the_books_and_ends_after_the_power_came_back(tmp_path: Path) -> None:
    before = open_counter(tmp_path)
    case = before.attached()
    before.do("open_form", Role.PETUGAS, case)
    now = before.clock.now
    before.store.close()
    after = open_counter(tmp_path, now)
    with pytest.raises(NotAllowed, match=BUSY):
        after.do("open_form", Role.KASI, case)
    after.clock.go(11 * 60)
    after.do("open_form", Role.KASI, case)
    assert holder(after, case) == [("case", "id-kasi")]
    after.store.close()


# The pages


@pytest.fixture
def place(tmp_path: Path) -> Iterator[FrontOffice]:
    found = open_office(tmp_path)
    yield found
    found.office.store.close()


def desk_of(place: FrontOffice, role: Role) -> FlaskClient:
    client = place.app("officer").test_client()
    assert sign_in(client, role).status_code == 303
    return client


def reported(place: FrontOffice) -> str:
    code = report(place.app("resident").test_client())
    with place.office.store.read() as tx:
        return cases.by_code(tx, code).id


def shown_at(page: str) -> str:
    found = re.search(r'name="opened_at" value="(\d+)"', page)
    assert found
    return found[1]


def test_the_page_says_who_works_on_it_and_until_when(place: FrontOffice) -> None:
    home = f"/petugas/kasus/{reported(place)}"
    clerk, kasi = desk_of(place, Role.PETUGAS), desk_of(place, Role.KASI)
    assert "data-in-hand" not in kasi.get(home).text
    version = kasi.get(f"{home}.json").json["version"]  # type: ignore[index]
    assert post(clerk, home, f"{home}/open_form").status_code == 303
    page = kasi.get(home)
    assert "Petugas sedang mengerjakan berkas ini" in page.text and "paling lama sampai pukul" in page.text
    assert "take_over" in forms(page) and "data-held" not in page.text
    told = kasi.get(f"{home}.json").json
    assert told is not None and told["version"] != version and told["in_hand"]["mine"] is False
    own = clerk.get(home).text
    assert "data-held" in own and "data-in-hand" not in own
    again = told["version"]
    assert post(clerk, home, f"{home}/open_form").status_code == 303
    assert kasi.get(f"{home}.json").json["version"] == again, "typing on changes nobody's page"  # type: ignore[index]


def test_ones_own_page_does_not_change_by_ones_own_typing(place: FrontOffice) -> None:
    home = f"/petugas/kasus/{reported(place)}"
    clerk = desk_of(place, Role.PETUGAS)
    before = clerk.get(f"{home}.json").json["version"]  # type: ignore[index]
    post(clerk, home, f"{home}/open_form")
    assert clerk.get(f"{home}.json").json["version"] == before  # type: ignore[index]


def test_what_was_typed_too_late_is_shown_beside_what_the_other_did(place: FrontOffice) -> None:
    case = reported(place)
    ACTS["attach_file"](place.office, place.actor(Role.PETUGAS), case, {"berkas": case_file()})
    home = f"/petugas/kasus/{case}"
    clerk, other = desk_of(place, Role.PETUGAS), desk_of(place, Role.OPERATOR)
    opened = shown_at(clerk.get(home).text)
    letter = {"kind": "SK_DINSOS", "number": "460/17/DINSOS", "date": "2026-10-05", "issuer": "Dinsos <Metro>",
        "signer": "Rina Astuti", "opened_at": opened}  # fmt: skip
    post(clerk, home, f"{home}/open_form", opened_at=opened)
    assert post(other, home, f"{home}/take_over").status_code == 422
    assert post(other, home, f"{home}/take_over", reason="DISEPAKATI").status_code == 303
    held = post(clerk, home, f"{home}/add_letter", **letter)
    assert held.status_code == 422 and BUSY in held.text
    post(other, home, f"{home}/leave_form")
    late = post(clerk, home, f"{home}/add_letter", **letter)
    assert late.status_code == 422 and "Berkas ini diambil alih petugas lain" in late.text
    both = late.text[late.text.index("data-both") : late.text.index('data-part="case"')]
    for words in ("460/17/DINSOS", "Dinsos &lt;Metro&gt;", "Rina Astuti", "2026-10-05", LETTERS["SK_DINSOS"]):
        assert words in both, words
    assert "Berkas diambil alih, Operator" in both
    assert 'value="460/17/DINSOS"' in late.text, "the form keeps it too"
    with place.office.store.read() as tx:
        assert "460/17/DINSOS" not in [one["number"] for one in cases.letters(tx, case)]
    again = post(clerk, home, f"{home}/add_letter", **{**letter, "opened_at": shown_at(late.text)})
    assert again.status_code == 303


def test_a_secret_is_not_shown_again(place: FrontOffice) -> None:
    case = reported(place)
    home = f"/petugas/kasus/{case}"
    kadis, other = desk_of(place, Role.KADIS), desk_of(place, Role.OPERATOR)
    opened = shown_at(kadis.get(home).text) if "opened_at" in kadis.get(home).text else str(place.services.clock())
    post(kadis, home, f"{home}/open_form", opened_at=opened)
    post(other, home, f"{home}/take_over", reason="DISEPAKATI")
    late = post(kadis, home, f"{home}/sign", passphrase="kuda-terbang", opened_at=opened)
    assert late.status_code == 422 and "data-both" in late.text and "kuda-terbang" not in late.text


@pytest.mark.parametrize("how", ["keluar", "locked", "new PIN"])
def test_the_end_of_the_session_lets_go(tmp_path: Path, how: str) -> None:
    clock = Hours()
    place = open_office(tmp_path, clock=clock)
    place = replace(place, services=replace(place.services, clock=clock))
    case = reported(place)
    home = f"/petugas/kasus/{case}"
    clerk = desk_of(place, Role.PETUGAS)
    post(clerk, home, f"{home}/open_form")
    with place.office.store.read() as tx:
        assert in_hand(tx, PEOPLE[Role.KASI], case) is not None
    if how == "keluar":
        post(clerk, home, "/petugas/keluar")
    elif how == "locked":
        clock.go(place.services.lock_after + 1)
        assert clerk.get(home).headers["Location"].endswith("?terkunci")
    else:
        by = PEOPLE[Role.SYSTEM]
        accounts.add(place.office.store, "petugas", "Petugas", Role.PETUGAS, PIN, by)
    with place.office.store.read() as tx:
        assert in_hand(tx, PEOPLE[Role.KASI], case) is None
    place.office.store.close()
