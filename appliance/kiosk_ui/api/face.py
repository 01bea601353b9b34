"""The API's table of routes and how each is served: a bearer token in the header, never a cookie."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from appliance.casework.roles import Actor, Role
from appliance.faults import DeviceFault
from appliance.kiosk_ui import status
from appliance.kiosk_ui.api.batch_routes import batch_routes
from appliance.kiosk_ui.api.bodies import read_body
from appliance.kiosk_ui.api.description import describe
from appliance.kiosk_ui.api.office_routes import office_routes
from appliance.kiosk_ui.api.once import KEY, key_of, once
from appliance.kiosk_ui.api.problems import problem
from appliance.kiosk_ui.api.routes import Asked, Route
from appliance.kiosk_ui.api.schemas import (
    ANYTHING,
    BROUGHT,
    CASE,
    FOUND,
    ME,
    MONTH,
    TOKEN,
    WORK,
    case_of,
    month_of,
    row_of,
    work_of,
)
from appliance.kiosk_ui.api.stock_routes import stock_routes
from appliance.kiosk_ui.api.tokens import Tokens
from appliance.kiosk_ui.forms import WRONG, Field
from appliance.kiosk_ui.officer.acts import ABOUT_WORK, ACTS, fields_of, may_ever
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.shown import ActForbidden, ActRefused, Content, Mistake, NoSuchCase, Wiped
from appliance.kiosk_ui.signin import FIELDS
from appliance.kiosk_ui.words import duration, wiped_on
from appliance.records.accounts import SignInFailed
from appliance.records.store import Torn

NOBODY = Actor("", "", Role.RESIDENT)
NO_CASES = frozenset({Role.GUDANG, Role.AUDITOR})
"""As on the pages: the store keeper counts blanks and sees no case."""
_PAGE = r"^[1-9][0-9]{0,5}$"
_STEP = r"^[2-9]$"
_MONTH = r"^20[0-9]{2}-(0[1-9]|1[0-2])$"


def routes_of(services: Services, tokens: Tokens, allowed: Callable[[Role], bool]) -> tuple[Route, ...]:
    """Every route, in the order of its description."""
    desk = services.desk

    def sign_in(asked: Asked) -> object:
        actor, token = desk.sign_in(str(asked.values["user"]), str(asked.values["pin"]), "api")
        if not allowed(actor.role):
            desk.sign_out(token)
            raise ActForbidden
        tokens.add(token)
        idle = services.lock_after
        return {"token": token, "token_type": "Bearer", "idle_s": idle, "name": actor.name, "role": str(actor.role)}

    def sign_out(asked: Asked) -> object:
        tokens.drop(asked.token)
        desk.sign_out(asked.token)
        return None

    def reader(asked: Asked) -> Actor:
        if asked.actor.role in NO_CASES:
            raise ActForbidden
        return asked.actor

    def work(asked: Asked) -> object:
        step = asked.query.get("step")
        page = int(asked.query.get("page", "1"))
        return work_of(desk.work_list(reader(asked), page, int(step) if step else None))

    def find(asked: Asked) -> object:
        reader(asked)
        return {"cases": [row_of(row) for row in desk.find(str(asked.values["words"]))]}

    def case(asked: Asked) -> object:
        actor = reader(asked)
        ready = status.ready_lanes(services.snapshot(), services.clock())
        return case_of(desk.case(actor, desk.case_id(asked.path["code"]), ready))

    def bring(asked: Asked) -> object:
        """The file's own rules tell every mistake; a role that may not is told before anything is read."""
        if not may_ever(reader(asked).role, "attach_file"):
            raise ActForbidden
        data = asked.values["berkas"]
        assert isinstance(data, bytes)
        return {"code": desk.bring_case(asked.actor, data)}

    def document(asked: Asked) -> object:
        reader(asked)
        return desk.document(desk.case_id(asked.path["code"]), asked.path["document"])

    def act(name: str) -> Callable[[Asked], object]:
        def done(asked: Asked) -> object:
            if not may_ever(reader(asked).role, name):
                raise ActForbidden
            opened = asked.values.get("opened_at")
            asked.values["opened_at"] = int(opened) if isinstance(opened, str) and opened.isdecimal() else None
            desk.act(asked.actor, desk.case_id(asked.path["code"]), name, asked.values)
            return case(asked)

        return done

    def month(asked: Asked) -> object:
        reader(asked)
        return month_of(desk.books.month(asked.query.get("month", "")))

    def me(asked: Asked) -> object:
        return {"name": asked.actor.name, "role": str(asked.actor.role)}

    words = (Field("words", "Kode, NIK, nomor KK atau nama", longest=60),)
    media = ("application/pdf", "image/png", "image/jpeg", "application/octet-stream")
    titles = {name: one.title for name, one in ACTS.items()} | {name: name for name in ABOUT_WORK}
    door = (400, 403, 413, 415, 422, 429, 500, 503)
    table = [
        Route("GET", "/openapi.json", "description", "Uraian ini", lambda asked: describe(table), ANYTHING,
            problems=(400, 500), open=True),
        Route("POST", "/token", "sign_in", "Masuk dengan nama pengguna dan PIN", sign_in, TOKEN, FIELDS,
            problems=door, open=True),
        Route("DELETE", "/token", "sign_out", "Keluar", sign_out),
        Route("GET", "/me", "me", "Siapa yang masuk, dan perannya", me, ME),
        Route("GET", "/work", "work", "Daftar kerja", work, WORK, query={"page": _PAGE, "step": _STEP}),
        Route("POST", "/find", "find", "Cari berkas; NIK dan nama tidak pernah di alamat", find, FOUND, words),
        Route("POST", "/cases", "bring_case", "Masukkan berkas utuh: laporan dan biodata", bring, BROUGHT,
            ACTS["attach_file"].fields, once=True),
        Route("GET", "/cases/{code}", "case", "Satu berkas: langkah, syarat, jam", case, CASE),
        Route("GET", "/cases/{code}/documents/{document}", "document", "Satu dokumen berkas", document, media=media),
        *(
            Route("POST", f"/cases/{{code}}/acts/{name}", name, title, act(name), CASE, fields_of(name) or (),
                once=True)
            for name, title in titles.items()
        ),
        Route("GET", "/reports/sop", "sop_month", "Laporan SOP satu bulan", month, MONTH, query={"month": _MONTH}),
        *stock_routes(desk.stock),
        *batch_routes(desk.batches),
        *office_routes(desk),
    ]  # fmt: skip
    return tuple(table)


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
