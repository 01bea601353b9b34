"""Our device rules, applied by the real udevadm to devices that umockdev makes up; and our units, read by systemd."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SYSTEMD = Path(__file__).parents[2] / "systemd"
PARTS = ("web", "deviced", "syncd")
EXPOSURE_LIMIT = 25
"""`systemd-analyze security` on its scale of 0 (closed) to 100, times ten; ours are between 1.4 and 2.2."""

USB = "devices/pci0000:00/0000:00:14.0/usb1/1-1"


def usb(vendor: str, product: str, model: str, serial: str, interfaces: str) -> str:
    """A USB device in umockdev's text form."""
    return f"""P: /{USB}
N: bus/usb/001/002
E: DEVNAME=/dev/bus/usb/001/002
E: DEVTYPE=usb_device
E: SUBSYSTEM=usb
E: BUSNUM=001
E: DEVNUM=002
E: MAJOR=189
E: MINOR=1
E: ID_USB_INTERFACES={interfaces}
A: idVendor={vendor}
A: idProduct={product}
A: product={model}
A: serial={serial}
A: power/control=auto

"""


def tty(kernel: str, vendor: str, product: str, model: str, serial: str) -> str:
    """A serial line on that device."""
    known = f"E: ID_SERIAL_SHORT={serial}\n" if serial else ""
    return (
        usb(vendor, product, model, serial, ":020201:0a0000:")
        + f"""P: /{USB}/1-1:1.0/tty/{kernel}
N: {kernel}
E: DEVNAME=/dev/{kernel}
E: SUBSYSTEM=tty
E: MAJOR=166
E: MINOR=0
E: ID_BUS=usb
E: ID_MODEL={model.replace(" ", "_")}
E: ID_PATH_TAG=pci-0000_00_14_0-usb-0_1_1_0
{known}"""
    )


def board_line(kernel: str, kind: str, console: str) -> str:
    """A serial line of the board itself, as `serial_core` shows it: its UART (0 none), Y with the console."""
    return f"""P: /devices/platform/soc/fe201000.serial/tty/{kernel}
N: {kernel}
E: DEVNAME=/dev/{kernel}
E: SUBSYSTEM=tty
E: MAJOR=204
E: MINOR=64
A: type={kind}
A: console={console}

"""


CAMERA = (
    usb("046d", "0825", "Webcam", "CAM7", ":0e0100:0e0200:")
    + f"""P: /{USB}/1-1:1.0/video4linux/video0
N: video0
E: DEVNAME=/dev/video0
E: SUBSYSTEM=video4linux
E: MAJOR=81
E: MINOR=0
E: ID_BUS=usb
E: ID_SERIAL_SHORT=CAM7
E: ID_PATH_TAG=pci-0000_00_14_0-usb-0_1_1_0
E: ID_V4L_CAPABILITIES=:capture:
A: index=0
"""
)


def applied(tmp_path: Path, device: str, path: str) -> str:
    """What udevadm would do to the device, with our rules alone in a mount namespace of its own."""
    (tmp_path / "device.umockdev").write_text(device)
    rules = tmp_path / "rules.d"
    rules.mkdir()
    shutil.copy(SYSTEMD / "60-siaga.rules", rules)
    # Groups are looked up by name: the account of systemd/siaga.sysusers stands in a copy of the machine's list.
    groups = tmp_path / "group"
    groups.write_text(Path("/etc/group").read_text() + "siaga:x:987:\n")
    script = (
        "mkdir -p /run/udev && mount --bind $0/group /etc/group && mount -t tmpfs none /lib/udev/rules.d && "
        "mkdir -p /run/udev/rules.d && cp $0/rules.d/* /run/udev/rules.d/ && "
        "exec umockdev-run -d $0/device.umockdev -- udevadm test --action=add /sys/$1"
    )
    line = ["unshare", "-m", "bash", "-c", script, str(tmp_path), path]
    done = subprocess.run(
        line, capture_output=True, text=True, timeout=60, check=False, env={**os.environ, "LC_ALL": "C"}
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "nvalid key" not in said and "nvalid value" not in said and "Unknown" not in said, said
    return said


def links(said: str) -> set[str]:
    """The names under /dev/siaga."""
    found = [line for line in said.splitlines() if line.startswith("DEVLINKS=")]
    return {one.removeprefix("/dev/siaga/") for line in found for one in line.partition("=")[2].split()}


AT = "at-pci-0000_00_14_0-usb-0_1_1_0"


@pytest.mark.parametrize(
    ("kernel", "vendor", "product", "model", "serial", "wanted"),
    [
        ("ttyUSB0", "10c4", "ea60", "CP2102 USB to UART", "0001", {"serial-cp210x-0001", f"serial-{AT}"}),
        ("ttyUSB0", "1a86", "7523", "USB Serial", "", {f"serial-{AT}"}),
        ("ttyUSB0", "0403", "6001", "FT232R", "A50285BI", {"serial-ftdi-A50285BI", f"serial-{AT}"}),
        ("ttyACM0", "0483", "5740", "Pen Tablet", "PAD1", {"serial-acm-PAD1", f"serial-{AT}"}),
        ("ttyACM0", "0483", "5740", "Fingerprint Module", "F1", {"serial-acm-F1", f"serial-{AT}", "fingerprint"}),
        ("ttyUSB0", "dead", "beef", "Foreign", "X", set()),
    ],
)
def test_a_serial_line_has_names_that_stay(
    tmp_path: Path, kernel: str, vendor: str, product: str, model: str, serial: str, wanted: set[str]
) -> None:
    said = applied(tmp_path, tty(kernel, vendor, product, model, serial), f"{USB}/1-1:1.0/tty/{kernel}")
    assert links(said) == wanted
    assert ("ID_MM_DEVICE_IGNORE=1" in said) == bool(wanted)
    assert ("60-siaga.rules" in said and "GROUP 987" in said) == bool(wanted), said


@pytest.mark.parametrize(
    ("kernel", "kind", "console", "wanted"),
    [
        ("ttyAMA0", "32", "N", {"serial-ttyAMA0"}),
        ("ttyS0", "4", "N", {"serial-ttyS0"}),
        ("ttyAMA0", "32", "Y", set()),
        ("ttyS3", "0", "N", set()),
        ("tty1", "4", "N", set()),
    ],
)
def test_a_line_of_the_board_is_ours_unless_the_console_is_on_it_or_no_uart_behind_it(
    tmp_path: Path, kernel: str, kind: str, console: str, wanted: set[str]
) -> None:
    said = applied(tmp_path, board_line(kernel, kind, console), f"devices/platform/soc/fe201000.serial/tty/{kernel}")
    assert links(said) == wanted
    assert ("GROUP 987" in said and "ID_MM_DEVICE_IGNORE=1" in said) == bool(wanted), said


@pytest.mark.parametrize(
    ("vendor", "product", "model"),
    [("298d", "1010", "NB-1010-U"), ("05ba", "000a", "U.are.U 4500 Fingerprint Reader")],
)
def test_a_usb_finger_scanner_is_ours_and_stays_awake(tmp_path: Path, vendor: str, product: str, model: str) -> None:
    said = applied(tmp_path, usb(vendor, product, model, "NB1", ":ff0000:"), USB)
    assert links(said) == {"fingerprint"}
    assert "GROUP 987" in said and "MODE 0660" in said and "ATTR" in said and "power/control" in said, said


def test_a_card_reader_stays_awake_and_is_left_to_pcscd(tmp_path: Path) -> None:
    said = applied(tmp_path, usb("072f", "b100", "ACR39U", "R1", ":0b0000:"), USB)
    assert links(said) == set()
    assert "GROUP" not in said and "power/control" in said, said


def test_the_camera_has_names_that_stay(tmp_path: Path) -> None:
    said = applied(tmp_path, CAMERA, f"{USB}/1-1:1.0/video4linux/video0")
    assert links(said) == {"camera", "camera-CAM7", f"camera-{AT}"}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree with the units and what they start, as an installation leaves it."""
    root = tmp_path_factory.mktemp("root")
    program = root / "opt/siaga/venv/bin/siaga"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/true\n")
    program.chmod(0o755)
    units = root / "etc/systemd/system"
    units.mkdir(parents=True)
    for part in PARTS:
        shutil.copy(SYSTEMD / f"siaga-{part}.service", units)
    shutil.copytree("/lib/systemd/system", root / "lib/systemd/system", symlinks=True)
    return root


@pytest.mark.parametrize("part", PARTS)
def test_systemd_reads_the_unit_without_a_word(root: Path, part: str) -> None:
    line = ["systemd-analyze", "verify", "--man=no", f"--root={root}", f"siaga-{part}.service"]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
    ours = [said for said in done.stderr.splitlines() if "siaga" in said]
    assert (done.returncode, ours) == (0, [])


@pytest.mark.parametrize("part", PARTS)
def test_the_unit_is_closed_against_the_rest_of_the_machine(part: str) -> None:
    line = ["systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE_LIMIT}", "--no-pager"]
    unit = str(SYSTEMD / f"siaga-{part}.service")
    done = subprocess.run([*line, unit], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout[-600:] + done.stderr
