"""Books with a family whose cards can be made: for batches of cards."""

from __future__ import annotations

from datetime import date
from typing import Any

from case_files import complete
from counter import Counter

from appliance.casework.roles import Role
from appliance.office.checks import to_be_searched


def family(grown: int) -> dict[str, Any]:
    """A case file of so many grown residents and a child of sixteen."""
    file = complete()
    first = file["residents"][0]
    for number in range(1, grown + 1):
        born = date(1972 + number, 3, number + 1) if number < grown else date(2010, 11, 25)
        name = f"SUGENG ANAK {'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[number]}"
        file["residents"].append({**first, "family_relation": 4, "full_name": name, "birth_date": born.isoformat()})
    return file


def ready_to_print(counter: Counter, grown: int, blanks: int) -> str:
    """A case of which so many residents are at PRR, with so many blanks in the store; its id."""
    counter.receive_blanks(blanks)
    case = counter.verified(family(grown))
    with counter.store.read() as tx:
        searched = sorted(to_be_searched(tx, case))
    for position in searched:
        counter.do("search_biometrics", Role.PEREKAM, case, resident=position)
        counter.run("scanner", "centre")
    counter.do("enter_siak", Role.OPERATOR, case)
    counter.run("siak", "render")
    counter.do("submit_draft", Role.OPERATOR, case)
    counter.do("validate", Role.KABID, case)
    counter.do("sign", Role.KADIS, case, passphrase="kuda-terbang")
    counter.signature_arrived(case)
    for position in range(grown):
        counter.do("start_recording", Role.PEREKAM, case, resident=position)
        counter.record_quickly(case, position)
    counter.centre_goes_on()
    return case
