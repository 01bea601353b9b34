"""What is ready and not collected, on one page: how long, on which shelf, whom to remind."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, render_template

from appliance.casework.roles import Actor
from appliance.casework.uncollected import RESULTS
from appliance.kiosk_ui.services import Services

HOME = "/petugas/belum-diambil"


def add_uncollected(face: Blueprint, services: Services, reader: Callable[[], Actor]) -> None:
    """Add it to the officer's face; `reader` gives the person at the desk, who may see cases."""

    def page() -> str:
        actor = reader()
        items, now = services.desk.waiting()
        return render_template("officer/uncollected.html", items=items, at=now, results=RESULTS, actor=actor)

    face.add_url_rule("/belum-diambil", "uncollected", page)
