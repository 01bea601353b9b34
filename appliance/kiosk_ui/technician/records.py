"""What has happened, on two pages: faults by device and code, and the machine's log without anything personal."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from appliance.diagnostics import log
from appliance.kiosk_ui import status
from appliance.kiosk_ui.notices import notice
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.technician import pages
from appliance.kiosk_ui.technician.faults import BY_NAMES, counted, newest_first, watched

FAULTS, LOG = "/teknisi/gangguan", "/teknisi/catatan"
SHOWN = 100


def add_records(face: Blueprint, services: Services) -> None:
    """Give the face its fault and log pages."""
    bench = services.desk.bench

    def faults() -> str:
        every = newest_first(bench.faults(), watched(services.history()))
        wanted = request.args.get("alat", "")
        found = tuple(one for one in every if not wanted or one.device == wanted)
        return render_template(
            "technician/faults.html",
            **pages.shared(FAULTS),
            devices=sorted({one.device for one in every} | ({wanted} if wanted else set())),
            wanted=wanted,
            rows=found[:SHOWN],
            more=len(found) - SHOWN,
            counts=counted(found),
            device_names=status.DEVICE_NAMES,
            by_names=BY_NAMES,
            notice=notice,
        )

    def lines() -> str:
        level = request.args.get("tingkat", "semua")
        found = services.log()
        return render_template(
            "technician/log.html",
            **pages.shared(LOG),
            levels=log.LEVELS,
            level=level,
            lines=None if found is None else log.at_level(found, level),
        )

    face.add_url_rule("/gangguan", "faults", faults)
    face.add_url_rule("/catatan", "log", lines)
