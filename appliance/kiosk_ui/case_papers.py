"""The checklist of the case page: each paper with what was recorded of it, its picture, and what it lacks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from appliance.casework import codes, letters
from appliance.casework.letters import IDENTITY
from appliance.casework.requirements import LACKS, Requirement
from appliance.kiosk_ui.shown import Paper, ScanLine
from appliance.office.views import CaseState
from appliance.records.cases import Evidence
from appliance.records.scans import standing_scans

_DOUBTS = {
    "dark": "Fotonya gelap. Nyalakan lampu, lalu foto ulang.",
    "blurred": "Fotonya kabur. Letakkan surat rata dan diam, lalu foto ulang.",
}


def papers_of(state: CaseState) -> tuple[Paper, ...]:
    """What the rules of the case ask for in their order, each followed by the others of its kind, then what came in
    besides."""
    scans = {paper: _scan(item) for paper, item in standing_scans(state.evidence, state.letters).items()}
    marks = _marks(state.letters)
    shown: dict[str, None] = {}

    def line(label: str, letter: Mapping[str, Any], required: bool, lack: str) -> Paper:
        kind, name = str(letter["kind"]), str(letter["id"])
        shown[name] = None
        scan, about = scans.get((kind, name)), _details(letter)
        return Paper(label, True, required, _said_of(letter, state), kind, scan, lack, *about, name, marks[name])

    lines: list[Paper] = []
    for of in state.checklist:
        requirement, lack = of.paper, LACKS[of.lack] if of.lack else ""
        mine = [one for one in state.letters if one["kind"] in requirement.kinds]
        best = next((one for one in mine if of.lacks[one["id"]] is None), mine[0] if mine else None)
        if best is None:
            kind = next((kind for kind in requirement.kinds if (kind, "") in scans), requirement.kinds[0])
            lack = lack if requirement.must else "bila perlu"
            lines.append(
                Paper(requirement.label, False, requirement.must, requirement.how, kind, scans.get((kind, "")), lack,
                      mark=kind)
            )  # fmt: skip
            continue
        lines.append(line(requirement.label, best, requirement.must, lack if requirement.must else ""))
        for one in mine:
            if one is not best:
                other = of.lacks[one["id"]]
                lines.append(line(_label(one), one, False, LACKS[other] if other and requirement.must else ""))
    lines += [line(_label(one), one, False, "") for one in state.letters if one["id"] not in shown]
    return tuple(lines)


def _scan(item: Evidence) -> ScanLine:
    doubtful = item.state == "doubtful"
    hint = _DOUBTS.get(str(item.facts["doubt"]), "") if doubtful else ""
    return ScanLine(item.id, bool(item.facts["picture"]), hint, doubtful)


def _marks(in_hand: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Each letter's kind, with a number where it is not the first of it."""
    number: Counter[str] = Counter()
    found = {}
    for one in in_hand:
        kind = str(one["kind"])
        number[kind] += 1
        found[str(one["id"])] = kind if number[kind] == 1 else f"{kind}-{number[kind]}"
    return found


def _label(letter: Mapping[str, Any]) -> str:
    kind = str(letter["kind"])
    return codes.LETTERS.get(kind, kind)


def _said_of(letter: Mapping[str, Any], state: CaseState) -> str:
    """Number and issuer, and whose it is; beside them that it is older than the rules of the case like."""
    old = "; surat lama, pastikan masih berlaku" if letter["kind"] in state.old_letters else ""
    about = letter.get("about")
    whose = f"; tentang {state.residents[about].person.biodata.full_name}" if about is not None else ""
    earlier = "; catatannya pernah diperbaiki" if letter.get("earlier") else ""
    return f"{letter['number']}, {letter['issuer']}{whose}{earlier}{old}"


def _details(letter: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...], Mapping[str, str]]:
    """The fields that a letter of this kind has, what was recorded in words, and as it was typed."""
    kind = str(letter["kind"])
    typed = {key: str(letter[key]) for key in IDENTITY if key in letter}
    return (
        tuple(one.key for one in letters.DETAILS.get(kind, ())),
        letters.shown(kind, letter),
        {**typed, **letter.get("details", {})},
    )


def asked_for(kinds: Iterable[str], lacking: Iterable[Requirement]) -> tuple[Paper, ...]:
    """The papers a returned file still waits for, with where each is to be had."""
    hints = {kind: paper.how for paper in lacking for kind in paper.kinds}
    return tuple(Paper(codes.LETTERS.get(kind, kind), False, True, hints.get(kind, "")) for kind in kinds)
