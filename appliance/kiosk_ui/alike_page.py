"""Two records that may be one person, line by line, for the page on which the Kasi decides."""

from __future__ import annotations

from appliance.casework import codes
from appliance.casework.people import mask
from appliance.kiosk_ui.shown import AlikeView
from appliance.kiosk_ui.words import day, finger, state
from appliance.office.alike import AlikePair, Record

WHY = {
    "one_finger": "Satu jari sangat mirip: {fingers}.",
    "two_fingers": "Dua jari mirip: {fingers}.",
}
LABELS = ("Berkas", "Keadaan berkas", "Nama", "NIK", "Lahir", "Jenis kelamin", "Nama ibu", "Alamat")


def alike_view(pair: AlikePair) -> AlikeView:
    """Both records side by side; no score, and nothing that tells which of them is right."""
    fingers = ", ".join(finger(name).lower() for name in pair.fingers)
    return AlikeView(
        WHY[pair.level].format(fingers=fingers),
        tuple(zip(LABELS, _column(pair.sought), _column(pair.other), strict=True)),
        (_picture(pair.sought), _picture(pair.other)),
        pair.other.case.id,
    )


def _column(record: Record) -> tuple[str, ...]:
    biodata, home = record.person.biodata, record.case.household
    return (
        record.case.code,
        state(record.case.state),
        biodata.full_name,
        mask(record.person.nik) or "belum ada",
        f"{biodata.birth_place}, {day(biodata.birth_date)}",
        codes.SEX[biodata.sex].capitalize(),
        biodata.mother_name or "-",
        f"{home.address}, RT {home.rt} RW {home.rw}" if home else "-",
    )


def _picture(record: Record) -> str:
    return f"/petugas/kasus/{record.case.id}/dokumen/{record.photo.id}" if record.photo else ""
