"""What the appliance asks of a card besides writing it: its condition, its key, its fingers, its end."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from appliance.chip.card_session import ACTIVATED, DEACTIVATED, TERMINATED, CardSession
from appliance.chip.plan import RECORD_LENGTH, JournalRecord, decode_journal
from appliance.chip.profile import CardProfile
from appliance.clock import Deadline
from appliance.devices import ChipEncoder, SecureAccessModule
from appliance.faults import DeviceFault, FaultCode

SECONDS = 10.0
FINGERS = ("FP1", "FP2")


class State(StrEnum):
    """How far a card has come."""

    BLANK = "blank"
    PARTIAL = "partial"
    COMPLETE = "complete"
    DEACTIVATED = "deactivated"
    TERMINATED = "terminated"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class CardCondition:
    """A card as found: `life_cycle` is its ISO 7816-4 byte, None if foreign.

    `job` and `manifest` are those of the newest sound journal record and `keys_owed` says that an active card still
    has its factory keys; without a key card to open the journal they are None, None, False.
    """

    state: State
    uid: bytes
    atr: bytes
    life_cycle: int | None = None
    job: bytes | None = None
    manifest: bytes | None = None
    keys_owed: bool = False


@dataclass(frozen=True, slots=True)
class PreparedCard:
    """What the centre needs to make a packet for this card; `aa_public_key` is SubjectPublicKeyInfo in DER."""

    uid: bytes
    aa_public_key: bytes


def inspect(
    encoder: ChipEncoder, profile: CardProfile, sam: SecureAccessModule | None = None, seconds: float = SECONDS
) -> CardCondition:
    """Ask the card on the encoder what became of it; nothing is written. With `sam` its journal is read too."""
    try:
        presence = encoder.await_card(Deadline.after(seconds))
        card = CardSession(encoder, profile, Deadline.after(seconds))
        try:
            cycle = card.select_application()
        except DeviceFault as fault:
            if fault.code is not FaultCode.CARD_FOREIGN:
                raise
            return CardCondition(State.FOREIGN, presence.uid, presence.atr)
        if cycle == TERMINATED:
            return CardCondition(State.TERMINATED, presence.uid, presence.atr, cycle)
        started = _has_any_file(card, profile)
        record: JournalRecord | None = None
        version = profile.issued_key
        if sam is not None:
            version = card.open_secure(sam, presence.uid, profile.issued_key, profile.factory_key)
            card.select_file(profile.journal.fid)
            first, second = decode_journal(card.read(0, 2 * RECORD_LENGTH))
            record = second if cycle == ACTIVATED else first or second
        state = {ACTIVATED: State.COMPLETE, DEACTIVATED: State.DEACTIVATED}.get(
            cycle, State.PARTIAL if started or record else State.BLANK
        )
        return CardCondition(
            state,
            presence.uid,
            presence.atr,
            cycle,
            record.job if record else None,
            record.manifest if record else None,
            cycle == ACTIVATED and version == profile.factory_key,
        )
    finally:
        encoder.release()


def _has_any_file(card: CardSession, profile: CardProfile) -> bool:
    return any(card.has_file(item.fid) for item in profile.files)


def prepare(encoder: ChipEncoder, profile: CardProfile, by: Deadline) -> PreparedCard:
    """Wait for a card and read its UID and its public key for active authentication."""
    try:
        presence = encoder.await_card(by)
        card = CardSession(encoder, profile, Deadline.after(SECONDS))
        if card.select_application() == TERMINATED:
            raise DeviceFault(FaultCode.CARD_TERMINATED, "life cycle 0C")
        return PreparedCard(presence.uid, card.order(b"\x00\xca\x01\x0f\x00"))
    finally:
        encoder.release()


def terminate(encoder: ChipEncoder, sam: SecureAccessModule, profile: CardProfile, uid: bytes) -> None:
    """Spoil this card for ever (TERMINATE DF); a card already terminated stays so."""
    try:
        presence = encoder.await_card(Deadline.after(SECONDS))
        if presence.uid != uid:
            raise DeviceFault(FaultCode.CARD_WRONG, "this is not the card that is to be spoiled")
        card = CardSession(encoder, profile, Deadline.after(SECONDS))
        if card.select_application() == TERMINATED:
            return
        card.open_secure(sam, uid, profile.issued_key, profile.factory_key)
        card.terminate()
    finally:
        encoder.release()


def read_fingers(encoder: ChipEncoder, sam: SecureAccessModule, profile: CardProfile) -> dict[str, bytes]:
    """The files FP1 and FP2 of the card on the encoder, opened with the reader keys; a file not there is left out."""
    found = {}
    try:
        presence = encoder.await_card(Deadline.after(SECONDS))
        card = CardSession(encoder, profile, Deadline.after(SECONDS))
        if card.select_application() == TERMINATED:
            raise DeviceFault(FaultCode.CARD_TERMINATED, "life cycle 0C")
        card.open_secure(sam, presence.uid, profile.reader_key)
        for name in FINGERS:
            size = card.size_of(profile.file(name).fid)
            if size is None:
                continue
            starts = range(0, size, profile.chunk)
            found[name] = b"".join(card.read(start, min(profile.chunk, size - start)) for start in starts)
    finally:
        encoder.release()
    return found
