"""What differs between a family as it stood and as it stands now, member by member. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import StrEnum

from appliance.casework.people import Biodata


class Fate(StrEnum):
    """What became of a member between the two."""

    SAME = "same"
    CHANGED = "changed"
    JOINED = "joined"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class MemberChange:
    """One member: as he stood (None: not there), as he stands now (None: gone), and the fields that differ."""

    before: Biodata | None
    now: Biodata | None
    changed: tuple[str, ...] = ()

    @property
    def fate(self) -> Fate:
        """What became of him."""
        if self.before is None:
            return Fate.JOINED
        if self.now is None:
            return Fate.LEFT
        return Fate.CHANGED if self.changed else Fate.SAME


def changes(before: Sequence[Biodata], now: Sequence[Biodata]) -> tuple[MemberChange, ...]:
    """Every member of now in his place, then those who left.

    Who is who is told by the NIK, then by name and birth date, then by name or by birth date and mother.
    """
    left = list(before)
    found: list[MemberChange] = []
    for person in now:
        twin = next((one for known in _SAME for one in left if known(one, person)), None)
        if twin is not None:
            left.remove(twin)
        found.append(MemberChange(twin, person, () if twin is None else _differing(twin, person)))
    return (*found, *(MemberChange(one, None) for one in left))


def _name(person: Biodata) -> str:
    return " ".join(person.full_name.upper().split())


def _mother(person: Biodata) -> str:
    return " ".join(person.mother_name.upper().split())


_SAME = (
    lambda one, other: one.nik is not None and one.nik == other.nik,
    lambda one, other: (_name(one), one.birth_date) == (_name(other), other.birth_date),
    lambda one, other: _name(one) == _name(other) and not (one.nik and other.nik),
    lambda one, other: (one.birth_date, _mother(one), one.sex) == (other.birth_date, _mother(other), other.sex)
    and _mother(one) not in {"", "-"} and not (one.nik and other.nik),
)  # fmt: skip


def _differing(one: Biodata, other: Biodata) -> tuple[str, ...]:
    """The names of the fields that differ; case and spaces of a text make no difference."""
    return tuple(
        field.name
        for field in fields(Biodata)
        if _plain(getattr(one, field.name)) != _plain(getattr(other, field.name))
    )


def _plain(value: object) -> object:
    return " ".join(value.upper().split()) if isinstance(value, str) else value
