"""A page of the officer's face whose forms each do one act of the office."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from appliance.casework.roles import Actor
from appliance.kiosk_ui.forms import Field, read_form
from appliance.kiosk_ui.protection import see_other
from appliance.kiosk_ui.shown import ActRefused, Mistake
from appliance.kiosk_ui.signin import at_desk

Act = Callable[[Actor, str, Mapping[str, Any]], object]


@dataclass(frozen=True, slots=True)
class ActsPage:
    """A page at `home` whose forms do acts of the office; after one that is done it is shown again by itself.

    `values` are what its template shows to this person beside what the last form was sent with.
    """

    home: str
    template: str
    act: Act
    values: Callable[[Actor], Mapping[str, object]]

    def show(self, mistakes: tuple[Mistake, ...] = (), failed: str = "", code: int = 200) -> Response:
        """The page; `failed` names the form that the mistakes are about."""
        actor = at_desk()
        frame = {"mistakes": mistakes, "failed": failed, "sent": request.form, "actor": actor}
        return make_response(render_template(self.template, **self.values(actor), **frame), code)

    def do(self, name: str, fields: tuple[Field, ...], failed: str) -> AnyResponse:
        """Read the form at hand and do the act: away to the page, or the page at once with every mistake."""
        values, mistakes = read_form(fields, request.form, request.files)
        if mistakes:
            return self.show(mistakes, failed, 422)
        try:
            self.act(at_desk(), name, values)
        except ActRefused as refused:
            return self.show(refused.mistakes, failed, 422)
        return see_other(self.home)
