"""The checklist of the case page: each paper with what was recorded of it, its picture, and what it lacks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from appliance.casework import codes, letters
from appliance.casework.requirements import LACKS, Requirement
from appliance.kiosk_ui.shown import Paper, ScanLine
from appliance.office.views import CaseState
from appliance.records.scans import COUNTS, SCAN

_DOUBTS = {
    "dark": "Fotonya gelap. Nyalakan lampu, lalu foto ulang.",
    "blurred": "Fotonya kabur. Letakkan surat rata dan diam, lalu foto ulang.",
}


def _scans(state: CaseState) -> dict[str, ScanLine]:
    """The picture that stands for each kind of paper."""
    found = {}
    for item in state.evidence:
        if item.kind == SCAN and item.state in COUNTS:
            doubtful = item.state == "doubtful"
            hint = _DOUBTS.get(str(item.facts["doubt"]), "") if doubtful else ""
            found[item.name] = ScanLine(item.id, bool(item.facts["picture"]), hint, doubtful)
    return found


def papers_of(state: CaseState) -> tuple[Paper, ...]:
    """What the rules of the case ask for in their order, then what came in besides."""
    have = {letter["kind"]: letter for letter in state.letters}
    scans = _scans(state)
    lines: list[Paper] = []
    seen: set[str] = set()
    for line in state.checklist:
        requirement = line.paper
        found = next((kind for kind in requirement.kinds if kind in have), None)
        seen.update(requirement.kinds)
        detail = _said_of(have[found], state) if found else requirement.how
        taken = next((kind for kind in requirement.kinds if kind in scans), None)
        kind = found or taken or requirement.kinds[0]
        lack = LACKS[line.lack] if line.lack else ""
        if not requirement.must:
            lack = "" if found else "bila perlu"
        about = _details(have.get(kind, {}))
        in_hand = found is not None
        lines.append(Paper(requirement.label, in_hand, requirement.must, detail, kind, scans.get(kind), lack, *about))
    for kind, letter in have.items():
        if kind not in seen:
            detail = _said_of(letter, state)
            label = codes.LETTERS.get(kind, kind)
            lines.append(Paper(label, True, False, detail, kind, scans.get(kind), "", *_details(letter)))
    return tuple(lines)


def _said_of(letter: Mapping[str, Any], state: CaseState) -> str:
    """Number and issuer; beside them that it is older than the rules of the case like."""
    old = "; surat lama, pastikan masih berlaku" if letter["kind"] in state.old_letters else ""
    return f"{letter['number']}, {letter['issuer']}{old}"


def _details(letter: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...], Mapping[str, str]]:
    """The fields that a letter of this kind has, what was recorded in words, and as it was typed."""
    if not letter:
        return (), (), {}
    kind = str(letter["kind"])
    return (
        tuple(one.key for one in letters.DETAILS.get(kind, ())),
        letters.shown(kind, letter),
        letter.get("details", {}),
    )


def asked_for(kinds: Iterable[str], lacking: Iterable[Requirement]) -> tuple[Paper, ...]:
    """The papers a returned file still waits for, with where each is to be had."""
    hints = {kind: paper.how for paper in lacking for kind in paper.kinds}
    return tuple(Paper(codes.LETTERS.get(kind, kind), False, True, hints.get(kind, "")) for kind in kinds)
