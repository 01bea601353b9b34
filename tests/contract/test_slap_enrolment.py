"""A recording on a scanner that gives a whole slap in one picture: 4-4-2, cut into single fingers and judged each."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from counter import Counter, Prepared, prepare
from PIL import Image

from appliance.biometrics import fir, fmr, rules
from appliance.biometrics.engine import FingerEngine
from appliance.casework.roles import Role
from appliance.clock import Deadline
from appliance.devices import FingerPosition as Finger
from appliance.drivers import sbi
from appliance.drivers.fir import SLAPS
from appliance.issuance.rack import DeviceRack
from hw_sim.fingers import FingerCache, pregenerate
from hw_sim.people import Person
from hw_sim.sbi_identity import make_identity
from hw_sim.sbi_service import SERIAL, SbiService
from hw_sim.world import World

CACHE = FingerCache(Path(__file__).parents[2] / "build" / "fingers")
IDENTITY, ROOT = make_identity(SERIAL)
PERSON = Person("Uji Coba", 9001)
NINE = Person("Uji Coba", 9001, missing_fingers=frozenset({"left_ring"}))


@pytest.fixture(scope="module", autouse=True)
def grown() -> None:
    """The fingers are there before a capture with its deadline waits for them."""
    pregenerate(CACHE.directory, [(PERSON.finger_seed(one.value), "normal") for one in Finger], takes=2)


@pytest.fixture
def service() -> Iterator[SbiService]:
    service = SbiService(World(speed=0), CACHE, IDENTITY, ports=(0,))
    service.levers.dialect = "slap"
    service.levers.turned = 6.0
    service.world.people["at_scanner"] = PERSON
    service.start()
    yield service
    service.stop()


@pytest.fixture
def scanner(service: SbiService) -> Iterator[sbi.SbiScanner]:
    scanner = sbi.from_uri(service.uri, ROOT)
    scanner.open()
    yield scanner
    scanner.close()


@pytest.fixture
def engine() -> Iterator[FingerEngine]:
    engine = FingerEngine(seconds=60)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    def so_far(counter: Counter) -> str:
        case = counter.signed()
        counter.do("start_recording", Role.PEREKAM, case)
        return case

    return prepare(tmp_path_factory.mktemp("office"), so_far)


@pytest.fixture
def case(prepared: Prepared) -> str:
    return prepared.case


@pytest.fixture
def counter(prepared: Prepared, tmp_path: Path, scanner: sbi.SbiScanner, engine: FingerEngine) -> Iterator[Counter]:
    found = prepared.copy(tmp_path)
    found.machines = replace(found.machines, rack=DeviceRack({"fingerprint_scanner": scanner}), fingers=engine)
    yield found
    found.store.close()


def place(counter: Counter, case: str, fingers: tuple[Finger, ...]) -> None:
    counter.do("capture_finger", Role.PEREKAM, case, position=[one.value for one in fingers])
    counter.run("scanner")


def test_the_driver_gives_the_whole_picture_and_who_is_on_it(scanner: sbi.SbiScanner) -> None:
    for fingers in rules.SLAPS:
        (image,) = scanner.capture(fingers, 40, Deadline.after(60))
        assert set(image.slap) == set(fingers) and image.position is image.slap[0]
        with Image.open(io.BytesIO(image.image)) as picture:
            assert (picture.mode, picture.size) == ("L", (image.width, image.height)) == ("L", (1900, 1500))


@pytest.mark.timeout(300)
def test_three_placements_record_ten_fingers_each_under_its_name(
    counter: Counter, case: str, engine: FingerEngine
) -> None:
    for slap in rules.SLAPS:
        place(counter, case, slap)
    kept = {item.name: item for item in counter.evidence(case, "finger") if item.state == "accepted"}
    assert set(kept) == {one.value for one in Finger}, [
        (item.name, item.state, item.quality) for item in counter.evidence(case, "finger")
    ]
    record = counter.case(case)
    for item in counter.evidence(case, "template"):
        template = fmr.read(counter.office.vault.get(case, record.wrapped_key, str(item.blob))).template
        single, _ = engine.extract(CACHE.impression(PERSON.finger_seed(str(item.name)), 1))
        assert engine.match(single, template) >= rules.ACCEPT_SCORE, item.name
    picture = counter.office.vault.get(case, record.wrapped_key, str(kept["left_index"].blob))
    assert fir.view_of(Finger.LEFT_INDEX, 50, picture).width < 800, "single fingers are kept, no slap"


def test_a_finger_that_is_not_there_is_asked_about_and_then_left_out(
    counter: Counter, case: str, service: SbiService
) -> None:
    """The device cannot know which finger is missing; an officer says it, and the rest is cut by its order."""
    service.world.people["at_scanner"] = NINE
    left = rules.SLAPS[1]
    place(counter, case, left)
    (job,) = [job for job in counter.state(case, Role.PEREKAM).jobs if job.kind == "capture"]
    assert (job.state, job.fault, job.detail) == (
        "hold", "fingerprint_scanner.wrong_count", "3 fingers on the slap, 4 asked for"
    )  # fmt: skip
    assert counter.evidence(case, "template") == []
    counter.do("give_up_job", Role.PEREKAM, case, job=job.key, reason="Jari manis kiri tidak ada")
    place(counter, case, rules.slap_without(left, {Finger.LEFT_RING}))
    assert {item.name for item in counter.evidence(case, "template")} == {
        one.value for one in left if one is not Finger.LEFT_RING
    }


def test_one_finger_alone_is_cut_as_well(counter: Counter, case: str) -> None:
    place(counter, case, (Finger.RIGHT_INDEX,))
    assert [item.name for item in counter.evidence(case, "template")] == ["right_index"]


def test_the_positions_of_slaps_are_those_of_the_enrolment() -> None:
    assert [set(SLAPS[code]) for code in (13, 14, 15)] == [set(slap) for slap in rules.SLAPS]
