"""Which card lies on the encoder when it is not the one wanted, and what its own word for the officer is."""

from __future__ import annotations

from appliance.casework.roles import SYSTEM
from appliance.chip import condition
from appliance.chip.condition import CardCondition, State
from appliance.chip.profile import CardProfile
from appliance.devices import ChipEncoder, SecureAccessModule
from appliance.faults import DeviceFault, FaultCode
from appliance.issuance.machines import Machines
from appliance.records import audit, blanks, cases
from appliance.records.blanks import BlankState
from appliance.records.store import Transaction

_SPOILED = frozenset({BlankState.SPOILED, BlankState.SEALED, BlankState.DESTROYED})
_ALIVE = frozenset({State.BLANK, State.PARTIAL, State.COMPLETE, State.DEACTIVATED})


def refuse_unless_blank(
    machines: Machines, encoder: ChipEncoder, sam: SecureAccessModule, profile: CardProfile, serial: str, uid: bytes
) -> None:
    """The card of this UID, on the encoder, must be a blank that nothing was ever begun on; else the fault says what.

    Nothing is written, save that a card whose blank is spoiled is ended.
    """
    found = condition.inspect(encoder, profile, sam)
    if found.uid != uid:
        raise DeviceFault(FaultCode.CARD_WRONG, "the card was changed while it was looked at")
    fault = _fault_of(machines, encoder, sam, profile, found, serial)
    if fault is not None:
        raise fault


def told_apart(
    machines: Machines, encoder: ChipEncoder, sam: SecureAccessModule, profile: CardProfile, serial: str
) -> DeviceFault:
    """The fault for a card that is not the one this blank's work was begun on: another's, a used one, a blank."""
    found = condition.inspect(encoder, profile, sam)
    fault = _fault_of(machines, encoder, sam, profile, found, serial)
    return fault or DeviceFault(FaultCode.CARD_WRONG, "a blank, not the card that was begun")


def _fault_of(
    machines: Machines,
    encoder: ChipEncoder,
    sam: SecureAccessModule,
    profile: CardProfile,
    found: CardCondition,
    serial: str,
) -> DeviceFault | None:
    with machines.store.read() as tx:
        owner = _owner(tx, found.uid, serial)
        spoiled = owner is not None and blanks.state_of(tx, owner) in _SPOILED
    if owner is not None:
        if spoiled and found.state in _ALIVE:
            _end(machines, encoder, sam, profile, found.uid, owner)
        return DeviceFault(FaultCode.CARD_OF_ANOTHER, f"chip of {'spoiled ' if spoiled else ''}blank {owner}")
    if found.state is State.FOREIGN:
        return DeviceFault(FaultCode.CARD_FOREIGN, "no application of this profile")
    if found.state is not State.BLANK:
        return DeviceFault(FaultCode.CARD_USED, f"the card is {found.state}, not blank")
    return None


def _owner(tx: Transaction, uid: bytes, serial: str) -> str | None:
    """The other blank in whose name this chip stands: in the ledger, or in work that was begun with it."""
    row = blanks.find(tx, uid.hex())
    if row is not None and row["serial"] != serial:
        return str(row["serial"])
    others = [card.name for card in cases.cards_with_chip(tx, uid.hex()) if card.name != serial]
    return others[-1] if others else None


def _end(
    machines: Machines,
    encoder: ChipEncoder,
    sam: SecureAccessModule,
    profile: CardProfile,
    uid: bytes,
    serial: str,
) -> None:
    """A card that was spoiled without its chip at hand is ended when it is seen again; again is harmless."""
    with machines.store.write() as tx:
        audit.record(tx, "card-terminate-init", SYSTEM, None, blank=serial)
    condition.terminate(encoder, sam, profile, uid)
    with machines.store.write() as tx:
        audit.record(tx, "card-terminate-complete", SYSTEM, None, blank=serial)
