"""The one simulated world: who is present, what lies where, what happens on the wire, and what a scenario does then.

Simulators share the world and nothing else. A simulator calls `happened` at each event on its wire; rules
(`When` → action) may then change the world, also from inside that call, before the simulator goes on.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Event:
    """Something on a wire: `apdu`, `print-job`, `printed`, `capture`, `frame`, `siak`, `esign`, …

    `count` is how many events of this name the world has seen, from 1.
    """

    name: str
    count: int
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class When:
    """A condition on an event: its name, and facts that must be equal."""

    name: str
    facts: Mapping[str, object] = field(default_factory=dict)

    def meets(self, event: Event) -> bool:
        """Whether the event fulfils the condition; `count` may be named among the facts."""
        seen = {**event.facts, "count": event.count}
        return event.name == self.name and all(seen.get(key) == value for key, value in self.facts.items())


Action = Callable[[Event], None]


class World:
    """Shared state of all simulators.

    `speed` scales device time: 1.0 is real life, 0.0 is no waiting at all. `device_seconds` adds up the time
    that devices (not programs) have taken, whatever the speed.
    """

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed
        self.device_seconds = 0.0
        self.people: dict[str, object] = {}
        self.facts: dict[str, object] = {}
        self._lock = threading.RLock()
        self._counts: Counter[str] = Counter()
        self._rules: list[tuple[When, Action, bool]] = []
        self._history: deque[Event] = deque(maxlen=5000)
        self._changed = threading.Condition(self._lock)

    def takes(self, seconds: float) -> None:
        """A device is busy for `seconds` of its own time; waits for `seconds * speed`."""
        with self._lock:
            self.device_seconds += seconds * self.speed
        if self.speed > 0:
            time.sleep(seconds * self.speed)

    def happened(self, name: str, **facts: object) -> Event:
        """Record an event and run the rules that wait for it, in the caller's thread."""
        with self._lock:
            self._counts[name] += 1
            event = Event(name, self._counts[name], facts)
            self._history.append(event)
            due = [rule for rule in self._rules if rule[0].meets(event)]
            for rule in due:
                if rule[2]:
                    self._rules.remove(rule)
            self._changed.notify_all()
        for _, action, _ in due:
            action(event)
        return event

    def on(self, when: When, action: Action, once: bool = True) -> None:
        """Run `action` when an event fulfils `when`; once, or each time."""
        with self._lock:
            self._rules.append((when, action, once))

    def history(self, name: str | None = None) -> list[Event]:
        """The events so far (the last 5,000), oldest first."""
        with self._lock:
            return [event for event in self._history if name is None or event.name == name]

    def count(self, name: str) -> int:
        """How many events of this name there were."""
        with self._lock:
            return self._counts[name]

    def wait_for(self, holds: Callable[[World], bool], seconds: float) -> bool:
        """Wait until `holds(world)`; re-asked at each event. Returns whether it came true in time."""
        with self._changed:
            return self._changed.wait_for(lambda: holds(self), seconds)
