"""Papers made of sections: facts, tables, ticks, words, places to sign; for forms, letters to be signed, day sheets.

Plain values, labels resolved; an empty text prints as "-", `BLANK` leaves room for a pen.
"""

from __future__ import annotations

from dataclasses import dataclass

from appliance.documents.sheets import Data, shown
from appliance.documents.values import DocumentRefused, Letterhead

BLANK = "\x00"
"""What is left to be written by hand."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and values, one a line."""

    title: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: `heads` with the width of each column in millimetres, rows of as many texts. `tall` is a row's height
    in millimetres."""

    title: str
    heads: tuple[tuple[str, float], ...]
    rows: tuple[tuple[str, ...], ...]
    tall: float = 7.0


@dataclass(frozen=True, slots=True)
class Ticks:
    """Boxes to tick, those that are known ticked already."""

    title: str
    choices: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Signatures:
    """Places to sign: as what, and the name beneath (`BLANK`: to be written)."""

    places: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class NewPage:
    """What follows stands on a page of its own."""


Section = Facts | Grid | Ticks | Words | Signatures | NewPage


@dataclass(frozen=True, slots=True)
class Form:
    """A paper of sections on A4. `code` is the form's number by law ("F-1.01"), empty for others; `reference` the
    case's code or the day, on every page; `draft` says on every page that nobody has signed it.
    """

    letterhead: Letterhead
    code: str
    title: str
    basis: str
    reference: str
    sections: tuple[Section, ...]
    issued_at: int
    specimen: bool
    landscape: bool = False
    draft: bool = False


_WIDE, _NARROW = 265.0, 178.0
"""Millimetres between the margins of A4, landscape and portrait."""


def form_data(form: Form) -> Data:
    """The form's data; raises `DocumentRefused` for a form without sections or a table that its page cannot hold."""
    if not form.sections:
        raise DocumentRefused("sections", "a form says something")
    room = _WIDE if form.landscape else _NARROW
    for number, one in enumerate(form.sections, 1):
        if isinstance(one, Grid):
            if sum(width for _, width in one.heads) > room:
                raise DocumentRefused(f"sections.{number}", "the table is wider than the page")
            if any(len(row) != len(one.heads) for row in one.rows):
                raise DocumentRefused(f"sections.{number}", "a row has another number of columns than the head")
    head = form.letterhead
    return {
        "letterhead": {"city": head.city, "office": head.office, "address": head.address},
        "code": form.code,
        "title": form.title,
        "basis": form.basis,
        "reference": form.reference,
        "sections": [_section(one) for one in form.sections],
        "landscape": form.landscape,
        "draft": form.draft,
        "specimen": form.specimen,
    }


def _cell(value: str) -> str:
    return "" if value == BLANK else shown(value)


def _section(one: Section) -> Data:
    match one:
        case Facts():
            return {"kind": "facts", "title": one.title, "rows": [[name, _cell(value)] for name, value in one.rows]}
        case Grid():
            return {
                "kind": "grid",
                "title": one.title,
                "heads": [name for name, _ in one.heads],
                "widths": [width for _, width in one.heads],
                "rows": [[_cell(value) for value in row] for row in one.rows],
                "tall": one.tall,
            }
        case Ticks():
            return {"kind": "ticks", "title": one.title, "choices": [list(choice) for choice in one.choices]}
        case Words():
            return {"kind": "words", "text": one.text}
        case Signatures():
            return {"kind": "signatures", "places": [[role, _cell(name)] for role, name in one.places]}
        case NewPage():
            return {"kind": "page"}
