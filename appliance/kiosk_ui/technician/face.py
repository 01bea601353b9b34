"""The technician's pages: one verdict, every device with its last answer, and the faults; nothing about people."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, make_response, render_template, request, session
from werkzeug.wrappers import Response as AnyResponse

from appliance.casework.roles import Role
from appliance.faults import FaultCode
from appliance.kiosk_ui import status
from appliance.kiosk_ui.live import Streams
from appliance.kiosk_ui.notices import notice
from appliance.kiosk_ui.officer.papers import paper
from appliance.kiosk_ui.officer.reading import trouble_json
from appliance.kiosk_ui.protection import see_other
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.shown import ActRefused, Mistake
from appliance.kiosk_ui.signin import add_sign_in, at_desk
from appliance.kiosk_ui.technician import checklist, pages
from appliance.kiosk_ui.technician.checklist import HOW
from appliance.kiosk_ui.technician.devices import add_devices
from appliance.kiosk_ui.technician.maintenance import add_maintenance
from appliance.kiosk_ui.technician.panel import add_panel
from appliance.kiosk_ui.technician.readiness import MARKS, readiness
from appliance.kiosk_ui.technician.records import add_records
from appliance.kiosk_ui.technician.trials import add_trials
from appliance.kiosk_ui.technician.updates import add_updates
from appliance.kiosk_ui.trouble_page import mark
from appliance.kiosk_ui.visits import Visit, VisitStore

CLOCK_CODES = frozenset({FaultCode.CLOCK_BEHIND, FaultCode.CLOCK_JUMPED})


def technician_face(services: Services, visits: VisitStore, streams: Streams) -> Blueprint:
    """The blueprint under /teknisi."""
    face = Blueprint("technician", __name__, url_prefix="/teknisi")
    add_sign_in(face, services, visits, lambda role: role is Role.TEKNISI, "Teknisi", "live")

    def first_page(mistakes: tuple[Mistake, ...] = ()) -> str:
        snapshot, now = services.snapshot(), services.clock()
        lines = status.device_lines(snapshot, now)
        return render_template(
            "technician/readiness.html",
            **pages.shared("/teknisi/"),
            lines=lines,
            told=readiness(lines),
            marks=MARKS,
            notice=notice,
            device_names=status.DEVICE_NAMES,
            restored=snapshot.restored,
            clock_codes=CLOCK_CODES,
            troubles=services.desk.troubles(technician=True),
            mistakes=mistakes,
        )

    def confirm_clock() -> AnyResponse:
        services.desk.books.act(at_desk(), "confirm_clock")
        return see_other("/teknisi/")

    def repair() -> AnyResponse:
        """Set stopped work going again, after what stopped it was put right."""
        try:
            services.desk.repair(at_desk(), request.form.get("job", ""))
        except ActRefused as refused:
            return make_response(first_page(refused.mistakes), 422)
        return see_other("/teknisi/")

    def resume_queue(name: str) -> AnyResponse:
        """Open a printer's stopped queue again."""
        try:
            services.desk.resume_queue(at_desk(), name)
        except ActRefused as refused:
            return make_response(first_page(refused.mistakes), 422)
        return see_other(f"/teknisi/alat/{name}")

    def bundle() -> AnyResponse:
        answer = make_response(services.bundle())
        answer.mimetype = "application/zip"
        answer.headers["Content-Disposition"] = 'attachment; filename="siaga-bantuan.zip"'
        return answer

    def report() -> Response:
        lines = status.device_lines(services.snapshot(), services.clock())
        return paper(lambda: services.desk.papers.readiness(lines, readiness(lines)))

    def data() -> Response:
        snapshot, now = services.snapshot(), services.clock()
        return jsonify(
            verdict=status.verdict(snapshot, now),
            devices=[
                {"name": line.reading.name, "level": line.level, "reasons": [*line.reading.reasons]}
                for line in status.device_lines(snapshot, now)
            ],
            stopped=[trouble_json(line) for line in services.desk.troubles(technician=True)],
        )

    def live() -> Response:
        visit = session._get_current_object()  # type: ignore[attr-defined]
        assert isinstance(visit, Visit)
        tried = request.args.get("coba", "")

        def state() -> dict[str, object]:
            lines = status.device_lines(services.snapshot(), services.clock())
            reasons = [[*line.reading.reasons] for line in lines]
            return {
                "signed_in": "actor" in visit,
                "devices": {line.reading.name: line.level for line in lines},
                "version": repr(reasons),
                "maintained": services.snapshot().maintenance is not None,
                "stopped": mark(services.desk.troubles(technician=True)),
                "measuring": services.measuring.turns,
                "trial": services.desk.bench.trial_mark(tried) if tried else "",
            }

        return streams.stream(visit.key, request.args.get("tab", ""), request.args.get("mark", ""), state)

    add_devices(face, services)
    add_trials(face, services)
    add_records(face, services)
    add_panel(face, services)
    add_updates(face, services)
    add_maintenance(face, services)

    def commissioning() -> str:
        here = "/teknisi/daftar-periksa"
        return render_template("technician/checklist.html", **pages.shared(here), groups=checklist.load(), how=HOW)

    face.add_url_rule("/daftar-periksa", "commissioning", commissioning)
    face.add_url_rule("/", "readiness", first_page)
    face.add_url_rule("/jam", "confirm_clock", confirm_clock, methods=["POST"])
    face.add_url_rule("/paket-bantuan", "bundle", bundle, methods=["POST"])
    face.add_url_rule("/keadaan.json", "data", data)
    face.add_url_rule("/kesiapan.pdf", "readiness_paper", report)
    face.add_url_rule("/pekerjaan", "repair", repair, methods=["POST"])
    face.add_url_rule("/alat/<name>/antrean", "resume_queue", resume_queue, methods=["POST"])
    face.add_url_rule("/langsung", "live", live)
    return face
