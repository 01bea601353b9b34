"""Printing cards in a batch: choose the residents, then one page that leads card by card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, jsonify, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from appliance.casework.codes import SPOIL_CAUSES
from appliance.casework.roles import Role
from appliance.kiosk_ui import status
from appliance.kiosk_ui.batch_page import batch_json
from appliance.kiosk_ui.desk import Desk
from appliance.kiosk_ui.forms import Field, read_form
from appliance.kiosk_ui.notices import notice
from appliance.kiosk_ui.officer.acts import OPENED_AT
from appliance.kiosk_ui.protection import see_other
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.shown import ActForbidden, ActRefused, Mistake, NoSuchCase
from appliance.kiosk_ui.signin import at_desk

HOME = "/petugas/kumpulan"
ROLES = frozenset({Role.OPERATOR})

_NUMBER = Field("number", "Kartu", "number")
_CAUSES = tuple(SPOIL_CAUSES.items())
CAUSE = Field("cause", "Sebab rusak", "choice", _CAUSES)
SERIAL = Field("blank_serial", "Nomor blanko", longest=40, hint="Tertera di belakang blanko; ketik atau pindai.")


@dataclass(frozen=True, slots=True)
class BatchForm:
    """A form of the batch's page: its act in the office, its fields."""

    act: str
    fields: tuple[Field, ...] = ()


FORMS: Mapping[str, BatchForm] = {
    "jeda": BatchForm("pause_batch"),
    "lanjut": BatchForm("resume_batch"),
    "akhiri": BatchForm("end_batch"),
    "lewati": BatchForm("leave_out", (_NUMBER,)),
    "letakkan": BatchForm("lay_card", (_NUMBER, SERIAL, OPENED_AT)),
    "ke-printer": BatchForm("move_card", (_NUMBER, OPENED_AT)),
    "periksa": BatchForm(
        "look_batch_card",
        (
            _NUMBER,
            Field("result", "Keadaan kartu", "choice", (("ok", "Baik"), ("spoiled", "Rusak"))),
            Field("cause", "Sebab rusak", "choice", _CAUSES, required=False),
            OPENED_AT,
        ),
    ),
    "rusak": BatchForm("spoil_batch_card", (_NUMBER, CAUSE)),
    "jawab": BatchForm(
        "answer_question", (_NUMBER, Field("question", "Pertanyaan", "hidden"), Field("answer", "Jawaban"))
    ),
    "ulangi": BatchForm("retry_job", (_NUMBER, Field("job", "Pekerjaan", "hidden"))),
}
"""By the last part of the address; `mulai`, whose options are the residents, stands beside them."""


def batch_version(desk: Desk) -> str:
    """Changes whenever something on the page of the batch does."""
    view = desk.batches.newest()
    if view is None or view.ended:
        return " ".join(row.key for row in desk.batches.choice())
    return view.version


def add_batch_pages(face: Blueprint, services: Services) -> None:
    """Add /petugas/kumpulan and what is below it to the officer's face."""
    desk = services.desk

    def operator_only() -> None:
        if at_desk().role not in ROLES:
            raise ActForbidden

    def page(mistakes: tuple[Mistake, ...] = (), code: int = 200, failed: tuple[str, str] = ("", "")) -> Response:
        view = desk.batches.newest()
        told = {
            "actor": at_desk(),
            "view": view,
            "mistakes": mistakes,
            "sent": request.form,
            "failed": failed,
            "devices": status.device_lines(services.snapshot(), services.clock()),
        }
        if view is None or view.ended:
            return make_response(
                render_template("officer/batch_choice.html", rows=desk.batches.choice(), **told), code
            )
        return make_response(
            render_template("officer/batch.html", notice=notice, serial=SERIAL, cause=CAUSE, **told), code
        )

    def batch() -> Response:
        operator_only()
        return page()

    def batch_data() -> Response:
        operator_only()
        view = desk.batches.newest()
        return jsonify({"state": "none", "cards": []} if view is None else batch_json(view))

    def begin() -> AnyResponse:
        rows = desk.batches.choice()
        field = Field(
            "residents",
            "Penduduk",
            "choices",
            tuple((row.key, row.name) for row in rows),
            required="all" not in request.form,
            fix="Pilih sedikitnya satu penduduk.",
        )
        values, mistakes = read_form((field, Field("all", "Semua", "yes")), request.form, request.files)
        return act("start_batch", values, mistakes, "mulai")

    def act(name: str, values: dict[str, object], mistakes: tuple[Mistake, ...], slug: str) -> AnyResponse:
        if not mistakes:
            try:
                desk.batches.act(at_desk(), name, values)
            except ActRefused as refused:
                mistakes = refused.mistakes
        if mistakes:
            return page(mistakes, 422, (slug, request.form.get("number", "")))
        return see_other(HOME)

    def batch_act(slug: str) -> AnyResponse:
        operator_only()
        if slug == "mulai":
            return begin()
        form = FORMS.get(slug)
        if form is None:
            raise NoSuchCase(slug)
        values, mistakes = read_form(form.fields, request.form, request.files)
        opened = values.get("opened_at")
        values["opened_at"] = int(opened) if isinstance(opened, str) and opened.isdecimal() else None
        return act(form.act, values, mistakes, slug)

    face.add_url_rule("/kumpulan", "batch", batch)
    face.add_url_rule("/kumpulan.json", "batch_data", batch_data)
    face.add_url_rule("/kumpulan/<slug>", "batch_act", batch_act, methods=["POST"])
