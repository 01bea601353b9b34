"""`--hardware KIND=URI`: the suites of the contracts over a real device, a person on the terminal as its hands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from appliance.devices import Device
from appliance.drivers.catalogue import driven, open_device

WORDS = {
    "write": "be ready to sign on the pad, at once after this",
    "keep_pen_down": "when you sign, leave the pen on the pad at the end",
    "silence": "let the device answer nothing from now on, its cable still in",
    "speak": "let it answer again",
    "lay_card": "lay a new blank card on the reader",
    "swap_card": "take the card off and lay another on at once",
}
"""What is asked of a person where the verb alone does not say it."""

SEEN = {
    "saw": "of the job {0} there came out, all in all: {1}",
    "sees": "these lamps are lit and no others, the buzzer is quiet: {0}",
    "heard": "so many tones have sounded since the test began: {0}",
}
"""What a person must say of what can be seen."""

UNSEEN = frozenset({"made_at", "commands_seen"})
"""What nobody can see at a real device."""

CARDS = frozenset({"lay_card", "swap_card"})
"""Verbs after which the card's UID is told, if it is known."""


class HardwareRefused(ValueError):
    """The options do not name a device that a driver serves."""


@dataclass(frozen=True)
class Hardware:
    """Real devices by kind (a key of `[devices]`), and the secrets that some need; empty in a run of every day."""

    uris: Mapping[str, str] = field(default_factory=dict)
    sam_pin: str = ""
    scanner_roots: bytes = b""

    def uri(self, kind: str, schemes: Sequence[str]) -> str | None:
        """The real device for a suite, None if none of its kind was named; another scheme's suite is left out."""
        uri = self.uris.get(kind)
        if uri is not None and uri.partition(":")[0] not in schemes:
            pytest.skip(f"the real {kind} is not for this suite: {uri}")
        return uri

    def driver(self, kind: str) -> Device:
        """The driver for the real device, not opened."""
        pin, roots = self.sam_pin, self.scanner_roots
        return open_device(kind, self.uris[kind], sam_pin=pin, scanner_roots=roots)

    def unserved(self, suites: Iterable[object]) -> list[str]:
        """The devices that none of these suites runs over."""
        served = {
            (kind, scheme)
            for suite in suites
            if (kind := getattr(suite, "kind", None)) is not None
            for scheme in getattr(suite, "schemes", ())
        }
        return [f"{kind}={uri}" for kind, uri in self.uris.items() if (kind, uri.partition(":")[0]) not in served]


def named(pairs: Sequence[str]) -> dict[str, str]:
    """`KIND=URI` pairs as a mapping; raises `HardwareRefused` for what no driver serves."""
    uris = dict(pair.partition("=")[::2] for pair in pairs)
    for kind, uri in uris.items():
        if (kind, uri.partition(":")[0]) not in driven():
            raise HardwareRefused(f"no driver serves {kind}={uri}")
    return uris


class PersonHands:
    """A person at a real device, asked on the terminal; any verb of any suite becomes a request.

    `n` says that it cannot be done here, and skips the test. What must be seen is a question. What nobody can tell is
    None, of which `every_device.compared` says that it was not compared.
    """

    def __getattr__(self, verb: str) -> Callable[..., Any]:
        return lambda *what: self._asked(verb, [str(one) for one in what])

    def _asked(self, verb: str, what: Sequence[str]) -> bytes | None:
        if verb in UNSEEN:
            return None
        if verb in SEEN:
            seen = SEEN[verb].format(*what)
            assert _answer(f"is it so? {seen} (y or n)") == "y", f"not seen: {seen}"
            return None
        wish = " ".join((WORDS.get(verb, verb.replace("_", " ")), *what))
        card = ", or type its UID in hex if you know it" if verb in CARDS else ""
        told = _answer(f"please: {wish}, then press Enter{card} (n: cannot be done here)")
        if told == "n":
            pytest.skip(f"cannot be done here: {wish}")
        return bytes.fromhex(told) if verb in CARDS and told else None


def _answer(question: str) -> str:
    print(f"\n  {question}", flush=True)
    return input().strip().lower()
