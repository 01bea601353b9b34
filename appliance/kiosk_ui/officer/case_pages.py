"""One case: its page, its data, its documents, signing on the screen; each act is one POST, then a redirect."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, jsonify, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from appliance.casework.roles import Actor
from appliance.kiosk_ui.forms import read_form
from appliance.kiosk_ui.notices import notice
from appliance.kiosk_ui.officer.acts import ABOUT_WORK, ACTS, fields_of, may_ever
from appliance.kiosk_ui.officer.both_versions import BothVersions, both_versions
from appliance.kiosk_ui.officer.reading import case_json
from appliance.kiosk_ui.protection import DOCUMENT_POLICY, see_other
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.shown import ActRefused, CaseView, Mistake, NoSuchCase
from appliance.kiosk_ui.signin import at_desk

SIGNING = "draw_signature"


TEN_FINGERS = "jari"
"""What a form says, as `back`, that came from the page of the ten fingers."""
Again = Callable[[CaseView, int | None, tuple[Mistake, ...]], Response | None]


def add_case_pages(
    face: Blueprint,
    services: Services,
    reader: Callable[[], Actor],
    ready: Callable[[], frozenset[str]],
    ten_fingers: Again,
) -> None:
    """Add /petugas/kasus/…; `reader` gives the person at the desk, who may see cases, `ready` the lanes that work.

    `ten_fingers` shows that page again with what was wrong, if it still is one.
    """
    desk = services.desk

    def show_case(
        view: CaseView,
        mistakes: tuple[Mistake, ...] = (),
        act: str = "",
        resident: int | None = None,
        code: int = 200,
        both: BothVersions | None = None,
    ) -> Response:
        page = render_template(
            "officer/case.html",
            both=both,
            why_take_over=ABOUT_WORK["take_over"][0],
            case=view,
            forms=desk.papers.offered(view.case_id),
            actor=at_desk(),
            acts=ACTS,
            mistakes=mistakes,
            failed=(act, resident),
            sent=request.form,
            notice=notice,
        )
        return make_response(page, code)

    def show_signing(
        view: CaseView, index: int | None, mistakes: tuple[Mistake, ...] = (), code: int = 200
    ) -> Response:
        """The page to sign on, only where the screen is the pad and this resident is being recorded."""
        person = next((one for one in view.residents if one.index == index and SIGNING in one.acts), None)
        if person is None:
            raise NoSuchCase(view.case_id)
        act = ACTS[SIGNING]
        page = render_template(
            "officer/signing.html", case=view, person=person, act=act, actor=at_desk(), mistakes=mistakes
        )
        return make_response(page, code)

    def signing(case_id: str, resident: int) -> Response:
        desk.doer(reader(), case_id, SIGNING, may_ever(at_desk().role, SIGNING))
        return show_signing(desk.case(at_desk(), case_id), resident)

    def case(case_id: str) -> Response:
        return show_case(desk.case(reader(), case_id, ready()))

    def case_data(case_id: str) -> Response:
        return jsonify(case_json(desk.case(reader(), case_id, ready())))

    def document(case_id: str, document_id: str) -> Response:
        content = desk.document(reader(), case_id, document_id)
        answer = make_response(content.data)
        answer.mimetype = content.media_type
        answer.headers["Content-Security-Policy"] = DOCUMENT_POLICY
        answer.headers["Content-Disposition"] = f'inline; filename="{content.name}"'
        return answer

    def act(case_id: str, act_name: str) -> AnyResponse:
        fields = fields_of(act_name)
        if fields is None:
            raise NoSuchCase(act_name)
        desk.doer(reader(), case_id, act_name, may_ever(at_desk().role, act_name))
        values, mistakes = read_form(fields, request.form, request.files)
        opened = values.get("opened_at")
        shown = int(opened) if isinstance(opened, str) and opened.isdecimal() else None
        values["opened_at"] = shown
        resident = values.get("resident")
        who = resident if isinstance(resident, int) else None
        both = None
        from_fingers = request.form.get("back") == TEN_FINGERS
        if not mistakes:
            try:
                desk.act(at_desk(), case_id, act_name, values)
            except ActRefused as refused:
                mistakes = refused.mistakes
                others = desk.meanwhile(at_desk(), case_id, shown)
                both = both_versions(act_name, request.form, others)
        if mistakes:
            view = desk.case(at_desk(), case_id, ready())
            if act_name == SIGNING and any(one.index == who and SIGNING in one.acts for one in view.residents):
                return show_signing(view, who, mistakes, 422)
            if from_fingers and both is None and (page := ten_fingers(view, who, mistakes)) is not None:
                return page
            return show_case(view, mistakes, act_name, who, 422, both)
        return see_other(f"/petugas/kasus/{case_id}" + (f"/{TEN_FINGERS}/{who}" if from_fingers else ""))

    face.add_url_rule("/kasus/<case_id>", "case", case)
    face.add_url_rule("/kasus/<case_id>.json", "case_data", case_data)
    face.add_url_rule("/kasus/<case_id>/dokumen/<document_id>", "document", document)
    face.add_url_rule("/kasus/<case_id>/tanda-tangan/<int:resident>", "signing", signing)
    face.add_url_rule("/kasus/<case_id>/<act_name>", "act", act, methods=["POST"])
