"""Hostile pictures hold up nobody else: neither the next finger at the real engine, nor a page of the real server.

What is counted is who was answered while somebody else's hostile picture was being read, not how long anything took.
"""

from __future__ import annotations

import io
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from counter import Counter, open_counter
from front_office import PIN, open_office
from PIL import Image
from waitress import create_server

from appliance.biometrics.child import PictureChild
from appliance.biometrics.engine import FingerEngine, PortraitEngine
from appliance.biometrics.portrait_rules import Cloth
from appliance.faults import DeviceFault
from hw_sim.demo.browser import Browser, PageRefused
from hw_sim.fingers import FingerCache
from hw_sim.people import Person

CACHE = FingerCache(Path(__file__).parents[2] / "build" / "fingers")
SEED = Person("Uji Coba", 9001).finger_seed("right_index")
GUARD_SECONDS = 90
"""No limit that is measured against; a test that hangs ends here."""


def noise(side: int, form: str) -> bytes:
    out = io.BytesIO()
    grey = np.random.default_rng(side).integers(0, 256, (side, side), dtype=np.uint8)
    Image.fromarray(grey).save(out, form, **({"quality": 30} if form == "JPEG" else {}))
    return out.getvalue()


def vast(whole: bytes) -> bytes:
    """A small PNG whose header promises a hundred million pixels."""
    return whole[:16] + (10_000).to_bytes(4) + (10_000).to_bytes(4) + whole[24:]


FINGERS = {
    "the largest that is read": lambda: noise(800, "PNG"),
    "2000 x 2000": lambda: noise(2000, "PNG"),
    "cut off": lambda: CACHE.impression(SEED, 0)[:9_000],
    "one pixel": lambda: noise(1, "PNG"),
    "hundred megapixels": lambda: vast(noise(120, "PNG")),
}
FACES = {
    "noise": lambda: noise(2000, "JPEG"),
    "cut off": lambda: noise(2000, "JPEG")[:200_000],
    "hundred megapixels": lambda: vast(noise(120, "PNG")),
    "no picture": lambda: b"no picture at all",
}


class Endless:
    """Asks again and again until told to stop, each time at once; counts."""

    def __init__(self, asks: list[Callable[[], object]]) -> None:
        self.answered, self.once = 0, threading.Event()
        self._asks, self._stop = asks, threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        while not self._stop.is_set():
            for ask in self._asks:
                with suppress(DeviceFault):
                    ask()
                self.answered += 1
                self.once.set()

    def __enter__(self) -> Endless:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(GUARD_SECONDS)
        assert not self._thread.is_alive()


@pytest.fixture
def child() -> Iterator[PictureChild]:
    found = PictureChild()
    yield found
    found.close()


def test_a_finger_waits_for_no_more_than_the_picture_before_it(child: PictureChild) -> None:
    """As in the device process: both engines ask the same child, a finger's pictures and the camera's."""
    fingers, portraits = FingerEngine(child, GUARD_SECONDS), PortraitEngine(child, GUARD_SECONDS)
    fingers.start()
    hostile = [*FINGERS.values()], [*FACES.values()]
    pictures = [[make() for make in made] for made in hostile]
    good = CACHE.impression(SEED, 0)
    with (
        Endless([lambda one=one: fingers.extract(one) for one in pictures[0]]) as at_fingers,
        Endless([lambda one=one: portraits.examine(one, Cloth.RED) for one in pictures[1]]) as at_faces,
    ):
        assert at_fingers.once.wait(GUARD_SECONDS) and at_faces.once.wait(GUARD_SECONDS)
        for _ in range(6):
            before = at_fingers.answered, at_faces.answered
            template, quality = fingers.extract(good)
            assert len(template.minutiae) > 30 and quality > 30
            # Those that were asked for before it, and what may be answered until this thread is awake again.
            assert at_fingers.answered - before[0] <= 3
            assert at_faces.answered - before[1] <= 3
    assert child.pid is not None, "none of them cost the child its life"


def test_a_picture_that_takes_long_is_not_charged_to_the_next(child: PictureChild) -> None:
    """The child stands still in one question for longer than the next one, asked meanwhile, has patience."""
    patient, hasty = FingerEngine(child, GUARD_SECONDS), FingerEngine(child, 3.0)
    patient.start()
    blank = CACHE.impression(SEED, 0, "blank")
    assert patient.cause(blank) == "finger.none"
    stopped = child.pid
    assert stopped is not None
    os.kill(stopped, signal.SIGSTOP)
    said: list[str] = []
    askers = [threading.Thread(target=lambda one=one: said.append(one.cause(blank))) for one in (patient, hasty)]
    for queued, asker in enumerate(askers):
        asker.start()
        while len(child._turns._waiting) <= queued:
            time.sleep(0.01)
    askers[1].join(3.5)  # its three seconds are over
    assert askers[1].is_alive()
    os.kill(stopped, signal.SIGCONT)
    for asker in askers:
        asker.join(GUARD_SECONDS)
    assert (said, child.pid) == (["finger.none"] * 2, stopped)


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    found = open_counter(tmp_path)
    yield found
    found.store.close()


def test_pages_are_answered_while_hostile_papers_are_read(tmp_path: Path, counter: Counter) -> None:
    """Each page that counts was asked for after a hostile paper was sent, and was there before its answer."""
    case = counter.attached()
    server = create_server(open_office(tmp_path).app("officer"), host="127.0.0.1", port=0, threads=4, ident=None)
    thread = threading.Thread(target=server.run)
    thread.start()
    base = f"http://127.0.0.1:{server.effective_port}"
    papers = [make() for make in FACES.values()]
    spans: list[tuple[float, float]] = []
    done = threading.Event()

    def send() -> None:
        officer = Browser(base, ("petugas", PIN))
        while not done.is_set():
            for paper in papers:
                officer.get(f"/petugas/kasus/{case}")
                began = time.monotonic()
                with suppress(PageRefused):
                    officer.submit("upload_scan", file=("berkas", "surat.png", paper))
                spans.append((began, time.monotonic()))

    sender = threading.Thread(target=send)
    reader = Browser(base, ("kasi", PIN))
    reader.get("/petugas/")
    pages: list[tuple[float, float]] = []
    sender.start()
    try:
        within = 0
        end = time.monotonic() + GUARD_SECONDS
        while within < 10 and time.monotonic() < end:
            began = time.monotonic()
            reader.get("/petugas/")
            pages.append((began, time.monotonic()))
            within = sum(any(a < began and ended < b for a, b in list(spans)) for began, ended in pages)
    finally:
        done.set()
        sender.join(GUARD_SECONDS)
        server.close()
        thread.join(GUARD_SECONDS)
    assert within >= 10
