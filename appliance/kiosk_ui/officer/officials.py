"""Who stands in for the Kasi, Kabid or Kadis: entered by its decree, listed, ended early with a reason."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, request

from appliance.casework.roles import ROLE_LABELS, Actor, Role
from appliance.kiosk_ui.forms import Field
from appliance.kiosk_ui.officer.acts_page import ActsPage
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.signin import at_desk
from appliance.records.officials import END_REASONS, MAY_BE_ACTED, TITLES

TITLE_WORDS = {"Plh.": "Plh., pejabatnya sedang berhalangan", "Plt.": "Plt., jabatannya kosong"}
ROLES = tuple((str(one), ROLE_LABELS[one]) for one in MAY_BE_ACTED)
END = (Field("appointment", "Penunjukan", "hidden"), Field("reason", "Alasan", "choice", tuple(END_REASONS.items())))
HOME = "/petugas/pejabat"


def appointment_fields(known: tuple[tuple[str, str, Role], ...]) -> tuple[Field, ...]:
    """The fields of an appointment; `known` are user name, name and own role of who may be appointed."""
    people = tuple((login, f"{name} ({ROLE_LABELS[role]})") for login, name, role in known)
    return (
        Field("title", "Sebagai", "choice", tuple((one, TITLE_WORDS[one]) for one in TITLES)),
        Field(
            "role",
            "Jabatan yang digantikan",
            "choice",
            ROLES,
        ),
        Field("login", "Yang ditunjuk", "choice", people),
        Field("decree", "Nomor surat perintah", longest=80),
        Field("since", "Hari pertama", "date"),
        Field("until", "Hari terakhir", "date", hint="Hari ini masih termasuk."),
        Field(
            "nip",
            "NIP, hanya untuk pengganti Kadis",
            required=False,
            pattern=r"[0-9 ]{18,22}",
            fix="NIP terdiri dari 18 angka.",
            hint="Tercetak di KK.",
        ),
        Field("nik", "NIK, hanya untuk pengganti Kadis", required=False, longest=24, hint="NIK di sertifikatnya."),
    )


def add_official_pages(face: Blueprint, services: Services) -> None:
    """Add /petugas/pejabat to the officer's face."""
    desk = services.desk.officials

    def fields(actor: Actor) -> tuple[Field, ...]:
        return appointment_fields(desk.people(actor))

    def values(actor: Actor) -> Mapping[str, object]:
        return {"known": desk.known(actor), "fields": fields(actor), "reason": END[1]}

    page = ActsPage(HOME, "officer/officials.html", desk.act, values)
    face.add_url_rule("/pejabat", "officials", page.show)
    face.add_url_rule(
        "/pejabat", "appoint", lambda: page.do("appoint", fields(at_desk()), "appoint"), methods=["POST"]
    )
    face.add_url_rule(
        "/pejabat/akhiri",
        "end_appointment",
        lambda: page.do("end_appointment", END, request.form.get("appointment", "")),
        methods=["POST"],
    )
