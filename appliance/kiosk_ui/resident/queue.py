"""Taking a number: what for, who goes first, and the number, large, on paper if there is some, and spoken."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request, session
from werkzeug.exceptions import NotFound, TooManyRequests
from werkzeug.wrappers import Response as AnyResponse

from appliance.casework.ticket import SERVICES
from appliance.kiosk_ui import status
from appliance.kiosk_ui.protection import see_other
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.voice import DECIBELS, Mute

PICTURES = {"lapor": "report", "rekam": "finger", "ambil": "card", "lain": "unknown"}
MOST_A_VISIT = 3
"""Numbers that one visit may take; who plays with the screen must not fill the queue."""
CALLING = DECIBELS.index(-10)
"""How loud a call is: 10 dB above a visit's own sound, for those who sit further away."""
CALLED = ("Nomor antrean", "Silakan ke meja petugas.")
"""What is said before and after a number that is called."""


def add_queue(face: Blueprint, services: Services) -> None:
    """Give `face` the pages /nomor, /nomor/dahulukan, /nomor/anda and the sound of a call, /nomor/suara."""
    tickets = services.desk.tickets

    def choose() -> AnyResponse:
        rows = tuple((key, PICTURES[key], word) for key, word in SERVICES.items())
        return make_response(render_template("resident/queue.html", rows=rows, before="/"))

    def chosen() -> AnyResponse:
        service = request.form.get("service", "")
        if service not in SERVICES:
            return see_other("/nomor")
        session["ticket_for"] = service
        return see_other("/nomor/dahulukan")

    def ask_first() -> AnyResponse:
        if "ticket_for" not in session:
            return see_other("/nomor")
        return make_response(render_template("resident/queue_first.html", before="/nomor"))

    def take() -> AnyResponse:
        if "ticket_for" not in session:
            return see_other("/nomor/anda")
        if session.get("tickets_taken", 0) >= MOST_A_VISIT:
            raise TooManyRequests
        printed = "receipt_printer" in status.devices_that_work(services.snapshot(), services.clock())
        given = tickets.take(str(session["ticket_for"]), request.form.get("first") == "ya", printed)
        session["tickets_taken"] = session.get("tickets_taken", 0) + 1
        session["ticket"] = (given.day, given.number)
        session.pop("ticket_for")
        return see_other("/nomor/anda")

    def yours() -> AnyResponse:
        given = tickets.ticket(*session["ticket"]) if "ticket" in session else None
        if given is None:
            return see_other("/nomor")
        paper = tickets.paper_of(given.day, given.number)
        queue = tickets.queue()
        shown = render_template(
            "resident/ticket.html", ticket=given, paper=paper, queue=queue, ahead=tickets.ahead_of(given)
        )
        return make_response(shown)

    def say() -> Response:
        called = tickets.queue().called
        if not called:
            raise NotFound
        try:
            sound = services.voice.say((CALLED[0], called[0].label, CALLED[1]), "id", loudness=CALLING)
        except Mute:
            raise NotFound from None
        answer = make_response(sound)
        answer.mimetype = "audio/wav"
        return answer

    face.add_url_rule("/nomor", "queue", choose)
    face.add_url_rule("/nomor", "queue_for", chosen, methods=["POST"])
    face.add_url_rule("/nomor/dahulukan", "queue_first", ask_first)
    face.add_url_rule("/nomor/dahulukan", "take_number", take, methods=["POST"])
    face.add_url_rule("/nomor/anda", "ticket", yours)
    face.add_url_rule("/nomor/suara", "say_call", say)
    face.app_context_processor(lambda: {"can_call": services.voice.speaks("id")})
