"""Measuring the kiosk's screen: who may, for how long, and that nobody else meets it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from counter import PEOPLE
from flask.testing import FlaskClient
from front_office import FrontOffice, post, sign_in

from appliance.casework.roles import Role
from appliance.kiosk_ui.measuring import OPEN_S, Measuring
from appliance.records import audit, panel

CARD = {"card_px": "475", "ratio": "1", "width_px": "1920", "height_px": "1080"}


class Ticks:
    """Seconds of a clock that nobody sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticks(place: FrontOffice) -> Ticks:
    found = Ticks()
    place.services = replace(place.services, measuring=Measuring(found))
    return found


def both(place: FrontOffice) -> tuple[FlaskClient, FlaskClient]:
    """The technician at his screen, and the kiosk on its own listener."""
    bench = place.app("technician").test_client()
    assert sign_in(bench, Role.TEKNISI, "teknisi").status_code == 303
    return bench, place.app("resident").test_client()


def where(kiosk: FlaskClient, page: str = "/") -> str:
    answer = kiosk.get(page)
    return answer.headers.get("Location", page)


def test_it_is_kept_for_ten_minutes_from_the_last_touch() -> None:
    ticks = Ticks()
    measuring = Measuring(ticks)
    assert measuring.technician() is None
    measuring.open(PEOPLE[Role.TEKNISI])
    ticks.now = OPEN_S
    assert measuring.technician() == PEOPLE[Role.TEKNISI]
    ticks.now += 0.1
    assert measuring.technician() is None
    ticks.now = 0.0
    assert measuring.technician() is None, "once closed it stays so"


def test_the_kiosk_is_the_technicians_only_while_he_has_opened_it(place: FrontOffice, ticks: Ticks) -> None:
    bench, kiosk = both(place)
    assert where(kiosk, "/ukuran") == "/" == where(kiosk)
    post(bench, "/teknisi/layar", "/teknisi/layar/buka")
    assert [where(kiosk, page) for page in ("/", "/sambutan", "/lapor/setuju", "/tutup")] == ["/ukuran"] * 4
    assert kiosk.get("/ukuran").status_code == 200
    ticks.now = OPEN_S - 1
    assert post(kiosk, "/ukuran", "/ukuran/kartu", **CARD).status_code == 303
    ticks.now += OPEN_S - 1
    assert where(kiosk) == "/ukuran", "he was there"
    post(bench, "/teknisi/layar", "/teknisi/layar/tutup")
    assert where(kiosk) == "/" == where(kiosk, "/ukuran")


def test_a_measure_is_kept_in_the_technicians_name_and_nobody_elses(place: FrontOffice, ticks: Ticks) -> None:
    bench, kiosk = both(place)
    post(bench, "/teknisi/layar", "/teknisi/layar/buka")
    assert post(kiosk, "/ukuran", "/ukuran/kartu", **CARD).headers["Location"] == "/ukuran"
    refused = post(kiosk, "/ukuran", "/ukuran/sentuh", off="1 2 3")
    assert refused.status_code == 422 and "kelima titik" in refused.text
    post(bench, "/teknisi/layar", "/teknisi/layar/tutup")
    assert post(kiosk, "/", "/ukuran/sentuh", off="1 1 1 1 1").headers["Location"] == "/"
    with place.office.store.read() as tx:
        found = panel.get(tx)
        (kept,) = [entry for entry in audit.entries(tx) if entry["event"] == "panel-calibrate-complete"]
    assert found.ppi == pytest.approx(140.9, abs=0.1) and found.touch == ()
    assert str(kept["actor"]).startswith("teknisi")


def test_who_has_begun_ends_first(place: FrontOffice, ticks: Ticks) -> None:
    bench, kiosk = both(place)
    post(kiosk, "/lapor/setuju", "/lapor/setuju")
    assert kiosk.get("/lapor/pelapor").status_code == 200
    post(bench, "/teknisi/layar", "/teknisi/layar/buka")
    assert kiosk.get("/lapor/pelapor").status_code == 200
    post(kiosk, "/lapor/pelapor", "/selesai")
    assert where(kiosk) == "/ukuran"
