"""A form of the officer's face that does one act of the office."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import request

from appliance.casework.roles import Actor
from appliance.kiosk_ui.forms import Field, read_form
from appliance.kiosk_ui.shown import ActRefused, Mistake
from appliance.kiosk_ui.signin import at_desk

Act = Callable[[Actor, str, Mapping[str, Any]], object]


def tried(act: Act, name: str, fields: tuple[Field, ...]) -> tuple[Mistake, ...]:
    """Read the form at hand and do the act of this name: every mistake of form or office, none if it is done."""
    values, mistakes = read_form(fields, request.form, request.files)
    if mistakes:
        return mistakes
    try:
        act(at_desk(), name, values)
    except ActRefused as refused:
        return refused.mistakes
    return ()
