"""web: the three faces, each on its own address; no hardware, no network beyond the listeners."""

from __future__ import annotations

import functools
import os
import socket
import sys
import threading
import time
from collections.abc import Callable

from waitress.server import create_server

from appliance.app.books import look_at_ledger, opened, sound, until_it_can
from appliance.app.closed import Closed
from appliance.app.places import board_path, history_path, run_folder, viewing_path
from appliance.app.process import beat, start, stop_event
from appliance.app.rooms import content, office_of
from appliance.app.support import bundle, log_lines
from appliance.clock import utc_millis
from appliance.config import DEVICES, Settings
from appliance.diagnostics import board, history, storage, updating
from appliance.diagnostics.timekeeping import Timekeeper
from appliance.kiosk_ui.bell import Bell
from appliance.kiosk_ui.desk import Desk
from appliance.kiosk_ui.handed import HandedReports
from appliance.kiosk_ui.live import Pulse
from appliance.kiosk_ui.machine_shown import Restored, Snapshot
from appliance.kiosk_ui.measuring import Measuring
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.voice import installed
from appliance.kiosk_ui.web import create_app
from appliance.office import maintenance, updates
from appliance.queue import viewing, wake
from appliance.records.maintenance import Maintenance
from appliance.records.store import Store

THREADS = 24
"""A stream holds a thread: threads for twelve open pages and twelve requests beside them."""
LOOK_AGAIN_MS = 900
WAKE_SECONDS = 60.0
"""Streams look by themselves at each beat; nothing is lost with a datagram but a second."""
FIRST_HANDED = 3
"""The first descriptor that a service manager hands over (sd_listen_fds(3))."""


def run(settings: Settings) -> None:
    """Run until a signal. Sockets handed over by the service manager, named by face, are served as well."""
    stop = stop_event()
    closed = Closed(settings)
    books = until_it_can(functools.partial(opened, settings), stop, closed.tell)
    if books is None:
        return
    if closed.shown:
        # Their addresses are free again with the process; the one that comes after it opens the books at once.
        sys.exit(0)
    store, vault = books
    look_at_ledger(store)
    office = office_of(settings, store, vault, wake.Caller(run_folder(settings)))
    ended = updating.progress(settings.update.root)
    if ended is not None and ended.phase not in updating.OPEN:
        updates.note_outcome(office, ended.order, ended.phase == "done", ended.why, ended.version)
    desk, bell, pulse = Desk(office, content(settings.trust.esign)), Bell(store), Pulse()
    reports_handed, measuring = HandedReports(time.monotonic), Measuring(time.monotonic)
    snapshots = Snapshots(settings, store, desk.books.restored, functools.partial(maintenance.state, office))
    handed = handed_sockets()
    voice = installed(settings.data_dir / "recordings")
    for face, address in settings.listen.items():
        host, _, port = address.rpartition(":")
        services = Services(
            desk=desk,
            snapshot=snapshots.look,
            office_name=settings.office.name,
            languages=settings.languages,
            specimen=settings.specimen,
            hosts=("127.0.0.1", "localhost", host),
            bell=bell,
            handed=reports_handed,
            measuring=measuring,
            pulse=pulse,
            voice=voice,
            bundle=functools.partial(bundle, settings, store),
            history=functools.partial(history.read, history_path(settings)),
            log=log_lines,
            view=functools.partial(viewing.view, viewing_path(settings)),
        )
        app = create_app(frozenset({face}), services)
        listeners = [_listening(host, int(port)), *handed.get(face, ())]
        start(create_server(app, sockets=listeners, threads=THREADS, ident=None).run, face)

    def woken() -> float:
        snapshots.forget()
        pulse.beat()
        return WAKE_SECONDS

    start(functools.partial(wake.relay, wake.listen(run_folder(settings) / "web.wake"), woken, stop), "wake")
    beat(stop, functools.partial(sound, store))


class Snapshots:
    """The machine's state for every open page, looked up at most once a second however many pages are open, and
    anew after something has changed."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        restored: Callable[[], Restored | None],
        maintained: Callable[[], Maintenance | None],
    ) -> None:
        self._settings = settings
        self._store = store
        self._restored = restored
        self._maintained = maintained
        self._lock = threading.Lock()
        self._newest = (0, Snapshot())
        self._timekeeper = Timekeeper(store, utc_millis)
        self._machine: dict[str, board.DeviceReading] = {}

    def look(self) -> Snapshot:
        """What the board says of every configured device (unknown if not lately), and of the machine itself."""
        with self._lock:
            now = utc_millis()
            # A wall clock that was set back must not keep the pages from looking.
            if not 0 <= now - self._newest[0] <= LOOK_AGAIN_MS:
                readings = (*self._devices(now), *self._machine_itself(now))
                self._newest = (now, Snapshot(readings, self._restored(), self._maintained()))
            return self._newest[1]

    def forget(self) -> None:
        """Something has changed: look again at the next question."""
        with self._lock:
            self._newest = (0, self._newest[1])

    def _devices(self, now: int) -> tuple[board.DeviceReading, ...]:
        seen = {one.name: board.fresh(one, now) for one in board.read(board_path(self._settings))}
        names = [name for name in DEVICES if name in self._settings.devices]
        return tuple(seen.get(name, board.DeviceReading(name, "unknown")) for name in names)

    def _machine_itself(self, now: int) -> tuple[board.DeviceReading, ...]:
        """Disk and clock, of which nothing can be told on a board that lies on that disk."""
        with self._store.read() as tx:
            copy_ms = self._settings.backup.minutes * 60_000
            disk = storage.status(self._store, tx, self._settings.copies, copy_ms)
        for name, said in (("storage", disk), ("clock", self._timekeeper.status())):
            self._machine[name] = board.reading(name, said, now, self._machine.get(name))
        return tuple(self._machine.values())


def _listening(host: str, port: int) -> socket.socket:
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
