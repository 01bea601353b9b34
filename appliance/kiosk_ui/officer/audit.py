"""The audit log for the auditor: a page by day, case, person and kind, how far its chain was checked, a table."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from flask import Blueprint, Response, make_response, render_template, request

from appliance.casework.roles import ROLE_LABELS, Role
from appliance.kiosk_ui.forms import year_first
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.shown import ActRefused, Mistake
from appliance.kiosk_ui.signin import at_desk
from appliance.office.audit_log import Asked

HOME = "/petugas/audit"
THINGS: Mapping[str, str] = {
    "account": "Akun", "acting": "Plh. dan Plt.", "audit": "Log audit", "blank": "Blanko",
    "blanks": "Blanko", "card": "Kartu",
    "case": "Berkas", "central": "Pusat", "clock": "Jam", "database": "Basis data", "device": "Alat",
    "finger": "Jari", "form": "Formulir", "hand": "Tangan", "job": "Pekerjaan mesin", "kk": "KK", "ktp": "KTP-el",
    "lease": "Pegangan berkas", "letter": "Surat", "nik": "NIK", "minutes": "Berita acara", "officer": "Jari petugas",
    "outage": "Sambungan", "packet": "Paket kartu", "panel": "Layar", "paper": "Surat", "photo": "Foto",
    "print": "Cetak", "question": "Pertanyaan", "queue": "Antrean mesin", "recovery": "Pemulihan",
    "retention": "Retensi", "search": "Pencarian", "siak": "SIAK", "sign": "Masuk", "signature": "Tanda tangan",
    "storage": "Penyimpanan", "technician": "Teknisi", "thumb": "Cap jempol",
    "maintenance": "Perawatan", "update": "Pembaruan program",
}  # fmt: skip
"""What an event is about, by the first part of its name."""
OUTCOMES: Mapping[str, str] = {
    "init": "dimulai", "complete": "selesai", "refused": "ditolak", "fault": "gangguan", "overtaken": "tidak jadi",
}  # fmt: skip


def about(event: str) -> str:
    """What an event is about and how it ended, in Indonesian; its name stands beside it."""
    parts = event.split("-")
    thing, outcome = THINGS.get(parts[0], "Lainnya"), OUTCOMES.get(parts[-1], "")
    return f"{thing}, {outcome}" if outcome else thing


def person(actor: str) -> str:
    """Who entered it: role, the end of the account's id, the device. The log holds no names."""
    role, _, rest = actor.partition(":")
    account, _, device = rest.partition("@")
    known = ROLE_LABELS[Role(role)] if role in set(Role) else role
    # What is no id of an account is the machine itself, the kiosk or a terminal.
    return " · ".join(part for part in (known, account[-8:] if "-" in account else account, device) if part)


def facts(text: str) -> tuple[tuple[str, str], ...]:
    """Names and values of an entry's facts."""
    said = json.loads(text)
    return tuple((name, value if isinstance(value, str) else json.dumps(value)) for name, value in said.items())


def add_audit_pages(face: Blueprint, services: Services) -> None:
    """Add /petugas/audit and its table to the officer's face."""
    desk = services.desk.audit

    def asked() -> Asked:
        given = {name: request.args.get(key, "").strip()[:120] for name, key in _KEYS.items()}
        return Asked(**{**given, "day": year_first(given["day"])})

    def page() -> Response:
        before = request.args.get("sebelum", "")
        number = int(before) if re.fullmatch(r"[1-9][0-9]{0,17}", before) else None
        mistakes: tuple[Mistake, ...] = ()
        wanted, code = asked(), 200
        try:
            log = desk.read(at_desk(), wanted, number)
        except ActRefused as refused:
            log, mistakes, code = desk.chain(at_desk()), refused.mistakes, 422
        kept = {key: getattr(wanted, name) for name, key in _KEYS.items() if getattr(wanted, name)}
        shown = render_template(
            "officer/audit.html", log=log, asked=wanted, kept=kept, mistakes=mistakes, before=number, about=about,
            person=person, facts=facts, actor=at_desk(),
        )  # fmt: skip
        return make_response(shown, code)

    def table() -> Response:
        try:
            parts = desk.table(at_desk(), asked())
        except ActRefused:
            return page()
        answer = Response(parts, mimetype="text/csv")
        answer.headers["Content-Disposition"] = 'attachment; filename="log-audit.csv"'
        return answer

    face.add_url_rule("/audit", "audit_log", page)
    face.add_url_rule("/audit.csv", "audit_table", table)


_KEYS: Mapping[str, str] = {"day": "hari", "code": "kode", "actor": "pelaku", "event": "kejadian"}
"""A case's code may stand in an address; nothing else that leads to a person does."""
