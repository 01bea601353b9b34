"""Fingerprint readers that the system's libfprint drives (`fprint:[driver or device id][?ppi=…&turn=…]`).

Only their pictures are used, never libfprint's own comparison; a reader that compares inside itself is refused. No
real one has been driven by this module yet.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import parse_qsl

from appliance.clock import Deadline
from appliance.devices import DeviceStatus, FingerImage, FingerPosition, Level
from appliance.drivers.finger_picture import upright
from appliance.drivers.libfprint_picture import LEAST_PPI, MOST_PPI, BadPicture, RawPicture, scale
from appliance.drivers.transport_libfprint import LibfprintReader, ReaderIdentity, ReaderTrouble
from appliance.drivers.wire_log import Tap, no_tap
from appliance.faults import DeviceFault, FaultCode

RETRY_PAUSE = 0.1
_FAULTS = {
    "G": FaultCode.SCANNER_UNREACHABLE,
    "B": FaultCode.SCANNER_BUSY,
    "U": FaultCode.SCANNER_NOT_READY,
    "N": FaultCode.SCANNER_TIMEOUT,
    "R": FaultCode.SCANNER_NO_FINGER,
    "T": FaultCode.SCANNER_SILENT,
    "S": FaultCode.SCANNER_SILENT,
    "E": FaultCode.SCANNER_BAD_ANSWER,
}


class LibfprintScanner:
    """A FingerprintScanner for one finger at a time; it judges no quality."""

    def __init__(self, reader: LibfprintReader, ppi: int = 0, turn: int = 0) -> None:
        self._reader = reader
        self._ppi, self._turn = ppi, turn
        self._identity = ReaderIdentity("", "", "")
        self._cut_short = False

    def open(self) -> None:
        """Find and open the reader, or ask whether the one held is still there."""
        with _in_faults():
            if self._reader.opened:
                self._reader.look()
            else:
                self._identity = self._reader.open()

    def close(self) -> None:
        """Let the reader go; never raises."""
        self._reader.close()

    def status(self) -> DeviceStatus:
        """Whether the reader is there (0.1 s), opening it first if need be (0.3 s)."""
        try:
            self.open()
        except DeviceFault as fault:
            level: Level = "limited" if fault.code is FaultCode.SCANNER_BUSY else "down"
            return DeviceStatus(level, (fault.code.value,), self._identity.name, detail={"why": fault.detail})
        ppi = scale(self._identity.driver, 0, self._ppi)
        detail = {"driver": self._identity.driver, "ppi": str(ppi or "as each picture tells")}
        return DeviceStatus("ok", (), self._identity.name, detail=detail)

    def self_test(self) -> DeviceStatus:
        """Open the reader anew; libfprint takes no picture without a finger."""
        self.close()
        return self.status()

    def preview(self) -> Iterator[bytes]:
        """Nothing: libfprint gives a picture only once a finger lies there."""
        return iter(())

    def capture(self, positions: Sequence[FingerPosition], min_quality: int, by: Deadline) -> tuple[FingerImage, ...]:
        """One finger, laid down and (with most readers) lifted again; the picture is resampled to 500 ppi.

        What libfprint asks to be done once more (too short, not in the middle, not lifted, no ridges) is tried again
        until the deadline, then `fingerprint_scanner.no_finger` with its words. A capture that its deadline cut short
        may have left an answer in the reader that makes nonsense of the next one: then the reader is reset, once.
        `wrong_count` for more than one finger, `timeout` if none was laid down; `not_ready` if nobody knows the scale
        of the pictures, `broken_picture`, `silent`, `bad_answer`, `busy`, `unreachable`.
        """
        if len(positions) != 1:
            raise DeviceFault(FaultCode.SCANNER_WRONG_COUNT, f"{len(positions)} fingers asked of a reader for one")
        if not self._reader.opened:
            self.open()
        with _in_faults():
            picture = self._await_picture(by)
        ppi = scale(self._identity.driver, picture.ppi, self._ppi)
        if not LEAST_PPI <= ppi <= MOST_PPI:
            why = f"libfprint's driver {self._identity.driver} does not tell its scale: fprint:…?ppi= must name it"
            raise DeviceFault(FaultCode.SCANNER_NOT_READY, why)
        png, width, height = upright(picture.grey, picture.width, picture.height, ppi, self._turn)
        return (FingerImage(positions[0], png, width, height, 0, ""),)

    def _await_picture(self, by: Deadline) -> RawPicture:
        hint: ReaderTrouble | None = None
        while True:
            try:
                return self._reader.capture(by)
            except ReaderTrouble as trouble:
                echo, self._cut_short = self._cut_short and trouble.letter == "E", trouble.letter == "N"
                if echo:
                    self._reader.begin_anew()
                    continue
                if trouble.letter not in "RN":
                    raise
                hint = trouble if trouble.letter == "R" else hint or trouble
                if trouble.letter == "N" or by.remaining() <= RETRY_PAUSE:
                    raise hint from None
            time.sleep(RETRY_PAUSE)


@contextmanager
def _in_faults() -> Iterator[None]:
    try:
        yield
    except ReaderTrouble as trouble:
        raise DeviceFault(_FAULTS[trouble.letter], str(trouble)) from trouble
    except BadPicture as error:
        raise DeviceFault(FaultCode.SCANNER_BROKEN_PICTURE, str(error)) from error


def from_uri(uri: str, tap: Tap = no_tap) -> LibfprintScanner:
    """The reader of `fprint:[driver or device id]`.

    `ppi` (200 to 1200) is the scale of its pictures where libfprint does not tell it; `turn` (0, 90, 180, 270) how
    far they are turned anticlockwise. Raises ValueError.
    """
    path, _, query = uri.removeprefix("fprint:").partition("?")
    options = dict(parse_qsl(query, strict_parsing=bool(query)))
    if not uri.startswith("fprint:") or options.keys() - {"ppi", "turn"}:
        raise ValueError("this driver serves fprint: with the options ppi and turn")
    ppi, turn = int(options.get("ppi", "0")), int(options.get("turn", "0"))
    if ("ppi" in options and not LEAST_PPI <= ppi <= MOST_PPI) or turn not in (0, 90, 180, 270):
        raise ValueError(f"ppi must be {LEAST_PPI} to {MOST_PPI}, turn 0, 90, 180 or 270")
    return LibfprintScanner(LibfprintReader(path, tap), ppi, turn)
