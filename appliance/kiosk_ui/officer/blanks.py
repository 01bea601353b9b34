"""The ledger's pages in the officer's face: stock, one form an act, one blank's story, a month, minutes."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from appliance.kiosk_ui.blank_shown import LedgerView
from appliance.kiosk_ui.forms import read_form
from appliance.kiosk_ui.officer.blank_acts import BLANK_ACTS, PAGES, BlankAct, fields_of
from appliance.kiosk_ui.protection import DOCUMENT_POLICY, see_other
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.shown import ActForbidden, ActRefused, Mistake, NoSuchCase
from appliance.kiosk_ui.signin import at_desk

HOME = "/petugas/blanko"
UNKNOWN = "Nomor ini tidak ada di buku blanko."


def add_blank_pages(face: Blueprint, services: Services) -> None:
    """Add /petugas/blanko and what is below it to the officer's face."""
    desk = services.desk

    def stock(mistakes: tuple[Mistake, ...] = (), code: int = 200, view: LedgerView | None = None) -> Response:
        actor = at_desk()
        page = render_template(
            "officer/blanks.html",
            view=view or desk.stock.ledger(),
            restored=desk.books.restored(),
            actor=actor,
            acts={slug: one for slug, one in BLANK_ACTS.items() if actor.role in one.roles},
            pages=PAGES,
            done=BLANK_ACTS.get(request.args.get("selesai", "")),
            mistakes=mistakes,
            sent=request.form,
        )
        return make_response(page, code)

    def form(one: BlankAct, view: LedgerView, mistakes: tuple[Mistake, ...] = (), code: int = 200) -> Response:
        if one.slug not in PAGES:
            return stock(mistakes, code, view)
        fields = fields_of(one, view)
        page = render_template(
            "officer/blank_form.html",
            one=one,
            fields=fields,
            view=view,
            actor=at_desk(),
            mistakes=mistakes,
            sent=request.form,
        )
        return make_response(page, code)

    def act(slug: str) -> AnyResponse:
        one = BLANK_ACTS.get(slug)
        if one is None:
            raise NoSuchCase(slug)
        if at_desk().role not in one.roles:
            raise ActForbidden
        view = desk.stock.ledger()
        if request.method == "GET":
            return form(one, view)
        values, mistakes = read_form(fields_of(one, view), request.form, request.files)
        try:
            # The office looks at what can be read beside what cannot, so that every mistake is told at once.
            desk.stock.act(at_desk(), one.act.name, {"unread": tuple(m.field for m in mistakes), **values})
        except ActRefused as refused:
            told = {mistake.field for mistake in mistakes} - {""}
            mistakes += tuple(mistake for mistake in refused.mistakes if mistake.field not in told)
        if mistakes:
            return form(one, desk.stock.ledger(), mistakes, 422)
        return see_other(f"{HOME}?selesai={slug}")

    def blank() -> Response:
        key = " ".join(request.args.get("nomor", "").split())[:60]
        view = desk.stock.blank(at_desk(), key)
        if view is None:
            return stock((Mistake("nomor", UNKNOWN),), 404)
        return make_response(render_template("officer/blank.html", blank=view, actor=at_desk()))

    def month() -> Response:
        report = desk.stock.month(request.args.get("bulan", ""))
        return make_response(render_template("officer/blank_month.html", report=report, actor=at_desk()))

    def minutes() -> Response:
        at_desk()
        content = desk.stock.minutes(request.args.get("nomor", ""))
        answer = make_response(content.data)
        answer.mimetype = content.media_type
        answer.headers["Content-Security-Policy"] = DOCUMENT_POLICY
        answer.headers["Content-Disposition"] = f'inline; filename="{content.name}"'
        return answer

    face.add_url_rule("/blanko", "blanks", stock)
    face.add_url_rule("/blanko/nomor", "blank", blank)
    face.add_url_rule("/blanko/laporan", "blank_month", month)
    face.add_url_rule("/blanko/berita-acara", "minutes", minutes)
    face.add_url_rule("/blanko/<slug>", "blank_act", act, methods=["GET", "POST"])
