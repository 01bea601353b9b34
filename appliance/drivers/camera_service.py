"""The child's side of `camera_child`: which verb a request calls. Pure but for `serve`."""

from __future__ import annotations

from typing import Protocol

from appliance.drivers.framed_service import serve


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
        """Keep exposure and white balance; whether it can."""

    def rest(self) -> None:
        """Stop taking pictures."""


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
