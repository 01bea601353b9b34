"""Pictures with nothing but Picamera2 (or its stand-in), for each line that comes in: processor seconds of one.

For `camera_child`.
"""

from __future__ import annotations

import io
import sys
import time
from importlib import import_module


def main() -> None:
    size, frames = (1280, 960), int(sys.argv[1])
    for _ in sys.stdin:
        camera = import_module("picamera2").Picamera2(0)
        camera.configure(camera.create_video_configuration(main={"size": size}, controls={"FrameRate": 15}))
        camera.start()
        camera.capture_request(flush=time.monotonic_ns()).release()
        began = time.process_time()
        for _ in range(frames):
            request = camera.capture_request(flush=time.monotonic_ns())
            out = io.BytesIO()
            request.make_image("main").convert("RGB").save(out, "JPEG", quality=90)
            request.release()
        took = time.process_time() - began
        camera.stop()
        camera.close()
        print(took / frames, flush=True)


if __name__ == "__main__":
    main()
