"""The table of rules says the truth: every test it names is there to be collected, every rule has its proof."""

from __future__ import annotations

import ast
from pathlib import Path

from points import POINTS

from appliance.kiosk_ui.technician import checklist

TESTS = Path(__file__).parents[1]


def collected(file: str) -> set[str]:
    """The names of the tests that pytest finds in a file: functions of the module named `test_…`."""
    assert Path(file).name.startswith("test_")
    tree = ast.parse((TESTS / file).read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_every_rule_from_1_to_40_stands_once() -> None:
    assert [point.number for point in POINTS] == list(range(1, 41))


def test_every_test_that_is_named_is_collected() -> None:
    named = {name for point in POINTS for name in point.tests}
    assert len(named) > 30
    missing = [name for name in named if name.partition("::")[2] not in collected(name.partition("::")[0])]
    assert missing == []


def test_what_is_automatic_has_a_test_and_the_rest_is_on_the_checklist_by_the_same_kind() -> None:
    on_paper = {(point.number, point.how) for group in checklist.load() for point in group.points}
    assert {point.number for point in POINTS if point.kind == "A" and not point.tests} == set()
    assert {(point.number, point.kind) for point in POINTS if point.kind != "A"} == on_paper
