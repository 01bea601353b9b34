"""The report page by page: the draft lives in the visit and nowhere else until it is sent."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request, session
from werkzeug.wrappers import Response as AnyResponse

from appliance.casework.intake import Category, Reporter
from appliance.casework.roles import KIOSK, Actor
from appliance.kiosk_ui import language, status
from appliance.kiosk_ui.protection import see_other
from appliance.kiosk_ui.resident.questions import UNKNOWN, Draft, Page, answers, pages, read_page
from appliance.kiosk_ui.resident.to_desk import to_desk
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.shown import ActRefused, Mistake, NoSuchCase


def _text(draft: Draft, key: str) -> str:
    value = draft.get(key)
    return value if isinstance(value, str) else ""


def _texts(draft: Draft, key: str) -> tuple[str, ...]:
    value = draft.get(key)
    return value if isinstance(value, tuple) else ()


PAGES = frozenset({"resident.question", "resident.answer", "resident.check", "resident.send"})


def send_report(services: Services, draft: Draft, actor: Actor = KIOSK) -> str:
    """Store the report a complete draft makes and return its code; who reports himself is his own resident.

    A receipt printer that is well puts the code on paper for him too.

    What he does not know is left out: no kelurahan, and no category of Permendagri 96/2019 until the file says one.
    """
    own = draft.get("role") == "self"
    legal, kelurahan = _text(draft, "legal"), _text(draft, "kelurahan")
    if UNKNOWN in {draft.get("district"), kelurahan}:
        kelurahan = ""
    name = _text(draft, "reporter")
    institution = "-" if own else _text(draft, "institution")
    printed = "receipt_printer" in status.devices_that_work(services.snapshot(), services.clock())
    return services.desk.report(
        Reporter(name, _text(draft, "role"), institution, _text(draft, "phone") or None),
        Category("none" if legal == UNKNOWN else legal, _texts(draft, "condition")),
        name if own else _text(draft, "resident"),
        kelurahan,
        _texts(draft, "papers"),
        actor,
        printed,
    )


def first_open(draft: Draft) -> Page | None:
    """The first page that still needs an answer, or None."""
    for page in pages(draft):
        if page.style == "consent" and not draft.get("consent"):
            return page
        for field in page.fields:
            if field.required and not draft.get(field.name):
                return page
            if field.kind == "choice" and draft.get(field.name) not in dict(field.options):
                return page
            if field.name not in draft:
                return page
    return None


def add_report(face: Blueprint, services: Services) -> None:
    """Give `face` the report: /lapor/<page>, the check and the sending."""

    def draft() -> dict[str, object]:
        found: dict[str, object] = session.setdefault("report", {})
        return found

    def place(slug: str) -> tuple[Page, str, str]:
        """The page, and the addresses before and after it."""
        order = pages(draft())
        for index, page in enumerate(order):
            if page.slug == slug:
                before = f"/lapor/{order[index - 1].slug}" if index else "/"
                after = f"/lapor/{order[index + 1].slug}" if index + 1 < len(order) else "/lapor/periksa"
                return page, before, after
        raise NoSuchCase(slug)

    def show(slug: str, mistakes: tuple[Mistake, ...] = (), code: int = 200) -> Response:
        page, before, _ = place(slug)
        order = [other.slug for other in pages(draft())]
        shown = render_template(
            "resident/question.html",
            page=page,
            pictures=dict(page.pictures),
            given=request.form if mistakes else draft(),
            mistakes=mistakes,
            before=before,
            number=order.index(slug) + 1,
            total=len(order) + 1,
        )
        return make_response(shown, code)

    def helped() -> AnyResponse | None:
        """While an officer goes on with it, the report is not this screen's, and it is sent once only."""
        if request.endpoint not in PAGES:
            return None
        handed = services.handed.of(session.get("report"))
        return see_other("/bantuan") if handed is not None and handed.officer else None

    def start() -> AnyResponse:
        services.handed.withdraw(session.pop("report", {}))
        return see_other("/lapor/setuju")

    def refuse() -> AnyResponse:
        services.handed.withdraw(session.pop("report", {}))
        return to_desk("lapor", before="/lapor/setuju")

    def question(slug: str) -> AnyResponse:
        reached = first_open(draft())
        order = [page.slug for page in pages(draft())]
        if slug not in order:
            raise NoSuchCase(slug)
        if reached is not None and order.index(slug) > order.index(reached.slug):
            return see_other(f"/lapor/{reached.slug}")
        return show(slug)

    def answer(slug: str) -> AnyResponse:
        page, _, _ = place(slug)
        values, mistakes = read_page(page, request.form)
        if mistakes:
            return show(slug, mistakes, 422)
        kept = draft()
        kept.update(values)
        if page.style == "consent":
            kept["consent"] = True
        session["report"] = kept
        _, _, after = place(slug)
        if request.form.get("back_to") == "periksa" and first_open(kept) is None:
            after = "/lapor/periksa"
        return see_other(after)

    def check_page(mistakes: tuple[Mistake, ...] = (), code: int = 200) -> AnyResponse:
        reached = first_open(draft())
        if reached is not None:
            return see_other(f"/lapor/{reached.slug}")
        shown = render_template(
            "resident/check.html",
            lines=answers(draft(), language.translate),
            typed={page.slug for page in pages(draft()) if page.style == "typing"},
            mistakes=mistakes,
            before="/lapor/surat",
        )
        return make_response(shown, code)

    def check() -> AnyResponse:
        return check_page()

    def send() -> AnyResponse:
        if first_open(draft()) is not None:
            return check_page()
        try:
            code = send_report(services, draft())
        except ActRefused as refused:
            return check_page(refused.mistakes, 422)
        services.handed.withdraw(session.pop("report"))
        session["receipt"] = code
        return see_other("/lapor/bukti")

    face.before_request(helped)
    face.add_url_rule("/lapor", "start_report", start)
    face.add_url_rule("/lapor/tidak-setuju", "refuse_report", refuse)
    face.add_url_rule("/lapor/<slug>", "question", question)
    face.add_url_rule("/lapor/<slug>", "answer", answer, methods=["POST"])
    face.add_url_rule("/lapor/periksa", "check", check)
    face.add_url_rule("/lapor/periksa", "send", send, methods=["POST"])
