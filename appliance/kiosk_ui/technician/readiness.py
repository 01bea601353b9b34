"""May the machine go to work: one verdict in a plain sentence, and why not, one line a device. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from appliance.devices import Level
from appliance.diagnostics import board
from appliance.kiosk_ui import words
from appliance.kiosk_ui.status import DeviceLine

MARKS: dict[str, str] = {"ok": "good", "limited": "soon", "down": "over", "unknown": "unknown"}
"""The shape of each level: a circle with a tick, a triangle, an octagon, a dashed circle."""
HEADLINES: dict[str, str] = {
    "ok": "Siap berangkat",
    "limited": "Siap berangkat dengan catatan",
    "down": "Belum siap",
    "unknown": "Belum diketahui",
}
UNASKED = "Periksa apakah layanan siaga-deviced berjalan dan alat ini terpasang."
UNTOLD = "Buka halaman alat ini untuk jawaban lengkapnya."
_ORDER = ("down", "unknown", "limited")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the machine is not simply ready: the device, what was found, and the one thing to do."""

    device: str
    name: str
    level: Level
    found: str
    todo: str
    optional: bool


@dataclass(frozen=True, slots=True)
class Readiness:
    """The verdict as a level, in two or three words, and in one sentence; `reasons` come worst first."""

    level: Level
    headline: str
    sentence: str
    reasons: tuple[Reason, ...]

    @property
    def mark(self) -> str:
        """The shape beside the words."""
        return MARKS[self.level]


def readiness(lines: Sequence[DeviceLine]) -> Readiness:
    """The verdict over all devices; what the machine can do without never makes it more than a remark."""
    level = board.verdict({line.reading.name: line.level for line in lines})
    bad = [line for line in lines if line.level != "ok"]
    bad.sort(key=lambda line: (line.optional, _ORDER.index(line.level)))
    bars = sum(not line.optional and line.level in {"down", "unknown"} for line in bad)
    sentences: dict[str, str] = {
        "ok": f"Semua {len(lines)} bagian mesin menjawab dan siap.",
        "limited": f"Mesin dapat bekerja. Perhatikan {len(bad)} hal di bawah ini.",
        "down": f"Bereskan {bars} hal dulu, lalu berangkat.",
        "unknown": f"{bars} bagian belum menjawab. Jangan berangkat sebelum semuanya menjawab."
        if lines
        else "Tidak ada alat dalam pengaturan.",
    }
    return Readiness(level, HEADLINES[level], sentences[level], tuple(_reason(line) for line in bad))


def _reason(line: DeviceLine) -> Reason:
    told = line.reading
    if line.level == "unknown":
        found = f"Tidak menjawab sejak {words.hour(told.asked)}." if told.asked else "Belum pernah menjawab."
        todo = UNASKED
    elif line.notices:
        found, todo = line.notices[0].technician, line.notices[0].remedy
    else:
        said = ", ".join(told.reasons) or told.detail.get("why", "tanpa sebab")
        found, todo = f"Alat berkata: {said}.", UNTOLD
    if line.level != "unknown" and told.since:
        found = f"{found.removesuffix('.')} (sejak {words.hour(told.since)})."
    return Reason(told.name, line.name, line.level, found, todo, line.optional)
