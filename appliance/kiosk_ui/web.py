"""Makes the Flask app of one listener: only the faces it may show are registered on it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from flask import Flask, Response, current_app, g, jsonify, redirect, request, session
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from appliance.casework.roles import NOT_OFFICERS
from appliance.kiosk_ui import language, status, words
from appliance.kiosk_ui.api.face import api_face
from appliance.kiosk_ui.live import Streams
from appliance.kiosk_ui.officer.face import officer_face
from appliance.kiosk_ui.pages import Pages
from appliance.kiosk_ui.protection import protect
from appliance.kiosk_ui.resident.face import resident_face
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.technician.face import technician_face
from appliance.kiosk_ui.visits import VisitStore

MARKLESS = frozenset({"static", "page_alive"})
"""What shows nothing of the machine: a screen that tells of a fault is alive, whatever cannot be known then."""
HOME = {"resident": "/", "officer": "/petugas/", "technician": "/teknisi/"}


def csrf_field() -> Markup:
    """The hidden field that every form which changes something carries; signed once for a visit."""
    field = session.get("csrf_field")
    if field is None:
        field = Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())
        session["csrf_field"] = field
    return Markup(field)


def page_address() -> str:
    """The address under which what is shown can be asked for again; for the answer to a form, the page above it."""
    adapter = current_app.create_url_adapter(request)
    path = request.path
    while adapter is not None and not adapter.test(path, "GET"):
        path = path.rstrip("/").rpartition("/")[0] or "/"
    return path


class _Plain(Flask):
    """Flask without coroutines: none of ours is one, and each page would be asked fourteen times whether it is."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself."""
        return func


def create_app(faces: frozenset[str], services: Services) -> Flask:
    """The app of one listener with these faces (`resident`, `officer`, `technician`).

    What is not in `faces` does not exist on this listener: its pages are 404, not refused. Raises ValueError for an
    unknown face or none, `ConfigError` for a language without a catalogue.
    """
    if not faces or not faces <= HOME.keys():
        raise ValueError(f"faces must be some of {', '.join(HOME)}")
    app = _Plain("appliance.kiosk_ui", static_url_path="/static")
    app.jinja_environment = Pages
    keep = services.lock_after * 6.0
    visits = VisitStore("visit-" + "-".join(sorted(faces)), services.ticks, keep, services.secure)
    app.session_interface = visits
    protect(app, services.hosts, services.secure, kiosk=faces == {"resident"})

    def devices() -> Hashable:
        return status.levels(services.snapshot(), services.clock())

    streams = Streams(services.heartbeat, services.pulse, devices)

    def mark_page() -> None:
        if request.method == "GET" and request.endpoint not in MARKLESS:
            g.live_mark = streams.mark()

    def live_mark() -> Markup:
        """How a page's live line knows how old the page is, and whether it answers a form.

        Such an answer is never read anew by itself: what it says of the form would be lost.
        """
        if "live_mark" in g:
            return Markup(f' data-mark="{g.live_mark}"')
        return Markup(f' data-mark="{streams.mark()}" data-answer')

    app.before_request(mark_page)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(words.FILTERS)
    app.jinja_env.globals.update(
        languages=language.offered(services.languages),
        office_name=services.office_name,
        specimen=services.specimen,
        now=services.clock,
        csrf_field=csrf_field,
        live_mark=live_mark,
        page_address=page_address,
    )
    home = next(HOME[face] for face in HOME if face in faces)
    app.jinja_env.globals["home"] = home
    if "resident" in faces:
        app.register_blueprint(resident_face(services, visits, streams))
    else:
        app.add_url_rule("/", "start", lambda: redirect(home))
    if "officer" in faces:
        app.register_blueprint(officer_face(services, visits, streams))
        api = api_face(services, lambda role: role not in NOT_OFFICERS)
        app.extensions["csrf"].exempt(api)
        app.register_blueprint(api)
    if "technician" in faces:
        app.register_blueprint(technician_face(services, visits, streams))

    alive: list[float] = []

    def page_alive() -> tuple[str, int]:
        alive[:] = [services.ticks()]
        return "", 204

    def healthy() -> Response:
        silent = round(services.ticks() - alive[0], 1) if alive else None
        return jsonify(ok=True, faces=sorted(faces), screen_silent=silent, visits=len(visits))

    if "resident" in faces:
        app.add_url_rule("/hidup", "page_alive", page_alive)
    app.add_url_rule("/healthz", "healthz", healthy)
    return app
