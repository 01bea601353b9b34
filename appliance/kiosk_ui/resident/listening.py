"""What a visit hears: every page that is shown, the warning before its end, with headphones each thing by itself."""

from __future__ import annotations

import json
from collections.abc import Sequence

from flask import Blueprint, Response, make_response, request, session
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from appliance.kiosk_ui import language
from appliance.kiosk_ui.resident.comfort import current
from appliance.kiosk_ui.spoken import LONGEST, sentences
from appliance.kiosk_ui.voice import Mute, Voice

SAID = "said"
SAID_OF = "said-of"
"""The address of the page that is said."""
WORD = "word"
GREETED = "greeted"
CHOSEN = "dipilih"
"""Spoken before an option that is on."""
FILLED = "sudah diisi"
"""Spoken on the loudspeaker in place of what was typed."""
STILL_HERE = ("Masih di sini?", "Sentuh layar untuk melanjutkan.")
STILL_HERE_BY_KEY = ("Masih di sini?", "Tekan tombol apa saja untuk melanjutkan.")
"""Spoken when a visit is about to end."""
SAMPLE = ("Mesin ini bisa membacakan layar.", "Sentuh gambar suara di atas, atau tombol bertanda telinga.")
"""Played on the screen that waits for somebody."""
GREETING = (
    "Layar gelap. Semua dibacakan.",
    "Tanpa pelantang telinga, orang lain ikut mendengar.",
    "Panah bawah dan panah atas: pindah.",
    "Tombol bulat: pilih.",
    "Panah kanan: lanjut. Panah kiri: kembali.",
    "Garis miring: ulangi. Tambah dan kurang: keras suara.",
    "Titik: ketikan diucapkan atau berbunyi nada.",
    "Tombol bertanda telinga: layar menyala dan suara berhenti.",
)
"""Said once, when the screen has gone dark."""
LETTERS = "Huruf: tekan angka beberapa kali. Panah kanan menerima huruf."
"""Said after a page on which letters are typed."""
WORDS = {
    "button": "tombol",
    "field": "isian",
    "empty": "kosong",
    "on": CHOSEN,
    "off": "belum dipilih",
    "of": "dari",
    "gone": "dihapus",
    "kept": "diterima",
    "filled": FILLED,
}
"""What the page's script says beside the page's own words."""
SIGNS = {" ": "spasi", "-": "strip", "/": "garis miring", ".": "titik", "+": "tambah"}
"""Signs that a synthesiser passes over when they stand alone."""


def add_listening(face: Blueprint, voice: Voice) -> None:
    """Add /suara, /suara/masih, /suara/contoh and /suara/kata, and listen to every page that is shown."""

    def spoken(said: Sequence[str]) -> Response:
        comfort = current()
        try:
            answer = make_response(voice.say(said, language.current(), comfort.speed, comfort.loudness))
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
        return spoken([language.translate(one) for one in (STILL_HERE_BY_KEY if current().private else STILL_HERE)])

    def sample() -> Response:
        return spoken([*map(language.translate, SAMPLE)])

    def ask_word() -> AnyResponse:
        """By POST: what is said may be a name, which stands in no address."""
        text = request.form.get("text", "")[:LONGEST]
        if not current().sound or not text:
            raise NotFound
        session[WORD] = text
        return make_response("", 204)

    def say_word() -> Response:
        if not current().sound or not session.get(WORD):
            raise NotFound
        return spoken([session[WORD]])

    def listen(answer: Response) -> Response:
        comfort, translate = current(), language.translate
        ended = (() if comfort.private else (GREETED,)) + (() if comfort.sound else (SAID, SAID_OF, WORD))
        for one in session.keys() & set(ended):
            session.pop(one)
        if not comfort.sound or answer.mimetype != "text/html":
            return answer
        # a page that looks itself up while its visitor goes on is answered after the page he went to
        if "X-Live" in request.headers and session.get(SAID_OF) != request.path:
            return answer
        page = answer.get_data(as_text=True)
        if "<main" not in page:
            return answer
        said = sentences(
            page, translate(CHOSEN), None if comfort.private and not comfort.tones else translate(FILLED)
        )
        if comfort.private and GREETED not in session:
            said = (*map(translate, GREETING), *said)
            session[GREETED] = True
        if comfort.private and 'data-keys="letters"' in page:
            said = (*said, translate(LETTERS))
        session[SAID], session[SAID_OF] = said, request.path
        return answer

    def words() -> str:
        said: dict[str, object] = {name: language.translate(word) for name, word in WORDS.items()}
        said["signs"] = {sign: language.translate(word) for sign, word in SIGNS.items()}
        return json.dumps(said, ensure_ascii=False)

    face.add_url_rule("/suara", "say", say)
    face.add_url_rule("/suara/masih", "say_still_here", warn)
    face.add_url_rule("/suara/contoh", "sample", sample)
    face.add_url_rule("/suara/kata", "ask_word", ask_word, methods=["POST"])
    face.add_url_rule("/suara/kata", "say_word", say_word)
    face.after_app_request(listen)
    face.app_context_processor(lambda: {"can_speak": voice.speaks(language.current()), "spoken_words": words})
