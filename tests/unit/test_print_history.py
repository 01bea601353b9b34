"""The queue's history is read once, then only what is new in it, and never trusted after doubt."""

from __future__ import annotations

from appliance.drivers.print_history import PAGE, PrintHistory, Told


class Queue:
    """Answers as CUPS does, and remembers what it was asked."""

    def __init__(self, count: int) -> None:
        self.names = {number: f"job-{number}" for number in range(1, count + 1)}
        self.asked: list[tuple[int, int]] = []

    def ask(self, first: int, most: int) -> Told:
        self.asked.append((first, most))
        chosen = [number for number in sorted(self.names) if number >= first][:most]
        return [{"job-id": (n,), "job-name": (self.names[n],), "job-state": (9,)} for n in chosen]


def test_hundreds_of_jobs_are_read_once_and_in_pages() -> None:
    queue = Queue(730)
    history = PrintHistory(queue.ask)
    assert [job.number for job in history.jobs("job-3")] == [3]
    assert len(queue.asked) == 8 and all(most == PAGE for _, most in queue.asked)
    queue.asked.clear()
    assert history.jobs("new") == []
    assert queue.asked == [(731, PAGE)]


def test_what_comes_later_is_seen_also_under_an_old_name() -> None:
    queue = Queue(5)
    history = PrintHistory(queue.ask)
    assert [job.number for job in history.jobs("job-2")] == [2]
    queue.names[6] = "job-2"
    assert [job.number for job in history.jobs("job-2")] == [2, 6]
    newest = history.newest("job-2")
    assert newest is not None and newest.number == 6


def test_a_job_that_the_queue_has_forgotten_or_given_to_another_is_none() -> None:
    queue = Queue(5)
    history = PrintHistory(queue.ask)
    history.jobs("job-2")
    del queue.names[2]
    assert history.newest("job-2") is None and history.jobs("job-2") == []
    queue.names[2] = "of-somebody-else"
    assert history.newest("job-2") is None


def test_a_queue_that_counts_from_the_start_again_is_read_anew() -> None:
    queue = Queue(40)
    history = PrintHistory(queue.ask)
    history.jobs("x")
    queue.names = {1: "a", 2: "b"}
    history.keep("b", 2)
    assert [job.number for job in history.jobs("a")] == [1]


def test_after_doubt_everything_is_read_again() -> None:
    queue = Queue(40)
    history = PrintHistory(queue.ask)
    history.jobs("x")
    queue.names = {1: "lost"}
    assert history.jobs("lost") == []
    history.forget()
    assert [job.number for job in history.jobs("lost")] == [1]
