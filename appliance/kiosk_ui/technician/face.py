"""The technician's pages: one verdict, every device with its last answer, and the faults; nothing about people."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, render_template, request, session
from werkzeug.wrappers import Response as AnyResponse

from appliance.casework.roles import Role
from appliance.faults import FaultCode
from appliance.kiosk_ui import status
from appliance.kiosk_ui.live import Streams
from appliance.kiosk_ui.notices import notice
from appliance.kiosk_ui.protection import see_other
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.signin import add_sign_in, at_desk
from appliance.kiosk_ui.visits import Visit, VisitStore

CLOCK_CODES = frozenset({FaultCode.CLOCK_BEHIND, FaultCode.CLOCK_JUMPED})


def technician_face(services: Services, visits: VisitStore, streams: Streams) -> Blueprint:
    """The blueprint under /teknisi."""
    face = Blueprint("technician", __name__, url_prefix="/teknisi")
    add_sign_in(face, services, visits, lambda role: role is Role.TEKNISI, "Teknisi", "live")

    def readiness() -> str:
        snapshot, now = services.snapshot(), services.clock()
        return render_template(
            "technician/readiness.html",
            lines=status.device_lines(snapshot, now),
            verdict=status.verdict(snapshot, now),
            level_names=status.LEVEL_NAMES,
            faults=snapshot.faults,
            actor=at_desk(),
            notice=notice,
            device_names=status.DEVICE_NAMES,
            started=services.started,
            restored=snapshot.restored,
            clock_codes=CLOCK_CODES,
        )

    def confirm_clock() -> AnyResponse:
        services.desk.machine_act(at_desk(), "confirm_clock")
        return see_other("/teknisi/")

    def data() -> Response:
        snapshot, now = services.snapshot(), services.clock()
        return jsonify(
            verdict=status.verdict(snapshot, now),
            devices=[
                {"name": line.reading.name, "level": line.level, "reasons": [*line.reading.reasons]}
                for line in status.device_lines(snapshot, now)
            ],
        )

    def live() -> Response:
        visit = session._get_current_object()  # type: ignore[attr-defined]
        assert isinstance(visit, Visit)

        def state() -> dict[str, object]:
            lines = status.device_lines(services.snapshot(), services.clock())
            reasons = [[*line.reading.reasons] for line in lines]
            return {
                "signed_in": "actor" in visit,
                "devices": {line.reading.name: line.level for line in lines},
                "version": repr(reasons),
            }

        return streams.stream(visit.key, request.args.get("tab", ""), state)

    face.add_url_rule("/", "readiness", readiness)
    face.add_url_rule("/jam", "confirm_clock", confirm_clock, methods=["POST"])
    face.add_url_rule("/keadaan.json", "data", data)
    face.add_url_rule("/langsung", "live", live)
    return face
