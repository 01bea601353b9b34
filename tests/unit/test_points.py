"""The table of rules says the truth: every test it names is there to be collected, every rule has its proof."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
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


def test_no_result_is_kept_of_a_test_that_is_gone_or_failed() -> None:
    """What did not run yet stands as such in the manual; what failed is mended before it is written down."""
    results = json.loads((TESTS / "point_results.json").read_text())
    named = {name for point in POINTS for name in point.tests}
    assert results and set(results) <= named
    assert {name: ends for name, ends in results.items() if set(ends) != {"passed"}} == {}


REPORT = """<testsuites><testsuite>
<testcase classname="tests.ui.test_comfort" name="%s[15.6in]"/>
<testcase classname="tests.ui.test_comfort" name="%s[10.1in]"><failure message="no"/></testcase>
<testcase classname="tests.ui.test_comfort" name="test_of_no_rule"/>
</testsuite></testsuites>"""


def test_a_run_is_written_down_case_by_case_and_what_failed_is_told(tmp_path: Path) -> None:
    name = "test_every_kind_of_screen_fits_on_every_panel"
    report, kept = tmp_path / "points.xml", tmp_path / "kept.json"
    report.write_text(REPORT % (name, name))
    script = (
        "import pathlib, sys; sys.path.insert(0, '.ci'); import point_results as made;"
        f"made.KEPT = pathlib.Path({str(kept)!r}); sys.exit(made.main([{str(report)!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=TESTS.parent, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "") and f"failed: ui/test_comfort.py::{name}" in done.stdout
    assert json.loads(kept.read_text()) == {f"ui/test_comfort.py::{name}": {"failed": 1, "passed": 1}}
