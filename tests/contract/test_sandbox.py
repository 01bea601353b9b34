"""The sandbox line: what goes in comes through, and nothing of the machine's network and /run is seen."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from hw_sim import sandbox

ROOT = Path(__file__).parents[2]
NOBODY = 65534


@pytest.fixture(params=["own user", "nobody"] if os.geteuid() == 0 else ["own user"])
def form(request: pytest.FixtureRequest) -> Iterator[tuple[str, ...]]:
    """The start of the line, as this user or as a plain one, who may not look into root's home: it gets a copy."""
    if request.param == "own user":
        yield (sys.executable, "-m", "hw_sim.sandbox")
        return
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        shutil.copy(str(sandbox.__file__), name)
        as_nobody = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
        yield (*as_nobody, "/usr/bin/python3", "-I", f"{name}/sandbox.py")


def sandboxed(form: tuple[str, ...], *command: str, **options: object) -> subprocess.CompletedProcess[str]:
    line = [*form, "--", *command]
    where = "/" if "setpriv" in form else ROOT
    return subprocess.run(line, cwd=where, capture_output=True, text=True, timeout=30, **options)  # type: ignore[call-overload, no-any-return]


@pytest.mark.daemons
def test_exit_code_environment_and_descriptors_pass_through(form: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    try:
        script = f'echo "$COLOUR" >&{writing}; exit 7'
        environment = {**os.environ, "COLOUR": "merah"}
        done = sandboxed(form, "bash", "-c", script, pass_fds=[writing], env=environment)
        assert (done.returncode, done.stderr) == (7, "")
        assert os.read(reading, 100) == b"merah\n"
    finally:
        os.close(reading)
        os.close(writing)


@pytest.mark.daemons
def test_loopback_is_alone_and_run_is_empty(form: tuple[str, ...]) -> None:
    done = sandboxed(form, "bash", "-c", "ip -br link; ls -A /run; touch /run/ours; id -u")
    lines = done.stdout.split("\n")
    assert lines[0].startswith("lo ") and "UP" in lines[0]
    assert lines[1:] == [str(NOBODY if "setpriv" in form else os.geteuid()), ""]


def test_without_a_command_it_says_how() -> None:
    done = sandboxed((sys.executable, "-m", "hw_sim.sandbox"))
    assert done.returncode == 2
    assert "usage" in done.stderr


def test_forbidden_namespaces_are_said_in_words() -> None:
    # a user namespace inside one that allows none
    limit = "echo 0 > /proc/sys/user/max_net_namespaces"
    inner = f"{limit}; exec {sys.executable} -m hw_sim.sandbox -- true"
    done = subprocess.run(
        ["unshare", "-U", "-r", "bash", "-c", inner], cwd=ROOT, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 77
    assert "private namespaces cannot be made" in done.stderr
