"""The API's routes for the ledger of blanks: the pages' acts, with the fields that they have as the store is now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from appliance.casework.roles import Actor
from appliance.kiosk_ui.api.bodies import Schema
from appliance.kiosk_ui.api.routes import Asked, Route
from appliance.kiosk_ui.api.schemas import BLANKS, blanks_of
from appliance.kiosk_ui.blank_shown import LedgerView
from appliance.kiosk_ui.forms import Field
from appliance.kiosk_ui.officer.blank_acts import BLANK_ACTS, BlankAct, fields_of
from appliance.kiosk_ui.shown import ActForbidden
from appliance.kiosk_ui.stock_desk import StockDesk

NOTHING = LedgerView((), (), 0, None, 0.0, False, date.min, None, False, False, (), (), (), (), ())
"""The description is open to everybody: it names fields, and no card, seal or day of this store."""
COUNTS: Schema = {
    "type": "object",
    "title": "Jumlah tiap tempat di to_count, dengan nama field-nya",
    "additionalProperties": {"type": "integer", "minimum": 0, "maximum": 999_999},
}


def stock_routes(desk: StockDesk) -> tuple[Route, ...]:
    """The balance, and one route for each act on it."""

    def balance(_: Asked) -> object:
        return blanks_of(desk.ledger())

    def now(one: BlankAct) -> Callable[[Actor], tuple[Field, ...]]:
        def fields(actor: Actor) -> tuple[Field, ...]:
            if actor.role not in one.roles:
                raise ActForbidden
            return fields_of(one, desk.ledger())

        return fields

    def act(one: BlankAct) -> Callable[[Asked], object]:
        def done(asked: Asked) -> object:
            desk.act(asked.actor, one.act.name, {"unread": (), **asked.values})
            return balance(asked)

        return done

    acts = (
        Route(
            "POST",
            f"/blanks/acts/{one.act.name}",
            one.act.name,
            one.act.title,
            act(one),
            BLANKS,
            fields_of(one, NOTHING),
            now=now(one),
            body=COUNTS if one.act.name == "count_blanks" else None,
            once=True,
        )
        for one in BLANK_ACTS.values()
    )
    return (Route("GET", "/blanks", "blanks", "Neraca blanko", balance, BLANKS), *acts)
