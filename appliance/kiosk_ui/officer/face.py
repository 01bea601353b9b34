"""The officer's face: its work list and live state; each other page stands in a module beside this one."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request, session
from werkzeug.wrappers import Response as AnyResponse

from appliance.casework.clocks import STEPS
from appliance.casework.roles import NO_CASES, NOT_OFFICERS, Actor, Role
from appliance.kiosk_ui import status
from appliance.kiosk_ui.live import Streams
from appliance.kiosk_ui.officer.acting import add_acting
from appliance.kiosk_ui.officer.audit import add_audit_pages
from appliance.kiosk_ui.officer.batch import add_batch_pages, batch_version
from appliance.kiosk_ui.officer.blanks import add_blank_pages
from appliance.kiosk_ui.officer.calling import add_calling
from appliance.kiosk_ui.officer.case_pages import add_case_pages
from appliance.kiosk_ui.officer.document_check import add_document_check
from appliance.kiosk_ui.officer.kiosk_visit import add_kiosk_visits
from appliance.kiosk_ui.officer.looking import Looks
from appliance.kiosk_ui.officer.month import add_month_pages
from appliance.kiosk_ui.officer.officer_fingers import add_officer_finger_pages
from appliance.kiosk_ui.officer.officials import add_official_pages
from appliance.kiosk_ui.officer.outbox import add_outbox
from appliance.kiosk_ui.officer.paper_camera import add_paper_camera
from appliance.kiosk_ui.officer.papers import add_papers
from appliance.kiosk_ui.officer.portrait import add_portrait_pages
from appliance.kiosk_ui.officer.retention import add_retention_pages
from appliance.kiosk_ui.officer.siak import add_siak_pages
from appliance.kiosk_ui.officer.sign_batch import add_sign_batch
from appliance.kiosk_ui.officer.ten_fingers import add_ten_fingers
from appliance.kiosk_ui.officer.uncollected import add_uncollected
from appliance.kiosk_ui.protection import see_other
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.shown import ActRefused, Mistake
from appliance.kiosk_ui.signin import add_sign_in, at_desk
from appliance.kiosk_ui.visits import Visit, VisitStore
from appliance.office.day_close import SECOND_SIGNERS
from appliance.records.accounts import SLEW_MS

STEP_NAMES = {step.number: step.name for step in STEPS if step.number > 1}
"""The steps that the work list can show alone; a report is in step 2 as soon as it is made."""


def officer_face(services: Services, visits: VisitStore, streams: Streams) -> Blueprint:
    """The blueprint under /petugas."""
    face = Blueprint("officer", __name__, url_prefix="/petugas")
    desk = services.desk
    add_acting(face, services)
    add_blank_pages(face, services)
    add_official_pages(face, services)
    add_officer_finger_pages(face, services)
    add_sign_batch(face, services)
    add_month_pages(face, services)
    add_retention_pages(face, services)
    add_audit_pages(face, services)
    add_document_check(face, services)
    add_batch_pages(face, services)
    add_sign_in(face, services, visits, lambda role: role not in NOT_OFFICERS, "Petugas", "live")

    def work_list(mistakes: tuple[Mistake, ...] = (), code: int = 200) -> AnyResponse:
        if at_desk().role in NO_CASES:
            return see_other("/petugas/retensi" if at_desk().role is Role.AUDITOR else "/petugas/blanko")
        step = request.args.get("langkah", type=int)
        page = render_template(
            "officer/work.html",
            work=desk.work_list(
                at_desk(), request.args.get("halaman", 1, type=int), step if step in STEP_NAMES else None
            ),
            steps=STEP_NAMES,
            mistakes=mistakes,
            restored=desk.books.restored(),
            maintenance=services.snapshot().maintenance,
            may_confirm=at_desk().role in SECOND_SIGNERS,
            ended=desk.ended(),
            actor=at_desk(),
            offices=desk.offices_of(at_desk()),
            devices=status.device_lines(services.snapshot(), services.clock()),
            calls=services.bell.calls(),
            helped=services.handed.waiting() if at_desk().role is Role.PETUGAS else 0,
            queue=desk.tickets.queue(),
            in_hand=desk.tickets.in_hand(at_desk()),
            to_send=desk.outbox.to_send(),
            outside=desk.outbox.outside(at_desk()),
            to_remind=desk.to_remind() if at_desk().role in {Role.PETUGAS, Role.KASI} else None,
            troubles=desk.troubles(ready=ready(), signs=desk.signing.may(at_desk())),
        )
        return make_response(page, code)

    def confirm_restoration() -> AnyResponse:
        try:
            desk.books.act(reader(), "confirm_restoration")
        except ActRefused as refused:
            return work_list(refused.mistakes, 422)
        return see_other("/petugas/")

    def search() -> AnyResponse:
        """Found by POST: a NIK or a name never stands in an address."""
        reader()
        words = request.form.get("cari", "")[:60]
        rows = desk.find(words)
        if len(rows) == 1:
            return see_other(f"/petugas/kasus/{rows[0].case_id}")
        return make_response(render_template("officer/found.html", rows=rows, words=words, actor=at_desk()))

    def ready() -> frozenset[str]:
        return status.ready_lanes(services.snapshot(), services.clock())

    def reader() -> Actor:
        """The person at the desk, who must be one of those who work on cases."""
        asked = (request.view_args or {}).get("case_id") or request.args.get("kasus", "")
        return desk.reader(at_desk(), asked)

    looks = Looks(services)
    add_case_pages(face, services, reader, ready, add_ten_fingers(face, services, reader, looks))
    add_siak_pages(face, services, reader)
    add_calling(face, services, reader)
    add_kiosk_visits(face, services, reader)
    add_portrait_pages(face, services, reader, looks)
    add_paper_camera(face, services, reader, looks)
    add_papers(face, services, reader)
    add_uncollected(face, services, reader)
    add_outbox(face, services, reader)

    def answer_call() -> AnyResponse:
        services.bell.answer(request.form.get("place", ""))
        return see_other("/petugas/")

    def live() -> Response:
        case_id = request.args.get("kasus", "")
        request_names = frozenset(request.args)
        actor = reader() if case_id or request_names & {"kumpulan", "kiriman"} else at_desk()
        if "jari" in request_names:
            desk.officer_fingers.mark(actor)  # refuses before anything is sent
        visit = session._get_current_object()  # type: ignore[attr-defined]
        assert isinstance(visit, Visit)

        def version() -> str:
            if "kumpulan" in request_names:
                return batch_version(desk)
            if "jari" in request_names:
                return desk.officer_fingers.mark(actor)
            if "kiriman" in request_names:
                return desk.outbox.mark()
            return desk.case(actor, case_id).version if case_id else desk.pulse()

        def state() -> dict[str, object]:
            idle = services.clock() - visit.get("seen", 0)
            if visit.get("actor") is not actor or not -SLEW_MS <= idle <= services.lock_after * 1000:
                return {"signed_in": False}
            lines = status.device_lines(services.snapshot(), services.clock())
            return {
                "signed_in": True,
                "devices": {line.reading.name: line.level for line in lines},
                "calls": [place for place, _ in services.bell.calls()],
                "helped": services.handed.waiting(),
                "maintained": services.snapshot().maintenance is not None,
                "queue": desk.tickets.mark(),
                "version": version(),
            }

        return streams.stream(visit.key, request.args.get("tab", ""), request.args.get("mark", ""), state)

    face.add_url_rule("/", "work_list", work_list)
    face.add_url_rule("/cari", "search", search, methods=["POST"])
    face.add_url_rule("/pemulihan", "confirm_restoration", confirm_restoration, methods=["POST"])
    face.add_url_rule("/panggilan", "answer_call", answer_call, methods=["POST"])
    face.add_url_rule("/langsung", "live", live)
    return face
