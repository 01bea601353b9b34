"""deviced: the sole owner of the hardware."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Mapping

from appliance.app.books import opened, sound, until_it_can
from appliance.app.lanes import Steps, start_lanes
from appliance.app.places import board_path, history_path, own_the_hardware, run_folder, viewing_path
from appliance.app.process import beat, start, stop_event
from appliance.app.rooms import content, devices_of, sealing
from appliance.biometrics.child import PictureChild
from appliance.biometrics.engine import FingerEngine, PortraitEngine
from appliance.chip.profile import CardProfile, ProfileError, load_in_force
from appliance.clock import utc_millis
from appliance.config import Settings
from appliance.devices import DeviceStatus
from appliance.diagnostics import light
from appliance.diagnostics.board import Board
from appliance.diagnostics.history import History
from appliance.diagnostics.timekeeping import Timekeeper
from appliance.diagnostics.watch import Watcher, alive, pace_of
from appliance.drivers.tiers import driver_of
from appliance.issuance import (
    card,
    code_slip,
    destruction,
    document_look,
    face_minutes,
    finger_look,
    glass,
    handover,
    hands,
    officer_finger,
    paper_look,
    papers,
    portrait_look,
    printing,
    recording,
    recovery,
    scans,
    slip,
    thumb_mark,
    ticket,
    trial,
    viewfinder,
    withdrawing,
)
from appliance.issuance.machines import Machines
from appliance.issuance.rack import DeviceRack
from appliance.queue import viewing, wake
from appliance.queue.jobs import DEVICE_LANES
from appliance.queue.viewing import View
from appliance.records.store import Store
from appliance.records.vault import Vault

Look = Callable[[str, int], View | None]
STEPS: Steps[Machines] = {
    "encoder": {
        "prepare": card.prepare,
        "encode": card.encode,
        "read-fingers": handover.match,
        "see-face": handover.see_face,
        "check-card": document_look.check_card,
    },
    "card_printer": {
        "print-card": printing.print_card,
        "resume-queue": printing.resume_queue,
        "withdraw-prints": withdrawing.withdraw_prints,
    },
    "document_printer": {
        "print-kk": printing.print_kk,
        "resume-queue": printing.resume_queue,
        "withdraw-prints": withdrawing.withdraw_prints,
    },
    "scanner": {
        "capture": recording.capture,
        "search-capture": recording.search_capture,
        "recapture": finger_look.recapture,
        "keep-officer-finger": officer_finger.keep_officer_finger,
        "capture-thumb": thumb_mark.capture_thumb,
    },
    "camera": {
        "capture-photo": recording.capture_photo,
        "capture-hand": hands.capture_hand,
        "capture-scan": scans.capture_scan,
        "read-family-card": document_look.read_family_card,
    },
    "pad": {"capture-signature": recording.capture_signature},
    "code_reader": {"read-slip": slip.read_slip, "read-family-card": document_look.read_family_card},
    "receipt_printer": {"print-ticket": ticket.print_ticket, "print-code": code_slip.print_code},
    "trial": {"try-device": trial.try_device, "erase-trial": trial.erase_trial},
    "render": {
        "kk-draft": papers.draft,
        "report-slip": papers.report_slip,
        "return-slip": papers.return_slip,
        "receipt": papers.receipt,
        "destruction-minutes": destruction.minutes,
        "face-minutes": face_minutes.minutes,
    },
}


def run(settings: Settings) -> None:
    """Run until a signal; ends at once if another process owns the hardware."""
    stop = stop_event()
    paper_key, known_offices = sealing(settings)
    books = until_it_can(functools.partial(opened, settings), stop)
    if books is None:
        return
    store, vault = books
    if own_the_hardware(settings) is None or until_it_can(functools.partial(store.own, "hardware"), stop) is False:
        sys.exit("another process owns the hardware of this appliance")
    until_it_can(functools.partial(_take_over, settings, store, vault), stop)
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
        fingers=FingerEngine(pictures, engine=settings.finger_engine),
        portraits=PortraitEngine(pictures),
        time_trouble=Timekeeper(store, utc_millis).trouble,
        paper_key=paper_key,
        known_offices=known_offices,
    )
    history = History(history_path(settings), utc_millis)
    start(functools.partial(history.run, stop), "history")
    board = Board(board_path(settings), utc_millis, wake.Caller(run_folder(settings)), history.note)

    def ask(name: str) -> DeviceStatus | None:
        said = rack.owners[name].ask()
        return said if said is None else history.told(name, said)

    watchers = tuple(
        Watcher(name, functools.partial(ask, name), pace_of(settings.devices[name]), board) for name in rack.owners
    )
    for watcher in watchers:
        start(functools.partial(watcher.run, stop), f"watch {watcher.name}")
    if light.LIGHT in rack.owners:
        follower = light.LightFollower(
            board.levels, lambda: light.load_of(store), functools.partial(rack.use, light.LIGHT)
        )
        start(functools.partial(follower.run, stop), "signal light")
    papers_seen = paper_look.PaperJudge()
    looks = dict[str, Look]()
    if viewfinder.CAMERA in rack.owners:
        judges: dict[str, viewfinder.Judge] = {
            **portrait_look.judges(machines.portraits),
            paper_look.AIM: papers_seen,
        }
        finder = viewfinder.Viewfinder(rack, judges)
        start(finder.run, "viewfinder")
        start(finder.judge_on, "viewfinder's judge")
        looks |= dict.fromkeys(judges, finder.look)
    if (scanner := driver_of(glass.SCANNER, settings.devices.get(glass.SCANNER, ""))) is not None and scanner.live:
        on_glass = viewfinder.Viewfinder(rack, glass.UNJUDGED, device=glass.SCANNER)
        start(on_glass.run, "glass")
        seen = glass.GlassViewfinder(on_glass)
        rack.owners[glass.SCANNER].lending = seen.lent
        looks[glass.AIM] = seen.look
    if looks:
        start(viewing.Window(viewing_path(settings), functools.partial(looked, looks)).run, "viewing")
    start_lanes(settings, store, "deviced", STEPS, machines, stop)
    beat(stop, functools.partial(sound, store), lambda: alive(watchers))
    rack.close()
    pictures.close()
    papers_seen.close()


def looked(looks: Mapping[str, Look], aim: str, after: int) -> View | None:
    """What is seen of what is aimed at, by the first word of `aim`; KeyError where nothing here looks at that."""
    return looks[aim.partition(" ")[0]](aim, after)


def _take_over(settings: Settings, store: Store, vault: Vault) -> None:
    """What the process before this one left open or half written."""
    vault.sweep()
    recovery.take_over(store, DEVICE_LANES, settings.devices)


def _profile(settings: Settings) -> CardProfile | None:
    try:
        return load_in_force(settings.specimen)
    except ProfileError:
        return None
