"""A paper before it is photographed: whether it will be read. The judge of a viewfinder, and its child process.

`python -m appliance.issuance.paper_look [idle seconds]` serves messages of `biometrics.framing`: what a picture holds
is not known before, and decoders are native code. It may be killed at any moment.
"""

from __future__ import annotations

import resource
import sys

from appliance.biometrics.child import PictureChild
from appliance.biometrics.framing import pack, serve
from appliance.documents.paper_rules import hint_of
from appliance.documents.reading_child import MEMORY

AIM = "paper"
SECONDS = 5.0
IDLE_SECONDS = 5.0
"""The child's memory is given back so soon after the last picture."""


class PaperJudge:
    """Says what hint a picture's paper deserves, "" for none; raises `camera.broken_frame`, `finger_engine.*`."""

    def __init__(self) -> None:
        self.child = PictureChild(IDLE_SECONDS, "appliance.issuance.paper_look")

    def __call__(self, jpeg: bytes) -> str:
        return str(self.child.ask({}, (jpeg,), SECONDS)[0]["hint"])

    def close(self) -> None:
        """End the child and give its memory back."""
        self.child.close()


def answer(header: dict[str, object], blobs: list[bytes]) -> bytes:
    """The answer to one picture."""
    from appliance.documents import paper_scan

    paper_scan.one_thread()
    try:
        return pack({"hint": hint_of(paper_scan.look(blobs[0]))})
    except paper_scan.BadPaper as error:
        return pack({"trouble": "bad_picture", "detail": str(error)})


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    serve(answer, float(sys.argv[1]) if len(sys.argv) > 1 else IDLE_SECONDS)
