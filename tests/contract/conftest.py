"""What the contract tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from hw_sim.card_station import CardStation
from hw_sim.central.pki import Authorities, make_authorities
from hw_sim.world import World


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--hardware",
        action="append",
        default=[],
        metavar="KIND=URI",
        help="run the suites over this real device instead; a person is asked to be the hands (needs -s)",
    )


@pytest.fixture(scope="session")
def hardware(request: pytest.FixtureRequest) -> dict[str, str]:
    """Real devices to run the suites over, URI by kind; empty in a run of every day."""
    return dict(one.partition("=")[::2] for one in request.config.getoption("hardware"))


@pytest.fixture(scope="session")
def card_station() -> Iterator[CardStation]:
    """A private pcscd with an empty slot 0 and the key card in slot 1, in a world without waiting.

    The PC/SC client library of this process reads the socket's name once, so there is one station a session.
    A test that puts a card into slot 0 takes it out again.
    """
    with TemporaryDirectory(prefix="siaga-pcsc-") as directory:
        station = CardStation(World(speed=0.0), Path(directory))
        os.environ["PCSCLITE_CSOCK_NAME"] = str(station.pcscd.socket_path)
        with station:
            yield station


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Authorities:
    """The authorities of the simulated offices, made once a file."""
    return make_authorities(tmp_path_factory.mktemp("pki"))
