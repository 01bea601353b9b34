"""A paper before the camera on the wire becomes a scan of its case: driver, child process, vault, books."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from counter import Counter, open_counter
from PIL import Image

from appliance.casework.roles import Role
from appliance.drivers import mjpeg_camera
from appliance.faults import FaultCode
from appliance.queue import jobs
from hw_sim.camera import CameraLevers, MjpegCamera
from hw_sim.papers import Letter
from hw_sim.world import World

LINES = tuple(f"Baris {number} surat keterangan domisili SPECIMEN" for number in range(1, 18))
PAPER = "SK_DOMISILI"


@pytest.fixture
def wire() -> Iterator[MjpegCamera]:
    camera = MjpegCamera(World(speed=0))
    camera.start()
    yield camera
    camera.stop()


@pytest.fixture
def counter(tmp_path: Path, wire: MjpegCamera) -> Iterator[Counter]:
    found = open_counter(tmp_path)
    driver = mjpeg_camera.from_uri(wire.uri)
    found.devices["camera"].capture_still = driver.capture_still
    driver.open()
    yield found
    driver.close()
    found.store.close()


def taken(counter: Counter, case: str) -> list[str]:
    counter.clock.go(1)
    counter.do("scan_paper", Role.PETUGAS, case, kind=PAPER)
    counter.run("camera")
    return [one.state for one in counter.evidence(case, "scan")]


def test_a_letter_held_askew_is_kept_straight_then_taken_again_in_better_light(
    counter: Counter, wire: MjpegCamera
) -> None:
    case = counter.attached()
    wire.world.people["at_camera"] = Letter(LINES, 6.0, 0.06)
    wire.levers = CameraLevers(brightness=0.2)
    assert taken(counter, case) == ["doubtful"]
    wire.levers = CameraLevers()
    assert taken(counter, case) == ["superseded", "accepted"]
    kept = counter.evidence(case, "scan")[-1]
    data = counter.office.vault.get(case, counter.case(case).wrapped_key, str(kept.blob))
    with Image.open(io.BytesIO(data)) as picture:
        grey = np.asarray(picture.convert("L"))
    assert kept.facts["edges"] and grey.shape[0] > grey.shape[1]
    assert float(grey[:, :20].mean()) > 150, "the table is gone"


def test_a_camera_that_is_gone_holds_the_work_and_goes_on(counter: Counter, wire: MjpegCamera) -> None:
    case = counter.attached()
    wire.world.people["at_camera"] = Letter(LINES)
    wire.unplug()
    assert taken(counter, case) == []
    with counter.store.read() as tx:
        (job,) = [one for one in jobs.of_case(tx, case) if one.kind == "capture-scan"]
    assert (job.state, job.fault) == ("hold", FaultCode.CAMERA_UNREACHABLE.value)
    wire.plug()
    counter.do("retry_job", Role.PETUGAS, case, job=job.key)
    counter.run("camera")
    assert [one.state for one in counter.evidence(case, "scan")] == ["accepted"]
