"""What the composition root gives the faces."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from appliance.clock import Clock, utc_millis
from appliance.diagnostics.history import Past
from appliance.diagnostics.log import LogLine
from appliance.kiosk_ui.bell import Bell
from appliance.kiosk_ui.desk import Desk
from appliance.kiosk_ui.handed import HandedReports
from appliance.kiosk_ui.live import Pulse
from appliance.kiosk_ui.machine_shown import Snapshot
from appliance.kiosk_ui.measuring import Measuring
from appliance.kiosk_ui.voice import Voice
from appliance.queue.viewing import View


@dataclass(frozen=True, slots=True)
class Services:
    """The house as the faces see it.

    `view` asks what a camera or scanner sees now, judged for that aim, after the picture of that number
    (`queue.viewing`).

    `snapshot` is called often (once a second per open page) and must be cheap; `hosts` are the host names under
    which this listener answers; `secure` says that it speaks TLS; `lock_after` and `heartbeat` are seconds, `ticks`
    the seconds of a clock that nobody sets. The same `bell`, `handed`, `measuring` and `pulse` must be given to
    every listener. `voice` speaks the resident's pages; `bundle` gathers what a technician sends away to be helped,
    as a ZIP; `history` is what is kept of each device, `log` the newest lines of the journal, None where that cannot
    be read; `languages` are the codes of those that a resident may choose among.
    """

    desk: Desk
    snapshot: Callable[[], Snapshot]
    office_name: str
    specimen: bool
    clock: Clock = utc_millis
    ticks: Callable[[], float] = time.monotonic
    hosts: tuple[str, ...] = ("127.0.0.1", "localhost")
    secure: bool = False
    lock_after: int = 300
    heartbeat: float = 1.0
    bell: Bell = field(default_factory=Bell)
    handed: HandedReports = field(default_factory=lambda: HandedReports(time.monotonic))
    measuring: Measuring = field(default_factory=lambda: Measuring(time.monotonic))
    pulse: Pulse = field(default_factory=Pulse)
    voice: Voice = field(default_factory=Voice)
    bundle: Callable[[], bytes] = bytes
    view: Callable[[str, int], View | None] = lambda _aim, _after: None
    log: Callable[[], tuple[LogLine, ...] | None] = tuple
    history: Callable[[], Mapping[str, Past]] = dict
    languages: tuple[str, ...] = ("id", "en")
