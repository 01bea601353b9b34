"""What really happens when something or somebody is away: the reader, the key card, whoever stood at the kiosk.

The other scenarios stand in test_scenarios.py, those of the signature in test_scenarios_signed.py and tests/e2e.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from card_counter import CardCounter, Makers
from field import Field
from front_office import ANSWERS, FrontOffice, open_office, post

from appliance.casework.roles import Role
from appliance.clock import Deadline
from appliance.devices import Answer
from appliance.faults import DeviceFault
from appliance.faults import FaultCode as F
from appliance.issuance.rack import DeviceRack
from appliance.queue.jobs import Job
from appliance.records.blanks import BlankState
from hw_sim.card import KtpCard

READ_BINARY = 0xB0


class Unplugged(Field):
    """An encoder that can be pulled out while it reads a card back, and put in again."""

    pulled = False
    at_read: int | None = None
    reads = 0

    def open(self) -> None:
        if self.pulled:
            raise DeviceFault(F.ENCODER_UNREACHABLE, "no such reader")

    def transmit(self, apdu: bytes, by: Deadline) -> Answer:
        if apdu[1] == READ_BINARY:
            self.reads += 1
            self.pulled = self.pulled or self.reads == self.at_read
        if self.pulled:
            raise DeviceFault(F.ENCODER_UNREACHABLE, "reader gone")
        return super().transmit(apdu, by)


@pytest.fixture(scope="module")
def makers(tmp_path_factory: pytest.TempPathFactory) -> Makers:
    return Makers(tmp_path_factory.mktemp("makers"))


@pytest.fixture
def reader() -> Unplugged:
    return Unplugged(None)


@pytest.fixture
def desk(makers: Makers, reader: Unplugged, tmp_path: Path) -> Iterator[CardCounter]:
    found = makers.counter(tmp_path, reader)

    def lay(card: KtpCard | None) -> None:
        reader.card = card

    found.lay = lay
    yield found
    found.holds_together()
    found.counter.store.close()


def test_16_the_reader_is_unplugged_while_a_card_is_read_back_and_the_same_card_is_finished(
    desk: CardCounter, reader: Unplugged
) -> None:
    desk.order("A001")
    reader.reads = 0
    assert desk.encode("A001").state == "done"
    in_all = reader.reads
    desk.spoil("A001")
    desk.order("A002")
    reader.at_read, reader.reads = in_all - 2, 0
    job = desk.encode("A002")
    written = len(reader.writes)
    assert (job.state, job.fault) == ("hold", F.ENCODER_UNREACHABLE.value)
    assert desk.blank("A002") is BlankState.ENCODING, "a card is not spoiled because its reader is gone"
    assert desk.counter.person(desk.case).ktp_state == "PEMBUATAN_KARTU"
    assert desk.again("A002").state == "hold", "and nothing is made up while it is away"
    reader.pulled, reader.at_read = False, None
    job = desk.again("A002")
    assert (job.state, desk.blank("A002")) == ("done", BlankState.ENCODED)
    assert set(reader.writes[written:]) <= {0xD6}, "what was on the card is not created again"
    assert desk.centre.ordered == ["card-A001", "card-A002"], "one packet for one blank"


def test_16_without_the_key_card_no_blank_is_touched_and_with_it_the_same_blank_goes_on(
    desk: CardCounter, makers: Makers, reader: Unplugged
) -> None:
    rack = {"chip_encoder": reader}
    desk.counter.machines = replace(desk.counter.machines, rack=DeviceRack(rack))
    card = desk.take("A001")

    def prepared() -> Job:
        return desk.counter.job("prepare:A001")

    desk.counter.run("encoder")
    assert (prepared().state, prepared().fault) == ("hold", F.SAM_ABSENT.value)
    assert reader.writes == [] and desk.centre.ordered == []
    assert desk.blank("A001") is BlankState.ENCODING
    desk.counter.machines = replace(
        desk.counter.machines, rack=DeviceRack({**rack, "secure_access_module": makers.keys})
    )
    assert desk.again("A001", "prepare").state == "done"
    desk.counter.run("centre")
    assert (desk.encode("A001").state, desk.blank("A001")) == ("done", BlankState.ENCODED)
    assert reader.card is card


@pytest.fixture
def place(tmp_path: Path) -> Iterator[FrontOffice]:
    found = open_office(tmp_path, roles=(Role.PETUGAS,))
    yield found
    found.office.store.close()


@pytest.mark.parametrize("wiped_by", ["the page", "the machine"])
def test_19_whoever_comes_to_an_abandoned_kiosk_sees_nothing_of_the_one_before(
    place: FrontOffice, wiped_by: str
) -> None:
    now = [1_000.0]
    place.services = replace(place.services, ticks=lambda: now[0])
    kiosk = place.app("resident").test_client()
    kiosk.get("/lapor")
    for slug, values in ANSWERS:
        assert post(kiosk, f"/lapor/{slug}", f"/lapor/{slug}", **values).status_code == 303
    shown = kiosk.get("/lapor/periksa")
    assert "Ratna Puspitasari" in shown.text
    assert shown.headers["Cache-Control"] == "no-store", "nor does the way back bring it up again"
    visit = kiosk.get_cookie("visit-resident")
    assert visit is not None
    if wiped_by == "the page":
        assert 'data-idle="90"' in shown.text and 'action="/selesai"' in shown.text
        answer = post(kiosk, "/lapor/periksa", "/selesai")
        assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    else:
        now[0] += place.services.lock_after * 6 + 1
    kiosk.set_cookie("visit-resident", visit.value)
    for address in ("/lapor/periksa", "/lapor/nama", "/lapor/bukti", "/status/berkas", "/"):
        page = kiosk.get(address, follow_redirects=True).text
        assert "Ratna" not in page and "Bapak tanpa nama" not in page, address
    assert kiosk.post("/lapor/periksa").status_code == 400
    assert place.services.desk.work_list(place.actor(Role.PETUGAS)).rows == (), "and nothing was reported in his name"
