"""The child's side of `camera_child`: which verb a request calls. Pure but for `serve`."""

from __future__ import annotations

from typing import Protocol

from appliance.drivers.framed_service import serve

SETTLING = 10
"""Pictures after which a sensor has found the light."""


class CameraGone(Exception):
    """The camera is not there or its library refuses; the words are for the technician."""


class Pictures(Protocol):
    """A camera's library in five verbs; each may raise CameraGone."""

    def there(self) -> str:
        """The camera's model, without starting it."""

    def stream(self) -> None:
        """Begin to take pictures."""

    def next(self) -> bytes:
        """A JPEG made after this call."""

    def hold(self, hold: bool) -> bool:
        """Keep exposure and white balance, or follow the light again; whether it can do both."""

    def rest(self) -> None:
        """Stop taking pictures."""


def hold_at_rest(pictures: Pictures, hold: bool) -> bool:
    """As `hold` for a camera that does not stream: what is kept is what it has found once it has looked."""
    pictures.stream()
    try:
        for _ in range(SETTLING if hold else 0):
            pictures.next()
        return pictures.hold(hold)
    finally:
        pictures.rest()


def answer(pictures: Pictures, request: bytes) -> bytes:
    """The reply to one request."""
    try:
        match request[:1]:
            case b"S":
                return b"+" + pictures.there().encode()
            case b"O":
                pictures.stream()
                return b"+"
            case b"N":
                return b"+" + pictures.next()
            case b"H":
                return b"+" + bytes([pictures.hold(request[1:] == b"\x01")])
            case b"C":
                pictures.rest()
                return b"+"
            case _:
                return b"-unknown request"
    except CameraGone as error:
        return b"-" + str(error).encode()


def answer_all(pictures: Pictures) -> None:
    """Answer until the parent is gone, then let the camera go."""
    serve(lambda request: answer(pictures, bytes(request)))
    pictures.rest()
