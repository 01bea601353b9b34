"""What a run leaves: the documents as the world received them, the card as read back, the ledgers, the timeline."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hw_sim.demo.cuts import PowerCuts
from hw_sim.demo.play import Play

CARD_NAMES = ("FP1", "FP2", "JRN")
"""Files that no stranger may read; the world knows them because it made the card."""


def read_card(play: Play, index: int) -> dict[str, Any]:
    """The card of a resident, read through reader and appliance as a stranger, and its verdict."""
    encoder = play.station.cards.encoder
    card: Any = play.cards[index]
    encoder.insert(card)
    read: dict[str, Any] = json.loads(play.crew.appliance.run("card", "read", "--json"))
    verdict = json.loads(play.crew.appliance.run("card", "verify", "--json", expect=(0, 1)))
    encoder.remove()
    encoder.wait_until_noticed()
    inside = {name: data.hex().upper() for name, data in card.dump().items() if name in CARD_NAMES}
    return {**read, "verdict": verdict, "closed_files": inside}


def collect(play: Play, cuts: PowerCuts, directory: Path) -> dict[str, Any]:
    """Write everything into `directory`; returns the summary that also stands in timeline.json."""
    directory.mkdir(parents=True, exist_ok=True)
    appliance, station = play.crew.appliance, play.station
    for position, (name, data) in enumerate(_documents(play)):
        target = directory / name
        if target.exists():
            target = directory / f"{target.stem}-{position}{target.suffix}"
        target.write_bytes(data)
    for name, printer in (("kk-printed", station.document_printer), ("card-printed", station.card_printer)):
        pages = [page for output in printer.outputs for page in output.pages]
        for number, page in enumerate(pages, 1):
            suffix = "" if number == 1 else f"-{number}"
            (directory / f"{name}{suffix}.png").write_bytes(page)
    for index in play.cards:
        suffix = "" if index == min(play.cards) else f"-{index}"
        (directory / f"chip{suffix}.json").write_text(
            json.dumps(read_card(play, index), indent=2, ensure_ascii=False)
        )
    (directory / "roots").mkdir(exist_ok=True)
    for trusted in station.directory.glob("*-roots.pem"):
        shutil.copy(trusted, directory / "roots")
    appliance.run("audit", "verify", "--json", "--export", str(directory / "audit.jsonl"))
    (directory / "blanks.json").write_text(appliance.run("blanks", "balance", "--json"))
    summary = {
        "case": play.script.name,
        "code": play.code,
        "cuts": cuts.made,
        "first_page_s": [round(one, 2) for one in appliance.starts],
        "device_s": round(play.timeline.total("devices_s"), 1),
        "outside_s": round(play.timeline.total("outside_s"), 1),
        "machine_s": round(play.timeline.total("machine_s"), 2),
        "restart_s": round(cuts.seconds, 2),
        "wall_s": round(play.timeline.total("wall_s"), 1),
        "steps": play.timeline.rows(),
        "clocks": json.loads(appliance.run("case", "show", play.code, "--json"))["clocks"],
    }
    (directory / "timeline.json").write_text(json.dumps(summary, indent=2, ensure_ascii=False))
    return summary


def _documents(play: Play) -> list[tuple[str, bytes]]:
    """The signed family card and the receipts, opened from the case page as an officer does."""
    browser = play.crew.browsers["petugas"]
    page = browser.get(play.crew.page)
    found = []
    for link in dict.fromkeys(page.links):
        if "/dokumen/" not in link:
            continue
        data = browser.content(link)
        if data.startswith(b"%PDF") and b"/ByteRange" in data:
            found.append(("kk-signed.pdf", data))
        elif data.startswith(b"%PDF"):
            found.append((f"{_kind(page.link_texts.get(link, ''))}.pdf", data))
    return found


def _kind(title: str) -> str:
    """What an unsigned document of the case page is, by the title of its link."""
    words = {"Tanda terima": "receipt", "Draf KK": "kk-draft"}
    return next((kind for word, kind in words.items() if word in title), "slip")


def card_verdict(play: Play, index: int) -> dict[str, Any]:
    """What a reader says to the card of a resident."""
    encoder = play.station.cards.encoder
    encoder.insert(play.cards[index])
    verdict: dict[str, Any] = json.loads(play.crew.appliance.run("card", "verify", "--json", expect=(0, 1)))
    encoder.remove()
    encoder.wait_until_noticed()
    return verdict


def ending(play: Play, state: Mapping[str, Any]) -> list[str]:
    """What differs from the end that the case file expects; empty if the case ended well."""
    script = play.script
    wrong = []
    if state["state"] != script.expected_end:
        wrong.append(f"the case ended {state['state']}, expected {script.expected_end}")
    if script.expected_end == "DIARSIPKAN" and play.handed != set(script.expected_documents):
        wrong.append(f"handed over {sorted(play.handed)}, expected {sorted(script.expected_documents)}")
    if play.returns != script.expected_returns:
        wrong.append(f"returned {play.returns} time(s), expected {script.expected_returns}")
    return wrong


def verdict(play: Play, state: Mapping[str, Any], cuts: PowerCuts, wanted_cuts: tuple[str, ...]) -> list[str]:
    """What differs from what the case file expects; empty if the run is good."""
    station = play.station
    wrong = ending(play, state)
    if sorted(cuts.made) != sorted(wanted_cuts):
        wrong.append(f"cuts made {cuts.made}, wanted {list(wanted_cuts)}")
    printed = [output.card for output in station.card_printer.outputs]
    if len(printed) != len(play.cards) or {id(card) for card in printed} != {
        id(card) for card in play.cards.values()
    }:
        wrong.append(f"{len(printed)} cards printed for {len(play.cards)} residents")
    if len(station.document_printer.outputs) != ("KK" in play.handed):
        wrong.append(f"{len(station.document_printer.outputs)} family cards printed")
    return wrong
