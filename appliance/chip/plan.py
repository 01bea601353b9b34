"""What is to be written on a card, worked out before the card is touched. Pure."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from appliance.chip.profile import CardFile, CardProfile

JOB_LENGTH = 16
RECORD_LENGTH = 53
WRITING = 1
WRITTEN = 2


class PlanError(ValueError):
    """The packet does not fit the card's profile."""


class PacketFile(Protocol):
    """One file as the centre packed it: opaque bytes for a file identifier and its short form."""

    @property
    def fid(self) -> int: ...

    @property
    def sfi(self) -> int: ...

    @property
    def data(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes for one command at an offset of a file."""

    offset: int
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """Files in the order of writing, and the journal records that name this job and these bytes."""

    job: bytes
    manifest: bytes
    files: tuple[tuple[CardFile, bytes], ...] = field(repr=False)
    chunk: int

    def chunks(self, data: bytes) -> Iterator[Chunk]:
        """The pieces of one file, none longer than the profile's chunk."""
        for offset in range(0, len(data), self.chunk):
            yield Chunk(offset, data[offset : offset + self.chunk])

    @property
    def chunk_count(self) -> int:
        """How many commands it takes to write all files once."""
        return sum(-(-len(data) // self.chunk) for _, data in self.files)

    @property
    def byte_count(self) -> int:
        """The content of all files together, in bytes."""
        return sum(len(data) for _, data in self.files)

    def record(self, state: int) -> bytes:
        """The journal record of this job: job id 16, manifest 32, state 1, CRC-32 4 (big-endian)."""
        return encode_record(JournalRecord(self.job, self.manifest, state))


@dataclass(frozen=True, slots=True)
class JournalRecord:
    """One slot of the card's journal; `state` 1 writing, 2 written."""

    job: bytes
    manifest: bytes
    state: int


def encode_record(record: JournalRecord) -> bytes:
    """The 53 bytes of a slot."""
    body = record.job + record.manifest + bytes([record.state])
    return body + zlib.crc32(body).to_bytes(4)


def decode_journal(data: bytes) -> tuple[JournalRecord | None, JournalRecord | None]:
    """Slots A and B; None for a slot that is empty or torn (its checksum is wrong)."""
    slots = []
    for start in (0, RECORD_LENGTH):
        slot = data[start : start + RECORD_LENGTH]
        body, crc = slot[:-4], slot[-4:]
        sound = len(slot) == RECORD_LENGTH and zlib.crc32(body).to_bytes(4) == crc and body[48] in (WRITING, WRITTEN)
        slots.append(JournalRecord(body[:16], body[16:48], body[48]) if sound else None)
    return slots[0], slots[1]


def manifest_of(files: Sequence[PacketFile]) -> bytes:
    """SHA-256 over all files by ascending file identifier: identifier 2, length 4, bytes, each big-endian."""
    digest = hashlib.sha256()
    for item in sorted(files, key=lambda item: item.fid):
        digest.update(item.fid.to_bytes(2) + len(item.data).to_bytes(4) + item.data)
    return digest.digest()


def make_plan(profile: CardProfile, job: bytes, files: Sequence[PacketFile]) -> Plan:
    """The plan of a packet; raises PlanError for a file that is unknown, double, empty or too long, or no last file.

    Files the profile knows and the packet lacks (a missing finger) are left out.
    """
    given = {item.fid: item for item in files}
    known = {item.fid: item for item in profile.files}
    if len(job) != JOB_LENGTH:
        raise PlanError("a job id has 16 bytes")
    if len(given) != len(files):
        raise PlanError("the packet holds a file twice")
    for item in files:
        if item.fid not in known or known[item.fid].sfi != item.sfi:
            raise PlanError(f"the card profile has no file {item.fid:04X}/{item.sfi:02X}")
        if not 0 < len(item.data) <= 0x7FFF:
            raise PlanError(f"file {item.fid:04X} has {len(item.data)} bytes")
    if profile.files[-1].fid not in given:
        raise PlanError(f"the packet lacks {profile.files[-1].name}")
    ordered = tuple((item, given[item.fid].data) for item in profile.files if item.fid in given)
    return Plan(job, manifest_of(files), ordered, profile.chunk)
