"""The child process as its owner sees it: started when needed, one question at a time, killed when it is late."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Mapping, Sequence

from appliance.biometrics.framing import PipeClosed, PipeSilent, pack, read_message, write_all
from appliance.clock import Deadline
from appliance.faults import DeviceFault, FaultCode

_TROUBLES = {
    "absent": FaultCode.ENGINE_ABSENT,
    "no_finger": FaultCode.ENGINE_NO_FINGER,
    "bad_template": FaultCode.ENGINE_NO_FINGER,
    "bad_picture": FaultCode.CAMERA_BROKEN_FRAME,
    "wrong_count": FaultCode.SCANNER_WRONG_COUNT,
}


class _Turns:
    """A lock that goes round in the order in which it was asked for.

    A plain one is often taken again by who gave it back just now: somebody who asks without end, with one hostile
    picture after the other, would keep everybody else waiting without end.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: deque[object] = deque()

    def __enter__(self) -> None:
        mine = object()
        with self._changed:
            self._waiting.append(mine)
            try:
                self._changed.wait_for(lambda: self._waiting[0] is mine)
            except BaseException:
                self._waiting.remove(mine)
                self._changed.notify_all()
                raise

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._waiting.popleft()
            self._changed.notify_all()


class PictureChild:
    """A killable process for native picture work; ends by itself when idle, so its memory is held only while used.

    Safe for several threads: questions take turns. `idle_s` is how long the child waits for the next question,
    `worker` the module that it runs.
    """

    def __init__(self, idle_s: float = 20.0, worker: str = "appliance.biometrics.worker") -> None:
        self._idle_s = idle_s
        self._worker = worker
        self._process: subprocess.Popen[bytes] | None = None
        self._turns = _Turns()

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def ask(
        self, header: Mapping[str, object], blobs: Sequence[bytes] = (), seconds: float = 15.0
    ) -> tuple[dict[str, object], list[bytes]]:
        """The child's answer; raises `finger_engine.*`. A child that is late is killed; the next call starts one.

        `seconds` begin with the turn: what the question before it took is not its own.
        """
        message = pack(header, blobs)
        with self._turns:
            by = Deadline.after(seconds)
            try:
                reply, out = self._exchange(message, by)
            except PipeClosed:
                # The child may have ended for want of work just before it was asked: once more, with a new one.
                self._end()
                try:
                    reply, out = self._exchange(message, by)
                except PipeClosed:
                    self._end()
                    raise DeviceFault(FaultCode.ENGINE_TIMEOUT, "engine process died") from None
            except PipeSilent:
                self._end()
                raise DeviceFault(FaultCode.ENGINE_TIMEOUT, f"no answer within {seconds:g} s") from None
            except ValueError:
                self._end()
                raise DeviceFault(FaultCode.ENGINE_TIMEOUT, "engine process answered what is none") from None
        trouble = reply.get("trouble")
        if trouble is not None:
            raise DeviceFault(_TROUBLES[str(trouble)], str(reply.get("detail", "")))
        return reply, out

    def close(self) -> None:
        """End the child, if it runs."""
        with self._turns:
            self._end()

    def _exchange(self, message: bytes, by: Deadline) -> tuple[dict[str, object], list[bytes]]:
        process = self._running()
        assert process.stdin is not None and process.stdout is not None
        write_all(process.stdin.fileno(), message, by)
        return read_message(process.stdout.fileno(), by)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._end()
        self._process = subprocess.Popen(
            [sys.executable, "-m", self._worker, f"{self._idle_s:g}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"},
            bufsize=0,
        )
        assert self._process.stdin is not None
        os.set_blocking(self._process.stdin.fileno(), False)
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
