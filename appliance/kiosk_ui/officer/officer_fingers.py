"""Officers' own fingers: who has how many recorded since when, one more with the scanner, all forgotten."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint
from werkzeug.wrappers import Response as AnyResponse

from appliance.casework.codes import FINGERS
from appliance.casework.roles import ROLE_LABELS, Actor
from appliance.kiosk_ui.forms import Field
from appliance.kiosk_ui.notices import notice
from appliance.kiosk_ui.officer.acts_page import ActsPage
from appliance.kiosk_ui.resident_page import FINGER_CAUSES
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.signin import at_desk
from appliance.kiosk_ui.words import finger
from appliance.office.officer_fingers import Officer
from appliance.records.officer_fingers import NAMES, Capture

HOME = "/petugas/jari-petugas"
FORGET = (Field("login", "Petugas", "hidden"),)
SAID = {
    "waiting": ("waiting", "{finger} {name}: tempelkan di kaca pemindai sekarang."),
    "kept": ("done", "{finger} {name} sudah dicatat. Gambarnya tidak disimpan."),
    "poor": ("warning", "{finger} {name}: {cause} Lalu catat sekali lagi."),
    "another": ("warning", "Jari ini sudah tercatat sebagai jari petugas lain. Tidak ada yang dicatat."),
    "gone": ("wrong", "Akun ini sudah tidak ada. Tidak ada yang dicatat."),
    "cut": ("warning", "Pencatatan terputus. Tidak ada yang dicatat; mulai lagi."),
    "late": ("warning", "Pemindai terlalu lama tidak melayani. Tidak ada yang dicatat; mulai lagi."),
    "failed": ("wrong", "{fault}"),
}
"""What is told of the last capture, by its state: a picture and a sentence."""


def record_fields(officers: tuple[Officer, ...]) -> tuple[Field, ...]:
    """Whose finger, which one, and that he agrees."""
    people = tuple((one.login, f"{one.name} ({ROLE_LABELS[one.role]})") for one in officers)
    return (
        Field("login", "Petugas", "choice", people),
        Field("finger", "Jari", "choice", tuple((name, FINGERS[name]) for name in NAMES), initial=NAMES[0]),
        Field("agreed", "Petugas ini sudah ditanya dan setuju jarinya dicatat", "yes", required=False),
    )


def told(officers: tuple[Officer, ...], capture: Capture | None) -> tuple[str, str, str] | None:
    """State, picture and sentence of the last capture, or None."""
    if capture is None:
        return None
    name = next((one.name for one in officers if one.login == capture.login), capture.login)
    picture, sentence = SAID[capture.state]
    fault = notice(capture.fault) if capture.fault else None
    words = sentence.format(
        finger=finger(capture.finger),
        name=name,
        cause=FINGER_CAUSES.get(capture.cause, "tidak terbaca."),
        fault=f"{fault.officer} {fault.remedy}" if fault else "",
    )
    return capture.state, picture, words


def add_officer_finger_pages(face: Blueprint, services: Services) -> None:
    """Add /petugas/jari-petugas to the officer's face."""
    desk = services.desk.officer_fingers

    def values(actor: Actor) -> Mapping[str, object]:
        officers, capture = desk.known(actor)
        return {"officers": officers, "fields": record_fields(officers), "told": told(officers, capture)}

    page = ActsPage(HOME, "officer/officer_fingers.html", desk.act, values)

    def record() -> AnyResponse:
        return page.do("record_finger", record_fields(desk.known(at_desk())[0]), "record_finger")

    face.add_url_rule("/jari-petugas", "officer_fingers", page.show)
    face.add_url_rule("/jari-petugas", "record_finger", record, methods=["POST"])
    face.add_url_rule(
        "/jari-petugas/lupakan", "forget_fingers", lambda: page.do("forget_fingers", FORGET, ""), methods=["POST"]
    )
