"""Live pages: one event stream per visit and tab, and a full snapshot on every connect.

A thread stays blocked on a stream until its next beat finds the socket dead, so beats come every second or two, and
a new stream of the same visit and tab ends the old one at once. Between two beats a `Pulse` makes all streams look.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping

from flask import Response

State = Callable[[], Mapping[str, object]]


class Pulse:
    """Something has changed: everybody who waits looks now. The same one for all listeners of a process."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0

    def beat(self) -> None:
        """Let everybody look."""
        with self._changed:
            self._count += 1
            self._changed.notify_all()

    def wait(self, seen: int, seconds: float) -> int:
        """Wait for a beat after the one numbered `seen`, at most so long; the number of the newest."""
        with self._changed:
            self._changed.wait_for(lambda: self._count != seen, seconds)
            return self._count


class Streams:
    """The open streams of one listener; `heartbeat` is seconds."""

    def __init__(self, heartbeat: float, pulse: Pulse) -> None:
        self._heartbeat = heartbeat
        self._pulse = pulse
        self._open: dict[tuple[str, str], threading.Event] = {}
        self._lock = threading.Lock()

    def stream(self, visit: str, tab: str, state: State) -> Response:
        """An event stream that sends `state` now and whenever it has changed; a beat in between."""
        key = (visit, tab[:40])
        ended = threading.Event()
        with self._lock:
            old = self._open.get(key)
            self._open[key] = ended
        if old is not None:
            old.set()
            self._pulse.beat()
        answer = Response(self._events(key, ended, state), mimetype="text/event-stream")
        answer.headers["X-Accel-Buffering"] = "no"
        return answer

    def _events(self, key: tuple[str, str], ended: threading.Event, state: State) -> Iterator[bytes]:
        last, seen = "", 0
        try:
            yield b"retry: 1000\n\n"
            while not ended.is_set():
                now = json.dumps(state(), sort_keys=True, separators=(",", ":"))
                yield f"data: {now}\n\n".encode() if now != last else b"event: beat\ndata:\n\n"
                last = now
                seen = self._pulse.wait(seen, self._heartbeat)
        finally:
            with self._lock:
                if self._open.get(key) is ended:
                    del self._open[key]

    def __len__(self) -> int:
        return len(self._open)
