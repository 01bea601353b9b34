"""The signer's passphrase: from memory to memory, for one case, once, and nowhere else."""

from __future__ import annotations

import functools
import json
import os
import queue
import socket
import threading
import time
from pathlib import Path

import pytest

from appliance.queue import wake
from appliance.queue.passphrase import Keeper, lend

PASSPHRASE = "kuda-terbang-tiga-belas"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run" / "passphrase.sock"


def keeper_at(path: Path, kept_s: float = 300.0) -> Keeper:
    keeper = Keeper(path, kept_s)
    threading.Thread(target=keeper.run, daemon=True).start()
    return keeper


def test_a_passphrase_can_be_taken_once_and_for_its_case_only(path: Path) -> None:
    keeper = keeper_at(path)
    assert lend(path, "case-1", PASSPHRASE)
    assert keeper.take("case-2") is None
    assert keeper.take("case-1") == PASSPHRASE
    assert keeper.take("case-1") is None


def test_a_newer_one_takes_the_place_of_the_old(path: Path) -> None:
    keeper = keeper_at(path)
    assert lend(path, "case-1", "first")
    assert lend(path, "case-1", "sécond")
    assert lend(path, "case-2", PASSPHRASE)
    assert keeper.take("case-1") == "sécond"
    assert keeper.take("case-1") is None
    assert keeper.take("case-2") == PASSPHRASE


def test_after_its_time_it_is_gone(path: Path) -> None:
    keeper = keeper_at(path, kept_s=0.0)
    assert lend(path, "case-1", PASSPHRASE)
    assert keeper.take("case-1") is None


def test_one_that_nobody_takes_is_forgotten_from_memory(path: Path) -> None:
    keeper = keeper_at(path, kept_s=0.0)
    assert lend(path, "case-1", PASSPHRASE)
    assert lend(path, "case-2", "later")
    assert "case-1" not in keeper._kept


def test_what_the_service_never_heard_is_given_back_for_the_rest_of_its_time_and_no_longer(path: Path) -> None:
    now = [0.0]
    keeper = Keeper(path, 300.0, lambda: now[0])
    threading.Thread(target=keeper.run, daemon=True).start()
    assert lend(path, "case-1", PASSPHRASE)
    for now[0] in (0.0, 120.0, 299.0):
        assert keeper.take("case-1") == PASSPHRASE
        assert keeper.take("case-1") is None
        keeper.give_back("case-1", PASSPHRASE)
    now[0] = 300.0
    assert keeper.take("case-1") is None
    keeper.give_back("case-1", PASSPHRASE)
    assert (keeper._kept, keeper._taken) == ({}, {}), "gone from memory"


def test_nothing_is_given_back_after_a_newer_one_or_after_all_were_forgotten(path: Path) -> None:
    keeper = keeper_at(path)
    assert lend(path, "case-1", "old")
    assert keeper.take("case-1") == "old"
    assert lend(path, "case-1", "new")
    keeper.give_back("case-1", "old")
    assert keeper.take("case-1") == "new"
    keeper.forget()
    keeper.give_back("case-1", "new")
    keeper.give_back("case-2", "never lent")
    assert (keeper.take("case-1"), keeper.take("case-2")) == (None, None)


def test_a_restart_forgets_it(path: Path) -> None:
    keeper_at(path)
    assert lend(path, "case-1", PASSPHRASE)
    assert keeper_at(path).take("case-1") is None


def test_it_is_never_on_the_disk(path: Path, tmp_path: Path) -> None:
    keeper = keeper_at(path)
    assert lend(path, "case-1", PASSPHRASE)
    files = [one for one in tmp_path.rglob("*") if one.is_file()]
    assert files == []
    assert keeper.take("case-1") == PASSPHRASE


def test_only_the_owner_may_come_to_the_socket(path: Path) -> None:
    keeper_at(path)
    assert path.stat().st_mode & 0o777 == 0o600
    mask = os.umask(0o022)
    os.umask(mask)
    assert mask != 0o177, "the process's own mask is put back"


def test_without_a_keeper_lending_says_no(path: Path) -> None:
    assert lend(path, "case-1", PASSPHRASE) is False
    path.parent.mkdir()
    path.write_text("")
    assert lend(path, "case-1", PASSPHRASE) is False


@pytest.mark.parametrize(
    "message",
    [b"", b"nonsense", b"[]", b"3", b"{}", b'{"case": "case-1"}', b"\xff", b"x" * 5000],
    ids=["empty", "words", "list", "number", "object", "half", "bytes", "long"],
)
def test_nonsense_is_not_confirmed_and_the_keeper_goes_on(path: Path, message: bytes) -> None:
    keeper = keeper_at(path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(5)
        line.connect(str(path))
        line.sendall(message)
        line.shutdown(socket.SHUT_WR)
        try:
            assert line.recv(2) == b""
        except ConnectionResetError:
            assert len(message) > 4096
    assert lend(path, "case-1", PASSPHRASE)
    assert keeper.take("case-1") == PASSPHRASE


def test_a_passphrase_too_long_to_be_one_is_refused(path: Path) -> None:
    keeper = keeper_at(path)
    assert lend(path, "case-1", "x" * 10_000) is False
    assert keeper.take("case-1") is None


def test_a_wake_reaches_every_listener(tmp_path: Path) -> None:
    stop = threading.Event()
    calls: list[queue.SimpleQueue[int]] = [queue.SimpleQueue() for _ in range(2)]
    receivers = [wake.listen(tmp_path / "run" / f"{name}.wake") for name in ("web", "deviced")]

    def woken(mine: queue.SimpleQueue[int]) -> float:
        mine.put(1)
        return 60.0

    threads = [
        threading.Thread(target=wake.relay, args=(receiver, functools.partial(woken, mine), stop))
        for receiver, mine in zip(receivers, calls, strict=True)
    ]
    for thread in threads:
        thread.start()
    caller = wake.Caller(tmp_path / "run")
    assert all(mine.get(timeout=5) for mine in calls), "each looks once by itself as it starts"
    caller()
    assert all(mine.get(timeout=5) for mine in calls)
    stop.set()
    caller()
    for thread in threads:
        thread.join(5)
        assert not thread.is_alive()
    for receiver in receivers:
        receiver.close()
    caller.close()


def test_waking_nobody_the_dead_and_the_busy_is_no_error_and_never_waits(tmp_path: Path) -> None:
    nobody, caller = wake.Caller(tmp_path / "none"), wake.Caller(tmp_path)
    nobody()
    nobody.close()
    wake.listen(tmp_path / "dead.wake").close()
    caller()
    receiver = wake.listen(tmp_path / "full.wake")
    started = time.monotonic()
    for _ in range(2000):  # more than the socket holds: a wake may be lost, never block
        caller()
    assert time.monotonic() - started < 5
    receiver.close()
    caller.close()


def test_what_is_not_confirmed_was_not_lent(path: Path) -> None:
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(path))
        listener.listen(1)
        answers: list[bool] = []
        thread = threading.Thread(target=lambda: answers.append(lend(path, "case-1", PASSPHRASE)))
        thread.start()
        line, _ = listener.accept()
        with line:
            data = b""
            while piece := line.recv(4096):
                data += piece
            line.sendall(b"no")
        thread.join(5)
    assert json.loads(data) == {"case": "case-1", "passphrase": PASSPHRASE}
    assert answers == [False]
