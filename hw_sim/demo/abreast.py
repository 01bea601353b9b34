"""Several runs of one command beside each other, each in a sandbox of its own, and what they tallied put together."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def run_beside(commands: Sequence[Sequence[str]]) -> list[dict[str, Any]]:
    """Run `python -m hw_sim` with these arguments, all at once, each told where to write; what each wrote.

    Raises RuntimeError for one that ended without writing.
    """
    with tempfile.TemporaryDirectory(prefix="siaga-abreast-") as folder:
        files = [Path(folder) / f"{number}.json" for number in range(len(commands))]
        running = [
            subprocess.Popen([sys.executable, "-m", "hw_sim", *words, "--parts", str(file)])
            for words, file in zip(commands, files, strict=True)
        ]
        codes = [one.wait() for one in running]
        missing = [code for code, file in zip(codes, files, strict=True) if not file.exists()]
        if missing:
            raise RuntimeError(f"a run ended with {missing} and left nothing")
        return [json.loads(file.read_text(encoding="utf-8")) for file in files]
