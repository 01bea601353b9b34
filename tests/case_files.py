"""Case files for tests: a complete one of an invented man, and ways to break it."""

from __future__ import annotations

import copy
import json
from datetime import date
from typing import Any

from front_office import CASE_FILE

from appliance.casework.people import Biodata

TODAY = date(2026, 11, 24)
DINSOS = {
    "kind": "SK_DINSOS",
    "number": "460/72/DINSOS/2026",
    "date": "2026-10-06",
    "issuer": "Dinas Sosial Kota Metro",
    "signer": "Lilis Suryani",
}


def complete() -> dict[str, Any]:
    """The case file of the front office with every letter in hand, to be changed freely."""
    value: dict[str, Any] = copy.deepcopy(CASE_FILE)
    value["letters"].append(dict(DINSOS))
    return value


def changed(*path: str | int, to: object) -> dict[str, Any]:
    """A complete file with one value replaced; `path` leads there."""
    value: Any = complete()
    whole = value
    for key in path[:-1]:
        value = value[key]
    value[path[-1]] = to
    return dict(whole)


def without(*path: str | int) -> dict[str, Any]:
    """A complete file with one key left out."""
    value: Any = complete()
    whole = value
    for key in path[:-1]:
        value = value[key]
    del value[path[-1]]
    return dict(whole)


def as_bytes(value: object) -> bytes:
    """What would stand in the file."""
    return json.dumps(value).encode()


def somebody(**changes: Any) -> Biodata:
    """An invented grown man without NIK, with some fields changed."""
    values: dict[str, Any] = {
        "full_name": "SUGENG RIYADI",
        "nik": None,
        "sex": 1,
        "birth_place": "METRO",
        "birth_date": date(1971, 7, 1),
        "birth_date_estimated": True,
        "religion": 1,
        "blood_type": 13,
        "marital_status": 1,
        "education": 3,
        "occupation": 1,
        "citizenship": 1,
        "family_relation": 1,
        "father_name": "-",
        "mother_name": "-",
        "disability": 4,
    }
    return Biodata(**{**values, **changes})
