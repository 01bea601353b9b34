"""Signing many family cards with one passphrase, each with its own result."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from appliance.kiosk_ui.forms import Field, read_form
from appliance.kiosk_ui.officer.acts import OPENED_AT
from appliance.kiosk_ui.protection import see_other
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.shown import ActRefused, Mistake
from appliance.kiosk_ui.signin import at_desk

PASSPHRASE = Field("passphrase", "Frasa sandi TTE", "secret", hint="Sekali untuk semua yang dipilih. Tidak disimpan.")


def add_sign_batch(face: Blueprint, services: Services) -> None:
    """Add /petugas/tanda-tangan to the officer's face."""
    desk = services.desk.signing

    def page(
        mistakes: tuple[Mistake, ...] = (), refused: Mapping[str, str] | None = None, batch: str = ""
    ) -> Response:
        actor = at_desk()
        shown = render_template(
            "officer/sign_batch.html",
            waiting=desk.waiting(actor, refused or {}),
            signed=desk.signed(actor, batch or request.args.get("kumpulan", "")[:40]),
            passphrase=PASSPHRASE,
            mistakes=mistakes,
            actor=actor,
        )
        return make_response(shown, 422 if mistakes or refused else 200)

    def sign() -> AnyResponse:
        values, mistakes = read_form((PASSPHRASE, OPENED_AT), request.form, request.files)
        opened = values.get("opened_at")
        values["opened_at"] = int(opened) if isinstance(opened, str) and opened.isdecimal() else None
        if mistakes:
            return page(mistakes)
        try:
            batch, refused = desk.sign(at_desk(), {**values, "cases": tuple(request.form.getlist("cases"))})
        except ActRefused as error:
            return page(error.mistakes)
        return page((), refused, batch) if refused else see_other(f"/petugas/tanda-tangan?kumpulan={batch}")

    face.add_url_rule("/tanda-tangan", "sign_batch", lambda: page())
    face.add_url_rule("/tanda-tangan", "sign_batch_act", sign, methods=["POST"])
