"""From the office's state of one resident to what the case page shows of him."""

from __future__ import annotations

from appliance.biometrics.portrait_rules import HINTS
from appliance.casework import codes
from appliance.casework.central_states import PATIENCE_DAYS, Outcome, central_state
from appliance.casework.people import mask
from appliance.devices import FingerPosition
from appliance.kiosk_ui.shown import Finger, FingerMark, ResidentView
from appliance.kiosk_ui.words import day, finger
from appliance.office.views import ResidentState
from appliance.records.cases import Evidence

SECOND_LOOKS = {
    "swapped": ("Telunjuk kanan cocok dengan rekaman telunjuk kiri, dan sebaliknya. Apakah tangannya tertukar?",),
    "other": (
        "Telunjuk tidak cocok dengan rekaman pertama. Tempelkan telunjuk yang benar dan cocokkan sekali lagi.",
    ),
}
"""What the officer is told when the second look at the index fingers did not find the first ones."""
FINGER_CAUSES = {
    "finger.none": "tidak ada jari yang terlihat. Tempelkan ujung jari rata di tengah kaca.",
    "finger.small": "hanya sebagian yang terlihat. Geser ke tengah dan tekan rata.",
    "finger.dry": "terlalu kering atau aus. Oleskan sedikit pelembap, lap, lalu tekan lagi.",
    "finger.wet": "terlalu basah atau ditekan terlalu kuat. Lap jari dan kaca, lalu tempelkan lebih ringan.",
    "finger.unclear": "gambarnya kurang jelas. Bersihkan jari dan kaca, lalu tahan diam.",
}
"""What to do about a poor capture, by its cause."""
NO_MARK = {
    "other": "Jempol ini bukan jempol yang direkam tadi. Tempelkan jempol yang sama.",
    "officer": "Cap jempol: ini jari petugas, bukan jari penduduk. Tempelkan jempol penduduk sendiri.",
    "refused": "Petugas kedua menjawab: tanda tangan atau cap jempol dapat diambil.",
}
"""Why there is still no signature, by what came of the last try."""
VERDICTS = {"accept": "cocok", "again": "belum jelas, coba lagi", "refuse": "tidak cocok"}


def _finger(position: FingerPosition, taken: tuple[Evidence, ...]) -> Finger:
    mark: FingerMark = "open"
    quality, reason = None, ""
    for item in taken:
        if item.name != position.value:
            continue
        if item.state == "exception":
            mark, reason = "excepted", codes.EXCEPTION_REASONS.get(str(item.facts.get("reason")), "")
        elif item.state in {"accepted", "forced"}:
            mark, quality = "taken", item.quality
        elif mark == "open":
            quality = item.quality
    return Finger(position.value, mark, quality, reason)


def _hints(state: ResidentState) -> tuple[str, ...]:
    """What stood in the way of the last picture or finger, one sentence each, most important first."""
    hints: list[str] = []
    if state.person.ktp_state == "PRR" and state.due_on is not None:
        hints.append(f"Sudah direkam. Kartu dibuat mulai umur 17 tahun: {day(state.due_on)}.")
    if state.photo is not None and state.photo.state == "refused":
        hints += [HINTS.get(str(key), str(key)) for key in state.photo.facts.get("hints", ())]
    settled = {item.name for item in state.fingers if item.state in {"accepted", "forced", "exception"}}
    doubles = {item.name: str(item.facts.get("same_as", "")) for item in state.fingers if item.state == "double"}
    for name, other in doubles.items():
        if name not in settled:
            hints.append(f"{finger(name)} sama dengan {finger(other).lower()}. Tempelkan jari yang benar.")
    newest = {item.name: item.state for item in state.fingers}
    for name in sorted(name for name, mark in newest.items() if mark == "officer"):
        hints.append(f"{finger(name)}: ini jari petugas, bukan jari penduduk. Tempelkan jari penduduk sendiri.")
    last = {item.name: item for item in state.fingers if item.state == "tried"}
    for name, item in last.items():
        if name not in settled and item.facts.get("cause"):
            hints.append(f"{finger(name)}: {FINGER_CAUSES.get(str(item.facts['cause']), '')}")
    for item in state.fingers:
        if item.state == "asked" and item.name not in settled:
            reason = codes.EXCEPTION_REASONS.get(str(item.facts["reason"]), "").lower()
            why = str(item.facts.get("no_photo") or "")
            waits = f"Tidak difoto: {why}. " if why else "" if item.facts.get("photo") else "Tangannya belum difoto. "
            hints.append(f"{finger(item.name)} diminta dikecualikan ({reason}). {waits}Menunggu petugas kedua.")
    hints += _unsigned(state.unsigned)
    if state.second_look is not None and state.person.ktp_state == "MEREKAM":
        hints += SECOND_LOOKS.get(state.second_look.state, ())
    return tuple(hints)


def _unsigned(item: Evidence | None) -> list[str]:
    """What stands in the way of a signature or of a thumb in its place."""
    if item is None:
        return []
    if item.state == "asked":
        reason = codes.SIGN_REASONS[str(item.facts["reason"])].lower()
        return [f"Diminta tanpa tanda tangan ({reason}). Menunggu petugas kedua."]
    if item.state == "tried":
        return [f"Cap jempol: {FINGER_CAUSES.get(str(item.facts['cause']), 'tidak terbaca. Tempelkan sekali lagi.')}"]
    return [NO_MARK[item.state]]


def _signature(item: Evidence | None, unsigned: Evidence | None) -> str:
    if item is None:
        return "asked" if unsigned is not None and unsigned.state == "asked" else ""
    return "excepted" if item.state == "exception" else "thumb" if item.name else "taken"


def _instead(item: Evidence) -> str:
    """What stands in place of the signature, why, and who saw that it must be so."""
    reason = codes.SIGN_REASONS.get(str(item.facts["reason"]), "").lower()
    if item.name:
        return f"cap {finger(item.name).lower()} ({reason})"
    return f"tidak ada ({reason}); diminta {item.facts['officer'][1]}, dilihat {item.facts['second'][1]}"


def _central(state: ResidentState) -> str:
    """How the recording stands at the centre, and who must act, while the card waits for that."""
    if state.person.ktp_state not in {"DIKIRIM", "GAGAL_PUSAT", "GANDA"} or state.enrolment is None:
        return ""
    name = str(state.enrolment.facts.get("central", ""))
    if not name:
        return ""
    said = central_state(name)
    waited = state.days_at_centre
    parts = [f"{said.words}.", said.remedy]
    if state.person.note not in {name, ""} and state.person.ktp_state != "DIKIRIM":
        parts.insert(1, f"Kata pusat: {state.person.note}.")
    if said.outcome is Outcome.WAIT and waited >= PATIENCE_DAYS:
        parts.append(f"Sudah {waited} hari. Periksa NIK ini di SIAK: rekaman lama di pusat menahan yang baru.")
    return " ".join(part for part in parts if part)


def _first(state: ResidentState) -> tuple[str, ...]:
    """What is taken before the fingers of who cannot sit still and is not there yet: photo, then signature."""
    if not state.photo_first or state.person.ktp_state != "MEREKAM":
        return ()
    photo = () if _pictured(state) else ("capture_photo",)
    signature = () if state.signature is not None else ("capture_signature", "draw_signature")
    return tuple(act for act in (*photo, *signature) if act in state.acts)


def _pictured(state: ResidentState) -> bool:
    return state.photo is not None and state.photo.state in {"accepted", "forced"}


def resident_view(state: ResidentState) -> ResidentView:
    """One resident: masked NIK, fingers with their marks, hints, and the acts for him now."""
    person, biodata = state.person, state.person.biodata
    estimated = " (perkiraan)" if biodata.birth_date_estimated else ""
    facts = [
        ("NIK", mask(person.nik) or "belum ada"),
        ("Lahir", f"{biodata.birth_place}, {day(biodata.birth_date)}{estimated}"),
        ("Jenis kelamin", codes.SEX[biodata.sex].capitalize()),
        ("Hubungan keluarga", codes.FAMILY_RELATION[biodata.family_relation].capitalize()),
    ]
    if state.matches:
        verdict = VERDICTS.get(state.matches[-1].state, state.matches[-1].state)
        facts.append(("Pencocokan jari", f"percobaan ke-{len(state.matches)}: {verdict}"))
    signature = _signature(state.signature, state.unsigned)
    if state.signature is not None and signature in {"thumb", "excepted"}:
        facts.append(("Tanda tangan", _instead(state.signature)))
    recorded = person.ktp_state not in {"TIDAK_PERLU", "BELUM_REKAM"}
    return ResidentView(
        index=person.position,
        name=biodata.full_name,
        facts=tuple(facts),
        ktp_state=person.ktp_state,
        acts=state.acts,
        fingers=tuple(_finger(position, state.fingers) for position in FingerPosition) if recorded else (),
        photo=_pictured(state),
        signature=signature,
        blank_serial=state.card.name if state.card is not None and state.card.state != "spoiled" else "",
        note=_central(state) or person.note,
        hints=_hints(state),
        first=_first(state),
        match_attempts=len(state.matches),
    )
