"""What is kept how long, on a page: due when, wiped when, held why; a hold is set and lifted here with a reason."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from appliance.casework.retention import BLOCKS, HOLD_REASONS, LABELS, LIFT_REASONS, Keep
from appliance.kiosk_ui.forms import Field
from appliance.kiosk_ui.officer.tried import tried
from appliance.kiosk_ui.protection import see_other
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.shown import Mistake
from appliance.kiosk_ui.signin import at_desk

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

    def page(mistakes: tuple[Mistake, ...] = (), failed: str = "", code: int = 200) -> Response:
        actor = at_desk()
        shown = render_template(
            "officer/retention.html",
            report=desk.report(actor),
            keeps=tuple(Keep),
            labels=LABELS,
            blocks=BLOCKS,
            reasons=HOLD_REASONS,
            hold=HOLD if desk.may(actor, "hold_case") else (),
            lift=LIFT[1] if desk.may(actor, "lift_hold") else None,
            mistakes=mistakes,
            failed=failed,
            sent=request.form,
            actor=actor,
        )
        return make_response(shown, code)

    def act(name: str, asked: tuple[Field, ...], failed: str) -> AnyResponse:
        mistakes = tried(desk.act, name, asked)
        return page(mistakes, failed, 422) if mistakes else see_other(HOME)

    face.add_url_rule("/retensi", "retention", lambda: page())
    face.add_url_rule("/retensi", "hold_case", lambda: act("hold_case", HOLD, "hold_case"), methods=["POST"])
    face.add_url_rule(
        "/retensi/lepas", "lift_hold", lambda: act("lift_hold", LIFT, request.form.get("code", "")), methods=["POST"]
    )
