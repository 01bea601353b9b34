"""One round of questions to all devices at once, for a technician who waits: no device holds up another."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from appliance.clock import Clock, Deadline
from appliance.devices import DeviceStatus
from appliance.diagnostics.board import DeviceReading, reading

Question = Callable[[], DeviceStatus]


def ask_all(questions: Mapping[str, Question], by: Deadline, clock: Clock) -> tuple[DeviceReading, ...]:
    """Every device's answer; one that has not answered by then is `unknown`, and its question is left alone."""
    answers: dict[str, DeviceStatus] = {}

    def put(name: str, question: Question) -> None:
        answers[name] = question()

    threads = [
        threading.Thread(target=put, args=(name, question), name=f"ask {name}", daemon=True)
        for name, question in questions.items()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(by.remaining())
    silent = DeviceStatus("unknown", detail={"why": "no answer in time"})
    return tuple(reading(name, answers.get(name, silent), clock(), None) for name in questions)
