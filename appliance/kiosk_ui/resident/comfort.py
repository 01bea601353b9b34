"""How a visit is seen and heard: size of letters, colours, sound and its speed; back to plain when it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from flask import Blueprint, Response, make_response, request, session
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from appliance.kiosk_ui import language
from appliance.kiosk_ui.protection import see_other
from appliance.kiosk_ui.spoken import sentences
from appliance.kiosk_ui.voice import NORMAL, SPEEDS, Mute, Voice

SIZES = ("standard", "large", "largest")
CONTRASTS = ("standard", "dark-on-light", "light-on-dark", "soft")
SAID = "said"
CHOSEN = "dipilih"
"""Spoken before an option that is on."""
STILL_HERE = ("Masih di sini?", "Sentuh layar untuk melanjutkan.")
"""Spoken when a visit is about to end."""


@dataclass(frozen=True, slots=True)
class Comfort:
    """The choices of a visit; `speed` is a place in `SPEEDS`."""

    size: str = "standard"
    contrast: str = "standard"
    sound: bool = False
    speed: int = NORMAL

    @property
    def plain(self) -> bool:
        """Whether nothing was chosen."""
        return self == Comfort()


def current() -> Comfort:
    """The choices of this visit."""
    return Comfort(**session.get("comfort", {}))


def _after(values: tuple[str, ...], now: str) -> str:
    return values[(values.index(now) + 1) % len(values)]


def changed(now: Comfort, what: str) -> Comfort:
    """The next choice of this kind; an unknown kind changes nothing."""
    match what:
        case "size":
            return replace(now, size=_after(SIZES, now.size))
        case "contrast":
            return replace(now, contrast=_after(CONTRASTS, now.contrast))
        case "sound":
            return replace(now, sound=not now.sound)
        case "slower":
            return replace(now, speed=max(0, now.speed - 1))
        case "faster":
            return replace(now, speed=min(len(SPEEDS) - 1, now.speed + 1))
        case _:
            return now


def add_comfort(face: Blueprint, voice: Voice) -> None:
    """Add /tampilan and /suara, and listen to every page that is shown."""

    def choose() -> AnyResponse:
        session["comfort"] = asdict(changed(current(), request.form.get("what", "")))
        back = request.form.get("back", "/")
        return see_other(back if back.startswith("/") and not back.startswith("//") and "\\" not in back else "/")

    def spoken(said: Sequence[str]) -> Response:
        try:
            answer = make_response(voice.say(said, language.current(), current().speed))
        except Mute:
            raise NotFound from None
        answer.mimetype = "audio/wav"
        return answer

    def say() -> Response:
        if not session.get(SAID):
            raise NotFound
        return spoken(session[SAID])

    def warn() -> Response:
        if not current().sound:
            raise NotFound
        return spoken([language.translate(one) for one in STILL_HERE])

    def listen(answer: Response) -> Response:
        if current().sound and answer.mimetype == "text/html" and request.endpoint != "static":
            session[SAID] = sentences(answer.get_data(as_text=True), language.translate(CHOSEN))
        return answer

    face.add_url_rule("/tampilan", "choose_comfort", choose, methods=["POST"])
    face.add_url_rule("/suara", "say", say)
    face.add_url_rule("/suara/masih", "say_still_here", warn)
    face.after_request(listen)
    face.app_context_processor(lambda: {"comfort": current(), "can_speak": voice.speaks(language.current())})
