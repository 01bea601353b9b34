"""A batch of cards: its rules, its acts over the cases' own, what it holds back, and its pages."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from counter import PEOPLE, Counter, Hardware, Prepared, Printer, prepare
from families import ready_to_print
from flask.testing import FlaskClient
from front_office import forms, post, sign_in

from appliance.casework.card_batch import AT_PRINTER, CardNow, Hand, Stage, hands, over, printer_waits, stage_of
from appliance.casework.roles import SYSTEM, Role
from appliance.casework.sop import KTP_STATES, NotAllowed
from appliance.devices import CardPresence, CardStop
from appliance.faults import DeviceFault, FaultCode
from appliance.issuance.batching import go_on_to_print
from appliance.issuance.rack import DeviceRack
from appliance.issuance.recovery import take_over
from appliance.kiosk_ui.desk import Desk
from appliance.kiosk_ui.machine_shown import Snapshot
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.web import create_app
from appliance.office.acts import BATCH_ACTS
from appliance.office.batch_state import BatchState, batch_state, candidates
from appliance.office.context import FormRefused
from appliance.queue.jobs import DEVICE_LANES
from appliance.records import accounts, audit, batches, blanks
from appliance.records.blanks import BlankState
from appliance.records.cases import change_evidence
from appliance.records.cases import evidence_of as cases_of

HOME = "/petugas/kumpulan"
JAM = DeviceFault(FaultCode.PRINTER_MEDIA_JAM)


# The rules


def cards(*stages: str, stands: int = 0) -> list[CardNow]:
    return [CardNow(number, Stage(stage), number == stands) for number, stage in enumerate(stages, 1)]


@pytest.mark.parametrize(
    ("stages", "wanted"),
    [
        (("waiting", "waiting"), [("lay", 1)]),
        (("chip", "waiting"), []),
        (("written", "waiting"), [("move", 1)]),
        (("printer", "waiting"), [("lay", 2)]),
        (("printer", "written", "waiting"), [("move", 2)]),
        (("printer", "printer", "waiting"), [("lay", 3)]),
        (("printer", "printer", "written"), []),
        (("printed", "printer", "written", "waiting"), [("move", 3), ("look", 1)]),
        (("good", "waiting", "gone"), [("lay", 2)]),
        (("good", "gone"), []),
    ],
)
def test_hands_feed_the_printer_first_and_lay_the_next_blank_while_it_prints(
    stages: tuple[str, ...], wanted: list[tuple[str, int]]
) -> None:
    assert hands(cards(*stages)) == tuple(Hand(do, number) for do, number in wanted)


def test_nothing_is_brought_to_a_printer_at_which_a_card_stands() -> None:
    assert hands(cards("printer", "written", stands=1)) == ()
    assert hands(cards("printer", "waiting", stands=1)) == (Hand("lay", 2),), (
        "the chip of the next one may be written"
    )


def test_a_printer_with_the_encoder_inside_holds_one_card_from_feeder_to_tray() -> None:
    assert hands(cards("printer", "waiting"), one_path=True) == ()
    assert hands(cards("printed", "waiting"), one_path=True) == (Hand("lay", 2), Hand("look", 1))


def test_paused_only_what_came_out_is_looked_at() -> None:
    for stages in itertools.product(("waiting", "written", "printer", "printed"), repeat=3):
        found = hands(cards(*stages), paused=True)
        assert {hand.do for hand in found} <= {"look"}
        assert len(found) == stages.count("printed")


def test_however_cards_stand_the_encoder_holds_one_and_the_printer_two_and_a_batch_never_stands_still() -> None:
    """From every state that the rules lead to, some hand or machine has something to do until all is over."""
    seen: set[tuple[str, ...]] = set()
    todo = [("waiting",) * 4]
    after = {"lay": "chip", "move": "printer", "look": "good"}
    while todo:
        stages = todo.pop()
        if stages in seen:
            continue
        seen.add(stages)
        assert stages.count("chip") + stages.count("written") <= 1
        assert stages.count("printer") <= AT_PRINTER
        found = hands(cards(*stages))
        machine = [index for index, stage in enumerate(stages) if stage in {"chip", "printer"}]
        assert bool(found or machine) is not over([Stage(stage) for stage in stages])
        moves = [(hand.number - 1, after[hand.do]) for hand in found]
        moves += [(index, {"chip": "written", "printer": "printed"}[stages[index]]) for index in machine]
        moves += [(index, "waiting") for index in machine]  # spoiled
        todo += [(*stages[:index], stage, *stages[index + 1 :]) for index, stage in moves]
    assert ("good",) * 4 in seen and len(seen) > 100


def test_every_state_of_a_resident_has_its_stage() -> None:
    ends = {"KARTU_JADI": Stage.GOOD, "KARTU_DISERAHKAN": Stage.GOOD, "PRR": Stage.WAITING}
    for state in KTP_STATES:
        if state != "PEMBUATAN_KARTU":
            assert stage_of(state, None, False) is ends.get(state, Stage.GONE)
            assert stage_of(state, None, False, left_out=True) is (Stage.GOOD if "KARTU_" in state else Stage.GONE)
    making = {"making": Stage.CHIP, "encoded": Stage.WRITTEN, "printed": Stage.PRINTED, "spoiled": Stage.GONE}
    for card, stage in making.items():
        assert stage_of("PEMBUATAN_KARTU", card, False) is stage
    assert stage_of("PEMBUATAN_KARTU", "encoded", True) is Stage.PRINTER


@pytest.mark.parametrize(
    ("reasons", "levels", "why"),
    [
        ((), {}, None),
        ((), {"ribbon": 1, "film": 40}, None),
        (("printer.marker-supply-low",), {"ribbon": 3}, None),
        ((), {"ribbon": 90, "film": 0}, FaultCode.PRINTER_SUPPLY_EMPTY),
        (("printer.marker-supply-empty",), {}, FaultCode.PRINTER_SUPPLY_EMPTY),
        (("printer.temperature",), {"ribbon": 0}, FaultCode.PRINTER_TEMPERATURE),
        (("printer.cover-open",), {"ribbon": 90}, None),
    ],
)
def test_a_hot_printer_and_an_empty_ribbon_are_waited_for_and_nothing_else(
    reasons: tuple[str, ...], levels: dict[str, int], why: FaultCode | None
) -> None:
    assert printer_waits(reasons, levels) is why


# The acts


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    def so_far(counter: Counter) -> str:
        case = ready_to_print(counter, 3, 8)
        accounts.add(counter.store, "operator", "Operator", Role.OPERATOR, "123456", SYSTEM)
        accounts.add(counter.store, "petugas", "Petugas", Role.PETUGAS, "123456", SYSTEM)
        return case

    return prepare(tmp_path_factory.mktemp("office"), so_far)


@pytest.fixture
def opened(prepared: Prepared, tmp_path: Path) -> Counter:
    return prepared.copy(tmp_path)


def do(counter: Counter, act: str, role: Role = Role.OPERATOR, **values: Any) -> None:
    BATCH_ACTS[act](counter.office, PEOPLE[role], values)


def state(counter: Counter) -> BatchState:
    found = batch_state(counter.office)
    assert found is not None
    return found


def stages(counter: Counter) -> list[str]:
    return [card.stage.value for card in state(counter).cards]


def begun(counter: Counter) -> Counter:
    do(counter, "start_batch", all=True)
    return counter


def written(counter: Counter, case: str, number: int, serial: str) -> None:
    """A blank laid for this card and its chip written, as its handlers would."""
    do(counter, "lay_card", number=number, blank_serial=serial)
    counter.chip_written(case, serial, number - 1)


def in_printer(counter: Counter, case: str, number: int, serial: str) -> None:
    written(counter, case, number, serial)
    do(counter, "move_card", number=number)


def test_everybody_at_prr_of_age_may_be_chosen_and_only_an_operator_chooses(counter: Counter, case: str) -> None:
    found = candidates(counter.office)
    assert [one.key for one in found] == [f"{case}:{position}" for position in range(3)]
    for role in set(Role) - {Role.OPERATOR}:
        with pytest.raises(NotAllowed, match="operator"):
            do(counter, "start_batch", role, all=True)
    for wrong in ((), (f"{case}:3",), ("x",)):
        with pytest.raises(FormRefused):
            do(counter, "start_batch", residents=wrong)
    assert batch_state(counter.office) is None
    do(counter, "start_batch", residents=(f"{case}:2", f"{case}:0"))
    assert [card.person.position for card in state(counter).cards] == [0, 2]
    with pytest.raises(NotAllowed, match="belum selesai"):
        do(counter, "start_batch", all=True)


def test_three_cards_go_through_each_by_the_acts_of_its_case(counter: Counter, case: str) -> None:
    begun(counter)
    in_printer(counter, case, 1, "A001")
    in_printer(counter, case, 2, "A002")
    assert stages(counter) == ["printer", "printer", "waiting"]
    written(counter, case, 3, "A005")
    assert state(counter).hands == (), "the slot is full"
    counter.run("card_printer")
    assert stages(counter) == ["printed", "printed", "written"]
    assert state(counter).hands == (Hand("move", 3), Hand("look", 1), Hand("look", 2))
    do(counter, "move_card", number=3)
    for number in (1, 2):
        do(counter, "look_batch_card", number=number, result="ok")
    counter.run("card_printer")
    do(counter, "look_batch_card", number=3, result="ok")
    assert stages(counter) == ["good"] * 3 and state(counter).over
    assert [counter.person(case, position).ktp_state for position in range(3)] == ["KARTU_JADI"] * 3
    keys = [key for key, _ in counter.devices["card_printer"].submitted]
    assert keys == ["print-card:A001:1", "print-card:A002:1", "print-card:A005:1"]
    with counter.store.read() as tx:
        assert {blanks.state_of(tx, serial) for serial in ("A001", "A002", "A005")} == {BlankState.VERIFIED}
        acts = [entry["event"] for entry in audit.entries(tx) if str(entry["actor"]).startswith("operator")]
    assert acts.count("ktp-issue_card-complete") == acts.count("ktp-card_ready-complete") == 3
    do(counter, "end_batch")
    assert state(counter).batch.state == "ended" and candidates(counter.office) == []


def test_out_of_turn_nothing_is_begun(counter: Counter, case: str) -> None:
    begun(counter)
    for act, values in (
        ("lay_card", {"blank_serial": "A001"}),
        ("move_card", {}),
        ("look_batch_card", {"result": "ok"}),
    ):
        with pytest.raises(NotAllowed, match="Belum giliran"):
            do(counter, act, number=2, **values)
    with pytest.raises(NotAllowed, match="Isi nomor blanko"):
        do(counter, "lay_card", number=1)
    with pytest.raises(NotAllowed, match="nomor ini"):
        do(counter, "lay_card", number=9, blank_serial="A001")
    assert stages(counter) == ["waiting"] * 3


def test_a_spoiled_blank_costs_a_blank_and_no_resident(counter: Counter, case: str) -> None:
    begun(counter)
    do(counter, "lay_card", number=1, blank_serial="A001")
    do(counter, "spoil_batch_card", number=1, cause="CACAT_PABRIK")
    assert state(counter).cards[0].spoiled == 1 and state(counter).hands == (Hand("lay", 1),)
    in_printer(counter, case, 1, "A002")
    counter.run("card_printer")
    do(counter, "look_batch_card", number=1, result="spoiled", cause="SALAH_CETAK")
    assert state(counter).cards[0].spoiled == 2
    with counter.store.read() as tx:
        assert blanks.state_of(tx, "A001") is BlankState.SPOILED
    with pytest.raises(NotAllowed, match="tidak sedang dibuat"):
        do(counter, "spoil_batch_card", number=2, cause="AUS")


def test_a_card_spoiled_while_its_print_waits_leaves_no_held_work(counter: Counter, case: str) -> None:
    begun(counter)
    in_printer(counter, case, 1, "A001")
    do(counter, "spoil_batch_card", number=1, cause="LENGKUNG_PANAS")
    counter.run("card_printer")
    assert counter.job("print-card:A001").state == "done"
    assert counter.devices["card_printer"].submitted == []


def test_a_pause_begins_nothing_and_ends_what_was_begun(counter: Counter, case: str) -> None:
    begun(counter)
    in_printer(counter, case, 1, "A001")
    do(counter, "pause_batch")
    counter.run("card_printer")
    assert counter.devices["card_printer"].submitted == [] and counter.job("print-card:A001").state == "ready"
    for act, number in (("lay_card", 2), ("move_card", 1)):
        with pytest.raises(NotAllowed, match="dijeda"):
            do(counter, act, number=number, blank_serial="A002")
    do(counter, "resume_batch")
    counter.clock.go(3)
    counter.run("card_printer")
    assert stages(counter)[0] == "printed"
    do(counter, "pause_batch")
    do(counter, "look_batch_card", number=1, result="ok")
    with pytest.raises(NotAllowed, match="sudah begitu"):
        do(counter, "pause_batch")


def test_an_intent_that_stands_is_settled_though_the_batch_is_paused(counter: Counter, case: str) -> None:
    begun(counter)
    in_printer(counter, case, 1, "A001")
    counter.devices["card_printer"].next.append(DeviceFault(FaultCode.PRINTER_MEDIA_EMPTY))
    counter.run("card_printer")
    assert counter.job("print-card:A001").state == "hold"
    do(counter, "pause_batch")
    take_over(counter.store, DEVICE_LANES, counter.devices)
    counter.do("retry_job", Role.OPERATOR, case, job="print-card:A001")
    counter.run("card_printer")
    assert stages(counter)[0] == "printed" and len(counter.devices["card_printer"].submitted) == 1


@pytest.mark.parametrize(
    ("trouble", "fault"),
    [
        ({"reasons": ("printer.temperature",)}, FaultCode.PRINTER_TEMPERATURE),
        ({"levels": {"ribbon": 0}}, FaultCode.PRINTER_SUPPLY_EMPTY),
    ],
)
def test_heat_and_an_empty_ribbon_are_waited_for_with_a_reason_and_no_hand(
    counter: Counter, case: str, trouble: dict[str, Any], fault: FaultCode
) -> None:
    printer = counter.devices["card_printer"]
    good = {name: getattr(printer, name) for name in trouble}
    begun(counter)
    in_printer(counter, case, 1, "A001")
    vars(printer).update(trouble)
    for _ in range(3):
        counter.run("card_printer")
        counter.clock.go(3)
    job = counter.job("print-card:A001")
    assert (job.state, job.fault, job.attempts) == ("ready", fault.value, 0)
    assert state(counter).cards[0].waits_for == fault.value
    assert printer.submitted == [] and counter.effect("print-card:A001:1") is None
    with counter.store.read() as tx:
        told = [entry for entry in audit.entries(tx) if entry["event"] == "job-fault"]
    assert len(told) == 1, "told once, however often it asks"
    do(counter, "lay_card", number=2, blank_serial="A002")
    counter.run("encoder")
    assert counter.job("prepare:A002").state == "ready", "no further card is begun meanwhile"
    vars(printer).update(good)
    counter.run("card_printer")
    assert stages(counter)[0] == "printed"
    assert (counter.job("print-card:A001").fault, state(counter).cards[0].waits_for) == (None, "")


def test_a_single_card_is_not_held_back(counter: Counter, case: str) -> None:
    counter.devices["card_printer"].reasons = ("printer.temperature",)
    counter.do("issue_card", Role.OPERATOR, case, resident=0, blank_serial="A001")
    counter.chip_written(case, "A001")
    counter.do("print_card", Role.OPERATOR, case, resident=0)
    counter.run("card_printer")
    assert len(counter.devices["card_printer"].submitted) == 1


def test_behind_a_jam_the_next_card_waits_and_one_that_came_out_blank_is_put_in_again(
    counter: Counter, case: str
) -> None:
    printer = counter.devices["card_printer"]
    begun(counter)
    in_printer(counter, case, 1, "A001")
    in_printer(counter, case, 2, "A002")
    printer.next.append(JAM)
    counter.run("card_printer")
    assert [key for key, _ in printer.submitted] == ["print-card:A001:1"], "the second waits"
    card = state(counter).cards[0]
    assert card.question is not None and card.now.stands
    with pytest.raises(NotAllowed, match="Jawab dulu"):
        do(counter, "spoil_batch_card", number=1, cause="MACET_PRINTER")
    answer = {"question": card.question["id"], "answer": "blank"}
    counter.do("answer_question", Role.OPERATOR, case, **answer)
    counter.clock.go(3)
    counter.run("card_printer")
    assert [key for key, _ in printer.submitted][1:] == ["print-card:A002:1"], "which lies in the slot"
    assert Hand("move", 1) in state(counter).hands, "the first is in a hand, and is put in anew"
    do(counter, "move_card", number=1)
    counter.run("card_printer")
    assert [key for key, _ in printer.submitted][2:] == ["print-card:A001:2"]
    assert stages(counter) == ["printed", "printed", "waiting"]


def test_who_brings_a_card_to_a_printer_that_has_just_stopped_is_told_so(counter: Counter, case: str) -> None:
    begun(counter)
    in_printer(counter, case, 1, "A001")
    written(counter, case, 2, "A002")
    assert Hand("move", 2) in state(counter).hands, "as the page says that he has open"
    counter.devices["card_printer"].next.append(JAM)
    counter.run("card_printer")
    with pytest.raises(NotAllowed, match="Printer berhenti pada kartu nomor 1"):
        do(counter, "move_card", number=2)
    assert stages(counter)[:2] == ["printer", "written"]


def test_a_card_ruined_by_a_jam_gives_its_resident_the_next_blank(counter: Counter, case: str) -> None:
    begun(counter)
    in_printer(counter, case, 1, "A001")
    counter.devices["card_printer"].next.append(JAM)
    counter.run("card_printer")
    question = state(counter).cards[0].question
    assert question is not None
    counter.do("answer_question", Role.OPERATOR, case, question=question["id"], answer="ruined")
    assert (stages(counter)[0], state(counter).cards[0].spoiled) == ("waiting", 1)
    assert state(counter).hands == (Hand("lay", 1),)


def test_who_is_left_out_stays_ready_and_who_is_in_work_cannot_be(counter: Counter, case: str) -> None:
    begun(counter)
    do(counter, "leave_out", number=1)
    assert stages(counter) == ["gone", "waiting", "waiting"] and state(counter).hands == (Hand("lay", 2),)
    do(counter, "lay_card", number=2, blank_serial="A001")
    with pytest.raises(NotAllowed, match="sudah dimulai"):
        do(counter, "leave_out", number=2)
    do(counter, "end_batch")
    assert [one.person.position for one in candidates(counter.office)] == [0, 2]
    assert counter.job("prepare:A001").state == "ready", "what was begun goes on by itself"


def test_a_batch_of_which_nothing_is_left_makes_room_for_the_next(counter: Counter, case: str) -> None:
    do(counter, "start_batch", residents=(f"{case}:0",))
    in_printer(counter, case, 1, "A001")
    counter.run("card_printer")
    counter.do("look_card", Role.OPERATOR, case, resident=0, result="ok")
    assert state(counter).over, "an act on the page of the case counts as well"
    do(counter, "start_batch", all=True)
    assert [card.person.position for card in state(counter).cards] == [1, 2]


def test_after_a_cut_at_any_point_the_batch_stands_where_its_cards_do(
    counter: Counter, case: str, tmp_path: Path
) -> None:
    begun(counter)
    in_printer(counter, case, 1, "A001")
    counter.run("card_printer")
    in_printer(counter, case, 2, "A002")
    before = [(card.number, card.stage, card.serial) for card in state(counter).cards]
    with counter.store.read() as tx:
        batch = batches.newest(tx)
    again = Prepared(counter.office.settings.data_dir, case, counter.clock.now).copy(tmp_path / "again")
    take_over(again.store, DEVICE_LANES, again.devices)
    with again.store.read() as tx:
        assert batches.newest(tx) == batch
    assert [(card.number, card.stage, card.serial) for card in state(again).cards] == before
    again.store.close()


# A printer with feeder and encoder inside


class Mover(Printer):
    """A card printer that brings cards to its encoder and out again; `at` is the UID that the encoder finds."""

    def __init__(self) -> None:
        super().__init__()
        self.stops: list[str] = []
        self.feeder = [b"\x04AAAAAA", b"\x04BBBBBB"]
        self.inside: bytes | None = None

    def move_card(self, to: CardStop, by: object) -> None:
        self.stops.append(to.value)
        if to is CardStop.REJECT:
            self.inside = None
        elif self.inside is None:
            self.inside = self.feeder.pop(0)


class Reader(Hardware):
    """The encoder inside it, that finds UIDs and no chip that can be made a card."""

    def __init__(self, printer: Mover) -> None:
        super().__init__()
        self.printer = printer

    def await_card(self, by: object) -> CardPresence:
        if self.printer.inside is None:
            raise DeviceFault(FaultCode.CARD_ABSENT)
        return CardPresence(b"", self.printer.inside)

    def reset(self) -> CardPresence:
        raise DeviceFault(FaultCode.CARD_FOREIGN)

    def transmit(self, apdu: bytes, by: object) -> object:
        raise DeviceFault(FaultCode.CARD_FOREIGN)

    def release(self) -> None: ...


@pytest.fixture
def mover(counter: Counter) -> Mover:
    settings = replace(counter.office.settings, devices={"card_printer": "evolis:Primacy?encoder=contactless"})
    printer = Mover()
    devices = {**counter.devices, "card_printer": printer, "chip_encoder": Reader(printer)}
    counter.office = replace(counter.office, settings=settings)
    counter.machines = replace(counter.machines, settings=settings, rack=DeviceRack(devices))
    return printer


def test_the_printer_draws_the_blank_and_throws_out_a_card_that_was_written_off(
    counter: Counter, case: str, mover: Mover
) -> None:
    begun(counter)
    assert state(counter).draws_itself
    do(counter, "lay_card", number=1, blank_serial="A001")
    counter.run("encoder")
    assert mover.stops == ["encoder"] and counter.job("prepare:A001").fault == "chip_encoder.foreign_card"
    with counter.store.write() as tx:
        card = cases_of(tx, case, "card", 0, "A001")[-1]
        change_evidence(tx, card, "making", uid=b"\x04AAAAAA".hex())
    do(counter, "spoil_batch_card", number=1, cause="GAGAL_ENCODE")
    do(counter, "lay_card", number=1, blank_serial="A002")
    counter.run("encoder")
    assert mover.stops[1:] == ["encoder", "reject", "encoder"] and mover.inside == b"\x04BBBBBB"


def test_a_written_card_of_a_batch_is_printed_without_a_hand_and_one_of_no_batch_is_not(
    counter: Counter, case: str, mover: Mover
) -> None:
    counter.do("issue_card", Role.OPERATOR, case, resident=2, blank_serial="A003")
    do(counter, "start_batch", residents=(f"{case}:0", f"{case}:1"))
    do(counter, "lay_card", number=1, blank_serial="A001")
    for serial, position in (("A001", 0), ("A003", 2)):
        counter.chip_written(case, serial, position)
        with counter.store.write() as tx:
            go_on_to_print(tx, counter.machines, replace(counter.job(f"prepare:{serial}"), kind="encode"))
    assert stages(counter) == ["printer", "waiting"] and state(counter).hands == ()
    counter.run("card_printer")
    assert state(counter).hands == (Hand("lay", 2), Hand("look", 1))
    assert [key for key, _ in mover.submitted] == ["print-card:A001:1"]


# The pages


@pytest.fixture
def desk(counter: Counter) -> FlaskClient:
    services = Services(Desk(counter.office), lambda: Snapshot(()), "Dinas Dukcapil", True)
    client = create_app(frozenset({"officer"}), services).test_client()
    assert sign_in(client, Role.OPERATOR).status_code == 303
    return client


def send(client: FlaskClient, slug: str, **values: object) -> int:
    return post(client, HOME, f"{HOME}/{slug}", **values).status_code


def test_the_page_leads_card_by_card(counter: Counter, case: str, desk: FlaskClient) -> None:
    choice = desk.get(HOME)
    assert forms(choice) >= {"start_batch"} and choice.text.count('name="residents"') == 3
    assert "Kumpulan kartu" in choice.text
    refused = post(desk, HOME, f"{HOME}/mulai")
    assert refused.status_code == 422 and "Pilih sedikitnya satu penduduk" in refused.text
    assert post(desk, HOME, f"{HOME}/mulai", residents=[f"{case}:9"]).status_code == 422
    assert post(desk, HOME, f"{HOME}/mulai", residents=[f"{case}:0", f"{case}:1"]).status_code == 303
    page = desk.get(HOME)
    assert forms(page) >= {"lay_card", "pause_batch", "end_batch", "leave_out"}
    assert 'value="A001"' in page.text, "the next blank is offered"
    wrong = post(desk, HOME, f"{HOME}/letakkan", number="1", blank_serial="Z999")
    assert wrong.status_code == 422 and "tidak ada di buku" in wrong.text
    assert send(desk, "letakkan", number="1", blank_serial="A001", opened_at="1") == 303
    assert "lay_card" not in forms(desk.get(HOME))
    counter.chip_written(case, "A001")
    assert forms(desk.get(HOME)) >= {"move_card", "spoil_batch_card"}
    assert send(desk, "ke-printer", number="1") == 303
    counter.devices["card_printer"].next.append(JAM)
    counter.run("card_printer")
    page = desk.get(HOME)
    assert forms(page) >= {"answer_question", "lay_card"} and "move_card" not in forms(page)
    question = re.search(r'name="question" value="([^"]+)"', page.text)
    assert question
    assert send(desk, "jawab", number="1", question=question[1], answer="printed") == 303
    counter.run("card_printer")
    page = desk.get(HOME)
    assert "look_batch_card" in forms(page) and "/dokumen/" in page.text
    assert send(desk, "periksa", number="1", result="ok") == 303
    told = desk.get(f"{HOME}.json").get_json()
    assert [card["stage"] for card in told["cards"]] == ["good", "waiting"] and told["good"] == 1
    assert "SUGENG" not in desk.get(f"{HOME}.json").text
    assert send(desk, "jeda") == 303
    assert forms(desk.get(HOME)) >= {"resume_batch"}
    assert send(desk, "lanjut") == send(desk, "akhiri") == 303
    assert "1 kartu baik" in desk.get(HOME).text


def test_what_a_fault_holds_is_set_going_from_the_page(counter: Counter, case: str, desk: FlaskClient) -> None:
    begun(counter)
    in_printer(counter, case, 1, "A001")
    counter.devices["card_printer"].next.append(DeviceFault(FaultCode.PRINTER_MEDIA_EMPTY))
    counter.run("card_printer")
    page = desk.get(HOME)
    assert "retry_job" in forms(page) and "Coba lagi" in page.text
    assert send(desk, "ulangi", number="1", job="print-card:A001") == 303
    counter.run("card_printer")
    assert stages(counter)[0] == "printed"
    assert send(desk, "ulangi", number="1", job="print-card:A001") == 422


def test_a_hot_printer_is_told_on_the_page(counter: Counter, case: str, desk: FlaskClient) -> None:
    begun(counter)
    in_printer(counter, case, 1, "A001")
    counter.devices["card_printer"].reasons = ("printer.temperature",)
    counter.run("card_printer")
    page = desk.get(HOME).text
    assert "terlalu panas" in page and "jalan lagi dengan sendirinya" in page


def test_the_pages_are_the_operators_alone(counter: Counter, desk: FlaskClient) -> None:
    services = Services(Desk(counter.office), lambda: Snapshot(()), "Dinas Dukcapil", True)
    other = create_app(frozenset({"officer"}), services).test_client()
    assert sign_in(other, Role.PETUGAS).status_code == 303
    assert other.get(HOME).status_code == other.get(f"{HOME}.json").status_code == 403
    assert post(other, "/petugas/", f"{HOME}/mulai", all="1").status_code == 403
    assert desk.post(f"{HOME}/mulai", data={"all": "1"}).status_code == 400, "no token"
    assert post(desk, HOME, f"{HOME}/nowhere").status_code == 404


def test_the_open_page_hears_of_every_change(counter: Counter, case: str) -> None:
    from appliance.kiosk_ui.officer.batch import batch_version

    desk = Desk(counter.office)
    seen = [batch_version(desk)]
    for step in (
        lambda: begun(counter),
        lambda: do(counter, "lay_card", number=1, blank_serial="A001"),
        lambda: counter.chip_written(case, "A001"),
        lambda: do(counter, "move_card", number=1),
        lambda: counter.run("card_printer"),
        lambda: do(counter, "pause_batch"),
    ):
        step()
        seen.append(batch_version(desk))
    assert len(set(seen)) == len(seen)
