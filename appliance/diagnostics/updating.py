"""One order to change the program, obeyed by the root helper: install, change over, look, back if it is unwell.

What was reached is written down (`ROOT/update.json`) before the next step, so that a helper that starts after a power
cut goes on where the other was: a change whose health nobody saw is looked at, and taken back if it is not well.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from appliance.diagnostics import releases, update_package
from appliance.diagnostics.releases import BEFORE, LINK, NotDone
from appliance.diagnostics.update_package import NAME, PackageRefused

JOURNAL = "update.json"
ORDER = "order.json"
LARGEST_ORDER = 4096
OPEN = frozenset({"begun", "installed", "changed"})


@dataclass(frozen=True, slots=True)
class Order:
    """What a technician ordered: `install` the update of that file name, or `rollback` to the release before."""

    id: str
    do: str
    file: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an order is: `phase` is begun, installed, changed, done or failed, `why` a reason where it failed."""

    order: str
    do: str
    phase: str
    version: str = ""
    before: str = ""
    why: str = ""
    at: int = 0


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine as the helper uses it.

    `root` holds the releases, `stick` the updates that were brought, `key` is the maker's (PEM), `books` the schema.
    `proof` runs a release's program against this configuration; `restart` restarts the three units and says whether
    each came up; `healthy` asks every face. `now` is UTC milliseconds.
    """

    root: Path
    stick: Path
    key: bytes
    books: int
    proof: Callable[[Path], bool]
    restart: Callable[[], bool]
    healthy: Callable[[], bool]
    now: Callable[[], int]


def order_of(text: str) -> Order | None:
    """The order, or None if it is none."""
    try:
        told = json.loads(text)
        order = Order(told["id"], told["do"], told.get("file", ""))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    words = all(isinstance(one, str) for one in (order.id, order.do, order.file))
    if not words or not re.fullmatch("[0-9a-f-]{8,40}", order.id):
        return None
    fine = order.do == "rollback" or (order.do == "install" and NAME.fullmatch(order.file))
    return order if fine else None


def read_order(path: Path) -> Order | None:
    """The order in that file; no link is followed, for the folder is not root's."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            return order_of(file.read(LARGEST_ORDER).decode(errors="replace"))
    except OSError:
        return None


def progress(root: Path) -> Progress | None:
    """How the newest order stands; None before the first."""
    try:
        told = json.loads((root / JOURNAL).read_text())
        return Progress(**{one.name: told[one.name] for one in fields(Progress) if one.name in told})
    except (OSError, ValueError, TypeError):
        return None


def obey(machine: Machine, order: Order | None) -> Progress | None:
    """Go on with what is open, or do the order if it was not done yet; how it ended, None if there was nothing."""
    last = progress(machine.root)
    if last is not None and last.phase in OPEN:
        return _go_on(machine, last)
    if order is None or (last is not None and last.order == order.id):
        return None
    begun = Progress(order.id, order.do, "begun", at=machine.now())
    _write(machine, begun)
    try:
        if order.do == "rollback":
            version = releases.pointed(machine.root, BEFORE)
        else:
            version = _install(machine, order.file)
        return _change(machine, replace(begun, version=version))
    except (NotDone, PackageRefused) as refused:
        return _write(machine, replace(begun, phase="failed", why=refused.reason))


def _go_on(machine: Machine, last: Progress) -> Progress:
    """Before the change nothing has happened to the program that runs; after it somebody must look."""
    if last.phase != "changed":
        return _write(machine, replace(last, phase="failed", why="cut"))
    return _look(machine, last)


def _install(machine: Machine, name: str) -> str:
    """From a copy of our own: the stick may be another one by the time its wheels are read."""
    if not machine.key:
        raise PackageRefused("no-key")
    copy = machine.root / "update.siaga"
    try:
        shutil.copyfile(machine.stick / name, copy)
        package = update_package.read(copy, machine.key, machine.books)
        releases.install(machine.root, copy, package, machine.proof)
    except OSError as error:
        raise PackageRefused("unreadable") from error
    finally:
        copy.unlink(missing_ok=True)
    return package.version


def _change(machine: Machine, begun: Progress) -> Progress:
    root, runs = machine.root, releases.pointed(machine.root, LINK)
    if not runs:
        raise NotDone("no-layout")
    if begun.version == runs or not releases.ready_to_run(root, begun.version):
        raise NotDone("not-installed")
    changed = replace(begun, phase="changed", before=runs)
    _write(machine, changed)
    releases.point(root, BEFORE, runs)
    releases.point(root, LINK, begun.version)
    return _look(machine, changed, restart=True)


def _look(machine: Machine, changed: Progress, restart: bool = False) -> Progress:
    """Whether the changed program is well; if not, the one before runs again."""
    running = releases.pointed(machine.root, LINK)
    if running != changed.version:  # the power went between the word and the deed
        return _write(machine, replace(changed, phase="failed", why="cut"))
    came_up = machine.restart() if restart else True
    if came_up and machine.healthy():
        return _write(machine, replace(changed, phase="done"))
    releases.point(machine.root, LINK, changed.before)
    releases.point(machine.root, BEFORE, changed.version)
    machine.restart()
    return _write(machine, replace(changed, phase="failed", why="unwell"))


def _write(machine: Machine, said: Progress) -> Progress:
    said = replace(said, at=machine.now())
    fresh = machine.root / f"{JOURNAL}.new"
    with fresh.open("w") as file:
        file.write(json.dumps(asdict(said)))
        file.flush()
        os.fsync(file.fileno())
    fresh.chmod(0o644)
    fresh.replace(machine.root / JOURNAL)
    return said
