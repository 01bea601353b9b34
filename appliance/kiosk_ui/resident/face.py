"""The resident's pages; every visit can be ended from every page and leaves nothing behind."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request, session
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from appliance.casework.clocks import STEPS
from appliance.documents.qr import qr_svg
from appliance.kiosk_ui import language, status
from appliance.kiosk_ui.live import Streams
from appliance.kiosk_ui.machine_shown import Levels
from appliance.kiosk_ui.protection import see_other, within
from appliance.kiosk_ui.resident.comfort import add_comfort
from appliance.kiosk_ui.resident.document import add_document
from appliance.kiosk_ui.resident.letter import add_letter
from appliance.kiosk_ui.resident.listening import add_listening
from appliance.kiosk_ui.resident.measure import MEASURED, add_measure
from appliance.kiosk_ui.resident.measure import PAGES as MEASURING
from appliance.kiosk_ui.resident.next_step import next_step
from appliance.kiosk_ui.resident.queue import add_queue
from appliance.kiosk_ui.resident.report import add_report
from appliance.kiosk_ui.resident.slip import add_slip
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.visits import Visit, VisitStore

FRAME = frozenset({"csrf_token", "csrf_field"})
"""What every visit holds from its first page on."""


BEGUN = frozenset({"report", "receipt", "code", "slip", "look", "letter", "ticket"})
"""What a visit holds that has got somewhere: it may go on to its end when the kiosk goes out of service."""
CLOSED = "/tutup"
HELP = "/bantuan"
OPEN_WHILE_CLOSED = frozenset(
    {"closed", "choose_language", "choose_comfort", "call_help", "helped", "finish", "live"}
    | {"say", "say_still_here", "ask_word", "say_word", "sample"}
)


def untouched() -> bool:
    """Whether nothing was chosen or answered in this visit, so that nothing of it need be wiped."""
    return not session.keys() - FRAME


def resident_face(services: Services, visits: VisitStore, streams: Streams) -> Blueprint:
    """The blueprint at /."""
    face = Blueprint("resident", __name__)
    desk = services.desk
    add_report(face, services)
    add_slip(face, services)
    add_document(face, services)
    add_queue(face, services)
    add_letter(face, services)
    add_comfort(face)
    add_listening(face, services.voice)
    add_measure(face, services)

    def known() -> Levels:
        return status.levels(services.snapshot(), services.clock())

    def first(page: str) -> str:
        chosen, now = language.current(), known()
        found, unstored = status.service_lines(now, chosen), status.nothing_stored(now, chosen)
        by_level = {line.level: line for line in reversed(found)}
        return render_template(
            page,
            services=found,
            closed=by_level.get("down"),
            unsure="unknown" in by_level,
            unstored=unstored,
            queue=desk.tickets.queue(),
        )

    def home() -> str:
        return first("resident/home.html")

    def attract() -> str:
        return first("resident/attract.html")

    def closed() -> AnyResponse:
        where, maintenance = shut(), services.snapshot().maintenance
        if where != CLOSED or maintenance is None:
            return see_other(where or "/")
        return make_response(render_template("resident/closed.html", since=maintenance.since))

    def shut() -> str:
        """Where the kiosk's screen is while a technician has it; empty while it is the residents'."""
        if services.measuring.technician() is not None:
            return MEASURED
        return "" if services.snapshot().maintenance is None else CLOSED

    def out_of_service() -> AnyResponse | None:
        """Nobody begins anything at a kiosk that a technician has taken; who has begun may end it."""
        name = (request.endpoint or "").removeprefix("resident.")
        if request.blueprint != face.name or name in OPEN_WHILE_CLOSED | MEASURING or not (where := shut()):
            return None
        started = BEGUN & session.keys() and name not in {"home", "attract"}
        return None if started else see_other(where)

    def receipt() -> AnyResponse:
        code = session.get("receipt")
        if not code:
            return see_other("/")
        picture = Markup(qr_svg(code, 40, "code"))
        paper = desk.paper_of(code)
        return make_response(render_template("resident/receipt.html", code=code, picture=picture, paper=paper))

    def show_status() -> AnyResponse:
        found = desk.status(session.get("code", ""))
        if found is None:
            return see_other("/status")
        shown = render_template(
            "resident/status.html",
            found=found,
            steps=STEPS,
            next_step=next_step(found),
            stored=session.get("stored") == found.code,
            before="/status",
            queue=desk.tickets.queue(),
        )
        return make_response(shown)

    def call_help() -> AnyResponse:
        session["helped"] = services.bell.ring("kios", services.clock())
        left = within(request.form.get("back", "/"))
        if left != HELP:
            session["left"] = left
        if session.get("report", {}).keys() - {"consent"}:
            services.handed.offer(session["report"])
            services.pulse.beat()
        return see_other(HELP)

    def helped() -> AnyResponse:
        handed = services.handed.of(session.get("report"))
        if handed is not None and handed.code:
            session.pop("report")
            session["receipt"] = handed.code
            return see_other("/lapor/bukti")
        left = session.get("left", "/")
        onward = "/lapor/periksa" if handed is not None and left == "/" else left
        page = render_template("resident/help.html", since=session.get("helped"), handed=handed, onward=onward)
        return make_response(page)

    def choose_language() -> AnyResponse:
        chosen = request.form.get("language", "")
        if chosen in services.languages:
            language.choose(chosen)
        return see_other(within(request.form.get("back", "/")))

    def finish() -> AnyResponse:
        visit = session._get_current_object()  # type: ignore[attr-defined]
        assert isinstance(visit, Visit)
        if "by" in request.form:
            services.handed.withdraw(visit.get("report"))
        visit.end()
        answer = see_other("/")
        answer.headers["Clear-Site-Data"] = '"cache", "storage"'
        return answer

    def live() -> Response:
        visit = session._get_current_object()  # type: ignore[attr-defined]
        assert isinstance(visit, Visit)
        chosen, slip = language.current(), session.get("slip")
        _, look = session.get("look", ("", ""))
        ticket, report, receipt = session.get("ticket"), session.get("report"), session.get("receipt")

        def state() -> dict[str, object]:
            now = known()
            found, unstored = status.service_lines(now, chosen), status.nothing_stored(now, chosen)
            held = desk.slip(slip).state if slip else ""
            looking = desk.books.is_looking(look) if look else False
            paper = desk.tickets.paper_of(*ticket) if ticket else ""
            slip_paper = desk.paper_of(receipt) if receipt else ""
            handed = services.handed.of(report)
            helper = "" if handed is None else f"{handed.number} {handed.officer} {handed.code}"
            papers, levels = (paper, slip_paper), tuple(line.level for line in found)
            version = repr([shut(), unstored, held, looking, papers, helper, desk.tickets.mark(), levels])
            return {"services": {line.key: line.level for line in found}, "version": version}

        return streams.stream(visit.key, request.args.get("tab", ""), request.args.get("mark", ""), state)

    face.add_url_rule("/", "home", home)
    face.add_url_rule(CLOSED, "closed", closed)
    face.before_request(out_of_service)
    face.add_url_rule("/sambutan", "attract", attract)
    face.add_url_rule("/lapor/bukti", "receipt", receipt)
    face.add_url_rule("/status/berkas", "show_status", show_status)
    face.add_url_rule(HELP, "call_help", call_help, methods=["POST"])
    face.add_url_rule(HELP, "helped", helped)
    face.add_url_rule("/bahasa", "choose_language", choose_language, methods=["POST"])
    face.add_url_rule("/selesai", "finish", finish, methods=["POST"])
    face.add_url_rule("/langsung", "live", live)
    face.app_context_processor(lambda: {"untouched": untouched})
    return face
