"""Power really lost: the appliance's books on a disk that forgets what was not flushed, cut at random moments.

`python tests/power/powerloss.py [--cuts N] [--seed N]`, as root with /dev/fuse, in the sandbox. Each cut: two
processes work on ext4 on a loop device over `forgetful_disk.py`; at a random moment the image is taken as the disk
would be left, with none or half of the unflushed sectors; the next disk begins with that image, is mounted and
compared with the list of what had been acknowledged. Then the same with a disk that lies about flushes, which must
be found to lose.

Writes build/powerloss.json; exit 1 if anything was lost, or if the lying disk was not found out.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from power_work import Line, lost

HERE = Path(__file__).parent
MEGABYTES = 96
CUTS_A_DISK = 8
"""After so many cuts a new disk is begun: the old one is nearly full."""
PREFIXES = ("A", "B")
REPORT = Path("build/powerloss.json")
PATIENCE_SECONDS = 30.0


@dataclass(slots=True)
class Tally:
    """What was counted."""

    cuts: int = 0
    acknowledged: Counter[str] = field(default_factory=Counter)
    cached: list[int] = field(default_factory=list)
    flushes: int = 0
    lost: list[str] = field(default_factory=list)
    mount_s: list[float] = field(default_factory=list)


class Disk:
    """An ext4 on a loop device over the forgetful disk, mounted at `self.mounted`."""

    def __init__(self, place: Path, image: Path, lies: bool) -> None:
        self._fuse = place / "fuse"
        self.mounted = place / "mounted"
        for folder in (self._fuse, self.mounted):
            folder.mkdir(exist_ok=True)
        command = [sys.executable, str(HERE / "forgetful_disk.py"), str(image), str(self._fuse)]
        self._server = subprocess.Popen(
            [*command, *(["--lies"] if lies else [])], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._server.stdin is not None and self._server.stdout is not None
        if self._server.stdout.readline() != "mounted\n":
            raise RuntimeError("the disk did not start")
        self._loop = _run("losetup", "--find", "--show", str(self._fuse / "disk")).strip()
        began = time.monotonic()
        _run("mount", "-t", "ext4", "-o", "noatime", self._loop, str(self.mounted))
        self.mount_seconds = time.monotonic() - began

    def cut(self, target: Path, percent: int, seed: int, after: int) -> tuple[int, int]:
        """Leave behind what a power cut would after so many writes more; sectors in the cache, flushes so far."""
        assert self._server.stdin is not None and self._server.stdout is not None
        self._server.stdin.write(f"cut {target} {percent} {seed} {after}\n")
        self._server.stdin.flush()
        cached, flushes = self._server.stdout.readline().split()
        return int(cached), int(flushes)

    def close(self) -> None:
        """Take it out; what is on it is of no interest any more."""
        for command in (("umount", str(self.mounted)), ("losetup", "-d", self._loop), ("umount", str(self._fuse))):
            subprocess.run(command, check=False, capture_output=True)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._server.wait(PATIENCE_SECONDS)
        self._server.kill()
        self._server.wait()
        for pipe in (self._server.stdin, self._server.stdout):
            if pipe is not None:
                pipe.close()


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


class Work:
    """The processes that work on the disk, and what they have told so far."""

    def __init__(self, folder: Path, generation: int, seed: int) -> None:
        self.told: list[Line] = []
        self._lock = threading.Lock()
        self._first = threading.Event()
        command = [sys.executable, str(HERE / "power_work.py"), str(folder)]
        self._processes = [
            subprocess.Popen([*command, f"{prefix}{generation:03d}-", str(seed)], stdout=subprocess.PIPE, text=True)
            for prefix in PREFIXES
        ]
        self._readers = [threading.Thread(target=self._read, args=(one,)) for one in self._processes]
        for reader in self._readers:
            reader.start()

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            with self._lock:
                self.told.append(tuple(json.loads(line)))
            self._first.set()

    def let_run(self, seconds: float) -> None:
        """Wait until it works, and then so long."""
        if not self._first.wait(PATIENCE_SECONDS):
            raise RuntimeError("nothing was committed")
        threading.Event().wait(seconds)
        self.must_live()

    def must_live(self) -> None:
        """A process that ended by itself is a mistake of ours and no power cut."""
        if any(one.poll() is not None for one in self._processes):
            raise RuntimeError("the work ended by itself")

    def so_far(self) -> list[Line]:
        """What has been acknowledged until now."""
        with self._lock:
            return list(self.told)

    def kill(self) -> None:
        """The power goes for the processes too."""
        for one in self._processes:
            one.kill()
        for one, reader in zip(self._processes, self._readers, strict=True):
            one.wait()
            reader.join()
            if one.stdout is not None:
                one.stdout.close()


@contextlib.contextmanager
def _disk(place: Path, image: Path, lies: bool) -> Iterator[Disk]:
    disk = Disk(place, image, lies)
    try:
        yield disk
    finally:
        disk.close()


def _new_image(image: Path) -> None:
    with image.open("wb") as file:
        file.truncate(MEGABYTES * 1024 * 1024)
    _run("mkfs.ext4", "-q", "-F", str(image))


def storm(place: Path, cuts: int, seed: int, lies: bool, tally: Tally) -> None:
    """Cut after cut on one disk, each on what the one before left; all that was told of must be there each time."""
    lot = random.Random(seed)
    image = place / "image"
    _new_image(image)
    acknowledged: list[Line] = []
    for number in range(cuts + 1):
        with _disk(place, image, lies) as disk:
            tally.mount_s.append(disk.mount_seconds)
            if number:
                wrong = _checked(disk.mounted / "data", acknowledged)
                tally.lost += [f"seed {seed}, cut {number}: {one}" for one in wrong]
                if wrong:
                    return
            if number == cuts:
                return
            work = Work(disk.mounted / "data", number, lot.getrandbits(32))
            try:
                work.let_run(lot.uniform(0.05, 2.5))
                told = work.so_far()
                half, after = lot.choice((0, 50)), lot.randrange(60)
                cached, flushes = disk.cut(place / "next", half, lot.getrandbits(32), after)
                work.must_live()
            finally:
                work.kill()
        acknowledged += told
        tally.cuts += 1
        tally.cached.append(cached)
        tally.flushes += flushes
        tally.acknowledged.update(line[0] for line in told)
        (place / "next").replace(image)


def _checked(folder: Path, acknowledged: list[Line]) -> list[str]:
    try:
        return lost(folder, acknowledged)
    except Exception as error:  # noqa: BLE001 - whatever keeps the books from being read is a loss
        return [f"the books cannot be read: {type(error).__name__} {error}"]


def _report(tally: Tally, control: Tally, seconds: float) -> dict[str, object]:
    return {
        "cuts": tally.cuts,
        "acknowledged": dict(tally.acknowledged),
        "lost": tally.lost,
        "unflushed_sectors": {"most": max(tally.cached, default=0), "cuts_with_some": sum(map(bool, tally.cached))},
        "flushes": tally.flushes,
        "mount_s": {"longest": round(max(tally.mount_s, default=0.0), 2)},
        "control": {"what": "a disk that lies about flushes", "cuts": control.cuts, "lost": len(control.lost)},
        "seconds": round(seconds),
        "good": not tally.lost and bool(control.lost),
    }


def trouble() -> str | None:
    """Why it cannot run here, in words."""
    if os.geteuid() != 0:
        return "needs root: it mounts a file system over a loop device"
    for path in ("/dev/fuse", "/dev/loop-control"):
        if not Path(path).exists():
            return f"{path} is missing: this kernel or container has no such device"
    absent = [tool for tool in ("losetup", "mkfs.ext4", "mount") if shutil.which(tool) is None]
    return f"programs are missing: {', '.join(absent)}" if absent else None


def main() -> int:
    """Cut until enough; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cuts", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    if why := trouble():
        print(f"powerloss: {why}", file=sys.stderr)
        return 2
    REPORT.parent.mkdir(exist_ok=True)
    began, tally, control = time.monotonic(), Tally(), Tally()
    with tempfile.TemporaryDirectory(prefix="siaga-powerloss-") as name:
        place = Path(name)
        for attempt in range(3):
            if not control.lost:
                storm(place, 4, arguments.seed + 10_000 + attempt, True, control)
        print(f"control: the lying disk lost {len(control.lost)} in {control.cuts} cuts", flush=True)
        seed = arguments.seed
        while tally.cuts < arguments.cuts:
            storm(place, min(CUTS_A_DISK, arguments.cuts - tally.cuts), seed, False, tally)
            seed += 1
            told = sum(tally.acknowledged.values())
            print(f"{tally.cuts} cuts, {told} acknowledged, {len(tally.lost)} lost", flush=True)
            REPORT.write_text(json.dumps(_report(tally, control, time.monotonic() - began), indent=2) + "\n")
    report = _report(tally, control, time.monotonic() - began)
    print(json.dumps(report, indent=2))
    return 0 if report["good"] else 1


if __name__ == "__main__":
    sys.exit(main())
