"""The machine of the system run: Debian's kernel in QEMU over this machine's own files, with systemd as process 1.

No disk image is made: the guest sees this machine's root read-only and writes into memory. TCG only: it runs where
nothing is virtualised, at about a tenth of the machine's speed.
"""

from __future__ import annotations

import json
import lzma
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
HERE = CHECKOUT / "tests" / "system"
BUILD = CHECKOUT / "build" / "system"
KERNEL = BUILD / "kernel"
REPORT = CHECKOUT / "build" / "system.json"
GUEST_SECONDS = 900.0
"""The whole guest, from power-on to power-off; a guest that hangs is ended then."""
FIRST_MODULES = ("virtio_pci", "9pnet_virtio", "9p", "overlay")


class GuestError(RuntimeError):
    """The guest cannot be made or did not come up; says what to look at."""


def kernel_release() -> str:
    """Fetch and unpack Debian's newest kernel, once; nothing is installed. Its release, as in `uname -r`."""
    wanted = subprocess.run(
        ["apt-cache", "depends", "--important", "linux-image-amd64"], capture_output=True, text=True, check=True
    ).stdout
    found = re.search(r"Depends: linux-image-(\S+)", wanted)
    if found is None:
        raise GuestError("apt knows no linux-image-amd64: run apt-get update, or this is no x86-64 Debian")
    release = found[1]
    if (KERNEL / "boot" / f"vmlinuz-{release}").exists() and (
        KERNEL / "lib/modules" / release / "modules.dep"
    ).exists():
        return release
    shutil.rmtree(BUILD, ignore_errors=True)
    KERNEL.mkdir(parents=True)
    subprocess.run(
        ["apt-get", "-qq", "download", f"linux-image-{release}"], cwd=BUILD, check=True, stderr=subprocess.PIPE
    )
    (package,) = BUILD.glob("linux-image-*.deb")
    subprocess.run(["dpkg-deb", "-x", package, KERNEL], check=True)
    package.unlink()
    if not (KERNEL / "lib").exists():
        (KERNEL / "lib").symlink_to("usr/lib")
    subprocess.run([_tool("depmod"), "-b", KERNEL, release], check=True)
    return release


def _tool(name: str) -> str:
    found = shutil.which(name, path=os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin")
    if found is None:
        raise GuestError(f"the program {name} is missing: run .ci/setup system")
    return found


def _needed_modules(release: str) -> list[Path]:
    """The files that the first process loads, each after what it needs; what is built in is left out."""
    tree = KERNEL / "lib/modules" / release
    needs: dict[str, list[str]] = {}
    for line in (tree / "modules.dep").read_text().splitlines():
        module, _, before = line.partition(":")
        needs[module] = before.split()
    by_name = {Path(path).name.partition(".ko")[0].replace("-", "_"): path for path in needs}
    order: list[str] = []
    for name in FIRST_MODULES:
        path = by_name.get(name)
        if path is not None:
            order += [one for one in (*reversed(needs[path]), path) if one not in order]
    return [tree / path for path in order]


def _cpio(entries: list[tuple[str, int, bytes]]) -> bytes:
    """An archive as the kernel takes it for its first file system (early-userspace documentation: newc)."""
    archive = bytearray()
    for number, (name, mode, data) in enumerate([*entries, ("TRAILER!!!", 0, b"")], 1):
        fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
        archive += b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
        archive += bytes(-len(archive) % 4) + data
        archive += bytes(-len(archive) % 4)
    return bytes(archive)


def _first_file_system(release: str) -> Path:
    folder, program = 0o040755, 0o100755
    names = ("bin", "proc", "sys", "dev", "machine", "layer", "root", "modules")
    entries = [(name, folder, b"") for name in names]
    entries += [("init", program, (HERE / "init").read_bytes())]
    entries += [("bin/busybox", program, Path(_tool("busybox")).read_bytes())]
    order = []
    for path in _needed_modules(release):
        data = path.read_bytes()
        name = path.name.removesuffix(".xz")
        entries.append((f"modules/{name}", 0o100644, lzma.decompress(data) if path.suffix == ".xz" else data))
        order.append(name)
    entries.append(("modules/order", 0o100644, "".join(f"{name}\n" for name in order).encode()))
    archive = BUILD / "first.cpio"
    archive.write_bytes(_cpio(entries))
    return archive


def _installed_program() -> None:
    """The appliance as pip would install it on a machine: from a wheel, not linked to this folder."""
    python = CHECKOUT / ".venv/bin/python"
    wheels, site = BUILD / "wheels", BUILD / "site"
    for folder in (wheels, site):
        shutil.rmtree(folder, ignore_errors=True)
    quiet = ["-m", "pip", "--disable-pip-version-check", "-qq"]
    source = BUILD / "source"
    shutil.rmtree(source, ignore_errors=True)
    source.mkdir(parents=True)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(CHECKOUT / name, source)
    for name in ("appliance", "hw_sim"):
        shutil.copytree(CHECKOUT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    build = ["wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", wheels, source]
    subprocess.run([python, *quiet, *build], check=True)
    (wheel,) = wheels.glob("siaga-*.whl")
    subprocess.run([python, *quiet, "install", "--no-deps", "--no-index", "--target", site, wheel], check=True)
    shutil.rmtree(source)


def run() -> int:
    """Make the guest, let it check itself, print the table; 1 if a check failed or the guest did not end its work."""
    BUILD.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    release = kernel_release()
    _installed_program()
    first = _first_file_system(release)
    lines, console = BUILD / "checks.jsonl", BUILD / "console.log"
    for path in (lines, console):
        path.write_bytes(b"")
    booted = time.monotonic()
    print(
        f"guest: Linux {release}, made in {booted - began:.0f} s; console in {console.relative_to(CHECKOUT)}",
        flush=True,
    )
    command = [
        "nice",
        _tool("qemu-system-x86_64"),
        "-accel",
        "tcg,thread=multi",
        "-cpu",
        "Nehalem",
        "-smp",
        "2",
        "-m",
        "2048",
    ]
    command += ["-nic", "none", "-no-reboot", "-display", "none", "-monitor", "none"]
    command += ["-kernel", str(KERNEL / "boot" / f"vmlinuz-{release}"), "-initrd", str(first)]
    command += [
        "-append",
        "console=ttyS0 panic=-1 mitigations=off apparmor=0 systemd.show_status=0 loglevel=4 "
        f"siaga.checkout={CHECKOUT}",
    ]
    command += ["-serial", f"file:{console}", "-serial", f"file:{lines}"]
    command += ["-virtfs", "local,path=/,mount_tag=machine,security_model=none,readonly=on,multidevs=remap"]
    guest = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        rows = _follow(guest, lines, booted)
    finally:
        if guest.poll() is None:
            os.killpg(guest.pid, signal.SIGKILL)
        guest.wait()
    seconds = round(time.monotonic() - booted, 1)
    ended = bool(rows) and rows[-1].get("what") == "all checks made"
    if not ended:
        rows.append({"what": "all checks made", "ok": False, "seen": f"the guest ended early; see {console}"})
    good = all(row["ok"] for row in rows)
    report = {"kernel": release, "seconds": seconds, "ok": good, "checks": rows}
    REPORT.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    made = sum(bool(row["ok"]) for row in rows)
    print(f"{made} of {len(rows)} checks hold; guest ran {seconds:.0f} s; {REPORT.relative_to(CHECKOUT)}")
    return 0 if good else 1


def _follow(guest: subprocess.Popen[bytes], lines: Path, booted: float) -> list[dict[str, object]]:
    """The rows as the guest writes them, printed as they come, until it powers off or its time is up."""
    rows: list[dict[str, object]] = []
    ended = False
    while not ended:
        ended = guest.poll() is not None or time.monotonic() - booted > GUEST_SECONDS
        complete = lines.read_text(errors="replace").split("\n")[:-1]
        for line in complete[len(rows) :]:
            row = json.loads(line)
            rows.append(row)
            mark = "ok  " if row["ok"] else "FAIL"
            print(f"  {time.monotonic() - booted:5.0f} s  {mark}  {row['what']}: {row['seen']}", flush=True)
        if not ended:
            time.sleep(0.5)
    return rows


if __name__ == "__main__":
    try:
        sys.exit(run())
    except (GuestError, subprocess.CalledProcessError) as error:
        print(f"system run: {error}", file=sys.stderr)
        sys.exit(1)
