"""The service units keep what the design promises of the three processes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from appliance.drivers.catalogue import USB_SCANNERS

ROOT = Path(__file__).parents[2]
SYSTEMD = ROOT / "systemd"
PARTS = ("web", "deviced", "syncd")


def _settings(part: str) -> dict[str, list[str]]:
    settings: dict[str, list[str]] = {}
    for line in (SYSTEMD / f"siaga-{part}.service").read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            settings.setdefault(key, []).append(value)
    return settings


@pytest.mark.parametrize("part", PARTS)
def test_unit_is_watched_restarted_and_runs_as_the_owner_of_the_records(part: str) -> None:
    settings = _settings(part)
    assert settings["Type"] == ["notify"]
    assert settings["WatchdogSec"] == ["20"]
    assert settings["Restart"] == ["always"]
    assert settings["StartLimitIntervalSec"] == ["0"]
    assert settings["User"] == ["siaga"]
    assert f"/siaga {part} --config /etc/siaga/siaga.toml" in settings["ExecStart"][0]
    users = re.findall(r"^u (\S+)", (SYSTEMD / "siaga.sysusers").read_text(), re.MULTILINE)
    assert settings["User"][0] in users


@pytest.mark.parametrize("part", PARTS)
def test_unit_writes_only_its_own_folders_and_leaves_no_core(part: str) -> None:
    settings = _settings(part)
    assert settings["ProtectSystem"] == ["strict"]
    assert settings["LimitCORE"] == ["0"]
    folders = re.findall(r"^d (\S+) +0700 siaga", (SYSTEMD / "siaga.tmpfiles").read_text(), re.MULTILINE)
    assert settings["ReadWritePaths"] == [" ".join(folders)]


def test_only_the_device_process_sees_devices() -> None:
    assert "DeviceAllow" in _settings("deviced")
    assert "SupplementaryGroups" in _settings("deviced")
    for part in ("web", "syncd"):
        assert _settings(part)["PrivateDevices"] == ["yes"]
        assert "DeviceAllow" not in _settings(part)
    assert _settings("web")["SupplementaryGroups"] == ["systemd-journal"], "a group that owns no device"
    assert "SupplementaryGroups" not in _settings("syncd")


def test_every_kind_of_serial_line_that_our_rules_name_is_let_in() -> None:
    """`DeviceAllow=char-NAME` by the kernel's name of the driver in /proc/devices, which is that of its lines."""
    rules = (SYSTEMD / "60-siaga.rules").read_text()
    lines = set(re.findall(r"\btty[A-Z]+(?=\[0-9\]\*)", rules)) | {"ttyUSB"}
    assert {f"char-{line} rw" for line in lines} <= set(_settings("deviced")["DeviceAllow"])


def test_every_usb_scanner_that_has_a_driver_is_given_to_us() -> None:
    rules = (SYSTEMD / "60-siaga.rules").read_text()
    for vendor, _, product in (number.partition(":") for number in USB_SCANNERS):
        assert f'ATTR{{idVendor}}=="{vendor}", ATTR{{idProduct}}=="{product}", ENV{{SIAGA_SCANNER}}="1"' in rules


def test_every_device_name_in_a_text_for_people_is_made_by_a_rule() -> None:
    names = _names_of_the_rules()
    told = (path for form in ("*.md", "docs/**/*.md", "tests/**/*.toml") for path in ROOT.glob(form))
    found = {name for path in told for name in re.findall(r"/dev/siaga/([^\s`?\"|)]+)", path.read_text())}
    assert len(found) > 5
    assert [name for name in sorted(found) if not any(re.fullmatch(form, name) for form in names)] == []


def _names_of_the_rules() -> list[str]:
    """What `SYMLINK+=` can make below /dev/siaga, as patterns."""
    rules = (SYSTEMD / "60-siaga.rules").read_text()
    kinds = "|".join(re.findall(r'ENV\{SIAGA_SERIAL\}="(\w+)"', rules))
    forms = []
    for line in rules.splitlines():
        for name in re.findall(r'SYMLINK\+="siaga/([^"]+)"', line):
            kernel = re.search(r'KERNEL=="([^"]+)"', line)
            lines = kernel[1].replace("*", "\\d*") if kernel else ""
            form = name.replace("$env{SIAGA_SERIAL}", f"({kinds}|KIND)").replace("%k", f"({lines})")
            forms.append(re.sub(r"\$env\{\w+\}", ".+", form))
    return forms


def test_the_account_is_no_administrator_of_printers_and_its_own_policy_reaches_cups() -> None:
    """All three processes run as this account: what it may do, the one that speaks to the network may do too."""
    groups = re.findall(r"^m +\S+ +(\S+)", (SYSTEMD / "siaga.sysusers").read_text(), re.MULTILINE)
    granted = " ".join(_settings("deviced")["SupplementaryGroups"] + groups).split()
    assert not {"root", "lpadmin", "sudo"} & set(granted)
    policy, installer = (SYSTEMD / "cups-policy.conf").read_text(), (SYSTEMD / "install").read_text()
    assert re.search(r"<Limit Resume-Printer>\s+AuthType Default\s+Require user siaga @SYSTEM\s", policy)
    assert policy.startswith("<Policy siaga>\n") and policy.endswith("\n</Policy>\n"), (
        "what `install` takes out again"
    )
    assert "cat cups-policy.conf)" in installer and "> /etc/cups/cupsd.conf" in installer


def test_only_the_helper_that_changes_the_program_is_root_and_it_writes_nowhere_else() -> None:
    settings = _settings("update")
    assert "User" not in settings and settings["Type"] == ["oneshot"]
    assert settings["ReadWritePaths"] == ["/opt/siaga"] and settings["ProtectSystem"] == ["strict"]
    assert settings["IPAddressDeny"] == ["any"] and settings["IPAddressAllow"] == ["localhost"]
    assert settings["NoNewPrivileges"] == ["yes"]
    for part in PARTS:
        assert "/opt/siaga" not in _settings(part)["ReadWritePaths"][0]
    watched = (SYSTEMD / "siaga-update.path").read_text()
    assert "PathChanged=/var/lib/siaga/update/order.json" in watched
    assert "siaga-update.path" in (SYSTEMD / "install").read_text()
