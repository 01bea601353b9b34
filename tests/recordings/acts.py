"""What is recorded and what is played back: the same acts of the production drivers, once at a device, then without.

`python -m hw_sim.sandbox -- python tests/recordings/acts.py` records all of it anew from the simulated devices.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from appliance.chip import condition
from appliance.chip.card_session import CardSession
from appliance.chip.profile import load
from appliance.clock import Deadline
from appliance.devices import DeviceStatus
from appliance.drivers.catalogue import open_device
from appliance.drivers.chip_encoder import PcscChipEncoder
from appliance.drivers.isdv4_pad import IsdV4Pad
from appliance.drivers.printer import QueuedPrinter
from appliance.drivers.transport_pcsc import PcscTransport, parse_uri
from appliance.drivers.wire_log import WireLog
from appliance.faults import DeviceFault, FaultCode

PRINTER_PORT = 8631


def card_session(encoder: PcscChipEncoder) -> tuple[DeviceStatus, condition.CardCondition, int, FaultCode]:
    """A blank is found, inspected and read; a write without keys is refused; then it is let go."""
    encoder.open()
    status = encoder.status()
    found = condition.inspect(encoder, load("ktpsim-1"))
    encoder.await_card(Deadline.after(5))
    session = CardSession(encoder, load("ktpsim-1"), Deadline.after(5))
    session.select_application()
    size = session.size_of(load("ktpsim-1").journal.fid) or 0
    try:
        session.update(0, bytes(16))
    except DeviceFault as fault:
        return status, found, size, fault.code
    finally:
        encoder.release()
    raise AssertionError("a card let itself be written without a key")


def card_pulled(encoder: PcscChipEncoder) -> FaultCode:
    """The card goes while it is selected."""
    encoder.open()
    encoder.await_card(Deadline.after(5))
    try:
        CardSession(encoder, load("ktpsim-1"), Deadline.after(5)).select_application()
    except DeviceFault as fault:
        return fault.code
    raise AssertionError("a card that is away answered")


def pad_query(pad: IsdV4Pad) -> DeviceStatus:
    """The tablet is opened and says what it is."""
    pad.open()
    try:
        return pad.status()
    finally:
        pad.close()


def printer_status(printer: QueuedPrinter) -> tuple[DeviceStatus, int, dict[str, int]]:
    """Queue and printer say how they are; a cover is open."""
    status = printer.status()
    return status, printer.counter(), dict(printer.supplies())


def _record(name: str, act: Callable[[WireLog], object]) -> None:
    path = Path(__file__).parent / f"{name}.jsonl"
    path.unlink(missing_ok=True)
    log = WireLog(path)
    print(name, act(log))
    log.close()
    path.chmod(0o644)


def main() -> None:
    """Record everything anew."""
    from hw_sim.card_station import CardStation
    from hw_sim.cupsd import Cupsd
    from hw_sim.printer import Printer
    from hw_sim.signature_pad import SignaturePad
    from hw_sim.world import When, World

    world = World(speed=0.0)
    with TemporaryDirectory(prefix="siaga-record-") as place:
        with CardStation(world, Path(place) / "pcscd") as station, ExitStack() as devices:
            station.encoder.insert(station.blank())

            def encoder(log: WireLog) -> PcscChipEncoder:
                device = open_device("chip_encoder", station.chip_encoder_uri, tap=log.tap("chip_encoder"))
                assert isinstance(device, PcscChipEncoder)
                devices.callback(device.close)
                return device

            warm = PcscTransport(parse_uri(station.chip_encoder_uri))
            warm.connect(Deadline.after(5))  # until the reader knows of the card
            warm.close()
            _record("chip-session", lambda log: card_session(encoder(log)))
            devices.pop_all().close()
            world.on(When("apdu"), lambda _: station.encoder.remove() and None)
            _record("chip-card-pulled", lambda log: card_pulled(encoder(log)))
        pad = SignaturePad(world)
        pad.start()
        _record("pad-query", lambda log: pad_query(IsdV4Pad(pad.path, tap=log.tap("signature_pad"))))
        pad.stop()
        printer = Printer(world, "sheet", PRINTER_PORT)
        printer.start()
        printer.open_cover()
        with_queue = Cupsd(Path(place) / "cups", {"KK": printer.uri})
        with_queue.start()
        try:
            _record("printer-status", lambda log: _ask_printer(with_queue.document_printer_uri, log))
        finally:
            with_queue.stop()
            printer.stop()


def _ask_printer(uri: str, log: WireLog) -> object:
    device = open_device("document_printer", uri, tap=log.tap("document_printer"))
    assert isinstance(device, QueuedPrinter)
    try:
        return printer_status(device)
    finally:
        device.close()


if __name__ == "__main__":
    sys.exit(main())
