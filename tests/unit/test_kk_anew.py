"""A family card with a NIK that the centre deletes is never handed over: it is withdrawn and made anew, once."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from by_hand import HEAD, KK, SHEET, brought, open_by_hand, state_of, validated
from case_files import complete
from counter import PEOPLE, Counter
from kk_again import KEPT, corrected_in_siak, decided, family_card_anew
from sqlalchemy import select

from appliance.casework.roles import Role
from appliance.casework.sop import NotAllowed
from appliance.central.centre import EnrolmentState
from appliance.devices import PrintJob, PrintState
from appliance.faults import DeviceFault, FaultCode
from appliance.kiosk_ui.case_page import case_view
from appliance.office.acts import ACTS
from appliance.office.context import FormRefused
from appliance.queue import jobs
from appliance.records import audit, family_cards, uncollected
from appliance.records.documents_of import family_card_signed
from appliance.records.schema import case as case_table
from appliance.records.schema import chain_link
from hw_sim.central.esign import sign_pdf
from hw_sim.central.pki import Authorities


def doubted(counter: Counter, *, printed: bool = False, handed_over: bool = False) -> str:
    """A case whose resident the centre holds for somebody with another NIK, its family card signed and more."""
    counter.centre.states = [EnrolmentState("DUPLICATE_RECORD")]
    case = counter.recorded()
    if printed or handed_over:
        counter.do("print_kk", Role.OPERATOR, case)
        counter.run("document_printer")
    if handed_over:
        handed(counter, case)
    counter.centre_goes_on()
    assert counter.person(case).ktp_state == "GANDA"
    return case


def handed(counter: Counter, case: str) -> None:
    counter.do("hand_over_kk", Role.PETUGAS, case, receiver="Ratna Puspitasari", relation="reporter")
    counter.run("render")


def told(counter: Counter, case: str, event: str) -> list[tuple[str, dict[str, Any]]]:
    with counter.store.read() as tx:
        lines = [one for one in audit.of_case(tx, case) if one["event"] == event]
    return [(str(one["actor"]).partition(":")[0], json.loads(str(one["facts"]))) for one in lines]


@pytest.mark.parametrize(("printed", "handed_over"), [(False, False), (True, False), (True, True)])
def test_after_the_decision_the_card_is_withdrawn_and_made_anew_with_the_kept_nik(
    counter: Counter, printed: bool, handed_over: bool
) -> None:
    case = doubted(counter, printed=printed, handed_over=handed_over)
    (old,) = counter.evidence(case, "kk_signed")
    decided(counter, case)
    assert (counter.case(case).state, counter.case(case).kk_state) == ("INPUT_SIAK", "MENUNGGU")
    assert counter.person(case).nik == counter.person(case).biodata.nik == KEPT
    assert [one.state for one in counter.evidence(case, "kk_signed")] == ["withdrawn"]
    assert [one.state for one in counter.evidence(case, "kk_draft")] == ["withdrawn"]
    ((who, facts),) = told(counter, case, "kk-withdraw-complete")
    assert (who, facts) == ("kasi", {"resident": 0, "sha256": [old.sha256], "handed_over": handed_over})
    for act, role in (("print_kk", Role.OPERATOR), ("submit_draft", Role.OPERATOR)):
        assert act not in counter.state(case, role).acts
        with pytest.raises(NotAllowed):
            counter.do(act, role, case)
    with pytest.raises(NotAllowed):
        handed(counter, case)
    corrected_in_siak(counter, case)
    family_card_anew(counter, case)
    assert KEPT.encode() in newest_draft(counter, case)
    counter.do("print_kk", Role.OPERATOR, case)
    counter.run("document_printer")
    keys = [key for key, _ in counter.devices["document_printer"].submitted]
    before = [f"print-kk:{case}:1"] if printed else []
    assert keys == [*before, f"print-kk:2:{case}:1"], "what came out before says nothing of it"
    handed(counter, case)
    assert counter.case(case).kk_state == "KK_DISERAHKAN"
    assert len(counter.evidence(case, "receipt")) == 1 + handed_over
    counter.do("archive", Role.PETUGAS, case, box="1", shelf="1")
    assert [one.state for one in counter.evidence(case, "kk_signed")] == ["withdrawn", "accepted"]
    assert counter.evidence(case, "kk_signed")[0].blob == old.blob, "kept by its retention like any other"


def drafted_again(counter: Counter, case: str) -> None:
    """The Kasi has decided, SIAK holds the kept NIK, and there is a draft with it."""
    decided(counter, case)
    corrected_in_siak(counter, case)
    counter.do("enter_siak", Role.OPERATOR, case)
    counter.run("siak", "render")


def newest_draft(counter: Counter, case: str) -> bytes:
    item = counter.evidence(case, "kk_draft")[-1]
    return counter.office.vault.get(case, counter.case(case).wrapped_key, str(item.blob))


def test_nobody_holds_two_links_of_the_card_made_anew(counter: Counter) -> None:
    case = doubted(counter)
    drafted_again(counter, case)
    with pytest.raises(NotAllowed, match="sudah memegang langkah lain"):
        ACTS["submit_draft"](counter.office, replace(PEOPLE[Role.KASI], role=Role.OPERATOR), case, {})
    family_card_anew(counter, case)
    with counter.store.read() as tx:
        rows = tx.sql.execute(select(chain_link.c.link, chain_link.c.account_id)).all()
    assert len(rows) == 5 and len({row.account_id for row in rows}) == 5


def test_siak_must_hold_the_kept_nik_before_there_is_a_draft(counter: Counter) -> None:
    case = doubted(counter)
    decided(counter, case)
    counter.do("enter_siak", Role.OPERATOR, case)
    counter.run("siak", "render")
    with counter.store.read() as tx:
        (held,) = [one for one in jobs.of_case(tx, case) if one.kind == "enter" and one.state == "hold"]
    assert (held.fault, held.detail) == ("siak.differs", "0.nik")
    assert counter.person(case).nik == KEPT, "its first answer gives the deleted one back to nobody"
    assert family_standing(counter, case, "kk_draft") == 0
    corrected_in_siak(counter, case)
    counter.do("retry_job", Role.OPERATOR, case, job=held.key)
    counter.run("siak", "render")
    assert KEPT.encode() in newest_draft(counter, case)


def family_standing(counter: Counter, case: str, kind: str) -> int:
    with counter.store.read() as tx:
        return len(family_cards.standing(tx, case, kind))


def test_the_old_paper_is_told_not_to_be_valid(counter: Counter) -> None:
    case = doubted(counter, handed_over=True)
    sha256 = str(counter.evidence(case, "kk_signed")[0].sha256)
    with counter.store.read() as tx:
        known = family_card_signed(tx, sha256)
    assert known is not None and known.newest
    decided(counter, case)
    with counter.store.read() as tx:
        known = family_card_signed(tx, sha256)
    assert known is not None and not known.newest, "before the new one is there, too"
    view = case_view(counter.state(case, Role.PETUGAS), (), "")
    assert any("Minta kembali lembar lama" in one for one in view.notes)
    assert "KK bertanda tangan elektronik (ditarik, tidak berlaku)" in [one.title for one in view.documents]


def test_where_the_old_sheet_lies_is_no_place_of_the_new_one(counter: Counter) -> None:
    case = doubted(counter, printed=True)
    counter.do("shelve_kk", Role.PETUGAS, case, shelf="Rak 3")
    decided(counter, case)
    corrected_in_siak(counter, case)
    family_card_anew(counter, case)
    counter.do("print_kk", Role.OPERATOR, case)
    counter.run("document_printer")
    state = counter.state(case, Role.PETUGAS)
    assert not any("Rak 3" in one for one in case_view(state, (), "").notes)
    with counter.store.read() as tx:
        assert [one.shelf for one in uncollected.of_case(tx, state.record)] == [""]


def test_a_sheet_that_is_being_printed_is_settled_first(counter: Counter) -> None:
    case = doubted(counter)
    with counter.store.write() as tx:
        jobs.put(tx, "document_printer", "print-kk", f"print-kk:{case}", case_id=case)
    printer = counter.devices["document_printer"]
    printer.next = [DeviceFault(FaultCode.PRINTER_MEDIA_EMPTY)]
    counter.run("document_printer")
    with pytest.raises(NotAllowed, match="sedang dicetak"):
        decided(counter, case)
    assert counter.person(case).ktp_state == "GANDA" and counter.evidence(case, "decision", 0) == []
    counter.do("give_up_job", Role.OPERATOR, case, job=f"print-kk:{case}", reason="KK ditarik")
    decided(counter, case)
    assert counter.case(case).state == "INPUT_SIAK"


def test_a_cut_print_of_the_new_card_is_settled_by_itself(counter: Counter) -> None:
    """The intent of the new sheet stands, the printer forgot the job: it is asked, and one sheet comes out."""
    case = doubted(counter, printed=True)
    decided(counter, case)
    corrected_in_siak(counter, case)
    family_card_anew(counter, case)
    printer = counter.devices["document_printer"]
    printer.next = [PrintJob("", 1, PrintState.ABORTED, (), False)]
    counter.do("print_kk", Role.OPERATOR, case)
    counter.run("document_printer")
    assert counter.case(case).kk_state == "KK_TERBIT"
    counter.do("retry_job", Role.OPERATOR, case, job=f"print-kk:2:{case}")
    counter.run("document_printer")
    assert counter.case(case).kk_state == "KK_DICETAK"
    assert family_standing(counter, case, "kk_signed") == 1
    assert [key for key, _ in printer.submitted] == [
        f"print-kk:{case}:1",
        f"print-kk:2:{case}:1",
        f"print-kk:2:{case}:2",
    ]


def test_the_kept_nik_is_not_another_members(counter: Counter) -> None:
    case = of_two(counter, "DUPLICATE_RECORD", "PRINT_READY_RECORD")
    with pytest.raises(FormRefused, match="dipakai anggota keluarga lain"):
        decided(counter, case, str(counter.person(case, 1).nik))
    assert family_standing(counter, case, "kk_signed") == 1


def of_two(counter: Counter, *states: str) -> str:
    """A family of two adults; what the centre says of each."""
    file = complete()
    wife = {**file["residents"][0], "full_name": "SRI RIYADI", "sex": 2, "family_relation": 3}
    file["residents"].append(wife)
    case = counter.verified(file)
    for position in (0, 1):
        counter.do("search_biometrics", Role.PEREKAM, case, resident=position)
        counter.run("scanner", "centre")
    family_card_anew(counter, case)
    for position, state in enumerate(states):
        counter.centre.states = [EnrolmentState(state)]
        counter.record_all(case, position)
        counter.centre_goes_on()
    return case


@pytest.mark.parametrize("second", ["deleted", "kept"])
def test_a_family_of_two_doubted_ones_has_its_card_made_anew_once(counter: Counter, second: str) -> None:
    case = of_two(counter, "DUPLICATE_RECORD", "DUPLICATE_RECORD")
    decided(counter, case)
    assert (counter.case(case).state, counter.case(case).kk_state) == ("PENERBITAN", "KK_TERBIT")
    assert family_standing(counter, case, "kk_signed") == 0
    with pytest.raises(NotAllowed, match="menunggu keputusan Kasi"):
        counter.do("print_kk", Role.OPERATOR, case)
    if second == "deleted":
        decided(counter, case, "9901014101800002", 1)
    else:
        counter.do("record_again", Role.KASI, case, resident=1, reason="saudara yang mirip")
    assert (counter.case(case).state, counter.case(case).kk_state) == ("INPUT_SIAK", "MENUNGGU")
    assert len(told(counter, case, "case-withdraw_kk-complete")) == 1


def test_a_card_of_the_family_in_work_is_finished_first(counter: Counter) -> None:
    case = of_two(counter, "DUPLICATE_RECORD", "PRINT_READY_RECORD")
    counter.receive_blanks()
    counter.do("issue_card", Role.OPERATOR, case, resident=1, blank_serial="A001")
    with pytest.raises(NotAllowed, match="sedang dibuat"):
        decided(counter, case)
    assert counter.person(case).ktp_state == "GANDA" and family_standing(counter, case, "kk_signed") == 1


def test_a_file_whose_card_is_made_anew_goes_back_to_the_operator_only(counter: Counter) -> None:
    """A file attached anew would begin each resident's card from the start."""
    case = doubted(counter)
    drafted_again(counter, case)
    counter.do("submit_draft", Role.OPERATOR, case)
    acts = counter.state(case, Role.KABID).acts
    assert "send_back" in acts and "return_file" not in acts
    with pytest.raises(NotAllowed, match="Kembalikan ke operator"):
        counter.do("return_file", Role.KABID, case, items=("SK_DINSOS",), reason="SURAT_KURANG", note="")


def test_a_case_of_an_earlier_version_goes_on_as_it_began(counter: Counter) -> None:
    case = doubted(counter)
    with counter.store.write() as tx:
        tx.sql.execute(case_table.update().values(sop_version="D-11/002-4"))
    decided(counter, case)
    assert (counter.case(case).state, counter.case(case).kk_state) == ("PENERBITAN", "KK_TERBIT")


def test_without_any_line_it_is_made_anew_by_hand(tmp_path: Path, trust: Authorities) -> None:
    with open_by_hand(tmp_path, trust) as counter:
        case = validated(counter)
        first = sign_pdf(SHEET, trust.officials[HEAD], "KK", "Metro")
        assert brought(counter, case, first) is None
        counter.record_all(case)
        state_of(counter, case, "DUPLICATE_RECORD")
        decided(counter, case)
        assert "type_numbers" in counter.state(case, Role.OPERATOR).acts
        for act in ("type_numbers", "confirm_numbers"):
            counter.do(act, Role.OPERATOR, case, kk_number=KK, niks=())
        counter.run("render")
        assert counter.person(case).nik == KEPT
        counter.do("submit_draft", Role.OPERATOR, case)
        counter.do("validate", Role.KABID, case)
        counter.clock.go(60)
        anew = sign_pdf(SHEET, trust.officials[HEAD], "KK anew", "Metro")
        counter.do("import_signed", Role.OPERATOR, case, berkas=anew)
        counter.run("esign")
        assert counter.job(f"sign:2:{case}").fault is None
        assert (counter.case(case).state, counter.case(case).kk_state) == ("PENERBITAN", "KK_TERBIT")
        assert family_standing(counter, case, "kk_signed") == 1


class Cut(BaseException):
    """The power goes."""


@pytest.mark.parametrize("at", ["enter", "draft", "submit", "settle"])
def test_a_cut_on_the_way_leaves_one_family_card_that_stands_and_one_sheet_of_it(counter: Counter, at: str) -> None:
    case = doubted(counter, printed=True)
    decided(counter, case)
    corrected_in_siak(counter, case)
    printer, clerk = counter.devices["document_printer"], counter.machines.renderer
    cut = {
        "enter": (counter.siak, "resident"),
        "draft": (clerk, "render_family_card"),
        "submit": (printer, "submit"),
        "settle": (printer, "settle"),
    }[at]
    cuts = 0
    for act, role, lanes in (
        ("enter_siak", Role.OPERATOR, ("siak", "render")),
        ("submit_draft", Role.OPERATOR, ()),
        ("validate", Role.KABID, ()),
        ("sign", Role.KADIS, ()),
        ("print_kk", Role.OPERATOR, ("document_printer",)),
    ):
        counter.do(act, role, case, passphrase="kuda-terbang")
        cuts += _run_and_cut(counter, lanes, *cut)
        if act == "sign":
            counter.signature_arrived(case, b"%PDF signed anew")
    assert cuts == 1 and counter.case(case).kk_state == "KK_DICETAK"
    assert family_standing(counter, case, "kk_signed") == 1
    assert len({key for key, _ in printer.submitted}) == 2, "the old sheet, and the new one"
    assert len(printer.submitted) == 2
    handed(counter, case)
    assert KEPT.encode() in newest_draft(counter, case)


def _run_and_cut(counter: Counter, lanes: tuple[str, ...], what: object, verb: str) -> bool:
    """Do the work of these lanes; the power goes once if `verb` is asked for, and what was leased is free again."""

    def gone(*_: object) -> None:
        raise Cut

    setattr(what, verb, gone)
    was_cut = False
    try:
        counter.run(*lanes)
    except Cut:
        was_cut = True
        jobs.release_leases(counter.store, lanes)
    delattr(what, verb)
    counter.run(*lanes)
    return was_cut
