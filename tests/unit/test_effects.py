"""Effects: intent before, outcome after, once; a second copy only under the next number."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from books import open_books
from postgres import Cluster

from appliance.issuance.recovery import take_over
from appliance.queue import effects, jobs
from appliance.queue.effects import Effect
from appliance.records import audit
from appliance.records.store import Store


@pytest.fixture
def store(tmp_path: Path, server: Cluster | None) -> Iterator[Store]:
    store = open_books(tmp_path, server=server)
    yield store
    store.close()


def intend(store: Store, token: str, device: str = "card_printer") -> Effect | None:
    return effects.intend(store, token, device, "digest", case_id="c", position=1, uid="04")


def end(store: Store, token: str, state: str, by: str | None = None) -> Effect:
    with store.write() as tx:
        effects.outcome(tx, token, state, {"said": state}, decided_by=by)
        found = effects.find(tx, token)
    assert found is not None
    return found


def next_token(store: Store, stem: str) -> str:
    with store.read() as tx:
        return effects.next_token(tx, stem)


def test_a_new_intent_may_act_and_an_old_one_must_be_settled_first(store: Store) -> None:
    assert intend(store, "print:1") is None
    old = intend(store, "print:1")
    assert old is not None
    assert (old.state, old.device, old.case_id, old.position) == ("intent", "card_printer", "c", 1)
    assert (old.digest, old.facts, old.evidence) == ("digest", {"uid": "04"}, None)


def test_an_intent_is_durable_before_the_act(tmp_path: Path) -> None:
    store = open_books(tmp_path / "x")
    intend(store, "print:1")
    store.close()
    again = open_books(tmp_path / "x")
    assert intend(again, "print:1") is not None
    again.close()


@pytest.mark.parametrize("first", ["done", "failed"])
@pytest.mark.parametrize("second", ["done", "failed", "unknown", "intent"])
def test_an_outcome_is_never_overwritten(store: Store, first: str, second: str) -> None:
    intend(store, "print:1")
    assert end(store, "print:1", first).state == first
    after = end(store, "print:1", second, by="someone")
    assert (after.state, after.evidence) == (first, {"said": first})


@pytest.mark.parametrize("answer", ["done", "failed"])
def test_the_unknown_may_still_be_settled_by_an_answer(store: Store, answer: str) -> None:
    intend(store, "print:1")
    assert end(store, "print:1", "unknown").state == "unknown"
    assert end(store, "print:1", answer, by="operator").state == answer


def test_an_outcome_without_intent_is_nothing(store: Store) -> None:
    with store.write() as tx:
        effects.outcome(tx, "print:1", "done", {})
        assert effects.find(tx, "print:1") is None


def test_the_number_goes_up_only_after_a_failure(store: Store) -> None:
    assert next_token(store, "print") == "print:1"
    intend(store, "print:1")
    assert next_token(store, "print") == "print:1"
    end(store, "print:1", "unknown")
    assert next_token(store, "print") == "print:1"
    end(store, "print:1", "failed")
    assert next_token(store, "print") == "print:2"
    intend(store, "print:2")
    end(store, "print:2", "done")
    assert next_token(store, "print") == "print:2"


def test_the_tenth_number_follows_the_ninth(store: Store) -> None:
    for number in range(1, 11):
        assert next_token(store, "print") == f"print:{number}"
        intend(store, f"print:{number}")
        end(store, f"print:{number}", "failed")
    assert next_token(store, "print") == "print:11"


def test_stems_that_begin_alike_are_not_mixed_up(store: Store) -> None:
    intend(store, "print-card:A1:1")
    end(store, "print-card:A1:1", "failed")
    assert next_token(store, "print-card:A") == "print-card:A:1"
    assert next_token(store, "print-card:A1") == "print-card:A1:2"
    assert next_token(store, "print-card:A10") == "print-card:A10:1"
    assert next_token(store, "print-card:A_") == "print-card:A_:1"


def test_open_intents_are_found_by_device_the_oldest_first(store: Store) -> None:
    for token, device in (("a:1", "card_printer"), ("b:1", "esign"), ("c:1", "card_printer"), ("d:1", "siak")):
        intend(store, token, device)
    end(store, "a:1", "unknown")
    end(store, "d:1", "done")
    with store.read() as tx:
        assert [one.token for one in effects.open_effects(tx)] == ["a:1", "b:1", "c:1"]
        assert [one.token for one in effects.open_effects(tx, "card_printer")] == ["a:1", "c:1"]
        assert [one.token for one in effects.of_case(tx, "c")] == ["a:1", "b:1", "c:1", "d:1"]


def test_whoever_takes_over_frees_the_leases_and_notes_what_was_left_open(store: Store) -> None:
    with store.write() as tx:
        jobs.put(tx, "encoder", "encode", "encode:A1")
        jobs.put(tx, "esign", "sign", "sign:c")
    assert jobs.claim(store, "encoder", "old") is not None
    assert jobs.claim(store, "esign", "other") is not None
    intend(store, "encode:A1", "chip_encoder")
    intend(store, "sign:c:1", "esign")
    assert take_over(store, ["encoder"], ["chip_encoder"]) == 1
    again = jobs.claim(store, "encoder", "new")
    assert again is not None
    assert again.key == "encode:A1"
    assert jobs.claim(store, "esign", "new") is None
    with store.read() as tx:
        (entry,) = audit.newest(tx, "recovery-init", 5)
    assert entry["facts"] == '{"effects":["encode:A1"]}'


def test_taking_over_a_tidy_house_leaves_no_note(store: Store) -> None:
    assert take_over(store, ["encoder"], ["chip_encoder"]) == 0
    with store.read() as tx:
        assert audit.newest(tx, "recovery-init", 5) == []
