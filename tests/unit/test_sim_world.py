"""The simulated world, its scenarios and its dock: events are counted, rules fire as said, hands do their verb."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hw_sim import scenario
from hw_sim.camera import CameraLevers
from hw_sim.card import CardFactory
from hw_sim.card_keys import MasterKeys, fresh_uid
from hw_sim.central.wire import Trouble, Troubles
from hw_sim.dock import Dock
from hw_sim.hands import Hands
from hw_sim.people import Person
from hw_sim.power import Board
from hw_sim.printer import Printer
from hw_sim.roll_printer import RollLevers
from hw_sim.sbi_capture import ScannerLevers
from hw_sim.scenario import ScenarioError
from hw_sim.signature_pad import PadLevers
from hw_sim.trouble_verbs import LEVERS, OFFICE_TROUBLES, OFFICES, PRINTER_TROUBLES, WELL
from hw_sim.world import Event, When, World


def test_events_are_counted_by_name_and_remembered_in_order() -> None:
    world = World()
    for number in range(3):
        world.happened("apdu", n=number)
    world.happened("printed", page=1)
    assert (world.count("apdu"), world.count("printed"), world.count("frame")) == (3, 1, 0)
    assert [event.count for event in world.history("apdu")] == [1, 2, 3]
    assert [event.name for event in world.history()] == ["apdu", "apdu", "apdu", "printed"]
    assert world.history("apdu")[2].facts == {"n": 2}


@pytest.mark.parametrize(
    ("when", "meets"),
    [
        (When("apdu"), True),
        (When("print"), False),
        (When("apdu", {"slot": 0}), True),
        (When("apdu", {"slot": 1}), False),
        (When("apdu", {"slot": 0, "n": 7}), True),
        (When("apdu", {"nothing": 1}), False),
        (When("apdu", {"count": 4}), True),
        (When("apdu", {"count": 5}), False),
    ],
)
def test_a_condition_is_met_by_name_and_every_fact(when: When, meets: bool) -> None:
    assert when.meets(Event("apdu", 4, {"slot": 0, "n": 7})) is meets


def test_a_rule_fires_once_or_always_in_the_callers_thread() -> None:
    world = World()
    once: list[int] = []
    always: list[str] = []
    world.on(When("apdu"), lambda event: once.append(event.count))
    world.on(When("apdu"), lambda event: always.append(threading.current_thread().name), once=False)
    for _ in range(3):
        world.happened("apdu")
    assert once == [1]
    assert always == [threading.current_thread().name] * 3


def test_a_rule_may_change_the_world_and_make_more_events() -> None:
    world = World()
    world.on(When("apdu", {"count": 2}), lambda event: world.happened("torn") and None)
    world.on(When("torn"), lambda event: world.facts.update(torn=True))
    world.happened("apdu")
    assert world.facts == {}
    world.happened("apdu")
    assert world.facts == {"torn": True}


def test_waiting_ends_when_it_comes_true_or_in_time() -> None:
    world = World()
    threading.Timer(0.02, world.happened, ["printed"]).start()
    assert world.wait_for(lambda now: now.count("printed") == 1, 5)
    assert world.wait_for(lambda now: now.count("printed") == 2, 0.01) is False


def test_device_time_is_scaled_and_added_up() -> None:
    slow, fast = World(0.001), World(0.0)
    for world in (slow, fast):
        world.takes(10)
        world.takes(5)
    assert slow.device_seconds == pytest.approx(0.015)
    assert fast.device_seconds == 0


def test_only_the_last_events_are_kept_but_all_are_counted() -> None:
    world = World()
    for _ in range(5100):
        world.happened("frame")
    assert (world.count("frame"), len(world.history())) == (5100, 5000)


VERBS = frozenset({"remove-card", "jam-card"})


def test_a_scenario_becomes_rules() -> None:
    text = """
    [[on]]
    event = "apdu"
    where = { slot = 0, n = 7 }
    do = "remove-card"
    [[on]]
    event = "printing"
    do = "jam-card"
    always = true
    """
    first, second = scenario.parse(text, VERBS)
    assert (first.when, first.verb, first.always) == (When("apdu", {"slot": 0, "n": 7}), "remove-card", False)
    assert (second.when, second.verb, second.always) == (When("printing"), "jam-card", True)
    assert scenario.parse("", VERBS) == ()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[[on", "not TOML"),
        ('[[on]]\nevent = "apdu"', "on[1].do"),
        ('[[on]]\nevent = "apdu"\ndo = "fly"', "on[1].do: not a verb of the dock: fly"),
        ('[[on]]\nevent = "apdu"\ndo = ["jam-card"]', "on[1].do"),
        ('[[on]]\ndo = "jam-card"', "on[1]: needs event and do"),
        ('[[on]]\nevent = 3\ndo = "jam-card"', "on[1]: needs"),
        ('[[on]]\nevent = "apdu"\nwhere = 3\ndo = "jam-card"', "on[1]: needs"),
        ('[[on]]\nevent = "apdu"\ndo = "jam-card"\nwhen = 1', "on[1]: needs"),
        ("on = 3", "on:"),
        ("on = [3]", "on[1]: needs"),
        ('[on]\nevent = "apdu"\ndo = "jam-card"', "on:"),
    ],
)
def test_a_scenario_that_cannot_be_used_says_why(text: str, why: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        scenario.parse(text, VERBS)
    assert why in str(refused.value)


def test_every_mistake_of_a_scenario_is_told() -> None:
    with pytest.raises(ScenarioError) as refused:
        scenario.parse('[[on]]\nevent = "a"\ndo = "x"\n[[on]]\nevent = "a"\ndo = "jam-card"\n[[on]]\n', VERBS)
    assert "on[1].do" in str(refused.value)
    assert "on[3]" in str(refused.value)
    assert "on[2]" not in str(refused.value)


@settings(max_examples=80, deadline=None)
@given(
    st.text(max_size=60)
    | st.sampled_from(["[[on]]", "[on]", "on=1"]).flatmap(lambda a: st.text(max_size=30).map(a.__add__))
)
def test_any_text_is_a_scenario_or_a_refusal(text: str) -> None:
    try:
        scenario.parse(text, VERBS)
    except ScenarioError as refused:
        assert str(refused)


class Encoder:
    """The slot on the desk, without a reader daemon behind it."""

    def __init__(self) -> None:
        self.card: object = None
        self.muted = False

    def insert(self, card: object) -> None:
        self.card = card

    def remove(self) -> object:
        card, self.card = self.card, None
        return card

    def mute(self) -> None:
        self.muted = True


@pytest.fixture(scope="module")
def factory() -> CardFactory:
    return CardFactory(MasterKeys.fresh())


class Office:
    """The calls of every office, without a server before them."""

    def __init__(self, line: list[str]) -> None:
        self.open, self.close = partial(line.append, "mended"), partial(line.append, "cut")
        self.troubles = Troubles()

    def disturb(self, office: str, trouble: Trouble) -> None:
        self.troubles.cause(office, "call", trouble, None)


def new_hands(factory: CardFactory, folder: Path, cut_power: Callable[[], object] | None = None) -> Hands:
    world = World(0.0)
    line: list[str] = []
    roll = SimpleNamespace(levers=RollLevers(), slips=[])
    roll.mend = lambda: setattr(roll, "levers", RollLevers())
    station = SimpleNamespace(
        world=world,
        cards=SimpleNamespace(encoder=Encoder(), blank=lambda: factory.blank(fresh_uid())),
        card_printer=Printer(world, "card"),
        document_printer=Printer(world, "sheet"),
        scanner=SimpleNamespace(levers=ScannerLevers()),
        camera=SimpleNamespace(levers=CameraLevers()),
        pad=SimpleNamespace(levers=PadLevers()),
        receipts=roll,
        board=Board(folder / "sys", world),
        reader=SimpleNamespace(show=line.append),
        light=SimpleNamespace(
            unplug=lambda: line.append("dark"), start=lambda: line.append("lit"), lamps=(False, False, False)
        ),
        offices=Office(line),
        line=line,
    )
    return Hands(station, cut_power)  # type: ignore[arg-type]


@pytest.fixture
def hands(factory: CardFactory, tmp_path: Path) -> Hands:
    return new_hands(factory, tmp_path)


def do(hands: Hands, verb: str) -> None:
    hands.verbs[verb].do()


def test_a_card_goes_from_encoder_to_hand_to_printer_and_is_the_same_card(hands: Hands) -> None:
    encoder, world = hands.station.cards.encoder, hands.station.world
    do(hands, "insert-blank")
    card = encoder.card
    assert card is not None
    do(hands, "remove-card")
    assert (encoder.card, world.facts["card_in_hand"]) == (None, card)
    do(hands, "card-back")
    assert encoder.card is card
    do(hands, "card-to-printer")
    assert (encoder.card, world.facts["card_in_printer"]) == (None, card)
    assert "card_in_hand" not in world.facts


def test_without_a_card_the_hands_do_nothing(hands: Hands) -> None:
    for verb in ("remove-card", "card-to-printer", "card-back", "tear-card"):
        do(hands, verb)
    assert hands.state()["card_on_encoder"] is False


@pytest.mark.parametrize(
    ("verb", "printer", "reason"),
    [
        ("jam-card", "card_printer", "media-jam-error"),
        ("ribbon-empty", "card_printer", "marker-supply-empty-error"),
        ("film-empty", "card_printer", "marker-supply-empty-error"),
        ("offline-card-printer", "card_printer", "offline-report"),
        ("open-door-sheet-printer", "document_printer", "door-open-error"),
        ("open-cover", "card_printer", "cover-open-error"),
        ("jam-sheet", "document_printer", "media-jam-error"),
        ("paper-empty", "document_printer", "media-empty-error"),
    ],
)
def test_trouble_at_a_printer_shows_until_it_is_cleared(hands: Hands, verb: str, printer: str, reason: str) -> None:
    do(hands, verb)
    assert reason in hands.state()[printer]  # type: ignore[operator]
    do(hands, "clear-printers")
    assert hands.state()[printer] == []


def test_levers_and_lines_are_pulled_and_put_back(hands: Hands) -> None:
    station = hands.station
    do(hands, "unplug-scanner")
    do(hands, "freeze-camera")
    do(hands, "cut-network")
    assert (station.scanner.levers.unplugged, station.camera.levers.freeze) == (True, True)
    do(hands, "plug-scanner")
    do(hands, "free-camera")
    do(hands, "mend-network")
    assert (station.scanner.levers.unplugged, station.camera.levers.freeze) == (False, False)
    assert station.line == ["cut", "mended"]  # type: ignore[attr-defined]


def test_a_cable_is_pulled_and_put_back_once_however_often_the_button_is_pressed(hands: Hands) -> None:
    for verb in ("unplug-light", "unplug-light"):
        do(hands, verb)
    assert hands.state()["unplugged"] == ["light"]
    for verb in ("plug-light", "plug-light"):
        do(hands, verb)
    assert hands.state()["unplugged"] == []
    assert hands.station.line == ["dark", "lit"]  # type: ignore[attr-defined]


def test_a_scenario_moves_the_hands(hands: Hands) -> None:
    rules = scenario.parse('[[on]]\nevent = "apdu"\nwhere = {n = 2}\ndo = "remove-card"\n', frozenset(hands.verbs))
    scenario.follow(rules, hands)
    do(hands, "insert-blank")
    hands.station.world.happened("apdu", n=1)
    assert hands.station.cards.encoder.card is not None
    hands.station.world.happened("apdu", n=2)
    assert hands.station.cards.encoder.card is None


@pytest.mark.parametrize("verb", LEVERS)
def test_a_lever_goes_where_its_verb_says_and_back(hands: Hands, verb: str) -> None:
    of, _, lever, value = LEVERS[verb]
    simulator = getattr(hands.station, of)
    before = getattr(simulator.levers, lever)
    do(hands, verb)
    assert getattr(simulator.levers, lever) == value != before
    do(hands, WELL[of][0] if of in WELL else "clear-printers")
    assert getattr(simulator.levers, lever) == before
    do(hands, verb)
    assert getattr(simulator.levers, lever) == value, "also after the simulator was given new levers"


def test_the_film_is_another_supply_than_the_ribbon(hands: Hands) -> None:
    do(hands, "film-empty")
    assert hands.station.card_printer.levels == {"color ribbon": 100, "transfer film": 0}


@pytest.mark.parametrize("which", ["card", "sheet"])
@pytest.mark.parametrize("trouble", PRINTER_TROUBLES)
def test_each_trouble_of_a_printer_is_a_verb_for_both(hands: Hands, which: str, trouble: str) -> None:
    printer = hands.station.card_printer if which == "card" else hands.station.document_printer
    watched = ("_abort", "_stalled", "busy_answers", "mute_answers", "hangs_up", "confused", "reasons")

    def stands() -> list[object]:
        return [bool(getattr(printer, name)) for name in watched]

    do(hands, f"{trouble}-{which}-printer")
    assert sum(map(bool, stands())) == 1
    do(hands, "clear-printers")
    assert not any(stands())


@pytest.mark.parametrize("office", OFFICES)
@pytest.mark.parametrize("how", OFFICE_TROUBLES)
def test_an_office_answers_late_wrong_or_never_until_all_is_well(hands: Hands, office: str, how: str) -> None:
    troubles = hands.station.offices.troubles
    do(hands, f"{office}-{how}")
    for _ in range(2):
        assert troubles.take(office, "call", "received") == OFFICE_TROUBLES[how][1]
    assert [other for other in OFFICES if troubles.take(other, "call", "received")] == [office]
    do(hands, "offices-well")
    assert troubles.take(office, "call", "received") is None


def test_a_finger_is_missing_until_the_scanner_is_put_right(hands: Hands) -> None:
    people, person = hands.station.world.people, Person("SUGENG", 7)
    do(hands, "finger-missing")
    assert people == {}
    hands.stand(person)
    do(hands, "finger-missing")
    assert people["at_scanner"].missing_fingers == {"right_index"}  # type: ignore[attr-defined]
    assert people["at_camera"] is person
    do(hands, "free-scanner")
    assert people["at_scanner"] is person


def test_a_card_is_swapped_and_the_other_is_in_the_hand(hands: Hands) -> None:
    encoder = hands.station.cards.encoder
    do(hands, "insert-blank")
    first = encoder.card
    do(hands, "swap-card")
    assert encoder.card not in (None, first)
    assert hands.station.world.facts["card_in_hand"] is first


def test_the_mains_goes_and_comes_and_the_boards_cable_is_a_cable(hands: Hands) -> None:
    root = hands.station.board.root
    status, bits = root / "class/power_supply/BAT0/status", root / "devices/platform/soc/soc:firmware/get_throttled"
    do(hands, "mains-off")
    assert status.read_text() == "Discharging\n"
    do(hands, "battery-low")
    assert (root / "class/power_supply/BAT0/capacity").read_text() == "4\n"
    do(hands, "mains-on")
    assert status.read_text() == "Charging\n"
    do(hands, "starve-board")
    assert bits.read_text() == "50005\n"
    do(hands, "feed-board")
    assert bits.read_text() == "50000\n"
    do(hands, "unplug-power")
    assert not root.exists()
    do(hands, "plug-power")
    assert root.exists()


def test_the_power_of_an_appliance_can_be_cut_where_there_is_one(factory: CardFactory, tmp_path: Path) -> None:
    cuts: list[str] = []
    assert "cut-power" not in new_hands(factory, tmp_path / "alone").verbs
    hands = new_hands(factory, tmp_path / "with", lambda: cuts.append("off"))
    rules = scenario.parse('[[on]]\nevent = "printing"\ndo = "cut-power"\n', frozenset(hands.verbs))
    scenario.follow(rules, hands)
    hands.station.world.happened("printing")
    assert cuts == ["off"]


@pytest.fixture(scope="module")
def dock(factory: CardFactory, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dock]:
    dock = Dock(new_hands(factory, tmp_path_factory.mktemp("dock")), {"SUGENG <1>": Person("SUGENG <1>", 7)})
    dock.start()
    yield dock
    dock.stop()


class Stay(urllib.request.HTTPRedirectHandler):
    """Shows the redirect itself."""

    def redirect_request(self, *args: object) -> None:
        return None


def post(dock: Dock, path: str, body: bytes = b"") -> int:
    try:
        with urllib.request.build_opener(Stay).open(dock.address + path, data=body, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code


def get(dock: Dock, path: str) -> str:
    with urllib.request.urlopen(dock.address + path, timeout=5) as answer:
        return str(answer.read().decode())


def test_the_dock_does_verbs_over_http_and_tells_the_state(dock: Dock) -> None:
    assert post(dock, "insert-blank") == 303
    assert json.loads(get(dock, "state"))["card_on_encoder"] is True
    assert post(dock, "fly") == 404
    with pytest.raises(urllib.error.HTTPError, match="404"):
        get(dock, "printed/card")


def test_people_step_forward_and_away(dock: Dock) -> None:
    assert post(dock, "stand", b"who=SUGENG+%3C1%3E") == 303
    assert set(dock.hands.station.world.people) == {"at_scanner", "at_camera", "at_pad"}
    assert json.loads(get(dock, "state"))["people"]["at_pad"] == "SUGENG <1>"
    assert post(dock, "stand", b"who=nobody") == 303
    assert dock.hands.station.world.people == {}


def test_the_page_offers_every_verb_and_person_and_says_that_it_is_a_simulation(dock: Dock) -> None:
    page = get(dock, "")
    for name, verb in dock.hands.verbs.items():
        assert f'action="/{name}"' in page
        assert verb.words in page and f"<legend>{verb.device}</legend>" in page
    assert "SUGENG &lt;1&gt;" in page
    assert "<1>" not in page
    assert "SIMULASI" in page
