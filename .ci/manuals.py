"""Writes the manuals that follow from the code: `python .ci/manuals.py`; with `--check` exits 1 if one is stale.

The files of docs/manual are written whole; of docs/guides/procedure.md only what stands between
the marks `<!-- made: NAME -->` and `<!-- end: NAME -->`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from manual_audit import audit_manual
from manual_devices import devices_manual
from manual_faults import faults_manual
from manual_points import points_manual
from manual_procedure import procedure

ROOT = Path(__file__).parent.parent


def manuals() -> dict[Path, str]:
    """What each made document should hold now."""
    guide = ROOT / "docs" / "guides" / "procedure.md"
    return {
        ROOT / "docs" / "manual" / "faults.md": faults_manual(),
        ROOT / "docs" / "manual" / "audit.md": audit_manual(),
        ROOT / "docs" / "manual" / "devices.md": devices_manual(),
        ROOT / "docs" / "manual" / "points.md": points_manual(),
        guide: procedure(guide.read_text()),
    }


def main(arguments: list[str]) -> int:
    """Write what is stale, or with `--check` only name it; the exit code."""
    stale = {path: text for path, text in manuals().items() if not path.exists() or path.read_text() != text}
    for path, text in stale.items():
        print(f"{path.relative_to(ROOT)}: {'stale, run make docs' if '--check' in arguments else 'written'}")
        if "--check" not in arguments:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
