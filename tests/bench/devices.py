"""Each driver's time and bytes against the floor measured in the same run: `make bench-devices`.

A bench is a module here with a function `rows`; add it to `BENCHES`. Names as arguments run only those.
"""

from __future__ import annotations

import importlib
import sys

from rows import report

BENCHES = ("chip", "serial_line", "finger_module", "camera", "printing", "idle")


def main(names: list[str]) -> int:
    """Run the benches named, or all; 1 if a row passes its limit."""
    return report("devices", [row for name in names or BENCHES for row in importlib.import_module(name).rows()])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
