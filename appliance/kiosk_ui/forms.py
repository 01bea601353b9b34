"""Forms as data: fields, and how what was sent becomes checked values or sentences about each mistake."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from werkzeug.datastructures import FileStorage, MultiDict

from appliance.kiosk_ui.shown import Mistake

Kind = Literal["text", "words", "number", "date", "choice", "choices", "file", "secret", "hidden", "yes", "several"]
Option = tuple[str, str]
TOO_LONG = "Isian ini terlalu panjang."
WRONG = "Isian ini belum benar."
NO_SUCH_DAY = "Tanggal harus tanggal yang ada, misalnya 5 10 2026."
_DAY_FIRST = re.compile(r"([0-9]{1,2})[-/. ]([0-9]{1,2})[-/. ]([0-9]{4})")


@dataclass(frozen=True, slots=True)
class Field:
    """One question of a form.

    `options` are value and label of a choice; `longest` counts characters; `several` is a text of each input of this
    name, in their order.
    """

    name: str
    label: str
    kind: Kind = "text"
    options: tuple[Option, ...] = ()
    required: bool = True
    hint: str = ""
    longest: int = 200
    pattern: str | None = None
    fix: str = ""
    initial: str = ""

    def missing(self) -> Mistake:
        """The sentence for a field that was left empty."""
        verb = "Pilih" if self.kind in {"choice", "choices", "file"} else "Isi"
        return Mistake(self.name, self.fix or f"{verb} {self.label[0].lower()}{self.label[1:]}.")


def year_first(text: str) -> str:
    """A day as it is written here, `5-10-2026` or `5/10/2026`, as `2026-10-05`; any other text as it is."""
    found = _DAY_FIRST.fullmatch(text.strip())
    return "-".join((found[3], found[2].zfill(2), found[1].zfill(2))) if found else text


def _day(form: Mapping[str, str], field: Field) -> date | Mistake | None:
    parts = [form.get(f"{field.name}_{part}", "").strip() for part in ("day", "month", "year")]
    whole = form.get(field.name, "").strip()
    if whole:
        parts = year_first(whole).split("-")[::-1]
    if not any(parts):
        return field.missing() if field.required else None
    try:
        day, month, year = (int(part) for part in parts)
        return date(year, month, day)
    except ValueError:
        return Mistake(field.name, NO_SUCH_DAY)


def _text(value: str, field: Field) -> str | int | Mistake:
    if "\x00" in value or len(value) > field.longest:
        return Mistake(field.name, TOO_LONG)
    if field.pattern and not re.fullmatch(field.pattern, value):
        return Mistake(field.name, field.fix or WRONG)
    if field.kind == "number":
        if not re.fullmatch(r"[0-9]{1,9}", value):
            return Mistake(field.name, field.fix or WRONG)
        return int(value)
    if field.kind == "choice" and value not in {option for option, _ in field.options}:
        return field.missing()
    return value


def _one(field: Field, form: MultiDict[str, str], files: Mapping[str, FileStorage]) -> object:
    if field.kind == "file":
        upload = files.get(field.name)
        data = upload.read() if upload else b""
        return data or (field.missing() if field.required else None)
    if field.kind == "date":
        return _day(form, field)
    if field.kind == "choices":
        chosen = tuple(dict.fromkeys(form.getlist(field.name)))
        if any(value not in {option for option, _ in field.options} for value in chosen):
            return field.missing()
        return chosen or (field.missing() if field.required else ())
    if field.kind == "several":
        typed = tuple(" ".join(value.split()) for value in form.getlist(field.name))
        return Mistake(field.name, TOO_LONG) if any(len(value) > field.longest for value in typed) else typed
    if field.kind == "yes":
        return field.name in form
    value = form.get(field.name, "")
    value = value if field.kind == "secret" else " ".join(value.split()) if field.kind != "words" else value.strip()
    if not value:
        return field.missing() if field.required else None
    return _text(value, field)


def read_form(
    fields: Iterable[Field], form: MultiDict[str, str], files: Mapping[str, FileStorage]
) -> tuple[dict[str, object], tuple[Mistake, ...]]:
    """The values of all fields, and every mistake; values are complete only when there is no mistake."""
    values: dict[str, object] = {}
    mistakes = []
    for field in fields:
        value = _one(field, form, files)
        if isinstance(value, Mistake):
            mistakes.append(value)
        else:
            values[field.name] = value
    return values, tuple(mistakes)
