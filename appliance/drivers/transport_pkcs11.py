"""A token behind a PKCS#11 module (SoftHSM, an HSM, a TPM by tpm2-pkcs11), asked in a child with a deadline.

The module is a vendor's native code inside the process that calls it: it may crash or never return.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, unquote

from appliance.clock import Deadline
from appliance.drivers.framed_child import ChildGone, ChildSilent, FramedChild
from appliance.drivers.transport_pkcs11_child import LETTERS
from appliance.drivers.wire_log import NOTHING, Tap, no_tap, veiled

CHILD = "appliance.drivers.transport_pkcs11_child"


def hidden_in_request(request: bytes) -> slice:
    """All but the letter, and the name of the key that is used: a PIN, what is signed, whose card it is."""
    if request[:1] == b"X":
        return NOTHING
    return slice(2 + request[1] if request[:1] in (b"C", b"R", b"E") and len(request) > 1 else 1, None)


def hidden_in_reply(request: bytes, reply: bytes) -> slice:
    """All but the letter, a token's model and serial number excepted: a key, a signature, an official's name."""
    return NOTHING if request[:1] == b"L" else slice(1, None)


class TokenTrouble(Exception):
    """The token did not do it; `letter` is one of the child's, or `S` silent, `G` gone."""

    def __init__(self, letter: str) -> None:
        super().__init__({**LETTERS, "S": "no answer in time", "G": "the module crashed"}.get(letter, letter))
        self.letter = letter


@dataclass(frozen=True, slots=True)
class TokenAddress:
    """Where a token is: the module's path and the token's label."""

    module: str
    token: str


def parse_uri(uri: str) -> TokenAddress:
    """The token of `pkcs11:token=LABEL?module-path=FILE` (RFC 7512 §2.3); raises ValueError."""
    scheme, _, rest = uri.partition(":")
    path, _, query = rest.partition("?")
    attributes = dict(part.partition("=")[::2] for part in path.split(";"))
    module = parse_qs(query).get("module-path", [""])[0]
    if scheme != "pkcs11" or not attributes.get("token") or not module.startswith("/"):
        raise ValueError("must be pkcs11:token=LABEL?module-path=/path/of/the/module.so")
    return TokenAddress(module, unquote(attributes["token"]))


class Pkcs11Token:
    """One token. After `S` or `G` the child is no more: log in again."""

    def __init__(self, address: TokenAddress, child: FramedChild | None = None, tap: Tap = no_tap) -> None:
        self.address = address
        shown = veiled(tap, hidden_in_request, hidden_in_reply)
        self._child = child or FramedChild(CHILD, address.module, address.token, tap=shown)

    def login(self, pin: str, by: Deadline) -> tuple[str, str]:
        """Log in as the user; model and serial number of the token."""
        model, _, serial = self._ask(b"L" + pin.encode(), by).partition(b"\0")
        return model.decode(errors="replace"), serial.decode(errors="replace").strip()

    def cmac(self, label: str, message: bytes, by: Deadline) -> bytes:
        """AES-CMAC of the message by the secret key of this label, 16 bytes."""
        name = label.encode()
        made = self._ask(b"C" + bytes([len(name)]) + name + message, by)
        if len(made) != 16:
            raise TokenTrouble("N")
        return made

    def certificates(self, by: Deadline) -> tuple[tuple[bytes, bytes], ...]:
        """Id (CKA_ID, the same as its key's) and DER of each certificate; no login is needed."""
        told, parts = self._ask(b"X", by), []
        while told:
            size = int.from_bytes(told[:4], "big")
            parts.append(told[4 : 4 + size])
            told = told[4 + size :]
        return tuple(zip(parts[::2], parts[1::2], strict=True))

    def sign(self, key_id: bytes, rsa: bool, data: bytes, by: Deadline) -> bytes:
        """A signature by the private key of this id: PKCS#1 v1.5 over a DigestInfo, or r and s over a digest."""
        return self._ask((b"R" if rsa else b"E") + bytes([len(key_id)]) + key_id + data, by)

    def close(self) -> None:
        """End the child and with it the session; never raises."""
        self._child.kill()

    def _ask(self, frame: bytes, by: Deadline) -> bytes:
        try:
            reply = self._child.ask(frame, by)
        except ChildSilent as error:
            raise TokenTrouble("S") from error
        except ChildGone as error:
            raise TokenTrouble("G") from error
        if reply[:1] != b"K":
            raise TokenTrouble(reply[:1].decode(errors="replace"))
        return reply[1:]
