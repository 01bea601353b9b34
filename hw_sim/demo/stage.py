"""A station, an appliance and its officers for one case after another; the accounts are made once and copied."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hw_sim.demo.appliance import Appliance
from hw_sim.demo.browser import Browser
from hw_sim.demo.people import Crew
from hw_sim.demo.script import Script
from hw_sim.demo.timeline import Timeline
from hw_sim.station import Station
from hw_sim.world import World


@dataclass(slots=True)
class Stage:
    """What a play needs; devices take no time here."""

    script: Script
    station: Station
    appliance: Appliance
    crew: Crew

    @property
    def world(self) -> World:
        """The world of this stage."""
        return self.station.world


class Theatre:
    """Sets a stage up for each case of a script, under /tmp; a context manager that clears away behind it."""

    def __init__(self, told: Script, fingers: Path) -> None:
        self._told = told
        self._fingers = fingers
        self._home = Path(tempfile.mkdtemp(prefix="siaga-theatre-", dir="/tmp"))
        self._home.chmod(0o755)
        self._officers: dict[str, tuple[bool, tuple[str, str]]] = {}

    def __enter__(self) -> Theatre:
        return self

    def __exit__(self, *reason: object) -> None:
        shutil.rmtree(self._home, ignore_errors=True)

    @contextmanager
    def stage(self) -> Iterator[Stage]:
        """One case's stage, the appliance started."""
        directory = Path(tempfile.mkdtemp(dir=self._home))
        directory.chmod(0o755)
        try:
            with Station(World(0.0), directory / "station", self._fingers) as station:
                station.offices.load_case(self._told.case)
                books = self._home / "books"
                if self._officers:
                    shutil.copytree(books, directory / "appliance")
                appliance = Appliance(directory / "appliance", station.config(), {})
                crew = Crew(appliance, Timeline(station.world, 0.0, say=lambda _: None), presses_again=True)
                self._hire(crew, books)
                try:
                    appliance.start()
                    yield Stage(self._told, station, appliance, crew)
                finally:
                    appliance.kill()
        finally:
            shutil.rmtree(directory, ignore_errors=True)

    def _hire(self, crew: Crew, books: Path) -> None:
        appliance = crew.appliance
        if not self._officers:
            crew.open_accounts()
            books.mkdir()
            shutil.copytree(appliance.directory / "data", books / "data")
            shutil.copy2(appliance.directory / "key", books / "key")
            for role, browser in crew.browsers.items():
                assert browser.credentials is not None
                technician = browser.base.endswith(appliance.addresses["technician"])
                self._officers[role] = technician, browser.credentials
            return
        for role, (technician, credentials) in self._officers.items():
            face = "technician" if technician else "officer"
            crew.browsers[role] = Browser(f"http://{appliance.addresses[face]}", credentials)
