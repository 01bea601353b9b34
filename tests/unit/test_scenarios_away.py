"""What really happens when something or somebody is away: the line, the reader, the key card, the one at the kiosk.

The other scenarios stand in test_scenarios.py, those of the signature in test_scenarios_signed.py and tests/e2e.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from card_counter import CardCounter, Makers
from counter import PEOPLE, Centre, Counter
from field import Field
from front_office import ANSWERS, FrontOffice, open_office, post

from appliance.casework.roles import Role
from appliance.casework.sop import NotAllowed
from appliance.central.centre import EnrolmentState
from appliance.clock import Deadline
from appliance.devices import Answer
from appliance.diagnostics.timekeeping import Timekeeper
from appliance.faults import DeviceFault
from appliance.faults import FaultCode as F
from appliance.issuance.rack import DeviceRack
from appliance.office.acts import ACTS
from appliance.queue.jobs import Job
from appliance.records import audit
from appliance.records.blanks import BlankState
from hw_sim.card import KtpCard

READ_BINARY = 0xB0
DAY = 24 * 3600
OTHER_VAN = replace(PEOPLE[Role.PEREKAM], id="id-perekam-2", device="van-2")


class FarCentre(Centre):
    """A centre that nobody reaches from the van."""

    reached = False

    def enrol(self, token: str, *what: Any) -> EnrolmentState:
        if not self.reached:
            raise DeviceFault(F.CENTRE_UNREACHABLE, "ConnectionRefusedError")
        return super().enrol(token, *what)


class Suspended:
    """A signing service that lets nobody sign and counts how often it was asked."""

    asked = 0

    def status(self, official_nik: str) -> str:
        self.asked += 1
        return "SUSPEND"


def test_14_a_van_two_days_off_the_line_sends_each_recording_once_when_it_is_back(counter: Counter) -> None:
    centre = FarCentre()
    counter.offices = replace(counter.offices, centre=centre)  # type: ignore[arg-type]
    case = counter.signed()
    counter.record_all(case)
    for _ in range(8):
        counter.run("centre")
        counter.clock.go(DAY / 4)
        assert counter.person(case).ktp_state == "DIREKAM", "recorded here, not accepted there"
        assert counter.job(f"enrol:{case}:0:1").fault == F.CENTRE_UNREACHABLE.value
    centre.reached = True
    counter.centre_goes_on()
    assert (len(centre.sent), counter.person(case).ktp_state) == (1, "PRR")


def test_14_nothing_is_signed_while_the_vans_clock_is_wrong_and_it_goes_on_by_itself(counter: Counter) -> None:
    switched_on = [5_000]
    keeper = Timekeeper(
        counter.store, counter.clock, True, lambda: switched_on[0], "boot-1", network=lambda now: False
    )
    signer = Suspended()
    counter.offices = replace(counter.offices, time_trouble=keeper.trouble, signer=signer)  # type: ignore[arg-type]
    case = counter.validated()
    right = counter.clock.now
    counter.clock.now = right - 300 * DAY * 1000
    keeper.look()
    counter.do("sign", Role.KADIS, case, passphrase="kuda-terbang")
    counter.run("esign")
    job = counter.job(f"sign:{case}")
    assert (job.state, job.fault, signer.asked) == ("ready", F.CLOCK_BEHIND.value, 0)
    counter.clock.now = right + 60_000
    switched_on[0] += 60_000
    keeper.look()
    counter.run("esign")
    assert (counter.job(f"sign:{case}").fault, signer.asked) == (F.ESIGN_NOT_READY.value, 1), "nobody pressed again"


def test_14_two_vans_with_one_file_do_not_record_one_person_twice(counter: Counter) -> None:
    case = counter.signed()
    counter.do("start_recording", Role.PEREKAM, case)
    counter.do("capture_finger", Role.PEREKAM, case, position="right_index")
    counter.run("scanner")

    def other_van(act: str, **values: object) -> None:
        ACTS[act](counter.office, OTHER_VAN, case, {"resident": 0, **values})

    with pytest.raises(NotAllowed, match="tidak bisa sekarang"):
        other_van("start_recording")
    for act, values in (("capture_finger", {"position": "left_index"}), ("capture_photo", {})):
        with pytest.raises(NotAllowed, match="Petugas lain sedang mengerjakan"):
            other_van(act, **values)
    counter.clock.go(16 * 60)
    other_van("capture_finger", position="left_index")
    counter.run("scanner")
    with pytest.raises(NotAllowed, match="Petugas lain sedang mengerjakan"):
        counter.do("capture_photo", Role.PEREKAM, case)
    fingers = {one.name for one in counter.evidence(case, "finger")}
    assert fingers == {"right_index", "left_index"}, "what the first van recorded stays"
    with counter.store.read() as tx:
        (taken,) = audit.newest(tx, "lease-take-over-complete", 5)
    assert (str(taken["actor"]), str(taken["facts"])) == (
        "perekam:id-perekam-2@van-2",
        '{"held_by":"id-perekam","work":"recording:0"}',
    )


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
