"""Recorded, card lost or worn out: straight to a new card, with cause and letter; the old blank leaves the ledger."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from card_counter import CardCounter, Makers, PacketCentre
from case_files import complete
from counter import Counter, open_counter
from field import Field
from sqlalchemy import select

from appliance.casework.roles import Role
from appliance.casework.sop import NotAllowed, fire
from appliance.clock import utc_millis
from appliance.office.context import FormRefused
from appliance.records import audit, blanks, cases
from appliance.records.blanks import BlankState, LedgerError
from appliance.records.schema import blank_entry

LOSS = {
    "kind": "SK_POLISI_KEHILANGAN",
    "number": "SKTLK/12/XI/2026/POLSEK",
    "date": "2026-11-20",
    "issuer": "Polsek Metro Pusat",
    "signer": "Agus Setiawan",
}
SEEN = "Aplikasi pusat 24-11-2026: CARD_ISSUED"


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    found = open_counter(tmp_path, utc_millis())
    found.receive_blanks(8)
    yield found
    with found.store.read() as tx:
        assert audit.verify(tx)[1] is None and blanks.balance(tx)[1] is None
    found.store.close()


def holder(nik: str = "9972010107710009", lost: bool = True) -> dict[str, Any]:
    """A man with NIK and family card whose card is gone."""
    file = complete()
    file["category"] = {"legal": "none", "condition": ["documents_lost"] if lost else []}
    file["household"]["kk_number"] = "9972012411260009"
    file["residents"][0]["nik"] = nik
    file["letters"] = [dict(LOSS)] if lost else []
    return file


def verified(counter: Counter, file: dict[str, Any]) -> str:
    case = counter.verified(file)
    assert counter.case(case).state == "PENERBITAN" and counter.case(case).kk_state == "TIDAK_PERLU"
    return case


@pytest.fixture(scope="module")
def makers(tmp_path_factory: pytest.TempPathFactory) -> Makers:
    return Makers(tmp_path_factory.mktemp("makers"))


def made(counter: Counter, makers: Makers, folder: Path, case: str, serial: str) -> None:
    """The card is made as it is, by encoder, key card and centre."""
    centre = PacketCentre(makers.who, makers.authorities)
    centre.kk_number = str(counter.case(case).kk_number)
    desk = CardCounter(counter, case, Field(None), makers.keys, centre, makers.factory, folder / "office")
    desk.lay = functools.partial(setattr, desk.encoder, "card")
    desk.wire()
    desk.order(serial)
    assert desk.encode(serial).state == "done"
    counter.do("print_card", Role.OPERATOR, case)
    counter.run("card_printer")
    counter.do("look_card", Role.OPERATOR, case, result="ok")


def events(counter: Counter, case: str) -> list[str]:
    with counter.store.read() as tx:
        return [str(line["event"]) for line in audit.of_case(tx, case)]


def test_a_lost_card_is_printed_anew_without_a_recording(counter: Counter, makers: Makers, tmp_path: Path) -> None:
    """Blank, chip, print and handover by a finger against the chip; nothing of his is taken again."""
    case = verified(counter, holder())
    assert "reprint" in counter.state(case, Role.KASI).residents[0].acts
    counter.do("reprint", Role.KASI, case, cause="HILANG", evidence=SEEN)
    assert counter.person(case).ktp_state == "PRR"
    made(counter, makers, tmp_path, case, "A001")
    assert [card.name for card in counter.evidence(case, "card")] == ["A001"]
    (photo,), (signature,) = counter.evidence(case, "photo"), counter.evidence(case, "signature")
    assert photo.facts["source"] == signature.facts["source"] == "chip"
    assert counter.job("print-card:A001").state == "done"
    offered = counter.state(case, Role.PETUGAS).residents[0].acts
    assert "hand_over_card" in offered and "compare_face" not in offered, "the chip has fingers, this case has none"
    counter.do("hand_over_card", Role.PETUGAS, case, position="right_index")
    assert counter.job("match:A001:1").payload["finger"] == "right_index"
    counter.matched(case)
    counter.run("render", "document_printer")
    counter.do("archive", Role.PETUGAS, case, box="1", shelf="1")
    assert counter.case(case).state == "DIARSIPKAN"
    for kind in ("finger", "template", "enrolment"):
        assert counter.evidence(case, kind) == [], kind
    told = events(counter, case)
    assert told.index("ktp-reprint-complete") < told.index("ktp-issue_card-complete")
    assert not [one for one in told if "recording" in one and "await" not in one]
    with counter.store.read() as tx:
        (line,) = audit.newest(tx, "ktp-reprint-complete", 2)
        assert blanks.state_of(tx, "A001") is BlankState.HANDED_OVER
    facts = json.loads(str(line["facts"]))
    assert (facts["cause"], facts["state"]) == ("HILANG", "PRR") and SEEN not in str(line["facts"])


def test_the_card_that_this_office_gave_is_spoiled_before_the_new_one_is_begun(
    counter: Counter, makers: Makers, tmp_path: Path
) -> None:
    first = verified(counter, holder(lost=False))
    counter.do("reprint", Role.KASI, first, cause="AUS", evidence=SEEN)
    made(counter, makers, tmp_path, first, "A001")
    counter.do("hand_over_card", Role.PETUGAS, first)
    counter.matched(first)
    second = counter.attached(holder())
    counter.do("pass_check", Role.PETUGAS, second)
    counter.do("verify", Role.KASI, second, reason="orang yang sama, kartunya hilang")
    counter.do("reprint", Role.KASI, second, cause="HILANG", evidence=SEEN)
    made(counter, makers, tmp_path, second, "A002")
    with counter.store.read() as tx:
        assert blanks.state_of(tx, "A001") is BlankState.SPOILED
        steps = [
            (row.serial, row.to_state) for row in tx.sql.execute(select(blank_entry).order_by(blank_entry.c.sequence))
        ]
    assert steps.index(("A001", "spoiled")) < steps.index(("A002", "encoding"))
    (old,) = counter.evidence(second, "old_card")
    assert (old.name, old.state, old.facts["cause"]) == ("A001", "expected", "HILANG"), "the cause of the decision"
    with pytest.raises(NotAllowed, match="kartu lama"):
        counter.do("hand_over_card", Role.PETUGAS, second)
    counter.do("surrender_card", Role.PETUGAS, second, result="lost")
    counter.do("hand_over_card", Role.PETUGAS, second)


def test_a_card_without_a_finger_goes_by_the_face(counter: Counter, makers: Makers, tmp_path: Path) -> None:
    case = verified(counter, holder())
    counter.do("reprint", Role.KASI, case, cause="HILANG", evidence=SEEN)
    made(counter, makers, tmp_path, case, "A001")
    (packet,) = counter.evidence(case, "packet")
    assert packet.facts["fingers"] == ["right_index", "left_index"]
    with counter.store.write() as tx:
        cases.add_evidence(tx, case, "packet", position=0, name="A001", fingers=[])
    offered = counter.state(case, Role.PETUGAS).residents[0].acts
    assert "compare_face" in offered and "hand_over_card" not in offered


def test_a_second_card_while_the_first_is_in_work_is_refused(counter: Counter) -> None:
    first, second = verified(counter, holder()), counter.attached(holder())
    counter.do("reprint", Role.KASI, first, cause="HILANG", evidence=SEEN)
    counter.do("issue_card", Role.OPERATOR, first, blank_serial="A001")
    counter.do("pass_check", Role.PETUGAS, second)
    counter.do("verify", Role.KASI, second, reason="dua berkas")
    counter.do("reprint", Role.KASI, second, cause="HILANG", evidence=SEEN)
    with pytest.raises(LedgerError, match="sedang dibuat"):
        counter.do("issue_card", Role.OPERATOR, second, blank_serial="A002")


def test_neither_without_cause_nor_without_the_letter_nor_unseen(counter: Counter) -> None:
    case = verified(counter, holder(lost=False))
    for values, why in (
        ({"cause": "", "evidence": SEEN}, "Pilih sebab"),
        ({"cause": "LUPA", "evidence": SEEN}, "Pilih sebab"),
        ({"cause": "AUS", "evidence": " "}, "sudah direkam"),
        ({"cause": "HILANG", "evidence": SEEN}, "Surat kehilangan"),
    ):
        with pytest.raises((FormRefused, NotAllowed), match=why):
            counter.do("reprint", Role.KASI, case, **values)
    for role in (Role.OPERATOR, Role.PEREKAM, Role.PETUGAS):
        assert "reprint" not in counter.state(case, role).residents[0].acts
        with pytest.raises(NotAllowed, match="kasi"):
            counter.do("reprint", role, case, cause="AUS", evidence=SEEN)
    assert counter.person(case).ktp_state == "BELUM_REKAM"


def test_who_got_his_nik_in_this_case_was_never_recorded(counter: Counter) -> None:
    case = counter.signed()
    assert counter.person(case).nik and "reprint" not in counter.state(case, Role.KASI).residents[0].acts
    with pytest.raises(NotAllowed, match="sudah punya NIK sebelum"):
        counter.do("reprint", Role.KASI, case, cause="AUS", evidence=SEEN)


def test_where_the_centre_has_no_recording_he_is_recorded_after_all(counter: Counter) -> None:
    case = verified(counter, holder())
    counter.do("reprint", Role.KASI, case, cause="HILANG", evidence=SEEN)
    assert "undo_reprint" in counter.state(case, Role.KASI).residents[0].acts
    counter.do("undo_reprint", Role.KASI, case)
    assert counter.person(case).ktp_state == "BELUM_REKAM"
    counter.record_all(case)
    counter.centre_goes_on()
    assert counter.person(case).ktp_state == "PRR"
    with pytest.raises(NotAllowed, match="tidak sedang dicetak ulang"):
        counter.do("undo_reprint", Role.KASI, case)


def test_a_case_of_an_earlier_version_does_not_know_it() -> None:
    for version in ("D-11/002-1", "D-11/002-2"):
        with pytest.raises(NotAllowed):
            fire("ktp", "BELUM_REKAM", "reprint", Role.KASI, version)
    assert fire("ktp", "BELUM_REKAM", "reprint", Role.KASI).target == "PRR"
