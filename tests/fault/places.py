"""Where each fault can strike: by kind of job and phase. Data; `test_places.py` walks it.

A new FaultCode stands in no row and fails the tests until somebody has thought about where it strikes: add it to a
group below, or to a job of its own, or to `NO_STEP` with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from appliance.app.deviced import STEPS as DEVICE_STEPS
from appliance.app.syncd import STEPS as OFFICE_STEPS
from appliance.faults import FaultCode as F


class Phase(StrEnum):
    """When it strikes: before the effect begins, while it is under way, or after it and before its receipt."""

    BEFORE = "before"
    DURING = "during"
    AFTER = "after"


BEFORE, DURING, AFTER = Phase
Places = Mapping[Phase, tuple[F, ...]]


def joined(*places: Places) -> Places:
    """All of them in one."""
    return {phase: tuple(dict.fromkeys(code for one in places for code in one.get(phase, ()))) for phase in Phase}


READER: Places = {
    BEFORE: (
        F.ENCODER_UNREACHABLE,
        F.ENCODER_NO_SERVICE,
        F.CARD_ABSENT,
        F.CARD_FOREIGN,
        F.CARD_WRONG,
        F.CARD_TERMINATED,
    ),
    DURING: (F.ENCODER_TIMEOUT, F.ENCODER_CUT_OFF, F.ENCODER_COMMAND_TOO_LONG, F.CARD_GONE, F.CARD_MUTE),
}
KEYS: Places = {BEFORE: (F.SAM_ABSENT, F.SAM_PIN_REFUSED, F.SAM_LOCKED, F.SAM_ERROR), DURING: (F.CARD_AUTH_FAILED,)}
TAKEN: Places = {BEFORE: (F.CARD_NO_PROFILE, F.CARD_USED, F.CARD_OF_ANOTHER)}
WRITE: Places = {
    BEFORE: (F.CENTRE_UNTRUSTED,),
    DURING: (F.CARD_FULL, F.CARD_REFUSED, F.CARD_VERIFY_MISMATCH),
    AFTER: (
        F.CARD_GONE,
        F.CARD_MUTE,
        F.ENCODER_CUT_OFF,
        F.CARD_VERIFY_MISMATCH,
        F.CARD_NOT_LOCKED,
        F.CARD_DIFFERS,
    ),
}
SCANNER: Places = {
    BEFORE: (F.SCANNER_UNREACHABLE, F.SCANNER_BUSY, F.SCANNER_NOT_READY, F.SCANNER_SILENT),
    DURING: (
        F.SCANNER_TIMEOUT,
        F.SCANNER_NO_FINGER,
        F.SCANNER_WRONG_COUNT,
        F.SCANNER_UNTRUSTED,
        F.SCANNER_BAD_ANSWER,
        F.SCANNER_BROKEN_PICTURE,
    ),
    AFTER: (F.ENGINE_ABSENT, F.ENGINE_TIMEOUT),
}
PRINTER: Places = {
    BEFORE: (F.PRINTER_UNREACHABLE, F.PRINTER_STOPPED, F.PRINTER_UNSUPPORTED),
    DURING: (
        F.PRINTER_MEDIA_EMPTY, F.PRINTER_MEDIA_NEEDED, F.PRINTER_MEDIA_JAM, F.PRINTER_COVER_OPEN,
        F.PRINTER_DOOR_OPEN, F.PRINTER_SUPPLY_EMPTY, F.PRINTER_OFFLINE, F.PRINTER_ABORTED, F.PRINTER_OTHER,
        F.PRINTER_OUTPUT_FULL, F.PRINTER_WASTE_FULL, F.PRINTER_PART_MISSING, F.PRINTER_TEMPERATURE, F.PRINTER_FAILURE,
    ),
    AFTER: (F.PRINTER_TIMEOUT, F.PRINTER_UNSETTLED, F.PRINTER_SILENT),
}  # fmt: skip
MOVER: Places = {
    BEFORE: (
        F.PRINTER_UNREACHABLE, F.PRINTER_MEDIA_EMPTY, F.PRINTER_MEDIA_JAM, F.PRINTER_COVER_OPEN,
        F.PRINTER_UNSUPPORTED, F.PRINTER_OTHER,
    ),
}  # fmt: skip
"""A printer that brings the blank to the encoder inside it."""
PAPER: Places = {BEFORE: (F.PAPER_REFUSED,), DURING: (F.PAPER_FAILED,)}
SIAK: Places = {
    BEFORE: (F.SIAK_UNREACHABLE, F.SIAK_BY_HAND),
    DURING: (F.SIAK_REFUSED,),
    AFTER: (F.SIAK_UNKNOWN, F.SIAK_DIFFERS),
}
CENTRE: Places = {
    BEFORE: (F.CENTRE_UNREACHABLE, F.CENTRE_BY_HAND),
    DURING: (F.CENTRE_REFUSED,),
    AFTER: (F.CENTRE_UNKNOWN,),
}
LOOK: Places = {BEFORE: (F.CENTRE_UNREACHABLE, F.CENTRE_REFUSED)}

_FRAMES = (F.CAMERA_FROZEN, F.CAMERA_BROKEN_FRAME, F.CAMERA_TIMEOUT)

PLACED: Mapping[str, Places] = {
    "prepare": joined(READER, MOVER, KEYS, TAKEN, {DURING: (F.CARD_REFUSED,)}),
    "encode": joined(READER, KEYS, TAKEN, WRITE),
    "read-fingers": joined(READER, KEYS, SCANNER, {BEFORE: (F.CARD_NO_PROFILE,), DURING: (F.CARD_VERIFY_MISMATCH,)}),
    "see-face": joined(
        READER,
        {
            BEFORE: (F.CAMERA_UNREACHABLE, F.CARD_NO_PROFILE),
            DURING: (F.CARD_VERIFY_MISMATCH, *_FRAMES),
            AFTER: (F.ENGINE_TIMEOUT,),
        },
    ),
    "print-card": joined(PRINTER, PAPER, {BEFORE: (F.CARD_REFUSED, F.CAMERA_BROKEN_FRAME)}),
    "print-kk": joined(PRINTER, {BEFORE: (F.ESIGN_UNTRUSTED,)}),
    "resume-queue": {
        BEFORE: (F.PRINTER_UNREACHABLE, F.PRINTER_STOPPED, F.PRINTER_START_REFUSED),
        DURING: (F.PRINTER_UNSETTLED, F.PRINTER_TIMEOUT),
    },
    "withdraw-prints": {BEFORE: (F.PRINTER_UNREACHABLE,), DURING: (F.PRINTER_UNSETTLED, F.PRINTER_TIMEOUT)},
    "capture": SCANNER,
    "search-capture": joined(SCANNER, {AFTER: (F.SCANNER_NO_FINGER,)}),
    "capture-photo": {
        BEFORE: (F.CAMERA_UNREACHABLE,),
        DURING: _FRAMES,
        AFTER: (F.ENGINE_TIMEOUT, F.ENGINE_ABSENT),
    },
    "capture-scan": {BEFORE: (F.CAMERA_UNREACHABLE,), DURING: _FRAMES},
    "recapture": SCANNER,
    "capture-thumb": SCANNER,
    "keep-officer-finger": {},  # a fault is what the page tells; nothing is held
    "capture-hand": {BEFORE: (F.CAMERA_UNREACHABLE,), DURING: _FRAMES},
    "capture-signature": {
        BEFORE: (F.PAD_UNREACHABLE, F.PAD_ON_SCREEN),
        DURING: (F.PAD_TIMEOUT,),
        AFTER: (F.PAD_EMPTY,),
    },
    "read-slip": {},
    "read-family-card": {},  # a fault is what the resident is told; nothing is held
    "check-card": {},
    "print-ticket": {},  # the number is on the screen already, and the resident is told that no paper comes
    "print-code": {},  # the same of the code of a report
    "kk-draft": PAPER,
    "report-slip": PAPER,
    "return-slip": PAPER,
    "receipt": PAPER,
    "destruction-minutes": PAPER,
    "face-minutes": PAPER,
    "try-device": {},  # a fault is what came of the trial; nothing is held
    "erase-trial": {},
    "enter": SIAK,
    "call-nik": {BEFORE: (F.DATA_UNREACHABLE, F.DATA_QUOTA), DURING: (F.DATA_REFUSED,)},
    "search": CENTRE,
    "enrol": CENTRE,
    "enrolment-state": LOOK,
    "personalise": joined(
        CENTRE,
        {
            BEFORE: (F.SIAK_UNREACHABLE, F.SIAK_REFUSED, F.SIAK_DIFFERS),
            AFTER: (F.CENTRE_UNTRUSTED, F.CENTRE_DIFFERS),
        },
    ),
    "void": CENTRE,
    "report-card": CENTRE,
    "sign": {
        BEFORE: (F.ESIGN_UNREACHABLE, F.ESIGN_AWAY_TOO_LONG, F.ESIGN_PASSPHRASE_NEEDED, F.ESIGN_NOT_READY),
        DURING: (F.ESIGN_AUTH_FAILED, F.ESIGN_REJECTED),
        AFTER: (F.ESIGN_UNKNOWN, F.ESIGN_UNTRUSTED),
    },
}
"""By kind of job, as in STEPS of deviced and syncd."""

NO_STEP: Mapping[F, str] = {
    F.PRINTER_SUPPLY_LOW: "a warning on the board; printing goes on",
    F.PRINTER_MEDIA_LOW: "a warning on the board; printing goes on",
    F.PRINTER_PART_WORN: "a warning on the board; printing goes on",
    F.PRINTER_RESTED: "a warning on the board; printing is what helps (tests/unit/test_device_history.py)",
    F.ENGINE_NO_FINGER: "taken as a try without quality, never as a fault of the job",
    F.BARCODE_UNREACHABLE: "optional; the look ends and says so, codes can be typed (tests/contract/test_slip.py)",
    F.BARCODE_TIMEOUT: "optional; the look ends and says so, codes can be typed (tests/contract/test_slip.py)",
    F.BARCODE_UNREADABLE: "optional; the look ends and says so, codes can be typed (tests/contract/test_slip.py)",
    F.LIGHT_UNREACHABLE: "optional; no job waits for it",
    F.LIGHT_REFUSED: "optional; no job waits for it",
    F.POWER_UNREACHABLE: "optional; no job waits for it",
    F.POWER_ON_BATTERY: "a warning on the board; steps are still begun",
    F.BOARD_HOT: "a warning on the board; steps are still begun (tests/contract/test_power_sysfs.py)",
    F.POWER_STARVED: "a step is not begun and waits without a hold (tests/unit/test_office_issue.py)",
    F.POWER_LOW: "a step is not begun and waits without a hold (tests/unit/test_office_issue.py)",
    F.STORAGE_LOW: "a warning on the board; work goes on",
    F.STORAGE_FULL: "no row can be written about it: the lane waits with its job (tests/power/test_disk.py)",
    F.STORAGE_READ_ONLY: "no row can be written about it: the lane waits with its job (tests/power/test_disk.py)",
    F.STORAGE_FAILED: "no row can be written about it: the lane waits with its job (tests/power/test_disk.py)",
    F.STORAGE_UNREACHABLE: "no row can be written about it: the lane waits (tests/unit/test_postgres.py)",
    F.STORAGE_DAMAGED: "nothing is begun: the appliance does not open (tests/power/test_backup.py)",
    F.STORAGE_RESTORED: "no job is begun until an officer confirms (tests/power/test_backup.py)",
    F.STORAGE_NO_COPY: "a warning on the board; work goes on",
    F.STORAGE_ALTERED: "found by the check of the chain, a warning on the board (tests/unit/test_audit_desk.py)",
    F.CLOCK_BEHIND: "a step is not begun and waits without a hold (tests/power/test_clock.py)",
    F.CLOCK_JUMPED: "a step is not begun and waits without a hold (tests/power/test_clock.py)",
}
"""Faults that hold no job, with the reason."""


ELSEWHERE: Mapping[F, tuple[str, str]] = {
    F.CARD_MUTE: ("tests/contract/test_ccid_reader.py", "CARD_MUTE"),
    F.ENCODER_CUT_OFF: ("tests/contract/test_ccid_reader.py", "ENCODER_CUT_OFF"),
    F.ENCODER_COMMAND_TOO_LONG: ("tests/contract/test_ccid_reader.py", "ENCODER_COMMAND_TOO_LONG"),
    F.CARD_DIFFERS: ("tests/unit/test_draft_differences.py", "CARD_DIFFERS"),
    F.CENTRE_DIFFERS: ("tests/unit/test_draft_differences.py", "CENTRE_DIFFERS"),
    F.SIAK_DIFFERS: ("tests/unit/test_draft_differences.py", "SIAK_DIFFERS"),
    F.CARD_REFUSED: ("tests/unit/test_office_issue.py", "chip_encoder.refused"),
    F.CARD_AUTH_FAILED: ("tests/fault/test_card_cuts.py", "CARD_AUTH_FAILED"),
    F.PRINTER_SILENT: ("tests/fault/test_print_system_gone.py", "PRINTER_SILENT"),
    F.PRINTER_START_REFUSED: ("tests/fault/test_print_system_gone.py", "PRINTER_START_REFUSED"),
    F.PRINTER_UNSETTLED: ("tests/contract/test_printing.py", "PRINTER_UNSETTLED"),
    F.PRINTER_OUTPUT_FULL: ("tests/contract/every_printer.py", "PRINTER_OUTPUT_FULL"),
    F.PRINTER_WASTE_FULL: ("tests/contract/every_printer.py", "PRINTER_WASTE_FULL"),
    F.PRINTER_TEMPERATURE: ("tests/contract/every_printer.py", "PRINTER_TEMPERATURE"),
    F.PRINTER_UNSUPPORTED: ("tests/contract/every_printer.py", "PRINTER_UNSUPPORTED"),
    F.PAPER_REFUSED: ("tests/unit/test_documents.py", "DocumentRefused"),
    F.PAPER_FAILED: ("tests/unit/test_documents.py", "DocumentFailed"),
    F.SCANNER_SILENT: ("tests/contract/test_usb_scanner.py", "SCANNER_SILENT"),
    F.SCANNER_BAD_ANSWER: ("tests/contract/test_usb_scanner.py", "SCANNER_BAD_ANSWER"),
    F.SCANNER_BROKEN_PICTURE: ("tests/contract/test_usb_scanner.py", "SCANNER_BROKEN_PICTURE"),
    F.PAD_ON_SCREEN: ("tests/unit/test_screen_signature.py", "PAD_ON_SCREEN"),
    F.ESIGN_AWAY_TOO_LONG: ("tests/e2e/test_sign_batch.py", "ESIGN_AWAY_TOO_LONG"),
    F.ENGINE_TIMEOUT: ("tests/unit/test_finger_engine.py", "ENGINE_TIMEOUT"),
}
"""Faults that strike a step and are caused by another test: its file and its word for it. All others are
injected in `injections.py`."""


@dataclass(frozen=True, slots=True)
class Strike:
    """One cell: this fault in this kind of job at this phase."""

    lane: str
    kind: str
    phase: Phase
    code: F

    def __str__(self) -> str:
        return f"{self.kind}-{self.phase}-{self.code.value}"


def lanes() -> dict[str, str]:
    """The lane of each kind of job."""
    return {kind: lane for steps in (DEVICE_STEPS, OFFICE_STEPS) for lane, kinds in steps.items() for kind in kinds}


def strikes() -> Iterator[Strike]:
    """Every cell of the table."""
    where = lanes()
    for kind, places in PLACED.items():
        for phase, codes in places.items():
            for code in codes:
                yield Strike(where[kind], kind, phase, code)
