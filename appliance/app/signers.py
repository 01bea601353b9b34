"""Which e-sign provider the configuration names."""

from __future__ import annotations

from appliance.central.accounts import Account
from appliance.central.esign import BsreV2, Signer
from appliance.central.esign_v1 import BsreV1
from appliance.central.token_signer import TokenSigner
from appliance.clock import utc_millis
from appliance.config import Central
from appliance.drivers.pkcs11_signing_token import SigningToken


def signer_of(central: Central, account: Account | None) -> Signer | None:
    """The provider of `central.esign`, or None: then what was signed elsewhere is brought as a file."""
    if central.esign is None:
        return None
    if central.esign.startswith("pkcs11:"):
        return TokenSigner(SigningToken(central.esign), utc_millis)
    return (BsreV1 if central.esign_api == "v1" else BsreV2)(central.esign, account)
