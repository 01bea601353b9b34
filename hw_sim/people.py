"""The invented people of the simulated world: what of them a device can see, feel or be written by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from hw_sim.fingers import POSITIONS, Condition
from hw_sim.signatures import PenSample, strokes_of

FingerCondition = Literal["normal", "dry", "worn"]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may stand before the devices.

    `seed` decides the fingers, the face and the signature. `missing_fingers` are ISO position names.
    `signs` is False for somebody who cannot write. Fingers of two people differ even where seeds are neighbours.
    """

    name: str
    seed: int
    missing_fingers: frozenset[str] = field(default_factory=frozenset)
    finger_condition: FingerCondition = "normal"
    wears_glasses: bool = False
    signs: bool = True
    birth_year: int = 1980

    def __post_init__(self) -> None:
        unknown = set(self.missing_fingers) - set(POSITIONS)
        if unknown:
            raise ValueError(f"no such finger position: {', '.join(sorted(unknown))}")

    def finger_seed(self, position: str) -> int:
        """The seed of this person's finger at an ISO position name; KeyError if it is missing."""
        if position in self.missing_fingers:
            raise KeyError(position)
        return self.seed * 16 + POSITIONS.index(position) + 1

    def fingers(self) -> list[tuple[int, Condition]]:
        """(finger seed, condition) of all fingers this person has, for `fingers.pregenerate`."""
        present = [position for position in POSITIONS if position not in self.missing_fingers]
        return [(self.finger_seed(position), self.finger_condition) for position in present]

    def signature(self) -> tuple[tuple[PenSample, ...], ...]:
        """The person's pen strokes; empty for somebody who cannot sign."""
        return strokes_of(self.seed) if self.signs else ()


def person(name: str, seed: int, birth_year: int, body: Mapping[str, object]) -> Person:
    """A person from the `bodies` entry of a case file; raises ValueError naming what is wrong."""
    missing = body.get("missing_fingers", [])
    condition = body.get("fingers", "normal")
    if not isinstance(missing, list) or not all(isinstance(one, str) for one in missing):
        raise ValueError("missing_fingers: must be a list of finger positions")
    match condition:
        case "normal" | "dry" | "worn":
            return Person(
                name=name,
                seed=seed,
                missing_fingers=frozenset(missing),
                finger_condition=condition,
                wears_glasses=bool(body.get("wears_glasses", False)),
                signs=bool(body.get("signs", True)),
                birth_year=birth_year,
            )
        case _:
            raise ValueError(f"fingers: must be normal, dry or worn, not {condition!r}")


PASSERS_BY = (
    Person("SUGENG REJO", 9901, birth_year=1974),
    Person("SITI AMINAH", 9902, birth_year=1991, wears_glasses=True),
    Person("KARSO WIYONO", 9903, frozenset({"right_index"}), "worn", birth_year=1951),
    Person("TUMINAH", 9904, finger_condition="dry", signs=False, birth_year=1949),
)
"""Who may stand before the devices where no case says who: usual, with glasses, short of a finger, unlettered."""
