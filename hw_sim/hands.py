"""What a person can do at the simulated station, by name: lay a card, pull a cable, jam a printer."""

from __future__ import annotations

from collections.abc import Callable

from hw_sim.papers import Letter
from hw_sim.people import Person
from hw_sim.station import Station
from hw_sim.trouble_verbs import Verb, troubles


class Hands:
    """The verbs by name, one after the other as the devices stand. Blanks and people come from the world.

    `cut_power` takes the current from an appliance on this station; without it there is no such verb.
    """

    def __init__(self, station: Station, cut_power: Callable[[], object] | None = None) -> None:
        self.station = station
        self._pulled: set[str] = set()
        cards, offices = station.cards, station.offices
        paper, card_printer = station.document_printer, station.card_printer
        chip, card, sheet = "Penulis chip", "Pencetak kartu", "Pencetak kertas"
        self.verbs: dict[str, Verb] = {
            "insert-blank": Verb(chip, "Letakkan blanko baru", lambda: cards.encoder.insert(cards.blank())),
            "remove-card": Verb(chip, "Angkat kartu", self.remove_card),
            "swap-card": Verb(chip, "Tukar kartu", self.swap_card),
            "card-back": Verb(chip, "Letakkan kartu tercetak", self.card_back),
            "tear-card": Verb(chip, "Robek tulisan berikutnya", self.tear_card),
            "mute-card": Verb(chip, "Kartu membisu", lambda: cards.encoder.mute()),
            **self._cable(chip, "reader", lambda: cards.stop(), lambda: cards.start()),
            "card-to-printer": Verb(card, "Pindahkan kartu ke sini", self.card_to_printer),
            "jam-card": Verb(card, "Macetkan", card_printer.jam),
            "ribbon-empty": Verb(card, "Pita habis", card_printer.ribbon_empty),
            "open-cover": Verb(card, "Buka tutup", card_printer.open_cover),
            **self._cable(card, "card-printer", lambda: card_printer.stop(), lambda: card_printer.start()),
            "jam-sheet": Verb(sheet, "Macetkan", paper.jam),
            "paper-empty": Verb(sheet, "Kertas habis", paper.media_empty),
            **self._cable(sheet, "sheet-printer", lambda: paper.stop(), lambda: paper.start()),
            "clear-printers": Verb("Semua pencetak", "Beres: siap lagi", self.clear_printers),
            **self._cable("Pemindai jari", "scanner", lambda: self._scanner(True), lambda: self._scanner(False)),
            **self._cable("Kamera", "camera", lambda: station.camera.unplug(), lambda: station.camera.plug()),
            **self._cable("Papan tanda tangan", "pad", lambda: station.pad.unplug(), lambda: station.pad.plug()),
            "show-code": Verb("Pembaca kode", "Dekatkan kode QR", lambda: station.reader.show("SG-4K7M-27")),
            **self._cable("Lampu isyarat", "light", station.light.unplug, station.light.start),
            **self._cable("Listrik", "power", station.board.unplug, station.board.plug),
            "cut-network": Verb("Jaringan ke pusat", "Putus", offices.close),
            "mend-network": Verb("Jaringan ke pusat", "Sambung", offices.open),
            **troubles(station),
        }
        if cut_power is not None:
            self.verbs["cut-power"] = Verb("Listrik", "Matikan mesin SIAGA", cut_power)

    def _cable(
        self, device: str, name: str, unplug: Callable[[], object], plug: Callable[[], object]
    ) -> dict[str, Verb]:
        """A cable is pulled once and put back once, however often the button is pressed."""

        def pull() -> None:
            if name not in self._pulled:
                self._pulled.add(name)
                unplug()

        def put_back() -> None:
            if name in self._pulled:
                self._pulled.discard(name)
                plug()

        return {f"unplug-{name}": Verb(device, "Cabut", pull), f"plug-{name}": Verb(device, "Pasang", put_back)}

    def _scanner(self, unplugged: bool) -> None:
        self.station.scanner.levers.unplugged = unplugged

    def remove_card(self) -> object:
        """Take the card off the encoder; it is in the hand afterwards."""
        card = self.station.cards.encoder.remove()
        if card is not None:
            self.station.world.facts["card_in_hand"] = card
        return card

    def swap_card(self) -> None:
        """Take the card off and lay a new blank on at once; the card is in the hand afterwards."""
        self.remove_card()
        self.station.cards.encoder.insert(self.station.cards.blank())

    def card_to_printer(self) -> None:
        """Move the card from encoder or hand into the printer's slot."""
        card = self.station.cards.encoder.remove() or self.station.world.facts.pop("card_in_hand", None)
        if card is not None:
            self.station.card_printer.load(card)

    def card_back(self) -> None:
        """Lay the card printed last (or the one in the hand) on the encoder."""
        card = self.station.world.facts.pop("card_in_hand", None)
        if card is None and self.station.card_printer.outputs:
            card = self.station.card_printer.outputs[-1].card
        if card is not None:
            self.station.cards.encoder.insert(card)  # type: ignore[arg-type]

    def tear_card(self) -> None:
        """The next write stops half way, as if the card were pulled."""
        card = self.station.cards.encoder.card
        if card is not None:
            card.tear_after(700)  # type: ignore[attr-defined]

    def clear_printers(self) -> None:
        """Everything put right at all printers."""
        self.station.card_printer.clear()
        self.station.document_printer.clear()
        self.station.receipts.mend()

    def stand(self, person: Person | None) -> None:
        """Somebody steps before camera, scanner and pad, or nobody."""
        for place in ("at_scanner", "at_camera", "at_pad"):
            if person is None:
                self.station.world.people.pop(place, None)
            else:
                self.station.world.people[place] = person

    def lay(self, letter: Letter | None) -> None:
        """A letter lies before the camera, or nothing."""
        if letter is None:
            self.station.world.people.pop("at_camera", None)
        else:
            self.station.world.people["at_camera"] = letter

    def state(self) -> dict[str, object]:
        """What lies where now."""
        world, station = self.station.world, self.station
        people = {place: getattr(one, "name", "") for place, one in world.people.items()}
        return {
            "card_on_encoder": station.cards.encoder.card is not None,
            "people": people,
            "unplugged": sorted(self._pulled),
            "card_printer": sorted(station.card_printer.reasons),
            "document_printer": sorted(station.document_printer.reasons),
            "cards_printed": len(station.card_printer.outputs),
            "sheets_printed": len(station.document_printer.outputs),
            "slips_printed": len(station.receipts.slips),
            "light": station.light.lamps,
            "device_seconds": round(world.device_seconds, 1),
        }

    def printed(self, which: str) -> bytes | None:
        """The newest page out of the `card` or `sheet` printer as PNG; None if nothing has come out."""
        printer = {"card": self.station.card_printer, "sheet": self.station.document_printer}.get(which)
        pages = printer.outputs[-1].pages if printer and printer.outputs else []
        return pages[-1] if pages else None
