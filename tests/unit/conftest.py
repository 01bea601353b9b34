"""What several of these files share: an office for each test, often a copy of one that was prepared once."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from by_hand import make_trust
from counter import Counter, Prepared, open_counter
from front_office import FrontOffice, open_office
from postgres import Cluster

from appliance.records import audit, blanks
from hw_sim.central.pki import Authorities


@pytest.fixture
def opened(tmp_path: Path) -> Counter:
    """The office that a test works in: a fresh one; a file that has one `prepared` gives a copy of it instead."""
    return open_counter(tmp_path)


@pytest.fixture
def counter(opened: Counter) -> Iterator[Counter]:
    """Its counter; audit and ledger must hold after whatever the test did."""
    yield opened
    with opened.store.read() as tx:
        assert audit.verify(tx)[1] is None
        assert blanks.balance(tx)[1] is None
    opened.store.close()


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A PostgreSQL server of this test process."""
    with tempfile.TemporaryDirectory(
        prefix="pg", dir=os.environ.get("PYTEST_DEBUG_TEMPROOT")
    ) as folder:  # the path of a socket may have 107 bytes
        Path(folder).chmod(0o711)
        found = Cluster.begin(Path(folder) / "pg")
        yield found
        found.end()


@pytest.fixture(scope="session", params=["sqlcipher", "postgres"])
def server(request: pytest.FixtureRequest) -> Cluster | None:
    """Whose books a test works in: a file's (None), then the server's."""
    found = request.getfixturevalue("cluster") if request.param == "postgres" else None
    assert found is None or isinstance(found, Cluster)
    return found


@pytest.fixture(scope="session")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Authorities:
    """Certificates of the Kadis and of somebody else."""
    return make_trust(tmp_path_factory.mktemp("pki"))


@pytest.fixture
def case(prepared: Prepared) -> str:
    """The id of the prepared case."""
    return prepared.case


@pytest.fixture(scope="session")
def staffed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An office that has hired everybody, to be copied: a PIN's hash is slow by design."""
    folder = tmp_path_factory.mktemp("office") / "data"
    open_office(folder).office.store.close()
    return folder


@pytest.fixture
def place(staffed: Path, tmp_path: Path) -> Iterator[FrontOffice]:
    """A copy of the staffed office, with its pages."""
    shutil.copytree(staffed, tmp_path / "office")
    found = open_office(tmp_path / "office")
    yield found
    found.office.store.close()
