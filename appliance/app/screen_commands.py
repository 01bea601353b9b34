"""What locks the kiosk's browser, for the configuration as it is."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from appliance.app.said import GOOD, MISSING, Said
from appliance.config import Settings
from appliance.kiosk_ui import lockdown


def screen_policy(settings: Settings, arguments: argparse.Namespace) -> Said:
    """Write Chromium's managed policy for the resident's listener, whole or not at all."""
    if not (listener := settings.listen.get("resident")):
        sentence = "this machine shows no resident's face: [listen] has no resident"
        return Said(MISSING, {"error": sentence}, [sentence])
    address = f"http://{listener}"
    found = lockdown.policy(address)
    target = Path(arguments.out)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
    partial = target.with_name(f".{target.name}.new")
    partial.write_text(json.dumps(found, indent=2, sort_keys=True) + "\n")
    partial.chmod(0o644)
    partial.replace(target)
    return Said(GOOD, {"file": str(target), "address": address}, [f"{target}: {address}"])
