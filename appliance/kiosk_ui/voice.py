"""The kiosk's voice: recordings of a person where there are some, a synthesiser for everything else."""

from __future__ import annotations

import functools
import hashlib
import io
import shutil
import subprocess
import sys
import wave
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from appliance.kiosk_ui.spoken import text_for

RATE = 22_050
"""Samples a second, of one channel and two bytes, in the synthesiser's output and in every recording."""
VOICES = {"id": "id", "en": "en-gb"}
"""espeak-ng's voices; it has none for Javanese or Lampung, which are spoken by recordings only."""
SPEEDS = (96, 128, 160, 208, 256, 320)
"""espeak-ng's `-s`: 160 gives some 123 spoken words a minute, and the others 60 to 200 % of it (VVSG 2.0 7.1-K)."""
NORMAL = 2
DECIBELS = tuple(range(-40, 1, 5))
"""Loudness in steps of 5 dB, 0 the loudest that the sound card gives: a floor, a ceiling, and 20 dB of gain above the
usual step, which the card is set to give 65 dB(A) at (EN 301 549 §5.1.3.10 to 12, Section 508 §402.3, ADA 707.5)."""
USUAL = DECIBELS.index(-20)
_PAUSE = b"\0\0" * (RATE // 4)


class Mute(Exception):
    """Nothing can be said: no recording, and no synthesiser that speaks this language or answers in time."""


@dataclass(frozen=True, slots=True)
class Voice:
    """Says sentences; `recordings` holds `LANGUAGE/ID.wav`, `program` is None where no synthesiser is installed."""

    recordings: Path | None = None
    program: str | None = None
    seconds: float = 5.0

    def speaks(self, language: str) -> bool:
        """Whether this language can be heard at all."""
        if self.program is not None and language in VOICES:
            return True
        return self.recordings is not None and (self.recordings / language).is_dir()

    def say(self, sentences: Sequence[str], language: str, speed: int = NORMAL, loudness: int = USUAL) -> bytes:
        """WAV of the sentences; raises `Mute`. `speed` and `loudness` are places in `SPEEDS` and `DECIBELS`.

        Recordings keep their own speed.
        """
        found = [(self._recorded(one, language), one) for one in sentences]
        parts: list[bytes] = []
        for is_recorded, group in groupby(found, key=lambda pair: pair[0] is not None):
            several = list(group)
            if is_recorded:
                parts += [frames for frames, _ in several if frames is not None]
            else:
                parts.append(self._made([text for _, text in several], language, speed))
        return _wav(softened(_PAUSE.join(parts), DECIBELS[loudness]))

    def _recorded(self, sentence: str, language: str) -> bytes | None:
        if self.recordings is None:
            return None
        try:
            return frames_of((self.recordings / language / f"{clip_id(sentence)}.wav").read_bytes())
        except (OSError, ValueError):
            return None

    def _made(self, sentences: Iterable[str], language: str, speed: int) -> bytes:
        if self.program is None or language not in VOICES:
            raise Mute(language)
        command = [self.program, "-v", VOICES[language], "-s", str(SPEEDS[speed]), "--stdin", "--stdout"]
        text = text_for(tuple(sentences)).encode()
        try:
            spoken = subprocess.run(command, input=text, capture_output=True, timeout=self.seconds, check=True)
        except (OSError, subprocess.SubprocessError):
            # `from None`: the exception carries the text, in which names stand.
            raise Mute("the synthesiser failed") from None
        return _raw(spoken.stdout)


def clip_id(sentence: str) -> str:
    """The name of a recording of this sentence: a new wording is a new clip, so that none ever says the old one."""
    return hashlib.sha256(sentence.encode()).hexdigest()[:16]


def softened(samples: bytes, decibels: int) -> bytes:
    """Samples of 16 bits (little-endian, as in a WAV) made softer; `decibels` is 0 or less."""
    loud = array("h", samples)
    if sys.byteorder == "big":
        loud.byteswap()
    # a table and not numpy: the process of the pages would hold 11 MB more for this one product
    soft = array("h", map(_softer(decibels).__getitem__, loud))
    if sys.byteorder == "big":
        soft.byteswap()
    return soft.tobytes()


@functools.lru_cache(maxsize=2)
def _softer(decibels: int) -> array[int]:
    """What becomes of each sample: those below zero stand at the end, where a negative index finds them."""
    share = 10 ** (decibels / 20)
    return array("h", (round(sample * share) for sample in (*range(1 << 15), *range(-1 << 15, 0))))


def frames_of(recording: bytes) -> bytes:
    """The samples of a recording; raises ValueError if it is no WAV of one channel, two bytes, 22,050 a second."""
    try:
        with wave.open(io.BytesIO(recording)) as opened:
            shape = opened.getnchannels(), opened.getsampwidth(), opened.getframerate()
            if shape != (1, 2, RATE):
                raise ValueError(f"{shape} instead of one channel, two bytes, {RATE} a second")
            return bytes(opened.readframes(opened.getnframes()))
    except (wave.Error, EOFError) as error:
        raise ValueError("no WAV") from error


def _raw(stream: bytes) -> bytes:
    """The samples of a WAV written to a pipe, whose lengths were not known when its head was written."""
    start = stream.find(b"data", 12, 128)
    if start < 0:
        raise Mute("the synthesiser's answer is no WAV")
    samples = stream[start + 8 :]
    return samples[: len(samples) // 2 * 2]


def _wav(samples: bytes) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(RATE)
        written.writeframes(samples)
    return out.getvalue()


def installed(recordings: Path | None) -> Voice:
    """The voice of this machine."""
    return Voice(recordings, shutil.which("espeak-ng"))
