"""A whole appliance with a family at PRR: the public command, real daemons, simulated devices and offices outside.

The books are brought so far by the acts themselves (`families`); register and centre are told of the same people.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from books import Ticking
from counter import Portrait, counter_of
from families import family, ready_to_print
from PIL import Image, ImageDraw

from appliance.app.rooms import master_key
from appliance.biometrics import fac, fir, fmr
from appliance.biometrics.minutiae import Kind, Minutia, Template
from appliance.casework.roles import SYSTEM, Role
from appliance.central.accounts import load_accounts
from appliance.central.centre import FingerException, FingerRecord, HttpCentre
from appliance.clock import utc_millis
from appliance.config import load
from appliance.devices import FingerPosition
from appliance.office.context import Office
from appliance.records import accounts, cases
from appliance.records.sqlcipher import SqlcipherFile
from appliance.records.store import Store, derive_key
from appliance.records.vault import Vault
from hw_sim.card import KtpCard
from hw_sim.demo.appliance import Appliance
from hw_sim.demo.batch import BatchOperator
from hw_sim.demo.browser import Browser
from hw_sim.station import Station
from hw_sim.world import World

FINGERS = Path(__file__).parents[1] / "build" / "fingers"
PIN = "314159"
TAKEN = (FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_INDEX)


class IssuingOffice:
    """The appliance and its station from entry to exit; `grown` residents wait for their cards."""

    def __init__(self, folder: Path, world: World, grown: int, blanks: int) -> None:
        self.world = world
        self.grown = grown
        self._blanks = blanks
        self.station = Station(world, folder / "station", FINGERS)
        self._folder = folder
        self._running = ExitStack()
        self.case = ""

    def __enter__(self) -> IssuingOffice:
        self._running.enter_context(self.station)
        self.appliance = Appliance(self._folder / "appliance", self.station.config(), {})
        self._fill_the_books()
        self._running.callback(self.appliance.stop)
        self.appliance.start()
        self.browser = Browser(f"http://{self.appliance.addresses['officer']}", ("operator", PIN))
        self.operator = BatchOperator(self.browser, self.station, self.station.cards.blank)
        return self

    def __exit__(self, *reason: object) -> None:
        self._running.close()

    @contextmanager
    def books(self) -> Iterator[Store]:
        """The appliance's database beside it, to be read."""
        settings = load(self.appliance.config)
        store = Store(
            SqlcipherFile(settings.data_dir / "siaga.db", derive_key(master_key(settings), "database")), utc_millis
        )
        try:
            yield store
        finally:
            store.close()

    def ran(self, *command: str) -> Any:
        """What a `siaga` command says as JSON."""
        return json.loads(self.appliance.run(*command, "--json"))

    def card_read(self, card: KtpCard) -> dict[str, Any]:
        """The card as a stranger reads it, and the verdict."""
        encoder = self.station.cards.encoder
        encoder.insert(card)
        read: dict[str, Any] = json.loads(self.appliance.run("card", "verify", "--json", expect=(0, 1)))
        encoder.remove()
        encoder.wait_until_noticed()
        return read

    def _fill_the_books(self) -> None:
        settings = load(self.appliance.config)
        key, clock = master_key(settings), Ticking(utc_millis() - 3_600_000)
        store = Store(SqlcipherFile(settings.data_dir / "siaga.db", derive_key(key, "database")), clock)
        vault = Vault(settings.data_dir / "vault", derive_key(key, "vault"))
        office = Office(
            store,
            vault,
            derive_key(key, "ledger"),
            settings,
            clock,
            wake=lambda: None,
            lend_passphrase=lambda *_: True,
        )
        counter = counter_of(office, clock, [], {})
        portrait = picture()
        counter.machines.portraits.says = [Portrait(crop=portrait) for _ in range(self.grown)]  # type: ignore[attr-defined]
        self.case = ready_to_print(counter, self.grown, self._blanks)
        accounts.add(store, "operator", "Dian Permatasari", Role.OPERATOR, PIN, SYSTEM)
        with store.read() as tx:
            people = cases.residents(tx, self.case)
            household = cases.get(tx, self.case).household
        store.close()
        assert household is not None
        self._niks = [str(person.nik) for person in people[: self.grown]]
        self._tell_the_offices(portrait, {**vars_of(household), "kk_number": counter.siak.kk_number})

    def _tell_the_offices(self, portrait: bytes, household: dict[str, Any]) -> None:
        offices = self.station.offices
        rows = [{**row, "nik": nik} for row, nik in zip(family(self.grown)["residents"], self._niks, strict=False)]
        offices.siak.seed(rows, household)
        offices.centre.centre_seconds = 0
        account = load_accounts(offices.credentials)["centre"]
        centre = HttpCentre(offices.server.url("centre"), account)
        fingers = [FingerRecord(one.value, fmr.write(one, 80, template()), 80) for one in TAKEN]
        missing = [FingerException(one.value, "TREMOR") for one in FingerPosition if one not in TAKEN]
        for nik in self._niks:
            centre.enrol(f"enrol-{nik}", nik, fingers, missing, finger_images(TAKEN), face_record(portrait), None)
            for _ in range(3):
                centre.find_enrolment(f"enrol-{nik}")


def vars_of(value: Any) -> dict[str, Any]:
    """The fields of a frozen dataclass with slots."""
    return {name: getattr(value, name) for name in value.__slots__}


def template() -> Template:
    """Thirty minutiae that no finger has."""
    points = tuple(Minutia(20 + 9 * row, 15 + 10 * row, 7 * row % 256, Kind.ENDING, 60) for row in range(30))
    return Template(300, 400, points)


def finger_images(positions: Sequence[FingerPosition]) -> bytes:
    """A record of plain grey in place of each finger's picture."""
    out = io.BytesIO()
    Image.new("L", (120, 150), 200).save(out, "PNG")
    return fir.write(
        fir.FingerImages(fir.Coding.PNG, tuple(fir.view_of(one, 80, out.getvalue()) for one in positions))
    )


def face_record(portrait: bytes) -> bytes:
    """A record of the drawn face."""
    return fac.write(fac.FaceImage(fac.FaceKind.BASIC, 480, 640, fac.Picture.JPEG, portrait))


def picture() -> bytes:
    """A drawn face of nobody."""
    image = Image.new("RGB", (480, 640), "#b01818")
    draw = ImageDraw.Draw(image)
    draw.ellipse((140, 120, 340, 400), fill="#c89878")
    draw.rectangle((100, 420, 380, 640), fill="#303848")
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()
