"""How a visit is seen: size of letters, colours, and whether it is heard; back to plain when it ends."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from flask import Blueprint, jsonify, request, session
from werkzeug.wrappers import Response as AnyResponse

from appliance.kiosk_ui import language
from appliance.kiosk_ui.protection import see_other, within
from appliance.kiosk_ui.voice import DECIBELS, NORMAL, SPEEDS, USUAL

SIZES = ("standard", "large", "largest")
CONTRASTS = ("standard", "dark-on-light", "light-on-dark", "soft")
LOUDNESS = "Keras suara"
SPELT, TONES = "Yang Anda ketik diucapkan.", "Yang Anda ketik berbunyi nada."
LIT = "Layar menyala. Tombol bertanda telinga menggelapkannya."


@dataclass(frozen=True, slots=True)
class Comfort:
    """The choices of a visit; `speed` and `loudness` are places in `SPEEDS` and `DECIBELS`.

    `private` is for headphones and the keypad: everything is said, what is typed too unless `tones` were chosen
    instead; the screen is `dark` until somebody touches it.
    """

    size: str = "standard"
    contrast: str = "standard"
    sound: bool = False
    speed: int = NORMAL
    loudness: int = USUAL
    private: bool = False
    dark: bool = False
    tones: bool = False

    @property
    def plain(self) -> bool:
        """Whether nothing was chosen."""
        return self == PLAIN

    @property
    def gain(self) -> float:
        """The loudness as a factor of the loudest, 0.01 to 1."""
        return float(round(10 ** (DECIBELS[self.loudness] / 20), 4))


PLAIN = Comfort()


def current() -> Comfort:
    """The choices of this visit."""
    chosen = session.get("comfort")
    return Comfort(**chosen) if chosen else PLAIN


def _after(values: tuple[str, ...], now: str) -> str:
    return values[(values.index(now) + 1) % len(values)]


def _ear(now: Comfort) -> Comfort:
    """The key marked with an ear: on and dark; dark again where a touch has lit it; off."""
    if now.private and now.dark:
        return replace(now, sound=False, private=False, dark=False)
    return replace(now, sound=True, private=True, dark=True)


def changed(now: Comfort, what: str) -> Comfort:
    """The next choice of this kind; an unknown kind changes nothing."""
    match what:
        case "size":
            return replace(now, size=_after(SIZES, now.size))
        case "contrast":
            return replace(now, contrast=_after(CONTRASTS, now.contrast))
        case "sound":
            return replace(now, sound=not now.sound, private=False, dark=False)
        case "speed":
            return replace(now, speed=(now.speed + 1) % len(SPEEDS))
        case "loudness":
            return replace(now, loudness=(now.loudness + 1) % len(DECIBELS))
        case "softer":
            return replace(now, loudness=max(0, now.loudness - 1))
        case "louder":
            return replace(now, loudness=min(len(DECIBELS) - 1, now.loudness + 1))
        case "ear":
            return _ear(now)
        case "plugged":
            return now if now.private else _ear(now)
        case "unplugged":
            return replace(now, sound=False, private=False, dark=False) if now.private else now
        case "light":
            return replace(now, dark=False)
        case "echo":
            return replace(now, tones=not now.tones)
        case _:
            return now


def told(now: Comfort, what: str) -> str:
    """What a listener is told of a choice just made on the keypad, in the language of the visit."""
    match what:
        case "softer" | "louder":
            of = f"{now.loudness + 1} {language.translate('dari')} {len(DECIBELS)}"
            return f"{language.translate(LOUDNESS)} {of}"
        case "echo":
            return language.translate(TONES if now.tones else SPELT)
        case "light":
            return language.translate(LIT)
        case _:
            return ""


def add_comfort(face: Blueprint) -> None:
    """Add /tampilan: one choice changed, and back to the page; to its own script, only what is said of it."""

    def choose() -> AnyResponse:
        what = request.form.get("what", "")
        chosen = changed(current(), what)
        if chosen.plain:  # as it was before anybody chose: nothing of it is left to be wiped
            session.pop("comfort", None)
        else:
            session["comfort"] = asdict(chosen)
        if "quiet" in request.form:
            return jsonify(say=told(chosen, what), gain=chosen.gain)
        return see_other(within(request.form.get("back", "/")))

    face.add_url_rule("/tampilan", "choose_comfort", choose, methods=["POST"])
    face.app_context_processor(lambda: {"comfort": current()})
