"""deviced: the sole owner of the hardware."""

from __future__ import annotations

import sys

from appliance.app.lanes import Steps, start_lanes
from appliance.app.places import board_path, own_the_hardware
from appliance.app.process import beat, start, stop_event
from appliance.app.rooms import content, devices_of, open_store
from appliance.biometrics.child import PictureChild
from appliance.biometrics.engine import FingerEngine, PortraitEngine
from appliance.chip.profile import CardProfile, ProfileError, load
from appliance.clock import utc_millis
from appliance.config import Settings
from appliance.diagnostics import board
from appliance.issuance import card, destruction, handover, papers, printing, recording, recovery
from appliance.issuance.machines import DeviceRack, Machines
from appliance.queue.jobs import DEVICE_LANES

STEPS: Steps[Machines] = {
    "encoder": {"prepare": card.prepare, "encode": card.encode, "read-fingers": handover.match},
    "card_printer": {"print-card": printing.print_card},
    "document_printer": {"print-kk": printing.print_kk},
    "scanner": {"capture": recording.capture, "search-capture": recording.search_capture},
    "camera": {"capture-photo": recording.capture_photo},
    "pad": {"capture-signature": recording.capture_signature},
    "render": {
        "kk-draft": papers.draft,
        "report-slip": papers.report_slip,
        "return-slip": papers.return_slip,
        "receipt": papers.receipt,
        "destruction-minutes": destruction.minutes,
    },
}


def run(settings: Settings) -> None:
    """Run until a signal; ends at once if another process owns the hardware."""
    stop = stop_event()
    if own_the_hardware(settings) is None:
        sys.exit("another process owns the hardware of this appliance")
    store, vault = open_store(settings)
    rack = DeviceRack(devices_of(settings))
    pictures = PictureChild()
    machines = Machines(
        store=store,
        vault=vault,
        settings=settings,
        clock=utc_millis,
        rack=rack,
        profile=_profile(settings),
        chip_roots=content(settings.trust.chip),
        packet_roots=content(settings.trust.packet),
        fingers=FingerEngine(pictures),
        portraits=PortraitEngine(pictures),
    )
    recovery.take_over(store, DEVICE_LANES, settings.devices)
    readings: dict[str, board.Reading] = {}

    def look() -> None:
        _look(rack, readings)
        board.write(board_path(settings), readings)

    start(look, "first look")
    start_lanes(settings, store, "deviced", STEPS, machines, stop)
    beat(stop, look)
    rack.close()
    pictures.close()


def _profile(settings: Settings) -> CardProfile | None:
    try:
        return load("ktpsim-1" if settings.specimen else "kemendagri-sam")
    except ProfileError:
        return None


def _look(rack: DeviceRack, readings: dict[str, board.Reading]) -> None:
    """Ask every device that is not at work; one that is works, and that is its answer."""
    for name, device in rack.devices.items():
        if rack.locks[name].acquire(blocking=False):
            try:
                readings[name] = board.reading(name, device.status(), utc_millis(), readings.get(name))
            finally:
                rack.locks[name].release()
        elif name in readings:
            readings[name] = board.still(readings[name], utc_millis())
