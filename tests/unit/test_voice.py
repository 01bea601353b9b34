"""What the kiosk says: the whole page and nothing else, by a person's recording or a synthesiser, never late."""

from __future__ import annotations

import io
import stat
import time
import wave
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from flask.testing import FlaskClient
from front_office import FrontOffice, forms, open_office, post
from hypothesis import given
from hypothesis import strategies as st

from appliance.kiosk_ui.resident.comfort import CONTRASTS, SIZES, Comfort, changed
from appliance.kiosk_ui.resident.listening import GREETING, LETTERS
from appliance.kiosk_ui.spoken import LONGEST, sentences, spaced
from appliance.kiosk_ui.voice import (
    DECIBELS,
    NORMAL,
    RATE,
    SPEEDS,
    USUAL,
    Mute,
    Voice,
    clip_id,
    frames_of,
    installed,
    softened,
)

PAGE = """<!doctype html><html><head><title>Judul</title><style>p { }</style></head><body>
<header><p>SIAGA</p><button>Indonesia</button></header>
<div class="strip"><p class="step">Langkah 2 dari 9</p></div>
<main><form><input type="hidden" name="csrf_token" value="rahasia"><h1>Siapa yang melapor?</h1>
<p class="hint">Pilih satu.</p>
<label class="tile"><input type="radio" checked><svg><path d="M1"/></svg><span>Saya sendiri</span></label>
<label class="tile"><input type="radio"><span>Tetangga</span></label>
<label><span>Nama</span><input value="RATNA"></label>
<div data-keyboard><button>Q</button></div></form></main>
<footer><a>Kembali</a></footer><dialog><h2>Masih di sini?</h2></dialog><script>no()</script></body></html>"""

FULL = len(DECIBELS) - 1


def seconds(recording: bytes) -> float:
    return len(frames_of(recording)) / 2 / RATE


def test_a_page_is_said_in_reading_order_and_what_is_chosen_first() -> None:
    assert sentences(PAGE, "dipilih") == (
        "Langkah 2 dari 9",
        "Siapa yang melapor?",
        "Pilih satu.",
        "dipilih: Saya sendiri",
        "Tetangga",
        "Nama RATNA",
        "Kembali",
    )


@given(st.text(alphabet=st.sampled_from("<>/\"'= abcdh1pinput-!&;#x"), max_size=300))
def test_any_page_is_heard_without_trouble_and_within_bounds(page: str) -> None:
    found = sentences(page, "dipilih")
    assert sum(map(len, found)) <= LONGEST + len("dipilih: ") * len(found)
    assert all(any(letter.isalnum() for letter in one) for one in found)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("SG-7K3F-92.", "S, G, 7, K, 3, F, 9, 2."),
        ("Anda: SG-XMDE-WW.", "Anda: S, G, X, M, D, E, W, W."),
        ("9972010101010001", ", ".join("9972010101010001")),
        ("pukul 14.05 WIB", "pukul 14.05 WIB"),
        ("tahun 2026", "tahun 2026"),
        ("KTP dan KK", "KTP dan KK"),
    ],
)
def test_codes_and_long_numbers_are_dictated(written: str, said: str) -> None:
    assert spaced(written) == said


def test_the_synthesiser_speaks_both_languages_and_slower_takes_longer() -> None:
    voice = installed(None)
    said = ("Apa yang Anda perlukan?", "Lapor penduduk tanpa dokumen.")
    assert voice.speaks("id") and voice.speaks("en") and not voice.speaks("jv")
    long, usual, short = (seconds(voice.say(said, "id", speed)) for speed in (0, NORMAL, len(SPEEDS) - 1))
    assert long > usual > short > 0.5
    assert seconds(voice.say(("What do you need?",), "en")) > 0.5


def recording(samples: int, rate: int = RATE) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(rate)
        written.writeframes(b"\x01\x02" * samples)
    return out.getvalue()


def test_a_persons_recording_is_taken_for_its_sentence_and_the_rest_is_synthesised(tmp_path: Path) -> None:
    (tmp_path / "jv").mkdir()
    (tmp_path / "id").mkdir()
    (tmp_path / "id" / f"{clip_id('Selesai')}.wav").write_bytes(recording(100))
    (tmp_path / "id" / f"{clip_id('Kembali')}.wav").write_bytes(recording(100, rate=8000))
    voice = installed(tmp_path)
    assert frames_of(voice.say(("Selesai",), "id", loudness=FULL)) == b"\x01\x02" * 100
    mixed = frames_of(voice.say(("Kembali", "Selesai"), "id", loudness=FULL))
    assert mixed.endswith(b"\x01\x02" * 100) and len(mixed) > RATE // 2, "a recording of another shape is not taken"
    assert voice.speaks("jv")
    with pytest.raises(Mute):
        voice.say(("Rampung",), "jv")


def test_without_a_synthesiser_the_kiosk_is_silent_and_says_so() -> None:
    assert not Voice().speaks("id")
    with pytest.raises(Mute):
        Voice().say(("Selesai",), "id")


@pytest.mark.parametrize("what", ["sleep 60", "exit 1", "echo nothing"])
def test_a_synthesiser_that_fails_is_left_in_time_and_its_text_stands_nowhere(tmp_path: Path, what: str) -> None:
    program = tmp_path / "espeak-ng"
    program.write_text(f"#!/bin/sh\nexec {what}\n" if "sleep" in what else f"#!/bin/sh\n{what}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    began = time.monotonic()
    with pytest.raises(Mute) as failed:
        Voice(None, str(program), seconds=0.5).say(("SUGENG RIYADI",), "id")
    assert time.monotonic() - began < 5
    assert "SUGENG" not in repr(failed.value) and failed.value.__cause__ is None


def test_every_choice_comes_round_again() -> None:
    plain = Comfort()
    assert plain.plain
    rounds = (("size", SIZES), ("contrast", CONTRASTS), ("sound", (True, False)), ("ear", (True, False)))
    for what, values in (*rounds, ("speed", SPEEDS), ("loudness", DECIBELS), ("echo", (True, False))):
        now = plain
        for _ in values:
            now = changed(now, what)
        assert now == plain
    assert changed(plain, "nothing") == plain


def test_loudness_has_a_floor_a_ceiling_and_twenty_decibels_above_the_usual() -> None:
    assert DECIBELS[USUAL] == -20 and DECIBELS[-1] == 0 and DECIBELS[0] < DECIBELS[USUAL]
    assert all(0 < after - before <= 10 for before, after in pairwise(DECIBELS))
    for what, end in (("softer", 0), ("louder", len(DECIBELS) - 1)):
        now = Comfort()
        for _ in DECIBELS:
            now = changed(now, what)
        assert now.loudness == end
    assert (Comfort().gain, changed(Comfort(), "louder").gain) == (0.1, 0.1778)


def test_a_voice_is_as_loud_as_it_was_set() -> None:
    full = np.array([-32768, -10000, 0, 10000, 32767], dtype="<i2")
    assert softened(full.tobytes(), 0) == full.tobytes()
    assert np.frombuffer(softened(full.tobytes(), -20), dtype="<i2").tolist() == [-3277, -1000, 0, 1000, 3277]
    voice = installed(None)
    peaks = [
        int(np.abs(np.frombuffer(frames_of(voice.say(("Selesai.",), "id", NORMAL, step)), "<i2")).max())
        for step in range(len(DECIBELS))
    ]
    assert peaks == sorted(peaks) and peaks[-1] > 50 * peaks[0] > 0


def test_the_key_with_the_ear_darkens_lights_up_again_after_a_touch_and_ends_it() -> None:
    on = changed(Comfort(), "ear")
    assert on.private and on.dark and on.sound
    touched = changed(on, "light")
    assert touched.private and not touched.dark
    assert changed(touched, "ear") == on
    assert changed(on, "ear") == changed(on, "unplugged") == changed(touched, "sound") == Comfort()
    assert changed(Comfort(), "plugged") == on and changed(on, "plugged") == on
    assert changed(Comfort(), "unplugged") == Comfort()


def test_what_was_typed_is_not_said_where_others_hear_it() -> None:
    page = '<label><span>Nama</span><input value="RATNA"></label><dl><dt>Siapa?</dt><dd data-typed>RATNA</dd></dl>'
    assert sentences(page, "dipilih") == ("Nama RATNA", "Siapa?", "RATNA")
    assert sentences(page, "dipilih", "sudah diisi") == ("Nama sudah diisi", "Siapa?", "sudah diisi")


@pytest.fixture
def place(tmp_path: Path) -> FrontOffice:
    return open_office(tmp_path / "data", voice=installed(None))


def test_a_page_that_looks_itself_up_does_not_speak_over_the_one_the_visitor_went_to(place: FrontOffice) -> None:
    visitor = place.app("resident").test_client()
    post(visitor, "/", "/tampilan", what="sound", back="/nomor")
    visitor.get("/nomor")
    first = visitor.get("/suara").data
    visitor.get("/status/kode")
    second = visitor.get("/suara").data
    assert first != second
    visitor.get("/nomor", headers={"X-Live": "1"})
    assert visitor.get("/suara").data == second
    visitor.get("/nomor")
    visitor.get("/nomor", headers={"X-Live": "1"})
    assert visitor.get("/suara").data == first


def test_a_visit_is_heard_only_after_sound_was_chosen_and_forgets_it(place: FrontOffice) -> None:
    visitor = place.app("resident").test_client()
    assert "Bacakan layar" in visitor.get("/").text
    assert visitor.get("/suara").status_code == 404
    assert post(visitor, "/", "/tampilan", what="sound", back="/status").headers["Location"] == "/status"
    assert 'src="/suara"' in visitor.get("/status").text
    said = visitor.get("/suara")
    assert (said.status_code, said.mimetype, said.headers["Cache-Control"]) == (200, "audio/wav", "no-store")
    assert seconds(said.data) > 1
    post(visitor, "/", "/tampilan", what="contrast")
    post(visitor, "/", "/tampilan", what="size", back="//elsewhere")
    page = visitor.get("/").text
    assert 'data-contrast="dark-on-light"' in page and 'data-size="large"' in page
    post(visitor, "/", "/selesai")
    page = visitor.get("/").text
    assert 'data-contrast="standard"' in page and 'src="/suara"' not in page
    assert visitor.get("/suara").status_code == 404
    place.office.store.close()


def test_a_kiosk_without_a_voice_offers_none(tmp_path: Path) -> None:
    place = open_office(tmp_path / "data")
    page = place.app("resident").test_client().get("/")
    assert "Bacakan layar" not in page.text and "Huruf besar" in page.text
    assert forms(page)
    place.office.store.close()


@pytest.fixture
def listener(place: FrontOffice) -> FlaskClient:
    visitor = place.app("resident").test_client()
    post(visitor, "/lapor/setuju", "/lapor/setuju")
    post(visitor, "/lapor/pelapor", "/lapor/pelapor", role="self")
    post(visitor, "/lapor/nama", "/lapor/nama", reporter="RATNA", phone="081200000000")
    return visitor


def said(visitor: FlaskClient) -> str:
    with visitor.session_transaction() as visit:
        return " | ".join(visit["said"])


def test_a_typed_name_and_number_are_said_to_headphones_only(listener: FlaskClient) -> None:
    post(listener, "/", "/tampilan", what="sound")
    assert "RATNA" not in listener.get("/lapor/nama").text.partition("<main")[0]
    assert "Nama lengkap sudah diisi" in said(listener) and "0812" not in said(listener)
    post(listener, "/", "/tampilan", what="ear")
    listener.get("/lapor/nama")
    assert "Nama lengkap RATNA" in said(listener) and "081200000000" in said(listener)
    post(listener, "/", "/tampilan", what="echo")
    listener.get("/lapor/nama")
    assert "Nama lengkap sudah diisi" in said(listener), "tones were asked for instead"


def test_the_keys_are_explained_once_each_time_the_screen_goes_dark(listener: FlaskClient) -> None:
    post(listener, "/", "/tampilan", what="ear")
    listener.get("/")
    assert said(listener).startswith(GREETING[0]) and GREETING[-1] in said(listener)
    listener.get("/lapor/nama")
    assert GREETING[0] not in said(listener) and said(listener).endswith(LETTERS)
    post(listener, "/", "/tampilan", what="ear")
    listener.get("/")
    post(listener, "/", "/tampilan", what="ear")
    listener.get("/")
    assert said(listener).startswith(GREETING[0])


def test_a_word_is_said_to_who_listens_and_stands_in_no_address(listener: FlaskClient) -> None:
    assert post(listener, "/", "/suara/kata", text="RATNA").status_code == 404
    post(listener, "/", "/tampilan", what="ear")
    assert listener.get("/suara/kata").status_code == 404
    assert listener.post("/suara/kata", data={"text": "RATNA"}).status_code == 400
    assert post(listener, "/", "/suara/kata", text="RATNA").status_code == 204
    answer = listener.get("/suara/kata?1")
    assert answer.mimetype == "audio/wav" and seconds(answer.data) > 0.1
    quiet = post(listener, "/", "/tampilan", what="louder", quiet="1")
    assert quiet.json == {"say": "Keras suara 6 dari 9", "gain": 0.1778}
    post(listener, "/", "/selesai")
    assert listener.get("/suara/kata").status_code == 404


def test_a_page_of_trouble_is_heard_too(listener: FlaskClient) -> None:
    post(listener, "/", "/tampilan", what="ear")
    page = listener.get("/tidak-ada")
    assert page.status_code == 404 and "data-dark" in page.text and "keypad.js" in page.text
    assert 'class="cover"' in page.text
    assert "Halaman tidak ada" in said(listener)
