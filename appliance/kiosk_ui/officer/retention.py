"""What is kept how long, on a page: due when, wiped when, held why; a hold is set and lifted here with a reason."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, request

from appliance.casework.retention import BLOCKS, HOLD_REASONS, LABELS, LIFT_REASONS, Keep
from appliance.casework.roles import Actor
from appliance.kiosk_ui.forms import Field
from appliance.kiosk_ui.officer.acts_page import ActsPage
from appliance.kiosk_ui.services import Services

HOLD = (
    Field("code", "Kode berkas", longest=20, hint="Seperti SG-7K2M-QX."),
    Field("reason", "Alasan menahan", "choice", tuple(HOLD_REASONS.items())),
    Field(
        "note", "Nomor surat", required=False, longest=80, hint="Surat yang memintanya, bila ada. Tanpa nama orang."
    ),
)
LIFT = (
    Field("code", "Kode berkas", "hidden"),
    Field("reason", "Alasan melepas", "choice", tuple(LIFT_REASONS.items())),
)
HOME = "/petugas/retensi"


def add_retention_pages(face: Blueprint, services: Services) -> None:
    """Add /petugas/retensi to the officer's face."""
    desk = services.desk.retention

    def values(actor: Actor) -> Mapping[str, object]:
        return {
            "report": desk.report(actor),
            "keeps": tuple(Keep),
            "labels": LABELS,
            "blocks": BLOCKS,
            "reasons": HOLD_REASONS,
            "hold": HOLD if desk.may(actor, "hold_case") else (),
            "lift": LIFT[1] if desk.may(actor, "lift_hold") else None,
        }

    page = ActsPage(HOME, "officer/retention.html", desk.act, values)
    face.add_url_rule("/retensi", "retention", page.show)
    face.add_url_rule("/retensi", "hold_case", lambda: page.do("hold_case", HOLD, "hold_case"), methods=["POST"])
    face.add_url_rule(
        "/retensi/lepas",
        "lift_hold",
        lambda: page.do("lift_hold", LIFT, request.form.get("code", "")),
        methods=["POST"],
    )
