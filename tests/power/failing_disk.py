"""A disk that becomes read-only under the running appliance, as the kernel makes it after an error on it.

`python tests/power/failing_disk.py`, as root with loop devices, in the sandbox: `siaga serve` on ext4 mounted with
errors=remount-ro, an error injected by the kernel's own switch, every face looked at, then the disk mended and the
appliance started again. Prints what was seen; exit 1 if anything was not as it must be.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from powerloss import trouble
from running import books, fill_report, installed, person, resident, send_report, until, words

from appliance.casework.roles import Role
from appliance.records import audit, cases
from hw_sim.demo.browser import PageRefused

MEGABYTES = 64


def _run(*command: str, good: tuple[int, ...] = (0,)) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode not in good:
        raise RuntimeError(f"{command[0]}: {done.stderr.strip()}")
    return done.stdout.strip()


def refused(act: object) -> str:
    """What the page said when this was tried."""
    try:
        act()  # type: ignore[operator]
    except PageRefused as error:
        return f"{error.status} " + " ".join(error.sentences)
    return "it was taken"


def play(place: Path, loop: str, mounted: Path) -> dict[str, bool]:
    """The run; by what must be so, whether it is."""
    appliance = installed(mounted / "appliance")
    appliance.log = place / "log"
    os.sync()  # the installation is older than the error
    seen: dict[str, bool] = {}
    try:
        appliance.start()
        kasi, technician, reporter = (
            person(appliance, Role.KASI),
            person(appliance, Role.TEKNISI),
            resident(appliance),
        )
        technician.get("/teknisi/")
        kasi.get("/petugas/")
        fill_report(reporter)
        code = send_report(reporter)
        fill_report(reporter)
        Path("/sys/fs/ext4", Path(loop).name, "trigger_fs_error").write_text("1")
        said = refused(lambda: send_report(reporter))
        seen["a report is refused in words"] = said.startswith("503") and "belum tersimpan" in said
        until(lambda: "storage.read_only" in str(technician.json("/teknisi/keadaan.json")), "the technician's page")
        seen["the technician is told"] = "EROFS" in words(technician, "/teknisi/")
        page = words(kasi, "/petugas/")
        seen["the officer is told and reads on"] = "hanya bisa dibaca" in page and code in page
        seen["the resident is told"] = "belum tersimpan" in words(resident(appliance), "/")
        seen["nobody may sign in"] = refused(lambda: person(appliance, Role.PETUGAS).get("/petugas/")).startswith(
            "503"
        )
        appliance.kill()
        until(lambda: not subprocess.run(["umount", str(mounted)], capture_output=True).returncode, "nobody uses it")
        _run("e2fsck", "-fy", loop, good=(0, 1))
        _run("mount", "-o", "errors=remount-ro", loop, str(mounted))
        appliance.start()
        seen["after the repair it goes on"] = code in words(person(appliance, Role.KASI), "/petugas/")
        fill_report(again := resident(appliance))
        seen["and takes reports"] = send_report(again).startswith("SG-")
        store = books(appliance)
        with store.read() as tx:
            seen["nothing half stored"] = len(cases.open_cases(tx)) == 2 and audit.verify(tx)[1] is None
        store.close()
        seen["no traceback"] = "Traceback" not in appliance.log.read_text()
    except (TimeoutError, AssertionError, PageRefused):
        print(appliance.log.read_text()[-3000:], file=sys.stderr)
        raise
    finally:
        appliance.kill()
    return seen


def main() -> int:
    """Run it; the exit code."""
    if why := trouble():
        print(f"failing_disk: {why}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="siaga-failing-disk-") as name:
        place = Path(name)
        image, mounted = place / "image", place / "mounted"
        mounted.mkdir()
        with image.open("wb") as file:
            file.truncate(MEGABYTES * 1024 * 1024)
        _run("mkfs.ext4", "-q", "-F", str(image))
        loop = _run("losetup", "--find", "--show", str(image))
        try:
            _run("mount", "-o", "errors=remount-ro", loop, str(mounted))
            seen = play(place, loop, mounted)
        finally:
            subprocess.run(["umount", "-l", str(mounted)], check=False, capture_output=True)
            subprocess.run(["losetup", "-d", loop], check=False, capture_output=True)
    print(json.dumps(seen, indent=2))
    return 0 if all(seen.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
