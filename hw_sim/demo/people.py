"""The officers of the simulated office, each with a browser and an account of his own."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hw_sim.demo.appliance import Appliance
from hw_sim.demo.browser import Browser, Fields, PageRefused, case_in
from hw_sim.demo.timeline import Timeline, progress

OFFICERS = {
    "petugas": "Rina Marlina",
    "kasi": "Hadi Pranoto",
    "operator": "Dian Permatasari",
    "kabid": "Slamet Raharjo",
    "kadis": "Sri Wahyuni Kusuma",
    "perekam": "Fajar Nugroho",
    "gudang": "Endang Lestari",
    "teknisi": "Yoga Saputra",
}


LOST_PAGE = frozenset({0, 400, 401})
"""What an old page meets after a power cut: its form is gone, its visit is unknown, nobody is signed in."""


class Stuck(RuntimeError):
    """The case did not go on; the message says what was waited for and what stood there."""


HESITATION_SECONDS = 0.3
"""How long a person looks at a notice before he presses `Coba lagi`."""

DONE_ALREADY = 422
"""What says, after the line broke, that the act had been done after all."""


def again(act: Callable[[], str], tries: int = 6) -> str:
    """Do something that a person simply begins anew when the power went in the middle of it."""
    for _ in range(tries):
        try:
            return act()
        except (OSError, PageRefused) as broken:
            if isinstance(broken, PageRefused) and broken.status not in LOST_PAGE:
                raise
    raise Stuck("begun anew again and again")


@dataclass(slots=True)
class Crew:
    """All officers. `case_id` is known once somebody has found the case in his work list.

    `settle` is called again and again while somebody waits, to look after questions and cuts. Who `presses_again`
    has held work tried once more, as its notice says, when what held it may be over.
    """

    appliance: Appliance
    timeline: Timeline
    case_id: str = ""
    browsers: dict[str, Browser] = field(default_factory=dict)
    settle: Callable[[], None] = lambda: None
    presses_again: bool = False

    def open_accounts(self) -> None:
        """Give each officer an account with a PIN of his own."""
        for role, name in OFFICERS.items():
            pin = f"{secrets.randbelow(1_000_000):06d}"
            self.appliance.run("account", "set", role, role, name, stdin=pin + "\n")
            face = "technician" if role == "teknisi" else "officer"
            self.browsers[role] = Browser(f"http://{self.appliance.addresses[face]}", (role, pin))

    @property
    def page(self) -> str:
        """The address of the case."""
        return f"/petugas/kasus/{self.case_id}"

    def find_case(self, role: str, code: str) -> None:
        """Find the case of this code in the work list."""
        browser = self.browsers[role]
        for link in dict.fromkeys(browser.get("/petugas/").links):
            found = case_in(link)
            if found and code in " ".join(browser.get(link).text):
                self.case_id = found
                return
        raise Stuck(f"{role} does not find {code} in the work list")

    def act(
        self, role: str, name: str, fields: Fields | None = None, resident: int | None = None,
        file: tuple[str, str, bytes] | None = None, done: Callable[[Mapping[str, Any]], bool] | None = None,
    ) -> None:  # fmt: skip
        """One act of one officer on the case; `done` tells from the case that an act which may come again was taken,
        though its answer was lost."""
        browser = self.browsers[role]
        browser.get(self.page)
        self.timeline.look(f"{role} {name}", browser)
        self.timeline.person_acts()
        broke = False
        for _ in range(6):
            try:
                browser.submit(name, fields, resident=resident, file=file)
                self.timeline.look(f"{role} {name} done", browser)
                return
            except (OSError, PageRefused) as broken:
                if broke and isinstance(broken, PageRefused) and broken.status == DONE_ALREADY:
                    return
                if isinstance(broken, PageRefused) and broken.status not in LOST_PAGE:
                    raise
                broke = True
                # The power went while the act was on its way: back at the page, is it still to be done?
                browser.get(self.page)
                if not browser.offers(name, resident) or (done is not None and done(self.state(role))):
                    return
        raise Stuck(f"{name}: the line broke six times")

    def state(self, role: str) -> Mapping[str, Any]:
        """The case as this officer's page knows it."""
        return self.browsers[role].json(self.page + ".json")

    def resident(self, role: str, index: int) -> Mapping[str, Any]:
        """One resident of the case."""
        found: Mapping[str, Any] = self.state(role)["residents"][index]
        return found

    def wait(self, role: str, what: str, holds: Callable[[Mapping[str, Any]], object], seconds: float = 120) -> float:
        """Wait until the case is as wanted; how long that took. Raises `Stuck`, naming held work."""
        begin = held_since = time.monotonic()
        state: Mapping[str, Any] = {}
        while time.monotonic() - begin < seconds:
            try:
                self.settle()
                state = self.state(role)
                if holds(state):
                    return time.monotonic() - begin
                held = [job for job in state["jobs"] if job["state"] == "hold" and job["fault"]]
                running = [f"{job['kind']} {job['progress'] or ''}" for job in state["jobs"]]
                progress(f"     waiting: {what} {', '.join(running)}")
                if not held or state["questions"]:
                    held_since = time.monotonic()
                elif self.presses_again:
                    self._press_again(role, held)
                elif time.monotonic() - held_since > 15:
                    raise Stuck(f"{what}: held by {', '.join(job['fault'] for job in held)}")
            except (OSError, PageRefused) as error:
                if isinstance(error, PageRefused) and error.status not in {0, 400, 401}:
                    raise
            time.sleep(0.05)
        raise Stuck(f"{what}: not within {seconds:.0f} s; {state.get('jobs')} {state.get('questions')}")

    def _press_again(self, role: str, held: Sequence[Mapping[str, Any]]) -> None:
        time.sleep(HESITATION_SECONDS)
        for job in held:
            # Somebody else, or the work itself, may have been quicker.
            with contextlib.suppress(PageRefused):
                helps = (job.get("trouble") or {}).get("help")
                act = "call_technician" if helps == "call_technician" else "retry_job"
                self.act(role, act, {"job": str(job["id"])})
