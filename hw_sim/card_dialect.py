"""How chips differ from one another under ISO/IEC 7816-4: selecting, control parameters, lengths, identifiers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hw_sim.apdu import NOT_FOUND, WRONG_DATA, WRONG_LENGTH, WRONG_P1_P2, Command, StatusError, read_tlvs, tlv

BY_FID, CHILD, BY_NAME, FROM_MF, FROM_DF = 0x00, 0x02, 0x04, 0x08, 0x09
"""P1 of SELECT (table 62)."""
_FCI, _FCP, _NOTHING = 0x00, 0x04, 0x0C
_BLOCK, _MAC = 16, 8

KTPSIM_NAMES: Mapping[int, str] = {
    0x011E: "COM",
    0x011D: "SOD",
    0x0101: "DG1",
    0x0102: "DG2",
    0x0107: "DG7",
    0x010B: "DG11",
    0x010C: "DG12",
    0x010D: "DG13",
    0x010F: "DG15",
    0x0201: "FP1",
    0x0202: "FP2",
    0x4A01: "JRN",
}
"""The files of the profile `ktpsim-1` by file identifier."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """One chip's own ways; the defaults are those of docs/guides/card-ktpsim-1.md.

    `application` and `files` are the P1 it knows for its DF and for EFs, `path` the identifiers from below the MF to
    the DF. `controls` are the P2 it answers with control parameters; one that knows 00 but not 04 packs the FCP into
    an FCI. An `exact` chip refuses READ BINARY with Le 00. `active` is its life cycle byte while activated. `names`
    gives the files it can have by identifier.
    """

    aid: bytes = bytes.fromhex("F04B545053494D01")
    application: int = BY_NAME
    files: int = CHILD
    path: bytes = b""
    controls: frozenset[int] = frozenset({_FCI, _FCP})
    silent: bool = True
    size_tags: frozenset[int] = frozenset({0x80, 0x81})
    told_size: int = 0x80
    descriptor: bytes = b"\x01"
    security_tag: int = 0x8C
    short_ids: bool = True
    largest_data: int = 255
    largest_answer: int = 256
    exact: bool = False
    active: int = 0x05
    names: Mapping[int, str] = field(default_factory=lambda: KTPSIM_NAMES)

    @property
    def largest_secured_answer(self) -> int:
        """Plain bytes that still fit into an answer once padded to blocks and followed by the MAC."""
        return (self.largest_answer - _MAC) // _BLOCK * _BLOCK - 1

    def fid_of(self, name: str) -> int:
        """The identifier of a file."""
        return next(fid for fid, one in self.names.items() if one == name)

    def selects_application(self, command: Command) -> bool:
        """Whether this is a SELECT of the DF; 6A82 for another application's name, path or identifier."""
        if command.ins != 0xA4 or command.cla != 0x00:
            return False
        wanted = {BY_NAME: self.aid, FROM_MF: self.path, BY_FID: self.path[-2:]}
        if command.p1 == self.application and command.data == wanted.get(command.p1):
            return True
        if command.p1 == BY_NAME:
            raise StatusError(NOT_FOUND)
        return False

    def file_selected(self, command: Command) -> int:
        """The identifier that a SELECT of an EF names; 6A86 for a way this chip does not know."""
        if command.p1 != self.files or not (command.p2 in self.controls or (self.silent and command.p2 == _NOTHING)):
            raise StatusError(WRONG_P1_P2)
        before = self.path if command.p1 == FROM_MF else b""
        if len(command.data) != len(before) + 2:
            raise StatusError(WRONG_LENGTH)
        if command.data[:-2] != before:
            raise StatusError(NOT_FOUND)
        return int.from_bytes(command.data[-2:], "big")

    def answered(self, p2: int, control: bytes) -> bytes:
        """What a SELECT with this P2 answers; 6A86 where the chip does not know it."""
        if p2 == _NOTHING and self.silent:
            return b""
        if p2 not in self.controls:
            raise StatusError(WRONG_P1_P2)
        fcp = tlv(0x62, control)
        return fcp if _FCP in self.controls else tlv(0x6F, fcp)

    def of_application(self, life_cycle: int) -> bytes:
        """The control parameters of the DF."""
        state = self.active if life_cycle == 0x05 else life_cycle
        return tlv(0x82, b"\x38") + tlv(0x84, self.aid) + tlv(0x8A, bytes([state]))

    def of_file(self, fid: int, sfi: int, size: int) -> bytes:
        """The control parameters of an EF."""
        short = tlv(0x88, bytes([sfi])) if self.short_ids else b""
        identifier = tlv(0x83, fid.to_bytes(2, "big"))
        return tlv(self.told_size, size.to_bytes(2, "big")) + tlv(0x82, self.descriptor) + identifier + short

    def to_create(self, template: bytes) -> tuple[int, int, int]:
        """Identifier, short identifier (0 without) and size of the file that CREATE describes; 6A80 if not so."""
        outer = read_tlvs(template)
        if set(outer) != {0x62}:
            raise StatusError(WRONG_DATA)
        fields = read_tlvs(outer[0x62])
        sizes = {int.from_bytes(value, "big") for tag, value in fields.items() if tag in self.size_tags}
        known = self.size_tags | {0x82, 0x83, self.security_tag} | ({0x88} if self.short_ids else set())
        if set(fields) - known or len(sizes) != 1 or fields.get(0x82) != self.descriptor:
            raise StatusError(WRONG_DATA)
        if len(fields.get(0x83, b"")) != 2 or (self.short_ids and len(fields.get(0x88, b"")) != 1):
            raise StatusError(WRONG_DATA)
        return int.from_bytes(fields[0x83], "big"), fields.get(0x88, b"\0")[0], sizes.pop()


KTPSIM_1 = Dialect()
"""The card of docs/guides/card-ktpsim-1.md."""
