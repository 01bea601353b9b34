"""The service units keep what the design promises of the three processes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

SYSTEMD = Path(__file__).parents[2] / "systemd"
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
