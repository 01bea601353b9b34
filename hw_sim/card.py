"""The simulated card of the profile `ktpsim-1` (docs/guides/card-ktpsim-1.md): one APDU in, one answer out.

The same chip in another dialect stands for cards of other makers.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from hw_sim.apdu import (
    CONDITIONS_NOT_SATISFIED,
    NOT_FOUND,
    OK,
    SECURE_MESSAGING_WRONG,
    SECURITY_NOT_SATISFIED,
    UNKNOWN_CLA,
    UNKNOWN_INS,
    WRONG_LENGTH,
    Command,
    StatusError,
    parse,
)
from hw_sim.card_dialect import KTPSIM_1, Dialect
from hw_sim.card_files import CardFiles, ElementaryFile, LifeCycle, Role
from hw_sim.card_key_sets import KeySets
from hw_sim.card_keys import FACTORY, READER, MasterKeys
from hw_sim.scp03 import SecureMessagingError, StaticKeys

CARD_ATR = bytes.fromhex("3B8A80018031B873840100829000E6")
"""T=0/T=1 as a contactless reader composes it (PC/SC part 3 §3.1.3.2.3); no extended length announced."""

_TERMINATED = 0x6285
_SHORTER_THAN_ASKED = 0x6282
_SECURED_ONLY = frozenset({0xE0, 0xE4, 0xD6, 0x04, 0x44, 0xE6, 0xD8})


class KtpCard:
    """A card with its chip; what it holds stays through power off, its session does not."""

    atr = CARD_ATR

    def __init__(
        self,
        uid: bytes,
        key_sets: Mapping[int, StaticKeys],
        authentication_key: ec.EllipticCurvePrivateKey,
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
        dialect: Dialect = KTPSIM_1,
    ) -> None:
        self.uid = uid
        self.dialect = dialect
        self.files = CardFiles(dialect.names)
        self.keys = KeySets(uid, key_sets, random_bytes)
        self._authentication_key = authentication_key
        self._selected = False
        self._current: ElementaryFile | None = None

    @property
    def life_cycle(self) -> LifeCycle:
        """The life cycle of the DF."""
        return self.files.life_cycle

    @property
    def pages_written(self) -> int:
        """Flash pages written since the factory."""
        return self.files.pages_written

    def tear_after(self, count: int) -> None:
        """Once `count` more content bytes are written, the next stops: some garbage follows and `process` raises."""
        self.files.tear_after(count)

    def reset(self) -> None:
        """Power on or reset: session and selection are gone."""
        self.keys.end_session()
        self._selected = False
        self._current = None

    def dump(self) -> dict[str, bytes]:
        """Every EF by its name in the profile, as it lies on the chip, without keys."""
        return {self.dialect.names[fid]: content for fid, content in self.files.contents().items()}

    def process(self, apdu: bytes) -> bytes:
        """Answer one command APDU; raises CardTorn if the power goes while the card writes."""
        try:
            return self._process(parse(apdu))
        except StatusError as refusal:
            return refusal.sw.to_bytes(2, "big")

    def _process(self, command: Command) -> bytes:
        too_long = command.le not in (None, 256) and (command.le or 0) > self.dialect.largest_answer
        if len(command.data) > self.dialect.largest_data or too_long:
            raise StatusError(WRONG_LENGTH)
        if self.dialect.selects_application(command):
            return self._select_application(command) + OK.to_bytes(2, "big")
        if self.life_cycle is LifeCycle.TERMINATED:
            raise StatusError(_TERMINATED)
        if not self._selected:
            raise StatusError(NOT_FOUND if command.ins == 0xA4 else CONDITIONS_NOT_SATISFIED)
        if command.cla == 0x84 and command.ins == 0x82:
            self.keys.external_authenticate(command)
            return OK.to_bytes(2, "big")
        if command.cla == 0x84:
            return self._secured(command)
        data, sw = self._plain(command)
        return data + sw.to_bytes(2, "big")

    def _secured(self, command: Command) -> bytes:
        channel = self.keys.channel
        if channel is None or not channel.is_open:
            raise StatusError(SECURITY_NOT_SATISFIED)
        try:
            inner = channel.unwrap(command)
        except SecureMessagingError:
            self.keys.end_session()
            raise StatusError(SECURE_MESSAGING_WRONG) from None
        data, sw = self._inside_session(inner)
        return channel.wrap(data, sw)

    def _plain(self, command: Command) -> tuple[bytes, int]:
        match command.cla, command.ins:
            case 0x00, 0xA4:
                return self._select_file(command), OK
            case 0x00, 0xB0:
                return self._read(command, self.dialect.largest_answer)
            case 0x00, 0xCA:
                return self._public_key(command), OK
            case 0x00, 0x88:
                return self._internal_authenticate(command), OK
            case 0x80, 0x50:
                return self.keys.initialize_update(command), OK
            case 0x00, 0xD6 if Role.STRANGER in self.files.unlocked_for:
                self.files.update(self._current_file(), command.offset, command.data, self.keys.role)
                return b"", OK
            case ((0x00 | 0x80), ins) if ins in _SECURED_ONLY:
                raise StatusError(SECURITY_NOT_SATISFIED)
            case ((0x00 | 0x80), _):
                raise StatusError(UNKNOWN_INS)
            case _:
                raise StatusError(UNKNOWN_CLA)

    def _inside_session(self, command: Command) -> tuple[bytes, int]:
        role = self.keys.role
        match command.ins:
            case 0xA4:
                return self._select_file(command), OK
            case 0xB0:
                return self._read(command, self.dialect.largest_secured_answer)
            case 0xE0:
                self._create(command)
            case 0xE4:
                command.expects(0, 0, 2)
                fid = int.from_bytes(command.data, "big")
                self.files.delete(fid, role)
                if self._current is not None and self._current.fid == fid:
                    self._current = None
            case 0xD6:
                self.files.update(self._current_file(), command.offset, command.data, role)
            case 0x44:
                command.expects(0, 0, 0)
                self.files.activate(role)
            case 0x04:
                command.expects(0, 0, 0)
                self.files.deactivate(role)
            case 0xE6:
                command.expects(0, 0, 0)
                self.files.terminate(role)
            case 0xD8:
                answer = self.keys.put_key(command)
                self.files.pages_written += 1
                return answer, OK
            case _:
                raise StatusError(UNKNOWN_INS)
        return b"", OK

    def _select_application(self, command: Command) -> bytes:
        answer = self.dialect.answered(command.p2, self.dialect.of_application(self.life_cycle))
        self.reset()
        self._selected = True
        return answer

    def _select_file(self, command: Command) -> bytes:
        fid = self.dialect.file_selected(command)
        self._current = None
        self._current = file = self.files.find(fid)
        return self.dialect.answered(command.p2, self.dialect.of_file(fid, file.sfi, len(file.content)))

    def _read(self, command: Command, most: int) -> tuple[bytes, int]:
        if command.le is None or command.data:
            raise StatusError(WRONG_LENGTH)
        as_many_as_fit = command.le == 256
        if as_many_as_fit and self.dialect.exact:
            raise StatusError(WRONG_LENGTH)
        if command.le > most and not as_many_as_fit:
            raise StatusError(WRONG_LENGTH)
        asked = most if as_many_as_fit else command.le
        data = self.files.read(self._current_file(), command.offset, asked, self.keys.role)
        short = len(data) < asked and not as_many_as_fit
        return data, _SHORTER_THAN_ASKED if short else OK

    def _create(self, command: Command) -> None:
        command.expects(0, 0)
        fid, sfi, size = self.dialect.to_create(command.data)
        self._current = self.files.create(fid, sfi, size, self.keys.role)

    def _current_file(self) -> ElementaryFile:
        if self._current is None:
            raise StatusError(0x6986)
        return self._current

    def _public_key(self, command: Command) -> bytes:
        command.expects(0x01, 0x0F, 0)
        return self._authentication_key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def _internal_authenticate(self, command: Command) -> bytes:
        command.expects(0, 0, 8)
        r, s = decode_dss_signature(self._authentication_key.sign(command.data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


class CardFactory:
    """Makes blank cards as the manufacturer delivers them: key sets 30 and 32, an authentication key, a journal."""

    def __init__(self, masters: MasterKeys, random_bytes: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self._masters = masters
        self._random_bytes = random_bytes

    def blank(self, uid: bytes, dialect: Dialect = KTPSIM_1) -> KtpCard:
        """A blank card with this 7-byte UID, in the dialect of its maker."""
        sets = {version: self._masters.for_card(version, uid) for version in (FACTORY, READER)}
        return KtpCard(uid, sets, self._masters.authentication_key(uid), self._random_bytes, dialect)
