"""What the outside offices share on the wire: routes, refusals, the reading of requests, and trouble on demand."""

from __future__ import annotations

import base64
import binascii
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A PDF as an answer, with headers beside it; `cut`: the line drops in the middle of it."""

    content: bytes
    headers: Mapping[str, str]
    cut: bool = False


Reply = tuple[int, Json | Sheet]

TOKEN = re.compile(r"[A-Za-z0-9._:-]{8,80}")


class Refusal(Exception):
    """A request that changes nothing: HTTP status, error code, text, and for 422 each mistake by its key."""

    def __init__(
        self, status: int, error: str, message: str, mistakes: tuple[str, ...] = (), **extra: object
    ) -> None:
        super().__init__(error)
        self.status = status
        self.body: Json = {"error": error, "message": message, **extra}
        if mistakes:
            self.body["mistakes"] = list(mistakes)


@dataclass(frozen=True, slots=True)
class Route:
    """One call of an office: method, path pattern, the name it has in events, and what it does."""

    method: str
    pattern: re.Pattern[str]
    call: str
    effect: Callable[[Mapping[str, str], Mapping[str, object]], Reply]


def route(
    method: str, pattern: str, call: str, effect: Callable[[Mapping[str, str], Mapping[str, object]], Reply]
) -> Route:
    """A route; `{name}` in the pattern is one path segment."""
    regex = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern)
    return Route(method, re.compile(regex), call, effect)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What goes wrong with one call.

    `at` received: before anything happened; done: the effect stands, the answer is in trouble. The answer comes
    `late_seconds` late (real seconds) and is then right, missing (the connection drops), a bare HTTP `status`,
    garbage that is not JSON, or (a PDF only) cut in its middle. At `received`, an answer other than right means that
    the effect never happens.
    """

    at: Literal["received", "done"] = "done"
    late_seconds: float = 0.0
    answer: Literal["right", "none", "status", "garbage", "cut"] = "right"
    status: int = 500


class Troubles:
    """Trouble waiting for its call; may be set from inside a rule of the world."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[tuple[str, str], list[Trouble]] = {}
        self._lasting: dict[tuple[str, str], Trouble] = {}

    def cause(self, office: str, call: str, trouble: Trouble, times: int | None = 1) -> None:
        """Let the next `times` calls go wrong; None means each until `clear`."""
        with self._lock:
            if times is None:
                self._lasting[office, call] = trouble
            else:
                self._waiting.setdefault((office, call), []).extend([trouble] * times)

    def clear(self) -> None:
        """All is well again."""
        with self._lock:
            self._waiting.clear()
            self._lasting.clear()

    def take(self, office: str, call: str, at: str) -> Trouble | None:
        """The trouble that is due for this call at this phase."""
        with self._lock:
            waiting = self._waiting.get((office, call), [])
            if waiting and waiting[0].at == at:
                return waiting.pop(0)
            lasting = self._lasting.get((office, call))
            return lasting if lasting is not None and lasting.at == at else None


class Reading:
    """Takes typed values out of a JSON object and remembers each mistake by its key."""

    def __init__(self, body: Mapping[str, object], mistakes: list[str] | None = None, prefix: str = "") -> None:
        self._body = body
        self.mistakes: list[str] = [] if mistakes is None else mistakes
        self._prefix = prefix

    def wrong(self, key: str) -> None:
        """Remember that the value of this key cannot be used."""
        self.mistakes.append(f"{self._prefix}{key}")

    def text(self, key: str, pattern: str = r"[\s\S]+") -> str:
        """A text that matches wholly; "" and a mistake otherwise."""
        value = self._body.get(key)
        if isinstance(value, str) and re.fullmatch(pattern, value):
            return value
        self.wrong(key)
        return ""

    def optional(self, key: str, pattern: str = r"[\s\S]+") -> str | None:
        """A text or null."""
        return None if self._body.get(key) is None else self.text(key, pattern)

    def number(self, key: str, low: int, high: int) -> int:
        """A whole number in the range; `low` and a mistake otherwise."""
        value = self._body.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        self.wrong(key)
        return low

    def binary(self, key: str) -> bytes:
        """Base64; empty and a mistake otherwise."""
        value = self._body.get(key)
        try:
            return base64.b64decode(value if isinstance(value, str) else "!", validate=True)
        except binascii.Error:
            self.wrong(key)
            return b""

    def token(self) -> str:
        """The token that makes a change happen once."""
        return self.text("token", TOKEN.pattern)

    def section(self, key: str) -> Reading:
        """An object inside the object."""
        value = self._body.get(key)
        if not isinstance(value, dict):
            self.wrong(key)
            value = {}
        return Reading(value, self.mistakes, f"{self._prefix}{key}.")

    def rows(self, key: str) -> list[Reading]:
        """A list of objects."""
        value = self._body.get(key)
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            self.wrong(key)
            return []
        return [Reading(row, self.mistakes, f"{self._prefix}{key}[{n}].") for n, row in enumerate(value)]

    def others(self, keys: Sequence[str]) -> dict[str, object]:
        """The values of these keys as they are, where they stand."""
        return {key: self._body[key] for key in keys if key in self._body}

    def settle(self) -> None:
        """Refuse the request with 422 if anything was wrong."""
        if self.mistakes:
            raise Refusal(422, "mistakes", "the request cannot be used", tuple(self.mistakes))
