"""The pages on which a device is tried: all of them, and one with its steps, result and what was taken."""

from __future__ import annotations

from flask import Blueprint, abort, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from appliance.kiosk_ui import status
from appliance.kiosk_ui.protection import see_other
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.shown import ActRefused, Mistake
from appliance.kiosk_ui.signin import at_desk
from appliance.kiosk_ui.technician import pages
from appliance.kiosk_ui.technician.trial_words import (
    ANSWERS,
    ANSWERS_OF,
    CUT,
    DOUBTS,
    STATES,
    WORDS,
    drawn,
    told,
    trouble,
)

HERE = "/teknisi/coba"


def add_trials(face: Blueprint, services: Services) -> None:
    """Give the face its trials."""
    bench = services.desk.bench

    def every() -> str:
        return render_template(
            "technician/trials.html",
            **pages.shared(HERE),
            rows=[(name, status.DEVICE_NAMES[name], WORDS[name], bench.trial(name)) for name in bench.devices()],
            states=STATES,
        )

    def one(device: str, mistakes: tuple[Mistake, ...] = ()) -> str:
        if device not in bench.devices():
            abort(404)
        trial = bench.trial(device)
        return render_template(
            "technician/trial.html",
            **pages.shared(HERE),
            device=device,
            name=status.DEVICE_NAMES[device],
            words=WORDS[device],
            trial=trial,
            facts=told(trial) if trial else (),
            drawn=drawn(trial) if trial else None,
            doubt=DOUBTS.get(trial.doubt, "") if trial else "",
            fault=trouble(trial) if trial else None,
            progress=bench.progress(trial) if trial else (0, 0),
            taken=bench.taken(device) is not None,
            answers=ANSWERS_OF.get(device, ANSWERS),
            states=STATES,
            cut=CUT,
            mistakes=mistakes,
        )

    def act(device: str, name: str) -> AnyResponse:
        if device not in bench.devices():
            abort(404)
        try:
            bench.act(at_desk(), name, {**request.form.to_dict(), "device": device})
        except ActRefused as refused:
            return make_response(one(device, refused.mistakes), 422)
        return see_other(f"{HERE}/{device}")

    def taken(device: str) -> AnyResponse:
        found = bench.taken(device)
        if found is None:
            abort(404)
        answer = make_response(found[0])
        answer.mimetype = found[1]
        return answer

    face.add_url_rule("/coba", "trials", every)
    face.add_url_rule("/coba/<device>", "trial", one)
    face.add_url_rule("/coba/<device>/gambar", "trial_taken", taken)
    for address, name in (("mulai", "begin_trial"), ("jawab", "answer_trial"), ("hapus", "erase_trial")):
        face.add_url_rule(f"/coba/<device>/{address}", name, act, methods=["POST"], defaults={"name": name})
