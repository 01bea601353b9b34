"""Whether a finger on the glass is an officer's own; a resident is never recorded with it."""

from __future__ import annotations

from appliance.biometrics import rules
from appliance.biometrics.minutiae import Template
from appliance.issuance.machines import Machines
from appliance.records import officer_fingers

SHORTLIST = 5
"""Compared in full: the pre-filter puts the right finger first among 4,000, and this is done at every capture."""


def whose(machines: Machines, template: Template | None) -> str | None:
    """The account whose kept finger this is, or None; 48 and above is his, as in a search among many.

    Not 40: ten fingers against those of fifty officers are a thousand comparisons a resident, and a resident refused
    here has only the way of an exception before a second officer.
    """
    with machines.store.read() as tx:
        known = officer_fingers.all_of_them(tx)
    if template is None or not known:
        return None
    found = machines.fingers.search(template, [one.form for one in known], SHORTLIST)
    best = max(found, key=lambda one: one.score, default=None)
    if best is None or best.score < rules.SEARCH_ONE_FINGER_SCORE:
        return None
    return known[best.index].account_id
