"""The pre-filter of a 1:N search: which stored fingers could lie under the probe after one turn and one shift.

Every minutia of the probe votes with every stored one whose direction is within 45 degrees: their difference is the
turn, what then is left between the points is the shift (generalised Hough transform, Ratha and others 1996).
Stored fingers are card forms (`compact`), 180 bytes each; nothing else is kept of them between two searches.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from appliance.biometrics import compact
from appliance.biometrics.minutiae import Template

_DIRECTIONS = 64
_TURN = 8
"""45 degrees in the card form's steps of 5.625; two steps share a bin."""
_BIN = 6
"""0.1 mm: 12 pixels at 500 ppi."""
_REACH = 129
"""0.1 mm: the centres of two prints lie no farther apart."""
_ACROSS = 2 * _REACH // _BIN
_BLOCK = 512
"""Stored fingers that vote at a time, so that the votes stay in the processor's cache."""

Numbers = NDArray[Any]


def shortlist(probe: Template, gallery: Sequence[bytes], count: int) -> list[tuple[int, int]]:
    """The `count` likeliest fingers of the gallery as (index, votes), most votes first."""
    ours = compact.write(probe)
    if not ours or not gallery:
        return []
    votes = np.concatenate(list(_votes(ours, gallery)))
    best = np.argsort(-votes, kind="stable")[:count]
    return [(int(at), int(votes[at])) for at in best]


def _votes(ours: bytes, gallery: Sequence[bytes]) -> Iterator[Numbers]:
    (x, y, direction), _ = _points([ours])
    for start in range(0, len(gallery), _BLOCK):
        block = gallery[start : start + _BLOCK]
        points, owner = _points(block)
        yield _highest(x, y, direction, points, owner, len(block))


def _points(forms: Sequence[bytes]) -> tuple[tuple[Numbers, Numbers, Numbers], Numbers]:
    """Coordinates about each form's centre (0.1 mm), directions (0-63), and whose point each is."""
    counts = np.array([len(form) // 3 for form in forms])
    owner = np.repeat(np.arange(len(forms)), counts)
    raw = np.frombuffer(b"".join(forms), np.uint8).reshape(-1, 3)
    whole = np.maximum(counts, 1)
    x, y = (line - np.round(np.bincount(owner, line, len(forms)) / whole).astype(int)[owner] for line in raw[:, :2].T)
    return (x, y, raw[:, 2] & 63), owner


def _highest(
    x: Numbers, y: Numbers, direction: Numbers, points: tuple[Numbers, Numbers, Numbers], owner: Numbers, count: int
) -> Numbers:
    """The votes of each stored finger's best bin with its neighbours (2 x 2 x 2)."""
    order = np.argsort(points[2], kind="stable")
    theirs_x, theirs_y = points[0][order] + _REACH, points[1][order] + _REACH
    base = owner[order] * _ACROSS * _ACROSS
    edges = np.searchsorted(points[2][order], np.arange(_DIRECTIONS + 1))
    highest = np.zeros(count, np.uint16)
    before: Numbers | None = None
    for turn in range(-_TURN, _TURN, 2):
        cells = []
        for step in (turn, turn + 1):
            angle = step * 2 * np.pi / _DIRECTIONS
            # Directions count counter-clockwise, rows count downwards.
            turned_x = np.round(x * np.cos(angle) + y * np.sin(angle)).astype(int)
            turned_y = np.round(y * np.cos(angle) - x * np.sin(angle)).astype(int)
            ours, those = _pairs(edges, (direction.astype(int) + step) % _DIRECTIONS)
            column = (theirs_x[those] - turned_x[ours]) // _BIN
            row = (theirs_y[those] - turned_y[ours]) // _BIN
            inside = (column >= 0) & (column < _ACROSS) & (row >= 0) & (row < _ACROSS)
            cells.append((base[those] + row * _ACROSS + column)[inside])
        found = np.bincount(np.concatenate(cells), minlength=count * _ACROSS * _ACROSS)
        here = found.astype(np.uint16).reshape(count, _ACROSS, _ACROSS)
        here = here[:, 1:] + here[:, :-1]
        here = here[:, :, 1:] + here[:, :, :-1]
        both = here if before is None else here + before
        highest = np.maximum(highest, both.reshape(count, -1).max(axis=1))
        before = here
    return highest


def _pairs(edges: Numbers, wanted: Numbers) -> tuple[Numbers, Numbers]:
    """Each of our minutiae with every stored one whose direction it wants, as two lists of places.

    Made at once for all of ours: among a hundred fingers a loop over them costs more than the votes.
    """
    starts, sizes = edges[wanted], edges[wanted + 1] - edges[wanted]
    within = np.arange(sizes.sum()) - np.repeat(sizes.cumsum() - sizes, sizes)
    return np.repeat(np.arange(len(wanted)), sizes), np.repeat(starts, sizes) + within
