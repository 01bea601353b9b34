"""Calling the numbers of the queue: a strip on the work list."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint
from werkzeug.wrappers import Response as AnyResponse

from appliance.casework.roles import Actor
from appliance.kiosk_ui.protection import see_other
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.shown import NoSuchCase

ACTS = {"berikutnya": "call_next", "lagi": "call_again", "tidak-hadir": "absent"}


def add_calling(face: Blueprint, services: Services, officer: Callable[[], Actor]) -> None:
    """Add /petugas/antrean/<act> to the officer's face; `officer` is who may call, or raises `ActForbidden`."""

    def call(act: str) -> AnyResponse:
        if act not in ACTS:
            raise NoSuchCase(act)
        services.desk.tickets.act(officer(), ACTS[act])
        return see_other("/petugas/")

    face.add_url_rule("/antrean/<act>", "call_ticket", call, methods=["POST"])
