"""A refused PIN outlives the process as a digest that tells nobody the PIN."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from appliance.drivers.refused_pins import RefusedPins

CARD, OTHER = "3b00", "3b01"


def test_it_is_known_to_the_next_process_for_this_module_and_this_pin_alone(tmp_path: Path) -> None:
    RefusedPins(tmp_path / "pins", b"key").keep(CARD, "123456")
    later = RefusedPins(tmp_path / "pins", b"key")
    assert later.has(CARD, "123456")
    assert not later.has(OTHER, "123456") and not later.has(CARD, "123457") and not later.has(CARD, "12345")
    assert not RefusedPins(tmp_path / "pins", b"another key").has(CARD, "123456")


def test_neither_the_pin_nor_a_plain_digest_of_it_is_on_the_disk(tmp_path: Path) -> None:
    RefusedPins(tmp_path, b"key").keep(CARD, "123456")
    (file,) = tmp_path.iterdir()
    assert file.stat().st_size == 0 and file.stat().st_mode & 0o077 == 0
    plain = {hashlib.sha256(one).hexdigest() for one in (b"123456", f"{CARD}\n123456".encode())}
    assert "123456" not in file.name and file.name not in plain


def test_without_a_folder_or_with_one_that_takes_nothing_this_process_still_knows(tmp_path: Path) -> None:
    alone = RefusedPins()
    alone.keep(CARD, "123456")
    assert alone.has(CARD, "123456")
    (tmp_path / "file").write_text("")
    full = RefusedPins(tmp_path / "file", b"key")
    with pytest.raises(OSError):
        full.keep(CARD, "123456")
    assert full.has(CARD, "123456")
