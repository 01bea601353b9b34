"""`make bench-faces`: a resident's pages with fifty visits open, an officer's look at the camera, and an empty page.

The kiosk has all its devices, which say that they are well; as in the appliance (`app.web.Snapshots`) this is looked
up once a second for all pages together, so that none of them pays for it. Both stand behind servers of the same
kind in one process, so that what the fifty streams cost is paid by both.
"""

from __future__ import annotations

import http.client
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from types import MappingProxyType

from counter import being_recorded
from flask import Flask
from front_office import open_office, sign_in
from rows import Row, in_turn, report, seconds
from waitress.server import create_server

from appliance.casework.roles import Role
from appliance.config import DEVICES
from appliance.diagnostics.board import DeviceReading
from appliance.kiosk_ui.machine_shown import Snapshot
from appliance.queue import viewing

VISITS, ASKED, ROUNDS, LIMIT = 50, 200, 15, 2.0
PICTURE = bytes(120_000)
PAGES = ("/", "/lapor/setuju", "/status/kode")


def serve(app: Flask) -> int:
    """Serve an app as the appliance does, for as long as this process lives; the port."""
    server = create_server(app, host="127.0.0.1", port=0, threads=VISITS + 12, channel_timeout=60)
    threading.Thread(target=server.run, daemon=True).start()
    return int(server.effective_port)


def empty() -> Flask:
    app = Flask("empty")
    app.add_url_rule("/", "home", lambda: "<!doctype html><title>x</title>")
    app.add_url_rule("/picture", "picture", lambda: PICTURE)
    return app


def looks(folder: Path) -> Callable[[], None]:
    """An officer's viewfinder: a picture newer than the last one, over the socket of whoever owns the camera."""
    case = being_recorded(folder)
    place = open_office(folder, (Role.PEREKAM,))
    window = viewing.Window(folder / "camera.sock", lambda aim, after: viewing.View(after + 1, PICTURE, ""))
    threading.Thread(target=window.run, daemon=True).start()
    place.services = replace(place.services, view=partial(viewing.view, folder / "camera.sock"))
    app = place.app("officer")
    client = app.test_client()
    sign_in(client, Role.PEREKAM)
    cookies = "; ".join(f"{one.key}={one.value}" for one in client._cookies.values())
    return asks(serve(app), f"/petugas/kasus/{case}/potret/0/lihat", {"Cookie": cookies, "X-Live": "1"})


def open_visit(port: int) -> http.client.HTTPResponse:
    """A visit with its stream, read up to its first snapshot; it stays open."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    line.request("GET", "/lapor/setuju")
    first = line.getresponse()
    first.read()
    cookie = str(first.headers["Set-Cookie"]).partition(";")[0]
    line.request("GET", "/langsung?tab=1", headers={"Cookie": cookie})
    stream = line.getresponse()
    while not stream.readline().startswith(b"data:"):
        pass
    return stream


def asks(port: int, path: str, headers: Mapping[str, str] = MappingProxyType({})) -> Callable[[], None]:
    """One visitor who asks for this page again and again, with the cookie that the first answer gave."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    cookie = dict(headers)

    def ask() -> None:
        line.request("GET", path, headers=cookie)
        answer = line.getresponse()
        answer.read()
        if given := answer.headers["Set-Cookie"]:
            cookie["Cookie"] = given.partition(";")[0]
        assert answer.status == 200, (path, answer.status)

    return ask


def p95(ask: Callable[[], None]) -> float:
    """The time, in milliseconds, that 19 of 20 answers keep."""
    return quantiles([seconds(ask) for _ in range(ASKED)], n=20)[-1] * 1000


def p50(ask: Callable[[], None]) -> float:
    """The median time in milliseconds."""
    return median(seconds(ask) for _ in range(ASKED)) * 1000


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        place = open_office(Path(folder))
        now = place.services.clock()
        well = tuple(DeviceReading(name, "ok", asked=now) for name in (*DEVICES, "storage", "clock"))
        seen = Snapshot(well)
        place.services = replace(place.services, heartbeat=1.0, clock=lambda: now, snapshot=lambda: seen)
        ours, floor = serve(place.app("resident")), serve(empty())
        streams = [open_visit(ours) for _ in range(VISITS)]
        rows = []
        for path in PAGES:
            page, nothing = asks(ours, path), asks(floor, "/")
            ours_ms, floor_ms = in_turn(partial(p95, page), partial(p95, nothing), ROUNDS)
            what = f"{path} with {len(streams)} visits open, p95"
            rows.append(Row(what, ours_ms, floor_ms, "ms", LIMIT))
        look, bytes_only = looks(Path(folder) / "desk"), asks(floor, "/picture")
        ours_ms, floor_ms = in_turn(partial(p50, look), partial(p50, bytes_only), ROUNDS)
        rows.append(Row(f"a look through the camera, {len(PICTURE) // 1000} kB, median", ours_ms, floor_ms, "ms"))
        return report("faces", rows)


if __name__ == "__main__":
    sys.exit(main())
