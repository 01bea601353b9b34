"""Writes down how the tests of the faces' rules ended: `python .ci/point_results.py JUNIT.xml…` (`make points`).

`tests/point_results.json` holds by test how many of its cases passed, failed and were left out when it last ran;
`docs/manual/points.md` is made of it. A test that is named by no rule any more is dropped, one that did not run this
time keeps what it had. Exit code 1 if one failed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from points import POINTS

KEPT = Path(__file__).parent.parent / "tests" / "point_results.json"

Ends = dict[str, dict[str, int]]


def ended(reports: list[Path]) -> Ends:
    """By test (`file::name` below `tests/`) the cases by how they ended, of these reports of pytest."""
    found: Ends = {}
    for report in reports:
        for case in ElementTree.parse(report).iter("testcase"):
            name = _name(case.get("classname", ""), case.get("name", ""))
            how = next(_ends(case), "passed")
            ends = found.setdefault(name, {})
            ends[how] = ends.get(how, 0) + 1
    return found


def _name(module: str, case: str) -> str:
    """`tests.ui.test_comfort`, `test_x[15.6in]` to `ui/test_comfort.py::test_x`."""
    return f"{module.removeprefix('tests.').replace('.', '/')}.py::{case.partition('[')[0]}"


def _ends(case: ElementTree.Element) -> Iterator[str]:
    for part in case:
        if part.tag in {"failure", "error"}:
            yield "failed"
        elif part.tag == "skipped":
            yield "left out"


def kept(before: Ends, now: Ends) -> Ends:
    """What is written down after a run: only tests that a rule names."""
    named = sorted({name for point in POINTS for name in point.tests})
    found = {name: now.get(name, before.get(name)) for name in named}
    return {name: ends for name, ends in found.items() if ends}


def main(arguments: list[str]) -> int:
    """Read the reports and renew the file; the exit code."""
    before = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    after = kept(before, ended([Path(name) for name in arguments]))
    KEPT.write_text(json.dumps(after, indent=1, sort_keys=True) + "\n")
    failed = [name for name, ends in after.items() if ends.get("failed")]
    print("\n".join([f"{len(after)} tests of rules have a result", *(f"failed: {name}" for name in failed)]))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
