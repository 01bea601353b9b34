"""The page of each device, and that of the machine they hang on."""

from __future__ import annotations

from flask import Blueprint, abort, render_template

from appliance.kiosk_ui import status
from appliance.kiosk_ui.notices import notice
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.technician import pages
from appliance.kiosk_ui.technician.device_page import TIERS, device_page
from appliance.kiosk_ui.technician.faults import BY_NAMES, newest_first, watched
from appliance.kiosk_ui.technician.machine import machine_page
from appliance.kiosk_ui.technician.readiness import MARKS
from appliance.kiosk_ui.technician.state_bar import HEIGHTS
from appliance.kiosk_ui.technician.trial_words import STATES


def add_devices(face: Blueprint, services: Services) -> None:
    """Give the face a page for every part of the machine that the board knows, and one for the machine."""
    bench = services.desk.bench

    def device(name: str) -> str:
        now = services.clock()
        line = next((one for one in status.device_lines(services.snapshot(), now) if one.reading.name == name), None)
        if line is None:
            abort(404)
        pasts = services.history()
        found = newest_first(bench.faults(), watched(pasts))
        cards = bench.cards_left() if name == "card_printer" else None
        return render_template(
            "technician/device.html",
            **pages.shared("/teknisi/"),
            page=device_page(line, bench.address(name), pasts.get(name), found, cards, now),
            trial=bench.trial(name),
            states=STATES,
            marks=MARKS,
            heights=HEIGHTS,
            level_names=status.LEVEL_NAMES,
            tiers=TIERS,
            by_names=BY_NAMES,
            notice=notice,
        )

    def machine() -> str:
        lines = status.device_lines(services.snapshot(), services.clock())
        return render_template(
            "technician/machine.html", **pages.shared("/teknisi/mesin"), page=machine_page(lines), marks=MARKS
        )

    face.add_url_rule("/mesin", "machine", machine)
    face.add_url_rule("/alat/<name>", "device", device)
