"""What a route of the API is, as data: the app serves it from this and its description is made of this."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from appliance.casework.roles import Actor
from appliance.kiosk_ui.api.bodies import Schema
from appliance.kiosk_ui.forms import Field


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, checked: who asks, the gaps of the path, the query and the body's values."""

    actor: Actor
    token: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    values: dict[str, object]


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path below /api; `answer` None says 204; `query` are patterns by name; `path` has `{gaps}`.

    `media` is there instead of `answer` where a document is handed out. `now` gives the fields as they are for this
    officer and the books of the moment, `fields` only describing them; it raises `ActForbidden`. `body` describes a
    body whose fields have no fixed names. `once`: it changes something, and a request that bears a key is done once.
    """

    method: str
    path: str
    name: str
    summary: str
    do: Callable[[Asked], object]
    answer: Schema | None = None
    fields: tuple[Field, ...] | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    media: tuple[str, ...] = ()
    problems: tuple[int, ...] = (400, 401, 403, 404, 413, 415, 422, 500, 503)
    open: bool = False
    now: Callable[[Actor], tuple[Field, ...]] | None = None
    body: Schema | None = None
    once: bool = False

    @property
    def refusals(self) -> tuple[int, ...]:
        """The statuses of its problems."""
        return tuple(sorted({*self.problems, 409, 410})) if self.once else self.problems
