"""The ten fingers of one resident: the glass as it is now, one hint at a time, both hands, each finger's quality."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, Response, make_response, render_template

from appliance.casework.roles import Actor
from appliance.kiosk_ui.officer.acts import ACTS, may_ever
from appliance.kiosk_ui.officer.looking import Looks
from appliance.kiosk_ui.services import Services
from appliance.kiosk_ui.shown import ActForbidden, CaseView, Mistake, NoSuchCase, ResidentView
from appliance.kiosk_ui.signin import at_desk

CAPTURE = "capture_finger"
AIM = "glass"
"""What the viewfinder is asked for, and after it whose fingers: `issuance.glass`."""
NOW = "Yang ada di kaca sekarang."
NO_SCANNER = "Tidak ada pemindai jari pada alat ini."
NO_LIVE_PICTURE = "Pemindai ini tidak menampilkan gambar langsung. Jari diambil seperti biasa."


@dataclass(frozen=True, slots=True)
class Hint:
    """The one thing to do now, and its picture."""

    words: str
    picture: str


def one_hint(view: CaseView, person: ResidentView) -> Hint:
    """What stands in the way first: stopped work, then a capture that waits for its finger, then the last capture."""
    ours = [job for job in view.jobs if job.kind == "capture" and job.resident in {None, person.index}]
    for job in ours:
        if job.trouble is not None:
            return Hint(f"{job.trouble.sentence} {job.trouble.remedy}".strip(), "warning")
    if ours:
        return Hint("Tempelkan jari yang dipilih di kaca, tahan diam.", "waiting")
    if view.in_hand is not None and not view.in_hand.mine:
        return Hint(f"{view.in_hand.name} sedang mengerjakan berkas ini.", "person")
    if person.hints:
        return Hint(person.hints[0], "warning")
    if any(finger.mark == "open" for finger in person.fingers):
        return Hint("Pilih jari yang akan ditempelkan, lalu tekan Ambil jari.", "finger")
    return Hint("Semua jari sudah ada. Kembali ke berkas.", "done")


def add_ten_fingers(
    face: Blueprint, services: Services, reader: Callable[[], Actor], looks: Looks
) -> Callable[[CaseView, int | None, tuple[Mistake, ...]], Response | None]:
    """The page below a case, and the pictures that it asks for; for who takes fingers alone.

    Hands back what shows the page again with what was wrong; None for a resident who is not being recorded.
    """
    desk = services.desk

    def found(case_id: str, resident: int) -> tuple[CaseView, ResidentView]:
        actor = reader()
        if not may_ever(actor.role, CAPTURE):
            raise ActForbidden
        view = desk.case(actor, case_id)
        person = _person(view, resident)
        if person is None:
            raise NoSuchCase(case_id)
        return view, person

    def show(view: CaseView, person: ResidentView, mistakes: tuple[Mistake, ...] = (), code: int = 200) -> Response:
        _, driver = desk.bench.address("fingerprint_scanner")
        page = render_template(
            "officer/ten_fingers.html",
            case=view,
            person=person,
            acts=ACTS,
            actor=at_desk(),
            mistakes=mistakes,
            hint=one_hint(view, person),
            live=driver is not None and driver.live,
            without=NO_SCANNER if driver is None else NO_LIVE_PICTURE,
        )
        return make_response(page, code)

    def ten_fingers(case_id: str, resident: int) -> Response:
        return show(*found(case_id, resident))

    def seen(case_id: str, resident: int) -> Response:
        def aim() -> str:
            view, person = found(case_id, resident)
            if CAPTURE not in person.acts or (view.in_hand is not None and not view.in_hand.mine):
                raise NoSuchCase(case_id)
            return f"{AIM} {case_id}:{resident}"

        return looks.answer(aim, {}, "", NOW)

    def refused(view: CaseView, resident: int | None, mistakes: tuple[Mistake, ...]) -> Response | None:
        person = _person(view, resident)
        return None if person is None else show(view, person, mistakes, 422)

    face.add_url_rule("/kasus/<case_id>/jari/<int:resident>", "ten_fingers", ten_fingers)
    face.add_url_rule("/kasus/<case_id>/jari/<int:resident>/lihat", "glass_seen", seen)
    return refused


def _person(view: CaseView, resident: int | None) -> ResidentView | None:
    return next(
        (one for one in view.residents if one.index == resident and one.ktp_state == "MEREKAM" and one.fingers), None
    )
