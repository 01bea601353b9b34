"""Whatever SIAK, a packet or a chip says otherwise than the approved draft stops the card, named by its field."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any

import card_files as made
import pytest
from card_counter import CardCounter, Makers
from case_files import as_bytes, changed, complete
from counter import Counter
from field import Field

from appliance.casework.draft_differences import FIELDS, OF_THE_CARD, differing, in_words
from appliance.casework.intake import Letter
from appliance.casework.roles import Role
from appliance.casework.sop import NotAllowed
from appliance.central.accounts import load_accounts
from appliance.central.siak import HttpSiak
from appliance.faults import FaultCode as F
from appliance.kiosk_ui.trouble_page import trouble_line
from appliance.office import reports
from appliance.queue.jobs import Job
from appliance.records import audit, cases
from appliance.records.store import canonical
from hw_sim.card import KtpCard
from hw_sim.card_files import LifeCycle
from hw_sim.central import data_groups
from hw_sim.central.offices import CentralOffices
from hw_sim.central.pki import Authorities
from hw_sim.world import World

OTHER: dict[str, object] = {
    "full_name": "SUGENG RIYANTO",
    "sex": 2,
    "birth_place": "KOTABUMI",
    "birth_date": "1971-07-02",
    "religion": 2,
    "blood_type": 1,
    "marital_status": 2,
    "occupation": 19,
    "citizenship": 2,
    "address": "JL. MELATI NO. 2",
    "rt": "009",
    "rw": "008",
    "kelurahan": "18.72.01.1003",
}
"""Another value of each field of the card's face."""
ELSEWHERE: dict[str, object] = {
    "education": 5,
    "family_relation": 4,
    "father_name": "SUKARNO",
    "mother_name": "WAGINEM",
    "disability": 1,
    "postal_code": "34112",
    "birth_date_estimated": False,
}
"""And of what stands on the family card or in SIAK only."""
ON_CHIP = {"rt": "rt_rw", "rw": "rt_rw"}


def test_every_field_of_the_face_is_tried() -> None:
    assert OTHER.keys() | {"nik", "rt_rw", "kecamatan"} >= OF_THE_CARD
    assert {*OTHER, *ELSEWHERE} <= FIELDS.keys()


def test_capitals_and_spaces_are_no_difference_and_silence_about_the_face_is_one() -> None:
    assert differing({"full_name": "SUGENG  RIYADI"}, {"full_name": " Sugeng Riyadi"}) == ()
    assert differing({"father_name": "-", "rt": "003"}, {}) == ("rt",)
    assert differing({"disability": None}, {"disability": None}) == ()


def test_fields_are_told_in_words_and_anything_else_not_at_all() -> None:
    assert in_words("address, rt") == "Yang berbeda: alamat, RT."
    assert in_words("0.religion, 11.mother_name") == "Yang berbeda: agama anggota 1, nama ibu anggota 12."
    for strange in ("", "the registry does not know this NIK", "SUGENG", "x.religion", ".."):
        assert "SUGENG" not in in_words(strange)


@pytest.fixture(scope="module")
def makers(tmp_path_factory: pytest.TempPathFactory) -> Makers:
    return Makers(tmp_path_factory.mktemp("makers"))


@pytest.fixture
def desk(makers: Makers, tmp_path: Path) -> Iterator[CardCounter]:
    field = Field(None)
    found = makers.counter(tmp_path, field)

    def lay(card: KtpCard | None) -> None:
        field.card = card

    found.lay = lay
    yield found
    found.holds_together()
    found.counter.store.close()


@pytest.fixture
def offices(tmp_path: Path, trust: Authorities) -> Iterator[CentralOffices]:
    (tmp_path / "offices").mkdir()
    found = CentralOffices(World(0.0), tmp_path / "offices", officials=(), authorities=trust)
    found.open()
    yield found
    found.close()


def line_to(offices: CentralOffices) -> HttpSiak:
    account = load_accounts(offices.credentials)["siak"]
    return HttpSiak(offices.server.url("siak"), account, connect_seconds=2, answer_seconds=2)


def seeded(offices: CentralOffices, nik: str, kk_number: str, said: dict[str, object]) -> None:
    """What SIAK holds of the man of the case file, some of it otherwise."""
    file = complete()
    home: dict[str, object] = {**file["household"], "kk_number": kk_number}
    row: dict[str, object] = {**file["residents"][0], "nik": nik}
    for name, value in said.items():
        (home if name in home else row)[name] = value
    offices.siak.seed([row], home)


def stopped(desk: CardCounter, key: str, code: F, *fields: str) -> Job:
    """Held in words that name these fields, with nobody's data in the audit."""
    job = desk.counter.job(key)
    assert (job.state, job.fault, job.detail) == ("hold", str(code), ", ".join(fields))
    state = desk.counter.state(desk.case, Role.OPERATOR)
    (line,) = [trouble_line(one, "A") for one in state.troubles if one.job.key == key]
    assert line.differs == f"Yang berbeda: {', '.join(FIELDS[one] for one in fields)}."
    with desk.counter.store.read() as tx:
        told = "".join(str(one["facts"]) for one in audit.of_case(tx, desk.case))
    assert not any(str(value) in told for value in OTHER.values() if isinstance(value, str) and len(value) > 3)
    return job


def ordered(desk: CardCounter, offices: CentralOffices) -> None:
    desk.counter.offices = replace(desk.counter.offices, siak=line_to(offices))
    desk.take("A001")
    desk.counter.run("encoder", "centre")


@pytest.mark.parametrize("field", [*OTHER, *ELSEWHERE, "kk_number", "status"])
def test_what_siak_holds_otherwise_stops_the_card_before_its_packet_is_ordered(
    desk: CardCounter, offices: CentralOffices, field: str
) -> None:
    nik, number = str(desk.counter.person(desk.case).nik), str(desk.counter.case(desk.case).kk_number)
    value = {**OTHER, **ELSEWHERE, "kk_number": "9972012411260077", "status": "nonaktif"}[field]
    seeded(offices, nik, number, {field: value})
    ordered(desk, offices)
    stopped(desk, "personalise:A001", F.SIAK_DIFFERS, "nik_status" if field == "status" else field)
    assert desk.centre.ordered == []
    seeded(offices, nik, number, {})
    desk.again("A001", "personalise")
    desk.counter.run("centre")
    assert desk.counter.job("personalise:A001").state == "done"


def said_otherwise(desk: CardCounter, field: str) -> None:
    """The centre packs what it holds of the man, one field otherwise."""
    file: dict[str, Any] = desk.centre.file
    (file["household"] if field in file["household"] else file["residents"][0])[field] = OTHER[field]


def names_on_chip(field: str) -> tuple[str, ...]:
    return (ON_CHIP.get(field, field),)


@pytest.mark.parametrize("field", OTHER)
def test_a_packet_that_says_otherwise_is_written_on_no_blank(desk: CardCounter, field: str) -> None:
    said_otherwise(desk, field)
    desk.take("A001")
    desk.counter.run("encoder", "centre")
    stopped(desk, "personalise:A001", F.CENTRE_DIFFERS, *names_on_chip(field))
    assert desk.counter.evidence(desk.case, "packet") == []
    assert desk.cards["A001"].life_cycle is LifeCycle.INITIALISATION


@pytest.mark.parametrize("field", ["nik", "kk_number", "registered_address"])
def test_numbers_and_the_second_address_of_a_packet_are_compared_too(desk: CardCounter, field: str) -> None:
    def change(files: dict[str, bytes]) -> None:
        said = {**desk.centre.file["household"], **desk.centre.file["residents"][0]}
        person, number = str(desk.counter.person(desk.case).nik), desk.centre.kk_number
        digests = [made.hashlib.sha256(files[name]).digest() for name in ("FP1", "FP2")]
        elsewhere = {**said, "address": "JL. MELATI NO. 2"} if field == "registered_address" else said
        files["DG11"] = data_groups.dg11(elsewhere, "9972010107710077" if field == "nik" else person)
        files["DG13"] = data_groups.dg13(said, "9972012411260077" if field == "kk_number" else number, digests)
        signed = {name: data for name, data in files.items() if name.startswith("DG")}
        files["SOD"] = made.security_object(signed, desk.centre.who)

    desk.centre.files = change
    desk.take("A001")
    desk.counter.run("encoder", "centre")
    stopped(desk, "personalise:A001", F.CENTRE_DIFFERS, field.removeprefix("registered_"))


@pytest.mark.parametrize("field", OTHER)
def test_a_chip_that_says_otherwise_is_ended_and_never_printed(desk: CardCounter, field: str) -> None:
    """Its packet passed, and by the time the chip is proven the draft says something else."""
    desk.order("A001")
    record, person = desk.counter.case(desk.case), desk.counter.person(desk.case)
    with desk.counter.store.write() as tx:
        if field in complete()["household"]:
            assert record.household is not None
            cases.change(tx, record, household=canonical({**asdict(record.household), field: OTHER[field]}))
        else:
            draft = json.loads(cases.biodata_to_json(person.biodata))
            cases.change_resident(tx, person, biodata=canonical({**draft, field: OTHER[field]}))
    desk.encode("A001")
    stopped(desk, "encode:A001", F.CARD_DIFFERS, *names_on_chip(field))
    assert desk.cards["A001"].life_cycle is LifeCycle.TERMINATED
    with pytest.raises(NotAllowed):
        desk.counter.do("print_card", Role.OPERATOR, desk.case)
    desk.spoil("A001", "DATA_BERUBAH")


def test_what_is_corrected_after_a_return_is_corrected_in_siak_before_the_draft_goes_on(
    counter: Counter, offices: CentralOffices
) -> None:
    counter.offices = replace(counter.offices, siak=line_to(offices))
    case = counter.entered()
    nik, number = str(counter.person(case).nik), str(counter.case(case).kk_number)
    counter.do("submit_draft", Role.OPERATOR, case)
    counter.do("return_file", Role.KABID, case, items=["SK_DINSOS"], reason="DATA_BERBEDA")
    counter.clock.go(60)
    reports.add_letter(
        counter.office, counter.case(case).code, Letter("SK_DINSOS", "2", date(2026, 11, 20), "Dinsos", "Lilis")
    )
    file = changed("household", "address", to="JL. MELATI NO. 2")
    file["residents"][0]["religion"] = 3
    counter.do("attach_file", Role.PETUGAS, case, berkas=as_bytes(file))
    counter.do("pass_check", Role.PETUGAS, case)
    counter.do("verify", Role.KASI, case)
    counter.do("enter_siak", Role.OPERATOR, case)
    counter.run("siak", "render")
    (trouble,) = counter.state(case, Role.OPERATOR).troubles
    assert (trouble.job.kind, trouble.fault) == ("enter", F.SIAK_DIFFERS)
    line = trouble_line(trouble, "A")
    assert line.differs == "Yang berbeda: alamat, agama anggota 1."
    assert line.button is not None and line.button.act == "retry_job"
    assert len(counter.evidence(case, "kk_draft")) == 1, "no draft of what SIAK does not hold"
    known = offices.siak.resident(nik)
    assert known is not None and known.biodata["address"] == "JL. KENANGA NO. 14"
    offices.siak.seed([{**file["residents"][0], "nik": nik}], {**file["household"], "kk_number": number})
    counter.do("retry_job", Role.OPERATOR, case, job=trouble.job.key)
    counter.run("siak", "render")
    assert (counter.person(case).nik, counter.case(case).kk_number) == (nik, number)
    assert len(counter.evidence(case, "kk_draft")) == 2
    counter.do("submit_draft", Role.OPERATOR, case)


def test_siak_that_stored_something_else_than_it_was_sent_gets_no_draft(
    counter: Counter, offices: CentralOffices
) -> None:
    counter.offices = replace(counter.offices, siak=line_to(offices))
    case = counter.searched()
    register = counter.offices.the_siak().register

    def misheard(token: str, household: Any, residents: Any) -> Any:
        return register(token, {**household, "rt": "007"}, residents)

    counter.offices.siak.register = misheard  # type: ignore[method-assign, union-attr]
    counter.do("enter_siak", Role.OPERATOR, case)
    counter.run("siak", "render")
    (trouble,) = counter.state(case, Role.OPERATOR).troubles
    assert (trouble.fault, trouble.job.detail) == (F.SIAK_DIFFERS, "rt")
    assert counter.evidence(case, "kk_draft") == [] and counter.person(case).nik is None
