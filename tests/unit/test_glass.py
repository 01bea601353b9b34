"""The glass of the finger scanner: turns at its wire, whose page may see it, and what is dropped of other people."""

from __future__ import annotations

import functools
import json
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from books import Seconds
from counter import being_recorded
from front_office import FrontOffice, forms, open_office, post, sign_in

from appliance.app.deviced import looked
from appliance.casework.roles import Role
from appliance.clock import Deadline
from appliance.devices import DeviceStatus
from appliance.drivers.shared_glass import BEAT_SECONDS, SharedGlass
from appliance.issuance.glass import AIM, SCANNER, UNJUDGED, GlassViewfinder
from appliance.issuance.rack import DeviceRack
from appliance.issuance.viewfinder import IDLE_SECONDS, Viewfinder
from appliance.kiosk_ui.officer.ten_fingers import NO_LIVE_PICTURE, NO_SCANNER, NOW
from appliance.office.acts import ACTS
from appliance.queue.viewing import View

MINE, ANOTHER = "case:0", "other:0"


def test_while_somebody_waits_for_the_wire_no_live_picture_is_begun() -> None:
    glass = SharedGlass()
    begun, end, waiting = threading.Event(), threading.Event(), threading.Event()
    order: list[str] = []

    def take() -> bytes:
        order.append("picture")
        begun.set()
        assert end.wait(10)
        return b"picture"

    def capture() -> None:
        waiting.set()
        with glass.first(Deadline.after(10)):
            order.append("capture")
            glass.show(b"finger")

    pictures = glass.pictures(take)
    seen: list[bytes] = []
    looking = threading.Thread(target=lambda: seen.extend(next(pictures) for _ in range(3)))
    looking.start()
    assert begun.wait(10)
    capturing = threading.Thread(target=capture)
    capturing.start()
    assert waiting.wait(10)
    _until(lambda: glass._waiting == 1)
    end.set()
    for one in (capturing, looking):
        one.join(10)
    assert order == ["picture", "capture", "picture"]
    assert seen == [b"picture", b"finger", b"picture"]


def test_a_live_picture_that_does_not_end_is_waited_for_until_the_deadline() -> None:
    glass = SharedGlass()
    begun, end = threading.Event(), threading.Event()

    def take() -> bytes:
        begun.set()
        assert end.wait(10)
        return b"picture"

    pictures = glass.pictures(take)
    looking = threading.Thread(target=functools.partial(next, pictures))
    looking.start()
    assert begun.wait(10)
    with pytest.raises(TimeoutError), glass.first(Deadline.after(0.05)):
        raise AssertionError
    end.set()
    looking.join(10)
    with glass.first(Deadline.after(0.05)):
        """It is free again."""


def test_what_a_capture_sees_is_kept_for_nobody() -> None:
    glass = SharedGlass()
    with glass.first(Deadline.after(1)):
        assert not glass.watched
        glass.show(b"finger")
    pictures = glass.pictures(lambda: b"glass")
    assert (next(pictures), glass.watched) == (b"glass", True)
    glass.show(b"finger")
    pictures.close()  # type: ignore[attr-defined]
    assert (glass.watched, glass._shown) == (False, b"")


def test_who_looks_hears_within_a_second_that_a_capture_shows_nothing() -> None:
    glass = SharedGlass()
    pictures = glass.pictures(lambda: b"glass")
    with glass.first(Deadline.after(1)):
        assert next(pictures) == b""
    assert BEAT_SECONDS <= 1
    glass.end()
    assert list(pictures) == []


def test_a_picture_that_fails_gives_the_wire_back() -> None:
    glass = SharedGlass()

    def take() -> bytes:
        raise ValueError

    with pytest.raises(ValueError):
        next(glass.pictures(take))
    with glass.first(Deadline.after(0)):
        assert not glass.watched


class Glass:
    """A scanner whose live picture is told what to show next."""

    def __init__(self) -> None:
        self.next = threading.Semaphore(0)
        self.shows: list[bytes] = []
        self.looks = 0

    def open(self) -> None: ...

    def close(self) -> None: ...

    def status(self) -> DeviceStatus:
        return DeviceStatus("ok")

    def preview(self) -> Iterator[bytes]:
        self.looks += 1
        while self.next.acquire(timeout=10):
            yield self.shows.pop(0)


class Bench:
    """One scanner, its viewfinder and rack."""

    def __init__(self) -> None:
        self.time, self.device = Seconds(), Glass()
        self.rack = DeviceRack({SCANNER: self.device})  # type: ignore[dict-item]
        self.finder = Viewfinder(self.rack, UNJUDGED, self.time, SCANNER)
        self.glass = GlassViewfinder(self.finder, self.time)
        self.rack.owners[SCANNER].lending = self.glass.lent
        threading.Thread(target=self.finder.run, daemon=True).start()

    def show(self, picture: bytes) -> None:
        self.device.shows.append(picture)
        self.device.next.release()

    def look(self, whose: str, seconds: float = 0) -> bytes | None:
        seen = self.glass.look(f"{AIM} {whose}", 0, seconds)
        return seen and seen.jpeg

    def sees(self, whose: str, picture: bytes) -> None:
        _until(lambda: self.look(whose, 0.05) == picture)


def _until(holds: Callable[[], bool]) -> None:
    by = Deadline.after(10)
    while not holds():
        assert not by.passed
        threading.Event().wait(0.005)


def test_one_residents_page_has_the_glass_until_it_is_left() -> None:
    bench = Bench()
    bench.look(MINE)
    bench.show(b"mine")
    bench.sees(MINE, b"mine")
    assert bench.look(ANOTHER) is None
    bench.time.now += IDLE_SECONDS
    assert bench.look(ANOTHER) is None
    bench.time.now += 0.1
    assert bench.look(ANOTHER) is None, "what was seen for another is dropped"
    assert bench.finder._frame == b""
    bench.show(b"under way to the one before")
    bench.show(b"hers")
    bench.sees(ANOTHER, b"hers")
    assert bench.look(MINE) is None


def test_a_capture_for_the_page_is_seen_on_it() -> None:
    bench = Bench()
    bench.look(MINE)
    bench.show(b"before")
    bench.sees(MINE, b"before")
    with bench.rack.use(SCANNER, MINE):
        bench.show(b"finger")
        bench.sees(MINE, b"finger")
    bench.show(b"after")
    bench.sees(MINE, b"after")


@pytest.mark.parametrize("whose", [ANOTHER, ""], ids=["another resident", "an officer or technician"])
def test_of_anybody_elses_capture_nothing_is_seen_then_or_later(whose: str) -> None:
    bench = Bench()
    bench.look(MINE)
    bench.show(b"before")
    bench.sees(MINE, b"before")
    with bench.rack.use(SCANNER, whose):
        bench.show(b"secret")
        for _ in range(20):
            assert bench.look(MINE, 0.005) is None
        _until(lambda: bench.device.looks == 2)
    bench.show(b"secret, come late")
    seen = {bench.look(MINE, 0.005) for _ in range(20)}
    bench.show(b"after")
    bench.sees(MINE, b"after")
    assert seen <= {None}


def test_a_page_that_is_gone_leaves_no_picture_behind() -> None:
    """A capture that waits for its finger shows nothing: what was seen before it is dropped all the same."""
    bench = Bench()
    bench.look(MINE)
    bench.show(b"finger")
    bench.sees(MINE, b"finger")
    bench.show(b"")
    _until(lambda: not bench.device.shows)
    assert bench.look(MINE) == b"finger"
    bench.time.now += IDLE_SECONDS + 0.1
    bench.show(b"")
    _until(lambda: bench.finder._frame == b"")


def test_a_page_that_waits_while_another_capture_comes_and_goes_is_told_nothing() -> None:
    bench = Bench()
    bench.look(MINE)
    answers: list[bytes | None] = []
    asking = threading.Thread(target=lambda: answers.append(bench.look(MINE, 5)))
    asking.start()
    _until(lambda: bench.finder._changed._waiters != [])  # type: ignore[attr-defined]
    with bench.rack.use(SCANNER, ANOTHER):
        """A finger is taken."""
    bench.show(b"dropped")
    bench.show(b"seen")
    asking.join(10)
    assert answers == [None]


def test_a_page_looks_while_a_step_has_the_scanner_open() -> None:
    bench = Bench()
    inside, leave = threading.Event(), threading.Event()

    def step() -> None:
        with bench.rack.use(SCANNER, MINE):
            inside.set()
            assert leave.wait(10)

    using = threading.Thread(target=step)
    using.start()
    try:
        assert inside.wait(10)
        assert bench.rack.look(SCANNER) is bench.device
    finally:
        leave.set()
        using.join(10)


def test_what_is_aimed_at_finds_its_viewfinder() -> None:
    asked: list[str] = []

    def glass(aim: str, after: int) -> View | None:
        asked.append(aim)
        return None

    assert looked({AIM: glass}, f"{AIM} {MINE}", 3) is None
    assert asked == [f"{AIM} {MINE}"]
    with pytest.raises(KeyError):
        looked({AIM: glass}, "red", 3)


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("office") / "data"
    case = being_recorded(folder)
    open_office(folder).office.store.close()
    return folder, case


@pytest.fixture
def place(books: tuple[Path, str], tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[FrontOffice]:
    shutil.copytree(books[0], tmp_path / "office")
    devices = getattr(request, "param", {SCANNER: "sbi://127.0.0.1"})
    found = open_office(tmp_path / "office", devices=devices)
    yield found
    found.office.store.close()


def at_desk(place: FrontOffice, role: Role, seen: View | None = None) -> tuple[Any, list[str]]:
    asked: list[str] = []

    def view(aim: str, after: int) -> View | None:
        asked.append(aim)
        return seen

    place.services = replace(place.services, view=view)
    found = place.app("officer").test_client()
    assert sign_in(found, role).status_code == 303
    return found, asked


def test_the_picture_is_of_this_resident_and_kept_nowhere(place: FrontOffice, books: tuple[Path, str]) -> None:
    desk, asked = at_desk(place, Role.PEREKAM, View(4, b"\x89PNG picture", None))
    address = f"/petugas/kasus/{books[1]}/jari/0"
    assert address in desk.get(address.rpartition("/jari")[0]).text
    assert "capture_finger" in forms(desk.get(address))
    answer = desk.get(f"{address}/lihat?after=3", headers={"X-Live": "1"})
    assert (answer.status_code, answer.data, answer.mimetype) == (200, b"\x89PNG picture", "image/png")
    assert answer.headers["Cache-Control"] == "no-store"
    assert json.loads(answer.headers["X-Seen"]) == {"number": 4, "hint": NOW, "good": False}
    assert asked == [f"{AIM} {books[1]}:0"]


@pytest.mark.parametrize(
    ("role", "resident", "code"),
    [(Role.KASI, 0, 403), (Role.OPERATOR, 0, 403), (Role.GUDANG, 0, 403), (Role.PEREKAM, 7, 404)],
)
def test_only_who_takes_the_fingers_sees_them(
    place: FrontOffice, books: tuple[Path, str], role: Role, resident: int, code: int
) -> None:
    desk, asked = at_desk(place, role, View(1, b"jpeg", None))
    for tail in ("", "/lihat"):
        assert desk.get(f"/petugas/kasus/{books[1]}/jari/{resident}{tail}").status_code == code
    assert asked == []


def test_a_case_in_another_officers_hand_shows_him_its_glass_alone(
    place: FrontOffice, books: tuple[Path, str]
) -> None:
    other = place.actor(Role.KASI)
    ACTS["open_form"](place.office, other, books[1], {})
    desk, asked = at_desk(place, Role.PEREKAM, View(1, b"jpeg", None))
    assert desk.get(f"/petugas/kasus/{books[1]}/jari/0/lihat").status_code == 404
    page = desk.get(f"/petugas/kasus/{books[1]}/jari/0")
    assert f"{other.name} sedang mengerjakan berkas ini." in page.text
    assert asked == []


def test_a_capture_comes_back_to_the_page_it_was_asked_on(place: FrontOffice, books: tuple[Path, str]) -> None:
    desk, _ = at_desk(place, Role.PEREKAM)
    address = f"/petugas/kasus/{books[1]}/jari/0"
    refused = post(desk, address, f"/petugas/kasus/{books[1]}/capture_finger", resident="0", back="jari")
    assert refused.status_code == 422 and "data-one-hint" in refused.text and "govuk-error-message" in refused.text
    done = post(
        desk, address, f"/petugas/kasus/{books[1]}/capture_finger", resident="0", back="jari", position="left_index"
    )
    assert (done.status_code, done.headers["Location"]) == (303, address)
    assert "Tempelkan jari yang dipilih" in desk.get(address).text


@pytest.mark.parametrize(
    ("place", "words"),
    [({SCANNER: "serial:/dev/none"}, NO_LIVE_PICTURE), ({SCANNER: "fprint:"}, NO_LIVE_PICTURE), ({}, NO_SCANNER)],
    indirect=["place"],
)
def test_without_a_live_picture_the_page_says_so_and_asks_for_none(
    place: FrontOffice, books: tuple[Path, str], words: str
) -> None:
    desk, _ = at_desk(place, Role.PEREKAM)
    page = desk.get(f"/petugas/kasus/{books[1]}/jari/0")
    assert words in page.text and "data-viewfinder" not in page.text
    assert "capture_finger" in forms(page)
