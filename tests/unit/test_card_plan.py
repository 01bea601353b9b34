"""Profiles as data, and what is worked out before a card is touched."""

from dataclasses import replace

import pytest

from appliance.central.personalisation_packet import PacketFile
from appliance.chip.plan import (
    WRITING,
    WRITTEN,
    PlanError,
    decode_journal,
    encode_record,
    make_plan,
    manifest_of,
)
from appliance.chip.profile import ProfileError, load, parse

JOB = bytes(range(16))
SOD = PacketFile(0x011D, 0x1D, bytes(500))
COM = PacketFile(0x011E, 0x1E, b"\x60\x00")


def test_the_test_profile_is_complete() -> None:
    profile = load("ktpsim-1")
    assert profile.application.hex() == "f04b545053494d01"
    assert (profile.factory_key, profile.issued_key, profile.reader_key) == (0x30, 0x31, 0x32)
    assert [item.name for item in profile.files][-1] == "SOD"
    assert {item.name for item in profile.files if item.access == "reader"} == {"FP1", "FP2"}


def test_the_ministrys_profile_is_refused_in_words() -> None:
    with pytest.raises(ProfileError, match=r"kemendagri-sam is incomplete and cannot be used: .*application.*keys"):
        load("kemendagri-sam")


@pytest.mark.parametrize("text", ["name = ", "", "name='x'\nfiles = 3", "[[files]]\nfid = 70000"])
def test_a_broken_profile_is_refused(text: str) -> None:
    with pytest.raises(ProfileError):
        parse(text)


def test_an_unknown_profile_is_named() -> None:
    with pytest.raises(ProfileError, match="no card profile 'other'"):
        load("other")


def test_the_security_object_comes_last_in_pieces_of_the_profile() -> None:
    plan = make_plan(load("ktpsim-1"), JOB, [SOD, COM])
    assert [item.name for item, _ in plan.files] == ["COM", "SOD"]
    assert [(chunk.offset, len(chunk.data)) for chunk in plan.chunks(SOD.data)] == [(0, 239), (239, 239), (478, 22)]
    assert (plan.chunk_count, plan.byte_count) == (4, 502)


def test_the_manifest_knows_every_byte_and_not_the_order() -> None:
    assert manifest_of([SOD, COM]) == manifest_of([COM, SOD])
    assert manifest_of([SOD, COM]) != manifest_of([SOD, replace(COM, data=b"\x60\x01")])
    assert manifest_of([PacketFile(1, 1, b"ab"), PacketFile(2, 2, b"c")]) != manifest_of(
        [PacketFile(1, 1, b"a"), PacketFile(2, 2, b"bc")]
    )


@pytest.mark.parametrize(
    "files",
    [
        [COM],
        [SOD, SOD],
        [SOD, PacketFile(0x0999, 1, b"x")],
        [SOD, replace(COM, sfi=2)],
        [SOD, replace(COM, data=b"")],
        [SOD, replace(COM, data=bytes(0x8000))],
    ],
)
def test_a_packet_that_does_not_fit_is_refused(files: list[PacketFile]) -> None:
    with pytest.raises(PlanError):
        make_plan(load("ktpsim-1"), JOB, files)


def test_a_job_id_has_sixteen_bytes() -> None:
    with pytest.raises(PlanError, match="16 bytes"):
        make_plan(load("ktpsim-1"), b"short", [SOD])


def test_journal_slots_are_read_apart_and_a_torn_one_is_none() -> None:
    plan = make_plan(load("ktpsim-1"), JOB, [SOD])
    writing, written = plan.record(WRITING), plan.record(WRITTEN)
    first, second = decode_journal(writing + written)
    assert first is not None and second is not None
    assert (first.job, first.manifest, first.state, second.state) == (JOB, plan.manifest, WRITING, WRITTEN)
    assert encode_record(first) == writing
    assert decode_journal(bytes(106)) == (None, None)
    assert decode_journal(writing[:30] + bytes(76)) == (None, None)
    assert decode_journal(b"") == (None, None)
