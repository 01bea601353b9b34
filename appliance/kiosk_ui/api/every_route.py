"""The API's table of routes: the way in, cases with their acts, and the parts that have modules of their own."""

from __future__ import annotations

from collections.abc import Callable

from appliance.casework.roles import Actor, Role
from appliance.kiosk_ui import status
from appliance.kiosk_ui.api.batch_routes import batch_routes
from appliance.kiosk_ui.api.description import describe
from appliance.kiosk_ui.api.office_routes import office_routes
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
from appliance.kiosk_ui.forms import Field
from appliance.kiosk_ui.officer.acts import ABOUT_WORK, ACTS, fields_of, may_ever
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.shown import ActForbidden, NoSuchCase
from appliance.kiosk_ui.signin import FIELDS

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
        return desk.reader(asked.actor, named(asked))

    def named(asked: Asked) -> str:
        """The id of the case that the address names; empty if it names none that there is."""
        try:
            return desk.case_id(asked.path["code"]) if "code" in asked.path else ""
        except NoSuchCase:
            return ""

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
        desk.doer(reader(asked), "", "attach_file", may_ever(asked.actor.role, "attach_file"))
        data = asked.values["berkas"]
        assert isinstance(data, bytes)
        return {"code": desk.bring_case(asked.actor, data)}

    def document(asked: Asked) -> object:
        return desk.document(reader(asked), desk.case_id(asked.path["code"]), asked.path["document"])

    def act(name: str) -> Callable[[Asked], object]:
        def done(asked: Asked) -> object:
            desk.doer(reader(asked), named(asked), name, may_ever(asked.actor.role, name))
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
