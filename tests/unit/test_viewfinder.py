"""The viewfinder: each picture as it comes, judged twice a second, the shutter never in its way; its pages."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from books import Seconds
from counter import being_recorded
from front_office import FrontOffice, forms, open_office, sign_in
from sqlalchemy import event

from appliance.biometrics.portrait_rules import GOOD, HINTS, Measure, PortraitReport, Told, told_next
from appliance.casework.roles import Role
from appliance.devices import DeviceStatus
from appliance.faults import DeviceFault, FaultCode
from appliance.issuance import portrait_look
from appliance.issuance.rack import DeviceRack
from appliance.issuance.viewfinder import IDLE_SECONDS, JUDGED_EVERY, Judge, Viewfinder
from appliance.kiosk_ui.officer.looking import AT_ONCE, LEAVE_SECONDS, NOT_YET
from appliance.office import checks
from appliance.queue import viewing
from appliance.queue.viewing import View

DARK = PortraitReport((Measure("bright", 20, False), Measure("cloth_colour", 0, False)), None)
CLEAR = PortraitReport((Measure("bright", 120, True),), b"crop")


class Reel:
    """A camera that sends a picture each tenth of a second of a time nobody waits for; `taken` follows each."""

    def __init__(self, time: Seconds, count: int) -> None:
        self._time, self._count = time, count
        self.taken: Callable[[], object] = lambda: None
        self.ended = False

    def open(self) -> None: ...

    def close(self) -> None: ...

    def status(self) -> DeviceStatus:
        return DeviceStatus("ok")

    def preview(self) -> Iterator[bytes]:
        try:
            for number in range(self._count):
                self._time.now += 0.1
                yield b"frame %d" % number
                self.taken()
        finally:
            self.ended = True


def finder(time: Seconds, reel: Reel, judge: Judge = lambda _: "") -> Viewfinder:
    return Viewfinder(DeviceRack({"camera": reel}), {"red": judge, "blue": judge}, time)  # type: ignore[dict-item]


def test_a_hint_stands_until_it_could_be_read() -> None:
    told = Told("portrait.sharp", 10.0)
    assert told_next(told, "portrait.too_dark", 11.4) is told
    assert told_next(told, "portrait.too_dark", 11.5) == Told("portrait.too_dark", 11.5)
    assert told_next(told, "", 11.5) == Told("", 11.5)
    assert told_next(told, "portrait.sharp", 99) is told


def test_each_picture_is_there_as_soon_as_it_came_and_is_given_once() -> None:
    time = Seconds()
    reel = Reel(time, 20)
    looking = finder(time, reel)
    seen: list[View | None] = []

    def ask() -> None:
        seen.append(looking.look("red", len(seen)))
        assert seen[-1] is not None and looking.look("red", seen[-1].number, 0) == View(seen[-1].number, b"", None)

    reel.taken = ask
    assert looking.look("red", seconds=0) is None
    looking.watch()
    assert seen == [View(number + 1, b"frame %d" % number, None) for number in range(20)]
    assert looking.look("red", seconds=0) is None, "the camera ended"


def test_a_question_waits_for_the_next_picture_and_no_longer_than_it_was_told() -> None:
    clock = Seconds()
    reel = Reel(clock, 2)
    looking = finder(clock, reel)
    answers: list[View | None] = []
    asking = threading.Thread(target=lambda: answers.append(looking.look("red", 1, seconds=20)))

    def ask() -> None:
        if not asking.ident:
            looking.look("red", 0, 0)
            asking.start()
            assert looking.look("red", 1, 0.05) == View(1, b"", None)
            assert asking.is_alive(), "it waits as long as it was told"
        else:
            asking.join(10)

    reel.taken = ask
    looking.look("red", seconds=0)
    looking.watch()
    assert answers == [View(2, b"frame 1", None)]


def test_a_number_of_another_process_keeps_nobody_from_the_first_picture() -> None:
    time = Seconds()
    reel = Reel(time, 1)
    looking = finder(time, reel)
    seen: list[View | None] = []
    reel.taken = lambda: seen.append(looking.look("red", 9000))
    looking.look("red", 9000, 0)
    looking.watch()
    assert seen == [View(1, b"frame 0", None)]


def test_pictures_do_not_wait_for_a_verdict() -> None:
    """A judge that does not come back before the last picture was seen: they are seen all the same."""
    time = Seconds()
    reel = Reel(time, 30)
    last, started = threading.Event(), threading.Event()
    judged: list[bytes] = []

    def slow(jpeg: bytes) -> str:
        judged.append(jpeg)
        started.set()
        assert last.wait(10), "the pictures waited for the verdict"
        return "portrait.sharp"

    looking = finder(time, reel, slow)
    seen: list[View | None] = []

    def ask() -> None:
        seen.append(looking.look("red", len(seen)))
        if len(seen) == 1:
            threading.Thread(target=looking.judge_on, daemon=True).start()
            assert started.wait(10)

    reel.taken = ask
    looking.look("red", seconds=0)
    looking.watch()
    last.set()
    assert [one.hint for one in seen if one] == [None] * 30
    assert judged == [b"frame 0"]


def test_the_newest_picture_is_judged_twice_a_second_at_most() -> None:
    """In time that passes: one judge on its own thread, and pictures as fast as they are asked for."""
    judged: list[tuple[float, bytes]] = []
    enough = threading.Event()

    def judge(jpeg: bytes) -> str:
        judged.append((time.monotonic(), jpeg))
        if len(judged) == 4:
            enough.set()
        return ""

    class Endless(Reel):
        def preview(self) -> Iterator[bytes]:
            number = 0
            while not enough.is_set():
                number += 1
                newest.append(b"frame %d" % number)
                yield newest[-1]
                looking.look("red" if number % 2 else "blue", number)

    newest: list[bytes] = []
    reel = Endless(Seconds(), 0)
    looking = Viewfinder(DeviceRack({"camera": reel}), {"red": judge, "blue": judge})  # type: ignore[dict-item]
    looking.look("red", seconds=0)
    threading.Thread(target=looking.judge_on, daemon=True).start()
    looking.watch()
    moments = [one for one, _ in judged]
    assert all(later - earlier >= JUDGED_EVERY - 0.01 for earlier, later in pairwise(moments))
    assert JUDGED_EVERY >= 0.5


def test_nobody_asks_any_more_and_the_camera_is_let_go() -> None:
    time = Seconds()
    reel = Reel(time, 10_000)
    looking = finder(time, reel)
    looking.look("red", seconds=0)
    looking.watch()
    assert reel.ended
    assert time.now < 100 + IDLE_SECONDS + 1


def test_the_first_broken_rule_is_told_alone_and_not_faster_than_one_reads() -> None:
    time = Seconds()
    reel = Reel(time, 40)
    reports = [DARK] + [CLEAR] * 9
    hints: list[str | None] = []

    class Portraits:
        def examine(self, jpeg: bytes, cloth: object) -> PortraitReport:
            return reports.pop(0)

    judges = portrait_look.judges(Portraits())  # type: ignore[arg-type]
    looking = Viewfinder(DeviceRack({"camera": reel}), judges, time)  # type: ignore[dict-item]

    def twice_a_second() -> None:
        if len(hints) % 5 == 0:
            looking.judge()
        seen = looking.look("blue")
        hints.append(seen.hint if seen else None)

    reel.taken = twice_a_second
    looking.look("blue", seconds=0)
    looking.watch()
    dark = hints.count("portrait.too_dark")
    assert 15 <= dark <= 20
    assert hints == ["portrait.too_dark"] * dark + [""] * (40 - dark)


def test_another_aim_waits_for_its_own_verdict() -> None:
    time = Seconds()
    reel = Reel(time, 1)
    looking = finder(time, reel, lambda _: "portrait.sharp")
    seen: list[View | None] = []

    def ask() -> None:
        looking.judge()
        seen.extend((looking.look("red"), looking.look("blue")))
        looking.judge()
        seen.append(looking.look("blue"))

    reel.taken = ask
    looking.look("red", seconds=0)
    looking.watch()
    assert [one and one.hint for one in seen] == ["portrait.sharp", None, "portrait.sharp"]
    with pytest.raises(ValueError, match="green"):
        looking.look("green")


def test_a_verdict_that_cannot_be_had_leaves_the_picture() -> None:
    time = Seconds()
    reel = Reel(time, 1)

    def broken(_: bytes) -> str:
        raise DeviceFault(FaultCode.ENGINE_TIMEOUT, "engine process died")

    looking = finder(time, reel, broken)
    seen: list[View | None] = []
    reel.taken = lambda: (looking.judge(), seen.append(looking.look("red")))
    looking.look("red", seconds=0)
    looking.watch()
    assert seen == [View(1, b"frame 0", None)]


def test_a_still_is_taken_while_somebody_looks() -> None:
    """The shutter waits for nothing: the owner's turn is over before the first picture is shown."""
    time = Seconds()
    reel = Reel(time, 8)
    rack = DeviceRack({"camera": reel})  # type: ignore[dict-item]
    turns: list[bool] = []

    def press() -> None:
        with rack.use("camera"):
            turns.append(True)

    def other() -> None:
        one = threading.Thread(target=press)
        one.start()
        one.join(5)

    reel.taken = other
    looking = Viewfinder(rack, {"red": lambda _: ""}, time)
    looking.look("red", seconds=0)
    looking.watch()
    assert turns == [True] * 8


def test_what_is_seen_goes_from_process_to_process(tmp_path: Path) -> None:
    asked: list[tuple[str, int]] = []
    seen = View(7, b"\xff\xd8\n" * 100_000, "portrait.sharp")

    def look(aim: str, after: int) -> View | None:
        asked.append((aim, after))
        return None if aim == "blue" else seen

    window = viewing.Window(tmp_path / "camera.sock", look)
    thread = threading.Thread(target=window.run)
    thread.start()
    try:
        assert viewing.view(tmp_path / "camera.sock", "red", 6) == seen
        assert viewing.view(tmp_path / "camera.sock", "blue", 0) is None
        assert asked == [("red", 6), ("blue", 0)]
    finally:
        window.close()
        thread.join(5)
    assert not thread.is_alive()
    assert viewing.view(tmp_path / "camera.sock", "red", 0) is None


def test_who_waits_for_a_picture_keeps_nobody_waiting(tmp_path: Path) -> None:
    waiting, come = threading.Semaphore(0), threading.Event()

    def look(aim: str, after: int) -> View | None:
        if aim == "late":
            waiting.release()
            assert come.wait(10)
        return View(1, b"", None)

    window = viewing.Window(tmp_path / "camera.sock", look)
    threads = [threading.Thread(target=window.run)]
    threads += [
        threading.Thread(target=viewing.view, args=(tmp_path / "camera.sock", "late", 0))
        for _ in range(viewing.AT_ONCE - 1)
    ]
    for one in threads:
        one.start()
    try:
        for _ in range(viewing.AT_ONCE - 1):
            assert waiting.acquire(timeout=5)
        assert viewing.view(tmp_path / "camera.sock", "red", 0) == View(1, b"", None)
    finally:
        come.set()
        window.close()
        for one in threads:
            one.join(5)


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("office") / "data"
    case = being_recorded(folder)
    open_office(folder).office.store.close()
    return folder, case


@pytest.fixture
def place(books: tuple[Path, str], tmp_path: Path) -> Iterator[FrontOffice]:
    shutil.copytree(books[0], tmp_path / "office")
    found = open_office(tmp_path / "office")
    yield found
    found.office.store.close()


def said(answer: Any) -> Any:
    return json.loads(answer.headers["X-Seen"])


def count_reads(place: FrontOffice) -> list[str]:
    """Grows by each statement that the books are asked."""
    asked: list[str] = []
    engine = place.office.store._database.engine
    event.listen(engine, "before_cursor_execute", lambda _sql, _cursor, text, *_: asked.append(text))
    return asked


def at_desk(place: FrontOffice, role: Role, view: Any) -> Any:
    place.services = replace(place.services, view=view)
    found = place.app("officer").test_client()
    assert sign_in(found, role).status_code == 303
    return found


def test_the_page_shows_shutter_cloth_and_one_hint(place: FrontOffice, books: tuple[Path, str]) -> None:
    address, asked = f"/petugas/kasus/{books[1]}/potret/0", list[tuple[str, int]]()

    def view(cloth: str, after: int) -> View:
        asked.append((cloth, after))
        return View(4, b"jpeg", "portrait.too_dark")

    desk = at_desk(place, Role.PEREKAM, view)
    assert address in desk.get(address.rpartition("/potret")[0]).text
    page = desk.get(address)
    assert "capture_photo" in forms(page)
    answer = desk.get(f"{address}/lihat?after=3", headers={"X-Live": "1"})
    assert (answer.status_code, answer.data, answer.mimetype) == (200, b"jpeg", "image/jpeg")
    assert said(answer) == {"number": 4, "hint": HINTS["portrait.too_dark"], "good": False}
    assert answer.headers["Cache-Control"] == "no-store"
    assert asked[0][1] == 3
    assert {"red": "merah", "blue": "biru"}[asked[0][0]] in page.text


@pytest.mark.parametrize(("hint", "words", "good"), [("", GOOD, True), (None, NOT_YET, False)])
def test_nothing_amiss_is_said_and_that_nothing_is_known_yet(
    place: FrontOffice, books: tuple[Path, str], hint: str | None, words: str, good: bool
) -> None:
    desk = at_desk(place, Role.PEREKAM, lambda cloth, after: View(1, b"", hint))
    answer = desk.get(f"/petugas/kasus/{books[1]}/potret/0/lihat?after=1")
    assert (answer.status_code, answer.data) == (204, b"")
    assert said(answer) == {"number": 1, "hint": words, "good": good}


def test_without_a_picture_the_shutter_is_there_all_the_same(place: FrontOffice, books: tuple[Path, str]) -> None:
    address = f"/petugas/kasus/{books[1]}/potret/0"
    desk = at_desk(place, Role.PEREKAM, lambda cloth, after: None)
    answer = desk.get(f"{address}/lihat")
    assert (answer.status_code, "X-Seen" in answer.headers) == (204, False)
    assert "capture_photo" in forms(desk.get(address))


def test_whether_one_may_look_is_read_once_in_two_seconds(place: FrontOffice, books: tuple[Path, str]) -> None:
    now = Seconds()
    place.services = replace(place.services, ticks=now)
    desk = at_desk(place, Role.PEREKAM, lambda cloth, after: View(1, b"", ""))
    address = f"/petugas/kasus/{books[1]}/potret/0/lihat"
    reads = count_reads(place)

    def cost() -> int:
        before = len(reads)
        assert desk.get(address).status_code == 204
        return len(reads) - before

    first = cost()
    now.now += LEAVE_SECONDS - 0.1
    assert cost() * 5 < first, "who it is, and nothing else"
    now.now += 0.2
    assert cost() == first, "and again after two seconds"


def test_who_may_look_no_more_is_told_so_within_two_seconds(place: FrontOffice, books: tuple[Path, str]) -> None:
    now = Seconds()
    place.services = replace(place.services, ticks=now)
    desk = at_desk(place, Role.PEREKAM, lambda cloth, after: View(1, b"", ""))
    address = f"/petugas/kasus/{books[1]}/potret/0"
    assert desk.get(f"{address}/lihat").status_code == 204
    assert desk.get(f"{address.removesuffix('0')}7/lihat").status_code == 404, "leave is for one resident"
    assert desk.get(f"{address}/lihat").status_code == 204
    ended = {"cause": "LAINNYA", "reason": "uji coba"}
    checks.cancel(place.office, place.actor(Role.KASI), books[1], ended)
    now.now += LEAVE_SECONDS + 0.1
    assert desk.get(f"{address}/lihat").status_code == 404


def test_more_lookers_than_places_take_no_thread_from_the_other_pages(
    place: FrontOffice, books: tuple[Path, str]
) -> None:
    inside, leave = threading.Semaphore(0), threading.Event()

    def view(cloth: str, after: int) -> View:
        inside.release()
        assert leave.wait(10)
        return View(1, b"jpeg", "")

    place.services = replace(place.services, view=view)
    app = place.app("officer")
    desks = [app.test_client() for _ in range(AT_ONCE + 1)]
    for one in desks:
        assert sign_in(one, Role.PEREKAM).status_code == 303
    address = f"/petugas/kasus/{books[1]}/potret/0/lihat"
    waiting = [threading.Thread(target=one.get, args=(address,)) for one in desks[:-1]]
    for one in waiting:
        one.start()
    try:
        for _ in waiting:
            assert inside.acquire(timeout=5)
        answer = desks[-1].get(address)
        assert (answer.status_code, "X-Seen" in answer.headers) == (204, False)
    finally:
        leave.set()
        for one in waiting:
            one.join(5)
    assert desks[-1].get(address).status_code == 200, "their places are free again"


@pytest.mark.parametrize(
    ("role", "position", "code"), [(Role.KASI, 0, 403), (Role.GUDANG, 0, 403), (Role.PEREKAM, 7, 404)]
)
def test_only_who_takes_the_portrait_looks_through_the_camera(
    place: FrontOffice, books: tuple[Path, str], role: Role, position: int, code: int
) -> None:
    desk = at_desk(place, role, lambda cloth, after: View(1, b"jpeg", ""))
    for tail in ("", "/lihat"):
        assert desk.get(f"/petugas/kasus/{books[1]}/potret/{position}{tail}").status_code == code
