"""Every act of an officer on a case, by its name: the one table between the pages and the procedure.

Each act is one transaction and raises `NotAllowed` (not now, not you, not like this), `FileRefused`, `LedgerError`,
`Missing` or `ChangedMeanwhile`, with a sentence for the officer, having stored nothing but a line of audit. Fields
of `values`:

attach_file: berkas (bytes) · add_letter: kind, number, date, issuer, signer, about (a resident's place) ·
correct_letter: paper (only of several of its kind), and the same · describe_letter: kind, paper, and the keys of
`casework.letters` ·
return_file: items (kinds), reason, note · pass_check · verify: reason (only if alike) ·
reject, cancel: cause, reason · look_up_nik, search_biometrics: resident ·
decide_search: decision proceed|known|reject, reason, about (a resident's place, of several found) ·
enter_siak · submit_draft · validate · send_back: reason ·
sign: passphrase · redraft · import_signed: berkas (bytes) ·
type_numbers, confirm_numbers: kk_number, niks (texts) · search_without_fingers: resident, reason ·
enter_search: resident, result, found_nik, evidence, seen_on ·
enter_central_state: resident, central, evidence, seen_on ·
import_packet: resident, berkas (bytes) ·
schedule_visit: resident, day, team, place · miss_visit: resident, reason ·
record_early, start_recording: resident · capture_finger: resident, position (one ISO name or several) ·
except_finger: resident, position, reason, permanent, no_photo (why, if so) ·
confirm_exceptions: resident, result yes|no ·
recapture_index: resident · answer_recheck: resident, result swap|retake|keep, reason ·
capture_photo: resident, reason (to override) ·
capture_signature: resident · draw_signature: resident, strokes (JSON text) · mark_with_thumb: resident,
position, reason · cannot_sign: resident, reason · confirm_cannot_sign: resident, result yes|no ·
photo_first, stop_recording, finish_recording: resident · record_again: resident, reason · send_again: resident ·
end_ktp: resident, cause, kept_nik and ticket (of double data) ·
reprint: resident, cause, evidence · undo_reprint: resident · print_kk ·
issue_card: resident, blank_serial, cause (only over an earlier card) · print_card: resident ·
look_card: resident, result ok|spoiled, cause ·
surrender_card: resident, result taken|lost, number, date, issuer, signer (of the letter of loss) ·
hand_over_card: resident, position · compare_face: resident, cause · confirm_face: resident, result same|other ·
hand_over_kk: receiver, relation holder|family|reporter|guardian, number, date, issuer, signer (of an F-1.07 that is
not in the file) · archive: box, shelf ·
shelve_kk: shelf · shelve_card: resident, shelf · remind: how, result ·
answer_question: question, answer · retry_job, call_technician: job (its key) · give_up_job: job, reason ·
open_form, leave_form · take_over: reason.
Every act takes `opened_at`, when the form was shown (UTC milliseconds). While another officer has the case in hand
all of them but the last three are refused, and each that is done lets it go (`one_at_a_time`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping

from appliance.casework.intake import FileRefused
from appliance.casework.roles import Actor
from appliance.casework.sop import NotAllowed
from appliance.office import (
    batch,
    blank_store,
    by_hand,
    cannot_sign,
    central_trouble,
    centre_by_hand,
    checks,
    day_close,
    destruction,
    exceptions,
    face_handover,
    issue,
    kk_handover,
    late_close,
    nik_look,
    officials,
    old_card,
    one_at_a_time,
    packet_by_hand,
    papers,
    questions,
    recording,
    registry,
    reports,
    reprint,
    scans,
    second_look,
    troubles,
    uncollected,
    visits,
)
from appliance.office.context import Office, Values
from appliance.records import audit, cases
from appliance.records.cases import ChangedMeanwhile

Act = Callable[[Office, Actor, str, Values], None]
LedgerAct = Callable[[Office, Actor, Values], object]


def _audited(name: str, act: Act) -> Act:
    """An act on a case was refused and left nothing else.

    What the ledger refuses stands there already (`ledger.book`). A case or resident that does not exist leaves no
    line: what was sent as its id may be anything.
    """

    @functools.wraps(act)
    def tried(office: Office, actor: Actor, case_id: str, values: Values) -> None:
        try:
            if name in one_at_a_time.ABOUT_THE_HAND:
                act(office, actor, case_id, values)
                return
            with one_at_a_time.alone(office, actor, case_id, values):
                act(office, actor, case_id, values)
        except (NotAllowed, FileRefused, ChangedMeanwhile) as refused:
            with office.store.write() as tx:
                if cases.exists(tx, case_id):
                    audit.record(tx, "case-act-refused", actor, case_id, act=name, why=type(refused).__name__)
            raise

    return tried


_DO: Mapping[str, Act] = {
    "attach_file": checks.attach_file,
    "add_letter": reports.letter_brought,
    "correct_letter": reports.correct_letter,
    "describe_letter": papers.describe_letter,
    "return_file": checks.return_file,
    "pass_check": checks.pass_check,
    "verify": checks.verify,
    "reject": checks.reject,
    "cancel": checks.cancel,
    "look_up_nik": nik_look.look_up_nik,
    "search_biometrics": checks.search_biometrics,
    "decide_search": checks.decide_search,
    "enter_siak": registry.enter_siak,
    "submit_draft": registry.submit_draft,
    "validate": registry.validate,
    "send_back": registry.send_back,
    "sign": registry.sign,
    "redraft": officials.redraft,
    "scan_paper": scans.scan_paper,
    "upload_scan": scans.upload_scan,
    "keep_scan": scans.keep,
    "undo_scan": scans.undo,
    "import_signed": registry.import_signed,
    "type_numbers": by_hand.type_numbers,
    "confirm_numbers": by_hand.confirm_numbers,
    "search_without_fingers": centre_by_hand.search_without_fingers,
    "enter_search": centre_by_hand.enter_search,
    "enter_central_state": centre_by_hand.enter_central_state,
    "import_packet": packet_by_hand.import_packet,
    "schedule_visit": visits.schedule_visit,
    "miss_visit": visits.miss_visit,
    "record_early": recording.record_early,
    "start_recording": recording.start_recording,
    "capture_finger": recording.capture_finger,
    "except_finger": exceptions.except_finger,
    "confirm_exceptions": exceptions.confirm_exceptions,
    "recapture_index": second_look.recapture_index,
    "answer_recheck": second_look.answer_recheck,
    "capture_photo": recording.capture_photo,
    "capture_signature": recording.capture_signature,
    "draw_signature": recording.draw_signature,
    "mark_with_thumb": cannot_sign.mark_with_thumb,
    "cannot_sign": cannot_sign.cannot_sign,
    "confirm_cannot_sign": cannot_sign.confirm_cannot_sign,
    "photo_first": recording.photo_first,
    "stop_recording": recording.stop_recording,
    "finish_recording": recording.finish_recording,
    "record_again": central_trouble.record_again,
    "send_again": central_trouble.send_again,
    "end_ktp": central_trouble.end_ktp,
    "reprint": reprint.reprint,
    "undo_reprint": reprint.undo_reprint,
    "print_kk": issue.print_kk,
    "issue_card": issue.issue_card,
    "print_card": issue.print_card,
    "look_card": issue.look_card,
    "surrender_card": old_card.surrender_card,
    "hand_over_card": issue.hand_over_card,
    "compare_face": face_handover.compare_face,
    "confirm_face": face_handover.confirm_face,
    "hand_over_kk": kk_handover.hand_over_kk,
    "shelve_kk": uncollected.shelve_kk,
    "shelve_card": uncollected.shelve_card,
    "remind": uncollected.remind,
    "archive": issue.archive,
    "answer_question": questions.answer_question,
    "retry_job": troubles.retry_job,
    "give_up_job": troubles.give_up_job,
    "call_technician": troubles.call_technician,
    **one_at_a_time.ABOUT_THE_HAND,
}

ACTS: dict[str, Act] = {name: _audited(name, act) for name, act in _DO.items()}

LEDGER_ACTS: dict[str, LedgerAct] = {
    "receive_blanks": blank_store.receive_blanks,
    "allot_blanks": blank_store.allot_blanks,
    "return_blanks": blank_store.return_blanks,
    "spoil_blanks": blank_store.spoil_blanks,
    "count_blanks": day_close.count_blanks,
    "close_day": day_close.close_day,
    "close_late": late_close.close_late,
    "sign_day": day_close.sign_day,
    "seal_blanks": destruction.seal_blanks,
    "destroy_blanks": destruction.destroy_blanks,
    "retry_minutes": destruction.retry_minutes,
}
"""Every act on the blank ledger as a whole; their fields stand with them."""

BATCH_ACTS: dict[str, LedgerAct] = {
    "start_batch": batch.start_batch,
    "pause_batch": batch.pause_batch,
    "resume_batch": batch.resume_batch,
    "end_batch": batch.end_batch,
    "leave_out": batch.leave_out,
    "lay_card": batch.lay_card,
    "move_card": batch.move_card,
    "look_batch_card": batch.look_card,
    "spoil_batch_card": batch.spoil_card,
}
"""Every act on a batch of cards; their fields stand with them."""
