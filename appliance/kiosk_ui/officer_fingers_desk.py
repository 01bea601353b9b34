"""The desk's part for officers' own fingers: who has how many recorded, one more taken, all of one forgotten."""

from __future__ import annotations

import hashlib

from appliance.casework.roles import Actor
from appliance.kiosk_ui.refusals import in_words
from appliance.kiosk_ui.shown import ActForbidden, Values
from appliance.office import officer_fingers
from appliance.office.context import Office
from appliance.office.officer_fingers import Officer
from appliance.records.officer_fingers import Capture


class OfficerFingersDesk:
    """Fingers of one office's accounts; acts raise `ActRefused` and then stored nothing."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def known(self, actor: Actor) -> tuple[tuple[Officer, ...], Capture | None]:
        """Every account with its fingers, and the last capture."""
        self._must(actor)
        return officer_fingers.known(self._office, actor)

    def mark(self, actor: Actor) -> str:
        """Changes whenever the page would."""
        return hashlib.sha256(repr(self.known(actor)).encode()).hexdigest()[:16]

    def act(self, actor: Actor, name: str, values: Values) -> None:
        """`record_finger` or `forget_fingers`."""
        self._must(actor)
        acts = {"record_finger": officer_fingers.record_finger, "forget_fingers": officer_fingers.forget_fingers}
        with in_words():
            acts[name](self._office, actor, values)

    def _must(self, actor: Actor) -> None:
        if not officer_fingers.may(actor):
            raise ActForbidden
