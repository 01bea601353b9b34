"""The capture of a finger: from the scanner, read by the engine, with why a poor one is poor."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from appliance.biometrics import rules
from appliance.biometrics.finger_port import png_header
from appliance.biometrics.minutiae import Template
from appliance.clock import Deadline
from appliance.devices import FingerImage, FingerPosition
from appliance.faults import DeviceFault, FaultCode
from appliance.issuance.glass import SCANNER, whose
from appliance.issuance.machines import Machines
from appliance.queue.jobs import Job

CAPTURE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class TakenFinger:
    """One captured finger with what the engine found in it; template None when it found no finger.

    `cause` is why the picture is poor, by its key, empty for a good one.
    """

    image: FingerImage
    template: Template | None
    quality: int
    cause: str = ""


def _wake(machines: Machines) -> None:
    with suppress(DeviceFault):
        machines.fingers.start()


def take_fingers(machines: Machines, job: Job, positions: Sequence[FingerPosition]) -> list[TakenFinger]:
    """Capture these fingers in one placement and extract each; the engine wakes up while the scanner works.

    A slap in one picture is cut into its fingers, named by their order from left to right.
    """
    threading.Thread(target=_wake, args=(machines,), name="wake the engine", daemon=True).start()
    with machines.rack.use(SCANNER, whose(job)) as scanner:
        images = scanner.capture(positions, rules.quality_wanted(positions[0]), Deadline.after(CAPTURE_SECONDS))
    taken = []
    for image in (one for found in images for one in singles(machines, found)):
        try:
            template, quality = machines.fingers.extract(image.image)
            good = rules.good_enough(image.position, quality, len(template.minutiae))
            taken.append(TakenFinger(image, template, quality, "" if good else _cause(machines, image)))
        except DeviceFault as fault:
            if fault.code is not FaultCode.ENGINE_NO_FINGER:
                raise
            taken.append(TakenFinger(image, None, 0, _cause(machines, image)))
    return taken


def singles(machines: Machines, found: FingerImage) -> list[FingerImage]:
    """The single fingers of what a scanner delivered; raises as `FingerEngine.cut` does."""
    if not found.slap:
        return [found]
    cut = machines.fingers.cut(found.image, found.slap)
    return [
        FingerImage(finger, picture, *png_header(picture), found.device_quality, found.device_serial)
        for finger, picture in cut.items()
    ]


def _cause(machines: Machines, image: FingerImage) -> str:
    try:
        return machines.fingers.cause(image.image)
    except DeviceFault as fault:
        if fault.code is not FaultCode.ENGINE_NO_FINGER:
            raise
        return "finger.none"
