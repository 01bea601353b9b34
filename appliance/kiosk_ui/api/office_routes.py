"""The API's routes beside a case: a document looked at, many cards signed, who stands in for whom."""

from __future__ import annotations

from appliance.casework.roles import Actor, Role
from appliance.kiosk_ui.api.routes import Asked, Route
from appliance.kiosk_ui.api.schemas import INT, TEXT, YES, or_null, rows, table
from appliance.kiosk_ui.desk import Desk
from appliance.kiosk_ui.forms import Field
from appliance.kiosk_ui.officer.document_check import why_not_genuine
from appliance.kiosk_ui.officer.officials import END, appointment_fields
from appliance.kiosk_ui.officer.sign_batch import PASSPHRASE
from appliance.kiosk_ui.shown import ActForbidden
from appliance.records.officials import Appointment

CHECKED = table(
    genuine=YES, why=TEXT, currency={"enum": ["current", "superseded", "unknown"]}, signer=TEXT,
    signed_at=or_null(INT), code=or_null(TEXT),
)  # fmt: skip
TO_SIGN = table(cases=rows(table(code=TEXT, name=TEXT, document=TEXT, working=YES, said=TEXT, ready=YES, read=YES)))
ASKED_FOR = table(batch=TEXT, refused=rows(table(code=TEXT, why=TEXT)))
SIGNED = table(signed=rows(TEXT))
STANDING = table(id=TEXT, name=TEXT, role=TEXT, title=TEXT, decree=TEXT, since=TEXT, until=TEXT)
OFFICES = table(acting=or_null(TEXT), offices=rows(STANDING))
OFFICIALS = table(appointments=rows(table(appointment=STANDING, can_end=YES)))
_BATCH = r"^[0-9a-f-]{36}$"


def office_routes(desk: Desk) -> tuple[Route, ...]:
    """All of them; each does what its page does, for the same roles."""

    def check(asked: Asked) -> object:
        if asked.actor.role is Role.GUDANG:
            raise ActForbidden
        document = asked.values["berkas"]
        assert isinstance(document, bytes)
        found = desk.books.check_document(document)
        return {
            "genuine": found.genuine,
            "why": why_not_genuine(found),
            "currency": str(found.currency),
            "signer": found.signer,
            "signed_at": found.signed_at,
            "code": found.code,
        }

    def to_sign(asked: Asked) -> object:
        names = ("code", "name", "working", "said", "ready", "read")
        lines = desk.signing.waiting(asked.actor, {})
        return {"cases": [{**{name: getattr(one, name) for name in names}, "document": one.draft} for one in lines]}

    def sign(asked: Asked) -> object:
        if not desk.signing.may(asked.actor):
            raise ActForbidden
        codes = asked.values["cases"]
        assert isinstance(codes, tuple)
        ids = {desk.case_id(code): code for code in codes}
        batch, refused = desk.signing.sign(asked.actor, {**asked.values, "cases": tuple(ids), "opened_at": None})
        return {"batch": batch, "refused": [{"code": ids[one], "why": why} for one, why in refused.items()]}

    def signed(asked: Asked) -> object:
        return {"signed": [code for _, code in desk.signing.signed(asked.actor, asked.query.get("batch", ""))]}

    def offices(actor: Actor) -> object:
        acting = None if actor.acting is None else actor.acting.id
        return {"acting": acting, "offices": [_standing(one) for one in desk.offices_of(actor)]}

    def act_as(asked: Asked) -> object:
        desk.act_as(asked.token, str(asked.values.get("appointment") or "") or None)
        actor = desk.who(asked.token)
        if actor is None:
            raise ActForbidden
        return offices(actor)

    def officials(asked: Asked) -> object:
        known = desk.officials.known(asked.actor)
        return {"appointments": [{"appointment": _standing(one), "can_end": can} for one, can in known]}

    def appoint(asked: Asked) -> object:
        desk.officials.act(asked.actor, "appoint", asked.values)
        return officials(asked)

    def end(asked: Asked) -> object:
        desk.officials.act(asked.actor, "end_appointment", asked.values)
        return officials(asked)

    def people(actor: Actor) -> tuple[Field, ...]:
        return appointment_fields(desk.officials.people(actor))

    def may_end(actor: Actor) -> tuple[Field, ...]:
        if not desk.officials.may(actor):
            raise ActForbidden
        return END

    chosen = (Field("cases", "Kode berkas", "several", longest=20), PASSPHRASE)
    brought = (Field("berkas", "Berkas PDF", "file"),)
    office = (Field("appointment", "Penunjukan", required=False, longest=60, hint="Kosong: jabatan sendiri."),)
    return (
        Route("POST", "/documents/check", "check_document", "Asli? Terbaru? Dilihat dan tidak disimpan", check,
            CHECKED, brought),
        Route("GET", "/signatures", "to_sign", "KK yang menunggu tanda tangan", to_sign, TO_SIGN),
        Route("POST", "/signatures", "sign_batch", "Tanda tangani banyak KK dengan sekali frasa sandi", sign,
            ASKED_FOR, chosen, once=True),
        Route("GET", "/signatures/signed", "signed_in", "Yang sudah ditandatangani dari satu kumpulan", signed,
            SIGNED, query={"batch": _BATCH}),
        Route("GET", "/acting", "offices", "Jabatan yang dapat digantikan hari ini",
            lambda asked: offices(asked.actor), OFFICES),
        Route("POST", "/acting", "act_as", "Bertugas sebagai Plh. atau Plt., atau kembali ke jabatan sendiri", act_as,
            OFFICES, office),
        Route("GET", "/officials", "officials", "Siapa menggantikan siapa", officials, OFFICIALS),
        Route("POST", "/officials/acts/appoint", "appoint", "Tunjuk pengganti", appoint, OFFICIALS,
            appointment_fields(()), now=people, once=True),
        Route("POST", "/officials/acts/end_appointment", "end_appointment", "Akhiri penunjukan", end, OFFICIALS, END,
            now=may_end, once=True),
    )  # fmt: skip


def _standing(one: Appointment) -> dict[str, str]:
    return {
        "id": one.id,
        "name": one.name,
        "role": str(one.role),
        "title": one.title,
        "decree": one.decree,
        "since": one.since.isoformat(),
        "until": one.until.isoformat(),
    }
