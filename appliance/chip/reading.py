"""Everything that a stranger can get out of a card: no keys, no code of the writer, its own description of the card.

The description is the file `profiles/<name>.reader.toml`: what is public of a kind of card.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files

from appliance.chip.tlv import TlvError, elements, members, only
from appliance.clock import Deadline
from appliance.devices import Answer, ChipEncoder
from appliance.faults import DeviceFault, FaultCode

LONGEST_FILE = 0x8000
_TERMINATED = 0x0C
_APPLICATION = {"name": 0x04, "path": 0x08, "fid": 0x00}
_FILE = {"child": 0x02, "path": 0x08, "relative": 0x09, "fid": 0x00}
_ANSWER = {"fcp": (0x04, 0x62), "fci": (0x00, 0x6F)}


class ReadingError(ValueError):
    """This kind of card cannot be read; the message names what is not known of it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a kind of card is read. `files` gives the identifier by name; `largest_answer` the most bytes of an answer.

    The ways of selecting are those of ISO/IEC 7816-4 tables 62 and 63, named as in the profile.
    """

    name: str
    application: bytes
    files: Mapping[str, int]
    path: bytes
    by: str
    files_by: str
    control: str
    silent: bool
    largest_answer: int

    def select_application(self) -> bytes:
        """SELECT of the application, whose answer tells its life cycle."""
        data = {"name": self.application, "path": self.path, "fid": self.path[-2:]}[self.by]
        p2 = 0x00 if self.by == "name" else _ANSWER[self.control][0]
        return bytes([0x00, 0xA4, _APPLICATION[self.by], p2, len(data)]) + data + b"\x00"

    def select_file(self, name: str) -> bytes:
        """SELECT of a file of the application."""
        data = (self.path if self.files_by == "path" else b"") + self.files[name].to_bytes(2)
        head = bytes([0x00, 0xA4, _FILE[self.files_by]])
        if self.silent:
            return head + bytes([0x0C, len(data)]) + data
        return head + bytes([_ANSWER[self.control][0], len(data)]) + data + b"\x00"

    def name_files(self, given: Mapping[int, bytes]) -> dict[str, bytes]:
        """Files given by identifier, under their names; raises KeyError for an unknown one."""
        names = {fid: name for name, fid in self.files.items()}
        return {names[fid]: data for fid, data in given.items()}


def parse(text: str) -> Reading:
    """A description from TOML; raises ReadingError."""
    try:
        table = tomllib.loads(text)
        select = table.get("select", {})
        reading = Reading(
            name=str(table["name"]),
            application=bytes.fromhex(table["application"]),
            files={str(name): int(fid) for name, fid in table["files"].items()},
            path=bytes.fromhex(select.get("path", "")),
            by=str(select["application"]),
            files_by=str(select["files"]),
            control=str(select["control"]),
            silent=bool(select["silent"]),
            largest_answer=int(table["limits"]["largest_answer"]),
        )
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise ReadingError(f"How this card is read is not known: {error}.") from error
    known = (reading.by in _APPLICATION, reading.files_by in _FILE, reading.control in _ANSWER)
    if not all(known) or not 1 <= reading.largest_answer <= 256 or not {"COM", "SOD"} <= set(reading.files):
        raise ReadingError(f"How a card of {reading.name} is read is not described.")
    return reading


def load(name: str) -> Reading:
    """The description that comes with the appliance for a profile; raises ReadingError."""
    source = files("appliance.chip").joinpath("profiles", f"{name}.reader.toml")
    if not source.is_file():
        raise ReadingError(f"There is no description of cards of {name}.")
    return parse(source.read_text(encoding="utf-8"))


KTPSIM = load("ktpsim-1")


@dataclass(frozen=True, slots=True)
class CardContent:
    """What a stranger got out of a card: files by name, the status word of each that stayed closed.

    `challenge` and `response` are those of one active authentication; `response` is empty if the chip gave none.
    `writable` names the files that a stranger could have changed; nobody looked if it was not asked for.
    """

    uid: bytes
    atr: bytes
    life_cycle: int
    files: Mapping[str, bytes] = field(repr=False)
    closed: Mapping[str, int]
    challenge: bytes
    response: bytes
    writable: tuple[str, ...] = ()

    def as_hex(self) -> dict[str, str]:
        """Every file that could be read, in hexadecimal."""
        return {name: data.hex().upper() for name, data in self.files.items()}


def read_card(
    encoder: ChipEncoder, by: Deadline, reading: Reading = KTPSIM, *, try_to_write: bool = False
) -> CardContent:
    """Everything a stranger can read from the card on the encoder; raises `chip_encoder.*`.

    With `try_to_write` the first byte of each file that could be read is written again as it is: a card that takes
    it is not locked, and not changed either.
    """
    try:
        presence = encoder.await_card(by)
        life_cycle = _life_cycle(encoder.transmit(reading.select_application(), by))
        challenge = os.urandom(8)
        found: dict[str, bytes] = {}
        closed: dict[str, int] = {}
        writable: list[str] = []
        response = b""
        if life_cycle != _TERMINATED:
            for name in reading.files:
                data, sw = _read_file(encoder, reading, name, by)
                if sw != 0x9000:
                    closed[name] = sw
                    continue
                found[name] = data
                if try_to_write and data and encoder.transmit(b"\x00\xd6\x00\x00\x01" + data[:1], by).sw == 0x9000:
                    writable.append(name)
            answer = encoder.transmit(b"\x00\x88\x00\x00\x08" + challenge + b"\x00", by)
            response = answer.data if answer.sw == 0x9000 else b""
        return CardContent(
            presence.uid, presence.atr, life_cycle, found, closed, challenge, response, tuple(writable)
        )
    finally:
        encoder.release()


def _life_cycle(selected: Answer) -> int:
    if selected.sw not in (0x9000, 0x6283, 0x6285):
        raise DeviceFault(FaultCode.CARD_FOREIGN, f"SELECT {selected.sw:04X}")
    try:
        (state,) = dict(_control(selected.data))[0x8A]
    except (TlvError, KeyError, ValueError):
        raise DeviceFault(FaultCode.CARD_FOREIGN, "no life cycle in the application's FCP") from None
    # Bit 2 of an active or inactive state and bits 1 and 2 of an ended one say nothing (ISO/IEC 7816-4 table 14).
    return state & 0xFD if 0x04 <= state <= 0x07 else state & 0xFC if 0x0C <= state <= 0x0F else state


def _control(answer: bytes) -> Iterator[tuple[int, bytes]]:
    """The control parameters of an answer, whether they lie in an FCP, in an FCI, or in an FCP inside an FCI."""
    outer = dict(elements(answer))
    for tag, value in members(outer.get(0x6F) or only(answer, 0x62)).items():
        yield from members(value).items() if tag == 0x62 else ((tag, value),)


def _read_file(encoder: ChipEncoder, reading: Reading, name: str, by: Deadline) -> tuple[bytes, int]:
    sw = encoder.transmit(reading.select_file(name), by).sw
    if sw != 0x9000:
        return b"", sw
    data, asked = b"", bytes([reading.largest_answer & 0xFF])
    while len(data) < LONGEST_FILE:
        answer = encoder.transmit(b"\x00\xb0" + len(data).to_bytes(2) + asked, by)
        if answer.sw == 0x6B00 and data:
            break
        if answer.sw not in (0x9000, 0x6282):
            return b"", answer.sw
        data += answer.data
        if answer.sw == 0x6282 or len(answer.data) < reading.largest_answer:
            break
    return data, 0x9000
