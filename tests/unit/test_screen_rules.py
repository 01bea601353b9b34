"""When the kiosk's browser is started afresh, and what locks it."""

from __future__ import annotations

import json
import re
from argparse import Namespace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from appliance.app.screen import DAY_SECONDS, SILENT_SECONDS, Look, verdict
from appliance.app.screen_commands import screen_policy
from appliance.config import Settings
from appliance.kiosk_ui import lockdown
from appliance.office.panel import FILE

ROOT = Path(__file__).parents[2]
ADDRESS = "http://127.0.0.1:8080"


def of(listen: dict[str, str]) -> Settings:
    """A configuration with these listeners; nothing else of it is asked."""
    return cast(Settings, SimpleNamespace(listen=listen))


@pytest.mark.parametrize(
    "look, shown_for, expected",
    [
        (Look(2.0, 1), 500.0, "good"),
        (Look(SILENT_SECONDS + 1, 0), 500.0, "silent"),
        (Look(None, 0), SILENT_SECONDS - 1, "good"),
        (Look(None, 0), SILENT_SECONDS + 1, "silent"),
        (Look(900.0, 0), 5.0, "good"),  # silence of the browser before this one
        (Look(2.0, 0), DAY_SECONDS + 1, "old"),
        (Look(2.0, 1), DAY_SECONDS + 1, "good"),  # somebody is there
        (None, 900.0, "good"),  # the appliance is away: no fault of the browser
    ],
)
def test_a_browser_is_ended_when_no_page_of_ours_is_alive(look: Look | None, shown_for: float, expected: str) -> None:
    assert verdict(look, shown_for) == expected


def test_the_policy_opens_one_address_and_is_read_back_from_there() -> None:
    found = lockdown.policy(ADDRESS)
    assert found["URLBlocklist"][0] == "*"  # type: ignore[index]
    assert lockdown.address_of(json.loads(json.dumps(found))) == ADDRESS
    for other in ({}, {"URLAllowlist": []}, {"URLAllowlist": ["file:///"]}, {"URLAllowlist": [ADDRESS, ADDRESS]}):
        with pytest.raises(ValueError, match="no address"):
            lockdown.address_of(other)


def test_the_browser_keeps_its_sandbox_and_its_frame_away() -> None:
    line = lockdown.browser_line(ADDRESS, 1.25, "/run/x")
    assert line[-1] == f"{ADDRESS}/" and "--kiosk" in line and "--force-device-scale-factor=1.2500" in line
    assert not [word for word in line if word.startswith(("--app", "--no-sandbox", "--remote-debugging"))]


def test_the_policy_is_written_whole_for_the_listener_of_the_configuration(tmp_path: Path) -> None:
    target = tmp_path / "managed" / "siaga.json"
    said = screen_policy(of({"resident": "127.0.0.1:8080"}), Namespace(out=str(target)))
    assert said.code == 0
    assert lockdown.address_of(json.loads(target.read_text())) == ADDRESS
    assert [one.name for one in target.parent.iterdir()] == ["siaga.json"]


def test_without_a_resident_face_there_is_no_screen_to_lock(tmp_path: Path) -> None:
    said = screen_policy(of({"officer": "127.0.0.1:1"}), Namespace(out=str(tmp_path / "x")))
    assert said.code == 3 and not (tmp_path / "x").exists()


def test_every_key_of_a_keyboard_is_named_and_no_dangerous_one_lives() -> None:
    """A key without a symbol is what Chromium takes it for by its place."""
    text = (ROOT / "systemd/screen/xkb/symbols/siaga").read_text()
    keys = dict(re.findall(r"key <(\w+)> {\s*\[ (\w+) \] }", text))
    assert len(keys) > 400
    for name in (
        "ESC",
        "LCTL",
        "RCTL",
        "LALT",
        "RALT",
        "LWIN",
        "LFSH",
        "RTSH",
        "COMP",
        "DELE",
        "PRSC",
        "I166",
        "I180",
    ):
        assert keys[name] == "F13", name
    assert all(keys[f"FK{number:02d}"] == "F13" for number in range(1, 13))
    marked = ("KP_Multiply", "KP_Divide", "KP_Add", "KP_Subtract", "KP_Decimal", "F23", "F24")
    assert tuple(keys[name] for name in ("KPMU", "KPDV", "KPAD", "KPSU", "KPDL", "FK23", "FK24")) == marked
    assert (keys["AD01"], keys["TAB"], keys["KP5"]) == ("q", "Tab", "KP_5")


def test_the_unit_of_the_screen_may_read_no_case_and_comes_back() -> None:
    unit = (ROOT / "systemd/screen/siaga-screen.service").read_text()
    for line in (
        "User=siaga-screen", "Restart=always", "StartLimitIntervalSec=0", "IPAddressDeny=any",
        "IPAddressAllow=localhost",
        "InaccessiblePaths=-/var/lib/siaga -/etc/siaga", "EnvironmentFile=-/var/lib/siaga/run/panel.env",
    ):  # fmt: skip
        assert line in unit.splitlines(), line
    assert "XKB_DEFAULT_RULES=siaga XKB_DEFAULT_LAYOUT=siaga" in unit


def test_a_measured_screen_starts_its_browser_anew() -> None:
    watching = (ROOT / "systemd/screen/siaga-screen-size.path").read_text().splitlines()
    doing = (ROOT / "systemd/screen/siaga-screen-size.service").read_text().splitlines()
    assert f"PathChanged=/var/lib/siaga/run/{FILE}" in watching and "WantedBy=siaga-screen.service" in watching
    assert "ExecStart=/usr/bin/systemctl try-restart siaga-screen.service" in doing
    install = (ROOT / "systemd/install").read_text()
    assert {"siaga-screen-size.path", "siaga-screen-size.service"} <= set(re.findall(r"siaga-screen[\w.-]+", install))


def test_no_page_of_the_kiosk_asks_for_a_file_a_window_or_another_program() -> None:
    for page in (ROOT / "appliance/kiosk_ui/templates/resident").glob("*.html"):
        found = re.findall(r"type=.file|target=|download|mailto:|tel:", page.read_text())
        assert found == [], page.name
