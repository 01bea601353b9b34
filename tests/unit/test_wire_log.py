"""The wire log keeps what was opened and nothing else, and ends when it is full."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.drivers.card_secrets import hidden_in_reply, hidden_in_request
from appliance.drivers.wire_log import ALL, NOTHING, WireLog


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_piece_is_hidden_unless_it_was_opened(tmp_path: Path) -> None:
    log = WireLog(tmp_path / "wire")
    tap = log.tap("camera")
    tap("in", b"a finger")
    tap("out", b"a question", NOTHING)
    tap("out", b"open, hidden", slice(6, None))
    log.close()
    hidden, opened, half = lines(tmp_path / "wire")
    assert (hidden["bytes"], hidden["hidden"], hidden["dir"]) == ("", [0, 8], "in")
    assert (bytes.fromhex(opened["bytes"]), opened["dir"]) == (b"a question", "out")
    assert "hidden" not in opened and "digest" not in opened
    assert (bytes.fromhex(half["bytes"]), half["hidden"]) == (b"open, ", [6, 6])
    assert {one["device"] for one in (hidden, opened, half)} == {"camera"}
    assert hidden["t"] <= opened["t"] <= half["t"]


def test_a_digest_tells_equal_pieces_of_one_run_and_nothing_to_a_guesser(tmp_path: Path) -> None:
    digests = []
    for name in ("one", "two"):
        log = WireLog(tmp_path / name)
        for data in (b"271828", b"271828", b"314159"):
            log.tap("sam")("out", data)
        log.close()
        digests.append([line["digest"] for line in lines(tmp_path / name)])
    for first, again, other in digests:
        assert first == again != other
    assert not set(digests[0]) & set(digests[1])


def test_only_the_owner_reads_it_and_it_goes_on_at_its_end(tmp_path: Path) -> None:
    path = tmp_path / "wire"
    for word in (b"first", b"second"):
        log = WireLog(path)
        log.tap("x")("out", word, NOTHING)
        log.close()
        log.close()
    assert path.stat().st_mode & 0o777 == 0o600
    assert [bytes.fromhex(line["bytes"]) for line in lines(path)] == [b"first", b"second"]


def test_a_full_log_ends_with_a_word_and_the_device_works_on(tmp_path: Path) -> None:
    log = WireLog(tmp_path / "wire", largest=1000)
    tap = log.tap("x")
    for _ in range(100):
        tap("out", bytes(20), NOTHING)
    assert (tmp_path / "wire").stat().st_size < 1100
    assert lines(tmp_path / "wire")[-1] == {"end": "the log is full"}


def test_a_disk_that_takes_no_more_only_ends_the_log() -> None:
    log = WireLog(Path("/dev/full"))
    for _ in range(3):
        log.tap("x")("out", b"1", NOTHING)
    log.close()


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=30), st.integers(0, 40), st.integers(-10, 40) | st.none())
def test_no_hidden_byte_is_kept(tmp_path_factory: pytest.TempPathFactory, data: bytes, begin: int, end: int) -> None:
    path = tmp_path_factory.mktemp("log") / "wire"
    log = WireLog(path)
    log.tap("x")("in", data, slice(begin, end))
    log.close()
    (line,) = lines(path)
    kept = bytes.fromhex(line["bytes"])
    at, length = line.get("hidden", (0, 0))
    assert len(kept) + length == len(data)
    assert kept == (data if not length else data[:at] + data[at + length :])
    assert length == len(data[begin:end])


@pytest.mark.parametrize(
    ("request_", "kept"),
    [
        (b"L", b"L"),
        (b"Creader", b"Creader"),
        (b"T" + bytes.fromhex("00A40204020101"), bytes.fromhex("00A40204020101")),
        (b"T" + bytes.fromhex("FFCA000000"), bytes.fromhex("FFCA000000")),
        (b"T" + bytes.fromhex("8050300008") + b"8 random", b"8 random"),
        (b"T" + bytes.fromhex("0020000108") + b"271828", bytes.fromhex("0020000108")),
        (b"T" + bytes.fromhex("00D6000006") + b"a face", bytes.fromhex("00D6000006")),
        (b"T" + bytes.fromhex("80D8308106") + b"a key.", bytes.fromhex("80D8308106")),
        (b"T" + bytes.fromhex("8010300010") + b"to the key card.", bytes.fromhex("8010300010")),
    ],
)
def test_of_a_command_everything_but_content_is_kept(request_: bytes, kept: bytes) -> None:
    hidden = range(*hidden_in_request(request_).indices(len(request_)))
    seen = bytes(byte for at, byte in enumerate(request_) if at not in hidden)
    assert seen.endswith(kept)
    assert not any(word in seen for word in (b"271828", b"a face", b"a key", b"key card"))


def test_of_an_answer_code_and_status_word_are_kept() -> None:
    reply = bytes(4) + b"a face" + b"\x90\x00"
    hidden = hidden_in_reply(b"T" + bytes.fromhex("00B0000000"))
    assert reply[: hidden.start] + reply[hidden] == reply[:4] + b"a face"
    assert reply[hidden.stop :] == b"\x90\x00"
    assert hidden_in_reply(b"T" + bytes.fromhex("00A4040000")) == NOTHING
    assert ALL.indices(5) == (0, 5, 1)
