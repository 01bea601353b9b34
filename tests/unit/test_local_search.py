"""Before a new NIK the fingers of this office's own cases are searched: the Kasi sees both records and decides."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from counter import Counter
from front_office import open_office, sign_in
from sqlalchemy import text

from appliance.casework.roles import SYSTEM, Role
from appliance.casework.sop import NotAllowed
from appliance.kiosk_ui.alike_page import alike_view
from appliance.kiosk_ui.case_page import case_view
from appliance.records import accounts, audit, officer_fingers
from appliance.records.vault import file_name


def alike(counter: Counter, *scores: list[int]) -> None:
    """What the engine will say of the next two probes, finger by finger of those stored before."""
    counter.machines.fingers.alike[:] = scores  # type: ignore[attr-defined]


def twice(counter: Counter, *scores: list[int]) -> tuple[str, str]:
    """Somebody who was searched for and got through, and then another one whose fingers are so much alike."""
    first = counter.searched()
    alike(counter, *scores)
    return first, counter.searched()


def found(counter: Counter, case: str) -> list[dict[str, object]]:
    (item,) = counter.evidence(case, "local_search")
    assert item.state == ("alike" if item.facts["alike"] else "clear")
    return list(item.facts["alike"])


def audited(counter: Counter, case: str) -> dict[str, dict[str, object]]:
    with counter.store.read() as tx:
        return {one["event"]: json.loads(one["facts"]) for one in audit.entries(tx) if one["case_id"] == case}


def test_nobody_alike_goes_on_by_itself(counter: Counter) -> None:
    first, second = twice(counter, [47, 31], [3, 31])
    assert found(counter, first) == found(counter, second) == []
    assert counter.case(second).state == "INPUT_SIAK"


@pytest.mark.parametrize(
    ("scores", "fingers", "level"),
    [
        (([48, 3], [3, 3]), ["right_index"], "one_finger"),
        (([32, 3], [3, 33]), ["left_index", "right_index"], "two_fingers"),
        (([3, 200], [90, 3]), ["left_index", "right_index"], "one_finger"),
    ],
)
def test_somebody_alike_waits_for_the_kasi(
    counter: Counter, scores: tuple[list[int], ...], fingers: list[str], level: str
) -> None:
    first, second = twice(counter, *scores)
    assert found(counter, second) == [{"case": first, "position": 0, "fingers": fingers, "level": level}]
    assert counter.case(second).state == "CEK_BIOMETRIK"
    assert "decide_search" in counter.state(second, Role.KASI).acts
    assert counter.evidence(second, "search")[-1].state == "no_hit"


def test_the_same_stored_finger_twice_is_one_finger(counter: Counter) -> None:
    _, second = twice(counter, [35, 3], [36, 3])
    assert found(counter, second) == []


def test_a_person_is_not_compared_with_himself(counter: Counter) -> None:
    case = counter.verified()
    counter.do("search_biometrics", Role.PEREKAM, case)
    alike(counter, [90], [90])
    counter.run("scanner", "centre")
    assert found(counter, case) == []


def test_an_officers_own_finger_is_told_to_the_kasi_and_nothing_is_decided(counter: Counter) -> None:
    accounts.add(counter.store, "rina", "Rina Wulandari", Role.PEREKAM, "271828", SYSTEM)
    with counter.store.write() as tx:
        officer_fingers.keep(tx, "rina", "right_index", b"form", SYSTEM)
        account = accounts.ids(tx)["rina"]
    case = counter.verified()
    counter.do("search_biometrics", Role.PEREKAM, case)
    alike(counter, [47], [48])  # of the two fingers: the right one is not sure enough
    counter.run("scanner", "centre")
    (item,) = counter.evidence(case, "local_search")
    own = [{"finger": "left_index", "account": account, "name": "Rina Wulandari"}]
    assert (item.state, item.facts["alike"], item.facts["officers"]) == ("alike", [], own)
    assert audited(counter, case)["search-local-complete"]["officers"] == [account]
    assert "Rina" not in json.dumps(audited(counter, case))
    assert counter.case(case).state == "CEK_BIOMETRIK", "the centre found nobody, but a person decides"
    assert (
        len(counter.evidence(case, "search_finger")) == 2 and counter.evidence(case, "search")[-1].state == "no_hit"
    )
    state = counter.state(case, Role.KASI)
    assert "decide_search" in state.acts and state.alike == ()
    (note,) = [one for one in case_view(state, (), "").notes if "petugas" in one]
    assert note.startswith("Telunjuk kiri yang diambil mirip dengan jari petugas Rina Wulandari.")
    counter.do("decide_search", Role.KASI, case, decision="proceed", reason="Jari warga sendiri, dilihat langsung.")
    assert counter.case(case).state == "INPUT_SIAK"


@pytest.mark.parametrize(("decision", "state"), [("proceed", "INPUT_SIAK"), ("reject", "DITOLAK")])
def test_the_kasi_decides_with_a_reason_and_the_audit_log_names_both_cases(
    counter: Counter, decision: str, state: str
) -> None:
    first, second = twice(counter, [60, 3], [3, 3])
    with pytest.raises(NotAllowed, match="alasan"):
        counter.do("decide_search", Role.KASI, second, decision=decision)
    with pytest.raises(NotAllowed):
        counter.do("decide_search", Role.PEREKAM, second, decision=decision, reason="kembar")
    counter.do("decide_search", Role.KASI, second, decision=decision, reason="sudah dibandingkan")
    assert counter.case(second).state == state
    told = audited(counter, second)
    code = counter.case(first).code
    assert told["search-local-complete"] == {
        "resident": 0,
        "compared": 2,
        "unread": 0,
        "alike": [code],
        "officers": [],
    }
    decided = told[f"case-decide_search:{decision}-complete"]
    ((step, _, _, waited_for),) = decided.pop("clock")
    assert (step, waited_for) == (3, None), "the centre has answered: it is the Kasi's time"
    assert decided == {"state": state, "alike": [code]}


def test_no_score_is_kept_anywhere(counter: Counter) -> None:
    _, second = twice(counter, [6061, 3], [3, 3])
    with counter.store.read() as tx:
        everything = json.dumps([entry["facts"] for entry in audit.entries(tx)])
    everything += json.dumps([item.facts for item in counter.evidence(second, "local_search")])
    assert "6061" not in everything


def test_only_who_decides_is_shown_both_records(counter: Counter) -> None:
    first, second = twice(counter, [60, 3], [3, 3])
    (pair,) = counter.state(second, Role.KASI).alike
    assert (pair.sought.case.id, pair.other.case.id) == (second, first)
    view = alike_view(pair)
    assert view.why == "Satu jari sangat mirip: telunjuk kanan."
    assert view.lines[0] == ("Berkas", counter.case(second).code, counter.case(first).code)
    assert view.other_case == first
    for role in set(Role) - {Role.KASI, Role.SYSTEM, Role.RESIDENT}:
        assert counter.state(second, role).alike == ()
    counter.do("decide_search", Role.KASI, second, decision="proceed", reason="bukan orang yang sama")
    assert counter.state(second, Role.KASI).alike == ()


def test_the_page_shows_both_side_by_side_above_the_decision(counter: Counter, tmp_path: Path) -> None:
    first, second = twice(counter, [60, 3], [3, 3])
    place = open_office(tmp_path, (Role.KASI,))
    client = place.app("officer").test_client()
    assert sign_in(client, Role.KASI).status_code == 303
    page = client.get(f"/petugas/kasus/{second}").text
    shown = page.index(f'data-alike="{first}"')
    assert shown < page.index('data-act="decide_search"')
    assert page.count(counter.case(first).code) >= 1
    assert f'href="/petugas/kasus/{first}"' in page
    assert "belum ada</td>" in page  # neither has a portrait yet
    place.office.store.close()


def test_a_case_whose_key_was_dropped_is_forgotten(counter: Counter) -> None:
    first = counter.searched()
    assert len(counter.machines.known.of(counter.store, counter.office.vault)) == 2
    with counter.store.write() as tx:
        tx.sql.execute(text("UPDATE case_file SET wrapped_key = '' WHERE id = :id"), {"id": first})
    assert counter.machines.known.of(counter.store, counter.office.vault) == []


def test_a_finger_that_the_vault_lost_is_counted_not_compared(counter: Counter) -> None:
    first = counter.searched()
    blob = file_name(str(counter.evidence(first, "search_finger")[0].blob))
    (counter.office.settings.data_dir / "vault" / blob[:2] / blob).unlink()
    second = counter.searched()
    told = audited(counter, second)["search-local-complete"]
    assert told == {"resident": 0, "compared": 1, "unread": 1, "alike": [], "officers": []}
    assert counter.case(second).state == "INPUT_SIAK"
