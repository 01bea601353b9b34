"""The kiosk's screen stays ours, under the real policy in a real window: whatever is pressed, touched or asked."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from faces import Site, served
from front_office import open_office
from kiosk_screen import KioskScreen, kiosk_screen, until
from werkzeug.serving import make_server


def children_of(screen: KioskScreen, kind: str) -> list[int]:
    """The processes of this kind that the screen's browser has begun."""
    found, level = [], {screen.browser.pid}
    parents = {}
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parents[int(place.name)] = int((place / "stat").read_text().rpartition(")")[2].split()[1])
    while level:
        level = {one for one, parent in parents.items() if parent in level}
        for one in level:
            with suppress(OSError):
                if kind.encode() in Path(f"/proc/{one}/cmdline").read_bytes():
                    found.append(one)
    return found


CHORDS = (
    "ctrl+n", "ctrl+shift+n", "ctrl+t", "ctrl+w", "ctrl+shift+w", "alt+f4", "ctrl+h", "ctrl+j", "ctrl+shift+del",
    "ctrl+shift+o", "ctrl+o", "ctrl+s", "ctrl+p", "ctrl+u", "ctrl+f", "ctrl+g", "ctrl+l", "ctrl+plus", "ctrl+minus",
    "ctrl+r", "ctrl+shift+i", "ctrl+shift+c", "ctrl+alt+del", "ctrl+alt+f2", "alt+left", "alt+home", "alt+tab",
    "alt+esc", "shift+esc", "super", "menu", "print", "f1", "f3", "f5", "f6", "f7", "f10", "f11", "f12", "esc",
    "back", "www", "reload",
)  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with served(open_office(tmp_path_factory.mktemp("office")), "resident") as found:
        yield found


@pytest.fixture(scope="module")
def screen(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[KioskScreen]:
    with kiosk_screen(tmp_path_factory.mktemp("screen"), site.address) as found:
        yield found


@pytest.fixture(scope="module")
def first_look(screen: KioskScreen) -> bytes:
    """The first page at rest: what it looks like when two looks, a round trip of the page apart, are alike."""
    looks = [screen.pixels()]

    def at_rest() -> bool:
        screen.pipe.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        looks.append(screen.pixels())
        return looks[-1] == looks[-2] and len(set(looks[-1])) > 20

    assert until(at_rest)
    return looks[-1]


def is_ours(screen: KioskScreen, first_look: bytes) -> bool:
    """One window, one page, of ours; the keyboard speaks to it; the screen looks as it did."""
    assert list(screen.pipe.pages()) == [f"{screen.address}/"]
    screen.pipe.evaluate(
        "document.activeElement?.blur(), window.heard = 0, onkeydown = (event) => { heard += event.key === 'q' }"
    )
    screen.press("q")
    assert until(lambda: screen.pipe.evaluate("window.heard") == 1), "the keyboard speaks to something else"
    assert len(screen.windows()) == 1
    return until(lambda: screen.pixels() == first_look)


@pytest.mark.parametrize("chord", CHORDS)
def test_a_chord_on_a_plugged_keyboard_does_nothing(screen: KioskScreen, first_look: bytes, chord: str) -> None:
    screen.press(*chord.split("+"))
    assert is_ours(screen, first_look)


MARKED = {
    "kp*": "NumpadMultiply", "kp/": "NumpadDivide", "kp+": "NumpadAdd", "kp-": "NumpadSubtract",
    "kp.": "NumpadDecimal", "f23": "F23", "f24": "F24",
}  # fmt: skip


@pytest.mark.parametrize("key", MARKED)
def test_a_marked_key_of_the_keypad_is_heard_by_the_page_and_by_nothing_else(
    screen: KioskScreen, first_look: bytes, key: str
) -> None:
    screen.pipe.evaluate("window.codes = [], addEventListener('keydown', (event) => codes.push(event.code))")
    screen.press(key)
    assert until(lambda: MARKED[key] in screen.pipe.evaluate("codes"))
    assert is_ours(screen, first_look)


def test_the_same_chord_on_an_ordinary_keyboard_opens_a_window(site: Site, tmp_path: Path) -> None:
    """What the kiosk's keymap is for: the policy alone does not hold this."""
    with kiosk_screen(tmp_path, site.address, keymap=False) as screen:
        screen.press("ctrl", "n")
        assert until(lambda: len(screen.windows()) == 2)


def test_nobody_looks_into_the_page_under_the_whole_policy(site: Site, tmp_path: Path) -> None:
    with kiosk_screen(tmp_path, site.address, looked_into=False) as screen, pytest.raises(PermissionError):
        screen.pipe.attach()


LINK = (
    "const a = document.createElement('a'); {more}; a.href = {href!r}; document.body.append(a); a.click(); a.remove()"
)
ASKED = {
    "print": "window.print()",
    "popup": "window.open('/', '', 'width=300,height=300')",
    "blank popup": "window.open('about:blank')",
    "full screen": "document.documentElement.requestFullscreen().then(() => document.exitFullscreen(), () => {})",
    "notification": "Notification.requestPermission(); 0",
    "camera": "navigator.mediaDevices.getUserMedia({video: true, audio: true}).catch(() => {}); 0",
    "screen capture": "navigator.mediaDevices.getDisplayMedia().catch(() => {}); 0",
    "usb": "navigator.usb.requestDevice({filters: []}).catch(() => {}); 0",
    "serial": "navigator.serial.requestPort().catch(() => {}); 0",
    "hid": "navigator.hid.requestDevice({filters: []}).catch(() => {}); 0",
    "bluetooth": "navigator.bluetooth?.requestDevice({acceptAllDevices: true}).catch(() => {}); 0",
    "place": "navigator.geolocation.getCurrentPosition(() => {}, () => {}); 0",
    "clipboard": "navigator.clipboard.readText().catch(() => {}); 0",
    "fonts": "window.queryLocalFonts?.().catch(() => {}); 0",
    "folder": "window.showDirectoryPicker?.().catch(() => {}); 0",
    "download": LINK.format(more="a.download = 'x.exe'", href="data:application/octet-stream,x"),
    "blob": LINK.format(more="a.download = 'x'", href="X").replace("'X'", "URL.createObjectURL(new Blob(['x']))"),
    "new tab": LINK.format(more="a.target = '_blank'", href="/"),
    **{
        href.partition(":")[0]: LINK.format(more="", href=href)
        for href in (
            "file:///etc/passwd", "chrome://version", "view-source:/", "javascript:document.body.remove()",
            "data:text/html,x", "devtools://devtools", "tel:119", "mailto:a@example.org", "intent://x#Intent;end",
            "sms:119", "https://example.org/", "about:blank",
        )
    },
    "another place": "location.assign('http://localhost/')",
    "another port": "location.replace(location.origin + '1/')",
    "a call by address": "location.href = 'tel:119'",
    "a form sent away": "const f = document.createElement('form'); f.action = 'https://example.org/';"
    " document.body.append(f); f.submit(); f.remove()",
}  # fmt: skip
"""What a page could be made to ask for by whoever got a script or a link into it."""


@pytest.mark.parametrize("what", ASKED)
def test_what_a_page_is_made_to_ask_for_is_refused_without_a_word(
    screen: KioskScreen, first_look: bytes, what: str
) -> None:
    screen.pipe.evaluate("{" + ASKED[what] + "}")
    assert is_ours(screen, first_look)


CHALLENGES = ('Basic realm="x"', 'Digest realm="x", nonce="x"', "NTLM", "Negotiate")


def asks_who(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    """A first page, and behind every other address the question for a name and a password."""
    number = environ["PATH_INFO"].removeprefix("/")
    asked = [("WWW-Authenticate", CHALLENGES[int(number)])] if number.isdecimal() else []
    start("401 Unauthorized" if asked else "200 OK", [("Content-Type", "text/html"), *asked])
    return [f"<title>SIAGA</title><p>{number or 'first'}</p>".encode()]


def page_says(screen: KioskScreen, text: str) -> bool:
    return until(lambda: screen.pipe.evaluate("document.body?.innerText") == text)


def test_no_answer_makes_the_browser_ask_for_a_password(tmp_path: Path) -> None:
    """A resident could not leave that box; what the answer itself says is shown instead, at once."""
    server = make_server("127.0.0.1", 0, asks_who, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        with kiosk_screen(tmp_path, f"http://127.0.0.1:{server.server_port}") as screen:
            for number, challenge in enumerate(CHALLENGES):
                screen.pipe.evaluate(f"location.assign('/{number}')")
                assert page_says(screen, str(number)), challenge
                screen.pipe.evaluate("window.heard = 0, onkeydown = (event) => { heard += event.key === 'q' }")
                screen.press("q")
                assert until(lambda: screen.pipe.evaluate("window.heard") == 1), challenge
                assert len(screen.windows()) == 1, challenge
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()


@pytest.mark.parametrize("button", ["1", "2", "3"])
def test_a_long_press_brings_no_menu(screen: KioskScreen, first_look: bytes, button: str) -> None:
    screen.touch(700, 600, button, held=1.2)
    assert is_ours(screen, first_look)


@pytest.mark.parametrize("where", ["h1", ".languages button", "a.tile svg, .tile svg"])
def test_a_long_press_of_a_finger_on_text_link_and_picture_brings_nothing(
    screen: KioskScreen, first_look: bytes, where: str
) -> None:
    """Neither menu, nor handles of a selection, nor a picture to be saved; the finger is drawn away, not lifted."""
    place = f"(() => {{ const box = document.querySelector('{where}').getBoundingClientRect();"
    x, y = screen.pipe.evaluate(place + " return [box.x + box.width / 2, box.y + box.height / 2]; })()")
    screen.pipe.evaluate("window.menus = 0, addEventListener('contextmenu', () => { menus += 1 })")
    screen.pipe.call("Input.dispatchTouchEvent", type="touchStart", touchPoints=[{"x": x, "y": y}])
    screen.pipe.evaluate("new Promise((done) => setTimeout(done, 1200))")
    screen.pipe.call("Input.dispatchTouchEvent", type="touchCancel", touchPoints=[])
    assert screen.pipe.evaluate("String(getSelection())") == ""
    assert is_ours(screen, first_look)


def test_touches_while_a_dialog_is_open_reach_nothing_beneath_it(screen: KioskScreen, first_look: bytes) -> None:
    screen.pipe.evaluate("document.querySelector('dialog').showModal()")
    screen.many_touches(700, 600, 50)
    screen.press("esc")
    screen.pipe.evaluate("document.querySelector('dialog').close()")
    assert is_ours(screen, first_look)


def test_the_screen_comes_back_when_what_draws_it_is_killed(site: Site, tmp_path: Path) -> None:
    with kiosk_screen(tmp_path, site.address) as screen:
        assert until(lambda: len(set(screen.pixels())) > 20)
        before = children_of(screen, "--type=gpu-process")
        assert before
        for one in before:
            os.kill(one, signal.SIGKILL)
        assert until(lambda: (found := children_of(screen, "--type=gpu-process")) and not set(found) & set(before))
        screen.pipe.evaluate("document.body.style.background = '#123456'")
        assert until(lambda: bytes.fromhex("563412") in screen.pixels()), "what the page shows is drawn again"
        assert list(screen.pipe.pages()) == [f"{screen.address}/"]


def _touches(screen: KioskScreen, *frames: list[tuple[int, int]]) -> None:
    kinds = ["touchStart", *["touchMove"] * (len(frames) - 1)]
    for kind, fingers in zip(kinds, frames, strict=True):
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(fingers)]
        screen.pipe.call("Input.dispatchTouchEvent", type=kind, touchPoints=points)
    screen.pipe.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])


@pytest.mark.parametrize(
    "frames",
    [
        pytest.param([[(600 - n, 500), (680 + n, 500)] for n in range(0, 300, 20)], id="pinch"),
        pytest.param([[(2 + n, 500)] for n in range(0, 900, 30)], id="swipe from the left edge"),
        pytest.param([[(1278 - n, 500)] for n in range(0, 900, 30)], id="swipe from the right edge"),
        pytest.param([[(640, 60 + n)] for n in range(0, 600, 20)], id="pull to refresh"),
        pytest.param(
            [[(400 + n, 500), (500 + n, 500), (600 + n, 500)] for n in range(0, 400, 20)], id="three fingers"
        ),
        pytest.param([[(640, 798 - n)] for n in range(0, 500, 20)], id="swipe from below"),
    ],
)
def test_a_gesture_does_nothing(screen: KioskScreen, first_look: bytes, frames: list[list[tuple[int, int]]]) -> None:
    screen.pipe.evaluate("history.pushState(null, '', '/')")
    _touches(screen, *frames)
    assert screen.pipe.evaluate("visualViewport.scale") == 1
    assert is_ours(screen, first_look)


def test_a_picture_cannot_be_dragged_out(screen: KioskScreen, first_look: bytes) -> None:
    screen.drag((190, 210), (900, 600))
    assert is_ours(screen, first_look)


def test_two_hundred_touches_a_second_do_no_harm(screen: KioskScreen, first_look: bytes) -> None:
    screen.many_touches(700, 600, 200)
    assert is_ours(screen, first_look)
