"""What the owner of a case does now, and at which desk: one sentence, whatever its state. Pure."""

from __future__ import annotations

from appliance.kiosk_ui.shown import StatusView

TO_DESK = "Tunjukkan kode ini di meja petugas."
BRING = "Bawa surat itu ke meja petugas."
ASK = "Tanya sebabnya di meja petugas."
NOTHING = "Tidak ada lagi yang perlu Anda lakukan."
OF_STATE = {
    "DILAPORKAN": TO_DESK,
    "DIKEMBALIKAN": BRING,
    "DIARSIPKAN": NOTHING,
    "DITOLAK": ASK,
    "DIBATALKAN": ASK,
}
OF_STEP = {
    7: "Datang ke meja perekaman: foto dan sidik jari.",
    8: "Tunggu. KK dan KTP-el sedang dibuat.",
    9: "Ambil di meja petugas. Datang sendiri.",
}
"""KTP-el is handed over against its owner's finger only: nobody fetches it for somebody else."""
WAIT = "Tunggu. Petugas sedang mengerjakannya."


def next_step(found: StatusView) -> str:
    """The sentence for this case; the state goes before the step."""
    return OF_STATE.get(found.state) or OF_STEP.get(found.step, WAIT)
