"""Protocols of all devices and their value types; no code.

Calls block; one owner thread per device; expected trouble raises `appliance.faults.DeviceFault`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Protocol

from appliance.clock import Deadline

Level = Literal["ok", "limited", "down", "unknown"]


class FingerPosition(StrEnum):
    """Finger positions, named as in ISO/IEC 19794-2:2005 table 2 (codes 1 to 10)."""

    RIGHT_THUMB = "right_thumb"
    RIGHT_INDEX = "right_index"
    RIGHT_MIDDLE = "right_middle"
    RIGHT_RING = "right_ring"
    RIGHT_LITTLE = "right_little"
    LEFT_THUMB = "left_thumb"
    LEFT_INDEX = "left_index"
    LEFT_MIDDLE = "left_middle"
    LEFT_RING = "left_ring"
    LEFT_LITTLE = "left_little"

    @property
    def code(self) -> int:
        """The ISO code: 1 right thumb … 5 right little, 6 left thumb … 10 left little."""
        return list(FingerPosition).index(self) + 1


@dataclass(frozen=True, slots=True)
class DeviceStatus:
    """What a device says of itself now.

    `reasons` are fault codes or IPP keywords; `detail` holds numbers for the technician, no personal data.
    """

    level: Level
    reasons: tuple[str, ...] = ()
    model: str = ""
    serial: str = ""
    detail: Mapping[str, str] = field(default_factory=dict)


class Device(Protocol):
    """What every device can do."""

    def open(self) -> None:
        """Take the device; raises a `*.unreachable` fault if it is not there."""

    def close(self) -> None:
        """Let the device go; never raises."""

    def status(self) -> DeviceStatus:
        """Ask the device how it is; never raises, an unreachable device is `down`."""

    def self_test(self) -> DeviceStatus:
        """Do the device's smallest real work and report; may take seconds."""


@dataclass(frozen=True, slots=True)
class FingerImage:
    """One finger as the scanner delivered it, or all fingers of one placement in one picture.

    `image` is a complete PNG (8-bit grey, 500 ppi); `device_quality` is the scanner's own 0-100, advisory only.
    `slap` are the fingers of a picture still to be cut, `position` the first of them; empty for a single finger.
    """

    position: FingerPosition
    image: bytes
    width: int
    height: int
    device_quality: int
    device_serial: str
    slap: tuple[FingerPosition, ...] = ()


class FingerprintScanner(Device, Protocol):
    """Captures fingers."""

    def capture(self, positions: Sequence[FingerPosition], min_quality: int, by: Deadline) -> tuple[FingerImage, ...]:
        """Capture exactly these fingers of one slap (1 to 4) in one placement.

        `min_quality` is NFIQ 2 (1-100), a wish to the device. A picture for each finger in the order asked for, or
        one of all of them, which is still to be cut. Raises `fingerprint_scanner.*`.
        """

    def preview(self) -> Iterator[bytes]:
        """Complete JPEG or PNG pictures of the glass, until closed; none where the device has no live picture.

        For another thread than the one that captures: a capture waits for the picture being made at most. While it
        lasts they are what the capture itself sees, and b"" at least once a second. Raises `fingerprint_scanner.*`.
        """


@dataclass(frozen=True, slots=True)
class StillImage:
    """One complete camera frame as JPEG."""

    jpeg: bytes
    width: int
    height: int


class Camera(Device, Protocol):
    """Shows and takes pictures."""

    def preview(self) -> Iterator[bytes]:
        """Complete JPEG frames as they come, until closed; raises `camera.*`."""

    def capture_still(self, by: Deadline) -> StillImage:
        """One fresh, complete frame of at least 720 lines."""

    def hold_exposure(self, hold: bool) -> bool:
        """Keep exposure and white balance as they are now, or let them follow the light again; whether it can."""


@dataclass(frozen=True, slots=True)
class StrokePoint:
    """One sample of the pen: millimetres from the pad's upper left, pressure 0-1, milliseconds since pen-down."""

    x: float
    y: float
    pressure: float
    at_ms: int


Stroke = tuple[StrokePoint, ...]


class SignaturePad(Device, Protocol):
    """Takes a handwritten signature."""

    def sign(self, by: Deadline) -> tuple[Stroke, ...]:
        """Strokes until the pen has rested for two seconds; raises `signature_pad.*`."""


@dataclass(frozen=True, slots=True)
class CardPresence:
    """A card in the field of the encoder: its ATR and its UID in transmission order (ISO/IEC 14443-3)."""

    atr: bytes
    uid: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """A response APDU (ISO/IEC 7816-4 §5.1): data and status word."""

    data: bytes
    sw: int


class ChipEncoder(Device, Protocol):
    """Reads and writes the chip of the card that lies on it."""

    def await_card(self, by: Deadline) -> CardPresence:
        """Connect exclusively to the card, cold-resetting it; `chip_encoder.card_absent` if none comes."""

    @property
    def largest_data(self) -> int:
        """Most bytes of data in one command: 255 with short lengths; more only if card and reader both take it."""

    def transmit(self, apdu: bytes, by: Deadline) -> Answer:
        """Exchange one APDU, a short one unless `largest_data` allows more.

        Any trouble in the exchange raises and leaves the card's state unknown.
        """

    def reset(self) -> CardPresence:
        """Cold-reset the card; secure sessions die, the UID must be the same."""

    def release(self) -> None:
        """Disconnect, powering the card off; never raises."""


@dataclass(frozen=True, slots=True)
class SessionKeys:
    """Keys of one SCP03 session (GlobalPlatform Amendment D §6.2.1), 16 bytes each; never stored or logged."""

    enc: bytes = field(repr=False)
    mac: bytes = field(repr=False)
    rmac: bytes = field(repr=False)
    host_cryptogram: bytes = field(repr=False)


class SecureAccessModule(Device, Protocol):
    """Holds the master keys and derives what one session with one card needs."""

    def open_session(
        self,
        key_version: int,
        card_uid: bytes,
        host_challenge: bytes,
        card_challenge: bytes,
        card_cryptogram: bytes,
    ) -> SessionKeys:
        """Check the card's cryptogram and derive the session's keys; `sam.error` if the card is not genuine."""

    def wrap_keys(self, new_key_version: int, card_uid: bytes) -> bytes:
        """The data field of PUT KEY that rolls this card to its diversified keys of `new_key_version`."""


@dataclass(frozen=True, slots=True)
class PrintDocument:
    """What goes to a printer: complete bytes with a media keyword (PWG 5101.1) and a title without personal data.

    `sides` and `color` are IPP keywords (RFC 8011 §5.2.8, PWG 5100.13 §5.2.4), `resolution` is in dots per inch; None
    leaves the matter to the printer. What the printer does not support is refused before anything is queued.
    """

    data: bytes
    format: Literal["application/pdf", "image/png"]
    media: str
    title: str
    copies: int = 1
    sides: Literal["one-sided", "two-sided-long-edge", "two-sided-short-edge"] = "one-sided"
    color: Literal["color", "monochrome"] | None = None
    resolution: int | None = None


class PrintState(StrEnum):
    """What a print job came to, after asking queue, printer and counters."""

    PENDING = "pending"
    PRINTING = "printing"
    COMPLETED = "completed"
    ABORTED = "aborted"
    CANCELED = "canceled"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PrintJob:
    """A job in a print queue; `counter_moved` says whether the printer's own page or card counter advanced for it."""

    key: str
    queue_id: int
    state: PrintState
    reasons: tuple[str, ...] = ()
    counter_moved: bool | None = None


class Printer(Device, Protocol):
    """What document and card printers share."""

    def submit(self, document: PrintDocument, key: str) -> PrintJob:
        """Queue the document once; `key` names the job so that it is found again after a crash.

        `printer.not-supported` if the printer has not what the document asks for; then nothing is queued.
        """

    def job(self, key: str) -> PrintJob | None:
        """Find the job by key in the queue's history and ask the printer what became of it; None if never queued."""

    def settle(self, key: str, by: Deadline) -> PrintJob:
        """Return once the printer has proved the job printed; anything else raises `printer.*`, job left as it is."""

    def purge(self, key: str) -> None:
        """Cancel the job and make sure that nothing of it can still print."""

    def resume(self) -> None:
        """Start its stopped queue again, on a person's word; `printer.paused` while a job still waits there."""

    def counter(self) -> int:
        """Sheets or cards the printer has put out in its life (its own counter)."""

    def supplies(self) -> Mapping[str, int]:
        """Percent left by supply name (`marker-names`/`marker-levels`)."""


class DocumentPrinter(Printer, Protocol):
    """Prints sheets."""


class CardPrinter(Printer, Protocol):
    """Prints cards."""


class CardStop(StrEnum):
    """Where a card printer with a feeder of its own can bring a card."""

    ENCODER = "encoder"
    REJECT = "reject"


class CardMover(CardPrinter, Protocol):
    """A card printer with feeder and chip encoder of its own: hands touch no card between blank and finished one."""

    def move_card(self, to: CardStop, by: Deadline) -> None:
        """Bring the card inside there; without one, `ENCODER` draws the next from the feeder.

        The same stop again leaves the card where it is. Raises `printer.*` if no card came there.
        """


class ReceiptPrinter(Printer, Protocol):
    """Prints slips on a roll; takes the same documents as pictures, as wide as its paper."""


class BarcodeReader(Device, Protocol):
    """Reads the QR codes of slips, receipts and papers."""

    def scan(self, by: Deadline) -> str:
        """The next code held before it; raises `barcode_reader.*`."""


class Signal(StrEnum):
    """What a signal light says across the room."""

    OFF = "off"
    READY = "ready"
    WORKING = "working"
    CALL = "call"
    FAULT = "fault"


class SignalLight(Device, Protocol):
    """A tower light with a buzzer beside the machine."""

    def show(self, signal: Signal, sound: bool = False) -> None:
        """Show one signal until the next; `sound` adds one short tone. Raises `signal_light.*`."""


@dataclass(frozen=True, slots=True)
class Power:
    """Where the current comes from; percent and seconds are None where nothing tells.

    `starved` is a supply that sags below what the board needs, now (Raspberry Pi `get_throttled` bit 0; bit 2
    alone is heat). `low` is the supply's own word that its battery is nearly empty.
    """

    mains: bool
    battery_percent: int | None = None
    seconds_left: int | None = None
    starved: bool = False
    low: bool = False


class PowerSupply(Device, Protocol):
    """The uninterruptible supply or the board's own measuring."""

    def power(self) -> Power:
        """How it is now; raises `power_supply.unreachable`."""
