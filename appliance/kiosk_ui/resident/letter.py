"""Completing a file by its case code: one letter, a question a page, stored when the last is answered."""

from __future__ import annotations

import datetime

from flask import Blueprint, Response, make_response, render_template, request, session
from werkzeug.wrappers import Response as AnyResponse

from appliance.casework.intake import Letter
from appliance.kiosk_ui.protection import see_other
from appliance.kiosk_ui.resident.questions import LETTER_PAGES, read_page
from appliance.kiosk_ui.resident.to_desk import to_desk
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.shown import ActRefused, Mistake, NoSuchCase


def add_letter(face: Blueprint, services: Services) -> None:
    """Give `face` the pages /status/surat/<page>; they need a case code that was looked up in this visit."""
    slugs = [page.slug for page in LETTER_PAGES]

    def show(slug: str, mistakes: tuple[Mistake, ...] = (), code: int = 200) -> Response:
        index = slugs.index(slug)
        page = LETTER_PAGES[index]
        shown = render_template(
            "resident/question.html",
            page=page,
            pictures=dict(page.pictures),
            given=request.form if mistakes else session.get("letter", {}),
            mistakes=mistakes,
            before=f"/status/surat/{slugs[index - 1]}" if index else "/status/berkas",
            number=index + 1,
            total=len(slugs),
        )
        return make_response(shown, code)

    def letter(slug: str) -> AnyResponse:
        if slug not in slugs:
            raise NoSuchCase(slug)
        if "code" not in session:
            return see_other("/status")
        needed = [field.name for page in LETTER_PAGES[: slugs.index(slug)] for field in page.fields]
        if any(name not in session.get("letter", {}) for name in needed):
            return see_other(f"/status/surat/{slugs[0]}")
        return show(slug)

    def answer(slug: str) -> AnyResponse:
        if slug not in slugs:
            raise NoSuchCase(slug)
        if "code" not in session:
            return see_other("/status")
        index = slugs.index(slug)
        values, mistakes = read_page(LETTER_PAGES[index], request.form)
        if mistakes:
            return show(slug, mistakes, 422)
        kept = {**session.get("letter", {}), **values}
        session["letter"] = kept
        if index + 1 < len(slugs):
            return see_other(f"/status/surat/{slugs[index + 1]}")
        day = kept.get("date")
        if not isinstance(day, datetime.date):
            return see_other(f"/status/surat/{slugs[0]}")
        paper = Letter(str(kept["kind"]), str(kept["number"]), day, str(kept["issuer"]), str(kept["signer"]))
        try:
            services.desk.add_letter(str(session["code"]), paper)
        except ActRefused as refused:
            return show(slug, refused.mistakes, 422)
        session.pop("letter", None)
        session["stored"] = session["code"]
        return see_other("/status/berkas")

    face.add_url_rule("/status/surat/meja", "letter_to_desk", lambda: to_desk("surat", before="/status/berkas"))
    face.add_url_rule("/status/surat/<slug>", "letter", letter)
    face.add_url_rule("/status/surat/<slug>", "letter_answer", answer, methods=["POST"])
