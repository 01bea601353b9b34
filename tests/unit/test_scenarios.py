"""What really happens in registry offices, told as cases: the usual trouble, each from its beginning to its end.

Each has its number of the twenty that were agreed on. Those of absence stand in test_scenarios_away.py, of the signed
card in test_scenarios_signed.py, of the signing service in tests/e2e/test_signing_scenario.py; trouble of devices and
daemons in tests/fault, of the chip in tests/contract.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from case_files import as_bytes, changed, complete
from counter import PEOPLE, Counter
from kk_again import corrected_in_siak, family_card_anew

from appliance.casework.central_states import PATIENCE_DAYS
from appliance.casework.intake import FileRefused, Letter
from appliance.casework.roles import Role
from appliance.casework.sop import NotAllowed
from appliance.central.centre import EnrolmentState, SearchResult
from appliance.devices import FingerPosition, PrintJob, PrintState
from appliance.faults import DeviceFault, FaultCode
from appliance.kiosk_ui.case_notes import notes_of
from appliance.kiosk_ui.resident_page import resident_view
from appliance.office import day_close, destruction, reports
from appliance.office.context import FormRefused
from appliance.records import blanks
from appliance.records.blanks import BlankState

DAY = 24 * 3600


def said_of(counter: Counter, case: str, role: Role = Role.KASI) -> str:
    """What the case page says of the card's leg."""
    return resident_view(counter.state(case, role).residents[0]).note


def acts(counter: Counter, case: str, role: Role) -> tuple[str, ...]:
    """What is to be done; noting the shelf can be done all the time."""
    return tuple(one for one in counter.state(case, role).residents[0].acts if one != "shelve_card")


def hand_over_family_card(counter: Counter, case: str) -> None:
    counter.do("print_kk", Role.OPERATOR, case)
    counter.run("document_printer")
    counter.do("hand_over_kk", Role.PETUGAS, case, receiver="Ratna Puspitasari", relation="reporter")
    counter.run("render")


def card_made(counter: Counter, case: str, serial: str = "A001") -> None:
    counter.do("issue_card", Role.OPERATOR, case, blank_serial=serial)
    counter.chip_written(case, serial)
    counter.do("print_card", Role.OPERATOR, case)
    counter.run("card_printer")
    counter.do("look_card", Role.OPERATOR, case, result="ok")


def test_01_a_man_without_nik_is_returned_twice_then_complete_recorded_and_handed_over(counter: Counter) -> None:
    file = complete()
    letters = file["letters"]
    case = counter.report()
    for have in (1, 2):
        counter.do("attach_file", Role.PETUGAS, case, berkas=as_bytes({**file, "letters": letters[:have]}))
        with pytest.raises(NotAllowed, match="Belum lengkap"):
            counter.do("pass_check", Role.PETUGAS, case)
        lacking = letters[have]["kind"]
        counter.do("return_file", Role.PETUGAS, case, items=(lacking,), reason="SURAT_KURANG", note="")
        assert counter.case(case).state == "DIKEMBALIKAN"
        brought = {**letters[have], "date": date.fromisoformat(letters[have]["date"])}
        reports.add_letter(counter.office, counter.case(case).code, Letter(**brought))
    assert counter.case(case).state == "CEK_KELENGKAPAN"
    counter.do("pass_check", Role.PETUGAS, case)
    counter.do("verify", Role.KASI, case)
    counter.do("search_biometrics", Role.PEREKAM, case)
    counter.run("scanner", "centre")
    counter.do("enter_siak", Role.OPERATOR, case)
    counter.run("siak", "render")
    counter.do("submit_draft", Role.OPERATOR, case)
    counter.do("validate", Role.KABID, case)
    counter.do("sign", Role.KADIS, case, passphrase="kuda-terbang")
    counter.signature_arrived(case)
    counter.record_all(case)
    counter.centre_goes_on()
    assert counter.person(case).ktp_state == "PRR"
    counter.receive_blanks()
    card_made(counter, case)
    hand_over_family_card(counter, case)
    counter.do("hand_over_card", Role.PETUGAS, case)
    counter.matched(case)
    counter.run("render")
    counter.do("archive", Role.PETUGAS, case, box="1", shelf="1")
    assert counter.case(case).state == "DIARSIPKAN"
    assert len(counter.evidence(case, "return")) == 2


def test_02_a_hit_in_another_region_gives_no_new_nik(counter: Counter) -> None:
    counter.centre.search_result = SearchResult("hit_other_region", "9901014101800001")
    case = counter.searched()
    assert counter.case(case).state == "CEK_BIOMETRIK"
    with pytest.raises(NotAllowed):
        counter.do("enter_siak", Role.OPERATOR, case)
    counter.do("decide_search", Role.KASI, case, decision="reject", reason="terdaftar di kabupaten lain")
    assert counter.case(case).state == "DITOLAK"
    assert counter.siak.asked == []
    assert counter.person(case).nik is None


def test_02_a_hit_in_another_region_keeps_his_nik_and_moves_in(counter: Counter) -> None:
    known = "9901014101800001"
    counter.office = replace(counter.office, settings=replace(counter.office.settings, sop_profile="national"))
    file = complete()
    file["letters"] += [{**file["letters"][0], "kind": kind} for kind in ("F_1_01", "F_1_02", "F_1_04", "SKPTI")]
    counter.centre.search_result = SearchResult("hit_other_region", known)
    case = counter.searched(file)
    (told,) = [one for one in notes_of(counter.state(case, Role.KASI)) if "NIK yang ditemukan" in one]
    assert told.startswith(f"NIK yang ditemukan untuk SUGENG RIYADI: {'•' * 12}0001; jenis kelamin di NIK berbeda")
    assert not [one for one in notes_of(counter.state(case, Role.PEREKAM)) if "NIK yang ditemukan" in one]
    counter.do("decide_search", Role.KASI, case, decision="known", reason="wajah dan nama ibu sama")
    assert (counter.person(case).nik, counter.case(case).state) == (known, "VERIFIKASI_KASI")
    with pytest.raises(NotAllowed, match=r"F-1\.03"):
        counter.do("verify", Role.KASI, case)
    counter.do("return_file", Role.KASI, case, items=("F_1_03",), reason="SURAT_KURANG", note="Surat pindah.")
    moves_in = Letter("F_1_03", "-", date(2026, 11, 1), "Disdukcapil", "Ratna")
    reports.add_letter(counter.office, counter.case(case).code, moves_in)
    counter.do("attach_file", Role.PETUGAS, case, berkas=as_bytes(file))
    assert counter.person(case).biodata.nik == known, "the file told again does not know of it"
    counter.do("pass_check", Role.PETUGAS, case)
    counter.do("verify", Role.KASI, case)
    assert counter.case(case).state == "INPUT_SIAK", "he is not searched for twice"
    counter.do("enter_siak", Role.OPERATOR, case)
    counter.run("siak", "render")
    assert counter.person(case).nik == known
    counter.do("submit_draft", Role.OPERATOR, case)
    counter.do("validate", Role.KABID, case)
    assert counter.case(case).state == "TTE_KADIS"


@pytest.mark.parametrize("same", [True, False])
def test_03_a_duplicate_one_to_many_is_decided_by_the_kasi(counter: Counter, same: bool) -> None:
    counter.centre.states = [EnrolmentState("DUPLICATE_RECORD")]
    case = counter.ready_to_print()
    assert counter.person(case).ktp_state == "GANDA"
    assert "Kasi memeriksa kedua berkas" in said_of(counter, case)
    assert {"record_again", "end_ktp"} <= set(acts(counter, case, Role.KASI))
    with pytest.raises(NotAllowed, match="KK menunggu keputusan Kasi"):
        counter.do("print_kk", Role.OPERATOR, case)
    assert "print_kk" not in counter.state(case, Role.OPERATOR).acts
    if same:
        kept = "9901014101800001"
        for values, field in (
            ({}, "kept_nik"), ({"kept_nik": "12"}, "kept_nik"), ({"kept_nik": kept}, "ticket"),
            ({"kept_nik": counter.person(case).nik, "ticket": "H-7"}, "kept_nik"),
        ):  # fmt: skip
            with pytest.raises(FormRefused) as refused:
                counter.do("end_ktp", Role.KASI, case, cause="GANDA", **values)
            assert refused.value.mistakes[0][0] == field
        counter.do("end_ktp", Role.KASI, case, cause="GANDA", kept_nik=kept, ticket="H-7")
        assert counter.person(case).ktp_state == "TIDAK_TERBIT"
        decided = counter.evidence(case, "decision")[-1].facts
        assert (decided["kept_nik"], decided["ticket"]) == (kept, "H-7")
        assert said_of(counter, case).endswith(f"{'•' * 12}0001, tiket HAPUS H-7")
        corrected_in_siak(counter, case, kept)
        family_card_anew(counter, case)
        hand_over_family_card(counter, case)
        counter.do("archive", Role.PETUGAS, case, box="1", shelf="1")
        assert counter.case(case).state == "DIARSIPKAN"
        return
    counter.do("record_again", Role.KASI, case, reason="saudara yang mirip, pusat sudah menghapus")
    counter.centre.states = [EnrolmentState("PRINT_READY_RECORD")]
    counter.record_all(case)
    counter.centre_goes_on()
    assert counter.person(case).ktp_state == "PRR"


def test_04_a_failure_after_soft_lenses_is_recorded_again(counter: Counter) -> None:
    counter.centre.states = [EnrolmentState("ENROLL_FAILURE_AT_CENTRAL", "iris not verifiable")]
    case = counter.ready_to_print()
    assert counter.person(case).ktp_state == "GAGAL_PUSAT"
    said = said_of(counter, case)
    assert "lensa kontak" in said and "iris not verifiable" in said
    assert "start_recording" in acts(counter, case, Role.PEREKAM)
    assert "send_again" not in acts(counter, case, Role.PEREKAM)
    counter.centre.states = [EnrolmentState("PRINT_READY_RECORD")]
    counter.record_all(case)
    counter.centre_goes_on()
    assert counter.person(case).ktp_state == "PRR"


def test_05_a_recording_that_waits_thirty_days_at_the_centre_opens_its_task(counter: Counter) -> None:
    counter.centre.states = [EnrolmentState("SENT_FOR_ENROLLMENT")]
    case = counter.ready_to_print()
    assert counter.person(case).ktp_state == "DIKIRIM"
    assert "record_again" not in acts(counter, case, Role.KASI)
    with pytest.raises(NotAllowed, match=f"{PATIENCE_DAYS} hari"):
        counter.do("record_again", Role.KASI, case, reason="lama")
    counter.clock.go(30 * DAY)
    assert "Sudah 30 hari" in said_of(counter, case)
    assert "record_again" in acts(counter, case, Role.KASI)
    counter.do("record_again", Role.KASI, case, reason="rekaman lama di pusat sudah dihapus lewat SIAK")
    counter.centre.enrolments[f"{case}:0:1"] = [EnrolmentState("DUPLICATE_RECORD")]
    counter.run("centre")
    assert counter.person(case).ktp_state == "GAGAL_PUSAT", "the given-up recording moves nothing"
    counter.centre.states = [EnrolmentState("PRINT_READY_RECORD")]
    counter.record_all(case)
    counter.centre_goes_on()
    assert counter.person(case).ktp_state == "PRR"
    assert counter.job(f"enrolment-state:{case}:0:1").state == "done"


def test_06_an_adult_of_one_name_and_unknown_birth_date_is_told_the_rule_and_then_goes_on(counter: Counter) -> None:
    case = counter.report()
    with pytest.raises(FileRefused) as refused:
        file = changed("residents", 0, "full_name", to="SUGENG")
        counter.do("attach_file", Role.PETUGAS, case, berkas=as_bytes(file))
    assert any("kurang dari dua kata" in mistake for mistake in refused.value.mistakes)
    assert counter.case(case).state == "DILAPORKAN"
    counter.do("attach_file", Role.PETUGAS, case, berkas=as_bytes(complete()))
    assert counter.person(case).biodata.birth_date_estimated
    assert "(perkiraan)" in dict(resident_view(counter.state(case, Role.KASI).residents[0]).facts)["Lahir"]


def test_07_twins_wait_for_the_expert_and_the_centre_may_still_decide(counter: Counter) -> None:
    counter.centre.states = [EnrolmentState("ADJUDICATE_RECORD"), EnrolmentState("PRINT_READY_RECORD")]
    case = counter.recorded()
    counter.run("centre")
    counter.clock.go(5)
    counter.run("centre")
    assert counter.person(case).ktp_state == "DIKIRIM"
    assert "ahli pusat" in said_of(counter, case)
    assert "record_again" in acts(counter, case, Role.KASI)
    counter.clock.go(120)
    counter.run("centre")
    assert counter.person(case).ktp_state == "PRR"


def test_08_somebody_without_fingers_is_recorded_by_exceptions_and_known_by_his_face(counter: Counter) -> None:
    case = counter.signed()
    counter.do("start_recording", Role.PEREKAM, case)
    for finger in FingerPosition:
        counter.do("except_finger", Role.PEREKAM, case, position=finger.value, reason="AMPUTASI", permanent=True)
    counter.run("camera")
    counter.do("confirm_exceptions", Role.KASI, case, result="yes")
    counter.do("capture_photo", Role.PEREKAM, case)
    counter.run("camera")
    counter.do("cannot_sign", Role.PEREKAM, case, reason="AMPUTASI")
    counter.do("confirm_cannot_sign", Role.KASI, case, result="yes")
    counter.do("finish_recording", Role.PEREKAM, case)
    counter.centre_goes_on()
    ((_, _, excepted, images, _, signature),) = counter.centre.sent
    assert len(excepted) == 10 and images is None and signature is None
    counter.receive_blanks()
    card_made(counter, case)
    assert acts(counter, case, Role.PETUGAS) == ("compare_face",)


@pytest.mark.parametrize(("marital_status", "leg"), [(1, "TIDAK_PERLU"), (2, "BELUM_REKAM"), (4, "BELUM_REKAM")])
def test_09_under_seventeen_gets_a_card_only_when_married_or_once_married(
    counter: Counter, marital_status: int, leg: str
) -> None:
    value = complete()
    young = {"full_name": "BUDI RIYADI", "birth_date": "2010-07-01", "marital_status": marital_status}
    value["residents"].append({**value["residents"][0], **young, "family_relation": 4, "birth_date_estimated": False})
    case = counter.attached(value)
    assert counter.person(case, 1).ktp_state == leg


def test_10_a_torn_chip_is_spoiled_sealed_and_burnt_before_witnesses(counter: Counter) -> None:
    case = counter.ready_to_print()
    counter.receive_blanks()
    counter.do("issue_card", Role.OPERATOR, case, blank_serial="A001")
    counter.do("look_card", Role.OPERATOR, case, result="spoiled", cause="GAGAL_ENCODE")
    keeper = PEOPLE[Role.GUDANG]
    destruction.seal_blanks(counter.office, keeper, {"serials": "A001", "seal": "SEGEL-1"})
    burnt = {
        "seals": "SEGEL-1", "number": "1/BA/2026", "date": counter.office.today(), "place": "halaman kantor",
        "witness_1": "Agus Setiawan", "office_1": "Polsek", "witness_2": "Dedi Kurniawan", "office_2": "Satpol PP",
    }  # fmt: skip
    assert destruction.destroy_blanks(counter.office, keeper, burnt)
    with counter.store.read() as tx:
        assert blanks.state_of(tx, "A001") is BlankState.DESTROYED
    counter.run("centre")
    assert counter.centre.voided == ["card-A001:GAGAL_ENCODE"]
    card_made(counter, case, "A002")
    assert counter.person(case).ktp_state == "KARTU_JADI"


def test_11_the_ribbon_ends_at_card_37_and_the_card_is_printed_once_afterwards(counter: Counter) -> None:
    case = counter.ready_to_print()
    counter.receive_blanks(40)
    counter.do("issue_card", Role.OPERATOR, case, blank_serial="A037")
    counter.chip_written(case, "A037")
    printer = counter.devices["card_printer"]
    printer.next = [DeviceFault(FaultCode.PRINTER_SUPPLY_EMPTY), PrintJob("", 1, PrintState.COMPLETED, (), True)]
    counter.do("print_card", Role.OPERATOR, case)
    counter.run("card_printer")
    job = counter.job("print-card:A037")
    assert (job.state, job.fault) == ("hold", "printer.marker-supply-empty")
    counter.do("retry_job", Role.OPERATOR, case, job="print-card:A037")
    counter.run("card_printer")
    with counter.store.read() as tx:
        assert blanks.state_of(tx, "A037") is BlankState.PRINTED
        assert blanks.state_of(tx, "A036") is BlankState.RECEIVED


def test_15_a_count_off_by_one_closes_the_day_only_over_two_signatures(counter: Counter) -> None:
    counter.receive_blanks(3)
    keeper = PEOPLE[Role.GUDANG]
    with counter.store.read() as tx:
        expected = day_close.shelves_to_count(tx)
    counted = {day_close.count_field(shelf): str(number) for shelf, number in expected.items()}
    full = next(shelf for shelf, number in expected.items() if number == 3)
    counted[day_close.count_field(full)] = "2"
    assert day_close.count_blanks(counter.office, keeper, counted) == 1
    with pytest.raises(NotAllowed):
        day_close.close_day(counter.office, keeper, {})
    assert day_close.close_day(counter.office, keeper, {"reason": "satu blanko belum ditemukan"}) is False
    with pytest.raises(NotAllowed):
        day_close.sign_day(counter.office, keeper, {})
    day_close.sign_day(counter.office, PEOPLE[Role.KASI], {})
    with pytest.raises(NotAllowed, match="sudah ditutup"):
        day_close.count_blanks(counter.office, keeper, counted)


def test_17_the_holder_dies_between_prr_and_handover(counter: Counter) -> None:
    case = counter.ready_to_print()
    counter.receive_blanks()
    card_made(counter, case)
    with pytest.raises(NotAllowed, match="rusak dulu"):
        counter.do("end_ktp", Role.KASI, case, cause="MENINGGAL")
    counter.do("look_card", Role.OPERATOR, case, result="spoiled", cause="PEMILIK_MENINGGAL")
    counter.do("end_ktp", Role.KASI, case, cause="MENINGGAL")
    assert (counter.person(case).ktp_state, counter.person(case).note) == ("TIDAK_TERBIT", "Penduduk meninggal")
    with pytest.raises(NotAllowed):
        counter.do("issue_card", Role.OPERATOR, case, blank_serial="A002")
    hand_over_family_card(counter, case)
    counter.do("archive", Role.PETUGAS, case, box="1", shelf="1")
    with counter.store.read() as tx:
        assert blanks.state_of(tx, "A001") is BlankState.SPOILED


def test_20_place_codes_of_the_statistics_office_are_refused_by_name(counter: Counter) -> None:
    case = counter.report()
    metro_of_the_statistics_office = (
        "1872011",
        "1872012",
        "1872021",
        "1872022",
        "1872023",
        "18.72.022",
        "1872022005",
    )
    for code in (*metro_of_the_statistics_office, "18.74.01.1005", "1874010005", "18.72.09.1005"):
        file = changed("household", "kelurahan", to=code)
        with pytest.raises(FileRefused) as refused:
            counter.do("attach_file", Role.PETUGAS, case, berkas=json.dumps(file).encode())
        assert any("household.kelurahan" in mistake for mistake in refused.value.mistakes)
    assert counter.case(case).state == "DILAPORKAN"


def test_only_the_kasi_ends_or_reorders_and_the_list_of_causes_is_closed(counter: Counter) -> None:
    case = counter.signed()
    for role in set(Role) - {Role.KASI}:
        with pytest.raises(NotAllowed):
            counter.do("end_ktp", role, case, cause="PINDAH")
    with pytest.raises(NotAllowed, match="daftar"):
        counter.do("end_ktp", Role.KASI, case, cause="LAINNYA")
    assert counter.person(case).ktp_state == "BELUM_REKAM"
    assert not [item for item in counter.evidence(case, "decision") if item.name == "end_ktp"]


def test_a_search_that_failed_at_the_centre_is_sent_again_without_the_resident(counter: Counter) -> None:
    counter.centre.states = [EnrolmentState("SEARCH_FAILURE_AT_CENTRAL")]
    case = counter.ready_to_print()
    assert acts(counter, case, Role.PEREKAM)[0] == "send_again"
    counter.centre.states = [EnrolmentState("PRINT_READY_RECORD")]
    counter.do("send_again", Role.PEREKAM, case)
    counter.centre_goes_on()
    assert counter.person(case).ktp_state == "PRR"
    first, second = counter.centre.sent
    assert first == second
    assert [item.attempt for item in counter.evidence(case, "enrolment")] == [1, 2]
