"""A PKCS#11 token asked in a child that can be ended, against python-pkcs11 in this process: the same CMAC."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pkcs11
from rows import Row, in_turn, seconds

from appliance.clock import Deadline
from appliance.drivers.transport_pkcs11 import Pkcs11Token, parse_uri
from hw_sim.card_keys import FACTORY, MasterKeys
from hw_sim.key_token import LABEL, KeyToken

PIN = "246810"
CMACS, ROUNDS = 300, 7
SOURCE = bytes(range(32))
KEY = f"{FACTORY:02X}-ENC"


def rows() -> Iterator[Row]:
    """One CMAC, of which a card's session needs three; there is no wire whose bytes could be counted."""
    with TemporaryDirectory(prefix="siaga-bench-") as directory:
        token = KeyToken(Path(directory) / "token", PIN)
        token.take(MasterKeys.fresh())
        driver = Pkcs11Token(parse_uri(token.uri))
        by = Deadline.after(600)
        driver.login(PIN, by)
        with pkcs11.lib(token.module).get_token(token_label=LABEL).open(user_pin=PIN) as session:
            kind = {"object_class": pkcs11.ObjectClass.SECRET_KEY, "key_type": pkcs11.KeyType.AES, "label": KEY}
            key, cmac = session.get_key(**kind), pkcs11.Mechanism.AES_CMAC
            ours, floor = in_turn(
                lambda: seconds(lambda: [driver.cmac(KEY, SOURCE, by) for _ in range(CMACS)]) / CMACS,
                lambda: seconds(lambda: [key.sign(SOURCE, mechanism=cmac) for _ in range(CMACS)]) / CMACS,
                ROUNDS,
            )
        driver.close()
    yield Row("PKCS#11 token: one CMAC, in a child that can be ended", ours * 1e6, floor * 1e6, "µs")
