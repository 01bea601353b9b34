"""`siaga check`: every device and the machine itself, asked at once, and one verdict."""

from __future__ import annotations

import argparse
import os
import time

from appliance.app.places import board_path, own_the_hardware
from appliance.app.rooms import devices_of, open_store, sealing
from appliance.app.said import GOOD, WRONG, Said
from appliance.central.paper_seal import KnownOffices, PaperKey
from appliance.clock import Deadline, utc_millis
from appliance.config import Settings
from appliance.devices import DeviceStatus
from appliance.diagnostics import board, storage
from appliance.diagnostics.asking import ask_all
from appliance.diagnostics.timekeeping import Timekeeper
from appliance.kiosk_ui.notices import notice
from appliance.records.store import StoreError

CHECK_SECONDS = 10.0


def check(settings: Settings, arguments: argparse.Namespace) -> Said:
    """Ask every device at once, and the machine itself, in seconds.

    Where deviced owns the hardware, its answers of after this question are taken.

    A line a device in words, and one verdict.
    """
    key, known = sealing(settings)
    readings, machine = _readings(settings), _machine(settings)
    ready = board.ready(readings) and all(one.level != "down" for one in machine)
    facts: dict[str, object] = {
        "ready": ready,
        "devices": {one.name: {"level": one.level, "reasons": one.reasons, "model": one.model} for one in readings},
        "machine": {one.name: {"level": one.level, "reasons": one.reasons} for one in machine},
        "paper_key": None if key is None else {"id": key.key_id.hex(), "known_as": known.names(key.key_id)},
    }
    everything = (*readings, *machine)
    lines = [*map(_in_words, everything), f"{'paper_key':22} {_of_paper_key(key, known)}"]
    return Said(GOOD if ready else WRONG, facts, [*lines, _verdict(ready, everything)])


def _of_paper_key(key: PaperKey | None, known: KnownOffices) -> str:
    if key is None:
        return "none      Family cards bear no seal: only this office's books know them. Set paper_key_file."
    names = known.names(key.key_id)
    if not names:
        return f"{key.key_id.hex()} Not among trust.papers: this machine does not know its own office's seal."
    return f"{key.key_id.hex()} {names[-1]}"


def _machine(settings: Settings) -> tuple[board.DeviceReading, ...]:
    """Disk, books and clock of the machine itself."""
    now = utc_millis()
    try:
        store, _ = open_store(settings)
    except StoreError as error:
        if error.code is None:
            raise
        said = DeviceStatus("down", (str(error.code),))
        return (board.reading("storage", said, now, None),)
    with store.read() as tx:
        disk = storage.status(store, tx, settings.copies, settings.backup.minutes * 60_000)
    clock = Timekeeper(store, utc_millis).status()
    store.close()
    return board.reading("storage", disk, now, None), board.reading("clock", clock, now, None)


def _in_words(one: board.DeviceReading) -> str:
    found = [(reason, notice(reason, "en")) for reason in one.reasons]
    words = [f"{said.technician} {said.remedy} ({reason})" if said else reason for reason, said in found]
    if one.level == "unknown":
        words.append("It did not answer in time.")
    return f"{one.name:22} {one.level:8} {' '.join(words)}".rstrip()


def _verdict(ready: bool, readings: tuple[board.DeviceReading, ...]) -> str:
    short = ", ".join(one.name for one in readings if one.level != "ok")
    if ready:
        return f"READY, with limits: {short}" if short else "READY"
    return f"NOT READY: {short}" if short else "NOT READY"


def _readings(settings: Settings) -> tuple[board.DeviceReading, ...]:
    asked = utc_millis()
    by = Deadline.after(CHECK_SECONDS)
    lock = own_the_hardware(settings)
    if lock is None:
        readings = board.read(board_path(settings))
        while not by.passed and not _all_since(asked, settings, readings):
            time.sleep(0.1)
            readings = board.read(board_path(settings))
        seen = {one.name: one for one in readings if one.asked >= asked}
        return tuple(seen.get(name, board.DeviceReading(name, "unknown")) for name in settings.devices)
    try:
        devices = devices_of(settings)
        readings = ask_all({name: device.status for name, device in devices.items()}, by, utc_millis)
        for one in readings:
            if one.level != "unknown":
                devices[one.name].close()
        return readings
    finally:
        os.close(lock)


def _all_since(asked: int, settings: Settings, readings: tuple[board.DeviceReading, ...]) -> bool:
    return settings.devices.keys() <= {one.name for one in readings if one.asked >= asked}
