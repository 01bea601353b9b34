"""An office without any line to the outside: people carry the numbers, the states and the signed paper."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
import typst
from counter import PEOPLE, Counter, open_counter
from front_office import BY_HAND, FrontOffice, open_office, sign_in, token

from appliance.casework.central_states import CENTRAL_STATES, Outcome, cannot_follow
from appliance.casework.roles import SYSTEM, Role
from appliance.casework.sop import NotAllowed
from appliance.central.siak import ManualSiak
from appliance.faults import FaultCode
from appliance.kiosk_ui.desk import Desk
from appliance.office.acts import ACTS
from appliance.office.context import FormRefused
from appliance.office.views import case_state, something_to_do
from appliance.office.work_list import work_page
from appliance.queue import jobs
from appliance.records import accounts, audit
from hw_sim.central.esign import sign_pdf
from hw_sim.central.pki import Authorities, Official, make_authorities

HEAD, OTHER = "9972014107700001", "9972015203720002"
KK, NIK, WRONG = "9972012411260001", "9972010107710001", "9972010107710002"
SHEET = typst.compile(
    b'#set document(date: datetime(year: 2026, month: 11, day: 24), title: "KK")\n= KK', format="pdf"
) + b"\n"  # fmt: skip


class Clerk:
    """Every paper is the same small PDF."""

    def __getattr__(self, name: str) -> object:
        if not name.startswith("render_"):
            raise AttributeError(name)
        return lambda values: SHEET


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Authorities:
    officials = (Official(HEAD, "Kepala Dinas", "x"), Official(OTHER, "Orang lain", "x"))
    return make_authorities(tmp_path_factory.mktemp("pki"), officials)


@pytest.fixture
def counter(tmp_path: Path, trust: Authorities) -> Iterator[Counter]:
    found = open_counter(tmp_path, time.time_ns() // 1_000_000)
    settings = found.office.settings
    settings = replace(settings, central=BY_HAND, office=replace(settings.office, head_nik=HEAD))
    found.office = replace(found.office, settings=settings)
    found.machines = replace(found.machines, settings=settings, renderer=Clerk())  # type: ignore[arg-type]
    found.offices = replace(
        found.offices, settings=settings, siak=ManualSiak(), centre=None, signer=None,
        esign_roots=trust.esign_roots.read_bytes(),
    )  # fmt: skip
    yield found
    with found.store.read() as tx:
        assert audit.verify(tx)[1] is None
        told = "".join(f"{one['facts']}" for one in audit.entries(tx))
        assert KK not in told and NIK not in told
    found.store.close()


def searched(counter: Counter) -> str:
    case = counter.verified()
    assert counter.state(case, Role.PEREKAM).residents[0].acts == ("enter_search",)
    counter.do(
        "enter_search", Role.PEREKAM, case, result="no_hit", evidence="tiket 12", seen_on=counter.office.today()
    )
    return case


def typed(counter: Counter, case: str, act: str, kk_number: str = KK, nik: str = NIK) -> None:
    counter.do(act, Role.OPERATOR, case, kk_number=kk_number, niks=(nik,))


def entered(counter: Counter) -> str:
    case = searched(counter)
    typed(counter, case, "type_numbers")
    typed(counter, case, "confirm_numbers")
    counter.run("render")
    return case


def validated(counter: Counter) -> str:
    case = entered(counter)
    counter.do("submit_draft", Role.OPERATOR, case)
    counter.do("validate", Role.KABID, case)
    return case


def brought(counter: Counter, case: str, document: bytes) -> str | None:
    """Bring this file; the fault that holds it, if any."""
    counter.do("import_signed", Role.OPERATOR, case, berkas=document)
    counter.run("esign")
    return counter.job(f"sign:{case}").fault


def events(counter: Counter, name: str) -> list[str]:
    with counter.store.read() as tx:
        return [str(one["actor"]) for one in audit.newest(tx, name, 50)]


def test_the_whole_case_up_to_the_ready_card_is_played_by_hand(counter: Counter, trust: Authorities) -> None:
    case = validated(counter)
    assert counter.case(case).kk_number == KK and counter.person(case).nik == NIK
    assert "sign" not in counter.state(case, Role.KADIS).acts
    assert "import_signed" in counter.state(case, Role.OPERATOR).acts
    assert brought(counter, case, sign_pdf(SHEET, trust.officials[HEAD], "KK", "Metro")) is None
    assert (counter.case(case).state, counter.case(case).kk_state) == ("PENERBITAN", "KK_TERBIT")
    counter.record_all(case)
    assert "enter_central_state" in counter.state(case, Role.PEREKAM).residents[0].acts
    for name in ("SENT_FOR_ENROLLMENT", "RECEIVED_AT_CENTRAL", "PRINT_READY_RECORD"):
        state_of(counter, case, name)
    assert counter.person(case).ktp_state == "PRR"
    counter.do("print_kk", Role.OPERATOR, case)
    counter.run("document_printer")
    counter.do("hand_over_kk", Role.PETUGAS, case, receiver="Ratna Puspitasari", relation="pendamping")
    assert counter.case(case).kk_state == "KK_DISERAHKAN"
    with counter.store.read() as tx:
        stuck = [job.kind for job in jobs.of_case(tx, case) if job.state == "hold"]
    assert stuck == [], "nothing waits for a line that is not there"


def test_the_work_list_gives_each_his_turn_also_by_hand(counter: Counter, trust: Authorities) -> None:
    def agrees(case: str) -> None:
        for role in (Role.OPERATOR, Role.PEREKAM, Role.KADIS, Role.KASI, Role.PETUGAS):
            (item,) = work_page(counter.office, PEOPLE[role]).items
            todo = something_to_do(case_state(counter.office, PEOPLE[role], case))
            assert item.mine == todo, (role, counter.case(case).state, counter.person(case).ktp_state)

    case = counter.verified()
    agrees(case)
    counter.do("enter_search", Role.PEREKAM, case, result="no_hit", evidence="x", seen_on=counter.office.today())
    agrees(case)
    typed(counter, case, "type_numbers")
    typed(counter, case, "confirm_numbers")
    counter.run("render")
    counter.do("submit_draft", Role.OPERATOR, case)
    counter.do("validate", Role.KABID, case)
    agrees(case)
    brought(counter, case, sign_pdf(SHEET, trust.officials[HEAD], "KK", "Metro"))
    agrees(case)
    counter.record_all(case)
    agrees(case)
    state_of(counter, case, "SENT_FOR_ENROLLMENT")
    agrees(case)


def state_of(counter: Counter, case: str, name: str, day: date | None = None) -> None:
    day = day or counter.office.today()
    counter.do("enter_central_state", Role.PEREKAM, case, central=name, evidence="layar SIAK", seen_on=day)


def test_a_number_that_differs_is_named_and_the_first_typing_stays(counter: Counter) -> None:
    case = searched(counter)
    typed(counter, case, "type_numbers")
    for wrong in ({"nik": WRONG}, {"kk_number": "9972012411260002"}, {"nik": ""}):
        with pytest.raises(FormRefused, match="Berbeda dari ketikan pertama") as refused:
            typed(counter, case, "confirm_numbers", **wrong)
        assert [field for field, _ in refused.value.mistakes] == ["kk_number" if "kk_number" in wrong else "niks:0"]
        assert counter.person(case).nik is None
    typed(counter, case, "confirm_numbers", kk_number="9972 0124 1126 0001")
    assert (counter.case(case).kk_number, counter.person(case).nik) == (KK, NIK)
    for item in counter.evidence(case, "siak_typed"):
        assert item.facts["kk_number"] == "" and item.facts["niks"] == [], "no second copy of the numbers is kept"


@pytest.mark.parametrize(
    ("kk_number", "nik", "field"),
    [
        ("123", NIK, "kk_number"),
        ("9972014111260001", NIK, "kk_number"),
        (KK, "99720101077100", "niks:0"),
        (KK, "9972010113710001", "niks:0"),
        (KK, "", "niks:0"),
    ],
)
def test_numbers_that_break_the_rules_are_refused_by_their_field(
    counter: Counter, kk_number: str, nik: str, field: str
) -> None:
    case = searched(counter)
    with pytest.raises(FormRefused) as refused:
        typed(counter, case, "type_numbers", kk_number, nik)
    assert {name for name, _ in refused.value.mistakes} == {field}
    with pytest.raises(NotAllowed, match="Ketik nomor dari SIAK dulu"):
        typed(counter, case, "confirm_numbers")


def test_a_nik_that_looks_odd_is_taken_and_written_down(counter: Counter) -> None:
    case = searched(counter)
    typed(counter, case, "type_numbers", nik="9972014107710001")
    (item,) = counter.evidence(case, "siak_typed")
    assert any("jenis kelamin" in one for one in item.facts["odd"])


def test_the_same_confirmation_again_changes_nothing_and_makes_no_second_draft(counter: Counter) -> None:
    case = entered(counter)
    before = counter.case(case).version
    typed(counter, case, "confirm_numbers")
    counter.run("render")
    assert (counter.case(case).version, len(counter.evidence(case, "kk_draft"))) == (before, 1)
    assert len(events(counter, "siak-entry-complete")) == 1


def test_only_one_operator_types_a_case_at_a_time_and_another_may_go_on_later(counter: Counter) -> None:
    case = searched(counter)
    typed(counter, case, "type_numbers")
    other = replace(PEOPLE[Role.OPERATOR], id="operator-2")
    values = {"kk_number": KK, "niks": (NIK,)}
    with pytest.raises(NotAllowed, match="Petugas lain sedang mengerjakan"):
        ACTS["confirm_numbers"](counter.office, other, case, values)
    counter.clock.go(16 * 60)
    ACTS["confirm_numbers"](counter.office, other, case, values)
    assert counter.person(case).nik == NIK
    assert events(counter, "siak-entry-complete") == ["operator:operator-2@loket"]


def test_a_hit_by_hand_is_decided_by_the_kasi_like_any_other(counter: Counter) -> None:
    case = counter.verified()
    today = counter.office.today()
    with pytest.raises(FormRefused, match="NIK yang ditemukan"):
        counter.do("enter_search", Role.PEREKAM, case, result="hit_inactive", evidence="tiket 9", seen_on=today)
    with pytest.raises(FormRefused, match="di masa depan"):
        counter.do(
            "enter_search", Role.PEREKAM, case, result="no_hit", evidence="x", seen_on=today + timedelta(days=1)
        )
    hit = {"result": "hit_other_region", "found_nik": WRONG, "evidence": "tiket 9", "seen_on": today}
    counter.do("enter_search", Role.PEREKAM, case, **hit)
    counter.do("enter_search", Role.PEREKAM, case, **hit)
    (found,) = counter.evidence(case, "search")
    assert (found.state, found.facts["nik"], found.facts["by_hand"]["officer"]) == (
        "hit_other_region", WRONG, PEOPLE[Role.PEREKAM].name,
    )  # fmt: skip
    assert counter.case(case).state == "CEK_BIOMETRIK"
    counter.do("decide_search", Role.KASI, case, decision="reject", reason="sudah terdaftar")
    assert counter.case(case).state == "DITOLAK"


def test_states_of_the_centre_are_refused_by_the_table_with_the_reason(counter: Counter, trust: Authorities) -> None:
    case = validated(counter)
    with pytest.raises(NotAllowed, match="Tidak ada rekaman"):
        state_of(counter, case, "PRINT_READY_RECORD")
    brought(counter, case, sign_pdf(SHEET, trust.officials[HEAD], "KK", "Metro"))
    counter.record_all(case)
    with pytest.raises(NotAllowed, match="tidak ada di daftar"):
        state_of(counter, case, "SIAP_CETAK")
    state_of(counter, case, "RECEIVED_AT_CENTRAL")
    with pytest.raises(NotAllowed, match="sudah lebih jauh di pusat"):
        state_of(counter, case, "PROCESSING")
    with pytest.raises(FormRefused, match="masa depan"):
        state_of(counter, case, "PRINT_READY_RECORD", counter.office.today() + timedelta(days=1))
    with pytest.raises(FormRefused, match="sebelum permintaannya"):
        state_of(counter, case, "PRINT_READY_RECORD", counter.office.today() - timedelta(days=1))
    state_of(counter, case, "ENROLL_FAILURE_AT_CENTRAL")
    assert counter.person(case).ktp_state == "GAGAL_PUSAT"
    state_of(counter, case, "ENROLL_FAILURE_AT_CENTRAL")
    with pytest.raises(NotAllowed, match="sudah memutuskan"):
        state_of(counter, case, "PRINT_READY_RECORD")
    counter.record_all(case)
    state_of(counter, case, "PRINT_READY_RECORD")
    assert counter.person(case).ktp_state == "PRR"
    told = counter.evidence(case, "central_state")
    assert [one.name for one in told] == ["RECEIVED_AT_CENTRAL", "ENROLL_FAILURE_AT_CENTRAL", "PRINT_READY_RECORD"]
    assert {one.facts["evidence"] for one in told} == {"layar SIAK"}
    assert events(counter, "central-state-enter-complete") == ["perekam:id-perekam@loket"] * 3


def test_the_order_of_the_centres_states_is_one_table() -> None:
    for before, old in CENTRAL_STATES.items():
        assert cannot_follow("", before) is None and cannot_follow(before, before) is None
        decided = old.outcome not in {Outcome.WAIT, Outcome.EXPERT}
        for name in CENTRAL_STATES.keys() - {before}:
            assert not decided or cannot_follow(before, name), (before, name)
            back = cannot_follow(name, before) is None
            assert not (back and cannot_follow(before, name) is None and not decided), (before, name)


@pytest.mark.parametrize("which", ["other_official", "unsigned", "other_paper", "turned_byte", "after_signing"])
def test_a_file_that_is_not_the_draft_signed_by_the_right_official_is_refused(
    counter: Counter, trust: Authorities, which: str
) -> None:
    case = validated(counter)
    good = sign_pdf(SHEET, trust.officials[HEAD], "KK", "Metro")
    at = len(SHEET) + 30
    other = typst.compile(b"= Another", format="pdf") + b"\n"
    bad = {
        "other_official": sign_pdf(SHEET, trust.officials[OTHER], "KK", "Metro"),
        "unsigned": SHEET,
        "other_paper": sign_pdf(other, trust.officials[HEAD], "KK", "Metro"),
        "turned_byte": good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :],
        "after_signing": good + b"% more\n",
    }[which]
    assert brought(counter, case, bad) == FaultCode.ESIGN_UNTRUSTED.value
    assert (counter.case(case).state, counter.evidence(case, "kk_signed")) == ("TTE_KADIS", [])
    assert brought(counter, case, good) is None
    counter.do("import_signed", Role.OPERATOR, case, berkas=good)
    counter.run("esign")
    assert len(counter.evidence(case, "kk_signed")) == 1
    assert counter.case(case).state == "PENERBITAN"


def test_where_there_is_a_line_nothing_is_entered_by_hand(tmp_path: Path) -> None:
    counter = open_counter(tmp_path)
    case = counter.verified()
    for act, role in (
        ("type_numbers", Role.OPERATOR),
        ("confirm_numbers", Role.OPERATOR),
        ("import_signed", Role.OPERATOR),
        ("enter_search", Role.PEREKAM),
        ("enter_central_state", Role.PEREKAM),
    ):
        with pytest.raises(NotAllowed, match="Di kantor ini"):
            counter.do(act, role, case)
    counter.store.close()


def test_the_operator_types_the_numbers_on_the_page(counter: Counter, tmp_path: Path) -> None:
    case = searched(counter)
    place = pages(tmp_path)
    client = place.app("officer").test_client()
    sign_in(client, Role.OPERATOR)
    home = f"/petugas/kasus/{case}"
    assert f'href="{home}/siak"' in client.get(home).text
    page = client.get(f"{home}/siak")
    order = [
        page.text.index(f">{word}<") for word in ("Nama kepala keluarga", "Alamat", "RT", "Nama lengkap", "Agama")
    ]
    assert order == sorted(order) and "SUGENG RIYADI" in page.text

    def send(act: str, kk_number: str, nik: str) -> tuple[int, str]:
        data = {"csrf_token": token(client.get(f"{home}/siak")), "kk_number": kk_number, "niks": nik}
        answer = client.post(f"{home}/{act}", data=data)
        return answer.status_code, answer.text

    status, text = send("type_numbers", KK, "12")
    assert status == 422 and "Harus 16 angka." in text and KK in text
    assert send("type_numbers", KK, NIK)[0] == 303
    again = client.get(f"{home}/siak").text
    assert "sekali lagi" in again and KK not in again and NIK not in again, "the second time is blind"
    status, text = send("confirm_numbers", KK, WRONG)
    assert status == 422 and "Berbeda dari ketikan pertama" in text
    assert WRONG not in text and NIK not in text, "only the second typing is cleared"
    assert send("confirm_numbers", KK, NIK)[0] == 303
    assert client.get(f"{home}.json").get_json()["jobs"][-1]["kind"] == "kk-draft"
    kasi = place.app("officer").test_client()
    sign_in(kasi, Role.KASI)
    assert kasi.get(f"{home}/siak").status_code == 403
    place.office.store.close()


def pages(folder: Path) -> FrontOffice:
    place = open_office(folder, central=BY_HAND)
    for role in (Role.OPERATOR, Role.KASI):
        accounts.add(place.office.store, str(role), str(role).title(), role, "123456", SYSTEM)
    return place


def test_the_signed_paper_comes_in_by_the_page(counter: Counter, trust: Authorities, tmp_path: Path) -> None:
    case = validated(counter)
    good = sign_pdf(SHEET, trust.officials[HEAD], "KK", "Metro")
    place = pages(tmp_path)
    client = place.app("officer").test_client()
    sign_in(client, Role.OPERATOR)
    home = f"/petugas/kasus/{case}"
    for document, status in ((b"hello", 422), (good, 303)):
        page = client.get(home)
        assert 'data-act="import_signed"' in page.text
        data = {"csrf_token": token(page), "berkas": (io.BytesIO(document), "kk.pdf")}
        assert client.post(f"{home}/import_signed", data=data).status_code == status
    place.office.store.close()
    counter.run("esign")
    assert counter.case(case).state == "PENERBITAN"
    assert Desk(counter.office, trust.esign_roots.read_bytes()).check_document(good).genuine
