"""Live pages: one event stream per visit and tab, and a full snapshot on every connect.

A thread stays blocked on a stream until its next beat finds the socket dead, so beats come every second or two, and
a new stream of the same visit and tab ends the old one at once. Between two beats a `Pulse` makes all streams look.

A page carries the mark of the moment in which it was asked for. What has changed between that moment and the first
word of its stream, the stream calls stale once, and the page is read anew.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Hashable, Iterator, Mapping

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

    @property
    def count(self) -> int:
        """The number of the newest beat."""
        return self._count

    def wait(self, seen: int, seconds: float, ended: threading.Event) -> int:
        """Wait for a beat after the one numbered `seen`, at most so long; the number of the newest."""
        with self._changed:
            self._changed.wait_for(lambda: self._count != seen or ended.is_set(), seconds)
            return self._count

    def end(self, ended: threading.Event) -> None:
        """Set it and let whoever waits for it go: nothing has changed for the others."""
        with self._changed:
            ended.set()
            self._changed.notify_all()


class Streams:
    """The open streams of one listener; `heartbeat` is seconds, `devices` what is shown of the devices now."""

    def __init__(self, heartbeat: float, pulse: Pulse, devices: Callable[[], Hashable]) -> None:
        self._heartbeat = heartbeat
        self._pulse = pulse
        self._devices = devices
        self._open: dict[tuple[str, str], threading.Event] = {}
        self._lock = threading.Lock()

    def mark(self) -> str:
        """What a page carries: how many beats there were, and how the devices were, when it was asked for."""
        return f"{self._pulse.count}-{hash(self._devices()):x}"

    def stream(self, visit: str, tab: str, mark: str, state: State) -> Response:
        """An event stream that sends `state` now and whenever it has changed; a beat in between.

        `stale` comes once if anything has changed since the page's `mark` that is in the first state already.
        """
        key = (visit, tab[:40])
        ended = threading.Event()
        with self._lock:
            old = self._open.get(key)
            self._open[key] = ended
        if old is not None:
            self._pulse.end(old)
        answer = Response(self._events(key, ended, mark, state), mimetype="text/event-stream")
        answer.headers["X-Accel-Buffering"] = "no"
        return answer

    def _events(self, key: tuple[str, str], ended: threading.Event, mark: str, state: State) -> Iterator[bytes]:
        last, seen, doubt = "", 0, mark
        try:
            yield b"retry: 1000\n\n"
            while not ended.is_set():
                now = json.dumps(state(), sort_keys=True, separators=(",", ":"))
                yield f"data: {now}\n\n".encode() if now != last else b"event: beat\ndata:\n\n"
                # A beat follows its change: one that comes after the first state may be of what that state told.
                if doubt and now != last and last:
                    doubt = ""
                elif doubt and self.mark() != doubt:
                    doubt = ""
                    yield b"event: stale\ndata:\n\n"
                last = now
                seen = self._pulse.wait(seen, self._heartbeat, ended)
        finally:
            with self._lock:
                if self._open.get(key) is ended:
                    del self._open[key]

    def __len__(self) -> int:
        return len(self._open)
