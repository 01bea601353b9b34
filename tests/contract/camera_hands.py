"""The hands at the simulated camera."""

from __future__ import annotations

from hw_sim import camera as simulated
from hw_sim.people import Person

PERSON = Person("Uji Coba", 9001, birth_year=1971)


class SimulatedCameraHands:
    """Does by levers what a person does at a camera."""

    def __init__(self, camera: simulated.MjpegCamera) -> None:
        self._camera = camera

    def unplug(self) -> None:
        self._camera.unplug()

    def plug(self) -> None:
        self._camera.plug()

    def freeze(self) -> None:
        self._camera.levers.freeze = True

    def halve(self) -> None:
        self._camera.levers.half = True

    def cover(self) -> None:
        self._camera.levers.black = True

    def drop(self) -> None:
        self._camera.levers.drop = True

    def silence(self) -> None:
        self._camera.levers.silent = True

    def delay(self) -> None:
        self._camera.levers.late = 5.0

    def stand(self) -> None:
        self._camera.world.people["at_camera"] = PERSON

    def leave(self) -> None:
        self._camera.world.people.pop("at_camera", None)

    def mend(self) -> None:
        self._camera.levers = simulated.CameraLevers()

    def made_at(self, jpeg: bytes) -> float:
        return simulated.made_at(jpeg)
