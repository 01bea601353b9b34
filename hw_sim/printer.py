"""A sheet printer and a card printer as machines: media, supplies, doors, jams, jobs and what came out.

`hw_sim.printer_ipp` is their face on the wire. Nothing here waits in real time except through `World.takes`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial

from hw_sim import printer_ipp
from hw_sim.ipp_server import IppServer
from hw_sim.printer_jobs import BUILDS, Job, JobState, State
from hw_sim.printouts import Kind, Output, page_count
from hw_sim.world import World

_FULL_TRAY = 250


class Printer:
    """One printer in the world. `port` is fixed from the first `start`; `stop` is pulling its cable.

    World events: `print-job`, then per page `printing` (the medium is in motion) and `printed` (it came out),
    with the facts printer (`sheet` or `card`), job, job_name and page.
    """

    def __init__(self, world: World, kind: Kind = "sheet", port: int = 0) -> None:
        self.world = world
        self.kind: Kind = kind
        self.build = BUILDS[kind]
        self.formats = printer_ipp.FORMATS[kind]
        self.outputs: list[Output] = []
        self.lost: list[object] = []
        self.unprinted: list[object] = []
        self.jobs: dict[int, Job] = {}
        self.counter = 1000
        self.levels = {name: 100 for name, _ in self.build.supplies}
        self.tray = _FULL_TRAY if kind == "sheet" else 0
        self.reasons: set[str] = set()
        self.busy_answers = self.mute_answers = self.hangs_up = self.confused = False
        self.drops = 0
        self._stalled = self._abort = self._jam_now = self._off = False
        self._change = threading.Condition()
        self._face = IppServer(partial(printer_ipp.answer_to, self), partial(printer_ipp.breaks, self), port)
        self._worker: threading.Thread | None = None

    @property
    def port(self) -> int:
        """The TCP port on 127.0.0.1."""
        return self._face.port

    @property
    def uri(self) -> str:
        """The address a print queue is given."""
        return f"ipp://127.0.0.1:{self.port}/ipp/print"

    @property
    def connections(self) -> int:
        """How many connections were made to it."""
        return self._face.connections

    @property
    def state(self) -> State:
        """The IPP printer-state."""
        if any(reason.endswith("-error") or reason == "offline-report" for reason in self.reasons):
            return State.STOPPED
        # Copied: a job may come while it is asked.
        works = any(job.state == JobState.PROCESSING for job in list(self.jobs.values()))
        return State.PROCESSING if works else State.IDLE

    def start(self) -> None:
        """Plug it in."""
        self._face.start()
        if self._worker is None:
            self._off = False
            self._worker = threading.Thread(target=self._work, name=f"{self.kind} printer", daemon=True)
            self._worker.start()

    def stop(self) -> None:
        """Unplug it: nobody answers; what had come out stays out."""
        self._face.stop()
        with self._change:
            self._off = True
            self._change.notify_all()
        if self._worker is not None:
            self._worker.join(5)
            self._worker = None

    def crash(self) -> None:
        """Its program is killed: connections break and its jobs are forgotten, even by name; its counter is not."""
        self.stop()
        self.jobs.clear()

    # -- hands: media and faults ------------------------------------------------------------------------

    def speak_apple_raster(self) -> None:
        """Take Apple raster as well, for a print system that refuses a printer with PWG raster only (CUPS 2.4.10)."""
        self.formats = ("image/urf", *printer_ipp.FORMATS[self.kind])

    def load(self, card: object) -> None:
        """Put a card into the card printer's slot."""
        with self._change:
            self.world.facts["card_in_printer"] = card
            self.reasons.discard("media-needed-error")
            self._change.notify_all()

    def eject(self) -> object:
        """Take the card that has not been printed out of the slot; None if there is none."""
        with self._change:
            return self.world.facts.pop("card_in_printer", None)

    def give_back(self, card: object) -> bool:
        """Take out the card if it lies inside unprinted after a job that broke off; whether it did."""
        with self._change:
            lies = any(one is card for one in self.unprinted)
            self.unprinted = [one for one in self.unprinted if one is not card]
            return lies

    def _trouble(self, reason: str) -> None:
        with self._change:
            self.reasons.add(reason)
            self._change.notify_all()

    def media_empty(self) -> None:
        """The tray or hopper runs out."""
        self.tray = 0
        self._trouble("media-empty-error")

    def jam(self) -> None:
        """The medium in motion, if any, is crumpled inside; nothing moves until it is cleared."""
        self._jam_now = True
        self._trouble("media-jam-error")

    def open_cover(self) -> None:
        """Somebody opens the cover."""
        self._trouble("cover-open-error")

    def open_door(self) -> None:
        """Somebody opens the door."""
        self._trouble("door-open-error")

    def ribbon_empty(self) -> None:
        """The ribbon or toner is used up."""
        self.levels[next(iter(self.levels))] = 0
        self._trouble("marker-supply-empty-error")

    def film_empty(self) -> None:
        """What it uses beside the ribbon is used up: the film of a card printer."""
        self.levels[next(reversed(self.levels))] = 0
        self._trouble("marker-supply-empty-error")

    def supply_low(self) -> None:
        """The ribbon or toner is nearly used up; printing goes on."""
        self.levels[next(iter(self.levels))] = 4
        self._trouble("marker-supply-low-warning")

    def says(self, reason: str) -> None:
        """Any other printer-state-reason with its severity; `-error` stops it."""
        self._trouble(reason)

    def go_offline(self) -> None:
        """The operator panel's offline key."""
        self._trouble("offline-report")

    def abort_job(self) -> None:
        """The printer gives up the job under way, or the next one."""
        with self._change:
            self._abort = True
            self._change.notify_all()

    def drop_connection(self) -> None:
        """The connection breaks, without an answer, in the middle of the next document."""
        self.drops = 1

    def stall(self) -> None:
        """The mechanics stand still without saying why."""
        self._stalled = True

    def busy(self) -> None:
        """It answers `server-error-busy` to every new job."""
        self.busy_answers = True

    def mute(self) -> None:
        """It takes connections and answers nothing."""
        self.mute_answers = True

    def hang_up(self) -> None:
        """It takes connections and closes each without an answer."""
        self.hangs_up = True

    def talk_nonsense(self) -> None:
        """It answers each request with something that is no IPP."""
        self.confused = True

    def clear(self) -> None:
        """Somebody mends everything, refills and closes the covers."""
        with self._change:
            self.reasons.clear()
            self._stalled = self._abort = self._jam_now = False
            self.busy_answers = self.mute_answers = self.hangs_up = self.confused = False
            self.drops = 0
            self.levels = {name: level if level > 5 else 100 for name, level in self.levels.items()}
            if self.kind == "sheet" and self.tray == 0:
                self.tray = _FULL_TRAY
            self._change.notify_all()

    # -- jobs: called by the face -----------------------------------------------------------------------

    def create(self, name: str, user: str, copies: int) -> Job:
        """A new job that waits for its document."""
        with self._change:
            job = Job(max(self.jobs, default=0) + 1, name, user, copies=max(1, copies), created=int(time.time()))
            self.jobs[job.number] = job
            return job

    def give(self, job: Job, kind_of_document: str, data: bytes) -> None:
        """The job's document is here: it may print."""
        self.world.happened("print-job", printer=self.kind, job=job.number, job_name=job.name)
        with self._change:
            job.format, job.data, job.reasons = kind_of_document, data, ("none",)
            self._change.notify_all()

    def cancel(self, job: Job) -> bool:
        """Cancel; a medium in motion still comes out. Whether there was anything to cancel."""
        with self._change:
            if job.state >= JobState.CANCELED:
                return False
            job.cancel = True
            if job.state == JobState.PENDING:
                job.state, job.reasons = JobState.CANCELED, ("job-canceled-by-user",)
            else:
                job.reasons = ("processing-to-stop-point",)
            self._change.notify_all()
            return True

    def forget(self, before: int) -> None:
        """It keeps no job that has ended with a lower number than this; real ones keep some dozens."""
        with self._change:
            self.jobs = {n: job for n, job in self.jobs.items() if n >= before or job.state < JobState.CANCELED}

    def cancel_all(self) -> None:
        """Cancel whatever has not ended."""
        for job in list(self.jobs.values()):
            self.cancel(job)

    # -- mechanics: one thread ------------------------------------------------------------------------

    def _work(self) -> None:
        while True:
            with self._change:
                self._change.wait_for(lambda: self._off or self._next() is not None)
                job = self._next()
                if self._off or job is None:
                    return
                job.state = JobState.PROCESSING
            self._end(job, *self._print(job))

    def _next(self) -> Job | None:
        waiting = (job for job in self.jobs.values() if job.state < JobState.CANCELED and job.data)
        return next(waiting, None)

    def _end(self, job: Job, state: JobState, reason: str) -> None:
        with self._change:
            job.state, job.reasons = state, (reason,)
            self._change.notify_all()

    def _wait_until(self, job: Job, holds: Callable[[], bool]) -> None:
        with self._change:
            while not self._change.wait_for(lambda: holds() or job.cancel or self._abort or self._off, 0):
                job.state, job.reasons = JobState.STOPPED, ("printer-stopped",)
                self._change.wait()
            job.state, job.reasons = JobState.PROCESSING, ("job-printing",)

    def _feed(self) -> object:
        if self.kind == "sheet":
            self.tray -= 1
            return f"sheet {self.counter + 1}"
        return self.world.facts.pop("card_in_printer")

    def _has_medium(self) -> bool:
        has = self.tray > 0 if self.kind == "sheet" else "card_in_printer" in self.world.facts
        if not has:
            self.reasons.add("media-empty-error" if self.kind == "sheet" else "media-needed-error")
        return has

    def _ready(self) -> bool:
        return self._has_medium() and self.state != State.STOPPED

    def _print(self, job: Job) -> tuple[JobState, str]:
        try:
            total = page_count(job.data, job.format) * job.copies
        except ValueError:
            return JobState.ABORTED, "document-format-error"
        output = Output(job.number, job.name, job.format, job.data, self.kind, job.copies)
        while job.impressions < total:
            self._wait_until(job, self._ready)
            if (ended := self._ended(job)) is not None:
                return ended
            medium = self._feed()
            page = job.impressions + 1
            facts = {"printer": self.kind, "job": job.number, "job_name": job.name, "page": page}
            self.world.happened("printing", **facts)
            self.world.takes(self.build.first_page if page == 1 else self.build.next_page)
            if self._jam_now:
                self.lost.append(medium)
                self._wait_until(job, lambda: not self._jam_now)
                if (ended := self._ended(job)) is not None:
                    return ended
                if not self.build.job_survives_jam:
                    return JobState.ABORTED, "aborted-by-system"
                continue
            if self._stalled:
                self._wait_until_moving(job)
            if self._abort or self._off or (self._stalled and job.cancel):
                self.unprinted.append(medium)
                return self._ended(job) or (JobState.ABORTED, "aborted-by-system")
            self._put_out(output, job, medium)
            self.world.happened("printed", **facts)
        return JobState.COMPLETED, "job-completed-successfully"

    def _wait_until_moving(self, job: Job) -> None:
        with self._change:
            self._change.wait_for(lambda: not self._stalled or job.cancel or self._abort or self._off)

    def _put_out(self, output: Output, job: Job, medium: object) -> None:
        with self._change:
            if not output.media:
                self.outputs.append(output)
            output.media.append(medium)
            job.impressions += 1
            self.counter += 1

    def _ended(self, job: Job) -> tuple[JobState, str] | None:
        if job.cancel:
            return JobState.CANCELED, "job-canceled-by-user"
        if self._abort or self._off:
            self._abort = False
            return JobState.ABORTED, "aborted-by-system"
        return None
