"""What every camera's pictures are held to: they change, they are whole, large enough and not black. Pure."""

from __future__ import annotations

import io
from collections.abc import Callable, Generator, Iterator

from PIL import Image

from appliance.clock import Deadline
from appliance.devices import DeviceStatus, StillImage
from appliance.drivers.finger_picture import TOO_VAST
from appliance.drivers.mjpeg import MIN_LINES, BrokenFrame, size_of
from appliance.faults import DeviceFault, FaultCode

OPEN_SECONDS = 2.0
SILENCE_SECONDS = 1.5
"""A camera that sends nothing for so long is no longer there."""
SAME_PICTURES = 8
"""So many byte-equal pictures in a row are one picture sent again: a sensor's noise never repeats."""
MAX_DOTS = 4096 * 3072
"""A larger picture would take hundreds of megabytes before it is refused where portraits are judged."""
BLACK_BELOW = 12
"""Mean grey of a covered lens, 0-255."""


def whole(jpeg: bytes) -> bytes:
    """The picture if it has its end and a size; raises `camera.broken_frame`."""
    try:
        size_of(jpeg)
    except BrokenFrame as error:
        raise DeviceFault(FaultCode.CAMERA_BROKEN_FRAME, str(error)) from error
    return jpeg


def moving(frames: Iterator[bytes]) -> Iterator[bytes]:
    """The same pictures; `camera.frozen` when one of them comes again and again."""
    last, same = b"", 0
    for frame in frames:
        same = same + 1 if frame == last else 0
        last = frame
        if same >= SAME_PICTURES:
            raise DeviceFault(FaultCode.CAMERA_FROZEN, f"{same} equal pictures")
        yield frame


def still_of(frames: Generator[bytes, None, None]) -> StillImage:
    """The first picture that differs from the one before it, proven; ends the pictures. Raises `camera.*`."""
    try:
        first = b""
        for frame in moving(frames):
            if first and frame != first:
                return proven(frame)
            first = first or frame
    finally:
        frames.close()
    raise DeviceFault(FaultCode.CAMERA_UNREACHABLE, "pictures ended")


def tested_by_still(take: Callable[[Deadline], StillImage]) -> DeviceStatus:
    """The self-test of a camera: one still within 5 s, and its size."""
    try:
        still = take(Deadline.after(5))
    except DeviceFault as fault:
        return DeviceStatus("down", (fault.code.value,), detail={"why": fault.detail})
    return DeviceStatus("ok", detail={"size": f"{still.width}x{still.height}"})


def proven(jpeg: bytes) -> StillImage:
    """The picture if it is large enough, decodes to its last line and is not black; raises `camera.broken_frame`."""
    try:
        width, height = size_of(jpeg)
        if width * height > MAX_DOTS:
            raise DeviceFault(FaultCode.CAMERA_BROKEN_FRAME, f"{width}x{height} dots are too many")
        with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as picture:
            if picture.width * picture.height > MAX_DOTS:
                raise ValueError("two sizes in one picture")
            picture.load()
            small = picture.convert("L").resize((32, 32), Image.Resampling.BOX)
            width, height = picture.size
    except (BrokenFrame, OSError, ValueError, SyntaxError, *TOO_VAST) as error:
        raise DeviceFault(FaultCode.CAMERA_BROKEN_FRAME, "picture does not decode") from error
    if height < MIN_LINES:
        raise DeviceFault(FaultCode.CAMERA_BROKEN_FRAME, f"only {height} lines")
    if sum(small.tobytes()) / 1024 < BLACK_BELOW:
        raise DeviceFault(FaultCode.CAMERA_BROKEN_FRAME, "black picture: lens covered or no light")
    return StillImage(jpeg, width, height)
