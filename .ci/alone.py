"""Tries once more, with nothing beside it, what failed beside others: `.ci/alone.py EXIT COMMAND…` (`make test`).

`EXIT` is how pytest ended there, `COMMAND` how to start it. What passes alone is told by name at the end, for it is a
race of the product or of its test all the same; what fails again fails, and more than `MOST` failures are no accident
of a busy machine. Exit code as pytest's.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

MOST = 3
FAILED = 1
"""Exit code of pytest when tests failed; every other is no matter of tests."""
LAST_FAILED = Path(".pytest_cache/v/cache/lastfailed")


def main(exit_code: int, command: list[str]) -> int:
    """0 if everything passed alone, else how pytest ended."""
    names = sorted(json.loads(LAST_FAILED.read_text("utf-8"))) if LAST_FAILED.is_file() else []
    if exit_code != FAILED or not 0 < len(names) <= MOST:
        return exit_code
    print("== what failed, alone", flush=True)
    again = subprocess.run([*command, *names], check=False).returncode
    if again == 0:
        print("== passed only alone, to be looked into:", *names, sep="\n   ", flush=True)
    return again


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
