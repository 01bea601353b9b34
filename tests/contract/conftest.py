"""What the contract tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from real_devices import Hardware, HardwareRefused, named

from hw_sim.card_station import CardStation
from hw_sim.central.pki import Authorities, make_authorities
from hw_sim.world import World

HARDWARE = pytest.StashKey[Hardware]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--hardware",
        action="append",
        default=[],
        metavar="KIND=URI",
        help="run the suites over this real device instead; a person is asked to be the hands (needs -s)",
    )
    parser.addoption("--sam-pin-file", type=Path, help="the PIN of the real key card")
    parser.addoption("--scanner-roots", type=Path, help="the vendor's certificates of the real scanner, PEM")


def pytest_configure(config: pytest.Config) -> None:
    pin, roots = config.getoption("sam_pin_file"), config.getoption("scanner_roots")
    try:
        uris = named(config.getoption("hardware"))
    except HardwareRefused as refused:
        raise pytest.UsageError(f"--hardware: {refused}") from refused
    if uris and config.getoption("capture") != "no":
        raise pytest.UsageError("--hardware: a person is asked on the terminal, so add -s")
    if "secure_access_module" in uris and pin is None:
        raise pytest.UsageError("--hardware: a wrong PIN may lock the key card, so add --sam-pin-file")
    config.stash[HARDWARE] = Hardware(
        uris, pin.read_text().strip() if pin else "", roots.read_bytes() if roots else b""
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A person takes as long as it takes."""
    for item in items if config.stash[HARDWARE].uris else ():
        item.add_marker(pytest.mark.timeout(0))


def pytest_collection_finish(session: pytest.Session) -> None:
    suites = {getattr(item, "cls", None) for item in session.items}
    if left := session.config.stash[HARDWARE].unserved(suites):
        raise pytest.UsageError(f"--hardware: no suite that was collected runs over {', '.join(left)}")


@pytest.fixture(scope="session")
def hardware(request: pytest.FixtureRequest) -> Hardware:
    """The real devices to run the suites over."""
    return request.config.stash[HARDWARE]


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
