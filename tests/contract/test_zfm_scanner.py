"""Serial fingerprint modules on a pseudo-terminal: a stranger's program first, then our driver."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from every_device import refusal
from every_fingerprint_scanner import FingerprintScannerContract
from PIL import Image
from pyfingerprint.pyfingerprint import PyFingerprint

from appliance.clock import Deadline
from appliance.devices import FingerPosition as Finger
from appliance.devices import FingerprintScanner
from appliance.drivers.catalogue import open_device
from appliance.drivers.zfm_scanner import ZfmScanner, from_uri
from appliance.faults import FaultCode
from hw_sim.fingers import FingerCache
from hw_sim.people import Person
from hw_sim.world import World
from hw_sim.zfm_module import R307, R503, TAKES, ModuleType, ZfmModule

CACHE = FingerCache(Path(__file__).parents[2] / "build" / "fingers")
PERSON = Person("Uji Coba", 9001)


@pytest.fixture(scope="module", autouse=True)
def grown() -> None:
    """The finger is grown before anything is timed."""
    for take in range(TAKES):
        CACHE.impression(PERSON.finger_seed("right_thumb"), take)


@pytest.fixture(params=[R307, R503], ids=["R307", "R503"])
def make(request: pytest.FixtureRequest) -> ModuleType:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def module(make: ModuleType, tmp_path: Path) -> Iterator[ZfmModule]:
    module = ZfmModule(World(speed=0), CACHE, tmp_path / "serial-cp210x-0001", make)
    module.world.people["at_scanner"] = PERSON
    module.on_glass = "right_thumb"
    module.start()
    yield module
    module.stop()


@pytest.fixture
def scanner(module: ZfmModule) -> Iterator[ZfmScanner]:
    scanner = from_uri(module.uri)
    scanner.open()
    yield scanner
    scanner.close()


class ModuleHands:
    """Hands at the simulated module."""

    def __init__(self, module: ZfmModule) -> None:
        self.unplug, self.plug = module.stop, module.start
        self._module = module

    def lay_finger(self, position: Finger) -> None:
        self._module.on_glass = position.value

    def lift_finger(self) -> None:
        self._module.on_glass = None

    def silence(self) -> None:
        self._module.levers.silent = True

    def speak(self) -> None:
        self._module.levers.silent = False


@pytest.fixture
def device(module: ZfmModule) -> Iterator[FingerprintScanner]:
    device = open_device("fingerprint_scanner", module.uri)
    device.open()
    yield device  # type: ignore[misc]
    device.close()


@pytest.fixture
def hands(module: ZfmModule) -> ModuleHands:
    return ModuleHands(module)


class TestEveryZfmModule(FingerprintScannerContract):
    schemes = ("serial",)
    finger = Finger.RIGHT_THUMB
    knows_serial = False

    @pytest.fixture
    def make(self) -> ModuleType:
        return R307


class TestEveryR503(TestEveryZfmModule):
    knows_serial = True

    @pytest.fixture
    def make(self) -> ModuleType:
        return R503


def picture_of(scanner: ZfmScanner, seconds: float = 10) -> Image.Image:
    (image,) = scanner.capture((Finger.RIGHT_THUMB,), 40, Deadline.after(seconds))
    return Image.open(io.BytesIO(image.image))


def refused(scanner: ZfmScanner, seconds: float = 3) -> FaultCode:
    return refusal(scanner.capture, (Finger.RIGHT_THUMB,), 40, Deadline.after(seconds))


@pytest.mark.parametrize("make", [R307], ids=["R307"])
def test_a_strangers_program_reads_the_module_and_the_same_picture_as_ours(module: ZfmModule, tmp_path: Path) -> None:
    stranger = PyFingerprint(str(module.path), 57600, 0xFFFFFFFF, 0)
    assert stranger.verifyPassword()
    assert stranger.getSystemParameters()[1] == 9
    assert stranger.getMaxPacketSize() == 128 and stranger.getBaudRate() == 57600
    module.on_glass = None
    assert not stranger.readImage()
    module.on_glass = "right_thumb"
    assert stranger.readImage()
    stranger.downloadImage(str(tmp_path / "finger.bmp"))
    del stranger
    with Image.open(tmp_path / "finger.bmp") as picture:
        theirs = picture.convert("L")
    module._take = 0
    scanner = from_uri(module.uri)
    ours = picture_of(scanner)
    scanner.close()
    assert ours.size == theirs.size == (256, 288)
    assert ours.tobytes() == theirs.tobytes()


def test_the_picture_has_the_size_of_the_sensor_and_is_the_finger(
    module: ZfmModule, scanner: ZfmScanner, make: ModuleType
) -> None:
    picture = picture_of(scanner)
    assert picture.size == (make.width, make.height)
    whole = Image.open(io.BytesIO(CACHE.impression(PERSON.finger_seed("right_thumb"), 0)))
    left, top = (whole.width - make.width) // 2, (whole.height - make.height) // 2
    seen = whole.crop((left, top, left + make.width, top + make.height)).tobytes()
    assert all(abs(ours - theirs) < 16 for ours, theirs in zip(picture.tobytes(), seen, strict=True))


def test_status_says_what_it_is(scanner: ZfmScanner, make: ModuleType) -> None:
    status = scanner.status()
    assert status.detail["baud"] == "57600" and status.detail["packet"] == "128"
    assert (status.model, status.serial) == (
        ("R503", "5349414741303031") if make is R503 else ("ZFM fingerprint module", "")
    )


@pytest.mark.parametrize("damage", ["sum", "cut"])
def test_a_picture_damaged_on_the_wire_is_fetched_again(module: ZfmModule, scanner: ZfmScanner, damage: str) -> None:
    module.levers.damage = damage  # type: ignore[assignment]
    picture_of(scanner).load()
    assert module.world.count("finger-upload") == 2
    assert module.world.count("capture") == 1, "the finger need not be laid on again"


@pytest.mark.parametrize("damage", ["sum", "cut"])
def test_pictures_always_damaged_are_refused_and_nothing_of_them_stays(
    module: ZfmModule, scanner: ZfmScanner, damage: str
) -> None:
    module.levers.damage, module.levers.damage_each = damage, True  # type: ignore[assignment]
    assert refused(scanner) is FaultCode.SCANNER_BROKEN_PICTURE
    module.levers.damage, module.levers.damage_each = None, False
    picture_of(scanner).load()


def test_stray_bytes_between_packets_do_no_harm(module: ZfmModule, scanner: ZfmScanner) -> None:
    module.levers.garbage = b"\x55\xef\x00\xef"
    picture_of(scanner).load()
    assert scanner.status().level == "ok"


def test_what_looks_like_a_packet_before_each_packet_is_no_picture(module: ZfmModule, scanner: ZfmScanner) -> None:
    module.levers.garbage = b"\xef\x01\xff\xff\xff\xff\x07\xff\xff"
    assert refused(scanner) is FaultCode.SCANNER_BROKEN_PICTURE
    module.levers.garbage = b""
    picture_of(scanner).load()


def test_a_picture_that_stops_in_the_middle_ends_in_time(module: ZfmModule, scanner: ZfmScanner) -> None:
    module.levers.stops = True
    began = time.monotonic()
    assert refused(scanner, 10) is FaultCode.SCANNER_TIMEOUT
    assert time.monotonic() - began < 3, "a packet that does not come is not waited for until the deadline"
    module.levers.stops = False
    picture_of(scanner).load()


@pytest.mark.parametrize("make", [R307], ids=["R307"])
def test_the_deadline_in_the_middle_of_a_slow_picture_leaves_nothing_for_the_next(module: ZfmModule) -> None:
    scanner = from_uri(module.uri)
    scanner.open()
    module.world.speed = 0.25
    began = time.monotonic()
    assert refused(scanner, 0.6) is FaultCode.SCANNER_TIMEOUT
    assert time.monotonic() - began < 1.6
    module.world.speed = 0
    picture_of(scanner).load()
    scanner.close()


@pytest.mark.parametrize("make", [R307], ids=["R307"])
def test_pulled_in_the_middle_of_a_picture(module: ZfmModule) -> None:
    scanner = from_uri(module.uri)
    scanner.open()
    module.world.speed = 0.5
    hand = threading.Timer(0.8, module.stop)
    hand.start()
    began = time.monotonic()
    assert refused(scanner, 15) is FaultCode.SCANNER_UNREACHABLE
    assert time.monotonic() - began < 0.8 + 1
    hand.join()
    assert module.world.count("finger-upload") == 1
    module.world.speed = 0
    module.start()
    picture_of(scanner).load()
    scanner.close()


def test_a_module_with_another_password(module: ZfmModule) -> None:
    module.levers.password = 0x1234ABCD
    scanner = from_uri(module.uri)
    assert refusal(scanner.open) is FaultCode.SCANNER_NOT_READY
    assert scanner.status().reasons == (FaultCode.SCANNER_NOT_READY.value,)
    scanner = from_uri(module.uri + "&password=1234abcd")
    assert scanner.status().level == "ok"
    scanner.close()


@pytest.mark.parametrize("make", [R307], ids=["R307"])
def test_in_real_time_a_picture_takes_as_long_as_its_bytes(module: ZfmModule) -> None:
    """40,032 bytes of ten bits at 57,600 baud are 6.95 s (here at a tenth of the time)."""
    scanner = from_uri(module.uri)
    scanner.open()
    module.world.device_seconds, module.world.speed = 0.0, 0.1
    began = time.monotonic()
    picture_of(scanner)
    took = time.monotonic() - began
    scanner.close()
    assert 0.69 < module.world.device_seconds < 0.8
    assert took < 3 * module.world.device_seconds
