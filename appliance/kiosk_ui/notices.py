"""One table from a machine's reason to a person's action: each fault in three readings and every language."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from appliance.faults import FAULTS, Actor, FaultCode

LANGUAGES = ("id", "en")
CATALOGUE = Path(__file__).parent / "catalogue" / "notices.toml"


@dataclass(frozen=True, slots=True)
class Notice:
    """A fault in words: what it means to the resident, the officer and the technician, and what to do.

    `picture` names a pictogram of `templates/icons.html`; `actor` is who must act.
    """

    code: FaultCode
    picture: str
    resident: str
    officer: str
    technician: str
    remedy: str
    actor: Actor


def load(path: Path = CATALOGUE) -> Mapping[str, Mapping[FaultCode, Notice]]:
    """The catalogue by language and fault; a fault or a language that is missing raises KeyError or ValueError."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    catalogue: dict[str, Mapping[FaultCode, Notice]] = {}
    for place, language in enumerate(LANGUAGES):
        notices = {}
        for name, row in table["fault"].items():
            code = FaultCode(name)
            notices[code] = Notice(
                code=code,
                picture=row["picture"],
                resident=table["resident"][row["resident"]][place],
                officer=row["officer"][place],
                technician=row["technician"][place],
                remedy=row["remedy"][place],
                actor=FAULTS[code].actor,
            )
        catalogue[language] = MappingProxyType(notices)
    return MappingProxyType(catalogue)


NOTICES = load()


def notice(reason: str, language: str = "id") -> Notice | None:
    """The notice for a fault code, or None for a word that is not in the table (an IPP keyword of its own).

    A language without notices reads Indonesian.
    """
    try:
        return NOTICES.get(language, NOTICES["id"])[FaultCode(reason)]
    except ValueError:
        return None
