"""A script that does a thing once for each line sent to it, and answers with a number: a floor in its own process."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def asked(
    python: str, script: Path, *arguments: str, environment: Mapping[str, str] | None = None
) -> Iterator[Callable[[], float]]:
    """What asks it once more; the script runs until the block ends."""
    found = {**os.environ, **(environment or {})}
    with subprocess.Popen(
        [python, str(script), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=found
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        answers, questions = process.stdout, process.stdin

        def ask() -> float:
            questions.write("\n")
            questions.flush()
            return float(answers.readline())

        yield ask
        questions.close()
