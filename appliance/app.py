"""The composition root: settings in, the three processes out. It lists; it never decides."""

from __future__ import annotations

import ctypes
import functools
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from appliance.clock import utc_millis
from appliance.config import DEVICES, Settings
from appliance.devices import Device
from appliance.office.context import Office
from appliance.queue import wake as waking
from appliance.queue.jobs import DEVICE_LANES, OFFICE_LANES
from appliance.queue.passphrase import lend
from appliance.queue.worker import Handler, work_lane
from appliance.records.store import Store, derive_key
from appliance.records.vault import Vault

STATUS_SECONDS = 5.0
RESTART_SECONDS = 1.0
WEB_THREADS = 24
FIRST_HANDED = 3
_PR_SET_PDEATHSIG = 1


def run_folder(settings: Settings) -> Path:
    """Where the processes of this appliance find one another."""
    return settings.data_dir / "run"


def board_path(settings: Settings) -> Path:
    """The board of device readings."""
    return run_folder(settings) / "board.json"


def passphrase_path(settings: Settings) -> Path:
    """Where the network process takes passphrases."""
    return run_folder(settings) / "passphrase.sock"


def master_key(settings: Settings) -> bytes:
    """The appliance's key: 32 bytes as 64 hexadecimal digits in `key_file`."""
    return bytes.fromhex(settings.key_file.read_text().strip())


def open_store(settings: Settings) -> tuple[Store, Vault]:
    """The database and the vault, each under a key of its own derived from the appliance's."""
    key = master_key(settings)
    os.umask(0o077)
    store = Store(settings.data_dir / "siaga.db", derive_key(key, "database"), utc_millis)
    return store, Vault(settings.data_dir / "vault", derive_key(key, "vault"))


def _content(path: Path | None) -> bytes:
    return path.read_bytes() if path is not None else b""


def devices_of(settings: Settings) -> dict[str, Device]:
    """The configured devices, each with its driver; nothing is opened."""
    from appliance.drivers.catalogue import open_device

    pin = settings.sam_pin_file.read_text().strip() if settings.sam_pin_file else ""
    roots = _content(settings.trust.scanner)
    return {name: open_device(name, uri, sam_pin=pin, scanner_roots=roots) for name, uri in settings.devices.items()}


def notify(state: str) -> None:
    """Tell systemd (sd_notify(3)); nothing happens outside of systemd."""
    address = os.environ.get("NOTIFY_SOCKET")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.sendto(state.encode(), "\0" + address[1:] if address.startswith("@") else address)


def _stop_event() -> threading.Event:
    """Set when the process is to end. A bug in any thread ends the process: its supervisor starts it again."""
    threading.excepthook = _end_on_a_bug
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _end_on_a_bug(thread: threading.ExceptHookArgs) -> None:
    sys.excepthook(thread.exc_type, thread.exc_value or thread.exc_type(), thread.exc_traceback)
    os._exit(70)


def _start(run: Callable[[], None], name: str) -> None:
    threading.Thread(target=run, name=name, daemon=True).start()


def _work(
    settings: Settings,
    store: Store,
    process: str,
    lanes: Mapping[str, Mapping[str, Handler]],
    each_turn: Callable[[], None],
    stop: threading.Event,
) -> None:
    """Run one worker a lane until `stop`; `each_turn` is called every few seconds by the main thread."""
    caller = waking.Caller(run_folder(settings))
    receiver = waking.listen(run_folder(settings) / f"{process}.wake")
    wakes = {lane: threading.Event() for lane in lanes}
    for lane, handlers in lanes.items():
        run = functools.partial(work_lane, store, lane, handlers, wakes[lane], stop, caller)
        _start(run, lane)
    _start(functools.partial(waking.relay, receiver, wakes.values(), stop), "wake")
    notify("READY=1")
    while not stop.wait(STATUS_SECONDS):
        each_turn()
        notify("WATCHDOG=1")


def run_deviced(settings: Settings) -> None:
    """The sole owner of the hardware."""
    from appliance.biometrics.child import PictureChild
    from appliance.biometrics.engine import FingerEngine, PortraitEngine
    from appliance.chip.profile import ProfileError, load
    from appliance.diagnostics import board
    from appliance.issuance import card, handover, papers, printing, recording, recovery
    from appliance.issuance.machines import DeviceRack, Machines

    stop = _stop_event()
    store, vault = open_store(settings)
    rack = DeviceRack(devices_of(settings))
    try:
        profile = load("ktpsim-1" if settings.specimen else "kemendagri-sam")
    except ProfileError:
        profile = None
    pictures = PictureChild()
    machines = Machines(
        store,
        vault,
        settings,
        utc_millis,
        rack,
        profile,
        _content(settings.trust.chip),
        _content(settings.trust.packet),
        FingerEngine(pictures),
        PortraitEngine(pictures),
    )
    steps: dict[str, dict[str, Callable[..., object]]] = {
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
        },
    }
    lanes = {lane: _bound(handlers, machines) for lane, handlers in steps.items()}
    recovery.take_over(store, DEVICE_LANES, settings.devices)
    readings: dict[str, board.Reading] = {}

    def look() -> None:
        for name, device in rack.devices.items():
            if not rack.locks[name].acquire(blocking=False):
                busy = readings.get(name)
                if busy is not None:
                    readings[name] = board.still(busy, utc_millis())
                continue
            try:
                readings[name] = board.reading(name, device.status(), utc_millis(), readings.get(name))
            finally:
                rack.locks[name].release()
        board.write(board_path(settings), readings)

    _start(look, "first look")
    _work(settings, store, "deviced", lanes, look, stop)
    rack.close()
    pictures.close()


def _bound(handlers: Mapping[str, Callable[..., object]], context: object) -> dict[str, Handler]:
    return {kind: functools.partial(handler, context) for kind, handler in handlers.items()}  # type: ignore[misc]


def run_syncd(settings: Settings) -> None:
    """The network: SIAK, the centre, the e-sign service."""
    from appliance.central.centre import HttpCentre
    from appliance.central.esign import BsreV2
    from appliance.central.http import load_accounts
    from appliance.central.siak import HttpSiak, ManualSiak, SiakGateway
    from appliance.issuance import outside, recovery, signing
    from appliance.queue.passphrase import Keeper

    stop = _stop_event()
    store, vault = open_store(settings)
    accounts = load_accounts(settings.central.credentials) if settings.central.credentials else {}
    urls = settings.central
    siak: SiakGateway = HttpSiak(urls.siak, accounts.get("siak")) if urls.siak else ManualSiak()
    keeper = Keeper(passphrase_path(settings))
    offices = outside.Offices(
        store=store,
        vault=vault,
        settings=settings,
        clock=utc_millis,
        siak=siak,
        centre=HttpCentre(urls.centre, accounts.get("centre")) if urls.centre else None,
        signer=BsreV2(urls.esign, accounts.get("esign")) if urls.esign else None,
        packet_roots=_content(settings.trust.packet),
        esign_roots=_content(settings.trust.esign),
        take_passphrase=keeper.take,
    )
    centre = {
        "search": outside.search,
        "enrol": outside.enrol,
        "enrolment-state": outside.enrolment_state,
        "personalise": outside.personalise,
        "void": outside.void,
        "report-card": outside.report_card,
    }
    steps = {"siak": {"enter": outside.enter}, "centre": centre, "esign": {"sign": signing.sign}}
    lanes = {lane: _bound(handlers, offices) for lane, handlers in steps.items()}
    recovery.take_over(store, OFFICE_LANES, OFFICE_LANES)
    _start(keeper.run, "passphrase")
    _work(settings, store, "syncd", lanes, lambda: None, stop)


def office_of(settings: Settings, store: Store, vault: Vault) -> Office:
    """The office behind the counter, as the faces and the command line use it."""
    return Office(
        store=store,
        vault=vault,
        settings=settings,
        clock=utc_millis,
        wake=waking.Caller(run_folder(settings)),
        lend_passphrase=functools.partial(lend, passphrase_path(settings)),
    )


def run_web(settings: Settings) -> None:
    """The faces, each on its own address; sockets handed over by the service manager are served as well.

    A handed-over socket is named by its face (LISTEN_FDNAMES, sd_listen_fds(3)).
    """
    from waitress.server import create_server

    from appliance.diagnostics import board
    from appliance.kiosk_ui.bell import Bell
    from appliance.kiosk_ui.desk import Desk
    from appliance.kiosk_ui.services import Services
    from appliance.kiosk_ui.shown import DeviceReading, Snapshot
    from appliance.kiosk_ui.web import create_app

    stop = _stop_event()
    store, vault = open_store(settings)
    office = office_of(settings, store, vault)
    bell = Bell()

    def snapshot() -> Snapshot:
        rows = {one.name: one for one in board.read(board_path(settings))}
        names = [name for name in DEVICES if name in settings.devices]
        now = utc_millis()
        seen = [board.fresh(rows.get(name, board.Reading(name, "unknown")), now) for name in names]
        return Snapshot(
            tuple(
                DeviceReading(
                    one.name, one.level, one.reasons, one.model, one.serial, one.detail, one.since, one.asked
                )
                for one in seen
            )
        )

    handed = handed_sockets()
    for face, address in settings.listen.items():
        host, _, port = address.rpartition(":")
        services = Services(
            desk=Desk(office),
            snapshot=snapshot,
            office_name=settings.office.name,
            specimen=settings.specimen,
            hosts=("127.0.0.1", "localhost", host),
            bell=bell,
        )
        listeners = [listening(host, int(port)), *handed.get(face, ())]
        app = create_app(frozenset({face}), services)
        server = create_server(app, sockets=listeners, threads=WEB_THREADS, ident=None)
        _start(server.run, face)
    notify("READY=1")
    while not stop.wait(STATUS_SECONDS):
        notify("WATCHDOG=1")


def listening(host: str, port: int) -> socket.socket:
    """A listening TCP socket on this address."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(64)
    return listener


def handed_sockets() -> dict[str, list[socket.socket]]:
    """The sockets that the service manager handed over, by name (sd_listen_fds_with_names(3))."""
    count = int(os.environ.get("LISTEN_FDS", "0"))
    names = os.environ.get("LISTEN_FDNAMES", "").split(":")
    handed: dict[str, list[socket.socket]] = {}
    for index in range(count):
        name = names[index] if index < len(names) else ""
        handed.setdefault(name, []).append(socket.socket(fileno=FIRST_HANDED + index))
    return handed


PROCESSES: dict[str, Callable[[Settings], None]] = {
    "web": run_web,
    "deviced": run_deviced,
    "syncd": run_syncd,
}


def serve(settings: Settings, config: Path) -> None:
    """All three processes from one command; one that ends is started again after a second.

    The children die with this process (PR_SET_PDEATHSIG), so nothing works on unsupervised.
    """
    stop = _stop_event()
    run_folder(settings).mkdir(parents=True, exist_ok=True, mode=0o700)
    running = {name: _spawn(name, config) for name in PROCESSES}
    while not stop.wait(RESTART_SECONDS):
        for name, child in running.items():
            if child.poll() is not None:
                running[name] = _spawn(name, config)
    for child in running.values():
        child.terminate()
    for child in running.values():
        child.wait()


def _spawn(name: str, config: Path) -> subprocess.Popen[bytes]:
    handed = int(os.environ.get("LISTEN_FDS", "0")) if name == "web" else 0
    command = [sys.executable, "-m", "appliance", name, "--config", str(config)]
    return subprocess.Popen(
        command, pass_fds=range(FIRST_HANDED, FIRST_HANDED + handed), preexec_fn=_die_with_the_parent
    )


def _die_with_the_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
