"""What fails beside others is tried once more alone, told by name, and fails if it fails again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / ".ci" / "alone.py"
PYTEST = [sys.executable, "-m", "pytest", "-q", "-c", "none.ini", "--rootdir", "."]
ONCE = """
from pathlib import Path

def test_{0}():
    tried = Path("tried-{0}")
    assert tried.exists() or tried.touch()
"""
NEVER = "\ndef test_never():\n    assert not 'ever'\n"


def tried(folder: Path, tests: str) -> tuple[int, int, str]:
    """How these tests ended, how they ended alone, and what was printed of that."""
    (folder / "none.ini").write_text("[pytest]\n", "utf-8")
    (folder / "test_some.py").write_text(tests, "utf-8")
    first = subprocess.run([*PYTEST, "test_some.py"], cwd=folder, check=False, capture_output=True).returncode
    again = subprocess.run(
        [sys.executable, SCRIPT, str(first), *PYTEST], cwd=folder, check=False, capture_output=True, text=True
    )
    return first, again.returncode, again.stdout


def test_what_passes_alone_is_told_by_name(tmp_path: Path) -> None:
    first, again, said = tried(tmp_path, ONCE.format("a") + ONCE.format("b") + "\ndef test_good():\n    pass\n")
    assert (first, again) == (1, 0)
    assert "2 passed" in said, "nothing else is run again"
    assert said.rstrip().endswith("to be looked into:\n   test_some.py::test_a\n   test_some.py::test_b")


@pytest.mark.parametrize(
    "tests", [NEVER + ONCE.format("a"), "".join(ONCE.format(one) for one in "abcd")], ids=["fails again", "too many"]
)
def test_what_fails_again_or_with_many_others_fails(tmp_path: Path, tests: str) -> None:
    first, again, said = tried(tmp_path, tests)
    assert (first, again) == (1, 1)
    assert "to be looked into" not in said


def test_a_run_that_did_not_end_by_its_tests_is_not_tried_again(tmp_path: Path) -> None:
    first, again, said = tried(tmp_path, "import nothing_of_that_name\n")
    assert (first, again, said) == (2, 2, "")
