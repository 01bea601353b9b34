"""A desk with a finger scanner: simulated on its wire, real driver, rack and viewfinder behind its socket, a real
server."""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from counter import being_recorded
from faces import Site, served
from front_office import open_office

from appliance.app.deviced import looked
from appliance.casework.roles import Role
from appliance.drivers.catalogue import open_device
from appliance.issuance.glass import AIM, SCANNER, UNJUDGED, GlassViewfinder
from appliance.issuance.rack import DeviceRack
from appliance.issuance.viewfinder import Viewfinder
from appliance.queue import viewing
from hw_sim.fingers import FingerCache, pregenerate
from hw_sim.people import Person
from hw_sim.sbi_identity import make_identity
from hw_sim.sbi_service import PREVIEWS_PER_SECOND, SERIAL, SbiService
from hw_sim.usb_bus import UsbBus
from hw_sim.usb_finger_scanner import UsbFingerScanner
from hw_sim.world import World

GLASS = "Yang ada di kaca pemindai sekarang"
CACHE = FingerCache(Path(__file__).parents[2] / "build" / "fingers")
PERSON = Person("Uji Coba", 9001)
LEFT = ("left_index", "left_middle", "left_ring", "left_little")
THUMB = "right_thumb"
IDENTITY, ROOT = make_identity(SERIAL)


@dataclass
class Scanner:
    """One simulated scanner: where it is, its cable, and something dark on its glass; `period` of its pictures, s."""

    uri: str
    plug: Callable[[], object]
    unplug: Callable[[], object]
    dark: Callable[[bool], object]
    period: float


@dataclass
class Desk:
    """The pages, the case whose resident is being recorded, the scanner and what owns it."""

    site: Site
    case: str
    scanner: Scanner
    rack: DeviceRack


@contextmanager
def slap_scanner() -> Iterator[Scanner]:
    """A device service on the loopback, with a hand at it."""
    pregenerate(CACHE.directory, [(PERSON.finger_seed(one), "normal") for one in (*LEFT, THUMB)], takes=1)
    service = SbiService(World(speed=0), CACHE, IDENTITY, ports=(0,))
    service.world.people["at_scanner"] = PERSON
    service.start()

    def lever(name: str, value: bool) -> None:
        setattr(service.levers, name, value)

    yield Scanner(
        service.uri,
        functools.partial(lever, "unplugged", False),
        functools.partial(lever, "unplugged", True),
        functools.partial(lever, "covered"),
        1 / PREVIEWS_PER_SECOND,
    )
    service.stop()


@contextmanager
def usb_scanner() -> Iterator[Scanner]:
    """A scanner for one finger on a USB bus that the driver's child finds in its environment, in its own time."""
    pregenerate(CACHE.directory, [(PERSON.finger_seed(THUMB), "normal")], takes=1)
    with ExitStack() as stack:
        bus = stack.enter_context(UsbBus(World(speed=1)))
        bus.world.people["at_scanner"] = PERSON
        device = UsbFingerScanner(bus.world, CACHE, takes=1)
        before = dict(os.environ)
        os.environ.update(bus.environment())
        stack.callback(os.environ.update, before)
        stack.callback(lambda: [os.environ.pop(name, None) for name in bus.environment() if name not in before])
        bus.plug("1-1", device)

        def dark(lies: bool) -> None:
            device.levers.finger = THUMB if lies else None

        yield Scanner("usb:298d:1010", lambda: bus.plug("1-1", device), lambda: bus.unplug("1-1"), dark, 0.35)


@contextmanager
def at_scanner(folder: Path, scanner: Scanner) -> Iterator[Desk]:
    """The faces of an office with this scanner and a resident who is being recorded."""
    case = being_recorded(folder)
    place = open_office(folder, (Role.PEREKAM,), devices={SCANNER: scanner.uri})
    rack = DeviceRack({SCANNER: open_device(SCANNER, scanner.uri, scanner_roots=ROOT)})
    finder = Viewfinder(rack, UNJUDGED, device=SCANNER)
    glass = GlassViewfinder(finder)
    rack.owners[SCANNER].lending = glass.lent
    path = folder / "glass.sock"
    window = viewing.Window(path, functools.partial(looked, {AIM: glass.look}))
    for work in (finder.run, window.run):
        threading.Thread(target=work, daemon=True).start()
    place.services = replace(place.services, view=functools.partial(viewing.view, path))
    try:
        with served(place) as site:
            yield Desk(site, case, scanner, rack)
    finally:
        window.close()
        rack.close()
