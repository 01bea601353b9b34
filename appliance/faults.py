"""Faults as values: each thing that goes wrong with a device or an office outside is a row of one table.

Expected trouble raises `DeviceFault`; anything else is a bug and ends the process.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Category(StrEnum):
    """Which part of the physical world is in trouble."""

    LINK = "link"
    MEDIA = "media"
    JAM = "jam"
    COVER = "cover"
    SUPPLY = "supply"
    CARD = "card"
    QUALITY = "quality"
    AUTH = "auth"
    DEVICE = "device"


class Actor(StrEnum):
    """Who must act next."""

    RESIDENT = "resident"
    OFFICER = "officer"
    TECHNICIAN = "technician"


class Retry(StrEnum):
    """When the act may be tried again; the fault decides this, never the queue."""

    AUTO_ONCE = "auto_once"
    AFTER_ACTION = "after_action"
    NEVER = "never"


class Item(StrEnum):
    """What happened to the resident's card or sheet."""

    UNTOUCHED = "untouched"
    UNKNOWN = "unknown"
    SPOILED = "spoiled"


class FaultCode(StrEnum):
    """`device.reason`; printers keep the IPP keyword verbatim behind the dot (RFC 8011 §5.4.12, PWG 5100.9)."""

    ENCODER_UNREACHABLE = "chip_encoder.unreachable"
    ENCODER_NO_SERVICE = "chip_encoder.no_service"
    ENCODER_TIMEOUT = "chip_encoder.timeout"
    ENCODER_CUT_OFF = "chip_encoder.cut_off"
    ENCODER_COMMAND_TOO_LONG = "chip_encoder.command_too_long"
    CARD_ABSENT = "chip_encoder.card_absent"
    CARD_GONE = "chip_encoder.card_gone"
    CARD_MUTE = "chip_encoder.card_mute"
    CARD_WRONG = "chip_encoder.wrong_card"
    CARD_USED = "chip_encoder.used_card"
    CARD_OF_ANOTHER = "chip_encoder.anothers_card"
    CARD_FULL = "chip_encoder.card_full"
    CARD_FOREIGN = "chip_encoder.foreign_card"
    CARD_REFUSED = "chip_encoder.refused"
    CARD_AUTH_FAILED = "chip_encoder.auth_failed"
    CARD_VERIFY_MISMATCH = "chip_encoder.verify_mismatch"
    CARD_TERMINATED = "chip_encoder.terminated"
    CARD_NOT_LOCKED = "chip_encoder.not_locked"
    CARD_NO_PROFILE = "chip_encoder.no_profile"
    SAM_ABSENT = "sam.absent"
    SAM_PIN_REFUSED = "sam.pin-refused"
    SAM_LOCKED = "sam.locked"
    SAM_ERROR = "sam.error"
    PRINTER_UNREACHABLE = "printer.unreachable"
    PRINTER_SILENT = "printer.silent"
    PRINTER_STOPPED = "printer.paused"
    PRINTER_START_REFUSED = "printer.start-refused"
    PRINTER_MEDIA_EMPTY = "printer.media-empty"
    PRINTER_MEDIA_LOW = "printer.media-low"
    PRINTER_MEDIA_NEEDED = "printer.media-needed"
    PRINTER_MEDIA_JAM = "printer.media-jam"
    PRINTER_COVER_OPEN = "printer.cover-open"
    PRINTER_DOOR_OPEN = "printer.door-open"
    PRINTER_SUPPLY_EMPTY = "printer.marker-supply-empty"
    PRINTER_SUPPLY_LOW = "printer.marker-supply-low"
    PRINTER_OUTPUT_FULL = "printer.output-area-full"
    PRINTER_WASTE_FULL = "printer.marker-waste-full"
    PRINTER_PART_MISSING = "printer.part-missing"
    PRINTER_PART_WORN = "printer.part-worn"
    PRINTER_RESTED = "printer.rested"
    PRINTER_TEMPERATURE = "printer.temperature"
    PRINTER_FAILURE = "printer.failure"
    PRINTER_UNSUPPORTED = "printer.not-supported"
    PRINTER_OFFLINE = "printer.offline-report"
    PRINTER_TIMEOUT = "printer.timed-out"
    PRINTER_ABORTED = "printer.job-aborted"
    PRINTER_UNSETTLED = "printer.job-unsettled"
    PRINTER_OTHER = "printer.other"
    SCANNER_UNREACHABLE = "fingerprint_scanner.unreachable"
    SCANNER_BUSY = "fingerprint_scanner.busy"
    SCANNER_NOT_READY = "fingerprint_scanner.not_ready"
    SCANNER_TIMEOUT = "fingerprint_scanner.timeout"
    SCANNER_NO_FINGER = "fingerprint_scanner.no_finger"
    SCANNER_UNTRUSTED = "fingerprint_scanner.untrusted_answer"
    SCANNER_WRONG_COUNT = "fingerprint_scanner.wrong_count"
    SCANNER_SILENT = "fingerprint_scanner.silent"
    SCANNER_BAD_ANSWER = "fingerprint_scanner.bad_answer"
    SCANNER_BROKEN_PICTURE = "fingerprint_scanner.broken_picture"
    CAMERA_UNREACHABLE = "camera.unreachable"
    CAMERA_FROZEN = "camera.frozen"
    CAMERA_BROKEN_FRAME = "camera.broken_frame"
    CAMERA_TIMEOUT = "camera.timeout"
    PAD_UNREACHABLE = "signature_pad.unreachable"
    PAD_TIMEOUT = "signature_pad.timeout"
    PAD_EMPTY = "signature_pad.empty"
    PAD_ON_SCREEN = "signature_pad.on_screen"
    BARCODE_UNREACHABLE = "barcode_reader.unreachable"
    BARCODE_TIMEOUT = "barcode_reader.timeout"
    BARCODE_UNREADABLE = "barcode_reader.unreadable"
    LIGHT_UNREACHABLE = "signal_light.unreachable"
    LIGHT_REFUSED = "signal_light.refused"
    POWER_UNREACHABLE = "power_supply.unreachable"
    POWER_ON_BATTERY = "power_supply.on_battery"
    POWER_LOW = "power_supply.low_battery"
    POWER_STARVED = "power_supply.starved"
    BOARD_HOT = "power_supply.board_hot"
    SIAK_UNREACHABLE = "siak.unreachable"
    SIAK_REFUSED = "siak.refused"
    SIAK_UNKNOWN = "siak.no_answer"
    SIAK_BY_HAND = "siak.by_hand"
    DATA_UNREACHABLE = "data_access.unreachable"
    DATA_REFUSED = "data_access.refused"
    DATA_QUOTA = "data_access.quota_spent"
    CENTRE_UNREACHABLE = "centre.unreachable"
    CENTRE_REFUSED = "centre.refused"
    CENTRE_UNKNOWN = "centre.no_answer"
    CENTRE_BY_HAND = "centre.by_hand"
    CENTRE_UNTRUSTED = "centre.untrusted_packet"
    ESIGN_UNREACHABLE = "esign.unreachable"
    ESIGN_AUTH_FAILED = "esign.wrong_passphrase"
    ESIGN_PASSPHRASE_NEEDED = "esign.passphrase_needed"
    ESIGN_AWAY_TOO_LONG = "esign.away_too_long"
    ESIGN_NOT_READY = "esign.not_ready"
    ESIGN_REJECTED = "esign.rejected"
    ESIGN_UNKNOWN = "esign.no_answer"
    ESIGN_UNTRUSTED = "esign.untrusted_document"
    PAPER_REFUSED = "typesetter.refused"
    PAPER_FAILED = "typesetter.failed"
    ENGINE_ABSENT = "finger_engine.absent"
    ENGINE_TIMEOUT = "finger_engine.timeout"
    ENGINE_NO_FINGER = "finger_engine.no_finger"
    STORAGE_LOW = "storage.low"
    STORAGE_FULL = "storage.full"
    STORAGE_READ_ONLY = "storage.read_only"
    STORAGE_FAILED = "storage.failed"
    STORAGE_UNREACHABLE = "storage.unreachable"
    STORAGE_DAMAGED = "storage.damaged"
    STORAGE_RESTORED = "storage.restored"
    STORAGE_NO_COPY = "storage.no_copy"
    STORAGE_ALTERED = "storage.altered"
    CLOCK_BEHIND = "clock.behind"
    CLOCK_JUMPED = "clock.jumped"


@dataclass(frozen=True, slots=True)
class FaultRow:
    """What a fault means for people and things."""

    category: Category
    actor: Actor
    retry: Retry
    item: Item


def _row(category: str, actor: str, retry: str, item: str = "untouched") -> FaultRow:
    return FaultRow(Category(category), Actor(actor), Retry(retry), Item(item))


FAULTS: dict[FaultCode, FaultRow] = {
    FaultCode.ENCODER_UNREACHABLE: _row("link", "technician", "after_action"),
    FaultCode.ENCODER_NO_SERVICE: _row("link", "technician", "auto_once"),
    FaultCode.ENCODER_TIMEOUT: _row("device", "technician", "after_action", "unknown"),
    FaultCode.ENCODER_CUT_OFF: _row("link", "technician", "after_action", "unknown"),
    FaultCode.ENCODER_COMMAND_TOO_LONG: _row("device", "technician", "never"),
    FaultCode.CARD_ABSENT: _row("card", "officer", "after_action"),
    FaultCode.CARD_GONE: _row("card", "officer", "after_action", "unknown"),
    FaultCode.CARD_MUTE: _row("card", "officer", "after_action", "unknown"),
    FaultCode.CARD_WRONG: _row("card", "officer", "after_action"),
    FaultCode.CARD_USED: _row("card", "officer", "after_action"),
    FaultCode.CARD_OF_ANOTHER: _row("card", "officer", "after_action"),
    FaultCode.CARD_FULL: _row("card", "officer", "never", "spoiled"),
    FaultCode.CARD_FOREIGN: _row("card", "officer", "after_action"),
    FaultCode.CARD_REFUSED: _row("card", "technician", "never", "unknown"),
    FaultCode.CARD_AUTH_FAILED: _row("auth", "technician", "never", "unknown"),
    FaultCode.CARD_VERIFY_MISMATCH: _row("card", "officer", "auto_once", "unknown"),
    FaultCode.CARD_TERMINATED: _row("card", "officer", "after_action", "unknown"),
    FaultCode.CARD_NOT_LOCKED: _row("card", "officer", "never", "spoiled"),
    FaultCode.CARD_NO_PROFILE: _row("device", "technician", "never"),
    FaultCode.SAM_ABSENT: _row("auth", "technician", "after_action"),
    FaultCode.SAM_PIN_REFUSED: _row("auth", "technician", "after_action"),
    FaultCode.SAM_LOCKED: _row("auth", "technician", "never"),
    FaultCode.SAM_ERROR: _row("auth", "technician", "after_action"),
    FaultCode.PRINTER_UNREACHABLE: _row("link", "technician", "auto_once"),
    FaultCode.PRINTER_SILENT: _row("link", "technician", "after_action", "unknown"),
    FaultCode.PRINTER_STOPPED: _row("device", "officer", "after_action"),
    FaultCode.PRINTER_START_REFUSED: _row("auth", "technician", "after_action"),
    FaultCode.PRINTER_MEDIA_EMPTY: _row("media", "officer", "after_action"),
    FaultCode.PRINTER_MEDIA_LOW: _row("media", "officer", "after_action"),
    FaultCode.PRINTER_MEDIA_NEEDED: _row("media", "officer", "after_action"),
    FaultCode.PRINTER_MEDIA_JAM: _row("jam", "officer", "after_action", "unknown"),
    FaultCode.PRINTER_COVER_OPEN: _row("cover", "officer", "after_action"),
    FaultCode.PRINTER_DOOR_OPEN: _row("cover", "officer", "after_action"),
    FaultCode.PRINTER_SUPPLY_EMPTY: _row("supply", "officer", "after_action"),
    FaultCode.PRINTER_SUPPLY_LOW: _row("supply", "officer", "after_action"),
    FaultCode.PRINTER_OUTPUT_FULL: _row("media", "officer", "after_action"),
    FaultCode.PRINTER_WASTE_FULL: _row("supply", "officer", "after_action"),
    FaultCode.PRINTER_PART_MISSING: _row("supply", "officer", "after_action"),
    FaultCode.PRINTER_PART_WORN: _row("device", "technician", "after_action"),
    FaultCode.PRINTER_RESTED: _row("device", "technician", "after_action"),
    FaultCode.PRINTER_TEMPERATURE: _row("device", "officer", "after_action"),
    FaultCode.PRINTER_FAILURE: _row("device", "technician", "after_action", "unknown"),
    FaultCode.PRINTER_UNSUPPORTED: _row("device", "technician", "after_action"),
    FaultCode.PRINTER_OFFLINE: _row("link", "technician", "after_action"),
    FaultCode.PRINTER_TIMEOUT: _row("device", "officer", "after_action", "unknown"),
    FaultCode.PRINTER_ABORTED: _row("device", "officer", "after_action", "unknown"),
    FaultCode.PRINTER_UNSETTLED: _row("device", "officer", "after_action", "unknown"),
    FaultCode.PRINTER_OTHER: _row("device", "technician", "after_action"),
    FaultCode.SCANNER_UNREACHABLE: _row("link", "technician", "after_action"),
    FaultCode.SCANNER_BUSY: _row("device", "officer", "auto_once"),
    FaultCode.SCANNER_NOT_READY: _row("device", "technician", "after_action"),
    FaultCode.SCANNER_TIMEOUT: _row("quality", "resident", "after_action"),
    FaultCode.SCANNER_NO_FINGER: _row("quality", "resident", "after_action"),
    FaultCode.SCANNER_UNTRUSTED: _row("auth", "technician", "never"),
    FaultCode.SCANNER_WRONG_COUNT: _row("quality", "officer", "after_action"),
    FaultCode.SCANNER_SILENT: _row("device", "technician", "after_action"),
    FaultCode.SCANNER_BAD_ANSWER: _row("device", "technician", "auto_once"),
    FaultCode.SCANNER_BROKEN_PICTURE: _row("device", "officer", "auto_once"),
    FaultCode.CAMERA_UNREACHABLE: _row("link", "technician", "after_action"),
    FaultCode.CAMERA_FROZEN: _row("device", "technician", "auto_once"),
    FaultCode.CAMERA_BROKEN_FRAME: _row("device", "officer", "auto_once"),
    FaultCode.CAMERA_TIMEOUT: _row("device", "technician", "after_action"),
    FaultCode.PAD_UNREACHABLE: _row("link", "technician", "after_action"),
    FaultCode.PAD_TIMEOUT: _row("quality", "resident", "after_action"),
    FaultCode.PAD_EMPTY: _row("quality", "resident", "after_action"),
    FaultCode.PAD_ON_SCREEN: _row("device", "officer", "never"),
    FaultCode.BARCODE_UNREACHABLE: _row("link", "technician", "after_action"),
    FaultCode.BARCODE_TIMEOUT: _row("quality", "resident", "after_action"),
    FaultCode.BARCODE_UNREADABLE: _row("quality", "officer", "after_action"),
    FaultCode.LIGHT_UNREACHABLE: _row("link", "technician", "after_action"),
    FaultCode.LIGHT_REFUSED: _row("device", "technician", "after_action"),
    FaultCode.POWER_UNREACHABLE: _row("link", "technician", "after_action"),
    FaultCode.POWER_ON_BATTERY: _row("device", "officer", "after_action"),
    FaultCode.POWER_LOW: _row("device", "officer", "after_action"),
    FaultCode.POWER_STARVED: _row("device", "technician", "after_action"),
    FaultCode.BOARD_HOT: _row("device", "officer", "after_action"),
    FaultCode.SIAK_UNREACHABLE: _row("link", "officer", "auto_once"),
    FaultCode.SIAK_REFUSED: _row("device", "officer", "after_action"),
    FaultCode.SIAK_UNKNOWN: _row("link", "officer", "after_action", "unknown"),
    FaultCode.SIAK_BY_HAND: _row("device", "officer", "after_action"),
    FaultCode.DATA_UNREACHABLE: _row("link", "officer", "auto_once"),
    FaultCode.DATA_REFUSED: _row("auth", "technician", "after_action"),
    FaultCode.DATA_QUOTA: _row("supply", "officer", "after_action"),
    FaultCode.CENTRE_UNREACHABLE: _row("link", "officer", "auto_once"),
    FaultCode.CENTRE_REFUSED: _row("device", "officer", "after_action"),
    FaultCode.CENTRE_UNKNOWN: _row("link", "officer", "after_action", "unknown"),
    FaultCode.CENTRE_BY_HAND: _row("device", "officer", "after_action"),
    FaultCode.CENTRE_UNTRUSTED: _row("auth", "technician", "never"),
    FaultCode.ESIGN_UNREACHABLE: _row("link", "officer", "auto_once"),
    FaultCode.ESIGN_AUTH_FAILED: _row("auth", "officer", "after_action"),
    FaultCode.ESIGN_PASSPHRASE_NEEDED: _row("auth", "officer", "after_action"),
    FaultCode.ESIGN_AWAY_TOO_LONG: _row("link", "officer", "after_action"),
    FaultCode.ESIGN_NOT_READY: _row("auth", "officer", "after_action"),
    FaultCode.ESIGN_REJECTED: _row("device", "officer", "after_action"),
    FaultCode.ESIGN_UNKNOWN: _row("link", "officer", "after_action", "unknown"),
    FaultCode.ESIGN_UNTRUSTED: _row("auth", "technician", "never", "unknown"),
    FaultCode.PAPER_REFUSED: _row("device", "officer", "after_action"),
    FaultCode.PAPER_FAILED: _row("device", "technician", "auto_once"),
    FaultCode.ENGINE_ABSENT: _row("device", "technician", "never"),
    FaultCode.ENGINE_TIMEOUT: _row("device", "technician", "auto_once"),
    FaultCode.ENGINE_NO_FINGER: _row("quality", "resident", "after_action"),
    FaultCode.STORAGE_LOW: _row("device", "technician", "after_action"),
    FaultCode.STORAGE_FULL: _row("device", "technician", "after_action", "unknown"),
    FaultCode.STORAGE_READ_ONLY: _row("device", "technician", "after_action", "unknown"),
    FaultCode.STORAGE_FAILED: _row("device", "technician", "after_action", "unknown"),
    FaultCode.STORAGE_UNREACHABLE: _row("link", "technician", "auto_once", "unknown"),
    FaultCode.STORAGE_DAMAGED: _row("device", "technician", "never", "unknown"),
    FaultCode.STORAGE_RESTORED: _row("device", "officer", "after_action", "unknown"),
    FaultCode.STORAGE_NO_COPY: _row("device", "technician", "after_action"),
    FaultCode.STORAGE_ALTERED: _row("auth", "technician", "never"),
    FaultCode.CLOCK_BEHIND: _row("device", "technician", "after_action"),
    FaultCode.CLOCK_JUMPED: _row("device", "technician", "after_action"),
}


class DeviceFault(Exception):
    """Expected trouble with a device or an office outside.

    `detail` is for the technician: raw codes and states, never personal data.
    """

    def __init__(self, code: FaultCode, detail: str = "") -> None:
        super().__init__(f"{code.value}: {detail}" if detail else code.value)
        self.code = code
        self.detail = detail

    @property
    def row(self) -> FaultRow:
        """The fault's row of the table."""
        return FAULTS[self.code]
