"""`siaga card`: what the card on the encoder says to a stranger."""

from __future__ import annotations

import argparse
from typing import cast

from appliance.app.rooms import content, devices_of
from appliance.app.said import GOOD, WRONG, Said
from appliance.chip import reading
from appliance.chip.fields import decode_fields
from appliance.chip.profile import ProfileError, load_in_force
from appliance.chip.tlv import TlvError
from appliance.chip.verifier import read_card, verify_card
from appliance.clock import Deadline, utc_millis
from appliance.config import Settings
from appliance.devices import ChipEncoder
from appliance.faults import DeviceFault, FaultCode

CARD_SECONDS = 15.0


def _encoder(settings: Settings) -> ChipEncoder:
    if "chip_encoder" not in settings.devices:
        raise DeviceFault(FaultCode.ENCODER_UNREACHABLE, "not configured")
    encoder = cast("ChipEncoder", devices_of(settings)["chip_encoder"])
    encoder.open()
    return encoder


def _reading(settings: Settings) -> reading.Reading:
    try:
        return reading.load(load_in_force(settings.specimen).name)
    except ProfileError as error:
        raise DeviceFault(FaultCode.CARD_NO_PROFILE, str(error)) from error


def card_read(settings: Settings, arguments: argparse.Namespace) -> Said:
    """Every file of the card on the encoder that a stranger can read, in hexadecimal and decoded."""
    how = _reading(settings)
    encoder = _encoder(settings)
    try:
        found = read_card(encoder, Deadline.after(CARD_SECONDS), how)
    finally:
        encoder.close()
    try:
        fields = dict(decode_fields(found.files).text)
    except TlvError:
        fields = {}
    facts: dict[str, object] = {
        "uid": found.uid.hex(),
        "atr": found.atr.hex(),
        "life_cycle": f"{found.life_cycle:02X}",
        "files": found.as_hex(),
        "closed": {name: f"{sw:04X}" for name, sw in found.closed.items()},
        "fields": fields,
    }
    lines = [f"UID {found.uid.hex()}  life cycle {found.life_cycle:02X}"]
    return Said(GOOD, facts, lines + [f"{name:5} {len(data):5} bytes" for name, data in found.files.items()])


def card_verify(settings: Settings, arguments: argparse.Namespace) -> Said:
    """Whether the card on the encoder is active, unchanged, signed by a pinned root, and no clone."""
    how, roots = _reading(settings), content(settings.trust.chip)
    encoder = _encoder(settings)
    try:
        report = verify_card(encoder, roots, utc_millis(), Deadline.after(CARD_SECONDS), how)
    finally:
        encoder.close()
    facts: dict[str, object] = {
        "valid": report.valid,
        "reasons": report.reasons,
        "life_cycle": f"{report.life_cycle:02X}",
        "hashes": dict(report.hashes),
        "signer": report.signer,
    }
    line = "VALID" if report.valid else "NOT VALID: " + ", ".join(report.reasons)
    return Said(GOOD if report.valid else WRONG, facts, [line])
