"""An office whose books were restored: what was done outside in the lost time is asked, never done again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from counter import PEOPLE, Counter, Prepared, open_counter, prepare

from appliance.casework.roles import Role
from appliance.casework.sop import NotAllowed
from appliance.faults import DeviceFault, FaultCode
from appliance.issuance.rack import DeviceRack
from appliance.office import blank_store, restoring
from appliance.office.context import FormRefused
from appliance.office.day_close import count_blanks, count_field, shelves_to_count
from appliance.records import audit, blanks, copies, restoration
from appliance.records.blanks import BlankState
from appliance.records.restore import open_checked

KEY = b"k" * 32
PAGE = 4096


@dataclass
class Torn:
    """An office, its copy taken at one moment, and what the world outside remembers of the time after it."""

    counter: Counter

    def copy(self) -> None:
        office = self.counter.office
        copies.make(office.store, office.settings.copies, KEY, self.counter.clock)
        self.counter.clock.go(60)

    def tear(self, confirmed: bool = True) -> Counter:
        """The power goes and a page with it; the same world, the books of the copy."""
        old = self.counter
        folder = old.office.settings.data_dir
        old.store.close()
        with (folder / "siaga.db").open("r+b") as file:
            file.seek(3 * PAGE + 64)
            file.write(bytes(256))
        old.clock.go(60)
        open_checked(folder / "siaga.db", KEY, old.clock, old.office.settings.copies).close()
        new = open_counter(folder, old.clock.now)
        machines = replace(new.machines, rack=DeviceRack(old.devices))
        offices = replace(new.offices, siak=old.siak, centre=old.centre)  # type: ignore[arg-type]
        self.counter = replace(
            new, machines=machines, offices=offices, devices=old.devices, siak=old.siak, centre=old.centre
        )
        if confirmed:
            self.compare()
        return self.counter

    def compare(self) -> None:
        """People count and compare, and say so."""
        office = self.counter.office
        with office.store.read() as tx:
            shelves = shelves_to_count(tx)
        count_blanks(office, PEOPLE[Role.GUDANG], {count_field(one): str(number) for one, number in shelves.items()})
        restoring.confirm_restoration(office, PEOPLE[Role.KASI], {})


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Prepared]:
    def signed(counter: Counter) -> str:
        counter.receive_blanks()
        return counter.signed()

    def searched(counter: Counter) -> str:
        return counter.searched()

    def validated(counter: Counter) -> str:
        return counter.validated()

    return {
        one.__name__: prepare(tmp_path_factory.mktemp(one.__name__), one) for one in (signed, searched, validated)
    }


@pytest.fixture
def torn(prepared: dict[str, Prepared], request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Torn, str]]:
    chosen = prepared[request.param]
    torn = Torn(chosen.copy(tmp_path))
    yield torn, chosen.case
    store = torn.counter.store
    with store.read() as tx:
        assert audit.verify(tx)[1] is None
        assert blanks.balance(tx)[1] is None
    store.close()


def sheets(counter: Counter) -> list[str]:
    return [key for key, _ in counter.devices["document_printer"].submitted]


at_signed = pytest.mark.parametrize("torn", ["signed"], indirect=True)


@at_signed
def test_a_sheet_printed_in_the_lost_time_is_found_by_its_key_and_not_printed_again(torn: tuple[Torn, str]) -> None:
    office, case = torn
    office.copy()
    office.counter.do("print_kk", Role.OPERATOR, case)
    office.counter.run("document_printer")
    counter = office.tear()
    assert counter.case(case).kk_state == "KK_TERBIT", "the books have forgotten it"
    counter.do("print_kk", Role.OPERATOR, case)
    counter.run("document_printer")
    assert counter.case(case).kk_state == "KK_DICETAK"
    assert sheets(counter) == [f"print-kk:{case}:1"]


@at_signed
@pytest.mark.parametrize(("answer", "prints"), [("printed", 0), ("nothing", 1)])
def test_where_the_printer_has_forgotten_too_a_person_looks(torn: tuple[Torn, str], answer: str, prints: int) -> None:
    office, case = torn
    office.copy()
    office.counter.do("print_kk", Role.OPERATOR, case)
    office.counter.run("document_printer")
    office.counter.devices["document_printer"].submitted.clear()
    counter = office.tear()
    counter.do("print_kk", Role.OPERATOR, case)
    counter.run("document_printer")
    assert sheets(counter) == []
    (question,) = counter.state(case, Role.OPERATOR).questions
    assert question["kind"] == "sheet-print-restored"
    counter.do("answer_question", Role.OPERATOR, case, question=question["id"], answer=answer)
    counter.run("document_printer")
    assert counter.case(case).kk_state == "KK_DICETAK"
    assert len(sheets(counter)) == prints


@at_signed
def test_nothing_is_begun_before_an_officer_has_compared(torn: tuple[Torn, str]) -> None:
    office, case = torn
    office.copy()
    counter = office.tear(confirmed=False)
    counter.do("print_kk", Role.OPERATOR, case)
    counter.run("document_printer")
    assert sheets(counter) == [] and counter.job(f"print-kk:{case}").state == "ready"
    with pytest.raises(NotAllowed, match="Kasi, Kabid, atau Kadis"):
        restoring.confirm_restoration(counter.office, PEOPLE[Role.OPERATOR], {})
    with pytest.raises(FormRefused, match="Belum dihitung sejak pemulihan"):
        restoring.confirm_restoration(counter.office, PEOPLE[Role.KASI], {})
    office.compare()
    with pytest.raises(NotAllowed, match="Tidak ada pemulihan"):
        restoring.confirm_restoration(counter.office, PEOPLE[Role.KASI], {})
    with counter.store.read() as tx:
        found = restoration.current(tx)
    assert found is not None and found.confirmed_by == "id-kasi"


@at_signed
def test_a_case_of_after_the_restoration_is_not_doubted(torn: tuple[Torn, str]) -> None:
    office, _ = torn
    office.copy()
    counter = office.tear()
    case = counter.signed()
    counter.do("print_kk", Role.OPERATOR, case)
    counter.run("document_printer")
    assert counter.case(case).kk_state == "KK_DICETAK"
    assert counter.effect(f"print-kk:{case}:1").state == "done"
    assert counter.state(case, Role.OPERATOR).questions == ()


@at_signed
def test_a_blank_used_in_the_lost_time_shows_in_the_count(torn: tuple[Torn, str]) -> None:
    """The ledger of the copy says three lie there; two do. The count finds it, and the closing wants two to sign."""
    office, _ = torn
    office.copy()
    with office.counter.store.write() as tx:
        blanks.move(tx, "A001", BlankState.SPOILED, PEOPLE[Role.GUDANG], cause="CACAT_PABRIK")
    counter = office.tear(confirmed=False)
    with counter.store.read() as tx:
        found = restoration.awaited(tx)
        shelves = shelves_to_count(tx)
    assert found is not None and found.readable["blanks"] == ["A001 spoiled"]
    counted = {count_field(one): str(max(0, number - 1)) for one, number in shelves.items()}
    assert count_blanks(counter.office, PEOPLE[Role.GUDANG], counted) == 1
    restoring.confirm_restoration(counter.office, PEOPLE[Role.KASI], {})
    assert blank_store.next_blank(counter.office) == "A001"


@pytest.mark.parametrize("torn", ["searched"], indirect=True)
def test_what_siak_entered_in_the_lost_time_is_asked_for_by_its_case(torn: tuple[Torn, str]) -> None:
    office, case = torn
    office.copy()
    office.counter.do("enter_siak", Role.OPERATOR, case)
    office.counter.run("siak", "render")
    given = office.counter.case(case).kk_number
    counter = office.tear()
    assert counter.case(case).kk_number is None
    counter.do("enter_siak", Role.OPERATOR, case)
    counter.run("siak", "render")
    assert counter.case(case).kk_number == given
    assert counter.siak.asked == [case], "entered once"


@pytest.mark.parametrize("torn", ["validated"], indirect=True)
def test_a_signature_of_the_lost_time_is_a_question_to_the_kadis(torn: tuple[Torn, str]) -> None:
    office, case = torn
    office.copy()
    counter = office.tear()
    asked: list[str] = []

    class Signer:
        def status(self, nik: str) -> str:
            return "ISSUE"

        def sign(self, request: object, passphrase: str) -> object:
            asked.append(passphrase)
            raise DeviceFault(FaultCode.ESIGN_REJECTED)

    counter.offices = replace(counter.offices, signer=Signer())  # type: ignore[arg-type]
    counter.do("sign", Role.KADIS, case, passphrase="one")
    counter.run("esign")
    assert asked == []
    assert counter.job(f"sign:{case}").fault == "sign-restored"
    (question,) = counter.state(case, Role.KADIS).questions
    counter.do("answer_question", Role.KADIS, case, question=question["id"], answer="again")
    counter.do("sign", Role.KADIS, case, passphrase="two")
    counter.run("esign")
    assert asked == ["two"], "asked once, then done"
