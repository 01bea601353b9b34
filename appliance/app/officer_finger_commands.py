"""An officer's own index fingers in a terminal: kept from the scanner's last trial, or forgotten."""

from __future__ import annotations

import argparse
import getpass

from appliance.app.finger_commands import finger_engine
from appliance.app.rooms import open_store
from appliance.app.said import GOOD, MISSING, USAGE, WRONG, Said
from appliance.biometrics import compact, rules
from appliance.casework.roles import Actor, Role
from appliance.casework.sop import NotAllowed
from appliance.config import Settings
from appliance.devices import FingerPosition
from appliance.records import officer_fingers, trials

AGREED = "an officer's finger is kept only if he agrees: ask him, then repeat with --agreed"
NO_TRIAL = "no finger: let the officer try the scanner on the technician's page, then repeat within two minutes"
POOR = "the picture is too poor: try the scanner once more"


def _by() -> Actor:
    return Actor("console", getpass.getuser(), Role.TEKNISI, "terminal")


def account_finger(settings: Settings, arguments: argparse.Namespace) -> Said:
    """Keep the finger of the scanner's last trial as this officer's; the picture goes with the trial."""
    if not arguments.agreed:
        return Said(USAGE, {"error": AGREED}, [AGREED])
    store, vault = open_store(settings)
    picture = trials.taken(store, vault, "fingerprint_scanner")
    if picture is None:
        return Said(MISSING, {"error": NO_TRIAL}, [NO_TRIAL])
    with finger_engine(settings) as fingers:
        template, quality = fingers.extract(picture[0])
    if not rules.good_enough(FingerPosition(arguments.finger), quality, len(template.minutiae)):
        return Said(WRONG, {"error": POOR, "quality": quality}, [f"{POOR} (quality {quality})"])
    try:
        with store.write() as tx:
            officer_fingers.keep(tx, arguments.login, arguments.finger, compact.write(template), _by())
    except NotAllowed as refused:
        return Said(WRONG, {"error": str(refused)}, [str(refused)])
    facts = {"login": arguments.login, "finger": arguments.finger, "quality": quality}
    return Said(GOOD, facts, [f"{arguments.finger} of {arguments.login} kept, quality {quality}"])


def account_forget_fingers(settings: Settings, arguments: argparse.Namespace) -> Said:
    """Delete every finger kept of this officer."""
    store, _ = open_store(settings)
    try:
        with store.write() as tx:
            gone = officer_fingers.forget(tx, arguments.login, _by())
    except NotAllowed as refused:
        return Said(WRONG, {"error": str(refused)}, [str(refused)])
    return Said(
        GOOD, {"login": arguments.login, "forgotten": gone}, [f"{gone} fingers of {arguments.login} forgotten"]
    )
