"""The life of a blank card: its states, and every legal move between them with who may make it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from appliance.casework.roles import Role


class BlankState(StrEnum):
    """Where a blank is in its life."""

    RECEIVED = "received"
    ALLOTTED = "allotted"
    LOADED = "loaded"
    ENCODING = "encoding"
    ENCODED = "encoded"
    PRINTED = "printed"
    VERIFIED = "verified"
    HANDED_OVER = "handed_over"
    SPOILED = "spoiled"
    SEALED = "sealed"
    DESTROYED = "destroyed"


STATE_LABELS: dict[BlankState, str] = {
    BlankState.RECEIVED: "Di gudang",
    BlankState.ALLOTTED: "Dibagikan",
    BlankState.LOADED: "Di printer",
    BlankState.ENCODING: "Chip sedang ditulis",
    BlankState.ENCODED: "Chip sudah ditulis",
    BlankState.PRINTED: "Sudah dicetak",
    BlankState.VERIFIED: "Sudah diperiksa",
    BlankState.HANDED_OVER: "Diserahkan",
    BlankState.SPOILED: "Rusak",
    BlankState.SEALED: "Disegel",
    BlankState.DESTROYED: "Dimusnahkan",
}

READY = frozenset({BlankState.RECEIVED, BlankState.ALLOTTED, BlankState.LOADED})
"""Blanks that may still become a card."""
IN_WORK = frozenset({BlankState.ENCODING, BlankState.ENCODED, BlankState.PRINTED, BlankState.VERIFIED})
"""Cards that are being made, or wait for their holder."""
LIVE = IN_WORK | {BlankState.HANDED_OVER}
"""Cards that are, or become, somebody's: a resident has at most one of them."""
WASTE = frozenset({BlankState.SPOILED, BlankState.SEALED})
"""Cards that lie under lock until they are burnt."""

FACTS = ("place", "cause", "case_id", "position", "uid", "nik_digest", "print_job", "seal", "minute")
"""What a move may tie to a blank."""


@dataclass(frozen=True, slots=True)
class Move:
    """A legal move: from any of `sources` to `target`, by one of `roles`, telling at least what is in `needs`."""

    sources: frozenset[BlankState]
    target: BlankState
    roles: frozenset[Role]
    needs: frozenset[str] = frozenset()


def _m(sources: str, target: str, roles: str, needs: str = "") -> Move:
    return Move(
        frozenset(BlankState(source) for source in sources.split()),
        BlankState(target),
        frozenset(Role(role) for role in roles.split()),
        frozenset(needs.split()),
    )


MOVES: tuple[Move, ...] = (
    _m("received", "allotted", "gudang", "place"),
    _m("allotted", "received", "gudang"),
    _m("received allotted", "loaded", "gudang operator"),
    _m("loaded", "allotted", "gudang", "place"),
    _m("loaded", "encoding", "operator", "case_id position nik_digest"),
    _m("encoding", "encoded", "system", "uid"),
    _m("encoded", "printed", "system", "print_job"),
    _m("printed", "verified", "operator"),
    _m("verified", "handed_over", "petugas"),
    _m("received allotted loaded", "spoiled", "gudang operator", "cause"),
    _m("encoding encoded printed verified", "spoiled", "operator", "cause"),
    _m("handed_over", "spoiled", "operator petugas gudang", "cause"),
    _m("spoiled", "spoiled", "petugas", "cause place"),
    _m("spoiled", "sealed", "gudang", "seal"),
    _m("sealed", "destroyed", "gudang", "minute"),
)
"""Every legal move; there is no other, and at most one between two states.

From spoiled to spoiled goes a replaced card that its holder hands in, or tells to be lost."""


def move_between(old: BlankState, new: BlankState) -> Move | None:
    """The move from `old` to `new`, or None where no blank may ever make it."""
    return next((move for move in MOVES if old in move.sources and move.target is new), None)
