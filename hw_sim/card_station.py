"""The encoder on the desk: a private pcscd, the slot for cards, the slot with the key card in it."""

from __future__ import annotations

from pathlib import Path

from hw_sim.card import CardFactory, KtpCard
from hw_sim.card_keys import MasterKeys, fresh_uid
from hw_sim.key_card import KeyCard
from hw_sim.pcscd import Pcscd
from hw_sim.vpcd import CONTACT, CONTACTLESS, Slot
from hw_sim.world import World

SAM_PIN = "271828"
"""The PIN of every simulated key card."""


class CardStation:
    """Reader, key card and a factory of blanks that share one world's master keys.

    A context manager: the daemon runs and the key card is in from entry to exit.
    """

    def __init__(self, world: World, directory: Path, masters: MasterKeys | None = None) -> None:
        self.world = world
        self.masters = masters or MasterKeys.fresh()
        self.factory = CardFactory(self.masters)
        self.sam = KeyCard(self.masters, SAM_PIN)
        self.pcscd = Pcscd(directory)
        self.slots: tuple[Slot, ...] = ()

    @property
    def encoder(self) -> Slot:
        """Slot 0, where residents' cards are laid."""
        return self.slots[0]

    @property
    def chip_encoder_uri(self) -> str:
        """The device URI of slot 0."""
        return self.pcscd.uri(0)

    @property
    def secure_access_module_uri(self) -> str:
        """The device URI of slot 1."""
        return self.pcscd.uri(1)

    def blank(self) -> KtpCard:
        """A new blank card with a UID of its own."""
        return self.factory.blank(fresh_uid())

    def start(self) -> None:
        """Start pcscd and put the key card into slot 1; raises DaemonFailed."""
        self.pcscd.start()
        encoder_port, sam_port = self.pcscd.ports
        self.slots = (
            Slot(self.world, 0, encoder_port, CONTACTLESS),
            Slot(self.world, 1, sam_port, CONTACT),
        )
        self.slots[1].insert(self.sam)

    def crash(self) -> None:
        """pcscd is killed; the cards stay where they lie."""
        self.pcscd.kill()

    def come_back(self) -> None:
        """pcscd is started again, as its unit does."""
        self.pcscd.start()
        for slot, port in zip(self.slots, self.pcscd.ports, strict=True):
            slot.reconnect(port)

    def stop(self) -> None:
        """Take all cards out and end pcscd."""
        for slot in self.slots:
            slot.remove()
        self.pcscd.stop()

    def __enter__(self) -> CardStation:
        self.start()
        return self

    def __exit__(self, *reason: object) -> None:
        self.stop()
