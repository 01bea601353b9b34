"""A JSON body as the values of a form: the same fields, the same checks, and their schema."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterable

from werkzeug.datastructures import FileStorage, MultiDict

from appliance.kiosk_ui.forms import WRONG, Field, read_form
from appliance.kiosk_ui.shown import Mistake

UNKNOWN = "Isian ini tidak dikenal."
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""What JSON can spell and no database can hold: NUL, and halves of surrogate pairs."""
_LISTS = frozenset({"choices", "several"})
Schema = dict[str, object]


def read_body(fields: Iterable[Field], body: dict[str, object]) -> tuple[dict[str, object], tuple[Mistake, ...]]:
    """Its values, complete only when there is no mistake, and every mistake by its field."""
    known = {field.name: field for field in fields}
    mistakes = [Mistake(_name(key), UNKNOWN) for key in body if key not in known]
    form: MultiDict[str, str] = MultiDict()
    files: dict[str, FileStorage] = {}
    wrong = set()
    for name, field in known.items():
        if name not in body:
            continue
        said = _said(field, body[name])
        if said is None:
            wrong.add(name)
            mistakes.append(Mistake(name, field.fix or WRONG))
        elif isinstance(said, bytes):
            files[name] = FileStorage(io.BytesIO(said), filename=name)  # one without a name counts as none
        else:
            form.setlist(name, said)
    values, found = read_form((field for name, field in known.items() if name not in wrong), form, files)
    return values, (*mistakes, *found)


def _name(key: str) -> str:
    return _UNSTORABLE.sub("?", key)[:80]


def _said(field: Field, value: object) -> list[str] | bytes | None:
    """What a browser would have sent for this value, or None if it is not of the field's kind."""
    if field.kind == "yes":
        return (["1"] if value else []) if isinstance(value, bool) else None
    if field.kind == "number":
        return [str(value)] if isinstance(value, int) and not isinstance(value, bool) else None
    if isinstance(value, list) is not (field.kind in _LISTS):
        return None
    items = value if isinstance(value, list) else [value]
    many = [one for one in items if isinstance(one, str) and not _UNSTORABLE.search(one)]
    if len(many) < len(items):
        return None
    if field.kind == "file":
        try:
            return base64.b64decode(many[0], validate=True)
        except ValueError:
            return None
    if field.kind == "date" and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", many[0]):
        return None
    return many


def body_schema(fields: Iterable[Field]) -> Schema:
    """The JSON Schema of the same body."""
    shown = tuple(fields)
    return {
        "type": "object",
        "properties": {field.name: _field_schema(field) for field in shown},
        "required": [field.name for field in shown if field.required and field.kind not in {"yes", "several"}],
        "additionalProperties": False,
    }


def _field_schema(field: Field) -> Schema:
    text: Schema = {"type": "string"}
    if field.kind in {"choice", "choices"} and field.options:
        text["enum"] = [value for value, _ in field.options]
    elif field.kind == "file":
        text["contentEncoding"] = "base64"
    elif field.kind == "date":
        text["format"] = "date"
    elif field.kind not in {"choice", "choices"}:
        text["maxLength"] = field.longest
    if field.kind == "yes":
        text = {"type": "boolean"}
    elif field.kind == "number":
        text = {"type": "integer", "minimum": 0, "maximum": 999_999_999}
    elif field.kind in _LISTS:
        text = {"type": "array", "items": text}
    return {**text, "title": field.label, **({"description": field.hint} if field.hint else {})}
