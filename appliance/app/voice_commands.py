"""What the kiosk says, and which of it a person has recorded."""

from __future__ import annotations

import argparse

from appliance.app.said import GOOD, MISSING, Said
from appliance.config import Settings
from appliance.kiosk_ui import language
from appliance.kiosk_ui.voice import clip_id


def voice_list(settings: Settings, arguments: argparse.Namespace) -> Said:
    """Every fixed sentence of the kiosk in a language with the name of its recording, `+` before those that exist."""
    if arguments.language not in language.NAMES:
        known = ", ".join(language.NAMES)
        return Said(MISSING, {"missing": arguments.language}, [f"there is no language {arguments.language}: {known}"])
    source = language.load("en")
    wanted = source if arguments.language == "id" else language.load(arguments.language).values()
    folder = settings.data_dir / "recordings" / arguments.language
    clips = [(f"{clip_id(sentence)}.wav", sentence) for sentence in sorted(set(wanted))]
    recorded = {name for name, _ in clips if (folder / name).is_file()}
    lines = [f"{'+' if name in recorded else ' '} {name}  {sentence}" for name, sentence in clips]
    lines.append(f"{len(recorded)} of {len(clips)} recorded in {folder}")
    facts = [{"file": name, "sentence": sentence, "recorded": name in recorded} for name, sentence in clips]
    return Said(GOOD, {"folder": str(folder), "clips": facts}, lines)
