"""Case files that cannot be played, and cases that end otherwise than their file says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from played import SAMPLES, play

HERE = Path(__file__).parent / "cases"
ELSEWHERE = HERE / "registered-elsewhere.json"

pytestmark = [pytest.mark.daemons, pytest.mark.timeout(300)]


def changed(source: Path, target: Path, **changes: Any) -> Path:
    case = json.loads(source.read_text(encoding="utf-8"))
    target.write_text(json.dumps(case | changes), encoding="utf-8")
    return target


def test_every_mistake_is_named_and_nothing_starts(tmp_path: Path) -> None:
    case = json.loads((SAMPLES / "family-of-eleven.json").read_text(encoding="utf-8"))
    case["residents"][0]["birth_date"] = "1979-02-30"
    case["residents"][1]["nik"] = "1872011111830001"
    del case["residents"][2]["full_name"]
    case["residents"][3]["religion"] = "Islam"
    case["household"]["rt"] = "21"
    case["letters"][0]["kind"] = "SK_LURAH"
    case["bodies"]["0"]["missing_fingers"] = ["right_toe"]
    case["bodies"]["12"] = {}
    case["central"]["biometric_search"] = ["perhaps"]
    case["central"]["enrolment"] = "prr"
    case["events"] = [{"at": "two", "missing": []}]
    case["expect"] = {"documents": ["SIM"], "returns": -1, "end": "SELESAI"}
    case["reporter"]["role"] = "tetangga"
    del case["category"]["legal"]
    path = tmp_path / "broken.json"
    path.write_text(json.dumps(case), encoding="utf-8")
    played = play(path, tmp_path / "out")
    assert played.code == 2
    for key in (
        "residents[0].birth_date",
        "residents[1].nik",
        "residents[2].full_name",
        "residents[3].religion",
        "household.rt",
        "letters[0].kind",
        "bodies.0.missing_fingers",
        "bodies.12",
        "central.biometric_search",
        "central.enrolment",
        "events[0].at",
        "expect.documents",
        "expect.returns",
        "expect.end",
        "reporter.role",
        "category.legal",
    ):
        assert f"  {key}: " in played.output, played.output
    assert len(played.output.splitlines()) == 1 + 16, played.output
    assert "1872011111830001" not in played.output
    assert "Traceback" not in played.output and not list((tmp_path / "out").glob("*"))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "cannot be read as JSON"),
        ("[]", "must be an object"),
        ("{}", "residents: missing"),
        ('{"case": 1, "cases": 2}', "cases: not a key of a case file"),
        (None, "cannot be read as JSON"),
    ],
)
def test_what_is_no_case_file_is_refused(text: str | None, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "no-case.json"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    played = play(path, tmp_path / "out")
    assert played.code == 2
    assert sentence in played.output and "Traceback" not in played.output


def test_an_unknown_cut_is_refused(tmp_path: Path) -> None:
    played = play(SAMPLES / "terlantar-no-identity.json", tmp_path / "out", "--cut", "lunch")
    assert played.code == 2
    assert "lunch" in played.output and "card-job" in played.output


def test_who_is_known_elsewhere_gets_no_second_number(tmp_path: Path) -> None:
    played = play(ELSEWHERE, tmp_path)
    assert played.code == 0, played.output
    assert "GOOD: registered-elsewhere ended DITOLAK" in played.output
    assert [facts["result"] for facts in played.facts("search-complete")] == ["hit_other_region"]
    assert not played.facts("siak-entry-init")
    assert played.json("blanks.json")["states"] == {"received": 20}
    assert not played.chips() and not list(tmp_path.glob("kk-*"))
    for name in ("audit.jsonl", "appliance.log"):
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert not [word for word in ("WAGIMAN", "Lestari", "081200000099", "CEMPAKA") if word in text]


def test_another_end_than_expected_is_said(tmp_path: Path) -> None:
    expect = {"documents": ["KK", "KTP"], "returns": 1, "end": "DIARSIPKAN"}
    played = play(changed(ELSEWHERE, tmp_path / "case.json", expect=expect), tmp_path / "out", "--no-cuts")
    assert played.code == 1
    assert "WRONG: the case ended DITOLAK, expected DIARSIPKAN" in played.output
    assert "WRONG: returned 0 time(s), expected 1" in played.output
    assert "GOOD" not in played.output
