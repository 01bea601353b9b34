"""Issuing against the hardware's own limits: `make bench-issue`; names as arguments run only those benches.

The cards of a batch against the printer's own rate, the time and bytes of one chip against a raw loop and against a
calculation, what a second run over a finished card writes, and how soon a cut is settled.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from rows import report

BENCHES = ("issue_chip", "issue_settle", "issue_batch")


def main(names: list[str]) -> int:
    """Run the benches named, or all; 1 if a row passes its limit."""
    return report("issue", [row for name in names or BENCHES for row in importlib.import_module(name).rows()])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
