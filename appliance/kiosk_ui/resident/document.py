"""A family card or identity card held to the kiosk: genuine? current? Two facts, and nothing of it is kept."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, make_response, render_template, session
from werkzeug.wrappers import Response as AnyResponse

from appliance.kiosk_ui import status
from appliance.kiosk_ui.protection import see_other
from appliance.kiosk_ui.resident.slip import one_more_try
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.shown import NoSuchCase
from appliance.office.document_check import Currency
from appliance.office.document_look import Looked

READERS = {"kk": ("barcode_reader", "camera"), "ktp": ("chip_encoder",)}
"""What each can be read with, the better one first; a kiosk without a code reader looks with its camera."""
HOLD = {
    "barcode_reader": "Tempelkan kotak hitam putih KK pada kaca pembaca",
    "camera": "Dekatkan kotak hitam putih KK ke kamera",
    "chip_encoder": "Letakkan KTP-el di atas pembaca kartu",
}
NOT_SEEN = "Belum terbaca. Coba sekali lagi."
NO_READER = "Alat pembaca sedang tidak bisa. Tanya petugas."


@dataclass(frozen=True, slots=True)
class Fact:
    """One of the two facts: the picture beside it, its word, and what that means."""

    picture: str
    word: str
    meaning: str


def genuine(what: str, found: Looked) -> Fact:
    """Whether it is what it says it is."""
    if found.genuine is None:
        key_unknown = found.why == "unknown_key"
        meaning = "Kunci kantor pembuatnya tidak dikenal di sini." if key_unknown else "Bukan dari kantor ini."
        return Fact("unknown", "Asli: tidak diketahui di sini", meaning)
    if not found.genuine:
        return Fact("over", "Tidak asli", "Bawa ke petugas.")
    if found.office:
        return Fact("good", "Asli", "Kodenya dari kantor yang kami kenal.")
    meaning = "Kodenya dari KK yang kami tanda tangani." if what == "kk" else "Chipnya utuh dan tidak diubah."
    return Fact("good", "Asli", meaning)


def current(found: Looked) -> Fact:
    """Whether it is the newest one, as far as this office knows."""
    if found.genuine is False:
        return Fact("over", "Tidak berlaku", "Yang tidak asli tidak berlaku.")
    match found.currency:
        case Currency.CURRENT:
            return Fact("good", "Berlaku", "Ini yang terbaru di kantor ini.")
        case Currency.SUPERSEDED:
            return Fact("over", "Tidak berlaku lagi", "Sudah diganti atau ditarik.")
        case _:
            ask = "Tanya kantor penerbitnya." if found.office else "Tanya petugas."
            return Fact("unknown", "Berlaku: tidak diketahui sekarang", ask)


def add_document(face: Blueprint, services: Services) -> None:
    """Give `face` the pages /periksa, /periksa/<kk or ktp>, /periksa/hasil."""
    books = services.desk.books

    def reader(what: str) -> str | None:
        works = status.devices_that_work(services.snapshot(), services.clock())
        return next((device for device in READERS[what] if device in works), None)

    def choose() -> AnyResponse:
        ready = {what: reader(what) is not None for what in READERS}
        return make_response(render_template("resident/document.html", ready=ready, before="/"))

    def hold(what: str) -> AnyResponse:
        if what not in READERS:
            raise NoSuchCase(what)
        one_more_try()
        device = reader(what) or READERS[what][0]
        session["look"] = (what, books.look(what, device))
        session["looked_with"] = device
        session.pop("looked", None)
        return see_other("/periksa/tunggu")

    def wait() -> AnyResponse:
        if "look" not in session:
            return see_other("/periksa")
        what, key = session["look"]
        found = books.looked(key)
        if found.state == "read":
            session["looked"] = (what, found)
            return see_other("/periksa/hasil")
        sentence = "" if found.state == "reading" else NO_READER if found.why else NOT_SEEN
        shown = render_template(
            "resident/document_hold.html",
            what=what,
            hold=HOLD[session["looked_with"]],
            sentence=sentence,
            before="/periksa",
        )
        return make_response(shown)

    def result() -> AnyResponse:
        if "looked" not in session:
            return see_other("/periksa")
        what, found = session["looked"]
        shown = render_template(
            "resident/document_found.html",
            what=what,
            found=found,
            facts=(("genuine", genuine(what, found)), ("current", current(found))),
            before="/periksa",
        )
        return make_response(shown)

    face.add_url_rule("/periksa", "document", choose)
    face.add_url_rule("/periksa/<what>", "hold_document", hold, methods=["POST"])
    face.add_url_rule("/periksa/tunggu", "held_document", wait)
    face.add_url_rule("/periksa/hasil", "document_found", result)
