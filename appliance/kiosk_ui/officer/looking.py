"""What a camera or finger scanner sees now, for the page that asks again and again for the next picture."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping

from flask import Response, make_response, request, session

from appliance.kiosk_ui.services import Services
from appliance.queue.viewing import View

LEAVE_SECONDS = 2.0
"""Whether somebody may look is read from the books no more often: a page asks as often as pictures come."""
AT_ONCE = 4
"""So many wait for a picture beside one another; each has a thread of the pages meanwhile."""
NOT_YET = "Gambar sedang diperiksa."
PNG = b"\x89PNG"


class Looks:
    """Answers the questions of viewfinders on pages."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._places = threading.BoundedSemaphore(AT_ONCE)

    def answer(
        self, aim: Callable[[], str], hints: Mapping[str, str], good: str, unjudged: str = NOT_YET
    ) -> Response:
        """The picture after number `after` of the question as JPEG or PNG, without one (204) if there is none yet.

        The heading X-Seen holds its `number`, the words of its `hint` (`unjudged` before a verdict), and whether it
        is `good`; it is missing while there is nothing to be seen. `aim` says from the books what is aimed at, and
        raises for who may not look.
        """
        aimed = self._leave(aim)
        seen = self._seen(aimed, request.args.get("after", 0, type=int))
        answer = make_response(seen.jpeg if seen else b"", 200 if seen and seen.jpeg else 204)
        answer.mimetype = "image/png" if answer.data.startswith(PNG) else "image/jpeg"
        if seen is not None:
            hint = unjudged if seen.hint is None else hints.get(seen.hint, good)
            answer.headers["X-Seen"] = json.dumps({"number": seen.number, "hint": hint, "good": seen.hint == ""})
        return answer

    def _leave(self, aim: Callable[[], str]) -> str:
        now = self._services.ticks()
        path, actor, aimed, until = session.get("looks", ("", None, "", now))
        if path != request.path or actor != session["actor"] or now >= until:
            aimed = aim()
            session["looks"] = (request.path, session["actor"], aimed, now + LEAVE_SECONDS)
        return str(aimed)

    def _seen(self, aim: str, after: int) -> View | None:
        if not self._places.acquire(blocking=False):
            return None
        try:
            return self._services.view(aim, after)
        finally:
            self._places.release()
