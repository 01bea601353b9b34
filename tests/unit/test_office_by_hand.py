"""An office without any line to the outside: the whole case by hand, and the signed paper brought as a file."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import typst
from by_hand import (
    HEAD,
    KK,
    NIK,
    OTHER,
    SHEET,
    brought,
    open_by_hand,
    pages,
    sought_here,
    state_of,
    typed,
    validated,
)
from counter import PEOPLE, Counter
from front_office import sign_in, token

from appliance.casework.roles import Role
from appliance.faults import FaultCode
from appliance.kiosk_ui.desk import Desk
from appliance.office.views import case_state, something_to_do
from appliance.office.work_list import work_page
from appliance.queue import jobs
from hw_sim.central.esign import sign_pdf
from hw_sim.central.pki import Authorities


@pytest.fixture
def counter(tmp_path: Path, trust: Authorities) -> Iterator[Counter]:
    with open_by_hand(tmp_path, trust) as found:
        yield found


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
    counter.do("hand_over_kk", Role.PETUGAS, case, receiver="Ratna Puspitasari", relation="reporter")
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
    sought_here(counter, case)
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
    assert Desk(counter.office, trust.esign_roots.read_bytes()).books.check_document(good).genuine
