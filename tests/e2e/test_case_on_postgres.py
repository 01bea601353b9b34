"""A whole case with its books on a PostgreSQL server: the processes, devices, offices and power cuts of the file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from played import SAMPLES, Played, chain_break, play
from postgres import SAFE, Cluster

CASE = "terlantar-no-identity"
CUTS = ["sign", "chip", "print"]

pytestmark = [pytest.mark.daemons, pytest.mark.whole, pytest.mark.timeout(60, func_only=True)]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with tempfile.TemporaryDirectory(prefix="siaga-pg-", dir="/tmp") as short:
        Path(short).chmod(0o711)
        made = Cluster.begin(Path(short) / "pg", SAFE)
        yield made
        made.end()


@pytest.fixture(scope="module")
def url(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> str:
    return cluster.url(tmp_path_factory.mktemp("books"))


@pytest.fixture(scope="module")
def played(url: str, tmp_path_factory: pytest.TempPathFactory) -> Played:
    return play(SAMPLES / f"{CASE}.json", tmp_path_factory.mktemp("out"), "--database", url)


def test_the_case_ends_as_its_file_expects_through_every_cut(played: Played) -> None:
    assert played.code == 0, played.output
    assert f"GOOD: {CASE} ended DIARSIPKAN" in played.output
    assert played.json("timeline.json")["cuts"] == CUTS


def test_the_server_holds_the_books_as_a_stranger_reads_them(played: Played, cluster: Cluster, url: str) -> None:
    name = url.partition("@/")[2].partition("?")[0]
    assert cluster.sql(name, "SELECT state FROM case_file") == "DIARSIPKAN"
    assert cluster.sql(name, "SELECT count(*) FROM audit") == str(len(played.audit()))
    assert cluster.sql(name, "SELECT state FROM blank WHERE uid IS NOT NULL") == "handed_over"


def test_the_audit_chain_holds_over_the_cuts(played: Played) -> None:
    assert chain_break(played.audit()) is None
