"""What the browser gets from packages: locked without addresses, listed with licence and hash, nothing else."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from appliance.kiosk_ui import assets

PROJECT = Path(assets.__file__).parents[2]


def test_lock_names_versions_and_no_download_addresses() -> None:
    lock = json.loads((PROJECT / "package-lock.json").read_text())
    packages = {name: row for name, row in lock["packages"].items() if name}
    assert packages
    assert not any("resolved" in row for row in packages.values())
    assert all(row["integrity"].startswith("sha512-") for row in packages.values())


def test_the_style_sheet_can_be_built_by_debian_12s_node_18() -> None:
    lock = json.loads((PROJECT / "package-lock.json").read_text())
    wanted = {name: row.get("engines", {}).get("node", ">=0") for name, row in lock["packages"].items() if name}
    least = {name: int(re.search(r"[0-9]+", engines)[0]) for name, engines in wanted.items()}  # type: ignore[index]
    assert {name: version for name, version in least.items() if version > 18} == {}


def test_every_served_file_is_listed_with_licence_and_hash() -> None:
    if not (assets.VENDOR / "vendor.json").is_file():
        assert assets.main() == 0
    rows = json.loads((assets.VENDOR / "vendor.json").read_text())
    served = {path.name for path in assets.VENDOR.iterdir()} - {"vendor.json"}
    assert served == {row["file"] for row in rows}
    for row in rows:
        assert row["licence"] in {"MIT", "OFL-1.1"}
        assert hashlib.sha256((assets.VENDOR / row["file"]).read_bytes()).hexdigest() == row["sha256"]


def test_style_sheet_carries_our_colours_and_no_foreign_font() -> None:
    style = (assets.VENDOR / "officer.css").read_text()
    assert "GDS Transport" not in style
    assert "#1d70b8" not in style
    assert "Atkinson Hyperlegible Next" in style
