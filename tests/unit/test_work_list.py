"""The work list against the case pages: whose turn it is, in which order, page by page, and how a case is found."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from case_files import as_bytes, changed, complete
from counter import PEOPLE, Counter

from appliance.casework.roles import Role
from appliance.casework.sop import CASE_ENDS, STATE_STEP
from appliance.central.centre import EnrolmentState, SearchResult
from appliance.office import views, work_list
from appliance.records import blanks, cases, worklist
from appliance.records.moves import ask

OFFICERS = sorted(set(Role) - {Role.RESIDENT, Role.SYSTEM, Role.TEKNISI, Role.GUDANG})


def returned(counter: Counter) -> str:
    case = counter.attached()
    counter.do("return_file", Role.PETUGAS, case, items=["SK_DINSOS"], reason="SURAT_KURANG")
    return case


def hit(counter: Counter) -> str:
    counter.centre.search_result = SearchResult("hit_other_region", "9901014101800001")
    case = counter.searched()
    counter.centre.search_result = SearchResult("no_hit", None)
    return case


def submitted(counter: Counter) -> str:
    case = counter.entered()
    counter.do("submit_draft", Role.OPERATOR, case)
    return case


def at_the_centre(state: str) -> Callable[[Counter], str]:
    def bring(counter: Counter) -> str:
        counter.centre.states = [EnrolmentState(state)]
        case = counter.recorded()
        counter.run("centre")
        counter.clock.go(1)
        counter.run("centre")
        return case

    return bring


def card(*steps: str) -> Callable[[Counter], str]:
    def bring(counter: Counter) -> str:
        case = at_the_centre("PRINT_READY_RECORD")(counter)
        serial = f"A{len(counter.wakes):03d}"
        with counter.store.write() as tx:
            blanks.receive(tx, f"K-{serial}", [serial], "kantor", PEOPLE[Role.GUDANG])
        if "made" in steps:
            counter.do("issue_card", Role.OPERATOR, case, blank_serial=serial)
            counter.chip_written(case, serial)
            counter.do("print_card", Role.OPERATOR, case)
            counter.run("card_printer")
        if "ready" in steps:
            counter.do("look_card", Role.OPERATOR, case, result="ok")
        if "handed" in steps:
            counter.do("hand_over_card", Role.PETUGAS, case)
            counter.matched(case)
        return case

    return bring


def family_card_handed(counter: Counter) -> str:
    case = card("made", "ready", "handed")(counter)
    counter.do("print_kk", Role.OPERATOR, case)
    counter.run("document_printer")
    counter.do("hand_over_kk", Role.PETUGAS, case, receiver="Ratna Puspitasari", relation="reporter")
    return case


def asked(counter: Counter) -> str:
    case = counter.signed()
    with counter.store.write() as tx:
        ask(tx, case, None, "sheet-print-unknown", f"print:{case}", {"job": "x"})
    return case


def excepted(counter: Counter) -> str:
    case = counter.signed()
    counter.do("start_recording", Role.PEREKAM, case)
    counter.do("except_finger", Role.PEREKAM, case, position="left_index", reason="AMPUTASI")
    counter.run("camera")
    return case


def unsigned(counter: Counter) -> str:
    case = counter.signed()
    counter.do("start_recording", Role.PEREKAM, case)
    counter.do("cannot_sign", Role.PEREKAM, case, reason="TREMOR")
    return case


STAGES: dict[str, Callable[[Counter], str]] = {
    "reported": Counter.report,
    "attached": Counter.attached,
    "returned": returned,
    "verified": Counter.verified,
    "hit": hit,
    "searched": Counter.searched,
    "submitted": submitted,
    "validated": Counter.validated,
    "signed": Counter.signed,
    "recorded": Counter.recorded,
    "sent": at_the_centre("SENT_FOR_ENROLLMENT"),
    "expert": at_the_centre("ADJUDICATE_RECORD"),
    "failed": at_the_centre("ENROLL_FAILURE_AT_CENTRAL"),
    "search failed": at_the_centre("SEARCH_FAILURE_AT_CENTRAL"),
    "double": at_the_centre("DUPLICATE_RECORD"),
    "print ready": card(),
    "card made": card("made"),
    "card ready": card("made", "ready"),
    "card handed": card("made", "ready", "handed"),
    "all handed": family_card_handed,
    "asked": asked,
    "excepted": excepted,
    "unsigned": unsigned,
}


def test_whose_turn_it_is_agrees_with_what_the_case_page_offers(counter: Counter) -> None:
    made = {stage: bring(counter) for stage, bring in STAGES.items()}
    for role in OFFICERS:
        page = work_list.work_page(counter.office, PEOPLE[role])
        listed = {item.record.id: item.mine for item in page.items}
        offered = {
            stage: views.something_to_do(views.case_state(counter.office, PEOPLE[role], case))
            for stage, case in made.items()
        }
        if role is Role.OPERATOR:  # he may still spoil a finished card, but it waits for its holder
            offered["card ready"] = (
                "print_kk" in views.case_state(counter.office, PEOPLE[role], made["card ready"]).acts
            )
        assert {stage: listed[case] for stage, case in made.items()} == offered, role
        assert page.mine == sum(offered.values())


def test_a_recording_that_waits_too_long_becomes_the_kasis_turn(counter: Counter) -> None:
    case = at_the_centre("SENT_FOR_ENROLLMENT")(counter)
    assert work_list.work_page(counter.office, PEOPLE[Role.KASI]).mine == 0
    counter.clock.go(30 * 24 * 3600)
    (item,) = work_list.work_page(counter.office, PEOPLE[Role.KASI]).items
    assert item.mine and item.record.id == case


def test_mine_come_first_then_the_oldest_and_ended_ones_never(counter: Counter) -> None:
    waiting = counter.verified()
    mine = counter.attached()
    ended = counter.attached()
    counter.do("cancel", Role.KASI, ended, cause="LAINNYA", reason="x")
    assert [item.record.id for item in work_list.work_page(counter.office, PEOPLE[Role.PETUGAS]).items] == [
        mine,
        waiting,
    ]
    assert [item.record.id for item in work_list.work_page(counter.office, PEOPLE[Role.PEREKAM]).items] == [
        waiting,
        mine,
    ]


def test_pages_hold_fifty_and_every_case_stands_on_one_of_them(counter: Counter) -> None:
    made = [counter.report() for _ in range(120)]
    pages = [work_list.work_page(counter.office, PEOPLE[Role.PETUGAS], number) for number in (1, 2, 3)]
    assert [len(page.items) for page in pages] == [50, 50, 20]
    assert {(page.pages, page.mine, page.open_cases) for page in pages} == {(3, 120, 120)}
    assert [item.record.id for page in pages for item in page.items] == made
    assert work_list.work_page(counter.office, PEOPLE[Role.PETUGAS], 99).page == 3
    assert work_list.work_page(counter.office, PEOPLE[Role.PETUGAS], -1).page == 1


@pytest.mark.parametrize("step", sorted(set(STATE_STEP.values())))
def test_one_step_shows_the_cases_that_stand_in_it(counter: Counter, step: int) -> None:
    for bring in (Counter.report, Counter.verified, submitted, Counter.validated, Counter.signed, card("made")):
        bring(counter)
    shown = work_list.work_page(counter.office, PEOPLE[Role.PETUGAS], step=step)
    with counter.store.read() as tx:
        wanted = set()
        for item in work_list.work_page(counter.office, PEOPLE[Role.PETUGAS]).items:
            states = {item.record.state} if item.record.state != "PENERBITAN" else {item.record.kk_state}
            if item.record.state == "PENERBITAN":
                states |= {person.ktp_state for person in cases.residents(tx, item.record.id)}
            if any(STATE_STEP.get(state) == step for state in states):
                wanted.add(item.record.id)
    assert {item.record.id for item in shown.items} == wanted


def test_a_case_is_found_by_code_nik_kk_number_and_name(counter: Counter) -> None:
    case = counter.entered()
    other = counter.attached(changed("residents", 0, "full_name", to="SITI AMINAH"))
    record, person = counter.case(case), counter.person(case)
    words = (
        record.code,
        record.code.lower().replace("-", " "),
        str(person.nik),
        str(record.kk_number),
        "sugeng  riy",
    )
    for said in words:
        assert [item.record.id for item in work_list.find(counter.office, said)] == [case], said
    assert [item.record.id for item in work_list.find(counter.office, "aminah")] == [other]
    for nobody in ("9972010107710009", "SG-ZZZZ-ZZ", "BUDI%", "_", ""):
        assert work_list.find(counter.office, nobody) == (), nobody


def test_an_ended_case_is_found_by_its_numbers_but_not_by_name(counter: Counter) -> None:
    case = counter.entered()
    nik = str(counter.person(case).nik)
    counter.do("cancel", Role.KASI, case, cause="LAINNYA", reason="pindah")
    assert counter.case(case).state in CASE_ENDS
    assert [item.record.id for item in work_list.find(counter.office, nik)] == [case]
    assert work_list.find(counter.office, "SUGENG") == ()


def test_the_pulse_beats_with_every_move_and_only_then(counter: Counter) -> None:
    def pulse() -> str:
        with counter.store.read() as tx:
            return worklist.pulse(tx)

    beats = [pulse()]
    case = counter.report()
    beats.append(pulse())
    counter.do("attach_file", Role.PETUGAS, case, berkas=as_bytes(complete()))
    beats.append(pulse())
    counter.clock.go(5)
    assert pulse() == beats[-1]
    counter.do("cancel", Role.KASI, case, cause="LAINNYA", reason="x")
    beats.append(pulse())
    assert len(set(beats[:3])) == 3 and beats[3] != beats[2]
