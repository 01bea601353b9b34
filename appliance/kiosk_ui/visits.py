"""Visits: the cookie holds a random number only; what belongs to it stays here and dies with it."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from typing import Any

from flask import Flask, Request, Response, g, request
from flask.sessions import SessionInterface, SessionMixin
from werkzeug.datastructures import CallbackDict

LIMIT = 500
"""Visits kept at most; the one longest unused goes first."""


class Visit(CallbackDict[str, Any], SessionMixin):
    """The data of one visit."""

    def __init__(self, key: str, data: dict[str, Any], used: float) -> None:
        def changed(visit: Any) -> None:
            visit.modified = True

        super().__init__(data, changed)
        self.key = key
        self.used = used
        self.modified = False
        self.ended = False

    def end(self) -> None:
        """Wipe this visit: its data now, its cookie with the answer to this request and no other.

        An answer that was under way may come after the cookie of the next visit.
        """
        self.clear()
        self.ended = True
        g.ends_the_visit = True


class VisitStore(SessionInterface):
    """Keeps visits in memory: a restart of the appliance ends them all, which is what a kiosk wants.

    `now` is a monotonic clock in seconds, `keep` how long an unused visit lives.
    """

    def __init__(self, cookie: str, now: Callable[[], float], keep: float, secure: bool) -> None:
        self._cookie = cookie
        self._now = now
        self._keep = keep
        self._secure = secure
        self._visits: dict[str, Visit] = {}
        self._lock = threading.Lock()

    def open_session(self, app: Flask, request: Request) -> Visit:
        """The visit the cookie names, or a fresh one; a number we did not give out names none."""
        key = request.cookies.get(self._cookie, "")
        now = self._now()
        with self._lock:
            for stale in [k for k, visit in self._visits.items() if now - visit.used > self._keep]:
                del self._visits[stale]
            visit = self._visits.get(key)
            if visit is not None:
                visit.used = now
                return visit
        return Visit(secrets.token_urlsafe(24), {}, now)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Keep what the visit holds, or drop an ended one and its cookie.

        A page that looks itself up begins no visit: it may come after the end of the one that it was shown in.
        """
        assert isinstance(session, Visit)
        with self._lock:
            if "X-Live" in request.headers and session.key not in self._visits and not session.ended:
                return
            if session.ended or not session:
                self._visits.pop(session.key, None)
                if "ends_the_visit" in g:
                    response.delete_cookie(self._cookie, path="/", samesite="Strict", httponly=True)
                return
            known = session.key in self._visits
            self._visits[session.key] = session
            if len(self._visits) > LIMIT:
                oldest = min(self._visits.values(), key=lambda visit: visit.used)
                del self._visits[oldest.key]
        if not known:
            response.set_cookie(
                self._cookie, session.key, path="/", httponly=True, samesite="Strict", secure=self._secure
            )

    def renew(self, visit: Visit) -> None:
        """Give the visit a new number, so that one learned before sign-in is worth nothing after it."""
        with self._lock:
            self._visits.pop(visit.key, None)
        visit.key = secrets.token_urlsafe(24)

    def __len__(self) -> int:
        return len(self._visits)
