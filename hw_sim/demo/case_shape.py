"""What a case file must look like: every mistake by its key, without repeating what stands there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date

from hw_sim.central.siak import CODES
from hw_sim.fingers import POSITIONS

ENDS = ("DIARSIPKAN", "DITOLAK", "DIBATALKAN")
SEARCHES = ("no_hit", "hit_other_region", "hit_inactive")
ENROLMENTS = ("prr", "duplicate_record", "enroll_failure_at_central", "sfe_stuck")
ROLES = ("kecamatan", "kelurahan", "pamong", "pendamping_sosial", "dinsos", "self")
LEGAL = (
    "bencana_alam",
    "bencana_sosial",
    "orang_terlantar",
    "kawasan_hutan_tanah_sengketa",
    "komunitas_terpencil",
    "none",
)
CONDITIONS = ("odgj", "lansia", "disabilitas", "sakit", "no_identity", "documents_lost", "family_card_lost")
LETTERS = (
    "SK_DOMISILI", "SK_DINSOS", "SK_POLISI_TANPA_IDENTITAS", "SK_POLISI_KEHILANGAN", "F_1_01", "F_1_02", "F_1_03",
    "F_1_04", "F_1_05", "F_1_07", "SKPTI", "AKTA_LAHIR", "LAINNYA",
)  # fmt: skip

Check = Callable[[object], str | None]
"""What is wrong with a value, in words; None if nothing is."""


def _is(kind: type, words: str) -> Check:
    return lambda value: None if type(value) is kind else f"must be {words}"


def _text(value: object) -> str | None:
    return None if isinstance(value, str) and value.strip() else "must be a text that is not empty"


def _texts(value: object) -> str | None:
    good = isinstance(value, dict) and all(_text(one) is None for one in value.values())
    return None if good else "must be an object of texts"


def _form(pattern: str, words: str) -> Check:
    return lambda value: (
        None if isinstance(value, str) and re.fullmatch(pattern, value, re.ASCII) else f"must be {words}"
    )


def _one(words: tuple[str, ...]) -> Check:
    return lambda value: None if value in words else f"must be one of {', '.join(words)}"


def _some(words: tuple[str, ...]) -> Check:
    return lambda value: (
        None
        if isinstance(value, list) and all(one in words for one in value)
        else f"must be a list, of these only: {', '.join(words)}"
    )


def _code(highest: int) -> Check:
    return lambda value: (
        None if type(value) is int and 1 <= value <= highest else f"must be a whole number from 1 to {highest}"
    )


def _may_lack(check: Check) -> Check:
    return lambda value: None if value is None else check(value)


def _day(value: object) -> str | None:
    try:
        date.fromisoformat(str(value))
    except ValueError:
        return "must be a date of the calendar, YYYY-MM-DD"
    return None


_NUMBER = _may_lack(_form(r"99\d{14}", "null or 16 digits of province 99"))
_FLAG = _is(bool, "true or false")
Shape = Mapping[str, Check]
REPORTER: Shape = {"name": _text, "role": _one(ROLES), "institution": _may_lack(_text), "phone": _may_lack(_text)}
CATEGORY: Shape = {"legal": _one(LEGAL), "condition": _some(CONDITIONS)}
HOUSEHOLD: Shape = {
    "address": _text,
    "rt": _form(r"\d{3}", "three digits"),
    "rw": _form(r"\d{3}", "three digits"),
    "kelurahan": _form(r"\d{2}\.\d{2}\.\d{2}\.\d{4}", "a code like 18.72.01.1005"),
    "postal_code": _form(r"\d{5}", "five digits"),
    "kk_number": _NUMBER,
}
RESIDENT: Shape = {
    "full_name": _text,
    "nik": _NUMBER,
    "sex": _code(2),
    "birth_place": _text,
    "birth_date": _day,
    "birth_date_estimated": _FLAG,
    **{key: _code(highest) for key, highest in CODES.items()},
    "father_name": _text,
    "mother_name": _text,
    "disability": _may_lack(_code(6)),
}
LETTER: Shape = {
    "kind": _one(LETTERS),
    "number": _text,
    "date": _day,
    "issuer": _text,
    "signer": _text,
    "details": _may_lack(_texts),
}
BODY: Shape = {
    "missing_fingers": _some(POSITIONS),
    "fingers": _one(("normal", "dry", "worn")),
    "wears_glasses": _FLAG,
    "signs": _FLAG,
}
CENTRAL: Shape = {"biometric_search": _some(SEARCHES), "enrolment": _some(ENROLMENTS)}
EVENT: Shape = {"at": _code(9), "missing": _some(LETTERS)}
EXPECT: Shape = {
    "documents": _some(("KK", "KTP")),
    "returns": lambda value: None if type(value) is int and value >= 0 else "must be a number from 0",
    "end": _one(ENDS),
}
OBJECTS = {
    "reporter": REPORTER,
    "category": CATEGORY,
    "household": HOUSEHOLD,
    "central": CENTRAL,
    "expect": EXPECT,
}
LISTS = {"residents": RESIDENT, "letters": LETTER, "events": EVENT}
MAY_BE_ABSENT = frozenset({"details"})
"""What a letter says beyond number, date, issuer and signer; what must be there is the office's to judge."""
KEYS = ("case", *OBJECTS, *LISTS, "bodies")


def mistakes(case: Mapping[str, object]) -> list[str]:
    """Every mistake as `key: what is wrong`; empty if the case can be played."""
    return [f"{key}: {words}" for key, words in _mistakes(case)]


def _mistakes(case: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    yield from ((key, "missing") for key in KEYS if key not in case)
    yield from ((key, "not a key of a case file") for key in sorted(set(case) - set(KEYS)))
    if "case" in case and (wrong := _text(case["case"])):
        yield "case", wrong
    for key, shape in OBJECTS.items():
        if key in case:
            yield from _object(key, case[key], shape, optional=key in {"central"})
    for key, shape in LISTS.items():
        rows = case.get(key, [])
        if not isinstance(rows, list):
            yield key, "must be a list"
            continue
        for index, row in enumerate(rows):
            yield from _object(f"{key}[{index}]", row, shape)
    residents = case.get("residents")
    if residents == []:
        yield "residents", "must name at least one resident"
    bodies = case.get("bodies", {})
    if not isinstance(bodies, dict):
        yield "bodies", "must be an object"
        return
    known = {str(index) for index in range(len(residents))} if isinstance(residents, list) else set(bodies)
    for index, body in bodies.items():
        if index not in known:
            yield f"bodies.{index}", "no resident stands at this place"
        else:
            yield from _object(f"bodies.{index}", body, BODY, optional=True)


def _object(where: str, value: object, shape: Shape, *, optional: bool = False) -> Iterator[tuple[str, str]]:
    if not isinstance(value, dict):
        yield where, "must be an object"
        return
    for key, check in shape.items():
        if key not in value:
            if not optional and key not in MAY_BE_ABSENT:
                yield f"{where}.{key}", "missing"
        elif wrong := check(value[key]):
            yield f"{where}.{key}", wrong
    yield from ((f"{where}.{key}", "not a known key") for key in sorted(set(value) - set(shape)))
