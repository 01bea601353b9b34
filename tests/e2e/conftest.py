"""Runs of the demo, each made once for all tests of a file that look at it, two at a time."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from played import SAMPLES, Played, play

RUNS = (
    "family-of-eleven",
    "terlantar-no-identity",
    "lansia-never-recorded",
    "terlantar-no-identity --cut search siak enrolment packet kk-sheet",
    "terlantar-no-identity --cut finger signature open-session kk-job card-job card-out card-state",
)
"""Case and cuts; the longest first, so that two beside each other end together."""


@pytest.fixture(scope="module")
def runs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[Played]]]:
    """The runs that the tests of this file ask for."""
    mine = [item for item in request.session.items if item.path == request.path and hasattr(item, "callspec")]
    asked = {item.callspec.params.get("run") for item in mine}
    with ThreadPoolExecutor(2) as pool:
        found = {}
        for name in [name for name in RUNS if name in asked]:
            case, _, cuts = name.partition(" --cut ")
            options = [word for cut in cuts.split() for word in ("--cut", cut)]
            out = tmp_path_factory.mktemp("out")
            found[name] = pool.submit(play, SAMPLES / f"{case}.json", out, *options)
        yield found


@pytest.fixture
def played(run: str, runs: dict[str, Future[Played]]) -> Played:
    """The run that this test is about."""
    return runs[run].result()
