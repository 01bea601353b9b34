"""A card taken away while it is written: the same one again is finished, another is refused, none is spoiled.

First without reader and daemon, at every command, before and after it, and at bytes inside every writing; then
through pcscd, the drivers and the encoder's worker, at every kind of command; last through the running appliance.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from card_counter import CardCounter, Makers
from field import PROFILE, Bench, Field

from appliance.casework.codes import CARD_CAUSES, MISSING
from appliance.casework.roles import Role
from appliance.casework.sop import NotAllowed
from appliance.chip.plan import RECORD_LENGTH, WRITING, JournalRecord, decode_journal, make_plan
from appliance.chip.writer import Outcome, WriteOrder
from appliance.drivers.chip_encoder import open_chip_encoder
from appliance.drivers.secure_access_module import open_secure_access_module
from appliance.faults import DeviceFault, FaultCode
from appliance.office import blank_views
from appliance.queue.jobs import Job
from appliance.records import audit, blanks
from appliance.records.blanks import BlankState
from hw_sim.card import KtpCard
from hw_sim.card_files import LifeCycle
from hw_sim.card_files import Role as Speaker
from hw_sim.card_keys import fresh_uid
from hw_sim.card_station import SAM_PIN, CardStation
from hw_sim.world import Event, When, World

F = FaultCode
BYTES = random.Random(2026)
"""Which bytes a card is torn at; the same in every run."""


# Without reader and daemon: every point


@dataclass(frozen=True)
class Point:
    """Where the card is taken away: before or after a command, or once so many content bytes have been written."""

    command: int
    after: bool = False
    torn_at: int | None = None


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench()


@pytest.fixture(scope="module")
def whole(bench: Bench) -> tuple[Field, list[int]]:
    """One write that nobody disturbs: its commands, and the content bytes written before each of them."""
    card, order, _ = bench.blank()
    before: list[int] = []

    class Counting(Field):
        def transmit(self, apdu: bytes, by: object) -> object:  # type: ignore[override]
            before.append(card.files.bytes_written)
            return super().transmit(apdu, by)  # type: ignore[arg-type]

    encoder = Counting(card)
    bench.write(encoder, order)
    return encoder, [*before, card.files.bytes_written]


def still_open(card: KtpCard, order: WriteOrder) -> int:
    """How many bytes of this order are not yet on the card as they should be, by looking into the chip."""
    if card.life_cycle is LifeCycle.ACTIVATED:
        return 0
    plan, on_it = make_plan(PROFILE, order.job, order.files), card.dump()
    first, _ = decode_journal(on_it["JRN"])
    if first != JournalRecord(plan.job, plan.manifest, WRITING):
        return plan.byte_count + 3 * RECORD_LENGTH
    missing = RECORD_LENGTH
    for item, data in plan.files:
        there = on_it.get(item.name, b"")
        for chunk in plan.chunks(data):
            end = chunk.offset + len(chunk.data)
            missing += len(chunk.data) if there[chunk.offset : end] != chunk.data else 0
    return missing


def others(bench: Bench) -> dict[str, KtpCard]:
    """A blank, a card that somebody has begun, a card of another resident."""
    blank, used = bench.factory.blank(fresh_uid()), bench.factory.blank(fresh_uid())
    used.files.create(0x0101, 0x01, 20, Speaker.PERSO)
    anothers, order, _ = bench.blank()
    bench.write(Field(anothers), order)
    return {"blank": blank, "used": used, "another resident's": anothers}


def is_taken_away(bench: Bench, point: Point) -> tuple[KtpCard, WriteOrder]:
    card, order, _ = bench.blank()
    encoder = Field(card, None if point.torn_at is not None else point.command, point.after)
    if point.torn_at is not None:
        card.tear_after(point.torn_at)
    try:
        bench.write(encoder, order)
    except DeviceFault as fault:
        assert fault.code is F.CARD_GONE, point
    else:
        # A signature's length varies by a byte or two, and with it the number of the last bytes.
        assert point.torn_at is not None and point.torn_at >= card.files.bytes_written
    card.tear_after(1 << 30)
    return card, order


def is_finished(bench: Bench, card: KtpCard, order: WriteOrder, point: Point) -> Outcome:
    left, before = still_open(card, order), card.files.bytes_written
    assert bench.verdict(card).valid is (card.life_cycle is LifeCycle.ACTIVATED), point
    outcome = bench.write(Field(card), order)
    written = card.files.bytes_written - before
    assert written <= left, f"{point}: {written} bytes written, {left} were open"
    if left == 0:
        assert outcome is Outcome.ALREADY_DONE and written == 0
    report = bench.verdict(card)
    assert report.valid and report.fields.text["full_name"] == "SITI AMINAH", point
    assert set(card.keys.versions) == {0x31, 0x32}
    again = card.pages_written
    assert bench.write(Field(card), order) is Outcome.ALREADY_DONE and card.pages_written == again
    return outcome


def points(whole: tuple[Field, list[int]]) -> Iterator[Point]:
    """Before and after every command; and inside every writing at its first and last byte and at two of chance."""
    encoder, written = whole
    for number in range(1, len(encoder.seen) + 1):
        yield Point(number)
        yield Point(number, after=True)
        begun, done = written[number - 1], written[number]
        if done > begun:
            inside = {begun, done - 1, BYTES.randrange(begun, done), BYTES.randrange(begun, done)}
            yield from (Point(number, torn_at=at) for at in sorted(inside))


def test_the_same_card_again_is_finished_wherever_it_was_taken_away(
    bench: Bench, whole: tuple[Field, list[int]]
) -> None:
    strangers, outcomes = others(bench), dict.fromkeys(Outcome, 0)
    pages = {name: card.pages_written for name, card in strangers.items()}
    places = list(points(whole))
    for point in places:
        card, order = is_taken_away(bench, point)
        inside, state = card.dump(), card.life_cycle
        for name, other in strangers.items():
            encoder = Field(other)
            with pytest.raises(DeviceFault) as fault:
                bench.write(encoder, order)
            assert fault.value.code is F.CARD_WRONG and encoder.seen == [], name
        assert (card.dump(), card.life_cycle) == (inside, state)
        outcomes[is_finished(bench, card, order, point)] += 1
    assert {name: card.pages_written for name, card in strangers.items()} == pages
    print(f"\n  {len(places)} points: " + ", ".join(f"{outcome} {times}" for outcome, times in outcomes.items()))
    assert len(places) > 2 * len(whole[0].seen) and min(outcomes.values()) > 0


def test_a_card_taken_away_again_and_again_is_finished_all_the_same(
    bench: Bench, whole: tuple[Field, list[int]]
) -> None:
    """At each try a little later; what is on the card is never written again."""
    card, order, _ = bench.blank()
    for cut in range(3, len(whole[0].seen), 9):
        before, left = card.files.bytes_written, still_open(card, order)
        with pytest.raises(DeviceFault):
            bench.write(Field(card, cut, after=bool(cut % 2)), order)
        assert card.files.bytes_written - before <= left
        if card.life_cycle is LifeCycle.ACTIVATED:
            break
    is_finished(bench, card, order, Point(0))


# Through the appliance's own step, in its books


@pytest.fixture(scope="module")
def makers(tmp_path_factory: pytest.TempPathFactory) -> Makers:
    return Makers(tmp_path_factory.mktemp("makers"))


@pytest.fixture(scope="module")
def desk(makers: Makers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CardCounter]:
    """A counter of which one blank after another is taken for the same resident."""
    field = Field(None)
    desk = makers.counter(tmp_path_factory.mktemp("desk"), field)
    desk.lay = lambda card: setattr(field, "card", card)
    yield desk
    desk.holds_together()
    desk.counter.store.close()


def kinds(seen: list[int]) -> list[tuple[int, int]]:
    """The first, the middle and the last of each kind of command, as (number from 1, instruction)."""
    places: dict[int, list[int]] = {}
    for number, instruction in enumerate(seen, 1):
        places.setdefault(instruction, []).append(number)
    chosen = {
        (at, instruction)
        for instruction, found in places.items()
        for at in (found[0], found[len(found) // 2], found[-1])
    }
    return sorted(chosen)


def serials() -> Iterator[str]:
    return (f"A{number:03d}" for number in range(1, 120))


def strangers_at(desk: CardCounter) -> Iterator[tuple[KtpCard, FaultCode]]:
    """Cards that are not the one in work, each with what it is called."""
    used, spoiled = desk.factory.blank(fresh_uid()), list(desk.cards.values())[:-1]
    used.files.create(0x0101, 0x01, 20, Speaker.PERSO)
    while True:
        yield desk.factory.blank(fresh_uid()), F.CARD_WRONG
        yield used, F.CARD_USED
        for card in spoiled[-1:]:
            yield card, F.CARD_OF_ANOTHER


def test_every_kind_of_command_through_the_step_and_its_books(desk: CardCounter) -> None:
    """Taken away; another card; the power goes; the same card again: written once, said once, and nothing is open."""
    numbers = serials()
    serial = next(numbers)
    desk.order(serial)
    begun = len(desk.encoder.seen)
    assert desk.encode(serial).state == "done"
    seen = desk.encoder.seen[begun:]
    assert {0xA4, 0x50, 0x82, 0xB0, 0xD6, 0xE0, 0x44, 0xD8, 0x88} == set(seen)
    strange = None
    for turn, (number, _) in enumerate(kinds(seen)):
        desk.spoil(serial)
        serial = next(numbers)
        card = desk.order(serial)
        desk.encoder.cut, desk.encoder.after = desk.encoder.commands + number, bool(turn % 2)
        job = desk.encode(serial)
        assert (job.state, job.fault) == ("hold", F.CARD_GONE.value), (number, job)
        assert desk.effect(serial).state == "intent"  # type: ignore[union-attr]
        strange = strange or strangers_at(desk)
        other, word = next(strange)
        desk.lay(other)
        job = desk.again(serial)
        assert (job.state, job.fault) == ("hold", word.value), (number, job)
        if turn % 4 == 3:
            desk.restart()
        desk.lay(card)
        before = card.files.bytes_written
        job = desk.again(serial)
        assert job.state == "done", (number, job)
        assert desk.effect(serial).state == "done"  # type: ignore[union-attr]
        assert desk.blank(serial) is BlankState.ENCODED and card.life_cycle is LifeCycle.ACTIVATED
        wanted = sum(len(data) for name, data in card.dump().items() if name != "JRN") + 3 * RECORD_LENGTH
        assert card.files.bytes_written - before <= wanted
    desk.spoil(serial)
    with desk.counter.store.read() as tx:
        entries = [one for one in audit.entries(tx) if one["event"] == "card-encode-complete"]
    assert len(entries) == len(kinds(seen)) + 1, "each card was said to be written once"


@pytest.mark.parametrize("cause", sorted(CARD_CAUSES))
def test_a_card_that_never_comes_back_is_spoiled_with_a_cause_and_a_new_blank_taken(
    makers: Makers, tmp_path: Path, cause: str
) -> None:
    field = Field(None)
    desk = makers.counter(tmp_path, field)
    desk.lay = lambda card: setattr(field, "card", card)
    lost = desk.order("A001")
    field.cut = field.commands + 35
    assert desk.encode("A001").fault == F.CARD_GONE.value
    desk.lay(None)
    assert desk.again("A001").fault == F.CARD_ABSENT.value
    with pytest.raises(NotAllowed):
        desk.counter.do("look_card", Role.OPERATOR, desk.case, result="spoiled")
    with pytest.raises((NotAllowed, blanks.LedgerError)):
        desk.counter.do("issue_card", Role.OPERATOR, desk.case, blank_serial="A002")
    desk.spoil("A001", cause)
    assert desk.counter.person(desk.case).ktp_state == "PRR"
    assert desk.centre.voided == [f"card-A001:{cause}"], "the centre knows that its packet is void"
    with desk.counter.store.read() as tx:
        (line,) = [one for one in blanks.entries_of(tx, ["A001"]) if one["to_state"] == "spoiled"]
    assert line["facts"]["cause"] == cause
    waste = blank_views.ledger_state(desk.counter.office).shelves.get("kantor/rusak", 0)
    assert waste == (cause != MISSING), "what never came back is not there to be counted"
    effect = desk.effect("A001")
    assert effect is not None and (effect.state, effect.evidence) == ("failed", {"spoiled": cause})
    desk.restart()
    card = desk.order("A002")
    desk.lay(lost)
    job = desk.encode("A002")
    assert (job.fault, job.detail) == (F.CARD_OF_ANOTHER.value, "chip of spoiled blank A001")
    assert lost.life_cycle is LifeCycle.TERMINATED, "the lost card came up again, and its chip was ended"
    desk.lay(card)
    assert desk.again("A002").state == "done"
    assert [one.state for one in desk.counter.evidence(desk.case, "card")] == ["spoiled", "encoded"]
    desk.holds_together()
    desk.counter.store.close()


def test_a_card_spoiled_while_it_is_being_written_is_ended(makers: Makers, tmp_path: Path) -> None:
    """The operator takes it out at the very moment at which its last file is written."""

    class Meddled(Field):
        meddle: Callable[[], object] | None = None

        def transmit(self, apdu: bytes, by: object) -> object:  # type: ignore[override]
            if apdu[1] == 0x44 and self.meddle is not None:
                self.meddle()
            return super().transmit(apdu, by)  # type: ignore[arg-type]

    field = Meddled(None)
    desk = makers.counter(tmp_path, field)
    desk.lay = lambda card: setattr(field, "card", card)
    card = desk.order("A001")
    values = {"result": "spoiled", "cause": "CACAT_PABRIK"}
    field.meddle = lambda: desk.counter.do("look_card", Role.OPERATOR, desk.case, **values)
    assert desk.encode("A001").state == "done"
    assert card.life_cycle is LifeCycle.TERMINATED and desk.blank("A001") is BlankState.SPOILED
    with desk.counter.store.read() as tx:
        assert audit.newest(tx, "job-overtaken", 1) and not audit.newest(tx, "card-encode-complete", 1)
    field.meddle = None
    desk.order("A002")
    assert desk.encode("A002").state == "done"
    desk.holds_together()
    desk.counter.store.close()


# Through pcscd, the drivers and the encoder's worker


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CardStation]:
    with CardStation(World(speed=0.0), tmp_path_factory.mktemp("pcscd")) as station:
        yield station


@pytest.fixture(scope="module")
def wired(station: CardStation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CardCounter]:
    """A counter like the one above, its encoder and key card behind pcscd."""
    folder = tmp_path_factory.mktemp("wired")
    encoder = open_chip_encoder(station.chip_encoder_uri)
    sam = open_secure_access_module(station.secure_access_module_uri, SAM_PIN)
    makers = Makers(folder / "makers", station.masters)
    desk = makers.counter(folder, encoder, sam)
    desk.lay = lambda card: station.encoder.insert(card) if card else station.encoder.remove()
    yield desk
    desk.holds_together()
    station.encoder.remove()
    encoder.close()
    sam.close()
    desk.counter.store.close()


@dataclass(frozen=True)
class Pull:
    """The card is pulled at the command with this number of the writing; `how` before, after, or so many bytes into
    the answer."""

    number: int
    instruction: int
    how: str
    into: int = 0

    def __str__(self) -> str:
        return f"{self.number} {self.instruction:02X} {self.how} {self.into}"


def pulled_at(desk: CardCounter, station: CardStation, card: KtpCard, pull: Pull) -> Job:
    """Do the writing; the card goes at that command."""
    count = 0

    def reached(event: Event) -> None:
        nonlocal count
        count += 1
        if count != pull.number:
            return
        assert event.facts["ins"] == f"{pull.instruction:02X}", (event, pull)
        if pull.how == "into":
            station.encoder.break_off(pull.into)
        else:
            station.encoder.remove()

    name = "apdu-done" if pull.how == "after" else "apdu"
    station.world.on(When(name, {"slot": 0, "uid": card.uid.hex()}), reached, once=False)
    serial = next(serial for serial, one in desk.cards.items() if one is card)
    return desk.encode(serial)


def pulls(seen: list[int]) -> Iterator[Pull]:
    """Every kind of command once, before or after it was done or in its answer; the writings all three ways."""
    for turn, (number, instruction) in enumerate(one_of_each(seen)):
        if instruction in {0xD6, 0xE0, 0x44, 0xD8}:
            yield Pull(number, instruction, "before")
            yield Pull(number, instruction, "after")
            yield Pull(number, instruction, "into", BYTES.randrange(1, 10))
        else:
            yield Pull(number, instruction, ("before", "after", "into")[turn % 3], 3)


def one_of_each(seen: list[int]) -> list[tuple[int, int]]:
    """Of each kind of command the one in the middle."""
    places = {instruction: [at for at, one in enumerate(seen, 1) if one == instruction] for instruction in set(seen)}
    return sorted((found[len(found) // 2], instruction) for instruction, found in places.items())


@pytest.mark.daemons
@pytest.mark.timeout(240)
def test_every_kind_of_command_over_the_wire(wired: CardCounter, station: CardStation) -> None:
    numbers = serials()
    serial = next(numbers)
    card = wired.order(serial)
    before = station.world.count("apdu")
    assert wired.encode(serial).state == "done"
    seen = [
        int(str(event.facts["ins"]), 16)
        for event in station.world.history("apdu")
        if event.count > before and event.facts["uid"] == card.uid.hex()
    ]
    faults: dict[str, str | None] = {}
    for turn, pull in enumerate(pulls(seen)):
        wired.spoil(serial)
        station.encoder.remove()
        serial = next(numbers)
        card = wired.order(serial)
        job = pulled_at(wired, station, card, pull)
        assert job.state == "hold", (str(pull), job)
        faults[str(pull)] = job.fault
        station.encoder.remove()
        if turn % 5 == 2:
            wired.lay(wired.factory.blank(fresh_uid()))
            assert wired.again(serial).fault == F.CARD_WRONG.value
        wired.lay(card)
        assert wired.again(serial).state == "done", str(pull)
        assert card.life_cycle is LifeCycle.ACTIVATED and wired.blank(serial) is BlankState.ENCODED
    print("\n" + "\n".join(f"  {pull}: {fault}" for pull, fault in faults.items()))
    assert {int(pull.split()[1], 16) for pull in faults} == set(seen)
    assert set(faults.values()) == {F.CARD_GONE.value}
