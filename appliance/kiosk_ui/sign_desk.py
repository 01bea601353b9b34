"""The desk's part for signing many family cards in one go."""

from __future__ import annotations

from collections.abc import Mapping

from appliance.casework.roles import Actor, Role
from appliance.kiosk_ui.notices import notice
from appliance.kiosk_ui.refusals import in_words
from appliance.kiosk_ui.shown import ActForbidden, SignLine, Values
from appliance.office import sign_batch
from appliance.office.context import Office
from appliance.office.questions import QUESTIONS
from appliance.queue.jobs import Job

STALE = "Draf atas nama pejabat lain. Buat ulang di halaman berkasnya."


class SignDesk:
    """What waits for the Kadis's signature, and what became of what he signed."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def may(self, actor: Actor) -> bool:
        """Whether the page is his."""
        return actor.role is Role.KADIS and "esign" not in self._office.by_hand

    def waiting(self, actor: Actor, refused: Mapping[str, str]) -> tuple[SignLine, ...]:
        """What waits, with the result of each; `refused` says why some were left out just now."""
        self._must(actor)
        found = sign_batch.waiting(self._office, actor)
        return tuple(
            SignLine(
                one.record.id,
                one.record.code,
                one.name,
                one.draft,
                working=one.work is not None and one.work.state in {"ready", "leased"},
                said=refused.get(one.record.id) or (STALE if one.stale else _said(one.work)),
                ready=bool(one.draft) and not one.stale,
                read=one.shown,
            )
            for one in found
        )

    def signed(self, actor: Actor, batch: str) -> tuple[tuple[str, str], ...]:
        """Id and code of the cases of this batch that are signed."""
        self._must(actor)
        return tuple((one.id, one.code) for one in sign_batch.signed_in(self._office, actor, batch)) if batch else ()

    def sign(self, actor: Actor, values: Values) -> tuple[str, Mapping[str, str]]:
        """Have the chosen ones signed; raises `ActRefused`."""
        self._must(actor)
        with in_words():
            return sign_batch.sign_batch(self._office, actor, values)

    def _must(self, actor: Actor) -> None:
        if not self.may(actor):
            raise ActForbidden


def _said(work: Job | None) -> str:
    if work is None or work.state != "hold" or work.fault is None:
        return ""
    if work.fault in QUESTIONS:
        return QUESTIONS[work.fault][1]
    said = notice(work.fault)
    return f"{said.officer} {said.remedy}" if said is not None else ""
