"""Every step × fault × phase: the job's state, the words in both languages, and what is known of the item."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from books import Hours, open_books
from places import NO_STEP, PLACED, Phase, Strike, lanes, strikes

from appliance.faults import FAULTS, Category, DeviceFault, FaultCode, Item, Retry
from appliance.kiosk_ui.notices import NOTICES
from appliance.queue import effects, jobs
from appliance.queue.jobs import OFFICE_LANES, Job
from appliance.queue.worker import Result, work_one
from appliance.records import audit
from appliance.records.store import Store

_NUMBERS = itertools.count()
HOURS = Hours()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = open_books(tmp_path_factory.mktemp("books"), HOURS)
    yield store
    store.close()


def test_every_step_is_in_the_table_and_every_fault_has_its_place() -> None:
    assert set(PLACED) == set(lanes())
    placed = {strike.code for strike in strikes()}
    assert placed | set(NO_STEP) == set(FaultCode), "a new fault: say in tests/fault/places.py where it strikes"
    assert not placed & set(NO_STEP)


@pytest.mark.parametrize("code", FaultCode)
def test_a_fault_is_named_in_both_languages_in_its_own_words(code: FaultCode) -> None:
    said = {language: NOTICES[language][code] for language in ("id", "en")}
    for notice in said.values():
        assert min(len(notice.officer), len(notice.technician), len(notice.remedy)) > 10
        assert notice.actor is FAULTS[code].actor
    assert said["id"].technician != said["en"].technician
    same = [
        one for one, notice in NOTICES["id"].items() if notice.technician == said["id"].technician and one is not code
    ]
    assert not same, "two faults in the same words"


class World:
    """What one step does outside, and how often it did it."""

    def __init__(self) -> None:
        self.done: list[str] = []


def step_that_meets(strike: Strike, store: Store, world: World, trouble: list[DeviceFault]) -> object:
    """A step as all of ours are: intent, act, receipt; an old intent is settled by asking the world."""

    def step(job: Job) -> Result:
        if strike.phase is Phase.BEFORE and trouble:
            raise trouble.pop()
        token = f"act:{job.key}"
        old = effects.intend(store, token, strike.lane, "x")
        if strike.phase is Phase.DURING and trouble:
            raise trouble.pop()
        if old is None or token not in world.done:
            world.done.append(token)
        if trouble:
            raise trouble.pop()
        return lambda tx: effects.outcome(tx, token, "done", {})

    return step


def waits_by_itself(strike: Strike) -> bool:
    row = FAULTS[strike.code]
    return row.retry is Retry.AUTO_ONCE


@pytest.mark.parametrize("strike", list(strikes()), ids=str)
def test_state_and_item_after_the_fault_and_one_effect_in_the_end(store: Store, strike: Strike) -> None:
    """The fault alone decides: tried again by itself or held for its actor; what was begun stays an open effect."""
    world, trouble = World(), [DeviceFault(strike.code, "raw")]
    key = f"{strike}:{next(_NUMBERS)}"
    lane = f"{strike.lane}-{key}" if strike.lane not in OFFICE_LANES else strike.lane
    with store.write() as tx:
        jobs.put(tx, lane, strike.kind, key)
    handlers = {strike.kind: step_that_meets(strike, store, world, trouble)}
    assert work_one(store, lane, "test", handlers)  # type: ignore[arg-type]

    with store.read() as tx:
        job, effect = jobs.by_key(tx, key), effects.find(tx, f"act:{key}")
        (entry,) = audit.newest(tx, "job-fault", 1)
    assert job is not None and strike.code.value in str(entry["facts"])
    assert (job.state, job.fault) == ("ready" if waits_by_itself(strike) else "hold", strike.code.value)
    assert (effect is not None) == (strike.phase is not Phase.BEFORE)
    assert effect is None or effect.state == "intent", "never taken for done or failed on a fault's word"
    assert len(world.done) == (strike.phase is Phase.AFTER)

    if job.state == "hold":
        with store.write() as tx:
            jobs.release(tx, key)
    HOURS.go(61)
    assert work_one(store, lane, "test", handlers)  # type: ignore[arg-type]
    with store.read() as tx:
        job, effect = jobs.by_key(tx, key), effects.find(tx, f"act:{key}")
    assert job is not None and effect is not None
    assert (job.state, effect.state, world.done) == ("done", "done", [f"act:{key}"])


@pytest.mark.parametrize("code", sorted({strike.code for strike in strikes() if strike.phase is Phase.AFTER}))
def test_what_strikes_after_an_effect_is_never_repeated_without_asking(code: FaultCode) -> None:
    """What nobody can tell about is not tried again by itself, save where card or office is asked first."""
    row = FAULTS[code]
    if row.item is Item.UNKNOWN and row.retry is Retry.AUTO_ONCE:
        assert code is FaultCode.CARD_VERIFY_MISMATCH, "the card's journal makes a second writing safe"
    if row.item is Item.SPOILED:
        assert row.retry is Retry.NEVER
    if row.category is Category.LINK and row.item is Item.UNKNOWN:
        assert row.retry is Retry.AFTER_ACTION
