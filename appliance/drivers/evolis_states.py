"""What an Evolis printer says of itself, in its SDK's words (`State.Minor`, version 9.4), as fault codes. Pure."""

from __future__ import annotations

import re

from appliance.faults import FaultCode

_TABLE: tuple[tuple[str, FaultCode | None], ...] = (
    (r"PRINTER_(UNKNOWN|OFFLINE)", FaultCode.PRINTER_UNREACHABLE),
    (r"PRINTER_(SUPERVISION_\w+|STATUS_DISABLED|NOT_SUPERVISED|READY)", None),
    (r".*(COVER|FEEDER|RECEPTACLE)_OPEN", FaultCode.PRINTER_COVER_OPEN),
    (r".*FEEDER_NEAR_EMPTY", FaultCode.PRINTER_MEDIA_LOW),
    (r".*FEEDER_EMPTY", FaultCode.PRINTER_MEDIA_EMPTY),
    (r".*(WAIT_CARD|NO_CARD_INSERTED|MANUAL_REQUIRED)", FaultCode.PRINTER_MEDIA_NEEDED),
    (r".*(CARD_JAM|MECHANICAL|FEEDER_ERROR)", FaultCode.PRINTER_MEDIA_JAM),
    (r".*(HOPPER_FULL|BOX_FULL|CARD_ON_EJECT)", FaultCode.PRINTER_OUTPUT_FULL),
    (r".*(RIBBON|CLEAR|FILM|LAMINATE)_END(ED)?", FaultCode.PRINTER_SUPPLY_EMPTY),
    (r".*(RIBBON|CLEAR|LAMINATE)_LOW", FaultCode.PRINTER_SUPPLY_LOW),
    (r".*(NO_RIBBON|NO_CLEAR|NO_LAMINATE)", FaultCode.PRINTER_PART_MISSING),
    (r".*(TEMP|TEMPERATURE|TEMP_TOOLOW|COOLING)", FaultCode.PRINTER_TEMPERATURE),
    (r"DEF_PRINTER_LOCKED", FaultCode.PRINTER_STOPPED),
    (
        r".*CLEAN(ING)?_(REQUIRED|LAST_OUTWARRANTY|2ND_PASS|ADVANCED)|INF_(LAMI_)?CLEANING",
        FaultCode.PRINTER_PART_WORN,
    ),
    (
        r"INTERNALERROR|DEF_POWER_SUPPLY|AVANSIA_ERR_(SERVICE_CALL|IC_ERROR)|ERR_(FEATURE|NO_OPTION|LAMINATE)"
        r"|.*(RIBBON|CLEAR|FILM)_ERROR",
        FaultCode.PRINTER_FAILURE,
    ),
    (r"NOT_FLIP_ACT|BUSY|CFG_\w+|AVANSIA_OPT_\w+|.*(RUNNING|FIRMWARE|HEATING|NOT_READY|SLEEP_MODE(_FULL)?)", None),
)
_BLOCKS = re.compile(r"(AVANSIA_)?(DEF|ERR)_|PRINTER_(UNKNOWN|OFFLINE)|INTERNALERROR")


def meaning(word: str) -> FaultCode | None:
    """The fault of a state's word; None if nobody must act on it; `printer.other` for all other words."""
    return next((code for form, code in _TABLE if re.fullmatch(form, word)), FaultCode.PRINTER_OTHER)


def blocks(word: str) -> bool:
    """Whether nothing is printed in this state: the SDK's DEF (mend it) and ERR (the card under way is lost)."""
    return _BLOCKS.match(word) is not None
