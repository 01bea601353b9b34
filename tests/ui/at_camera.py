"""A desk with a camera: simulated camera, real driver, real viewfinder behind its socket, a real server."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from faces import Site, served
from front_office import FrontOffice

from appliance.drivers import mjpeg_camera
from appliance.issuance.rack import DeviceRack
from appliance.issuance.viewfinder import Judge, Viewfinder
from appliance.queue import viewing
from hw_sim.camera import MjpegCamera
from hw_sim.world import World

PICTURE = "Yang dilihat kamera sekarang"


@dataclass
class Desk:
    """The pages, and the camera that they look through."""

    site: Site
    camera: MjpegCamera


@contextmanager
def at_camera(place: FrontOffice, folder: Path, judges: Mapping[str, Judge]) -> Iterator[Desk]:
    """The faces of this office, whose viewfinder has these judges."""
    camera = MjpegCamera(World(speed=0))
    camera.start()
    rack = DeviceRack({"camera": mjpeg_camera.from_uri(camera.uri)})
    finder = Viewfinder(rack, judges)
    path = folder / "camera.sock"
    window = viewing.Window(path, finder.look)
    for work in (finder.run, finder.judge_on, window.run):
        threading.Thread(target=work, daemon=True).start()
    place.services = replace(place.services, view=functools.partial(viewing.view, path))
    try:
        with served(place) as site:
            yield Desk(site, camera)
    finally:
        window.close()
        rack.close()
        camera.stop()
