"""What several of these files share: an office prepared once per file and copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from counter import Counter, Prepared
from front_office import FrontOffice, open_office

from appliance.records import audit, blanks


@pytest.fixture
def counter(prepared: Prepared, tmp_path: Path) -> Iterator[Counter]:
    """A copy of what the file's own `prepared` has led so far; its chains must hold after whatever the test did."""
    found = prepared.copy(tmp_path)
    yield found
    with found.store.read() as tx:
        assert audit.verify(tx)[1] is None
        assert blanks.balance(tx)[1] is None
    found.store.close()


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
