"""What `make bench-devices` covers, how its rows are kept, and what exchanges need by calculation."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "bench"))

import needs
from devices import BENCHES, UNMEASURED
from rows import Row, Unmeasured, WireBytes, kept_as

from appliance.drivers.catalogue import driven
from appliance.drivers.zfm import COMMAND, DATA, packet


def test_every_driver_has_its_rows_or_says_why_it_has_none() -> None:
    worked = [driver for drivers in BENCHES.values() for driver in drivers]
    assert len(set(worked)) == len(worked)
    assert set(worked) | set(UNMEASURED) == driven()
    assert not set(worked) & set(UNMEASURED)


@pytest.mark.parametrize("name", BENCHES)
def test_every_bench_named_is_there(name: str) -> None:
    assert "def rows()" in (Path(__file__).parents[1] / "bench" / f"{name}.py").read_text()


def test_a_row_is_kept_with_its_ratio_and_whether_it_holds() -> None:
    kept = kept_as(Row("one", 6.0, 4.0, "ms", 1.3))
    assert kept == {"what": "one", "ours": 6.0, "floor": 4.0, "unit": "ms", "limit": 1.3, "ratio": 1.5, "ok": False}


def test_what_was_not_measured_is_kept_without_figures() -> None:
    assert kept_as(Unmeasured("one", "no wire")) == {"what": "one", "why": "no wire"}


def test_bytes_of_both_directions_are_counted() -> None:
    wire = WireBytes()
    wire("out", b"abc")

    def answer() -> None:
        wire("out", b"*")
        wire("in", bytes(11), slice(0, 0))

    assert wire.of(answer) == 12


def test_a_module_of_256_by_288_dots_needs_so_many_bytes() -> None:
    """36,864 bytes of four-bit dots in 288 packets of 128, two commands, two answers."""
    data, short = len(packet(DATA, bytes(128))), len(packet(COMMAND, b"\x01"))
    assert needs.zfm_picture(256, 288, 128) == 288 * data + 4 * short == 40_080


def test_four_relays_one_closed_are_said_in_39_characters() -> None:
    assert needs.relays((False, False, True, False)) == 4 * 4 + 1 + 39


@pytest.mark.parametrize(("record", "characters"), [(0, 0), (1, 3), (3, 6), (300, 534)])
def test_a_record_in_a_token_is_encoded_twice(record: int, characters: int) -> None:
    assert needs.signed_record(record) == characters
