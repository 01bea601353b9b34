"""A counter at which cards are made: the books of a case whose resident waits for his card, an encoder, a key card.

The encoder is `field.Field` or a real driver, the centre makes true packets; what is between is the appliance's own.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import card_files as made
from case_files import complete
from counter import Centre, Counter, Prepared, open_counter, prepare
from field import Keys

from appliance.casework.roles import Role
from appliance.chip.profile import CardProfile
from appliance.clock import utc_millis
from appliance.issuance.rack import DeviceRack
from appliance.issuance.recovery import take_over
from appliance.queue import effects
from appliance.queue.effects import Effect
from appliance.queue.jobs import DEVICE_LANES, Job
from appliance.records import audit, blanks
from appliance.records.blanks import BlankState
from hw_sim.card import CardFactory, KtpCard
from hw_sim.card_keys import MasterKeys, fresh_uid
from hw_sim.central.personalisation import CardOrder, sign_packet
from hw_sim.central.pki import Authorities, make_authorities

BLANKS = 120
PORTRAIT = 700
"""Bytes of the portrait in these packets; fewer commands than a card of life has, of the same kinds."""


class PacketCentre(Centre):
    """The centre that makes a packet for each order; what it makes can be made wrong beforehand.

    `file` is the case file of whom it knows; `files` changes the files by name before they are packed, `rows` the
    packed rows, `order` the order itself.
    """

    def __init__(self, who: made.Issuer, authorities: Authorities) -> None:
        super().__init__()
        self.who, self.authorities = who, authorities
        self.packets: dict[str, str] = {}
        self.ordered: list[str] = []
        self.file = complete()
        self.kk_number = "9972012411260001"
        self.files: Callable[[dict[str, bytes]], object] = lambda files: None
        self.rows: Callable[[list[dict[str, str]]], object] = lambda rows: None
        self.signer = authorities.packet_signer
        self.now = utc_millis()

    def find_personalisation(self, token: str) -> str | None:
        return self.packets.get(token)

    def personalise(self, token: str, nik: str, uid: bytes, key: bytes, serial: str) -> str:
        self.ordered.append(token)
        self.packets[token] = self.pack(CardOrder(token, uid.hex(), serial, key), nik)
        return self.packets[token]

    def pack(self, order: CardOrder, nik: str) -> str:
        files = made.files_of(self.file, nik, self.kk_number, order.aa_public_key, self.who, PORTRAIT)
        self.files(files)
        rows = [
            {"fid": f"{made.FIDS[name]:04X}", "sfi": f"{made.sfi(name):02X}", "data": base64.b64encode(data).decode()}
            for name, data in files.items()
        ]
        self.rows(rows)
        return sign_packet(order, nik, ["right_index", "left_index"], rows, self.signer, self.now)


@dataclass
class CardCounter:
    """One case at its encoder. `cards` are the blanks by serial number, each a chip of its own."""

    counter: Counter
    case: str
    encoder: Any
    sam: Any
    centre: PacketCentre
    factory: CardFactory
    folder: Path
    cards: dict[str, KtpCard] = field(default_factory=dict)
    lay: Callable[[KtpCard | None], object] = lambda card: None

    def wire(self, profile: CardProfile | None = None) -> None:
        """Put encoder, key card and centre where the appliance's steps find them."""
        counter, roots = self.counter, self.centre.authorities.packet_roots.read_bytes()
        rack = DeviceRack({**counter.devices, "chip_encoder": self.encoder, "secure_access_module": self.sam})
        counter.machines = replace(
            counter.machines, rack=rack, chip_roots=self.centre.who.root_pem, packet_roots=roots,
            profile=profile or counter.machines.profile,
        )  # fmt: skip
        counter.offices = replace(counter.offices, siak=None, centre=self.centre, packet_roots=roots)  # type: ignore[arg-type]
        counter.centre = self.centre

    def take(self, serial: str, cause: str = "") -> KtpCard:
        """The operator takes this blank for the resident and lays it on the encoder."""
        self.counter.do("issue_card", Role.OPERATOR, self.case, blank_serial=serial, cause=cause)
        card = self.cards[serial] = self.factory.blank(fresh_uid())
        self.lay(card)
        return card

    def order(self, serial: str) -> KtpCard:
        """Take the blank and go as far as its packet is here: the next thing to do is to write it."""
        card = self.take(serial)
        self.counter.run("encoder")
        assert self.counter.job(f"prepare:{serial}").state == "done", self.counter.job(f"prepare:{serial}")
        self.counter.run("centre")
        assert self.counter.job(f"encode:{serial}").state == "ready"
        return card

    def encode(self, serial: str) -> Job:
        """Do what the encoder's worker has to do; how the writing stands afterwards."""
        self.counter.run("encoder")
        return self.counter.job(f"encode:{serial}")

    def again(self, serial: str, kind: str = "encode") -> Job:
        """The operator presses "try again"."""
        self.counter.do("retry_job", Role.OPERATOR, self.case, job=f"{kind}:{serial}")
        self.counter.run("encoder")
        return self.counter.job(f"{kind}:{serial}")

    def spoil(self, serial: str, cause: str = "GAGAL_ENCODE") -> None:
        """The operator takes the card out for a cause; the centre is told."""
        self.counter.do("look_card", Role.OPERATOR, self.case, result="spoiled", cause=cause)
        self.counter.run("encoder", "centre")
        assert self.blank(serial) is BlankState.SPOILED

    def restart(self) -> None:
        """The power goes and comes back: everything is read from the disk again."""
        clock = self.counter.clock
        self.counter.store.close()
        self.counter = open_counter(self.folder, clock.now)
        take_over(self.counter.store, DEVICE_LANES, self.counter.devices.keys() | {"chip_encoder"})
        self.wire()

    def blank(self, serial: str) -> BlankState:
        """What the ledger says of a blank."""
        with self.counter.store.read() as tx:
            return blanks.state_of(tx, serial)

    def effect(self, serial: str) -> Effect | None:
        """The act of writing this blank, if it was ever meant."""
        with self.counter.store.read() as tx:
            return effects.find(tx, f"encode:{serial}")

    def holds_together(self) -> None:
        """Chain and ledger are whole."""
        with self.counter.store.read() as tx:
            assert audit.verify(tx)[1] is None
            assert blanks.balance(tx)[1] is None


def waiting_for_his_card(folder: Path) -> Prepared:
    """Books with a case whose resident's card can be made, and many blanks."""

    def so_far(counter: Counter) -> str:
        counter.receive_blanks(BLANKS)
        case = counter.signed(complete())
        counter.do("start_recording", Role.PEREKAM, case)
        counter.record_quickly(case)
        counter.centre_goes_on()
        return case

    return prepare(folder, so_far)


class Makers:
    """What all counters of a test module share: keys, the signer of cards, the outside office's authorities."""

    def __init__(self, folder: Path, masters: MasterKeys | None = None) -> None:
        self.masters = masters or MasterKeys.fresh()
        self.factory, self.keys = CardFactory(self.masters), Keys(self.masters)
        self.who, self.authorities = made.issuer(), make_authorities(folder / "pki")
        self.prepared = waiting_for_his_card(folder / "books")

    def counter(self, folder: Path, encoder: Any, sam: Any = None) -> CardCounter:
        """A counter of its own below `folder`."""
        books = replace(self.prepared, now=max(self.prepared.now, utc_millis())).copy(folder)
        centre = PacketCentre(self.who, self.authorities)
        found = CardCounter(
            books, self.prepared.case, encoder, sam or self.keys, centre, self.factory, folder / "office"
        )
        found.wire()
        return found
