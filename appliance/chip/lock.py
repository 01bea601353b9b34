"""Proof that a finished card is locked: tried on the card itself, never taken for granted.

Some cards let everything be written until a last step was done; one whose lock does not hold is ended on the spot.
Each try writes a byte that is there already, so that a card which takes it is not changed.
"""

from __future__ import annotations

import contextlib

from appliance.chip.card_session import ACTIVATED, CardSession
from appliance.chip.plan import Plan
from appliance.chip.profile import CardProfile
from appliance.devices import SecureAccessModule
from appliance.faults import DeviceFault, FaultCode


def try_with_keys(card: CardSession, plan: Plan) -> None:
    """In the session that wrote the card: not even its keys change a file, of either class of access.

    Raises `chip_encoder.not_locked`, after which the card is ended.
    """
    for item, data in {item.access: (item, data) for item, data in plan.files}.values():
        card.select_file(item.fid)
        if card.takes(0, data[:1]):
            _end(card, f"{item.name} with keys")


def try_without_keys(
    card: CardSession, profile: CardProfile, sam: SecureAccessModule, uid: bytes, plan: Plan
) -> None:
    """After a cold reset: the card is active, its factory keys are dead, and nobody writes without keys.

    Raises `chip_encoder.not_locked`, after which the card is ended.
    """
    state = card.select_application()
    item, data = plan.files[-1]
    card.select_file(item.fid)
    wrong = f"life cycle {state:02X}" if state != ACTIVATED else ""
    if card.takes(0, data[:1]):
        wrong = f"{item.name} without keys"
    elif card.knows_keys(profile.factory_key):
        wrong = "factory keys"
    if wrong:
        card.select_application()
        with contextlib.suppress(DeviceFault):
            card.open_secure(sam, uid, profile.issued_key, profile.factory_key)
        _end(card, wrong)


def _end(card: CardSession, wrong: str) -> None:
    with contextlib.suppress(DeviceFault):
        card.terminate()
    raise DeviceFault(FaultCode.CARD_NOT_LOCKED, wrong)
