"""A UPS behind NUT's own upsd against a raw socket, and the kernel's power files against bare reads of the same."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from rows import Row, WireBytes, in_turn, seconds

from appliance.drivers.nut_supply import from_uri as nut
from appliance.drivers.sysfs_supply import ATTRIBUTES
from appliance.drivers.sysfs_supply import from_uri as sysfs
from hw_sim.power import NAME, Board, Ups
from hw_sim.world import World

ASKED, READ, ROUNDS = 50, 100, 9
NEEDED = ("ups.status", "battery.charge", "battery.runtime")
NEWLINE = len("\n")


def rows() -> Iterator[Row]:
    """One answer to whether the power is about to go."""
    with Ups(World(speed=0.0)) as ups:
        at = urlsplit(ups.uri)
        assert at.hostname and at.port
        with socket.create_connection((at.hostname, at.port)) as wire, wire.makefile("rb") as answers:
            told = _listed(wire, answers)
            needed = sum(_asked(wire, answers, name) for name in NEEDED)
            counted = WireBytes()
            supply = nut(ups.uri, counted)
            supply.open()
            sent = counted.of(supply.power) + NEWLINE * (told[0] + 1)
            ours, floor = in_turn(
                lambda: seconds(lambda: [supply.power() for _ in range(ASKED)]) / ASKED,
                lambda: seconds(lambda: [_listed(wire, answers) for _ in range(ASKED)]) / ASKED,
                ROUNDS,
            )
            supply.close()
    yield Row("UPS: one look at all its variables", ours * 1000, floor * 1000, "ms")
    yield Row("UPS: bytes of one look, against the same list", sent, told[1], "B")
    yield Row("UPS: bytes of one look, against three variables alone", sent, needed, "B")
    with TemporaryDirectory(prefix="siaga-bench-") as directory:
        board = Board(Path(directory) / "sys", World(speed=0.0))
        files = sorted(
            path for path in board.root.rglob("*")
            if (path.name in ATTRIBUTES and "power_supply" in str(path)) or path.name == "get_throttled"
        )  # fmt: skip
        kernel = sysfs(board.uri)
        ours, floor = in_turn(
            lambda: seconds(lambda: [kernel.power() for _ in range(READ)]) / READ,
            lambda: seconds(lambda: [[one.read_bytes() for one in files] for _ in range(READ)]) / READ,
            ROUNDS,
        )
    yield Row("kernel's power files: one look at all of them", ours * 1e6, floor * 1e6, "µs")


def _listed(wire: socket.socket, answers: socket.SocketIO) -> tuple[int, int]:
    """Lines of an answer to LIST VAR, and the bytes of question and answer."""
    question = f"LIST VAR {NAME}\n".encode()
    wire.sendall(question)
    lines, size = 0, len(question)
    while True:
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        line = answers.readline()
        lines, size = lines + 1, size + len(line)
        if line.startswith(b"END"):
            return lines, size


def _asked(wire: socket.socket, answers: socket.SocketIO, name: str) -> int:
    question = f"GET VAR {NAME} {name}\n".encode()
    wire.sendall(question)
    return len(question) + len(answers.readline())
