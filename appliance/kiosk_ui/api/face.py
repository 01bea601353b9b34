"""How each of the API's routes is served: a bearer token in the header, never a cookie."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from appliance.casework.roles import Actor, Role
from appliance.faults import DeviceFault
from appliance.kiosk_ui.api.bodies import read_body
from appliance.kiosk_ui.api.every_route import routes_of
from appliance.kiosk_ui.api.once import KEY, key_of, once
from appliance.kiosk_ui.api.problems import problem
from appliance.kiosk_ui.api.routes import Asked, Route
from appliance.kiosk_ui.api.tokens import Tokens
from appliance.kiosk_ui.forms import WRONG
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.shown import ActForbidden, ActRefused, Content, Mistake, NoSuchCase, Wiped
from appliance.kiosk_ui.words import duration, wiped_on
from appliance.records.accounts import SignInFailed
from appliance.records.store import Torn

NOBODY = Actor("", "", Role.RESIDENT)


def api_face(services: Services, allowed: Callable[[Role], bool]) -> Blueprint:
    """The blueprint of /api for roles that `allowed` lets in; its caller takes it out of the CSRF check.

    No cookie is read, and a browser sends neither this header nor a JSON body for another site unasked (Fetch, CORS).
    """
    face = Blueprint("api", __name__, url_prefix="/api")
    tokens = Tokens(services.ticks, services.lock_after)
    # Standing apart from the visits: a page's cookie opens nothing here, a token here opens no page.

    def person() -> tuple[Actor, str] | None:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer" or not token or not tokens.use(token):
            return None
        actor = services.desk.who(token)
        return None if actor is None else (actor, token)

    def serve(route: Route, path: dict[str, str]) -> AnyResponse:
        who = (NOBODY, "") if route.open else person()
        if who is None:
            return problem(401)
        if not route.open and not allowed(who[0].role):
            raise ActForbidden
        strange = [name for name in request.args if len(request.args.getlist(name)) > 1 or not _fits(route, name)]
        if strange:
            return problem(400, mistakes=tuple(Mistake(name[:80], WRONG) for name in strange))
        values: dict[str, object] = {}
        if route.fields is not None:
            if request.mimetype != "application/json":
                return problem(415)
            try:
                body = request.get_json(silent=True)
            except RecursionError:  # brackets within brackets, a hundred thousand deep
                body = None
            if not isinstance(body, dict):
                return problem(400)
            fields = route.fields if route.now is None else route.now(who[0])
            values, mistakes = read_body(fields, body)
            if mistakes:
                raise ActRefused(*mistakes)
        asked = Asked(*who, path, request.args.to_dict(), values)
        if not route.once or KEY not in request.headers:
            return _answered(route.do(asked))
        key = key_of(request.headers[KEY])
        if key is None:
            return problem(400, mistakes=(Mistake(KEY, WRONG),))
        return once(services.desk.once, key, asked, functools.partial(_done, route, asked))

    def failed_sign_in(error: SignInFailed) -> AnyResponse:
        if error.wait_s:
            return problem(429, f"Terlalu banyak PIN salah. Coba lagi setelah {duration(error.wait_s)}.")
        mistake = Mistake("pin", "Nama pengguna dan PIN tidak cocok. Periksa, lalu ketik lagi.")
        return problem(422, mistakes=(mistake,))

    def broken(error: DeviceFault | Torn) -> AnyResponse:
        return problem(503, fault=str(error.code))

    def http(error: HTTPException) -> AnyResponse:
        return problem(error.code or 500)

    for error in REFUSALS:
        face.register_error_handler(error, _refused)
    face.register_error_handler(SignInFailed, failed_sign_in)
    face.register_error_handler(DeviceFault, broken)
    face.register_error_handler(Torn, broken)
    face.register_error_handler(HTTPException, http)
    for route in routes_of(services, tokens, allowed):
        face.add_url_rule(
            re.sub(r"\{(\w+)\}", r"<\1>", route.path),
            route.name,
            functools.partial(_served, serve, route),
            methods=[route.method],
            provide_automatic_options=False,
        )
    return face


REFUSALS = (ActRefused, ActForbidden, NoSuchCase, Wiped)


def _refused(error: Exception) -> AnyResponse:
    """What the office says no to, as a problem."""
    match error:
        case ActRefused():
            return problem(422, mistakes=error.mistakes)
        case Wiped():
            return problem(410, wiped_on(error.at))
        case NoSuchCase():
            return problem(404)
    return problem(403)


def _answered(answer: object) -> AnyResponse:
    if isinstance(answer, Content):
        sent = Response(answer.data, mimetype=answer.media_type)
        sent.headers["Content-Disposition"] = f'attachment; filename="{answer.name}"'
        return sent
    return Response(status=204) if answer is None else jsonify(answer)


def _done(route: Route, asked: Asked) -> AnyResponse:
    try:
        return _answered(route.do(asked))
    except REFUSALS as error:
        return _refused(error)


def _served(serve: Callable[[Route, dict[str, str]], AnyResponse], route: Route, **path: str) -> AnyResponse:
    return serve(route, path)


def _fits(route: Route, name: str) -> bool:
    return name in route.query and re.fullmatch(route.query[name], request.args[name]) is not None
