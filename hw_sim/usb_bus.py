"""A USB bus on which simulated devices are plugged in and out: real usbfs calls, real uevents, no kernel.

The devices live here, in the world's process; `hw_sim.usb_testbed` is only the bus. A program sees them when it is
started with `environment()`: the real libusb and libudev then work on this bus instead of the machine's.
"""

from __future__ import annotations

import errno
import json
import shutil
import subprocess
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hw_sim.usb_device import IN, Babbled, Stalled, UsbDevice, control, paths_of, record
from hw_sim.world import World

PYTHON = Path("/usr/bin/python3")
PRELOAD = "libumockdev-preload.so.0"
START_SECONDS = 15.0
SETUP_BYTES = 8
CONTROL = 2


class NoBus(RuntimeError):
    """The bus did not come up; the text says what is missing."""


@dataclass(slots=True)
class _Pending:
    """An URB that the device has not answered."""

    number: int
    endpoint: int
    length: int


@dataclass(slots=True)
class _Socket:
    """One port of the bus and what is in it."""

    port: str
    device: UsbDevice
    node: str
    pending: list[_Pending] = field(default_factory=list)


class UsbBus:
    """The bus. A context manager: its process runs from entry to exit.

    Events of the world: `usb-plugged`, `usb-unplugged`, `usb-reset` (with `port`), and for each transfer `usb-out`
    and `usb-in` (before the device takes or gives it) with the facts `port`, `endpoint`, `n` (transfers that way
    since it was plugged). Rules may unplug at any of them.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self._lock = threading.RLock()
        self._answered = threading.Condition()
        self._said: set[tuple[str, str]] = set()
        self._sockets: dict[str, _Socket] = {}
        self._counts: dict[tuple[str, str], int] = {}
        self._number = 1
        self._directory = ""
        self._process: subprocess.Popen[bytes] | None = None

    def environment(self) -> dict[str, str]:
        """What to add to the environment of a program so that it meets this bus."""
        return {"LD_PRELOAD": PRELOAD, "UMOCKDEV_DIR": self._directory}

    def __enter__(self) -> UsbBus:
        if shutil.which("umockdev-wrapper") is None:
            raise NoBus("install umockdev, gir1.2-umockdev-1.0 and python3-gi")
        testbed = Path(__file__).with_name("usb_testbed.py")
        line = ["umockdev-wrapper", str(PYTHON), "-I", str(testbed)]
        self._process = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        threading.Thread(target=self._listen, name="usb bus", daemon=True).start()
        if not self._wait(lambda: bool(self._directory)):
            self.__exit__()
            raise NoBus("the testbed did not start: install gir1.2-umockdev-1.0 and python3-gi")
        return self

    def __exit__(self, *reason: object) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def plug(self, port: str, device: UsbDevice) -> None:
        """Put a device into a port (`1-1`, `1-2`, …) that is empty; it is there when this returns."""
        with self._lock:
            self._number += 1
            number = self._number
            node = f"/dev/bus/usb/001/{number:03d}"
            self._sockets[port] = _Socket(port, device, node)
            self._counts = {key: count for key, count in self._counts.items() if key[0] != port}
            device.plugged()
        text = record(device.descriptors, port, number)
        self._order("plug", node=node, record=text)
        self._wait(lambda: ("plugged", node) in self._said)
        self.world.happened("usb-plugged", port=port)

    def unplug(self, port: str) -> None:
        """Pull whatever is in the port, in the middle of whatever it does; harmless if it is empty."""
        with self._lock:
            socket = self._sockets.pop(port, None)
        if socket is None:
            return
        self._order("unplug", node=socket.node, paths=paths_of(port))
        if threading.current_thread().name != "usb bus":
            self._wait(lambda: ("unplugged", socket.node) in self._said)
        self.world.happened("usb-unplugged", port=port)

    def device(self, port: str) -> UsbDevice | None:
        """What is in the port."""
        socket = self._sockets.get(port)
        return socket.device if socket else None

    def look_again(self, port: str) -> None:
        """A device that had nothing to say may have now: answer reads that wait."""
        with self._lock:
            socket = self._sockets.get(port)
            if socket is not None:
                self._give(socket)

    def _wait(self, holds: Any) -> bool:
        with self._answered:
            return self._answered.wait_for(lambda: holds() or self._process is None, START_SECONDS) and bool(holds())

    def _order(self, word: str, **facts: object) -> None:
        process = self._process
        if process is None or process.stdin is None:
            return
        line = json.dumps({"do": word, **facts}).encode() + b"\n"
        with self._lock:
            try:
                process.stdin.write(line)
                process.stdin.flush()
            except (BrokenPipeError, ValueError):
                return

    def _listen(self) -> None:
        process = self._process
        assert process is not None and process.stdout is not None
        for line in process.stdout:
            facts = json.loads(line)
            word = facts.pop("say")
            if word == "urb":
                self._urb(**facts)
            elif word == "discarded":
                self._discarded(**facts)
            elif word == "reset":
                self._reset(**facts)
            else:
                with self._answered:
                    self._directory = facts.get("directory", self._directory)
                    self._said.add((word, facts.get("node", "")))
                    self._answered.notify_all()
        process.stdout.close()
        with self._answered:
            self._process = None if self._process is process else self._process
            self._answered.notify_all()

    def _socket(self, node: str) -> _Socket | None:
        return next((one for one in self._sockets.values() if one.node == node), None)

    def _happened(self, socket: _Socket, way: str, endpoint: int) -> None:
        key = (socket.port, way)
        self._counts[key] = self._counts.get(key, 0) + 1
        self.world.happened(way, port=socket.port, endpoint=endpoint, n=self._counts[key])

    def _urb(self, node: str, urb: int, kind: int, endpoint: int, length: int, data: str) -> None:
        with self._lock:
            socket = self._socket(node)
        if socket is None:
            return
        raw = bytes.fromhex(data)
        if kind == CONTROL:
            self._answer(socket, urb, lambda: control(socket.device, raw[:SETUP_BYTES], raw[SETUP_BYTES:]))
        elif endpoint & IN:
            self._happened(socket, "usb-in", endpoint)
            with self._lock:
                socket.pending.append(_Pending(urb, endpoint, length))
                self._give(socket)
        else:
            self._happened(socket, "usb-out", endpoint)
            self._answer(socket, urb, lambda: _write(socket.device, endpoint, raw))
            with self._lock:
                self._give(socket)

    def _give(self, socket: _Socket) -> None:
        for pending in list(socket.pending):
            try:
                data = socket.device.read(pending.endpoint, pending.length)
            except (Stalled, Babbled) as refused:
                status = -errno.EPIPE if isinstance(refused, Stalled) else -errno.EOVERFLOW
                self._order("done", node=socket.node, urb=pending.number, status=status, data="")
                socket.pending.remove(pending)
                continue
            if data is None:
                continue
            socket.pending.remove(pending)
            self._order("done", node=socket.node, urb=pending.number, status=0, data=data[: pending.length].hex())

    def _answer(self, socket: _Socket, urb: int, act: Any) -> None:
        try:
            data, status = act(), 0
        except Stalled:
            data, status = b"", -errno.EPIPE
        if data is not None:
            self._order("done", node=socket.node, urb=urb, status=status, data=data.hex())

    def _reset(self, node: str) -> None:
        with self._lock:
            socket = self._socket(node)
            if socket is None:
                return
            socket.pending.clear()
            socket.device.plugged()
        self.world.happened("usb-reset", port=socket.port)

    def _discarded(self, node: str, urb: int) -> None:
        with self._lock:
            socket = self._socket(node)
            if socket is not None:
                socket.pending = [one for one in socket.pending if one.number != urb]


def _write(device: UsbDevice, endpoint: int, data: bytes) -> bytes:
    device.written(endpoint, data)
    return b""
