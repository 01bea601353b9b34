"""A print job's true state from queue, printer and counter."""

from __future__ import annotations

import pytest

from appliance.devices import PrintState
from appliance.drivers.print_evidence import (
    ABORTED,
    CANCELED,
    COMPLETED,
    HELD,
    PENDING,
    PROCESSING,
    SeenJob,
    counter_note,
    judge,
    seen,
)

QUEUE_DONE = SeenJob(5, COMPLETED, counter_before=100)


@pytest.mark.parametrize(
    ("queued", "at_printer", "counter", "state", "moved"),
    [
        (QUEUE_DONE, [SeenJob(1, COMPLETED, (), 1)], 101, PrintState.COMPLETED, True),
        (QUEUE_DONE, [SeenJob(1, ABORTED, (), 0)], 100, PrintState.ABORTED, False),
        (QUEUE_DONE, [SeenJob(1, CANCELED, (), 0)], 100, PrintState.CANCELED, False),
        (QUEUE_DONE, [SeenJob(1, PROCESSING, (), 0)], 100, PrintState.PRINTING, False),
        (QUEUE_DONE, [SeenJob(1, ABORTED, (), 0), SeenJob(2, COMPLETED, (), 1)], 101, PrintState.COMPLETED, True),
        (QUEUE_DONE, [SeenJob(1, COMPLETED, (), 1), SeenJob(2, ABORTED, (), 0)], 101, PrintState.COMPLETED, True),
        (QUEUE_DONE, [], 101, PrintState.COMPLETED, True),
        (QUEUE_DONE, [], 100, PrintState.COMPLETED, False),
        (QUEUE_DONE, [], None, PrintState.COMPLETED, None),
        (SeenJob(5, COMPLETED), [], 101, PrintState.COMPLETED, None),
        (SeenJob(5, ABORTED), [SeenJob(1, COMPLETED, (), 1)], 101, PrintState.COMPLETED, True),
        (SeenJob(5, CANCELED), [SeenJob(1, PROCESSING, (), 0)], 100, PrintState.PRINTING, False),
        (SeenJob(5, CANCELED), [], 100, PrintState.CANCELED, None),
        (SeenJob(5, PROCESSING), [SeenJob(1, COMPLETED, (), 1)], 101, PrintState.PRINTING, True),
        (SeenJob(5, PENDING, counter_before=100), [], 100, PrintState.PENDING, False),
        (SeenJob(5, HELD), [], None, PrintState.PENDING, None),
        (SeenJob(5, 42), [], None, PrintState.UNKNOWN, None),
    ],
)
def test_the_printers_word_outweighs_the_queues(
    queued: SeenJob, at_printer: list[SeenJob], counter: int | None, state: PrintState, moved: bool | None
) -> None:
    job = judge("key", queued, at_printer, counter)
    assert (job.key, job.queue_id, job.state, job.counter_moved) == ("key", 5, state, moved)


def test_the_counter_at_submit_is_read_back_from_the_queue() -> None:
    attributes = {
        "job-id": (7,),
        "job-state": (PENDING,),
        "job-state-reasons": ("none", "job-incoming"),
        "job-billing": (counter_note(1234),),
    }
    assert seen(attributes) == SeenJob(7, PENDING, ("job-incoming",), None, 1234)
    assert seen({**attributes, "job-billing": ("room 4",)}).counter_before is None
    assert counter_note(None) == ""


@pytest.mark.parametrize(
    ("state", "reason", "kilobytes", "empty"),
    [
        (HELD, "job-incoming", 0, True),
        (HELD, "job-hold-until-specified", 0, True),
        (PENDING, "none", 0, True),
        (PENDING, "none", 12, False),
        (HELD, "job-incoming", 12, False),
        (CANCELED, "job-canceled-by-user", 0, True),
        (ABORTED, "aborted-by-system", 0, True),
        (CANCELED, "job-canceled-by-user", 12, False),
        (COMPLETED, "job-completed-successfully", 12, False),
    ],
)
def test_a_job_that_never_had_its_document_is_empty(state: int, reason: str, kilobytes: int, empty: bool) -> None:
    said = {"job-id": (5,), "job-state": (state,), "job-state-reasons": (reason,), "job-k-octets": (kilobytes,)}
    assert seen(said).empty is empty
    assert seen({name: value for name, value in said.items() if name != "job-k-octets"}).empty is False
