"""A card that was handed over, and another case of its holder."""

from __future__ import annotations

from counter import Counter
from sqlalchemy import text

from appliance.casework.roles import Role


def ready_case(counter: Counter) -> str:
    """A case whose resident is recorded and known to the centre."""
    case = counter.signed()
    counter.do("start_recording", Role.PEREKAM, case)
    counter.record_quickly(case)
    counter.centre_goes_on()
    return case


def made(counter: Counter, case: str, serial: str, **values: object) -> None:
    """The resident's card is written, printed and looked at: good."""
    counter.do("issue_card", Role.OPERATOR, case, blank_serial=serial, **values)
    counter.chip_written(case, serial)
    counter.do("print_card", Role.OPERATOR, case)
    counter.run("card_printer")
    counter.do("look_card", Role.OPERATOR, case, result="ok")


def second_case(counter: Counter) -> str:
    """Another case of somebody to whom card A001 was handed over."""
    case = ready_case(counter)
    made(counter, case, "A001")
    counter.do("hand_over_card", Role.PETUGAS, case)
    counter.matched(case)
    nik = counter.person(case).nik
    second = ready_case(counter)
    with counter.store.write() as tx:
        tx.sql.execute(text("UPDATE resident SET nik = :nik WHERE case_id = :case"), {"nik": nik, "case": second})
    return second
