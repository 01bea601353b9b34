"""A report begun at the kiosk goes on at the desk, by the number that the resident tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from flask import Blueprint, Response, make_response, render_template, request, session
from werkzeug.wrappers import Response as AnyResponse

from appliance.casework.regions import SUBDISTRICTS
from appliance.casework.roles import Actor, Role
from appliance.kiosk_ui.forms import Field, read_form
from appliance.kiosk_ui.protection import see_other
from appliance.kiosk_ui.resident.questions import UNKNOWN, pages
from appliance.kiosk_ui.resident.report import send_report
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.shown import ActForbidden, ActRefused, Mistake

TAKEN = "kiosk_visit"
FOR_ANOTHER = ("institution", "resident")
"""Asked of who reports somebody else."""
NO_SUCH_NUMBER = "Nomor ini tidak ada. Isian kios disimpan 10 menit; minta penduduk menekan Panggil petugas lagi."
GONE = "Isian ini sudah dikembalikan atau dihapus. Minta penduduk menekan Panggil petugas lagi."


def _fields() -> tuple[Field, ...]:
    """The kiosk's questions on one page: the kelurahan says its kecamatan by itself."""
    kelurahan = ((one.code, one.name.title()) for one in SUBDISTRICTS.values())
    asked = {field.name: field for page in pages({}) for field in page.fields if field.name != "district"}
    asked["kelurahan"] = replace(asked["kelurahan"], options=(*kelurahan, (UNKNOWN, "Tidak tahu")))
    asked["phone"] = replace(asked["phone"], label="Nomor telepon")
    for name in FOR_ANOTHER:
        asked[name] = replace(asked[name], required=False, hint="Kosong hanya bila pelapor melaporkan diri sendiri.")
    return tuple(replace(field, fix="") for field in asked.values())


FIELDS = _fields()


def add_kiosk_visits(face: Blueprint, services: Services, reader: Callable[[], Actor]) -> None:
    """Add /petugas/kunjungan to the officer's face; `reader` is who works on cases, or raises `ActForbidden`."""
    handed = services.handed

    def petugas() -> Actor:
        actor = reader()
        if actor.role is not Role.PETUGAS:
            raise ActForbidden
        return actor

    def page(mistakes: tuple[Mistake, ...] = (), code: int = 200) -> AnyResponse:
        actor = petugas()
        taken = handed.taken(session.get(TAKEN, ""), actor.id)
        shown = render_template(
            "officer/kiosk_visit.html",
            taken=taken,
            given={} if taken is None else taken.answers,
            fields=FIELDS,
            mistakes=mistakes,
            sent=request.form,
            actor=actor,
        )
        return make_response(shown, code)

    def take() -> AnyResponse:
        actor = petugas()
        number = "".join(request.form.get("number", "").split())
        if not handed.take(number, actor.id):
            session.pop(TAKEN, None)
            return page((Mistake("number", NO_SUCH_NUMBER),), 422)
        session[TAKEN] = number
        return see_other("/petugas/kunjungan")

    def give_back() -> Response:
        handed.give_back(session.pop(TAKEN, ""), petugas().id)
        services.pulse.beat()
        return see_other("/petugas/")

    def send() -> AnyResponse:
        actor = petugas()
        number = session.get(TAKEN, "")
        if handed.taken(number, actor.id) is None:
            return page((Mistake("", GONE),), 422)
        values, mistakes = read_form(FIELDS, request.form, {})
        if values.get("role") != "self":
            mistakes += tuple(
                field.missing() for field in FIELDS if field.name in FOR_ANOTHER and not values.get(field.name)
            )
        if mistakes:
            return page(mistakes, 422)
        try:
            code = send_report(services, values, actor)
        except ActRefused as refused:
            return page(refused.mistakes, 422)
        handed.sent(number, actor.id, code)
        session.pop(TAKEN)
        services.pulse.beat()
        return see_other(f"/petugas/kasus/{services.desk.case_id(code)}")

    face.add_url_rule("/kunjungan", "kiosk_visit", lambda: page())
    face.add_url_rule("/kunjungan", "take_kiosk_visit", take, methods=["POST"])
    face.add_url_rule("/kunjungan/kembalikan", "give_back_kiosk_visit", give_back, methods=["POST"])
    face.add_url_rule("/kunjungan/kirim", "send_kiosk_visit", send, methods=["POST"])
