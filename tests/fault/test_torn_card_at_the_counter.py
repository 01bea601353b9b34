"""The running appliance and a card that is pulled from its reader: what the operator reads, and what he then does.

Reader, key card and central office are those of the simulator at their wires; the operator has only his page.
"""

from __future__ import annotations

import base64
import functools
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import card_files as made
import pytest
from beginnings import signed
from case_files import complete
from counter import Counter, open_counter
from field import Field
from works import Clerk

from appliance.app.places import run_folder
from appliance.app.rooms import open_store
from appliance.chip.verifier import verify_card
from appliance.clock import Deadline, utc_millis
from appliance.config import load
from appliance.faults import FaultCode
from appliance.kiosk_ui.notices import NOTICES
from appliance.queue import effects, wake
from appliance.queue import jobs as queued
from appliance.queue.jobs import Job
from appliance.records import audit, blanks, cases
from appliance.records.blanks import BlankState
from hw_sim.card import KtpCard
from hw_sim.card_files import LifeCycle
from hw_sim.card_station import SAM_PIN, CardStation
from hw_sim.central.centre import _Card
from hw_sim.central.offices import HEAD_NIK, CentralOffices
from hw_sim.central.personalisation import CardOrder, sign_packet
from hw_sim.demo.appliance import Appliance
from hw_sim.demo.browser import Browser
from hw_sim.world import Event, When, World

pytestmark = [pytest.mark.daemons, pytest.mark.timeout(180)]

PIN = "314159"
WAIT_SECONDS = 30.0


@dataclass
class Office:
    """The appliance with its reader, its books from behind, and the operator's page."""

    station: CardStation
    offices: CentralOffices
    appliance: Appliance
    counter: Counter
    case: str
    operator: Browser
    cards: dict[str, KtpCard] = field(default_factory=dict)

    @property
    def signer(self) -> made.Issuer:
        """The signer of cards whose root the appliance has pinned."""
        holder = self.offices.authorities.document_signer
        return made.Issuer(holder.chain[-1], holder.certificate, holder.key)  # type: ignore[arg-type]

    def page(self) -> str:
        """All that the operator reads on the page of the case."""
        return " ".join(self.operator.get(f"/petugas/kasus/{self.case}").text)

    def act(self, name: str, **fields: str) -> None:
        self.page()
        self.operator.submit(name, fields, resident=None if name == "retry_job" else 0)

    def take(self, serial: str) -> KtpCard:
        """The operator lays a blank on the reader and takes its number; the centre has its packet ready."""
        card = self.cards[serial] = self.station.blank()
        card.process(bytes.fromhex("00A4040008F04B545053494D0100"))
        key = card.process(bytes.fromhex("00CA010F00"))[:-2]
        card.reset()
        nik, token = str(self.counter.person(self.case).nik), f"card-{serial}"
        order = CardOrder(token, card.uid.hex().upper(), serial, key)
        self.offices.centre._cards[token] = _Card(order, nik, self.packet(order, nik))
        self.station.encoder.insert(card)
        self.act("issue_card", blank_serial=serial)
        return card

    def packet(self, order: CardOrder, nik: str) -> str:
        number = str(self.counter.case(self.case).kk_number)
        files = made.files_of(complete(), nik, number, order.aa_public_key, self.signer, 900)
        rows = [
            {"fid": f"{made.FIDS[name]:04X}", "sfi": f"{made.sfi(name):02X}", "data": base64.b64encode(data).decode()}
            for name, data in files.items()
        ]
        signer = self.offices.authorities.packet_signer
        return sign_packet(order, nik, ["right_index", "left_index"], rows, signer, utc_millis())

    def pulled_at(self, card: KtpCard, instruction: str, times: int) -> None:
        """From now on: the card goes when this command comes for so many a time."""
        seen = 0

        def reached(event: Event) -> None:
            nonlocal seen
            seen += 1
            if seen == times:
                self.station.encoder.remove()

        facts = {"slot": 0, "uid": card.uid.hex(), "ins": instruction}
        self.station.world.on(When("apdu", facts), reached, once=False)

    def until(self, holds: Callable[[], bool], what: str) -> None:
        by = time.monotonic() + WAIT_SECONDS
        while not holds():
            assert time.monotonic() < by, f"{what}: {self.jobs()}"
            threading.Event().wait(0.03)

    def jobs(self) -> list[Job]:
        with self.counter.store.read() as tx:
            return [job for job in queued.of_case(tx, self.case) if job.lane in {"encoder", "centre"}]

    def state(self, key: str) -> str:
        """Of this job; empty while it is not there yet."""
        return next((job.state for job in self.jobs() if job.key == key), "")

    def is_held(self, key: str, code: FaultCode) -> None:
        """The work waits for a person for this reason, and the page says so in its own words."""
        self.until(lambda: self.state(key) == "hold", key)
        assert self.counter.job(key).fault == code.value, self.counter.job(key)
        said = NOTICES["id"][code]
        page = self.page()
        assert said.officer in page and said.remedy in page
        assert self.operator.offers("retry_job")

    def is_written(self, serial: str) -> None:
        self.until(lambda: self.state(f"encode:{serial}") == "done", serial)
        with self.counter.store.read() as tx:
            assert blanks.state_of(tx, serial) is BlankState.ENCODED
            act = effects.find(tx, f"encode:{serial}")
        assert act is not None and act.state == "done"
        report = verify_card(Field(self.cards[serial]), self.signer.root_pem, utc_millis(), Deadline.after(5))
        assert report.valid


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    world = World(speed=0.0)
    offices = CentralOffices(world, tmp_path)
    with CardStation(world, tmp_path / "pcscd") as station:
        offices.open()
        appliance = Appliance(tmp_path / "appliance", config(station, offices, tmp_path), {})
        appliance.run("account", "set", "operator", "operator", "Operator", stdin=PIN + "\n")
        settings = load(appliance.config)
        store, vault = open_store(settings)
        counter = open_counter(tmp_path / "counter", utc_millis())
        counter.store.close()
        caller = wake.Caller(run_folder(settings))
        counter.office = replace(counter.office, store=store, vault=vault, settings=settings, wake=caller)
        inside = functools.partial(replace, store=store, vault=vault, settings=settings)
        counter.machines = inside(counter.machines, renderer=Clerk())
        counter.offices = inside(counter.offices)
        case = signed(counter, blanks=5)
        counter.record_quickly(case)
        by = Deadline.after(WAIT_SECONDS)
        while counter.person(case).ktp_state in {"DIREKAM", "DIKIRIM"} and not by.passed:
            counter.run("centre")
            threading.Event().wait(0.05)
        appliance.start()
        operator = Browser(f"http://{appliance.addresses['officer']}", ("operator", PIN))
        try:
            yield Office(station, offices, appliance, counter, case, operator)
        finally:
            appliance.stop()
            caller.close()
            store.close()
            offices.close()


def config(station: CardStation, offices: CentralOffices, folder: Path) -> str:
    """An appliance that makes cards and works by hand with SIAK."""
    pin = folder / "sam-pin"
    pin.touch(mode=0o600)
    pin.write_text(SAM_PIN)
    outside = offices.config()
    del outside["central"]["siak"]
    sections = {
        "office": {
            "name": "Dinas Dukcapil Kota Metro", "city": "KOTA METRO", "province": "LAMPUNG", "region": "18.72",
            "head_name": "SRI WAHYUNI KUSUMA", "head_nip": "197007012005012001", "head_nik": HEAD_NIK,
        },
        "devices": {
            "chip_encoder": station.chip_encoder_uri,
            "secure_access_module": station.secure_access_module_uri,
        },
        **outside,
    }  # fmt: skip
    text = f"specimen = true\nsam_pin_file = {json.dumps(str(pin))}\n"
    for name, values in sections.items():
        text += f"\n[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())
    return text


def test_pulled_refused_laid_again_and_never_back(office: Office) -> None:
    station = office.station
    # The same card again, after another card and after the power went.
    card = office.take("A001")
    office.pulled_at(card, "D6", 7)
    office.is_held("encode:A001", FaultCode.CARD_GONE)
    other = station.blank()
    station.encoder.insert(other)
    office.act("retry_job", job="encode:A001")
    office.is_held("encode:A001", FaultCode.CARD_WRONG)
    assert other.pages_written == 0
    office.appliance.kill()
    station.encoder.insert(card)
    before, left = card.files.bytes_written, 7000
    office.appliance.restart()
    office.act("retry_job", job="encode:A001")
    office.is_written("A001")
    assert 0 < card.files.bytes_written - before < left
    # One that was made already is another's now; it is spoiled, and its chip is ended when it lies there again.
    office.act("look_card", result="spoiled", cause="SALAH_CETAK")
    lost = office.take("A002")
    office.pulled_at(lost, "E0", 5)
    office.is_held("encode:A002", FaultCode.CARD_GONE)
    station.encoder.insert(card)
    office.act("retry_job", job="encode:A002")
    office.is_held("encode:A002", FaultCode.CARD_OF_ANOTHER)
    assert card.life_cycle is LifeCycle.TERMINATED
    # The card never comes back.
    station.encoder.remove()
    office.act("look_card", result="spoiled", cause="TIDAK_KEMBALI")
    office.until(lambda: office.offices.centre._cards["card-A002"].revoked, "void")
    office.take("A003")
    office.is_written("A003")
    with office.counter.store.read() as tx:
        states = {serial: state for serial, (state, _) in blanks.states_of(tx, ["A001", "A002", "A003"]).items()}
        assert states == {"A001": BlankState.SPOILED, "A002": BlankState.SPOILED, "A003": BlankState.ENCODED}
        causes = {row["serial"]: row["cause"] for row in blanks.rows(tx)}
        assert (causes["A001"], causes["A002"]) == ("SALAH_CETAK", "TIDAK_KEMBALI")
        assert blanks.balance(tx)[1] is None and audit.verify(tx)[1] is None
        assert [one.state for one in cases.evidence_of(tx, office.case, "card")] == ["spoiled", "spoiled", "encoded"]
        assert effects.open_effects(tx, "chip_encoder") == []
    assert lost.life_cycle is LifeCycle.INITIALISATION, "a half-written chip is valid nowhere"
