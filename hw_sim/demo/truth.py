"""What really happened against what the appliance believes: the simulated world counted beside its audit log."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hw_sim.card import KtpCard
from hw_sim.card_files import NAMES, LifeCycle
from hw_sim.demo.appliance import Appliance
from hw_sim.demo.play import BOX, Play

LOST, DOUBLED, UNASKED, MIXED, LEDGER, AUDIT = (
    "lost",
    "doubled",
    "unknown_unasked",
    "mixed_chips",
    "ledger_differences",
    "audit_breaks",
)
COUNTS = (LOST, DOUBLED, UNASKED, MIXED, LEDGER, AUDIT)
"""What must be nothing, and its name in the reports."""

Difference = tuple[str, str]
"""Which count it belongs to, and what it is in words."""


@dataclass(slots=True)
class Found:
    """What differs between world and records, and how many blanks are what, by (`ledger` or `world`, state)."""

    differences: list[Difference] = field(default_factory=list)
    blanks: Counter[tuple[str, str]] = field(default_factory=Counter)


def found_out(play: Play) -> Found:
    """Every difference between the world and the appliance's records, after a case has come to its end."""
    appliance, exported = play.crew.appliance, play.station.directory / "audit.jsonl"
    questions = (
        ("audit", "verify", "--json", "--export", str(exported)),
        ("blanks", "balance", "--json"),
        ("case", "show", play.code, "--json"),
    )
    with ThreadPoolExecutor(len(questions)) as pool:
        asked = [pool.submit(appliance.run, *words, expect=(0, 1)) for words in questions]
        chain, ledger, case = (json.loads(one.result()) for one in asked)
    rows = [json.loads(line) for line in exported.read_text(encoding="utf-8").splitlines()]
    found = [] if chain["intact"] else [(AUDIT, f"audit chain: {chain['break']}")]
    found += [(UNASKED, f"{token} was never settled") for token in case["open_effects"]]
    found += [*_acts(play, rows), *_handed_over(play, rows), *_chips(play), *_ledger(play, ledger)]
    blanks = Counter(("ledger", str(one["state"])) for one in ledger["blanks"])
    blanks += Counter(("world", state) for state in _in_the_world(play).values())
    blanks["world", "received"] = BOX - len(_cards(play))
    return Found(found, blanks)


def _acts(play: Play, rows: Sequence[Mapping[str, Any]]) -> Iterator[Difference]:
    """Each kind of act outside: how often it happened in the world, and how often the audit log says so."""
    station = play.station
    audited = Counter(str(row["event"]).removesuffix("-complete") for row in rows)
    centre = station.offices.centre.made()
    chips = sum(card.life_cycle is LifeCycle.ACTIVATED for card in _cards(play))
    signed, received = len(station.offices.esign.signed), audited["signature-receive"]
    wanted = int("KK" in play.script.expected_documents)
    if not wanted <= signed <= play.signings:
        yield (DOUBLED if signed else LOST), f"{signed} signatures, asked for {play.signings}"
    if received != wanted:
        yield (DOUBLED if received > wanted else LOST), f"{received} signatures received of {signed}"
    for what, real, event in (
        ("entry in SIAK", station.offices.siak.entries, "siak-entry"),
        ("search", centre["search"], "search"),
        ("enrolment", centre["enrolment"], "ktp-enrolment_sent"),
        ("packet", centre["packet"], "packet-receive"),
        ("revocation", centre["revocation"], "card-void"),
        ("card report", centre["card report"], "card-report"),
        ("written chip", chips, "card-encode"),
        ("printed card", len(_media(station.card_printer)), "card-print"),
        ("printed sheet", len(_media(station.document_printer)), "kk-kk_printed"),
    ):
        if real != audited[event]:
            yield (DOUBLED if real > audited[event] else LOST), f"{what}: {real} in the world, {audited[event]} known"
    blanks = Counter(json.loads(row["facts"])["blank"] for row in rows if row["event"] == "card-encode-complete")
    yield from ((DOUBLED, f"{serial} encoded {n} times") for serial, n in blanks.items() if n > 1)
    media = Counter(id(card) for card in _media(station.card_printer))
    yield from ((DOUBLED, f"a card printed {n} times") for n in media.values() if n > 1)


def _handed_over(play: Play, rows: Sequence[Mapping[str, Any]]) -> Iterator[Difference]:
    """Each document went to its holder once."""
    for kind, event, wanted in (
        ("KTP", "ktp-hand_over_card-complete", len(play.cards)),
        ("KK", "kk-hand_over_kk-complete", 1),
    ):
        done = sum(row["event"] == event for row in rows)
        if kind in play.handed and done != wanted:
            yield (DOUBLED if done > wanted else LOST), f"{kind} handed over {done} times for {wanted}"


def _chips(play: Play) -> Iterator[Difference]:
    """Every chip that a reader would accept holds its own packet, whole, and nothing else."""
    for card in _cards(play):
        if card.life_cycle is not LifeCycle.ACTIVATED:
            continue
        uid = card.uid.hex().upper()
        packet = play.station.offices.centre.packet_for(uid)
        if packet is None or _inside(packet) != {n: data for n, data in card.dump().items() if n != "JRN"}:
            yield MIXED, f"chip {uid} does not hold what was made for it"
    for card in play.cards.values():
        if card.life_cycle is not LifeCycle.ACTIVATED:
            yield MIXED, f"chip {card.uid.hex()} was issued and is not active"


def _ledger(play: Play, ledger: Mapping[str, Any]) -> Iterator[Difference]:
    """Each card in the world stands in the ledger as what it is, and no blank stands there that is not."""
    if not ledger["balanced"]:
        yield LEDGER, f"the ledger does not balance: {ledger['difference']}"
    wanted = _in_the_world(play)
    stands = {one["uid"]: one["state"] for one in ledger["blanks"] if one["uid"]}
    if stands != wanted:
        yield LEDGER, f"ledger {sorted(stands.items())}, world {sorted(wanted.items())}"
    unused = sum(one["uid"] is None and one["state"] == "received" for one in ledger["blanks"])
    if unused != BOX - len(wanted):
        yield LEDGER, f"{unused} blanks unused of {BOX}, {len(wanted)} used in the world"


def _in_the_world(play: Play) -> dict[str, str]:
    """What became of each card by its UID."""
    return {card.uid.hex(): "spoiled" for card in play.spoiled} | {
        card.uid.hex(): "handed_over" for card in play.cards.values()
    }


def _cards(play: Play) -> list[KtpCard]:
    return [*play.cards.values(), *play.spoiled]


def _media(printer: Any) -> list[object]:
    return [medium for output in printer.outputs for medium in output.media]


def _inside(packet: str) -> dict[str, bytes]:
    """The files of a packet by their names on the card (RFC 7515: the payload is the second part)."""
    payload = packet.split(".")[1]
    files = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["files"]
    return {NAMES[int(one["fid"], 16)]: base64.b64decode(one["data"]) for one in files}


def keep_log(appliance: Appliance, name: str) -> None:
    """Keep the appliance's log of a run that went wrong, for whoever looks into it."""
    log = appliance.log
    if log.exists():
        Path("build").mkdir(exist_ok=True)
        (Path("build") / name).write_bytes(log.read_bytes())


def keep_print_system(play: Play, name: str) -> None:
    """Keep what queues, printers and the technician's page say after a run that went wrong."""
    station = play.station
    told: list[str] = []
    for words in (("lpstat", "-p", "-l"), ("lpstat", "-W", "all", "-o")):
        try:
            told.append(station.cups.run(*words) if station.cups else "no print system")
        except (RuntimeError, OSError) as error:
            told.append(str(error))
    for printer in (station.document_printer, station.card_printer):
        jobs = [(job.name, job.state.name, job.reasons, len(job.data)) for job in printer.jobs.values()]
        told.append(f"{printer.kind} {printer.state.name} {sorted(printer.reasons)} {jobs}")
    try:
        told += play.crew.browsers["teknisi"].get("/teknisi/").text
    except (RuntimeError, OSError) as error:
        told.append(str(error))
    Path("build").mkdir(exist_ok=True)
    (Path("build") / name).write_text("\n".join(told), encoding="utf-8")
