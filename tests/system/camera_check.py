"""Tries the production driver on a camera that is there: `python tests/system/camera_check.py v4l2:/dev/video0 [10]`.

The number is the driver's patience: an emulated processor is about ten times slower.

Prints one JSON object and ends with 0 if still and preview were good, else 1.
"""

from __future__ import annotations

import json
import sys
import time
from itertools import islice

from appliance.clock import Deadline
from appliance.drivers.camera_child import v4l2_camera
from appliance.faults import DeviceFault


def tried(uri: str, patience: float) -> dict[str, object]:
    """What the camera did, or the fault it ended in."""
    camera = v4l2_camera(uri, patience)
    said: dict[str, object] = {"uri": uri, "ok": False}
    try:
        began = time.monotonic()
        camera.open()
        said["open_s"] = round(time.monotonic() - began, 3)
        said["model"] = camera.status().model
        still = camera.capture_still(Deadline.after(8 * patience))
        said["still"] = [still.width, still.height, len(still.jpeg)]
        began = time.monotonic()
        said["preview"] = len(list(islice(camera.preview(), 30)))
        said["preview_per_second"] = round(30 / (time.monotonic() - began), 1)
        said["holds_exposure"] = camera.hold_exposure(True)
        camera.hold_exposure(False)
        said["ok"] = True
    except DeviceFault as fault:
        said["fault"], said["detail"] = fault.code.value, fault.detail
    finally:
        camera.close()
    return said


if __name__ == "__main__":
    answer = tried(sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 1.0)
    print(json.dumps(answer))
    sys.exit(0 if answer["ok"] else 1)
