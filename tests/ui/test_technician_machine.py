"""The page of the machine itself in a real browser, told by the driver from a board's files of /sys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from faces import Site, Watched, served
from front_office import open_office
from playwright.sync_api import expect
from screens import accessible, sign_in

from appliance.casework.roles import Role
from appliance.diagnostics import board, storage
from appliance.diagnostics.board import DeviceReading
from appliance.diagnostics.timekeeping import Timekeeper
from appliance.drivers.catalogue import open_device
from hw_sim.power import Board
from hw_sim.world import World

MACHINE = "/teknisi/mesin"


@dataclass
class Pi:
    """A board, and the office whose machine it is."""

    site: Site
    board: Board

    def look(self, late_ms: int = 0) -> None:
        """What the machine says of itself now, or said `late_ms` ago."""
        place = self.site.place
        store, now = place.office.store, place.services.clock()
        with store.read() as tx:
            disk = storage.status(store, tx, store.folder / "copies", 60_000)
        said = {
            "power_supply": open_device("power_supply", self.board.uri).status(),
            "storage": disk,
            "clock": Timekeeper(store, place.services.clock, network=lambda _: True).status(),
        }
        place.devices.clear()
        for name, status in said.items():
            one = board.reading(name, status, now, None)
            place.devices.append(
                DeviceReading(
                    name, one.level, one.reasons, one.model, one.serial, one.detail, now, now - late_ms + 10_000
                )
            )


@pytest.fixture
def pi(tmp_path: Path) -> Iterator[Pi]:
    simulated = Board(tmp_path / "sys", World(speed=0))
    place = open_office(tmp_path / "office", (Role.TEKNISI,), devices={"power_supply": simulated.uri})
    with served(place) as site:
        yield Pi(site, simulated)


@pytest.fixture
def site(pi: Pi) -> Site:
    return pi.site


def held(watched: Watched) -> dict[str, list[str]]:
    """Each row: now, and since the start."""
    rows = watched.page.locator("[data-held]").all()
    return {
        str(row.get_attribute("data-held")): [cell.strip() for cell in row.locator("td").all_inner_texts()]
        for row in rows
    }


def test_what_holds_the_board_back_now_and_since_its_start_are_told_apart(pi: Pi, watched: Watched) -> None:
    page = watched.page
    pi.look()
    sign_in(page, pi.site, "teknisi", "teknisi")
    page.goto(f"{pi.site.address}{MACHINE}")
    assert set(map(tuple, held(watched).values())) == {("tidak", "tidak")} and len(held(watched)) == 4
    expect(page.locator("[data-heat]")).to_have_text("48 °C")
    pi.board.starve()
    pi.look()
    page.reload()
    assert held(watched)["voltage"] == ["ya", "ya"]
    accessible(page)
    pi.board.starve(now=False)
    pi.look()
    page.reload()
    assert held(watched)["voltage"] == ["tidak", "ya"]
    pi.board.overheat()
    pi.look()
    page.reload()
    assert held(watched)["hot"] == ["ya", "ya"] and held(watched)["voltage"] == ["tidak", "tidak"]
    expect(page.locator("[data-heat]")).to_have_text("84 °C")
    expect(page.locator("[data-heat]")).to_have_class("level down known")


def test_room_copies_clock_and_battery_are_told(pi: Pi, watched: Watched) -> None:
    page = watched.page
    pi.board.mains_off(percent=50, watts=25)
    pi.look()
    sign_in(page, pi.site, "teknisi", "teknisi")
    page.goto(f"{pi.site.address}{MACHINE}")
    facts = {
        str(row.get_attribute("data-fact")): row.locator("dd").inner_text()
        for row in page.locator("[data-fact]").all()
    }
    assert facts["Isi baterai"] == "50 %" and facts["Cukup untuk"].startswith("2 jam")
    assert facts["Keausan memori papan"] == "paling banyak 30 %"
    assert facts["Disetel oleh jaringan"] == "ya" and facts["Menyala sejak"].endswith("lalu")
    assert facts["Salinan terakhir"] == "belum ada" and "%" in facts["Ruang kosong"]
    expect(page.locator("[data-part-of=power_supply] .level").first).to_contain_text("terbatas")
    page.locator("[data-part-of=storage] .act-link").click()
    page.wait_for_url("**/teknisi/alat/storage")


def test_old_numbers_are_not_shown_as_new_ones(pi: Pi, watched: Watched) -> None:
    pi.look(late_ms=120_000)
    sign_in(watched.page, pi.site, "teknisi", "teknisi")
    watched.page.goto(f"{pi.site.address}{MACHINE}")
    expect(watched.page.locator("[data-held]")).to_have_count(0)
    expect(watched.page.locator("[data-heat]")).to_have_count(0)
    expect(watched.page.locator("[data-part-of=storage] .level").first).to_contain_text("tidak diketahui")
    expect(watched.page.get_by_text("Suhu tidak diberitahukan")).to_be_visible()
