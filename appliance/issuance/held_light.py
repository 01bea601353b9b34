"""Exposure and white balance kept while a picture is taken that shall look as the one that was judged before it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from appliance.devices import Camera
from appliance.faults import DeviceFault


@contextmanager
def held_light(camera: Camera) -> Iterator[bool]:
    """Hold them within, let them follow the light again afterwards; whether this camera can. Raises `camera.*`."""
    held = camera.hold_exposure(True)
    try:
        yield held
    finally:
        if held:
            # A picture that was taken is not lost with a camera that goes now; nothing is held for one that went.
            with suppress(DeviceFault):
                camera.hold_exposure(False)
