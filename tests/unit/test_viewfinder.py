"""The portrait screen: a picture judged at most twice a second, one hint at a time, the shutter never in its way."""

from __future__ import annotations

import itertools
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from counter import being_recorded
from front_office import FrontOffice, forms, open_office, sign_in

from appliance.biometrics.portrait_rules import GOOD, HINTS, Measure, PortraitReport, Told, told_next
from appliance.casework.roles import Role
from appliance.devices import DeviceStatus
from appliance.issuance.rack import DeviceRack
from appliance.issuance.viewfinder import IDLE_SECONDS, JUDGED_EVERY, Viewfinder
from appliance.queue import viewing

DARK = PortraitReport((Measure("bright", 20, False), Measure("cloth_colour", 0, False)), None)
CLEAR = PortraitReport((Measure("bright", 120, True),), b"crop")


class Time:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Reel:
    """A camera that sends a picture each tenth of a second of a time nobody waits for."""

    def __init__(self, time: Time, count: int) -> None:
        self._time, self._count = time, count
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
        finally:
            self.ended = True


class Judge:
    """Says what it was told to of each picture, and knows which it was shown."""

    def __init__(self, *reports: PortraitReport) -> None:
        self._reports = reports
        self.shown: list[bytes] = []

    def examine(self, jpeg: bytes, cloth: object) -> PortraitReport:
        self.shown.append(jpeg)
        return self._reports[min(len(self.shown), len(self._reports)) - 1]


def finder(time: Time, reel: Reel, judge: Judge) -> Viewfinder:
    return Viewfinder(DeviceRack({"camera": reel}), judge, time)  # type: ignore[dict-item,arg-type]


def test_a_hint_stands_until_it_could_be_read() -> None:
    told = Told("portrait.sharp", 10.0)
    assert told_next(told, "portrait.too_dark", 11.4) is told
    assert told_next(told, "portrait.too_dark", 11.5) == Told("portrait.too_dark", 11.5)
    assert told_next(told, "", 11.5) == Told("", 11.5)
    assert told_next(told, "portrait.sharp", 99) is told


def test_two_pictures_a_second_are_judged_and_none_waits() -> None:
    time = Time()
    reel, judge = Reel(time, 20), Judge(CLEAR)
    looking = finder(time, reel, judge)
    assert looking.look("red") is None
    looking.watch()
    numbers = [int(one.split()[1]) for one in judge.shown]
    assert 3 <= len(numbers) <= 4
    assert all(later - earlier >= 5 for earlier, later in itertools.pairwise(numbers))
    assert JUDGED_EVERY >= 0.5


def test_nobody_asks_any_more_and_the_camera_is_let_go() -> None:
    time = Time()
    reel = Reel(time, 10_000)
    looking = finder(time, reel, Judge(CLEAR))
    looking.look("red")
    looking.watch()
    assert reel.ended
    assert time.now < 100 + IDLE_SECONDS + 1


def test_the_first_broken_rule_is_told_alone_and_not_faster_than_one_reads() -> None:
    time = Time()
    seen: list[tuple[bytes, str] | None] = []

    class Asking(Judge):
        def examine(self, jpeg: bytes, cloth: object) -> PortraitReport:
            seen.append(looking.look("blue"))
            return super().examine(jpeg, cloth)

    looking = finder(time, Reel(time, 40), Asking(DARK, CLEAR))
    looking.look("blue")
    looking.watch()
    hints = [one[1] if one else None for one in seen]
    assert hints[:4] == [None, "portrait.too_dark", "portrait.too_dark", "portrait.too_dark"]
    assert hints[-1] == ""


def test_a_still_is_taken_while_somebody_looks() -> None:
    """The shutter waits for nothing: the owner's turn is over before the first picture is judged."""
    time = Time()
    rack = DeviceRack({"camera": Reel(time, 8)})  # type: ignore[dict-item]
    turns: list[bool] = []

    class Pressing(Judge):
        def examine(self, jpeg: bytes, cloth: object) -> PortraitReport:
            def press() -> None:
                with rack.use("camera"):
                    turns.append(True)

            other = threading.Thread(target=press)
            other.start()
            other.join(5)
            return super().examine(jpeg, cloth)

    looking = Viewfinder(rack, Pressing(CLEAR), time)  # type: ignore[arg-type]
    looking.look("red")
    looking.watch()
    assert turns == [True, True]


def test_what_is_seen_goes_from_process_to_process(tmp_path: Path) -> None:
    asked: list[str] = []

    def look(cloth: str) -> viewing.View | None:
        asked.append(cloth)
        return None if cloth == "blue" else (b"\xff\xd8\n" * 100_000, "portrait.sharp")

    window = viewing.Window(tmp_path / "camera.sock", look)
    thread = threading.Thread(target=window.run)
    thread.start()
    try:
        assert viewing.view(tmp_path / "camera.sock", "red") == (b"\xff\xd8\n" * 100_000, "portrait.sharp")
        assert viewing.view(tmp_path / "camera.sock", "blue") is None
        assert asked == ["red", "blue"]
    finally:
        window.close()
        thread.join(5)
    assert not thread.is_alive()
    assert viewing.view(tmp_path / "camera.sock", "red") is None


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


def at_desk(place: FrontOffice, role: Role, view: Any) -> Any:
    place.services = replace(place.services, view=view)
    found = place.app("officer").test_client()
    assert sign_in(found, role).status_code == 303
    return found


def test_the_page_shows_shutter_cloth_and_one_hint(place: FrontOffice, books: tuple[Path, str]) -> None:
    address, asked = f"/petugas/kasus/{books[1]}/potret/0", list[str]()

    def view(cloth: str) -> tuple[bytes, str]:
        asked.append(cloth)
        return b"jpeg", "portrait.too_dark"

    desk = at_desk(place, Role.PEREKAM, view)
    assert address in desk.get(address.rpartition("/potret")[0]).text
    page = desk.get(address)
    assert "capture_photo" in forms(page)
    answer = desk.get(f"{address}/lihat", headers={"X-Live": "1"})
    assert answer.json["hint"] == HINTS["portrait.too_dark"]
    assert answer.json["picture"] == "data:image/jpeg;base64,anBlZw=="
    assert not answer.json["good"]
    assert {"red": "merah", "blue": "biru"}[asked[0]] in page.text


def test_nothing_amiss_is_said_too(place: FrontOffice, books: tuple[Path, str]) -> None:
    desk = at_desk(place, Role.PEREKAM, lambda cloth: (b"jpeg", ""))
    answer = desk.get(f"/petugas/kasus/{books[1]}/potret/0/lihat")
    assert (answer.json["hint"], answer.json["good"]) == (GOOD, True)


def test_without_a_picture_the_shutter_is_there_all_the_same(place: FrontOffice, books: tuple[Path, str]) -> None:
    address = f"/petugas/kasus/{books[1]}/potret/0"
    desk = at_desk(place, Role.PEREKAM, lambda cloth: None)
    assert desk.get(f"{address}/lihat").json == {"hint": "", "good": False, "picture": ""}
    assert "capture_photo" in forms(desk.get(address))


@pytest.mark.parametrize(
    ("role", "position", "code"), [(Role.KASI, 0, 403), (Role.GUDANG, 0, 403), (Role.PEREKAM, 7, 404)]
)
def test_only_who_takes_the_portrait_looks_through_the_camera(
    place: FrontOffice, books: tuple[Path, str], role: Role, position: int, code: int
) -> None:
    desk = at_desk(place, role, lambda cloth: (b"jpeg", ""))
    for tail in ("", "/lihat"):
        assert desk.get(f"/petugas/kasus/{books[1]}/potret/{position}{tail}").status_code == code
