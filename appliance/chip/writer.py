"""Writing a card so that it may be cut off anywhere and called again.

The result is the whole new card, or one that no reader accepts (docs/guides/card-ktpsim-1.md, "A write, in order").
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from appliance.chip import lock
from appliance.chip.card_session import ACTIVATED, DEACTIVATED, INITIALISATION, TERMINATED, CardSession
from appliance.chip.plan import (
    RECORD_LENGTH,
    WRITING,
    WRITTEN,
    Chunk,
    JournalRecord,
    PacketFile,
    Plan,
    decode_journal,
    make_plan,
)
from appliance.chip.profile import CardFile, CardProfile
from appliance.clock import Deadline
from appliance.devices import ChipEncoder, SecureAccessModule
from appliance.faults import DeviceFault, FaultCode

CONNECT_SECONDS = 5.0
WRITE_SECONDS = 45.0
"""How long a whole write may take; a good reader needs 1 to 3 s, old chips up to 15 s."""

_ANSWERED_SO = frozenset({FaultCode.CARD_REFUSED, FaultCode.CARD_AUTH_FAILED, FaultCode.CARD_FULL})

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class WriteOrder:
    """Which files go on which card: job id (16 bytes), the UID the packet was made for, the packet's files."""

    job: bytes
    uid: bytes
    files: Sequence[PacketFile] = field(repr=False)


class Outcome(StrEnum):
    """How the card came to hold the job."""

    WRITTEN = "written"
    RESUMED = "resumed"
    ALREADY_DONE = "already_done"


@dataclass(frozen=True, slots=True)
class WriteResult:
    """The card is complete and active. `content_bytes` are those of the files, `wire_bytes` all octets exchanged."""

    outcome: Outcome
    apdus: int
    wire_bytes: int
    content_bytes: int
    chunks_written: int


def write_card(
    encoder: ChipEncoder,
    sam: SecureAccessModule,
    profile: CardProfile,
    order: WriteOrder,
    progress: Progress,
    seconds: float = WRITE_SECONDS,
) -> WriteResult:
    """Bring the card on the encoder to hold this order, active, under the issued keys; call again after any fault.

    Connects to the card itself and lets it go, powered off. `progress` gets steps done and steps in all, after each
    chunk. The packet's signature and its security object must have been checked before. Raises PlanError,
    `chip_encoder.*` and `sam.*`; `verify_mismatch` after one chunk was rewritten in vain, `not_locked` when the card
    could still be written.
    """
    plan = make_plan(profile, order.job, order.files)
    by = Deadline.after(seconds)
    try:
        presence = encoder.await_card(Deadline.after(min(CONNECT_SECONDS, seconds)))
        if presence.uid != order.uid:
            raise DeviceFault(FaultCode.CARD_WRONG, "this is not the card the packet was made for")
        session = CardSession(encoder, profile, by)
        writing = _Writing(session, sam, profile, plan, order.uid, progress)
        outcome = writing.run()
        if encoder.reset().uid != order.uid:
            raise DeviceFault(FaultCode.CARD_WRONG, "another card answered after the write")
        lock.try_without_keys(session, profile, sam, order.uid, plan)
        return writing.result(outcome)
    except DeviceFault as fault:
        if fault.code in _ANSWERED_SO:
            # A card on its way out of the field may be heard wrongly: a refusal counts if the card is still there.
            encoder.reset()
        raise
    finally:
        encoder.release()


class _Writing:
    """One run of the write protocol over a connected card."""

    def __init__(
        self,
        session: CardSession,
        sam: SecureAccessModule,
        profile: CardProfile,
        plan: Plan,
        uid: bytes,
        progress: Progress,
    ) -> None:
        self._card = session
        self._sam = sam
        self._profile = profile
        self._plan = plan
        self._uid = uid
        self._progress = progress
        self._steps = 2 * plan.chunk_count + 1
        self._done = 0
        self._written = 0
        self._existing: set[int] = set()

    def run(self) -> Outcome:
        state = self._card.select_application()
        if state == TERMINATED:
            raise DeviceFault(FaultCode.CARD_TERMINATED, "life cycle 0C")
        if state not in (INITIALISATION, DEACTIVATED, ACTIVATED):
            raise DeviceFault(FaultCode.CARD_FOREIGN, f"life cycle {state:02X}")
        factory, issued = self._profile.factory_key, self._profile.issued_key
        versions = (factory, issued) if state == INITIALISATION else (issued, factory)
        version = self._card.open_secure(self._sam, self._uid, *versions)
        first, second = self._journal()
        if state == ACTIVATED and self._is_ours(second, WRITTEN):
            self._finish(version)
            return Outcome.ALREADY_DONE
        resumed = state != ACTIVATED and self._is_ours(first, WRITING)
        if not resumed:
            self._invalidate(state)
        self._remove_leftovers()
        for item, data in self._plan.files:
            self._write_file(item, data, compare=resumed)
        self._read_back()
        self._card.select_file(self._profile.journal.fid)
        self._card.update(RECORD_LENGTH, self._plan.record(WRITTEN))
        self._card.activate()
        # Between these two commands a cut leaves an active card under its factory keys; the next run rolls them.
        self._finish(version)
        return Outcome.RESUMED if resumed else Outcome.WRITTEN

    def _journal(self) -> tuple[JournalRecord | None, JournalRecord | None]:
        self._card.select_file(self._profile.journal.fid)
        return decode_journal(self._card.read(0, 2 * RECORD_LENGTH))

    def _is_ours(self, record: JournalRecord | None, state: int) -> bool:
        return record == JournalRecord(self._plan.job, self._plan.manifest, state)

    def _invalidate(self, state: int) -> None:
        """Make sure that no old signature can ever cover new data, then name the job in the journal."""
        if state == ACTIVATED:
            self._card.deactivate()
        size = self._card.size_of(self._plan.files[-1][0].fid)
        if size:
            self._card.update(0, bytes(min(16, size)))
        self._card.select_file(self._profile.journal.fid)
        self._card.update(0, self._plan.record(WRITING) + bytes(RECORD_LENGTH))

    def _remove_leftovers(self) -> None:
        """Delete files of an earlier job that this one lacks or has in another size."""
        wanted = {item.fid: len(data) for item, data in self._plan.files}
        for item in self._profile.files:
            size = self._card.size_of(item.fid)
            if size is None:
                continue
            if size == wanted.get(item.fid):
                self._existing.add(item.fid)
            else:
                self._card.delete(item.fid)

    def _write_file(self, item: CardFile, data: bytes, compare: bool) -> None:
        exists = item.fid in self._existing
        if not exists:
            self._card.create(item, len(data))
        self._card.select_file(item.fid)
        for chunk in self._plan.chunks(data):
            if not (compare and exists and self._holds(chunk)):
                self._write(chunk)
            self._step()

    def _read_back(self) -> None:
        for item, data in self._plan.files:
            self._card.select_file(item.fid)
            for chunk in self._plan.chunks(data):
                if not self._holds(chunk):
                    self._write(chunk)
                    if not self._holds(chunk):
                        raise DeviceFault(FaultCode.CARD_VERIFY_MISMATCH, f"{item.name} at {chunk.offset}")
                self._step()

    def _holds(self, chunk: Chunk) -> bool:
        return self._card.read(chunk.offset, len(chunk.data)) == chunk.data

    def _write(self, chunk: Chunk) -> None:
        self._card.update(chunk.offset, chunk.data)
        self._written += 1

    def _finish(self, version: int) -> None:
        if version == self._profile.factory_key:
            self._card.put_keys(version, self._sam.wrap_keys(self._profile.issued_key, self._uid))
        lock.try_with_keys(self._card, self._plan)
        self._done = self._steps - 1
        self._step()

    def _step(self) -> None:
        self._done += 1
        self._progress(self._done, self._steps)

    def result(self, outcome: Outcome) -> WriteResult:
        """What the run did, as far as it has come."""
        card = self._card
        return WriteResult(outcome, card.apdus, card.octets, self._plan.byte_count, self._written)
